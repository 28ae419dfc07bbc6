"""A small, slow and independent implementation of what a scrub means, for tests of the real engine.

It is written from the definitions (docs: "What a scrub means", section 3) over a Python description of the graph;
it reads no `.scrub` file and no ONNX file and shares no code with the engine. Two ways to the same number:

    exact     the expectation by enumerating every draw (equal values are merged, their probabilities added)
    sample    plain sampling, one sample after the other, by the recursion of the definition

    python3 oracle.py               # the module's own tests: exact against sample, and hand-computed cases

Every operator is a numpy function whose arguments have the batch as their leading axis.
"""
import copy
import itertools
import math

import numpy as np

ANY, EXACT = "any", "exact"
#: Combinations of the inputs of one node that are enumerated at most.
MOST = 2_000_000
THROUGH_ANY = "any"


class TooMany(Exception):
    """There are more combinations than can be enumerated."""


# ---------------------------------------------------------------- the description

class Graph:
    """inputs: names of model inputs. ops: {tensor: (function, [inputs])} in topological order; an argument that
    is not a string is a constant. outputs: the model's outputs. components: tensors that block."""

    def __init__(self, inputs, ops, outputs, components):
        self.inputs, self.ops, self.outputs = list(inputs), dict(ops), list(outputs)
        self.components = set(components)
        self.consumers = {}
        for t, (_, ins) in self.ops.items():
            for i in ins:
                if isinstance(i, str):
                    self.consumers.setdefault(i, []).append(t)

    def forward(self, columns):
        """Every tensor on every datum."""
        acts = {i: np.asarray(columns[i]) for i in self.inputs}
        for t, (fn, ins) in self.ops.items():
            acts[t] = fn(*[acts[i] if isinstance(i, str) else i for i in ins])
        return acts

    def downstream(self, t):
        """All tensors to which some path leads from t."""
        seen, todo = set(), [t]
        while todo:
            for c in self.consumers.get(todo.pop(), []):
                if c not in seen:
                    seen.add(c)
                    todo.append(c)
        return seen


class Node:
    """feature: ANY, EXACT or one value per datum. at: a tensor or (tensor, index), the index being over the axes after
    the batch. parents: names of nodes or, with a leading "$", of model inputs. through: {parent: components or "any"}."""

    def __init__(self, feature, at, parents=(), through=None):
        self.feature = feature
        self.tensor, self.index = at if isinstance(at, tuple) else (at, None)
        if self.index is not None and not isinstance(self.index, tuple):
            self.index = (self.index,)
        self.parents = list(parents)
        self.through = dict(through or {})


def key(v):
    """Equal keys for equal features: NaN equals NaN, -0 equals 0, arrays and tuples element by element."""
    if isinstance(v, (tuple, list)):
        return tuple(key(i) for i in v)
    if isinstance(v, np.ndarray):
        return tuple(key(i) for i in v.tolist()) if v.ndim else key(v.item())
    if isinstance(v, np.generic):
        v = v.item()
    if isinstance(v, float):
        return "nan" if v != v else v + 0.0
    return v


def cut(value, index):
    return value if index is None else value[(slice(None),) + index]


class Scrub:
    """One hypothesis on one graph and dataset.

    metric(outputs, columns, model): outputs and model are {name: array [K, ...]}, columns {name: array [K, ...]};
    returns float64 [K]. reads: the outputs that the metric reads bare.
    """

    def __init__(self, graph, columns, metric, reads, nodes, unimportant="together"):
        self.g, self.columns, self.metric, self.reads = graph, columns, metric, list(reads)
        self.nodes, self.mode = nodes, unimportant
        self.N = len(next(iter(columns.values())))
        self.acts = graph.forward(columns)
        self.classes = {}
        for name, n in nodes.items():
            if isinstance(n.feature, str) and n.feature == EXACT:
                groups = list(range(self.N))
            elif isinstance(n.feature, str) and n.feature == ANY:
                groups = [0] * self.N
            else:
                assert len(n.feature) == self.N, name
                groups = [key(v) for v in n.feature]
            members = {}
            for i, k in enumerate(groups):
                members.setdefault(k, []).append(i)
            self.classes[name] = [np.array(members[k]) for k in groups]
        self.blockers = (set(graph.inputs) | graph.components | set(self.reads)
                         | {n.tensor for n in nodes.values() if n.tensor in graph.outputs})
        self.top = [name for name, n in nodes.items() if n.tensor in self.reads]
        self.memo = {}
        #: The node whose claim is switched off.
        self.off = None

    def without(self, name):
        """The same with one claim off: the node's draw and its unimportant inputs are the datum that its child represents."""
        other = copy.copy(self)
        other.off, other.memo = name, {}
        return other

    # ------------------------------------------------------------ places

    def places(self, n):
        """{parent: (tensor, index)} of a node; column parents stand at their model input."""
        node = self.nodes[n]
        return {p: (p[1:], None) if p.startswith("$") else (self.nodes[p].tensor, self.nodes[p].index)
                for p in node.parents}

    def through(self, n, p):
        """The components through which the edge p -> n may run."""
        t = self.nodes[n].through.get(p, [])
        if t == THROUGH_ANY:
            return self.blockers - {q for r, (q, _) in self.places(n).items() if r != p}
        return set(t)

    def reached(self, n, p):
        """Tensors to which the edge p -> n may lead: paths with nothing strictly between that stops it."""
        places = self.places(n)
        siblings = {t for q, (t, _) in places.items() if q != p}
        stop = (self.blockers - self.through(n, p)) | siblings
        seen, todo = set(), [places[p][0]]
        while todo:
            for c in self.g.consumers.get(todo.pop(), []):
                if c not in seen:
                    seen.add(c)
                    if c not in stop:
                        todo.append(c)
        return seen

    def overlap(self, a, b):
        """Whether two places (tensor, index) share an element."""
        if a[0] != b[0]:
            return False
        mask = np.zeros(self.acts[a[0]].shape, int)
        cut(mask, a[1])[...] += 1
        cut(mask, b[1])[...] += 1
        return bool((mask == 2).any())

    def findings(self):
        """Codes of the errors about places and edges, sorted, each with the node it is about."""
        out = set()
        state = {}

        def visit(n):
            if state.get(n) == 1:
                out.add(("cycle", n))
                return
            if n in state:
                return
            state[n] = 1
            for p in self.nodes[n].parents:
                if not p.startswith("$"):
                    visit(p)
            state[n] = 2

        for n in self.nodes:
            visit(n)
        if not self.top:
            out.add(("no-output-node", ""))
        if out:
            return sorted(out)
        for n, node in list(self.nodes.items()) + [("", None)]:
            places = self.places(n) if node else {p: (self.nodes[p].tensor, self.nodes[p].index) for p in self.top}
            everything = list(places.items()) + ([(n, (node.tensor, node.index))] if node else [])
            for (p, a), (q, b) in itertools.combinations(everything, 2):
                if self.overlap(a, b):
                    out.add(("overlapping-places", n))
            if not node or ("overlapping-places", n) in out:
                continue
            for p, (t, _) in places.items():
                if node.tensor in self.reached(n, p):
                    continue
                if node.tensor in self.g.downstream(t):
                    out.add(("blocked-edge", n))
                elif t in self.g.downstream(node.tensor):
                    out.add(("reversed-edge", n))
                else:
                    out.add(("missing-edge", n))
        return sorted(out)

    # ------------------------------------------------------------ running a part of the model

    def run(self, n, drawn, fill):
        """c(n) from its parents' values. drawn: {parent: array [K, ...]}; fill(tensor): array [K, ...], the
        unimportant value of a tensor."""
        node, places = self.nodes[n], self.places(n)
        reach = {p: self.reached(n, p) for p in places}
        through = {p: self.through(n, p) for p in places}
        memo = {}

        def get(t, active):
            if not isinstance(t, str):
                return t
            if (t, active) not in memo:
                memo[t, active] = compute(t, active)
            return memo[t, active]

        def compute(t, active):
            here = [p for p, (u, _) in places.items() if u == t]
            if here and places[here[0]][1] is None:
                return drawn[here[0]] if here[0] in active else fill(t)
            if here:
                value = np.array(fill(t))
                for p in here:
                    if p in active:
                        cut(value, places[p][1])[...] = drawn[p]
                return value
            if t in self.blockers:
                active = frozenset(p for p in active if t in through[p] and t in reach[p])
                if not active:
                    return fill(t)
            return apply(t, active)

        def apply(t, active):
            fn, ins = self.g.ops[t]
            return fn(*[get(i, active) for i in ins])

        return cut(apply(node.tensor, frozenset(places)), node.index)

    def unimportant_of(self, n):
        """The tensors that are unimportant inputs of a node (found by running it once)."""
        used = []

        def fill(t):
            if t not in used:
                used.append(t)
            return self.acts[t][:1]

        drawn = {p: cut(self.acts[t][:1], i) for p, (t, i) in self.places(n).items()}
        self.run(n, drawn, fill)
        return used

    # ------------------------------------------------------------ exact

    @staticmethod
    def merge(values, probs):
        flat = np.ascontiguousarray(values.reshape(len(values), -1))
        if flat.shape[1] == 0 or len(values) == 1:
            return values, probs
        _, first, inverse = np.unique(flat, axis=0, return_index=True, return_inverse=True)
        return values[first], np.bincount(inverse.reshape(-1), weights=probs)

    def drawn_dist(self, p, y, zs):
        """Distribution of value(p, x_p) for x_p drawn from the class of y."""
        members = [y] if p == self.off else self.classes[p][y]
        k = ("class", p, int(members[0]), zs)
        if k not in self.memo:
            parts = [self.dist(p, int(x), zs) for x in members]
            values = np.concatenate([v for v, _ in parts])
            probs = np.concatenate([w for _, w in parts]) / len(members)
            self.memo[k] = self.merge(values, probs)
        return self.memo[k]

    def fills(self, tensors, zs, mode):
        """Axes of enumeration for unimportant tensors: [(probabilities, {tensor: values})]."""
        if not tensors:
            return []
        if mode == "shared":
            return [(np.ones(1), {t: self.acts[t][[zs]] for t in tensors})]
        if mode == "separate":
            axes = []
            for t in tensors:
                v, w = self.merge(self.acts[t], np.full(self.N, 1 / self.N))
                axes.append((w, {t: v}))
            return axes
        return [(np.full(self.N, 1 / self.N), {t: self.acts[t] for t in tensors})]

    @staticmethod
    def product(axes):
        """All combinations of [(probabilities, {name: values})]: probabilities [K], {name: values [K, ...]}."""
        sizes = [len(w) for w, _ in axes]
        K = math.prod(sizes)
        if K > MOST:
            raise TooMany(K)
        index = np.unravel_index(np.arange(K), sizes) if sizes else []
        probs, values = np.ones(K), {}
        for (w, named), i in zip(axes, index):
            probs = probs * w[i]
            for name, v in named.items():
                values[name] = v[i]
        return probs, values

    def dist(self, n, y, zs=None):
        """Distribution of value(n, y): values [K, ...] and probabilities [K]."""
        k = ("value", n, y, zs)
        if k in self.memo:
            return self.memo[k]
        node = self.nodes[n]
        if not node.parents:
            self.memo[k] = cut(self.acts[node.tensor][[y]], node.index), np.ones(1)
            return self.memo[k]
        axes = []
        for p in node.parents:
            if p.startswith("$"):
                axes.append((np.ones(1), {"p:" + p: self.acts[p[1:]][[y]]}))
            else:
                v, w = self.drawn_dist(p, y, zs)
                axes.append((w, {"p:" + p: v}))
        own = n == self.off
        for w, named in self.fills(self.unimportant_of(n), y if own else zs, "shared" if own else self.mode):
            axes.append((w, {"u:" + t: v for t, v in named.items()}))
        probs, values = self.product(axes)
        out = self.run(n, {p: values["p:" + p] for p in node.parents}, lambda t: values["u:" + t])
        assert len(out) == len(probs), n
        self.memo[k] = self.merge(out, probs)
        return self.memo[k]

    def root_outputs(self, drawn, fill, x):
        """{output: [K, ...]} that the metric reads, from the values of the nodes at outputs."""
        outs = {}
        for o in self.reads:
            here = [p for p in self.top if self.nodes[p].tensor == o]
            if not here:
                outs[o] = self.acts[o][[x]]
            elif self.nodes[here[0]].index is None:
                outs[o] = drawn[here[0]]
            else:
                outs[o] = np.array(fill(o))
                for p in here:
                    cut(outs[o], self.nodes[p].index)[...] = drawn[p]
        return outs

    def partial_outputs(self):
        return [o for o in self.reads
                if any(self.nodes[p].tensor == o and self.nodes[p].index is not None for p in self.top)]

    def at_reference(self, x):
        return ({c: np.asarray(v)[[x]] for c, v in self.columns.items()},
                {o: self.acts[o][[x]] for o in self.g.outputs})

    def exact(self):
        """The scrubbed metric, exactly."""
        assert not self.findings(), self.findings()
        zs_range = range(self.N) if self.mode == "shared" else [None]
        total = 0.0
        for zs in zs_range:
            for x in range(self.N):
                axes = [(w, {"p:" + p: v}) for p in self.top for v, w in [self.drawn_dist(p, x, zs)]]
                for w, named in self.fills(self.partial_outputs(), zs, self.mode):
                    axes.append((w, {"u:" + t: v for t, v in named.items()}))
                probs, values = self.product(axes)
                outs = self.root_outputs({p: values["p:" + p] for p in self.top}, lambda t: values["u:" + t], x)
                f = np.broadcast_to(np.asarray(self.metric(outs, *self.at_reference(x)), np.float64), probs.shape)
                total += float((probs * f).sum())
        return total / self.N / len(zs_range)

    # ------------------------------------------------------------ by sampling

    def sample(self, samples, seed=0):
        """Mean and standard error of the scrubbed metric by plain sampling."""
        rng = np.random.default_rng(seed)
        values = np.empty(samples)
        for s in range(samples):
            zs = int(rng.integers(self.N))

            def filler():
                z, own = int(rng.integers(self.N)), {}

                def fill(t):
                    if self.mode == "shared":
                        return self.acts[t][[zs]]
                    if self.mode == "separate":
                        if t not in own:
                            own[t] = int(rng.integers(self.N))
                        return self.acts[t][[own[t]]]
                    return self.acts[t][[z]]
                return fill

            def draw(p, y):
                return value(p, int(rng.choice(self.classes[p][y])))

            def value(n, y):
                node = self.nodes[n]
                if not node.parents:
                    return cut(self.acts[node.tensor][[y]], node.index)
                drawn = {p: self.acts[p[1:]][[y]] if p.startswith("$") else draw(p, y) for p in node.parents}
                return self.run(n, drawn, filler())

            x = int(rng.integers(self.N))
            outs = self.root_outputs({p: draw(p, x) for p in self.top}, filler(), x)
            values[s] = np.asarray(self.metric(outs, *self.at_reference(x)), np.float64).reshape(-1)[0]
        return values.mean(), values.std(ddof=1) / np.sqrt(samples)

    # ------------------------------------------------------------ model and shuffled

    def model(self):
        """The unscrubbed mean over D."""
        return float(np.mean(self.metric({o: self.acts[o] for o in self.reads}, self.columns,
                                         {o: self.acts[o] for o in self.g.outputs})))

    def shuffled(self):
        """Mean over all pairs: outputs from one datum, columns (and `model.x`) of the other."""
        total = 0.0
        for x in range(self.N):
            cols, mod = self.at_reference(x)
            rep = lambda d: {k: np.repeat(v, self.N, 0) for k, v in d.items()}
            total += float(np.mean(self.metric({o: self.acts[o] for o in self.reads}, rep(cols), rep(mod))))
        return total / self.N

    def numbers(self):
        m, s, c = self.model(), self.shuffled(), self.exact()
        return {"model": m, "shuffled": s, "scrubbed": c, "recovered": None if s == m else (s - c) / (s - m)}


def test():
    """y = a + 2 b on all 0/1 pairs; hand-computed values, then exact against sample on random hypotheses."""
    a, b = np.array([0, 0, 1, 1], np.float32), np.array([0, 1, 0, 1], np.float32)
    g = Graph(["a", "b"], {"A": (lambda a: a * 1, ["a"]), "B": (lambda b: 2 * b, ["b"]), "y": (np.add, ["A", "B"])},
              ["y"], ["A", "B"])
    cols = {"a": a, "b": b, "t": a + 2 * b}
    metric = lambda out, c, m: (np.asarray(out["y"], np.float64) - c["t"]) ** 2
    full = Scrub(g, cols, metric, ["y"], {"A": Node(a, "A"), "B": Node(b, "B"), "out": Node(a + 2 * b, "y", ["A", "B"])})
    assert full.numbers() == {"model": 0.0, "shuffled": 2.5, "scrubbed": 0.0, "recovered": 1.0}, full.numbers()
    half = Scrub(g, cols, metric, ["y"], {"B": Node(b, "B"), "out": Node(b, "y", ["B"])})
    assert half.numbers()["scrubbed"] == 0.5                         # A on another datum: (a - a')^2 is 1 half of the time
    exact = Scrub(g, cols, metric, ["y"], {"B": Node(b, "B"), "out": Node(EXACT, "y", ["B"])})
    assert exact.numbers()["scrubbed"] == 0.5
    wrong = Scrub(g, cols, metric, ["y"], {"A": Node(b, "A"), "B": Node(a, "B"), "out": Node(a + b, "y", ["A", "B"])})
    assert wrong.findings() == []
    assert Scrub(g, cols, metric, ["y"], {"A": Node(b, "y")}).findings() == []
    assert Scrub(g, cols, metric, ["y"], {"A": Node(b, "A", ["B"]), "B": Node(b, "B"), "o": Node(b, "y", ["A"])}
                 ).findings() == [("missing-edge", "A")]
    rng = np.random.default_rng(0)
    for mode in ("together", "separate", "shared"):
        for _ in range(6):
            f = lambda: rng.integers(0, 2, 4)
            s = Scrub(g, cols, metric, ["y"], {"A": Node(f(), "A"), "out": Node(f(), "y", ["A"])}, mode)
            m, se = s.sample(4000)
            assert abs(m - s.exact()) < 5 * se + 1e-9, (mode, m, se, s.exact())
    print("oracle: all tests pass")


if __name__ == "__main__":
    test()
