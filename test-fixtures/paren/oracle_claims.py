"""The claims of the post in `paren.scrub`, and the hypotheses of `layers.scrub`, by plain recursive sampling,
independently of the engine (PyTorch for the model, numpy for draws and features): `paren.claims.expected.json`.

    python3 oracle_claims.py [--samples 100000] [--seed 0] [NAME…]

A hypothesis is a tree of nodes: a place (a tensor of the model, perhaps at one position), a feature (one row for every datum),
and parents. The value of a node for a datum y:

* a leaf: its place on y in the unmodified model;
* otherwise every parent draws a datum from the class of y under the parent's feature and gives its value for it; one more datum
  z, drawn from everything, is where all else comes from (`together`); and the place is computed from these. From the place
  towards the input: where a parent stands is the parent's value, and at positions that no parent of this tensor covers, z's; a
  component (embedding, head, MLP) is z's, or computed in turn if an edge may run through it; any other tensor is computed.

Tensors are computed on demand and only at the positions that are read. What the unmodified model gives is kept for all data.
"""
import argparse
import json
import os
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import layer_norm, relu, softmax

from export import load
from make_data import CLOSE, OPEN, PAD
from train import DH, HEADS, LAYERS

HERE = os.path.dirname(os.path.abspath(__file__))
STREAM = ["embed"] + [f"{c}{l}{h}" for l in range(LAYERS) for c, h in (("a", ".h0"), ("a", ".h1"), ("m", ""))]
COMPONENTS = set(STREAM)
INPUTS = {"tokens", "phi", "rest"}
ALL = None                                      # every position
EXACT = "exact"


@dataclass(frozen=True)
class Edge:
    node: "Node"
    through: object = ()                        # components that this edge may also run through, or "any"

    def runs_through(self, component):
        return self.through == "any" or component in self.through


@dataclass(frozen=True)
class Node:
    place: str
    feature: object                             # array [N] or [N, k], or EXACT
    parents: tuple = ()                         # of Edge
    position: object = ALL


class Model:
    """The network tensor by tensor."""

    def __init__(self, path):
        self.net = load(path)

    def norm(self, ln, x):
        return layer_norm(x, (x.shape[-1],), ln.weight, ln.bias, ln.eps)

    def compute(self, name, pos, get):
        """Tensor `name` at `pos` from what `get(tensor, pos)` gives: [B, 42, 56], or [B, 56] at one position."""
        net = self.net
        if name == "logits":
            return net.classifier(self.norm(net.ln_f, get("final.in", 0)))
        if name == "embed":
            t = get("tokens", ALL)
            return net.embed[t if pos is ALL else t[:, pos]]
        if name.endswith(".mask"):
            return (get("tokens", ALL) == PAD).float() * -1e4
        if name == "a0.in":
            return get("embed", pos) + (net.pos if pos is ALL else net.pos[pos])
        if name == "final.in" or name.endswith(".in") and name[0] == "a":
            before = (LAYERS if name == "final.in" else int(name[1])) - 1
            return get(f"m{before}.in", pos) + get(f"m{before}", pos)
        if name.endswith(".in"):
            layer = int(name[1])
            return get(f"a{layer}.in", pos) + get(f"a{layer}.h0", pos) + get(f"a{layer}.h1", pos) + net.blocks[layer].attn.b_o
        layer = int(name[1])
        b = net.blocks[layer]
        if name[0] == "m":
            return b.W_out(relu(b.W_in(self.norm(b.ln_m, get(f"m{layer}.in", pos)))))
        h, a = int(name[-1]), b.attn
        n = self.norm(b.ln_a, get(f"a{layer}.in", ALL))
        q = (n if pos is ALL else n[:, pos:pos + 1]) @ a.W_q[h] + a.b_q[h]
        s = q @ (n @ a.W_k[h] + a.b_k[h]).transpose(1, 2) / DH ** 0.5 + get(f"a{layer}.mask", ALL)[:, None, :]
        out = softmax(s, -1) @ (n @ a.W_v[h] + a.b_v[h]) @ a.W_o[h]
        return out if pos is ALL else out[:, 0]


class Unmodified:
    """What the unmodified model gives on every datum, for the tensors and positions that these hypotheses read."""

    whole = ("embed", "a0.h0", "a0.h1", "m0", "a1.in", "a1.mask", "a1.h0", "a1.h1", "m1", "a2.in", "a2.mask")

    def __init__(self, model, tokens, phi):
        self.tokens, self.phi = tokens, phi
        kept = {n: [] for n in self.whole}
        first = {n: [] for n in STREAM + ["logits"]}
        for i in range(0, len(tokens), 500):
            done = {"tokens": tokens[i:i + 500]}

            def get(name, pos):
                if name not in done:
                    done[name] = model.compute(name, ALL, get)
                return done[name] if pos is ALL else done[name][:, pos]

            for n in first:
                first[n].append(get(n, ALL) if n == "logits" else get(n, 0).clone())
            for n in kept:
                kept[n].append(get(n, ALL))
        self.kept = {n: torch.cat(v) for n, v in kept.items()}
        self.first = {n: torch.cat(v) for n, v in first.items()}

    def __call__(self, name, pos, y):
        if name == "tokens":
            return self.tokens[y]
        if name == "phi":
            return self.phi[y]
        if name == "rest":
            return self.kept["a0.h0"][y, 1] - self.phi[y]
        if name in self.kept:
            return self.kept[name][y] if pos is ALL else self.kept[name][y, pos]
        assert pos == 0 or name == "logits", (name, pos)
        return self.first[name][y]


class Classes:
    """Uniform draws from the class of a datum."""

    made = {}

    @classmethod
    def draw(cls, feature, y, rng):
        if feature is EXACT:
            return y
        key = id(feature)
        if key not in cls.made:
            _, of = np.unique(feature, axis=0, return_inverse=True)
            size = np.bincount(of)
            cls.made[key] = (feature, of, np.argsort(of, kind="stable"), size, np.concatenate([[0], np.cumsum(size)[:-1]]))
        _, of, order, size, start = cls.made[key]
        c = of[y]
        return order[start[c] + np.floor(rng.random(len(y)) * size[c]).astype(np.int64)]


class Branch:
    """`node` and all below it, for the data `y`: drawn once, read at any position."""

    def __init__(self, node, y, model, base, rng, rewritten=True):
        self.node, self.y, self.model, self.base, self.rewritten = node, y, model, base, rewritten
        self.done = {}
        self.parents = [Branch(e.node, Classes.draw(e.node.feature, y, rng), model, base, rng, rewritten) for e in node.parents]
        self.z = rng.integers(0, len(base.tokens), len(y)) if node.parents else None

    def value(self, pos):
        node = self.node
        pos = pos if node.position is ALL else node.position
        if not node.parents:
            return self.base(node.place, pos, self.y)
        return self.computed(node.place, pos, tuple(range(len(node.parents))))

    def get(self, name, pos, active):
        """What stands in the place of a tensor; `active`: the parents that hold drawn values here."""
        edges = self.node.parents
        here = [i for i, e in enumerate(edges) if e.node.place == name]
        if here and edges[here[0]].node.position is ALL:
            return self.parents[here[0]].value(pos) if here[0] in active else self.base(name, pos, self.z)
        if here:
            covered = {edges[i].node.position: self.parents[i] for i in here if i in active}
            if pos is not ALL:
                return covered[pos].value(pos) if pos in covered else self.base(name, pos, self.z)
            x = self.base(name, ALL, self.z).clone()
            for p, parent in covered.items():
                x[:, p] = parent.value(p)
            return x
        if name in INPUTS:
            return self.base(name, pos, self.z)
        if name in COMPONENTS:
            active = tuple(i for i in active if edges[i].runs_through(name))
            if not active:
                return self.base(name, pos, self.z)
        return self.computed(name, pos, active)

    def computed(self, name, pos, active):
        key = name, pos, active
        if key not in self.done:
            if self.rewritten and name == "a0.h0" and pos == 1:
                self.done[key] = self.get("phi", pos, active) + self.get("rest", pos, active)
            else:
                self.done[key] = self.model.compute(name, pos, lambda n, p: self.get(n, p, active))
        return self.done[key]


def hypotheses(tokens, weights):
    """{name: the node at the output}"""
    is_open = tokens == OPEN
    is_paren = is_open | (tokens == CLOSE)

    def suffix(v):
        return np.cumsum(v[:, ::-1], 1)[:, ::-1]

    opens, parens = suffix(is_open), suffix(is_paren)
    length = (tokens != PAD).sum(1)
    equal = 2 * opens[:, 0] == parens[:, 0]
    count = equal & is_open[:, 1]
    depth = (2 * opens <= parens).all(1)
    share = np.where(is_open[:, 1], opens[:, 1] / parens[:, 1], -1)
    starts_open = is_open[:, 1]

    def verdicts(o, p):
        return np.where(tokens == PAD, 0, np.where(2 * o > p, -1, 1))

    plain = verdicts(opens, parens)
    w = weights[length].astype(np.float64)
    weighted = verdicts(suffix(w * is_open), suffix(w * is_paren))

    def out(depth_node, c=count, below=lambda l: (), through={}):
        counts = [Edge(Node(f"a{l}.h0", c, below(l)), through.get(l, ())) for l in (1, 2)]
        return Node("logits", EXACT, (*counts, Edge(depth_node, through.get(2, ()))))

    def position_1(l, *parents):
        return (Edge(Node(f"a{l}.in", count, parents, position=1)),)

    def below_position_1(*from_):
        a0h0 = Node("a0.h0", share, from_, position=1)
        return lambda l: position_1(l, Edge(a0h0, "any"), Edge(Node("embed", starts_open), "any"))

    def positions(v):
        each = [Edge(Node("a2.in", v[:, i].copy(), position=i)) for i in range(tokens.shape[1])]
        return Node("a2.h1", v, (*each, Edge(Node("a2.mask", length))))

    leaf = Node("a2.h1", depth)
    mlps = {1: ("m1", "m2"), 2: ("m2",)}
    phi = Edge(Node("phi", share))
    return {
        "post: claim 1, count only": out(leaf, equal),
        "post: claim 1": out(leaf),
        "post: claims 1 and 2, position 1": out(leaf, below=position_1),
        "post: claims 1 and 2, head 0.0 and embedding": out(leaf, below=below_position_1()),
        "post: claims 1 and 2": out(leaf, below=below_position_1(phi)),
        "post: claims 1 and 3": out(positions(plain)),
        "post: claims 1 and 3, weighted": out(positions(weighted)),
        "post: all claims": out(positions(plain), below=below_position_1(phi)),
        "post: claims 1 and 2, through the MLPs": out(leaf, below=below_position_1(phi), through=mlps),
        "post: all claims, through the MLPs": out(positions(plain), below=below_position_1(phi), through=mlps),
        **story(tokens, count, depth, length, opens, parens),
    }


def story(tokens, count, depth, length, opens, parens):
    """The hypotheses of `layers.scrub`."""
    everywhere = range(tokens.shape[1])
    balanced = (count & depth).astype(int)
    excess = 2 * opens[:, 0] - parens[:, 0]
    own = 2 * opens <= parens
    first = tokens[:, 1] == OPEN
    verdict = np.stack([count, depth, length], 1)
    elevation = np.stack([excess, first, length], 1)
    horizon = np.stack([depth, length], 1)
    label = np.stack([balanced, length], 1)

    def family(place, feature, positions=everywhere, parents=lambda i: ()):
        """`feature`: one for all positions, or a function of the position."""
        return [Edge(Node(place, feature(i) if callable(feature) else feature, tuple(parents(i)), position=i)) for i in positions]

    def claim(feature, from_):
        """Claim 1 with its heads of layer 2 made from `from_`."""
        top = [Edge(Node("a1.h0", count), ("m1", "m2"))]
        return Node("logits", EXACT, (*top, *(Edge(Node(h, feature, tuple(from_)), ("m2",)) for h in ("a2.h0", "a2.h1"))))

    mask = [Edge(Node("a2.mask", length))]
    mask1 = [Edge(Node("a1.mask", length))]
    own_features = [np.column_stack([own[:, i], elevation]) for i in everywhere]
    own_all = np.column_stack([own, elevation])
    below_own = [np.column_stack([own[:, i], first, length]) for i in everywhere]

    def layer1(*sources):
        """Every position of a2.in from these: (place, feature or function of the position)."""
        def at(i):
            return [Edge(Node(place, f(i) if callable(f) else f, position=i), ("m1",)) for place, f in sources]
        return claim(verdict, family("a2.in", verdict, parents=at) + mask)

    high, both, below = ("a1.h0", elevation), ("a1.h1", verdict), ("a1.in", horizon)

    def three(high_from=(), both_from=(), below_from=(), high_feature=elevation, both_feature=verdict):
        sources = (("a1.h0", high_feature, high_from), ("a1.h1", both_feature, both_from), ("a1.in", horizon, below_from))
        seen = Node("a2.in", verdict, tuple(Edge(Node(p, f, tuple(from_)), ("m1",)) for p, f, from_ in sources))
        return claim(verdict, [Edge(seen)] + mask)

    not_1 = [i for i in everywhere if i != 1]
    level = family("a1.in", elevation) + mask1
    early = family("a1.in", verdict) + mask1

    def heads(*names):
        return [Edge(Node(n, horizon), ("m0",)) for n in names]

    return {
        "every position": claim(verdict, family("a2.in", verdict) + mask),
        "every position, by class": claim(label, family("a2.in", label) + mask),
        "own horizon": claim(own_all, family("a2.in", lambda i: own_features[i]) + mask),
        "position 1": claim(verdict, family("a2.in", verdict, [1])),
        "only the length": claim(length, family("a2.in", length) + mask),
        "layer 1": layer1(high, both, below),
        "layer 1, heads exchanged": layer1(("a1.h0", verdict), ("a1.h1", elevation), below),
        "layer 1, own horizon": layer1(high, both, ("a1.in", lambda i: below_own[i])),
        "layer 1 without head 0": layer1(both, below),
        "layer 1 without head 1": layer1(high, below),
        "layer 1 without layer 0": layer1(high, both),
        "three sources": three(),
        "elevation everywhere": three(level),
        "elevation not at 1": three(family("a1.in", elevation, not_1) + mask1),
        "elevation at 1": three(family("a1.in", elevation, [1]) + mask1),
        "no elevation": three(high_feature=length),
        "verdict everywhere": three((), early),
        "verdict not at 1": three((), family("a1.in", verdict, not_1) + mask1),
        "verdict at 1": three((), family("a1.in", verdict, [1]) + mask1),
        "horizon test everywhere": three((), family("a1.in", horizon) + mask1, both_feature=horizon),
        "own horizon everywhere": three((), family("a1.in", lambda i: below_own[i]) + mask1, both_feature=np.column_stack([own, first, length])),
        "no verdict": three(both_feature=length),
        "from layer 0": three((), (), heads("a0.h0", "a0.h1")),
        "from head 0.1": three((), (), heads("a0.h1")),
        "from head 0.0": three((), (), heads("a0.h0")),
        "the whole story": three(level, early, heads("a0.h0", "a0.h1")),
    }


@torch.no_grad()
def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--samples", type=int, default=100_000)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--batch", type=int, default=1000)
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    torch.set_num_threads(1)
    model = Model(os.path.join(HERE, "paren.pt"))
    data = np.load(os.path.join(HERE, "paren.npz"))
    tokens, label = data["tokens"], data["is_balanced"].astype(np.float64)
    opens, parens = ((v[:, 1:]).sum(1) for v in (tokens == OPEN, (tokens == OPEN) | (tokens == CLOSE)))
    direction = np.load(os.path.join(HERE, "open_direction.npy"))
    phi = torch.from_numpy((direction * (2 * opens / parens - 1)[:, None]).astype(np.float32))
    base = Unmodified(model, torch.from_numpy(tokens), phi)

    def loss(logits, x):
        d = (logits[:, 1] - logits[:, 0]).double().numpy()
        return np.logaddexp(0, d) - label[x] * d

    everything = np.arange(len(tokens))
    d = (base.first["logits"][:, 1] - base.first["logits"][:, 0]).double().numpy()
    model_loss = float(loss(base.first["logits"], everything).mean())
    shuffled = float(np.logaddexp(0, d).mean() - label.mean() * d.mean())      # all pairs, in closed form
    result = {"model": model_loss, "shuffled": shuffled, "samples": a.samples, "seed": a.seed, "hypotheses": {}}
    print(f"model {model_loss:.3e} shuffled {shuffled:.6f}", flush=True)
    for name, root in hypotheses(tokens, np.load(os.path.join(HERE, "share_weights.npy"))).items():
        if a.names and name not in a.names:
            continue
        began = time.time()
        rng = np.random.default_rng(a.seed)
        losses = []
        for i in range(0, a.samples, a.batch):
            x = rng.integers(0, len(tokens), min(a.batch, a.samples - i))
            y = Classes.draw(root.feature, x, rng)
            losses.append(loss(Branch(root, y, model, base, rng).value(ALL), x))
        v = np.concatenate(losses)
        s, se = float(v.mean()), float(v.std(ddof=1) / np.sqrt(len(v)))
        gap = shuffled - model_loss
        result["hypotheses"][name] = {"scrubbed": s, "se": se, "recovered": (shuffled - s) / gap, "recovered_se": se / gap}
        print(f"{name:40s} scrubbed {s:.5f} ± {se:.5f}  recovered {100 * (shuffled - s) / gap:.2f} % ± {100 * se / gap:.2f}  {time.time() - began:.0f} s", flush=True)
    if not a.names:
        with open(os.path.join(HERE, "paren.claims.expected.json"), "w") as f:
            json.dump(result, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
