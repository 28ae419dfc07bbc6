"""A case of fuzz_cases.py in the three forms that fuzz.py compares: text, the oracle's description, and legality.

Legality is written from section 2 of the definitions, over paths, and shares nothing with the engine.
"""
import copy
import itertools
import json
import os
import re

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import oracle
from fuzz_cases import DTYPES, Walks, apply, forward, operand, read_outputs
from oracle import ANY, EXACT, Graph, Node, Scrub, cut

oracle.MOST = 100_000


class Meaningless(Exception):
    """The description does not fit together (only while a case is cut down)."""


# ---------------------------------------------------------------- files

def write_model(case, acts, path):
    nodes, inits = [], []
    for n, o in enumerate(case["ops"]):
        names = []
        for k, i in enumerate(o["ins"]):
            if isinstance(i, str):
                names.append(i)
                continue
            names.append(f"w{n}_{k}")
            inits.append(numpy_helper.from_array(operand(i), names[-1]))
        nodes.append(helper.make_node(o["op"], names, o["out"], name=o["out"][0], **o["attrs"]))
    types = {"f": TensorProto.FLOAT, "i": TensorProto.INT64}
    g = helper.make_graph(
        nodes, "case", [helper.make_tensor_value_info(k, types[d], ["N", *s]) for k, (d, s) in case["inputs"].items()],
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, ["N", *acts[k].shape[1:]]) for k in case["outputs"]], inits)
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="scrub-fixtures")
    onnx.checker.check_model(m)
    onnx.save(m, path)


def write_data(case, path):
    if case["format"] == "npz":
        kinds = {case["bind"][i]: d for i, (d, _) in case["inputs"].items()}
        np.savez(path, **{c: np.asarray(v) if c == "label" else np.asarray(v, DTYPES[kinds.get(c, "f")]) for c, v in case["columns"].items()})
        return
    whole = lambda v: [whole(i) for i in v] if isinstance(v, list) else int(v) if isinstance(v, float) and v.is_integer() else v
    with open(path, "w") as f:
        for i in range(len(case["columns"]["label"])):
            f.write(json.dumps({c: whole(v[i]) for c, v in case["columns"].items()}) + "\n")


def kept(case):
    """Rows of the file that the case is about."""
    n = len(case["columns"]["label"])
    if case["where"] == "label":
        return [i for i in range(n) if case["columns"]["label"][i]]
    return list(range(n - 1 if case["where"] == "limit" else n))


def text_of(case):
    """The file, with the first line of each hypothesis."""
    lines = ['model "case.onnx"']
    named = {i: c for i, c in case["bind"].items() if i != c}
    clause = f" as {{ {', '.join(f'{i} = {c}' for i, c in named.items())} }}" if named else ""
    where = {None: "", "label": " filter label", "limit": f" limit {len(kept(case))}"}[case["where"]]
    lines += [f'data "case.{case["format"]}"{clause}{where}', f"metric m = {case['metric']}", "graph {"]
    lines += [f'  component {k} = "{t}"' for k, t in case["components"].items()] + ["}"]
    names = {t: k for k, t in case["components"].items()}
    spell = lambda t: f'"{t}"' if t in case["inputs"] else names.get(t, t)
    starts = []
    for k, h in enumerate(case["hypotheses"]):
        members, refined = [f"  option unimportant {h['mode']}"] if h["mode"] != "together" else [], []
        for e in h["entries"]:
            head = e["name"] + (f"[{e['binder'][0]} in {e['binder'][1]}]" if e["binder"] else "")
            at = spell(e["tensor"]) + (f"[{e['index']}]" if e["index"] else "")
            def ref(r, through):
                word = "" if through is None else " through any" if through == "any" else f" through [{', '.join(map(spell, through))}]"
                return (r[1:] if r[0] == "$" else r) + word
            here, later = e["from"], []
            if h["split"] and here:
                here, later = here[: len(here) // 2], here[len(here) // 2:]
            parents = lambda refs: f" from {', '.join(ref(*r) for r in refs)}" if refs else ""
            members.append(f"  node {head} = {e['feature']} at {at}{parents(here)}")
            if later:
                refined.append(f"  refine {head}{parents(later)}")
        starts.append(len(lines))
        if refined:
            lines += [f'hypothesis "base {k}" {{', *members[h["mode"] != "together":], "}"]
            lines += [f'hypothesis "h{k}" extends "base {k}" {{', *members[: h["mode"] != "together"], *refined, "}"]
        else:
            lines += [f'hypothesis "h{k}" {{', *members, "}"]
    return "\n".join(lines) + "\n", starts + [len(lines)]


def write(case, folder):
    os.makedirs(folder, exist_ok=True)
    acts = forward(case, case["columns"])
    write_model(case, acts, os.path.join(folder, "case.onnx"))
    write_data(case, os.path.join(folder, "case." + case["format"]))
    text, starts = text_of(case)
    with open(os.path.join(folder, "case.scrub"), "w") as f:
        f.write(text)
    return starts


def repair(case, acts, rng):
    """Most hypotheses lose the edges that have no meaning, so that more of them run."""
    for k in range(len(case["hypotheses"])):
        if rng.random() < 0.8:
            for _ in range(12):
                problem = Problem(case, k)
                if not problem.legality(acts):
                    break
                better = problem.repaired()
                if better is None:
                    break
                case["hypotheses"][k] = better


# ---------------------------------------------------------------- metrics, one number per datum

class Batch:
    """An array with the batch first, that broadcasts as if there were none."""

    def __init__(self, v):
        self.v = np.asarray(v, np.float64)

    def __getitem__(self, at):
        return Batch(self.v[(slice(None),) + (at if isinstance(at, tuple) else (at,))])

    def join(self, other, f, back=False):
        a, b = self.v, other.v if isinstance(other, Batch) else np.float64(other)
        if b.ndim:
            rank = max(a.ndim, b.ndim)
            a, b = (x.reshape(len(x), *[1] * (rank - x.ndim), *x.shape[1:]) for x in (a, b))
        return Batch(f(b, a) if back else f(a, b))

    def __add__(self, o): return self.join(o, np.add)
    def __sub__(self, o): return self.join(o, np.subtract)
    def __mul__(self, o): return self.join(o, np.multiply)
    def __rmul__(self, o): return self.join(o, np.multiply, True)
    def __pow__(self, o): return self.join(o, np.power)


class Outputs:
    def __init__(self, values):
        self.__dict__.update({k: Batch(v) for k, v in values.items()})


METRIC_WORDS = {
    "sum": lambda b: Batch(b.v.reshape(len(b.v), -1).sum(1)), "abs": lambda b: Batch(np.abs(b.v)),
    "binary_cross_entropy": lambda x, l: Batch(np.where(l.v, np.logaddexp(0, -x.v), np.logaddexp(0, x.v))),
}


def metric_of(case):
    code = compile(case["metric"], "metric", "eval")

    def metric(outputs, columns, model):
        named = {k: Batch(v) for k, v in columns.items()}
        return eval(code, {**METRIC_WORDS, **named, **{k: Batch(v) for k, v in outputs.items()}, "model": Outputs(model)}).v
    return metric


# ---------------------------------------------------------------- hypotheses as the oracle takes them

def member_name(entry, value):
    return entry["name"] if value is None else f"{entry['name']}[{value}]"


class Expanded:
    """Nodes of a hypothesis: features as values, parents as [name or $input, through], column parents by column."""

    def __init__(self, case, hypothesis, columns):
        self.entries = {e["name"]: e for e in hypothesis["entries"]}
        self.columns, self.n = columns, len(columns["label"])
        self.values, self.open = {}, set()
        self.nodes = {}
        for e in hypothesis["entries"]:
            for value in e["binder"][1] if e["binder"] else [None]:
                self.nodes[member_name(e, value)] = self.node(case, e, value)

    def env(self, e, value):
        return {} if value is None else {e["binder"][0]: value}

    def index(self, e, value):
        if not e["index"]:
            return None
        at = eval(f"np.s_[{e['index']}]", {"np": np, **self.env(e, value)})
        return at if isinstance(at, tuple) else (at,)

    def refer(self, text, env):
        """Members named by a reference: `A`, a family, `p[i]`."""
        name, at = re.fullmatch(r"(\w+)(?:\[(.*)\])?", text).groups()
        if name not in self.entries:
            raise Meaningless(text)
        e = self.entries[name]
        if at is None:
            return [(e, v) for v in (e["binder"][1] if e["binder"] else [None])]
        found = eval(at, {}, env)
        if not e["binder"] or found not in e["binder"][1]:
            raise Meaningless(text)
        return [(e, found)]

    def named(self, feature, env):
        """Members that a feature names, in order."""
        found = []
        for m in re.finditer(r"([A-Za-z_]\w*)(\[[^\]]*\])?", feature):
            if m.group(1) in self.entries:
                is_family = self.entries[m.group(1)]["binder"]
                found += self.refer(m.group(1) + (m.group(2) or "" if is_family else ""), env)
        return found

    def value(self, e, bound):
        """The feature on every datum, or ANY or EXACT."""
        own = member_name(e, bound)
        if own not in self.values:
            if own in self.open:
                return [0] * self.n  # a cycle, which legality reports
            self.open.add(own)
            self.values[own] = self.compute(e, bound)
        return self.values[own]

    def compute(self, e, bound):
        text, env = e["feature"], self.env(e, bound)
        if text in (ANY, EXACT):
            return text
        above = {member_name(*m): self.value(*m) for m in self.named(text, env)}
        if any(isinstance(v, str) for v in above.values()):
            raise Meaningless("a feature names `exact` or `any`")
        code = re.sub(r"if (.+) then (.+) else (.+)", r"((\2) if (\1) else (\3))", text)

        def word(m):
            name, at = m.groups()
            if name not in self.entries:
                return m.group(0)
            return f"_node[{json.dumps(name)} + '[' + str({at[1:-1]}) + ']']" if self.entries[name]["binder"] else f"_node[{json.dumps(name)}]" + (at or "")
        code = compile(re.sub(r"([A-Za-z_]\w*)(\[[^\]]*\])?", word, code), text, "eval")
        out = []
        for i in range(self.n):
            row = {c: np.asarray(v[i])[()] for c, v in self.columns.items()}
            out.append(eval(code, {**row, **env, "sum": np.sum, "max": np.max, "_node": {k: v[i] for k, v in above.items()}}))
        return out

    def node(self, case, e, bound):
        env = self.env(e, bound)
        parents, passages = {}, {}
        for m in self.named(e["feature"], env):
            parents.setdefault(member_name(*m), None)
        for ref, through in e["from"]:
            targets = [ref] if ref[0] == "$" else [member_name(*m) for m in self.refer(ref, env)]
            for p in targets:
                old = parents.get(p)
                parents[p] = "any" if "any" in (through, old) else (old or []) + through if through else old
                passages.setdefault(p, []).extend(through if isinstance(through, list) else [])
        return {"feature": self.value(e, bound), "tensor": e["tensor"], "index": self.index(e, bound), "parents": parents, "passages": passages}


class Checked(Scrub):
    """Legality is judged below; a column of which only one input leads to a node is two parents to the oracle."""

    def findings(self):
        return []


class Problem:
    """One hypothesis of a case, ready for the oracle."""

    def __init__(self, case, k):
        self.case, self.hypothesis = case, case["hypotheses"][k]
        rows = kept(case)
        self.columns = {c: np.asarray([v[i] for i in rows]) for c, v in case["columns"].items()}
        self.rows = rows
        self.expanded = Expanded(case, self.hypothesis, self.columns).nodes
        self.reads = read_outputs(case)
        ops = {}
        for o in case["ops"]:
            for j, t in enumerate(o["out"]):
                ops[t] = (lambda *ins, o=o, j=j: apply(o["op"], o["attrs"], list(ins))[j], [i if isinstance(i, str) else operand(i) for i in o["ins"]])
        self.graph = Graph(case["inputs"], ops, case["outputs"], case["components"].values())
        for o in case["ops"]:
            if o["op"] == "Shape":  # a shape carries nothing over
                for i in o["ins"]:
                    self.graph.consumers[i] = [c for c in self.graph.consumers[i] if c not in o["out"]]
        self.feeds = {c: [i for i, b in case["bind"].items() if b == c] for c in self.columns}

    def scrub(self):
        nodes = {}
        for name, n in self.expanded.items():
            parents, through = [], {}
            for p, t in n["parents"].items():
                for q in ["$" + i for i in self.feeds[p[1:]]] if p[0] == "$" else [p]:
                    parents.append(q)
                    if t:
                        through[q] = t
            nodes[name] = Node(n["feature"], (n["tensor"], n["index"]), parents, through)
        columns = {**self.columns, **{i: self.columns[c].astype(DTYPES[self.case["inputs"][i][0]]) for i, c in self.case["bind"].items()}}
        return Checked(self.graph, columns, metric_of(self.case), self.reads, nodes, self.hypothesis["mode"])

    # ------------------------------------------------------------ legality

    def spots(self, p):
        """Where a parent stands: [(tensor, index)]."""
        if p[0] == "$":
            return [(i, None) for i in self.feeds[p[1:]]]
        n = self.expanded[p]
        return [(n["tensor"], n["index"])]

    def legality(self, acts):
        """{code: True when the engine must report it, False when it may be hidden by another}."""
        walks = Walks(self.case)
        found = {}
        #: Edges to blame: (node, parent).
        self.blame = []
        nodes = self.expanded
        blockers = set(self.case["inputs"]) | set(self.case["components"].values()) | set(self.reads)
        blockers |= {n["tensor"] for n in nodes.values() if n["tensor"] in self.case["outputs"]}
        cyclic = {n for n in nodes if n in self.ancestors(n)}

        def report(code, sure=True):
            found[code] = found.get(code, False) or sure

        if cyclic:
            report("cycle")
        top = [n for n in nodes.values() if n["tensor"] in self.reads]
        if not top:
            report("no-output-node")
        for a, b in itertools.combinations(top, 2):
            if self.overlap(acts, (a["tensor"], a["index"]), (b["tensor"], b["index"])):
                report("overlapping-places")
        for name, n in nodes.items():
            place = (n["tensor"], n["index"])
            everyone = [(p, s) for p in n["parents"] for s in self.spots(p)]
            # Among several findings about one node each may hide others.
            loud = not (cyclic and name in cyclic)
            clashing = set()
            for (p, a), (q, b) in itertools.combinations(everyone + [(name, place)], 2):
                if p != q and self.overlap(acts, a, b):
                    report("overlapping-places", loud)
                    clashing.add(a[0])
                    self.blame.append((name, p))
            for p, through in n["parents"].items():
                sure = loud and not any(t in clashing for t, _ in self.spots(p))
                if p[0] == "$" and not self.feeds[p[1:]]:
                    report("unknown-node", loud)
                    continue
                siblings = {t for q in n["parents"] if q != p for t, _ in self.spots(q)}
                for t in n["passages"].get(p, []):
                    if t not in blockers or t in siblings:
                        report("bad-through", sure or t not in blockers)
                        sure = False
                        self.blame.append((name, p))
                passable = blockers if through == "any" else set(through or [])
                stop = (blockers - passable) | siblings
                ways = [t for t, _ in self.spots(p) if t in walks.above(n["tensor"], stop)]
                if ways:
                    continue
                self.blame.append((name, p))
                if any(t in walks.above(n["tensor"]) for t, _ in self.spots(p)):
                    report("blocked-edge", sure)
                elif any(n["tensor"] in walks.above(t) for t, _ in self.spots(p)):
                    report("reversed-edge", sure)
                else:
                    report("missing-edge", sure)
        return found

    def reaching(self):
        """Nodes from which the metric is reached."""
        top = [n for n, v in self.expanded.items() if v["tensor"] in self.reads]
        return sorted({a for n in top for a in self.ancestors(n)} | set(top))

    def repaired(self):
        """The hypothesis without one edge that is to blame; None when there is none."""
        for name, p in self.blame:
            h = copy.deepcopy(self.hypothesis)
            base, parent = name.split("[")[0], p.split("[")[0]
            e = next(e for e in h["entries"] if e["name"] == base)
            e["from"] = [r for r in e["from"] if r[0].split("[")[0] != parent]
            if re.search(rf"\b{re.escape(parent)}\b", e["feature"]):
                e["feature"] = "exact"
            return h
        return None

    def ancestors(self, name):
        seen, todo = set(), [name]
        while todo:
            for p in self.expanded[todo.pop()]["parents"]:
                if p[0] != "$" and p not in seen:
                    seen.add(p)
                    todo.append(p)
        return seen

    @staticmethod
    def overlap(acts, a, b):
        if a[0] != b[0]:
            return False
        mask = np.zeros(acts[a[0]].shape, int)
        cut(mask, a[1])[...] += 1
        cut(mask, b[1])[...] += 1
        return bool((mask == 2).any())

    # ------------------------------------------------------------ one sample again, on the engine's draws

    def replay(self, scrub, reference, draws, fills):
        """The metric of one sample. draws: {path of a node: datum}; fills: {path of an unimportant draw: datum}."""
        def fill_at(path):
            prefix = path + "/" if path else ""
            mode = scrub.mode

            def fill(t):
                z = fills["~" if mode == "shared" else f"{prefix}~" if mode == "together" else f"{prefix}~/{t}"]
                return scrub.acts[t][[z]]
            return fill

        def value(n, path, y):
            node = scrub.nodes[n]
            if not node.parents:
                return cut(scrub.acts[node.tensor][[y]], node.index)
            drawn = {p: scrub.acts[p[1:]][[y]] if p[0] == "$" else value(p, f"{path}/{p}", draws[f"{path}/{p}"]) for p in node.parents}
            return scrub.run(n, drawn, fill_at(path))
        outs = scrub.root_outputs({p: value(p, p, draws[p]) for p in scrub.top}, fill_at(""), reference)
        return float(np.asarray(scrub.metric(outs, *scrub.at_reference(reference))).reshape(-1)[0])
