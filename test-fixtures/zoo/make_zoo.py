"""Tiny models with hypotheses whose scrubbed values are known exactly.

    python3 make_zoo.py        # writes *.onnx, *.jsonl / *.npz, *.scrub, *.bad.scrub and expected.json
    ORT_DISABLE_TELEMETRY=1 node verify.mjs    # the .onnx files compute the same tensors as the numpy descriptions

Every case is described twice, in the two halves of a `Case`: the text of its `.scrub` file, and a Python description
for `oracle.py`, which enumerates all draws. `expected.json` holds

    {file: {hypothesis: {"model", "shuffled", "scrubbed", "recovered"}}}     for hypotheses that have a meaning
    {file: {hypothesis: {"findings": [codes]}}}                            for those that have none: these codes must be
                                                                            among the hypothesis' findings
    {file: {hypothesis: {..., "warnings": [codes]}}}                       where warnings are the point

The behaviours are those that the causal scrubbing literature's own tests assert: a correct hypothesis loses nothing,
a place or edge that does not exist is refused, information that leaks, cancels or is correlated costs, and so on;
one case per behaviour or family of behaviours. Numbers are small integers and simple fractions, so that float32 is exact nearly
everywhere.
"""
import json
import os
import re

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from oracle import ANY, EXACT, Graph, Node, Scrub, key

HERE = os.path.dirname(os.path.abspath(__file__))
f32 = np.float32


# ---------------------------------------------------------------- operators, twice

def attr(op, **kw):
    return op, kw


def numpy_op(op, kw):
    """The numpy meaning of an ONNX operator; arguments have the batch first, constants as they are."""
    return {
        "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Neg": np.negative, "Abs": np.abs,
        "Relu": lambda x: np.maximum(x, f32(0)),
        "MatMul": np.matmul,
        "Greater": np.greater,
        "Cast": lambda x: x.astype(f32),
        "Unsqueeze": lambda x, a: np.expand_dims(x, tuple(a)),
        "Concat": lambda *x: np.concatenate(x, kw.get("axis", 1)),
        "Gather": lambda x, i: np.take(x, i, kw.get("axis", 1)),
        "GatherRows": lambda w, i: np.take(w, i, 0),
        "ReduceSum": lambda x, a: x.sum(tuple(a), dtype=f32),
    }[op]


def build_onnx(path, inputs, ops, outputs):
    """inputs: {name: (dtype, shape after the batch)}; ops: [(output, (op, attributes) or op, inputs)]; outputs: {name: shape}."""
    nodes, inits, n = [], [], 0
    for out, op, ins in ops:
        op, kw = op if isinstance(op, tuple) else (op, {})
        names = []
        for i in ins:
            if isinstance(i, str):
                names.append(i)
            else:
                i = np.asarray(i)
                name = f"const_{n}"
                n += 1
                inits.append(numpy_helper.from_array(i, name))
                names.append(name)
        kw = dict(kw)
        kind = op
        if op == "Cast":
            kw["to"] = TensorProto.FLOAT
        if op == "GatherRows":
            kind, kw["axis"] = "Gather", 0
        if op == "ReduceSum":
            kw["keepdims"] = 0
        nodes.append(helper.make_node(kind, names, [out], name=out, **kw))
    types = {"f": TensorProto.FLOAT, "i": TensorProto.INT64}
    g = helper.make_graph(
        nodes, os.path.basename(path)[:-5],
        [helper.make_tensor_value_info(k, types[d], ["N"] + list(s)) for k, (d, s) in inputs.items()],
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, ["N"] + list(s)) for k, s in outputs.items()], inits)
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="scrub-fixtures")
    onnx.checker.check_model(m)
    onnx.save(m, path)


# ---------------------------------------------------------------- the two halves of a case say the same

def partition(values):
    """Class numbers in order of first appearance."""
    seen = {}
    return [seen.setdefault(key(v), len(seen)) for v in values]


def check_text(where, text, nodes, mode, columns, inputs):
    """The `.scrub` text of a hypothesis against its description: places, parents, partitions, option. Reads just the few
    forms that this file uses, with Python's own parser for the features."""
    text = " ".join(text.split())
    assert ("option unimportant" in text) == (mode != "together" or "together" in text), where
    found = re.search(r"option unimportant (\w+)", text)
    assert (found.group(1) if found else "together") == mode, where
    n = len(next(iter(columns.values())))
    family, members = {}, {}
    for item in re.split(r"\bnode ", text)[1:]:
        name, bind, feature, place, rest = re.fullmatch(
            r"(\w+)(\[.*?\])? = (.+?) at (\w+(?:\[.*?\])?)(?: from (.+?))? ?", item.strip()).groups()
        values = [None]
        if bind:
            index, source = re.fullmatch(r"\[(\w+) in (.+)\]", bind + "" if bind.count("[") == bind.count("]") else bind + "]").groups()
            values = list(eval(source))
        family[name] = []
        for v in values:
            own = name if v is None else f"{name}{v}"
            family[name].append(own)
            members[own] = (feature, place, rest, {} if v is None else {index: v})
    assert set(members) == set(nodes), (where, set(members), set(nodes))
    values = {}

    def value(own):
        """Feature of a node on every datum."""
        if own not in values:
            feature, _, _, bound = members[own]
            if feature in (ANY, EXACT):
                return feature
            code = re.sub(r"if (.+) then (.+) else (.+)", r"((\2) if (\1) else (\3))", feature)
            names = set(re.findall(r"[A-Za-z_]\w*", re.sub(r'"[^"]*"', "", code)))
            out = []
            for i in range(n):
                env = {k: (v[i] if isinstance(v[i], str) else np.asarray(v[i])[()]) for k, v in columns.items()}
                env.update(bound, nan=float("nan"), sum=np.sum, max=np.max, range=range)
                env.update({m: value(m)[i] for m in names & set(members)})
                out.append(eval(code, {}, env) if "for" not in names else eval(code, env))
            values[own] = out
        return values[own]

    for own, (feature, place, rest, bound) in members.items():
        node = nodes[own]
        want = node.feature
        got = value(own)
        if isinstance(got, str) or isinstance(want, str):
            assert isinstance(got, str) and isinstance(want, str) and got == want, (where, own, got, want)
        else:
            assert partition(got) == partition(want), (where, own, partition(got), partition(want))
        tensor, index = re.fullmatch(r"(\w+)(\[.*\])?", place).groups()
        index = eval("np.s_" + index, {"np": np}, bound) if index else None
        index = index if index is None or isinstance(index, tuple) else (index,)
        assert (tensor, index) == (node.tensor, node.index), (where, own, place)
        parents, through = [], {}
        for m in re.findall(r"\w+", re.sub(r'"[^"]*"', "", feature)):
            if m in members and m not in parents:
                parents.append(m)
        for part in re.split(r", (?![^\[]*\])", rest) if rest else []:
            name, comps = re.fullmatch(r"(\w+)(?: through (any|\[.*\]))?", part).groups()
            these = family.get(name) or ["$" + name]
            assert name in family or name in inputs, (where, own, name)
            for t in these:
                if t not in parents:
                    parents.append(t)
                if comps:
                    through[t] = "any" if comps == "any" else re.findall(r"\w+", comps)
        assert sorted(parents) == sorted(node.parents), (where, own, parents, node.parents)
        assert through == node.through, (where, own, through, node.through)


# ---------------------------------------------------------------- cases

CASES = []


def json_value(v):
    """Whole numbers without a decimal point (minus zero keeps its sign)."""
    v = v.tolist() if isinstance(v, (np.ndarray, np.generic)) else v
    return int(v) if isinstance(v, float) and v.is_integer() and str(v) != "-0.0" else v


class Case:
    """One model with its data, its hypotheses as text and as descriptions for the oracle."""

    def __init__(self, name, about, inputs, ops, outputs, components, columns, metric_text, metric, reads,
                 npz=False):
        self.__dict__.update(locals())
        self.good, self.bad, self.heads = [], [], {}
        CASES.append(self)

    def ok(self, name, text, nodes, unimportant="together", warnings=None):
        """A hypothesis with a meaning."""
        self.good.append((name, text, nodes, unimportant, warnings))

    def sugar(self, name, text, nodes, extends=None):
        """The same, written in a form that `check_text` does not read; `extends` names another hypothesis."""
        self.heads[name] = f' extends "{extends}"' if extends else ""
        self.good.append((name, text, nodes, "together", None))

    def no(self, name, text, nodes, codes):
        """One without: nodes may be None where the oracle has nothing to say (names that do not exist)."""
        self.bad.append((name, text, nodes, codes))

    def scrub_text(self, items):
        data = self.name + (".npz" if self.npz else ".jsonl")
        lines = ["# " + l for l in self.about.strip().split("\n")]
        lines += [f'model "{self.name}.onnx"', f'data "{data}"', self.metric_text, ""]
        made = {o for o, _, _ in self.ops}
        used = {w for item in items for w in re.findall(r"\bat (\w+)", item[1])}
        points = sorted((used & made) - set(self.components) - set(self.outputs))
        lines += ["graph {"] + [f'  component {c} = "{c}"' for c in self.components]
        lines += [f'  point {c} = "{c}"' for c in points] + ["}"]
        for item in items:
            name, text = item[0], item[1]
            body = "\n".join("  " + l.strip() for l in text.strip().split("\n"))
            lines += ["", f'hypothesis "{name}"{self.heads.get(name, "")} {{', body, "}"]
        return "\n".join(lines) + "\n"

    def make(self):
        base = os.path.join(HERE, self.name)
        build_onnx(base + ".onnx", self.inputs, self.ops, self.outputs)
        if self.npz:
            np.savez(base + ".npz", **self.columns)
        else:
            n = len(next(iter(self.columns.values())))
            with open(base + ".jsonl", "w") as f:
                for i in range(n):
                    f.write(json.dumps({k: json_value(v[i]) for k, v in self.columns.items()}) + "\n")
        ops = {}
        for out, op, ins in self.ops:
            op, kw = op if isinstance(op, tuple) else (op, {})
            ops[out] = (numpy_op(op, kw), [i if isinstance(i, str) else np.asarray(i) for i in ins])
        g = Graph(self.inputs, ops, self.outputs, self.components)
        columns = {k: np.asarray(v) for k, v in self.columns.items()}
        for k, (d, _) in self.inputs.items():
            columns[k] = columns[k].astype(f32 if d == "f" else np.int64)
        expected, checks = {}, []
        with open(base + ".scrub", "w") as f:
            f.write(self.scrub_text(self.good))
        results = expected[self.name + ".scrub"] = {}
        for name, text, nodes, mode, warnings in self.good:
            if name not in self.heads:
                check_text((self.name, name), text, nodes, mode, columns, self.inputs)
            s = Scrub(g, columns, self.metric, self.reads, nodes, mode)
            assert not s.findings(), (self.name, name, s.findings())
            results[name] = r = s.numbers()
            if warnings:
                r["warnings"] = sorted(warnings)
            checks.append((self.name, name, s, r["scrubbed"]))
        if self.bad:
            with open(base + ".bad.scrub", "w") as f:
                f.write(self.scrub_text(self.bad))
            results = expected[self.name + ".bad.scrub"] = {}
            for name, text, nodes, codes in self.bad:
                if nodes is not None:
                    check_text((self.name, name), text, nodes, "together", columns, self.inputs)
                    found = sorted({c for c, _ in Scrub(g, columns, self.metric, self.reads, nodes).findings()})
                    assert found == sorted(codes), (self.name, name, found, codes)
                results[name] = {"findings": sorted(codes)}
        tensors = {k: v.tolist() for k, v in g.forward(columns).items() if k not in self.inputs and v.dtype == f32}
        return expected, checks, {"inputs": {k: d for k, (d, _) in self.inputs.items()},
                                  "columns": {k: columns[k].tolist() for k in self.inputs}, "tensors": tensors}


def squared(y="y", t="t"):
    return lambda out, c, m: (np.asarray(out[y], np.float64) - c[t]) ** 2


def grid(*sizes):
    """All combinations of range(size): one float column each."""
    return [g.reshape(-1).astype(f32) for g in np.meshgrid(*[np.arange(s) for s in sizes], indexing="ij")]


ERR = "metric err = (y - t) ** 2"
F = ("f", ())


def tup(*cols):
    return [tuple(float(v) for v in r) for r in zip(*cols)]


def case_sum():
    a, b, c = grid(2, 2, 2)
    k = Case("sum", "A sum of three terms, the third tiny. A correct hypothesis loses nothing (or what the tiny term is worth);\n"
             "swapped features lose; everything exact is the model itself.",
             {"a": F, "b": F, "c": F},
             [("A", "Mul", ["a", f32(2)]), ("B", "Mul", ["b", f32(3)]), ("C", "Mul", ["c", f32(0.125)]),
              ("AB", "Add", ["A", "B"]), ("y", "Add", ["AB", "C"])],
             {"y": ()}, ["A", "B", "C"], {"a": a, "b": b, "c": c, "t": 2 * a + 3 * b + 0.125 * c}, ERR, squared(), ["y"])
    A, B, C = Node(a, "A"), Node(b, "B"), Node(c, "C")
    k.ok("right", """node A = a at A
                     node B = b at B
                     node C = c at C
                     node out = (A, B, C) at y""", {"A": A, "B": B, "C": C, "out": Node(tup(a, b, c), "y", ["A", "B", "C"])})
    k.ok("tiny term unclaimed", """node A = a at A
                     node B = b at B
                     node out = (A, B) at y""", {"A": A, "B": B, "out": Node(tup(a, b), "y", ["A", "B"])})
    k.ok("sum as feature", """node A = a at A
                     node B = b at B
                     node out = A + B at y""", {"A": A, "B": B, "out": Node(a + b, "y", ["A", "B"])})
    k.ok("all exact", """node A = exact at A
                     node B = exact at B
                     node C = exact at C
                     node out = exact at y from A, B, C""",
         {"A": Node(EXACT, "A"), "B": Node(EXACT, "B"), "C": Node(EXACT, "C"), "out": Node(EXACT, "y", ["A", "B", "C"])})
    k.ok("columns only", """node A = exact at A from a
                     node B = exact at B from b
                     node C = exact at C from c
                     node out = exact at y from A, B, C""",
         {"A": Node(EXACT, "A", ["$a"]), "B": Node(EXACT, "B", ["$b"]), "C": Node(EXACT, "C", ["$c"]),
          "out": Node(EXACT, "y", ["A", "B", "C"])})
    k.ok("only A", """node A = a at A
                     node out = A at y""", {"A": A, "out": Node(a, "y", ["A"])})
    k.ok("only B", """node B = b at B
                     node out = B at y""", {"B": B, "out": Node(b, "y", ["B"])})
    k.ok("swapped", """node A = b at A
                     node B = a at B
                     node out = (A, B) at y""", {"A": Node(b, "A"), "B": Node(a, "B"), "out": Node(tup(a, b), "y", ["A", "B"])})
    k.ok("output alone", "node out = (a, b) at y", {"out": Node(tup(a, b), "y")})
    k.ok("nothing", "node out = any at y", {"out": Node(ANY, "y")})
    k.ok("exact output", "node out = exact at y", {"out": Node(EXACT, "y")})


def case_overlap():
    x = np.stack(grid(2, 2, 2), 1)
    a, b, c = x.T
    k = Case("overlap", "Slices of one tensor. Disjoint slices are different places; overlapping ones are refused, as are two nodes\n"
             "on one place.",
             {"x": ("f", (3,))},
             [("h", "Mul", ["x", np.array([1, 2, 4], f32)]), ("y", attr("ReduceSum"), ["h", np.array([1])])],
             {"y": ()}, ["h"], {"x": x, "t": a + 2 * b + 4 * c}, ERR, squared(), ["y"], npz=True)
    S = np.s_
    k.ok("three places", """node p[i in range(3)] = x[i] at h[i]
                            node out = exact at y from p""",
         {**{f"p{i}": Node(x[:, i], ("h", i)) for i in range(3)}, "out": Node(EXACT, "y", ["p0", "p1", "p2"])})
    k.ok("one place", """node p = x[2] at h[2]
                         node out = p at y""", {"p": Node(c, ("h", 2)), "out": Node(c, "y", ["p"])})
    k.ok("range and index", """node p = x[0:2] at h[0:2]
                         node q = x[2] at h[2]
                         node out = exact at y from p, q""",
         {"p": Node(x[:, :2], ("h", S[0:2])), "q": Node(c, ("h", 2)), "out": Node(EXACT, "y", ["p", "q"])})
    k.ok("every second", """node p = x[0] at h[::2]
                         node q = x[1] at h[1]
                         node out = (p, q) at y""",
         {"p": Node(a, ("h", S[::2])), "q": Node(b, ("h", 1)), "out": Node(tup(a, b), "y", ["p", "q"])})
    k.ok("negative index", """node p = x[-1] at h[-1]
                         node out = p at y""", {"p": Node(c, ("h", -1)), "out": Node(c, "y", ["p"])})
    k.no("same place", """node p = x[0] at h
                          node q = x[1] at h
                          node out = exact at y from p, q""",
         {"p": Node(a, "h"), "q": Node(b, "h"), "out": Node(EXACT, "y", ["p", "q"])}, ["overlapping-places"])
    k.no("slices overlap", """node p = x[0] at h[0:2]
                          node q = x[1] at h[1]
                          node out = exact at y from p, q""",
         {"p": Node(a, ("h", S[0:2])), "q": Node(b, ("h", 1)), "out": Node(EXACT, "y", ["p", "q"])}, ["overlapping-places"])
    k.no("whole and slice", """node p = x[0] at h
                          node q = x[1] at h[1]
                          node out = exact at y from p, q""",
         {"p": Node(a, "h"), "q": Node(b, ("h", 1)), "out": Node(EXACT, "y", ["p", "q"])}, ["overlapping-places"])
    k.no("positive and negative index", """node p = x[2] at h[2]
                          node q = x[1] at h[-1]
                          node out = exact at y from p, q""",
         {"p": Node(c, ("h", 2)), "q": Node(b, ("h", -1)), "out": Node(EXACT, "y", ["p", "q"])}, ["overlapping-places"])
    k.no("parent on its child", """node p = x[1] at h[1]
                          node q = x[0:2] at h[0:2] from p
                          node out = exact at y from q""",
         {"p": Node(b, ("h", 1)), "q": Node(x[:, :2], ("h", S[0:2]), ["p"]), "out": Node(EXACT, "y", ["q"])}, ["overlapping-places"])
    k.no("two nodes at the output", """node p = x[0] at y
                          node q = x[1] at y""", {"p": Node(a, "y"), "q": Node(b, "y")}, ["overlapping-places"])
    k.no("index outside", """node p = x[0] at h[3]
                          node out = exact at y from p""", None, ["shape-mismatch"])


def case_edges():
    a, b = grid(3, 3)
    k = Case("edges", "Which edges exist. A -> M -> p -> Q -> y, B -> p, B -> y; A, B, M, Q are components, p is a point.",
             {"a": F, "b": F},
             [("A", "Mul", ["a", f32(2)]), ("B", "Mul", ["b", f32(3)]), ("M", "Mul", ["A", "A"]), ("p", "Add", ["M", "B"]),
              ("Q", "Mul", ["p", f32(0.5)]), ("y", "Sub", ["Q", "B"])],
             {"y": ()}, ["A", "B", "M", "Q"], {"a": a, "b": b, "t": 2 * a * a - 1.5 * b}, ERR, squared(), ["y"])
    A, B = Node(a, "A"), Node(b, "B")
    both = tup(a, b)
    k.ok("every edge", """node A = a at A
                          node M = A at M
                          node B1 = b at B
                          node Q = (M, B1) at Q
                          node B2 = b at B
                          node out = (Q, B2) at y""",
         {"A": A, "M": Node(a, "M", ["A"]), "B1": B, "B2": B, "Q": Node(both, "Q", ["M", "B1"]),
          "out": Node(both, "y", ["Q", "B2"])})
    k.ok("point between", """node s = (a, b) at p
                          node Q = s at Q
                          node B = b at B
                          node out = (Q, B) at y""",
         {"s": Node(both, "p"), "Q": Node(both, "Q", ["s"]), "B": B, "out": Node(both, "y", ["Q", "B"])})
    k.ok("through M", """node A = a at A
                          node B = b at B
                          node Q = (A, B) at Q from A through [M], B
                          node out = Q at y""",
         {"A": A, "B": B, "Q": Node(both, "Q", ["A", "B"], {"A": ["M"]}), "out": Node(both, "y", ["Q"])})
    k.ok("through any to the output", """node A = a at A
                          node out = A at y from A through any""",
         {"A": A, "out": Node(a, "y", ["A"], {"A": "any"})})
    k.ok("through some", """node A = a at A
                          node B = b at B
                          node out = (A, B) at y from A through [M, Q], B""",
         {"A": A, "B": B, "out": Node(both, "y", ["A", "B"], {"A": ["M", "Q"]})})
    k.ok("through all", """node A = a at A
                          node B = b at B
                          node out = (A, B) at y from A through any, B through any""",
         {"A": A, "B": B, "out": Node(both, "y", ["A", "B"], {"A": "any", "B": "any"})})
    k.no("no path", """node B = b at B
                       node M = (a, B) at M
                       node out = M at y from M through [Q]""",
         {"B": B, "M": Node(both, "M", ["B"]), "out": Node(both, "y", ["M"], {"M": ["Q"]})}, ["missing-edge"])
    k.no("upside down", """node M = a at M
                       node A = M at A
                       node out = A at y from A through any""",
         {"M": Node(a, "M"), "A": Node(a, "A", ["M"]), "out": Node(a, "y", ["A"], {"A": "any"})}, ["reversed-edge"])
    k.no("blocked by a component", """node A = a at A
                       node Q = A at Q
                       node out = Q at y""", {"A": A, "Q": Node(a, "Q", ["A"]), "out": Node(a, "y", ["Q"])}, ["blocked-edge"])
    k.no("blocked by a sibling", """node M = a at M
                       node s = (a, b) at p
                       node Q = (M, s) at Q
                       node out = Q at y""",
         {"M": Node(a, "M"), "s": Node(both, "p"), "Q": Node(tup(a, a, b), "Q", ["M", "s"]), "out": Node(both, "y", ["Q"])},
         ["blocked-edge"])
    k.no("through too little", """node A = a at A
                       node out = A at y from A through [M]""",
         {"A": A, "out": Node(a, "y", ["A"], {"A": ["M"]})}, ["blocked-edge"])
    k.no("cycle", """node u = a at A from v
                       node v = a at M from u
                       node out = a at y from v through any""",
         {"u": Node(a, "A", ["v"]), "v": Node(a, "M", ["u"]), "out": Node(a, "y", ["v"], {"v": "any"})}, ["cycle"])
    k.no("no node at the output", "node Q = a at Q", {"Q": Node(a, "Q")}, ["no-output-node"])
    k.no("through a sibling", """node M = a at M
                       node A = a at A
                       node Q = (A, M) at Q from A through [M], M
                       node out = Q at y""", None, ["bad-through"])
    k.no("unknown place", """node A = a at Z
                       node out = A at y""", None, ["unknown-place"])
    k.no("unknown parent", """node A = a at A
                       node out = A at y from A through any, nobody""", None, ["unknown-node"])
    k.no("unknown column", """node A = aa > 1 at A
                       node out = a at y from A through any""", None, ["unknown-column"])


def case_leak():
    a, b = grid(4, 2)
    k = Case("leak", "The same information arrives on two paths (A1 and A2), and a third term holds two bits of which a hypothesis\n"
             "may name one.",
             {"a": F, "b": F},
             [("A1", "Mul", ["a", f32(2)]), ("A2", "Mul", ["a", f32(1)]), ("B", "Mul", ["b", f32(0.5)]),
              ("s", "Add", ["A1", "A2"]), ("y", "Add", ["s", "B"])],
             {"y": ()}, ["A1", "A2", "B"], {"a": a, "b": b, "t": 3 * a + 0.5 * b}, ERR, squared(), ["y"])
    B = Node(b, "B")
    hi = a > 1
    k.ok("both paths", """node u = a at A1
                          node v = a at A2
                          node B = b at B
                          node out = (u, v, B) at y""",
         {"u": Node(a, "A1"), "v": Node(a, "A2"), "B": B, "out": Node(tup(a, a, b), "y", ["u", "v", "B"])})
    k.ok("second path unnamed", """node u = a at A1
                          node B = b at B
                          node out = (u, B) at y""", {"u": Node(a, "A1"), "B": B, "out": Node(tup(a, b), "y", ["u", "B"])})
    k.ok("first path unnamed", """node v = a at A2
                          node B = b at B
                          node out = (v, B) at y""", {"v": Node(a, "A2"), "B": B, "out": Node(tup(a, b), "y", ["v", "B"])})
    k.ok("half of the information", """node u = a > 1 at A1
                          node v = a > 1 at A2
                          node B = b at B
                          node out = (u, v, B) at y""",
         {"u": Node(hi, "A1"), "v": Node(hi, "A2"), "B": B, "out": Node(tup(hi, hi, b), "y", ["u", "v", "B"])})
    k.ok("half, exact output", """node u = a > 1 at A1
                          node v = a > 1 at A2
                          node B = b at B
                          node out = exact at y from u, v, B""",
         {"u": Node(hi, "A1"), "v": Node(hi, "A2"), "B": B, "out": Node(EXACT, "y", ["u", "v", "B"])})
    k.ok("other half", """node u = a % 2 at A1
                          node v = a % 2 at A2
                          node B = b at B
                          node out = exact at y from u, v, B""",
         {"u": Node(a % 2, "A1"), "v": Node(a % 2, "A2"), "B": B, "out": Node(EXACT, "y", ["u", "v", "B"])})
    k.ok("point s", """node s = a > 1 at s
                          node B = b at B
                          node out = (s, B) at y""", {"s": Node(hi, "s"), "B": B, "out": Node(tup(hi, b), "y", ["s", "B"])})


def case_cancel():
    a, b = grid(3, 3)
    k = Case("cancel", "Two intermediates whose dependence on b cancels: U = a + 2b, V = -2b, y = U + V = a.",
             {"a": F, "b": F},
             [("b2", "Mul", ["b", f32(2)]), ("U", "Add", ["a", "b2"]), ("V", "Neg", ["b2"]), ("y", "Add", ["U", "V"])],
             {"y": ()}, ["U", "V"], {"a": a, "b": b, "t": a}, ERR, squared(), ["y"])
    k.ok("a alone at the output", "node out = a at y", {"out": Node(a, "y")})
    k.ok("a alone inside", """node U = a at U
                              node out = U at y""", {"U": Node(a, "U"), "out": Node(a, "y", ["U"])})
    k.ok("two halves, any", """node U = a at U
                              node V = any at V
                              node out = a at y from U, V""",
         {"U": Node(a, "U"), "V": Node(ANY, "V"), "out": Node(a, "y", ["U", "V"])})
    k.ok("both know b", """node U = (a, b) at U
                              node V = b at V
                              node out = (U, V) at y""",
         {"U": Node(tup(a, b), "U"), "V": Node(b, "V"), "out": Node(tup(a, b, b), "y", ["U", "V"])})
    k.ok("both know b, output a", """node U = (a, b) at U
                              node V = b at V
                              node out = a at y from U, V""",
         {"U": Node(tup(a, b), "U"), "V": Node(b, "V"), "out": Node(a, "y", ["U", "V"])})
    k.ok("parity of b", """node U = (a, b % 2) at U
                              node V = b % 2 at V
                              node out = exact at y from U, V""",
         {"U": Node(tup(a, b % 2), "U"), "V": Node(b % 2, "V"), "out": Node(EXACT, "y", ["U", "V"])})


def case_correlated():
    a = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1], f32)
    c = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0], f32)
    k = Case("correlated", "y = 4 (a and c). In the data c nearly always equals a, so `a` alone predicts y well; but the model uses c,\n"
             "and with c from another datum much is lost.",
             {"a": F, "c": F},
             [("A", "Mul", ["a", f32(4)]), ("C", "Mul", ["c", f32(4)]), ("s", "Add", ["A", "C"]), ("s4", "Sub", ["s", f32(4)]),
              ("y", "Relu", ["s4"])],
             {"y": ()}, ["A", "C"], {"a": a, "c": c, "t": 4 * a * c}, ERR, squared(), ["y"])
    k.ok("a alone", """node A = a at A
                       node out = A at y""", {"A": Node(a, "A"), "out": Node(a, "y", ["A"])})
    k.ok("a at the output", "node out = a at y", {"out": Node(a, "y")})
    k.ok("a at both", """node A = a at A
                       node C = a at C
                       node out = (A, C) at y""", {"A": Node(a, "A"), "C": Node(a, "C"), "out": Node(tup(a, a), "y", ["A", "C"])})
    k.ok("a and c", """node A = a at A
                       node C = c at C
                       node out = A == 1 and C == 1 at y""",
         {"A": Node(a, "A"), "C": Node(c, "C"), "out": Node(a * c == 1, "y", ["A", "C"])})
    k.ok("a and c, exact", """node A = a at A
                       node C = c at C
                       node out = exact at y from A, C""",
         {"A": Node(a, "A"), "C": Node(c, "C"), "out": Node(EXACT, "y", ["A", "C"])})


def case_through():
    a, b = grid(3, 2)
    k = Case("through", "Edges that may also run through a component. M reads A and B; y reads all three.",
             {"a": F, "b": F},
             [("A", "Mul", ["a", f32(2)]), ("B", "Mul", ["b", f32(3)]), ("AB", "Add", ["A", "B"]), ("pre", "Sub", ["AB", f32(1)]),
              ("M", "Relu", ["pre"]), ("y", "Add", ["AB", "M"])],
             {"y": ()}, ["A", "B", "M"], {"a": a, "b": b, "t": 2 * a + 3 * b + np.maximum(2 * a + 3 * b - 1, 0)}, ERR, squared(), ["y"])
    A, B, both = Node(a, "A"), Node(b, "B"), tup(a, b)
    k.ok("direct only", """node A = a at A
                           node B = b at B
                           node out = (A, B) at y""", {"A": A, "B": B, "out": Node(both, "y", ["A", "B"])})
    k.ok("A through M", """node A = a at A
                           node B = b at B
                           node out = (A, B) at y from A through [M], B""",
         {"A": A, "B": B, "out": Node(both, "y", ["A", "B"], {"A": ["M"]})})
    k.ok("B through M", """node A = a at A
                           node B = b at B
                           node out = (A, B) at y from A, B through [M]""",
         {"A": A, "B": B, "out": Node(both, "y", ["A", "B"], {"B": ["M"]})})
    k.ok("both through M", """node A = a at A
                           node B = b at B
                           node out = (A, B) at y from A through [M], B through [M]""",
         {"A": A, "B": B, "out": Node(both, "y", ["A", "B"], {"A": ["M"], "B": ["M"]})})
    k.ok("both through any", """node A = a at A
                           node B = b at B
                           node out = (A, B) at y from A through any, B through any""",
         {"A": A, "B": B, "out": Node(both, "y", ["A", "B"], {"A": "any", "B": "any"})})
    k.ok("A alone through any", """node A = a at A
                           node out = A at y from A through any""", {"A": A, "out": Node(a, "y", ["A"], {"A": "any"})})
    k.ok("M named", """node A = a at A
                           node B = b at B
                           node MA = a at A
                           node MB = b at B
                           node M = (MA, MB) at M
                           node out = (A, B, M) at y""",
         {"A": A, "B": B, "MA": A, "MB": B, "M": Node(both, "M", ["MA", "MB"]), "out": Node(tup(a, b, a, b), "y", ["A", "B", "M"])})
    k.ok("M named, A through any", """node A = a at A
                           node M = (a, b) at M
                           node out = (A, M) at y from A through any, M""",
         {"A": A, "M": Node(both, "M"), "out": Node(tup(a, a, b), "y", ["A", "M"], {"A": "any"})})
    k.ok("same node twice", """node A = a at A
                           node B = b at B
                           node M = (A, B) at M
                           node out = (A, B, M) at y""",
         {"A": A, "B": B, "M": Node(both, "M", ["A", "B"]), "out": Node(tup(a, b, a, b), "y", ["A", "B", "M"])})
    k.no("through a sibling", """node A = a at A
                           node M = b at M
                           node out = (A, M) at y from A through [M], M""", None, ["bad-through"])


def case_slices():
    x = np.array([[0, 0, 0], [0, 1, 2], [1, 0, 2], [1, 1, 0], [2, 0, 1], [2, 1, 1], [0, 1, 0], [1, 0, 1]], f32)
    w = np.array([[1, 0.5], [2, -1]], f32)
    k = Case("slices", "A tensor over three positions and two channels, partly covered; families of nodes over positions.",
             {"x": ("f", (3,))},
             [("e", "Unsqueeze", ["x", np.array([2])]), ("one", "Sub", ["e", f32(0.5)]), ("xe", attr("Concat", axis=2), ["e", "one"]),
              ("h", "MatMul", ["xe", w]), ("g", "Relu", ["h"]), ("s", attr("ReduceSum"), ["g", np.array([2])]),
              ("ws", "Mul", ["s", np.array([1, 2, 3], f32)]), ("y", attr("ReduceSum"), ["ws", np.array([1])])],
             {"y": ()}, ["h"], {"x": x, "t": np.zeros(8, f32)}, ERR, squared(), ["y"], npz=True)
    hh = np.maximum(np.stack([x, x - 0.5], 2) @ w, 0)
    k.columns["t"] = (hh.sum(2) * np.array([1, 2, 3])).sum(1).astype(f32)
    S = np.s_
    fam = {f"p{i}": Node(x[:, i], ("h", i)) for i in range(3)}
    k.ok("three positions", """node p[i in range(3)] = x[i] at h[i]
                               node out = [x[i] for i in range(3)] at y from p""",
         {**fam, "out": Node(x, "y", list(fam))})
    k.ok("sign of three positions", """node p[i in range(3)] = x[i] > 0 at h[i]
                               node out = exact at y from p""",
         {**{f"p{i}": Node(x[:, i] > 0, ("h", i)) for i in range(3)}, "out": Node(EXACT, "y", list(fam))})
    k.ok("middle only", """node p = x[1] at h[1]
                           node out = exact at y from p""", {"p": fam["p1"], "out": Node(EXACT, "y", ["p"])})
    k.ok("one channel of all", """node p = x at h[:, 0]
                           node out = exact at y from p""", {"p": Node(x, ("h", S[:, 0])), "out": Node(EXACT, "y", ["p"])})
    k.ok("one channel of two positions", """node p = x[1:3] at h[1:3, 0]
                           node q = x[0] at h[0]
                           node out = exact at y from p, q""",
         {"p": Node(x[:, 1:3], ("h", S[1:3, 0])), "q": fam["p0"], "out": Node(EXACT, "y", ["p", "q"])})
    k.ok("uncovered separate", """option unimportant separate
                           node p = x[1] at h[1]
                           node out = exact at y from p""", {"p": fam["p1"], "out": Node(EXACT, "y", ["p"])}, "separate")
    k.ok("below a slice", """node c = x[0] at h[0, 0]
                           node q = x[0] at g[0] from c
                           node out = x[0] at y from q""",
         {"c": Node(x[:, 0], ("h", S[0, 0])), "q": Node(x[:, 0], ("g", 0), ["c"]), "out": Node(x[:, 0], "y", ["q"])})
    k.ok("two leaves of g", """node q[i in [0, 2]] = x[i] > 0 at g[i]
                           node out = exact at y from q""",
         {"q0": Node(x[:, 0] > 0, ("g", 0)), "q2": Node(x[:, 2] > 0, ("g", 2)), "out": Node(EXACT, "y", ["q0", "q2"])})
    # Other ways to write such things.
    k.sugar("for block", """for i in range(3) { node p = x[i] at h[i] }
                            node out = exact at y from p""", {**fam, "out": Node(EXACT, "y", list(fam))})
    k.sugar("let family", """let half[i] = x[i] > 0
                             node p[i in range(3)] = half[i] at h[i]
                             node out = exact at y from p""",
            {**{f"p{i}": Node(x[:, i] > 0, ("h", i)) for i in range(3)}, "out": Node(EXACT, "y", list(fam))})
    k.sugar("list of tuples", """node p[(i, c) in [(0, 0), (2, 1)]] = x[i] at h[i, c]
                                 node out = exact at y from p""",
            {"u": Node(x[:, 0], ("h", S[0, 0])), "v": Node(x[:, 2], ("h", S[2, 1])), "out": Node(EXACT, "y", ["u", "v"])})
    k.sugar("one member as parent", """node p[i in range(3)] = x[i] at h[i]
                                 node out = exact at y from p[1]""", {**fam, "out": Node(EXACT, "y", ["p1"])})
    k.sugar("extended by a node", """node q = x[0] at h[0]
                                     refine out from q""",
            {"p": fam["p1"], "q": fam["p0"], "out": Node(EXACT, "y", ["p", "q"])}, extends="middle only")
    k.sugar("one member refined", "refine p[1] = x[1] > 5",
            {**fam, "p1": Node(x[:, 1] > 5, ("h", 1)), "out": Node(x, "y", list(fam))}, extends="three positions")
    k.sugar("place refined", "refine p at h[2]",
            {"p": Node(x[:, 1], ("h", 2)), "out": Node(EXACT, "y", ["p"])}, extends="middle only")


def case_shared():
    a, b = grid(4, 2)
    k = Case("shared", "A node that two others name as their parent: evaluated once per path, with independent draws (treeified).",
             {"a": F, "b": F},
             [("A", "Mul", ["a", f32(1)]), ("B", "Mul", ["b", f32(1)]), ("L", "Add", ["A", "B"]), ("R0", "Mul", ["A", f32(2)]),
              ("R", "Add", ["R0", f32(1)]), ("y", "Mul", ["L", "R"])],
             {"y": ()}, ["A", "B", "L", "R"], {"a": a, "b": b, "t": (a + b) * (2 * a + 1)}, ERR, squared(), ["y"])
    hi = a > 1
    B = Node(b, "B")

    def diamond(fa):
        return {"A": Node(fa, "A"), "B": B, "L": Node(list(zip(map(str, fa), b.tolist())), "L", ["A", "B"]), "R": Node(fa, "R", ["A"]),
                "out": Node(EXACT, "y", ["L", "R"])}
    text = """node A = {f} at A
              node B = b at B
              node L = (A, B) at L
              node R = A at R
              node out = exact at y from L, R"""
    k.ok("all of a", text.format(f="a"), diamond(a))
    k.ok("half of a", text.format(f="a > 1"), diamond(hi))
    k.ok("half of a, two names", """node A1 = a > 1 at A
              node A2 = a > 1 at A
              node B = b at B
              node L = (A1, B) at L
              node R = A2 at R
              node out = exact at y from L, R""",
         {"A1": Node(hi, "A"), "A2": Node(hi, "A"), "B": B, "L": Node(tup(hi, b), "L", ["A1", "B"]), "R": Node(hi, "R", ["A2"]),
          "out": Node(EXACT, "y", ["L", "R"])})
    k.ok("leaves", """node L = (a > 1, b) at L
              node R = a > 1 at R
              node out = exact at y from L, R""",
         {"L": Node(tup(hi, b), "L"), "R": Node(hi, "R"), "out": Node(EXACT, "y", ["L", "R"])})
    k.ok("B unclaimed", """node A = a > 1 at A
              node L = A at L
              node R = A at R
              node out = (L, R) at y""",
         {"A": Node(hi, "A"), "L": Node(hi, "L", ["A"]), "R": Node(hi, "R", ["A"]), "out": Node(tup(hi, hi), "y", ["L", "R"])})


def case_outputs():
    a, b, c = grid(2, 2, 2)
    k = Case("outputs", "Two outputs in the metric. An output without a node is taken on the reference datum, unscrubbed.",
             {"a": F, "b": F, "c": F},
             [("A", "Mul", ["a", f32(2)]), ("B", "Mul", ["b", f32(3)]), ("C", "Mul", ["c", f32(0.5)]),
              ("y1", "Add", ["A", "C"]), ("y2", "Add", ["B", "C"])],
             {"y1": (), "y2": ()}, ["A", "B", "C"], {"a": a, "b": b, "c": c, "t": 2 * a + 3 * b + c}, "metric err = (y1 + y2 - t) ** 2",
             lambda o, col, m: (np.asarray(o["y1"], np.float64) + o["y2"] - col["t"]) ** 2, ["y1", "y2"])
    A, B, C = Node(a, "A"), Node(b, "B"), Node(c, "C")
    k.ok("first only", """node A = a at A
                          node o1 = A at y1""", {"A": A, "o1": Node(a, "y1", ["A"])})
    k.ok("second only", """node B = b at B
                          node o2 = B at y2""", {"B": B, "o2": Node(b, "y2", ["B"])})
    k.ok("both", """node A = a at A
                          node o1 = A at y1
                          node B = b at B
                          node o2 = B at y2""", {"A": A, "o1": Node(a, "y1", ["A"]), "B": B, "o2": Node(b, "y2", ["B"])})
    k.ok("both with C", """node A = a at A
                          node C = c at C
                          node o1 = (A, C) at y1
                          node B = b at B
                          node o2 = (B, C) at y2""",
         {"A": A, "C": C, "o1": Node(tup(a, c), "y1", ["A", "C"]), "B": B, "o2": Node(tup(b, c), "y2", ["B", "C"])})
    k.ok("first swapped", "node o1 = b at y1", {"o1": Node(b, "y1")})


def case_kl():
    rng = np.random.default_rng(3)
    ids = np.array([0, 1, 2, 3, 0, 1, 2, 3, 0, 2])
    pos = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    E = (rng.integers(-4, 5, (4, 3)) / 2).astype(f32)
    P = (rng.integers(-2, 3, (3, 3)) / 4).astype(f32)

    def log_softmax(v):
        v = np.asarray(v, np.float64)
        v = v - v.max(-1, keepdims=True)
        return v - np.log(np.exp(v).sum(-1, keepdims=True))

    def kl(o, c, m):
        p, q = log_softmax(m["logits"]), log_softmax(o["logits"])
        return (np.exp(p) * (p - q)).sum(-1)
    k = Case("kl", "Divergence from the unscrubbed model: `model.logits` is the output on the reference datum. The model's own value is 0.\n"
             "Embedding tables indexed by int64 columns; the unimportant part of a partly covered output.",
             {"id": ("i", ()), "pos": ("i", ())},
             [("E", "GatherRows", [E, "id"]), ("P", "GatherRows", [P, "pos"]), ("logits", "Add", ["E", "P"])],
             {"logits": (3,)}, ["E", "P"], {"id": ids, "pos": pos},
             "metric kl = sum(softmax(model.logits) * (log_softmax(model.logits) - log_softmax(logits)))", kl, ["logits"], npz=True)
    k.ok("embedding alone", """node E = id at E
                               node out = E at logits""", {"E": Node(ids, "E"), "out": Node(ids, "logits", ["E"])})
    k.ok("both", """node E = id at E
                    node P = pos at P
                    node out = (E, P) at logits""",
         {"E": Node(ids, "E"), "P": Node(pos, "P"), "out": Node(tup(ids, pos), "logits", ["E", "P"])})
    k.ok("parity of the id", """node E = id % 2 at E
                    node P = pos at P
                    node out = exact at logits from E, P""",
         {"E": Node(ids % 2, "E"), "P": Node(pos, "P"), "out": Node(EXACT, "logits", ["E", "P"])})
    k.ok("one logit", "node out = id at logits[0]", {"out": Node(ids, ("logits", 0))})
    k.ok("two logits apart", """node u = id at logits[0]
                                node v = (id, pos) at logits[1:]""",
         {"u": Node(ids, ("logits", 0)), "v": Node(tup(ids, pos), ("logits", np.s_[1:]))})
    k.ok("column to the output", """node E = exact at E from id
                                node out = exact at logits from E""",
         {"E": Node(EXACT, "E", ["$id"]), "out": Node(EXACT, "logits", ["E"])})


def case_chain():
    a, b, c = grid(3, 2, 2)
    k = Case("chain", "Three levels below the output, with unimportant inputs at every level and model input columns as parents.",
             {"a": F, "b": F, "c": F},
             [("K0", "Mul", ["a", f32(2)]), ("K0b", "Add", ["K0", "b"]), ("K1", "Mul", ["K0b", f32(1)]),
              ("L0", "Mul", ["K1", "K1"]), ("L1", "Sub", ["L0", "c"]), ("L", "Mul", ["L1", f32(0.5)]),
              ("M0", "Add", ["L", "b"]), ("M", "Relu", ["M0"]), ("C", "Mul", ["c", f32(0.25)]), ("y", "Add", ["M", "C"])],
             {"y": ()}, ["K1", "L", "M", "C"], {"a": a, "b": b, "c": c, "t": np.zeros(12, f32)}, ERR, squared(), ["y"])
    k.columns["t"] = (np.maximum(((2 * a + b) ** 2 - c) * 0.5 + b, 0) + 0.25 * c).astype(f32)
    ab = tup(a, b)
    k.ok("columns all the way", """node K = (a, b) at K1 from a, b
                                   node L = (K, c) at L from c
                                   node M = (L, b) at M from b
                                   node C = c at C from c
                                   node out = exact at y from M, C""",
         {"K": Node(ab, "K1", ["$a", "$b"]), "L": Node(tup(a, b, c), "L", ["K", "$c"]), "M": Node(tup(a, b, c, b), "M", ["L", "$b"]),
          "C": Node(c, "C", ["$c"]), "out": Node(EXACT, "y", ["M", "C"])})
    for mode in ("together", "separate", "shared"):
        k.ok(f"only a, {mode}", f"""option unimportant {mode}
                                   node K = a at K1 from a
                                   node L = K at L
                                   node M = L at M
                                   node out = M at y""",
             {"K": Node(a, "K1", ["$a"]), "L": Node(a, "L", ["K"]), "M": Node(a, "M", ["L"]), "out": Node(a, "y", ["M"])}, mode)
    k.ok("leaves at every level", """node K = a > 0 at K1
                                   node L = K at L from c
                                   node M = L at M from b
                                   node C = c at C
                                   node out = exact at y from M, C""",
         {"K": Node(a > 0, "K1"), "L": Node(a > 0, "L", ["K", "$c"]), "M": Node(a > 0, "M", ["L", "$b"]), "C": Node(c, "C"),
          "out": Node(EXACT, "y", ["M", "C"])})
    k.ok("wrong in the middle", """node K = (a, b) at K1 from a, b
                                   node L = b at L from K, c
                                   node M = (L, a) at M from b
                                   node out = exact at y from M""",
         {"K": Node(ab, "K1", ["$a", "$b"]), "L": Node(b, "L", ["K", "$c"]), "M": Node(tup(b, a), "M", ["L", "$b"]),
          "out": Node(EXACT, "y", ["M"])})


def case_modes():
    a = np.array([0, 0, 1, 1, 2, 2, 3, 3], f32)
    b = np.array([0, 1, 1, 2, 2, 3, 3, 0], f32)
    k = Case("modes", "Unimportant inputs: one datum for all of a node's (together), one each (separate), one for the whole sample (shared).\n"
             "B1 and B2 cancel where they come from one datum; B3 cancels the others across two nodes.",
             {"a": F, "b": F},
             [("A", "Mul", ["a", f32(2)]), ("B1", "Mul", ["b", f32(1)]), ("B2", "Mul", ["b", f32(-0.5)]), ("B3", "Mul", ["b", f32(-0.5)]),
              ("s", "Add", ["A", "B1"]), ("m", "Add", ["s", "B2"]), ("M", "Mul", ["m", f32(1)]), ("y", "Add", ["M", "B3"])],
             {"y": ()}, ["A", "B1", "B2", "B3", "M"], {"a": a, "b": b, "t": 2 * a}, ERR, squared(), ["y"])
    for mode in ("together", "separate", "shared"):
        k.ok(mode, f"""option unimportant {mode}
                       node A = a at A
                       node M = A at M
                       node out = M at y""", {"A": Node(a, "A"), "M": Node(a, "M", ["A"]), "out": Node(a, "y", ["M"])}, mode)
    for mode in ("together", "separate", "shared"):
        k.ok(f"through M, {mode}", f"""option unimportant {mode}
                       node A = a at A
                       node out = A at y from A through any""", {"A": Node(a, "A"), "out": Node(a, "y", ["A"], {"A": "any"})}, mode)
    for mode in ("together", "separate", "shared"):
        k.ok(f"wrong feature, {mode}", f"""option unimportant {mode}
                       node A = b > 1 at A
                       node M = A at M
                       node out = M at y""", {"A": Node(b > 1, "A"), "M": Node(b > 1, "M", ["A"]), "out": Node(b > 1, "y", ["M"])}, mode)


def case_features():
    word = ["red", "blue", "red", "green", "blue", "green", "red", "blue"]
    v = np.array([0.0, -0.0, 1.0, 1.0, 2.0, 2.0, 0.0, -0.0])
    flag = np.array([True, False, True, False, True, False, True, False])
    vec = np.array([[0, 1], [0, 1], [1, 0], [1, 0], [0, 1], [2, 2], [0, 1], [2, 2]])
    a = np.arange(8).astype(f32)
    y = a * f32(0.5)
    k = Case("features", "Features of every type: booleans, numbers (-0 equals 0), strings, arrays, tuples, NaN (equal to itself).",
             {"a": F}, [("A", "Mul", ["a", f32(0.5)]), ("y", "Add", ["A", f32(0)])], {"y": ()}, ["A"],
             {"a": a, "word": word, "v": v, "flag": flag, "vec": vec, "t": y}, ERR, squared(), ["y"])

    def two(f):
        return {"A": Node(f, "A"), "out": Node(EXACT, "y", ["A"])}
    text = """node A = {} at A
              node out = exact at y from A"""
    k.ok("string", text.format("word"), two(word))
    k.ok("string equals", text.format('word == "red"'), two([w == "red" for w in word]))
    k.ok("string in", text.format('word in ["red", "blue"]'), two([w in ("red", "blue") for w in word]))
    k.ok("minus zero", text.format("v"), two(v))
    k.ok("boolean", text.format("flag"), two(flag))
    k.ok("array", text.format("vec"), two(vec))
    k.ok("tuple", text.format("(word, flag)"), two(list(zip(word, flag.tolist()))))
    k.ok("tuple of array and number", text.format("(vec, v > 0)"), two([(tuple(r), bool(x > 0)) for r, x in zip(vec.tolist(), v)]))
    k.ok("conditional", text.format("if flag then vec[0] else -1"), two(np.where(flag, vec[:, 0], -1)))
    k.ok("not a number", text.format("if v > 0 then a // 4 else nan"), two(np.where(v > 0, a // 4, np.nan)))
    k.ok("arithmetic", text.format("(a % 3 + 2 * flag) // 2"), two((a % 3 + 2 * flag) // 2))
    k.ok("aggregate", text.format("sum(vec) > max(vec)"), two(vec.sum(1) > vec.max(1)))
    k.no("feature reads a tensor", """node A = model.y > 1 at A
                                      node out = exact at y from A""", None, ["feature-reads-tensor"])


def case_score():
    a, b = grid(4, 2)
    label = (a >= 2).astype(np.int64)
    k = Case("score", "A score, of which more is better; and one number per datum from a boolean.",
             {"a": F, "b": F},
             [("A", "Mul", ["a", f32(2)]), ("B", "Mul", ["b", f32(0.5)]), ("AB", "Add", ["A", "B"]), ("y", "Sub", ["AB", f32(3)])],
             {"y": ()}, ["A", "B"], {"a": a, "b": b, "label": label}, "score right = if (y > 0) == (label == 1) then 1 else 0",
             lambda o, c, m: ((np.asarray(o["y"]) > 0) == (c["label"] == 1)).astype(np.float64), ["y"])
    k.ok("threshold", """node A = a >= 2 at A
                         node out = A at y""", {"A": Node(a >= 2, "A"), "out": Node(a >= 2, "y", ["A"])})
    k.ok("wrong threshold", """node A = a >= 1 at A
                         node out = A at y""", {"A": Node(a >= 1, "A"), "out": Node(a >= 1, "y", ["A"])})
    k.ok("b alone", """node B = b at B
                         node out = B at y""", {"B": Node(b, "B"), "out": Node(b, "y", ["B"])})
    k.ok("upside down feature", """node A = a % 2 at A
                         node out = exact at y from A""", {"A": Node(a % 2, "A"), "out": Node(EXACT, "y", ["A"])})


def case_masks():
    x = np.stack(grid(2, 2, 2), 1)
    a, b, c = x.T
    k = Case("masks", "Slices of a tensor of booleans; one name for nodes of different shapes, and for a node and the output.",
             {"x": ("f", (3,))},
             [("h", "Mul", ["x", np.array([1, 2, 4], f32)]), ("m", "Greater", ["h", f32(0)]), ("n", "Cast", ["m"]), ("w", "Mul", ["n", np.array([3, 2, 1], f32)]),
              ("y", attr("ReduceSum"), ["w", np.array([1])])],
             {"y": ()}, ["h", "m"], {"x": x, "t": 3 * a + 2 * b + c}, ERR, squared(), ["y"], npz=True)
    S = np.s_
    above, below = Node(a, ("h", 0)), Node(x[:, ::2], ("h", S[::2]))
    k.ok("one of three", """node h = x[0] at h[0]
                            node p = x[0] at m[0] from h
                            node out = p at y""", {"h": above, "p": Node(a, ("m", 0), ["h"]), "out": Node(a, "y", ["p"])})
    k.ok("every second", """node h = x[::2] at h[::2]
                            node p = (x[0], x[2]) at m[::2] from h
                            node out = p at y""",
         {"h": below, "p": Node(tup(a, c), ("m", S[::2]), ["h"]), "out": Node(tup(a, c), "y", ["p"])})
    k.ok("every second, separate", """option unimportant separate
                            node h = x[0] at h[0]
                            node p = x[::2] at m[::2] from h
                            node out = exact at y from p""",
         {"h": above, "p": Node(x[:, ::2], ("m", S[::2]), ["h"]), "out": Node(EXACT, "y", ["p"])}, "separate")
    k.ok("named as the output", """node p = x[0] at m[0]
                            node y = p at y""", {"p": Node(a, ("m", 0)), "y": Node(a, "y", ["p"])})


def case_warnings():
    a = np.arange(16).astype(f32)
    b = (np.arange(16) % 2).astype(f32)
    k = Case("warnings", "Hypotheses that have a meaning, perhaps not the intended one.",
             {"a": F, "b": F},
             [("A", "Mul", ["a", f32(1)]), ("B", "Mul", ["b", f32(2)]), ("Z", "Mul", ["b", f32(0)]), ("AB", "Add", ["A", "B"]),
              ("y", "Add", ["AB", "Z"])],
             {"y": ()}, ["A", "B", "Z"], {"a": a, "b": b, "t": a + 2 * b}, ERR, squared(), ["y"])
    k.ok("untestable", """node A = a at A
                          node out = exact at y from A""", {"A": Node(a, "A"), "out": Node(EXACT, "y", ["A"])}, warnings=["untestable"])
    k.ok("vacuous", """node A = a >= 0 at A
                          node out = exact at y from A""", {"A": Node(a >= 0, "A"), "out": Node(EXACT, "y", ["A"])}, warnings=["vacuous"])
    k.ok("not a function", """node A = a > 7 at A
                          node out = a > 3 at y from A""",
         {"A": Node(a > 7, "A"), "out": Node(a > 3, "y", ["A"])}, warnings=["not-a-function"])
    k.ok("indistinguishable", """node A = a % 2 == 1 at A
                          node B = b > 0 at B
                          node out = exact at y from A, B""",
         {"A": Node(a % 2 == 1, "A"), "B": Node(b > 0, "B"), "out": Node(EXACT, "y", ["A", "B"])}, warnings=["indistinguishable"])
    k.ok("unreached node", """node A = a > 7 at A
                          node B = b at B
                          node out = exact at y from A""",
         {"A": Node(a > 7, "A"), "B": Node(b, "B"), "out": Node(EXACT, "y", ["A"])}, warnings=["no-effect"])
    k.ok("constant place", """node A = a > 7 at A
                          node Z = b at Z
                          node out = exact at y from A, Z""",
         {"A": Node(a > 7, "A"), "Z": Node(b, "Z"), "out": Node(EXACT, "y", ["A", "Z"])}, warnings=["no-effect"])


def main():
    for f in list(globals().values()):
        if callable(f) and getattr(f, "__name__", "").startswith("case_"):
            f()
    expected, tensors, checks = {}, {}, []
    for case in CASES:
        e, c, t = case.make()
        expected.update(e)
        tensors[case.name] = t
        checks += c
    with open(os.path.join(HERE, "expected.json"), "w") as f:
        json.dump(expected, f, indent=1)
        f.write("\n")
    with open(os.path.join(HERE, "tensors.json"), "w") as f:
        json.dump(tensors, f)
        f.write("\n")
    print(len(CASES), "cases,", sum("scrubbed" in v for e in expected.values() for v in e.values()), "hypotheses with values,",
          sum("findings" in v for e in expected.values() for v in e.values()), "with findings")
    bad = 0
    for case, name, s, value in checks:
        m, se = s.sample(2000)
        off = abs(m - value) / max(se, 1e-9)
        if abs(m - value) > 4.5 * se + 1e-9:
            bad += 1
        print(f"{case:12s} {name:30s} exact {value:10.5f}  sampled {m:10.5f} ± {se:.5f} {'  <-- OFF' if abs(m - value) > 4.5 * se + 1e-9 else ''}")
    assert not bad


if __name__ == "__main__":
    main()
