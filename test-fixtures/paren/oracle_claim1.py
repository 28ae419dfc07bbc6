"""Claims about the parenthesis model by plain sampling, independently of the engine (PyTorch for the activations,
numpy for the rest): `paren.expected.json`, and the search that tells which heads do what.

    python3 oracle_claim1.py            # writes paren.expected.json
    python3 oracle_claim1.py --search   # also ranks assignments of heads to the two tests

The hypotheses here name components as leaves below the output, with the default `unimportant together`. Then a sample is: a
reference x; a datum x_out from the class of x under the feature of `out`; for every named component a datum of its own from
the class of x_out under that component's feature; one datum for everything else. After the last attention only position 0 is
read, and an MLP through which edges run is recomputed position by position, so a scrubbed output needs position 0 only:

    classifier(LayerNorm(named components at their data + MLPs of `through`, recomputed + all others at their datum)).
"""
import argparse
import itertools
import json
import os

import numpy as np
import torch

from export import load
from make_data import tests
from train import HEADS, LAYERS, evaluate

HERE = os.path.dirname(os.path.abspath(__file__))


@torch.no_grad()
def contributions(model, tokens, chunk=500):
    """{component: float32 [N, 56] at position 0}, in the order of the stream, and the constants
    [1 + LAYERS, 56] (position embedding, attention biases)."""
    names = ["embed"] + [f"a{l}.h{h}" for l in range(LAYERS) for h in range(HEADS)] + [f"m{l}" for l in range(LAYERS)]
    out = {n: [] for n in names}
    for i in range(0, len(tokens), chunk):
        t = torch.from_numpy(tokens[i:i + chunk])
        mask = (t == 1).float()[:, None, :] * -1e4
        e = model.embed[t]
        x = e + model.pos
        out["embed"].append(e[:, 0])
        for l, b in enumerate(model.blocks):
            n = torch.nn.functional.layer_norm(x, (x.shape[-1],), b.ln_a.weight, b.ln_a.bias)
            for h in range(HEADS):
                q, k, v = (n @ getattr(b.attn, "W_" + p)[h] + getattr(b.attn, "b_" + p)[h] for p in "qkv")
                s = torch.einsum("nqd,nkd->nqk", q, k) / np.sqrt(q.shape[-1]) + mask
                a = torch.softmax(s, -1) @ v @ b.attn.W_o[h]
                out[f"a{l}.h{h}"].append(a[:, 0])
                x = x + a
            x = x + b.attn.b_o
            y = b.mlp(x)
            out[f"m{l}"].append(y[:, 0])
            x = x + y
    order = ["embed"] + [n for l in range(LAYERS) for n in ([f"a{l}.h{h}" for h in range(HEADS)] + [f"m{l}"])]
    constant = torch.stack([model.pos[0]] + [b.attn.b_o for b in model.blocks])
    return {n: torch.cat(out[n]).numpy() for n in order}, constant.numpy()


def head(model, resid):
    """logits[1] - logits[0] from the residual stream at position 0, in float32 as the model does."""
    p = {n: v.detach().numpy() for n, v in model.named_parameters()}
    mu = resid.mean(1, keepdims=True)
    var = ((resid - mu) ** 2).mean(1, keepdims=True)
    n = (resid - mu) / np.sqrt(var + np.float32(model.ln_f.eps)) * p["ln_f.weight"] + p["ln_f.bias"]
    logits = n @ p["classifier.weight"].T + p["classifier.bias"]
    return logits[:, 1] - logits[:, 0]


def bce(logit, label):
    """Binary cross-entropy of a logit, float64."""
    z = logit.astype(np.float64)
    return np.logaddexp(0, z) - label * z


class Sampler:
    """Uniform draws from classes of features over the dataset."""

    def __init__(self, feature, n):
        if feature is None:                                   # "exact"
            self.kind = None
            return
        self.kind, self.inverse = np.unique(feature, return_inverse=True)
        self.order = np.argsort(self.inverse, kind="stable")
        self.count = np.bincount(self.inverse)
        self.start = np.concatenate([[0], np.cumsum(self.count)[:-1]])

    def draw(self, rng, y):
        if self.kind is None:
            return y
        c = self.inverse[y]
        return self.order[self.start[c] + (rng.random(len(y)) * self.count[c]).astype(np.int64)]


def scrub(model, parts, constant, label, out, nodes, samples, seed, through=()):
    """Per-sample metric of one hypothesis. out: the feature of the output node or None for exact.
    nodes: {component: feature, or None for exact}. through: the MLPs through which every edge may also run, wherever
    there is one from the node's component: they are recomputed, at position 0."""
    rng = np.random.default_rng(seed)
    n = len(label)
    x = rng.integers(0, n, samples)
    y = Sampler(out, n).draw(rng, x)
    z = rng.integers(0, n, samples)
    at = {name: Sampler(nodes[name], n).draw(rng, y) for name in parts if name in nodes}
    order = list(parts)

    def stream(before):
        """Sum of all contributions before component number `before`, as this hypothesis has them."""
        r = np.repeat(constant_at(before)[None], samples, 0)
        for i, name in enumerate(order[:before]):
            if name in at:
                r += parts[name][at[name]]
            elif name in through and any(c in at or c in through for c in order[:i]):
                r += mlp(model, int(name[1:]), stream(i))
            else:
                r += parts[name][z]
        return r

    def constant_at(before):
        """Position embedding and the attention biases added before component number `before`."""
        layers = sum(1 for c in order[:before] if c.endswith("h1"))
        return constant[0] + sum(constant[1:1 + layers], np.zeros_like(constant[0]))

    return bce(head(model, stream(len(order))), label[x])


@torch.no_grad()
def mlp(model, l, resid):
    """Contribution of MLP l at position 0."""
    return model.blocks[l].mlp(torch.from_numpy(resid)).numpy()


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--weights", default=os.path.join(HERE, "paren.pt"))
    ap.add_argument("--samples", type=int, default=100_000)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--search", action="store_true")
    a = ap.parse_args()
    torch.set_num_threads(1)
    model = load(a.weights)
    z = np.load(os.path.join(HERE, "paren.npz"))
    tokens, label = z["tokens"], z["is_balanced"].astype(np.float64)
    parts, constant = contributions(model, tokens)
    logit = head(model, sum(parts.values()) + constant.sum(0))
    per_row = bce(logit, label)
    # Shuffled: outputs from one datum, columns from another: the mean over all pairs is available in closed form.
    zz = logit.astype(np.float64)
    mean_label = label.mean()
    shuffled = float(np.mean(np.logaddexp(0, zz)) - mean_label * zz.mean())
    model_loss = float(per_row.mean())
    constant_loss = float(-(mean_label * np.log(mean_label) + (1 - mean_label) * np.log(1 - mean_label)))
    print(f"model {model_loss:.6f} accuracy {((logit > 0) == (label > 0)).mean():.5f} shuffled {shuffled:.6f} "
          f"constant {constant_loss:.6f}; logit of balanced rows {zz[label > 0].mean():.2f}, others {zz[label == 0].mean():.2f}")
    count, horizon = tests(tokens)
    both = 2 * count + horizon
    balanced = count & horizon
    heads = [f"a{l}.h{h}" for l in range(LAYERS) for h in range(HEADS)]
    everything = list(parts)

    def run(name, out, nodes, samples=a.samples, through=()):
        v = scrub(model, parts, constant, label, out, nodes, samples, a.seed, through)
        s, se = float(v.mean()), float(v.std(ddof=1) / np.sqrt(samples))
        r = (shuffled - s) / (shuffled - model_loss)
        return {"scrubbed": s, "se": se, "recovered": r, "recovered_se": se / (shuffled - model_loss)}

    if a.search:
        print("one component off: the label's class kept by every other component (exact), this one on a random datum")
        for c in everything:
            r = run(c, None, {d: None for d in everything if d != c}, 20_000)
            print(f"  without {c:6s} recovered {100 * r['recovered']:8.1f} %")
        print("one component under a test, all others exact")
        for c in everything:
            row = []
            for f in (count, horizon, both, balanced):
                r = run(c, None, {**{d: None for d in everything if d != c}, c: f}, 20_000)
                row.append(f"{100 * r['recovered']:8.1f}")
            print(f"  {c:6s} count {row[0]} horizon {row[1]} both {row[2]} balanced {row[3]}")
        rows = []
        print("heads under tests (c count, h horizon, b both), everything else one random datum, all edges through the MLPs")
        for assign in itertools.product("-chb", repeat=len(heads)):
            if assign.count("-") < 2:
                continue
            f = {"c": count, "h": horizon, "b": both}
            nodes = {n: f[k] for n, k in zip(heads, assign) if k != "-"}
            rows.append((run("", None, nodes, 600, ["m0", "m1", "m2"])["recovered"], " ".join(f"{n}={k}" for n, k in zip(heads, assign) if k != "-")))
        rows.sort(reverse=True)
        for r, t in rows[:30]:
            print(f"  {100 * r:7.1f} %  {t}")

    hyps = hypotheses(count, horizon, both, balanced, (tokens != 1).sum(1))
    result = {"model": model_loss, "shuffled": shuffled, "constant": constant_loss,
              "accuracy": float(((logit > 0) == (label > 0)).mean()), "samples": a.samples, "seed": a.seed, "hypotheses": {}}
    for name, (out, nodes, through) in hyps.items():
        result["hypotheses"][name] = r = run(name, out, nodes, through=through)
        print(f"{name:28s} scrubbed {r['scrubbed']:.5f} ± {r['se']:.5f}  recovered {100 * r['recovered']:.2f} % ± {100 * r['recovered_se']:.2f}")
    with open(os.path.join(HERE, "paren.expected.json"), "w") as f:
        json.dump(result, f, indent=1)
        f.write("\n")


def hypotheses(count, horizon, both, balanced, length):
    """The hypotheses of `paren.scrub`: {name: (feature of out or None for exact, {component: feature}, through)}."""
    wide, top = ["m1", "m2"], ["m2"]
    heads = ["a1.h0", "a2.h0", "a2.h1"]
    every = {c: None for c in ["embed"] + [f"{k}{l}{h}" for l in range(LAYERS) for k, h in (("a", ".h0"), ("a", ".h1"), ("m", ""))]}
    claim = {"a1.h0": count, "a2.h0": both, "a2.h1": horizon}
    return {
        "claim 1": (None, claim, wide),
        "claim 1, by class": (balanced, {h: balanced for h in heads}, wide),
        "split": (None, {"a1.h0": count, "a2.h0": count, "a2.h1": horizon}, wide),
        "swapped": (None, {"a1.h0": horizon, "a2.h0": both, "a2.h1": count}, wide),
        "split and swapped": (None, {"a1.h0": count, "a2.h0": horizon, "a2.h1": count}, wide),
        "count only": (None, {"a1.h0": count, "a2.h0": count}, wide),
        "horizon only": (None, {h: horizon for h in heads}, wide),
        "count everywhere": (None, {h: count for h in heads}, wide),
        "no count": (None, {"a2.h0": both, "a2.h1": horizon}, top),
        "no depth": (None, {"a1.h0": count, "a2.h0": both}, wide),
        "verdict only": (None, {"a2.h0": both}, top),
        "other head of layer 1": (None, {"a1.h1": count, "a2.h0": both, "a2.h1": horizon}, wide),
        "direct": (None, claim, ()),
        "direct, with the MLPs": (None, {**claim, "m1": count, "m2": both}, ()),
        "heads exact": (None, {h: None for h in heads}, wide),
        "layer 1 only": (None, {"a1.h0": both, "a1.h1": both}, wide),
        "length": (None, {h: length for h in heads}, wide),
        "everything exact": (None, every, ()),
        "everything random": (np.zeros(len(count)), {}, ()),
    }


if __name__ == "__main__":
    main()
