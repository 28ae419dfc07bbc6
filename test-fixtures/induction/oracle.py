"""The ladder of hypotheses about the induction heads by plain sampling, independently of the engine (PyTorch, recursion over nodes):
`induction.expected.json`, and the search that tells which heads do what.

    python3 oracle.py                   # writes induction.expected.json
    python3 oracle.py --search          # what every component and every input of the heads is worth

A node is a place and, for every position of the place, a feature; below it stand its parents. Families over the 64 positions are held
as one array of draws [samples, 64]: every member draws a datum of its own. A sample is a reference datum x; then, from `out` down, every
parent draws a datum from its class of the datum its child stands for, and everything else that the child reads comes from one
more datum of the child's own, drawn from all (`unimportant together`).

Places:

    embed, a0.h{h}, a1.h{h}             components [64, 64]
    a0.h{h}.self, a0.h{h}.rest          after the rewrite a0.h{h} = self + rest, self being what the head would write if every
                                        position attended to itself: a0.v.h{h} @ a0.W_o.h{h}
    a1.q.h{h}, a1.k.h{h}, a1.v.h{h}     points [64, 32]; they read embed and the a0 heads at their own position only
    logits                              reads embed and all heads
"""
import argparse
import json
import os

import numpy as np
import torch

from export import load
from make_data import LENGTH, VOCAB
from train import CAUSAL, DH, HEADS

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST = ["embed"] + [f"a0.h{h}" for h in range(HEADS)]
SECOND = [f"a1.h{h}" for h in range(HEADS)]
METRICS = ("loss", "probability", "loss at pos")


@torch.no_grad()
def activations(model, tokens, chunk=500):
    """{place: float32 [N, 64, ...]} of the unmodified model on every datum."""
    out = {}

    def put(name, value):
        out.setdefault(name, []).append(value.clone())

    for t in tokens.split(chunk):
        x = model.embed[t]
        put("embed", x)
        for l, b in enumerate(model.blocks):
            q, k, v, _, y = b.heads(x, model.pos)
            for h in range(HEADS):
                put(f"a{l}.h{h}", y[h])
                if l == 0:
                    put(f"a0.h{h}.self", v[h] @ b.W_o[h])
                else:
                    for n, w in (("q", q), ("k", k), ("v", v)):
                        put(f"a1.{n}.h{h}", w[h])
            x = x + y.sum(0)
    out = {n: torch.cat(v) for n, v in out.items()}
    for h in range(HEADS):
        out[f"a0.h{h}.rest"] = out[f"a0.h{h}"] - out[f"a0.h{h}.self"]
    return out


class Feature:
    """A feature of every position, as classes; or exact (key None)."""

    def __init__(self, key):
        self.exact = key is None
        if self.exact:
            return
        N, L = key.shape
        self.inverse = np.empty((N, L), np.int64)
        self.order, self.start, self.count = np.empty((L, N), np.int64), [], []
        for i in range(L):
            _, self.inverse[:, i] = np.unique(key[:, i], return_inverse=True)
            self.order[i] = np.argsort(self.inverse[:, i], kind="stable")
            n = np.bincount(self.inverse[:, i])
            self.count.append(n)
            self.start.append(np.concatenate([[0], np.cumsum(n)[:-1]]))
        width = max(map(len, self.count))
        self.count, self.start = (np.stack([np.pad(r, (0, width - len(r))) for r in x]) for x in (self.count, self.start))

    def draw(self, rng, y):
        """For the data y [S, 64] at their positions, a datum of the same class each."""
        if self.exact:
            return y
        i = np.arange(y.shape[1])
        c = self.inverse[y, i]
        n = self.count[i, c]
        drawn = self.order[i, self.start[i, c] + (rng.random(y.shape) * n).astype(np.int64)]
        assert (self.inverse[drawn, i] == c).all()
        return drawn

    def alone(self):
        """Share of data that are alone in their class, averaged over positions."""
        return 1.0 if self.exact else float(np.mean([(n == 1).sum() / self.order.shape[1] for n in self.count]))


def features(tokens):
    """Features of the words up to position i: now (i), before (i - 1), two (both), three (i - 2 to i), self-explaining names."""
    back = lambda d: np.concatenate([np.full((len(tokens), d), tokens[0, 0]), tokens[:, : LENGTH - d]], 1) if d else tokens
    now, one, two, three = (back(d) for d in range(4))
    return {"exact": Feature(None), "any": Feature(np.zeros_like(tokens)), "now": Feature(now), "before": Feature(one),
            "two before": Feature(one * 100 + two), "two": Feature(one * 100 + now),
            "three": Feature((two * 100 + one) * 100 + now), "four": Feature(((three * 100 + two) * 100 + one) * 100 + now)}


class Scrub:
    def __init__(self, model, data):
        self.model = model
        tokens, self.targets, self.weight, self.pos = (data[n] for n in ("tokens", "targets", "weight", "pos"))
        self.at = activations(model, tokens)
        self.features = features(tokens.numpy())
        self.N = len(tokens)

    def leaf(self, place, y):
        """The place on the data y [S, 64] at their positions (of the unmodified model)."""
        return self.at[place][torch.from_numpy(y), torch.arange(LENGTH)]

    def point(self, rng, kind, h, node, y):
        """a1.q/k/v.h{h} at every position for the data y [S, 64]. node: {parent component: its feature}, or "leaf"."""
        if node == "leaf":
            return self.leaf(f"a1.{kind}.h{h}", y)
        z = rng.integers(0, self.N, y.shape)                        # one datum per member, for all that is unimportant to it
        x = 0
        for c in split(node):
            x = x + self.leaf(c, self.features[node[c]].draw(rng, y) if c in node else z)
        b = self.model.blocks[1]
        n = b.ln(x)
        return (n if kind == "v" else n + self.model.pos) @ getattr(b, "W_" + kind)[h]

    def head(self, rng, h, nodes, y):
        """a1.h{h} for the data y [S, 64] (the same in every column). nodes: {q, k, v: (feature, parents)}; one that is missing is unimportant."""
        z = np.repeat(rng.integers(0, self.N, (len(y), 1)), LENGTH, 1)
        q, k, v = (self.point(rng, n, h, nodes[n][1], self.features[nodes[n][0]].draw(rng, y)) if n in nodes
                   else self.leaf(f"a1.{n}.h{h}", z) for n in "qkv")
        pattern = torch.softmax(q @ k.transpose(1, 2) * (DH ** -0.5) + CAUSAL, -1)
        return pattern @ v @ self.model.blocks[1].W_o[h]

    def logits(self, rng, parents, heads, y):
        """parents: {component: feature}, leaves (families over the positions unless `exact`); heads: {h: nodes}, `exact`, not leaves."""
        z = np.repeat(rng.integers(0, self.N, (len(y), 1)), LENGTH, 1)
        x = 0
        for c in split(parents) + SECOND:
            h = int(c[-1]) if c[:2] == "a1" else None
            if h in heads:
                x = x + self.head(rng, h, heads[h], y)
            else:
                x = x + self.leaf(c, self.features[parents[c]].draw(rng, y) if c in parents else z)
        return self.model.ln_f(x) @ self.model.unembed

    def metrics(self, logits, x):
        """The METRICS of the logits as predictions about datum x: cross-entropy and probability of the next word, averaged over the
        positions of x where induction can help, and cross-entropy at `pos` alone; float64."""
        lp = torch.log_softmax(logits.double(), -1).gather(2, self.targets[x][:, :, None])[:, :, 0]
        w = self.weight[x].double()
        return torch.stack([-(lp * w).sum(1), (lp.exp() * w).sum(1), -lp.gather(1, self.pos[x][:, None])[:, 0]], 1)

    @torch.no_grad()
    def run(self, parents, heads, samples, seed, chunk=200):
        """METRICS of every sample, [samples, 3]."""
        rng = np.random.default_rng(seed)
        out = []
        for i in range(0, samples, chunk):
            x = rng.integers(0, self.N, min(chunk, samples - i))
            y = np.repeat(x[:, None], LENGTH, 1)
            out.append(self.metrics(self.logits(rng, parents, heads, y), torch.from_numpy(x)))
        return torch.cat(out).numpy()

    @torch.no_grad()
    def references(self, chunk=500):
        """Model, shuffled and the constant baseline, [3] each. All metrics are sums over positions i of a weight times a function of the
        logits at i and of targets[i]; so their means over all pairs of data follow from how often each (i, target) occurs."""
        logits = torch.cat([self.model.ln_f(sum(self.at[c][i:i + chunk] for c in FIRST + SECOND)) @ self.model.unembed
                            for i in range(0, self.N, chunk)])
        model = torch.cat([self.metrics(logits[i], i) for i in torch.arange(self.N).split(chunk)]).mean(0)
        one = torch.nn.functional.one_hot(self.pos, LENGTH)
        lp = lambda x: torch.log_softmax(x.double(), -1)
        some = lp(torch.cat([logits[:256], logits[:256].mean(0, keepdim=True)]))
        shuffled, constant = [], []
        for weight, f, best in ((self.weight, lambda y: -y, min), (self.weight, torch.exp, max), (one, lambda y: -y, min)):
            share = torch.zeros(LENGTH, VOCAB, dtype=torch.float64)
            share.index_put_((torch.arange(LENGTH).expand(self.N, LENGTH), self.targets), weight.double() / self.N, accumulate=True)
            mean = sum(f(lp(x)).sum(0) for x in logits.split(chunk)) / self.N
            shuffled.append(float((mean * share).sum()))
            constant.append(best((f(some) * share).sum((1, 2)).tolist()))
        return model.numpy(), np.array(shuffled), np.array(constant)


def split(node):
    """The components of the first layer, with the rewritten heads among the parents in two parts."""
    cut = {c.split(".")[1] for c in node if c.endswith((".self", ".rest"))}
    return [c for n in FIRST for c in ([n + ".self", n + ".rest"] if n[3:] in cut else [n])]


INDUCTION, PREVIOUS, ITSELF = [0, 1, 2], "a0.h0", ["a0.h1", "a0.h2", "a0.h3"]
EXACT = ("exact", "leaf")
WORD = ("now", {"embed": "now"})


def hypotheses():
    """{name: (parents of out that are leaves, {head: {q, k, v: (feature, parents)}})}; the node tables stand in README.md."""
    others = {c: "exact" for c in FIRST + SECOND if c not in [f"a1.h{h}" for h in INDUCTION]}
    own = {"embed": "now", **{h + ".self": "now" for h in ITSELF}}
    layer = {"embed": "now", **{h: "three" for h in [PREVIOUS] + ITSELF}}
    before = lambda f: (f, {PREVIOUS: f})
    context = ("three", {**own, PREVIOUS: "three"})
    rest = {"embed": "now", **{h + ".rest": "three" for h in ITSELF}}

    def ladder(q, k, v, parents=others, heads=INDUCTION):
        return parents, {h: {"q": q, "k": k, "v": v} for h in heads}

    return {
        # The ladder.
        "naive": ladder(WORD, before("before"), WORD),
        "three words": ladder(WORD, before("three"), WORD),
        "first layer": ladder(("three", layer), before("three"), ("three", layer)),
        "identity": ladder(context, before("three"), ("now", own)),
        "identity, keys too": ladder(context, context, ("now", own)),
        # One input at a time, the other two left as they are.
        "naive, queries": ladder(WORD, EXACT, EXACT),
        "naive, keys": ladder(EXACT, before("before"), EXACT),
        "naive, values": ladder(EXACT, EXACT, WORD),
        "two words, keys": ladder(EXACT, before("two"), EXACT),
        "three words, keys": ladder(EXACT, before("three"), EXACT),
        "identity, queries": ladder(context, EXACT, EXACT),
        "identity, keys": ladder(EXACT, context, EXACT),
        "identity, values": ladder(EXACT, EXACT, ("now", own)),
        # The naive story with the words as the first layer writes them, and its parts.
        "naive with identity": ladder(("now", own), before("before"), ("now", own)),
        "identity, one word back": ladder(context, before("before"), ("now", own)),
        "three words with identity": ladder(("now", own), before("three"), ("now", own)),
        # Controls that should fail: another head as the one that looks back, what the rewrite leaves over in place of what it takes
        # out, the identity also for the head that looks back.
        "keys from another head": ladder(context, ("three", {ITSELF[0]: "three"}), ("now", own)),
        "rest for identity": ladder(("three", {**rest, PREVIOUS: "three"}), before("three"), ("three", rest)),
        "identity everywhere": ladder(("now", {**own, PREVIOUS + ".self": "now"}), ("now", {PREVIOUS + ".self": "now"}), ("now", own)),
        # The whole model: also what goes to the logits directly is the word itself, the three words, and head 3 of the second layer.
        "whole model": ladder(context, context, ("now", own), {**own, PREVIOUS: "three", "a1.h3": "exact"}),
        "whole model, four heads": ladder(context, context, ("now", own), {**own, PREVIOUS: "three"}, INDUCTION + [3]),
        # Ends of the scale.
        "heads off": (others, {}),
        "first layer off": ({c: "exact" for c in SECOND}, {}),
        "everything exact": ({c: "exact" for c in FIRST + SECOND}, {}),
        "everything exact, by points": ladder(EXACT, EXACT, EXACT),
        "everything exact, by parents": ladder(*[("exact", {c: "exact" for c in ["embed", PREVIOUS] + [f"{h}.{p}" for h in ITSELF for p in ("self", "rest")]})] * 3),
    }


def search(scrub, samples, report):
    """What every component, and every input of the induction heads, is worth: one at a time on a random datum, the others exact."""
    names = FIRST + SECOND
    print("one component off")
    for c in names:
        report(c, {d: "exact" for d in names if d != c}, {}, samples)
    others = {c: "exact" for c in names if c not in [f"a1.h{h}" for h in INDUCTION]}
    for kind in "qkv":
        print(f"one input of {kind} of the induction heads off")
        for c in FIRST:
            node = ("exact", {d: "exact" for d in FIRST if d != c})
            report(c, others, {h: {n: node if n == kind else EXACT for n in "qkv"} for h in INDUCTION}, samples)
    for kind in "qkv":
        print(f"{kind} of the induction heads under a feature")
        for f in ("now", "before", "two", "three", "four"):
            report(f, others, {h: {n: (f, "leaf") if n == kind else EXACT for n in "qkv"} for h in INDUCTION}, samples)
    print("root of the mean square of what varies: own part and rest of the first layer's heads, embedding")
    vary = lambda x: float((x - x.mean((0, 1))).pow(2).sum(2).mean().sqrt())
    print(f"  embed {vary(scrub.at['embed']):.2f}  " + "  ".join(f"a0.h{h}{p} {vary(scrub.at[f'a0.h{h}{p}']):.2f}" for h in range(HEADS) for p in ("", ".self", ".rest")))


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--weights", default=os.path.join(HERE, "induction.pt"))
    ap.add_argument("--samples", type=int, default=20_000)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--search", action="store_true")
    ap.add_argument("--out", default=os.path.join(HERE, "induction.expected.json"))
    a = ap.parse_args()
    torch.set_num_threads(1)
    z = {k: torch.from_numpy(v) for k, v in np.load(os.path.join(HERE, "induction.npz")).items()}
    scrub = Scrub(load(a.weights), z)
    model, shuffled, constant = scrub.references()
    off = None

    def report(name, parents, heads, samples):
        v = scrub.run(parents, heads, samples, a.seed)
        s, se = v.mean(0), v.std(0, ddof=1) / np.sqrt(samples)
        out = {}
        for i, kind in enumerate(METRICS):
            d = shuffled[i] - model[i]
            out[kind] = {"scrubbed": float(s[i]), "se": float(se[i]), "recovered": float((shuffled[i] - s[i]) / d), "recovered_se": float(se[i] / abs(d))}
            if off:
                o, r = off[kind], off[kind]["scrubbed"] - model[i]
                share = (o["scrubbed"] - s[i]) / r
                out[kind]["of_heads"] = float(share)
                out[kind]["of_heads_se"] = float(np.hypot(se[i], (1 - share) * o["se"]) / abs(r))
        print(f"{name:28s} " + "   ".join(f"{k} {r['scrubbed']:.4f} ± {r['se']:.4f} recovered {100 * r['recovered']:6.2f} % ± {100 * r['recovered_se']:.2f}"
              + (f", of the heads {100 * r['of_heads']:6.1f} % ± {100 * r['of_heads_se']:.1f}" if off else "") for k, r in out.items()), flush=True)
        return out

    for name, x in (("model", model), ("shuffled", shuffled), ("constant", constant)):
        print(f"{name:10s} " + " ".join(f"{k} {v:.6f}" for k, v in zip(METRICS, x)))
    print("data alone in their class: " + ", ".join(f"{n} {f.alone():.3f}" for n, f in scrub.features.items() if not f.exact))
    hyps = hypotheses()
    off = report("heads off", *hyps["heads off"], a.samples)
    if a.search:
        search(scrub, 4000, report)
        return
    result = {"model": dict(zip(METRICS, model.tolist())), "shuffled": dict(zip(METRICS, shuffled.tolist())), "constant": dict(zip(METRICS, constant.tolist())),
              "samples": a.samples, "seed": a.seed, "hypotheses": {}}
    for name, (parents, heads) in hyps.items():
        result["hypotheses"][name] = report(name, parents, heads, a.samples)
    with open(a.out, "w") as f:
        json.dump(result, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
