"""Differential fuzzing: random small problems (fuzz_cases.py), run by the engine and by the oracle.

    python3 fuzz.py --save fuzz.json --cases 40    # what server/test/scrub/fuzz.test.ts runs
    python3 fuzz.py [--from SEED] [--cases N] [--out FOLDER] [--node NODE] [--sample-every K]

For every hypothesis are compared: whether it is accepted, the codes of its findings, `model`, `shuffled`, `scrubbed` and
every node's cost of an exact run; of a sampled run the means (within their error) and single samples on the engine's own
draws. A case that disagrees is cut down while it still does, and left in FOLDER/SEED-K with `why.txt`.
"""
import argparse
import base64
import contextlib
import copy
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter

import numpy as np

from fuzz_cases import forward, make_case
from fuzz_rules import Meaningless, Problem, repair, write
from oracle import TooMany

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVER = os.path.join(HERE, "..", "..", "server", "test", "scrub", "fuzz-driver.ts")
NODE = os.path.join(HERE, "..", "..", "node_modules", ".bin", "node")


class Engine:
    def __init__(self, node):
        self.node, self.process = node, None

    def ask(self, **request):
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen([self.node, DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                            env={**os.environ, "ORT_DISABLE_TELEMETRY": "1"})
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"failed": "the engine ended"}


def differs(a, b, scale):
    return not abs(a - b) <= 1e-6 * scale + 3e-6


class Comparison:
    """One case: `wrong` is a list of (hypothesis, sort, sentence)."""

    def __init__(self, engine, case, folder, sampled=False, only=None):
        self.engine, self.case, self.folder, self.sampled = engine, case, folder, sampled
        self.file = os.path.join(folder, "case.scrub")
        self.wrong, self.count = [], Counter()
        starts = write(case, folder)
        acts = forward(case, case["columns"])
        told = engine.ask(file=self.file)
        if "failed" in told:
            self.wrong.append((None, "failed " + kind(told["failed"]), told["failed"]))
            return
        ok = {h["name"]: h["ok"] for h in told["hypotheses"]}
        outside = [f for f in told["findings"] if f["line"] < starts[0]]
        if outside:
            self.wrong.append((None, "outside " + outside[0]["code"], str(outside)))
            return
        good = []
        for k in range(len(case["hypotheses"])):
            if only is not None and k != only:
                continue
            self.count["hypotheses"] += 1
            try:
                problem = Problem(case, k)
                legal = problem.legality(acts)
            except Meaningless:
                self.count["meaningless"] += 1
                continue
            lines = range(starts[k], starts[k + 1])
            codes = {f["code"]: f["message"] for f in told["findings"] if f["line"] in lines}
            accepted = ok.get(f"h{k}", False)
            self.count["legal" if not legal else "illegal"] += 1
            if accepted != (not legal):
                self.wrong.append((k, f"legality {sorted(legal)} {sorted(codes) if not accepted else []}", f"oracle {legal}, engine {codes if not accepted else 'accepts'}"))
            elif legal:
                extra = set(codes) - set(legal)
                missing = {c for c, sure in legal.items() if sure} - set(codes)
                if (extra and not case["hypotheses"][k]["split"]) or missing:
                    self.wrong.append((k, f"codes {sorted(extra)} {sorted(missing)}", f"oracle {legal}, engine {codes}"))
            else:
                good.append((k, problem))
        if good:
            self.run(good)

    def run(self, good):
        names = [f"h{k}" for k, _ in good]
        told = self.engine.ask(file=self.file, hypotheses=names, given={"exact": True, "costs": True, "exactLimit": 200_000})
        if "failed" in told and len(good) > 1:
            before = len(self.wrong)
            for one in good:
                self.run([one])
            if len(self.wrong) == before:
                self.wrong.append((None, "failed together " + kind(told["failed"]), told["failed"]))
            return
        if "failed" in told:
            self.wrong.append((good[0][0], "failed " + kind(told["failed"]), told["failed"]))
            return
        for (k, problem), report in zip(good, told["reports"]):
            scrub = problem.scrub()
            self.exact(k, scrub, report)
            if self.sampled:
                self.samples(k, problem, scrub, report)

    def exact(self, k, scrub, report):
        try:
            want = scrub.numbers()
        except TooMany:
            self.count["too many"] += 1
            return
        if not math.isfinite(sum(want[w] for w in ("model", "shuffled", "scrubbed"))):
            return
        if not report["exact"]:
            self.count["engine samples"] += 1
            return
        self.count["exact"] += 1
        span = abs(want["shuffled"] - want["model"])
        scale = max(span, *(abs(want[w]) for w in ("model", "shuffled", "scrubbed")))
        for what in ("model", "shuffled", "scrubbed"):
            if differs(report[what]["mean"], want[what], scale):
                self.wrong.append((k, what, f"{what}: oracle {want[what]}, engine {report[what]['mean']}"))
                return
        if span <= 1e-4 * scale:
            return
        for node in report["nodes"]:
            if node["cost"] is None or node["cost"]["value"] is None:
                self.wrong.append((k, "no cost", node["name"]))
                continue
            try:
                off = scrub.without(node["name"]).exact()
            except TooMany:
                continue
            self.count["costs"] += 1
            cost = (want["scrubbed"] - off) / span * (1 if want["shuffled"] > want["model"] else -1)
            if differs(node["cost"]["value"] * span, cost * span, 3 * max(scale, abs(off))):
                self.wrong.append((k, "cost", f"cost of {node['name']}: oracle {cost}, engine {node['cost']['value']}"))

    def samples(self, k, problem, scrub, exact):
        seed = len(self.folder) + k
        variant = [{}, {"batch": 7}, {"wholePass": False}, {"memory": 3000}][seed % 4]
        def ask(n, s):
            return self.engine.ask(file=self.file, hypotheses=[f"h{k}"], given={"samples": n, "costs": True, "seed": s, **variant},
                                   replay={"samples": 12, "tensors": list(scrub.acts)})
        told = ask(300, seed)
        if "failed" in told:
            self.wrong.append((k, "failed sampling " + kind(told["failed"]), told["failed"]))
            return
        report = told["reports"][0]
        row = {r: i for i, r in enumerate(problem.rows)}
        scale = max(abs(report["shuffled"]["mean"]), abs(report["model"]["mean"]), abs(report["shuffled"]["mean"] - report["model"]["mean"]), 1e-3)
        for s in report["sampled"]:
            self.count["samples"] += 1
            want = problem.replay(scrub, row[s["reference"]], {p: row[d] for p, d in s["draws"].items()}, s["fills"])
            if not abs(want - s["scrubbed"]) <= 1e-5 * max(scale, abs(want)):
                self.wrong.append((k, "sample", f"a sample: oracle {want}, engine {s['scrubbed']}: {s}"))
                return
        if report["checks"]["identity"]["largest"] > 1e-4 and abs(report["shuffled"]["mean"] - report["model"]["mean"]) > 1e-3 * scale:
            self.count["identity loose"] += 1
            print("loose identity", self.folder, k, report["checks"]["identity"], report["model"]["mean"], report["shuffled"]["mean"])
        if not exact["exact"]:
            return
        self.count["means"] += 1
        if self.outside(report, exact):
            again = ask(20_000, seed + 1)["reports"][0]
            off = self.outside(again, exact)
            if off:
                self.wrong.append((k, "mean", f"sampled {off}"))

    def outside(self, report, exact):
        span = exact["shuffled"]["mean"] - exact["model"]["mean"]
        pairs = [("scrubbed", report["scrubbed"]["mean"], report["scrubbed"]["se"], exact["scrubbed"]["mean"])]
        # A range that is itself only sampled may be as small as its error: no first-order interval covers that.
        if abs(span) > 1e-4 and report["shuffled"]["se"] == 0:
            other = {n["name"]: n["cost"] for n in exact["nodes"]}
            for n in report["nodes"]:
                if n["cost"] and n["cost"]["value"] is not None and other[n["name"]] and other[n["name"]]["value"] is not None:
                    pairs.append((f"cost of {n['name']}", n["cost"]["value"], (n["cost"]["high"] - n["cost"]["low"]) / 3.92, other[n["name"]]["value"]))
        return [p for p in pairs if abs(p[1] - p[3]) > 4.5 * p[2] + 1e-5 * max(1, abs(p[3]))]


def kind(message):
    """The sort of a failure, without its particulars."""
    return "".join(c for c in message[:70] if not c.isdigit())


# ---------------------------------------------------------------- cutting down

def smaller(case):
    """Cases that lack something, largest cuts first."""
    def changed(f):
        c = copy.deepcopy(case)
        return c if f(c) is not False else None

    def entries(c, k):
        return c["hypotheses"][k]["entries"]
    hyps = case["hypotheses"]
    for k, h in enumerate(hyps):
        for j, e in enumerate(h["entries"]):
            def drop(c, k=k, j=j, name=e["name"]):
                del entries(c, k)[j]
                for other in entries(c, k):
                    other["from"] = [r for r in other["from"] if r[0].split("[")[0] != name]
                    if name in other["feature"]:
                        other["feature"] = "exact"
            yield changed(drop)
            if e["feature"] not in ("exact", "any"):
                yield changed(lambda c, k=k, j=j: entries(c, k)[j].update(feature="exact"))
                yield changed(lambda c, k=k, j=j: entries(c, k)[j].update(feature="any"))
            if e["binder"] and len(e["binder"][1]) > 1:
                yield changed(lambda c, k=k, j=j: entries(c, k)[j]["binder"][1].pop())
            if e["index"] and not e["binder"]:
                yield changed(lambda c, k=k, j=j: entries(c, k)[j].update(index=None))
            for r in range(len(e["from"])):
                yield changed(lambda c, k=k, j=j, r=r: entries(c, k)[j]["from"].pop(r))
                if e["from"][r][1]:
                    yield changed(lambda c, k=k, j=j, r=r: entries(c, k)[j]["from"][r].__setitem__(1, None))
        if h["split"]:
            yield changed(lambda c, k=k: c["hypotheses"][k].update(split=False))
        if h["mode"] != "together":
            yield changed(lambda c, k=k: c["hypotheses"][k].update(mode="together"))
    if case["where"]:
        yield changed(lambda c: c.update(where=None))
    acts = forward(case, case["columns"])
    y = case["outputs"][0]
    simple = f"sum({y} * t)" if acts[y].ndim > 1 else f"{y} * t"
    if case["metric"] != simple:
        yield changed(lambda c: c.update(metric=simple))
    if len(case["outputs"]) > 1:
        yield changed(lambda c: c["outputs"].pop())
    for name in case["components"]:
        yield changed(lambda c, name=name: c["components"].pop(name) and None)
    for n in range(len(case["ops"]) - 1, -1, -1):
        out = case["ops"][n]["out"]
        used = {i for o in case["ops"] for i in o["ins"] if isinstance(i, str)} | set(case["outputs"]) | set(case["components"].values())
        used |= {e["tensor"] for h in hyps for e in h["entries"]}
        if not used & set(out):
            yield changed(lambda c, n=n: c["ops"].pop(n) and None)
            continue
        if len(out) == 1:
            for i in case["ops"][n]["ins"]:
                if isinstance(i, str) and acts[i].shape == acts[out[0]].shape and acts[i].dtype == acts[out[0]].dtype:
                    def skip(c, n=n, i=i, out=out[0]):
                        del c["ops"][n]
                        for o in c["ops"]:
                            o["ins"] = [i if u == out else u for u in o["ins"]]
                        for h in c["hypotheses"]:
                            for e in h["entries"]:
                                e["tensor"] = i if e["tensor"] == out else e["tensor"]
                        c["components"] = {k: t for k, t in c["components"].items() if t != out}
                        if out in c["outputs"]:
                            return False
                    yield changed(skip)
    for i in list(case["inputs"]):
        if len(case["inputs"]) > 1 and not any(i in o["ins"] for o in case["ops"]) and not any(e["tensor"] == i for h in hyps for e in h["entries"]):
            yield changed(lambda c, i=i: (c["inputs"].pop(i), c["bind"].pop(i)) and None)
    used = set(case["bind"].values()) | {"t", "label"}
    for column in case["columns"]:
        text = case["metric"] + " ".join(e["feature"] for h in hyps for e in h["entries"])
        if column not in used and column not in text:
            yield changed(lambda c, column=column: c["columns"].pop(column) and None)
    rows = len(case["columns"]["label"])
    if rows > 2 and case["where"] is None:
        for r in range(rows):
            yield changed(lambda c, r=r: [v.pop(r) for v in c["columns"].values()] and None)


def cut_down(engine, case, k, sort, folder, sampled, seconds=60):
    """The smallest case found that is wrong in the same way."""
    def still(c):
        try:
            found = Comparison(engine, c, folder, sampled).wrong
        except Exception:
            return False
        return any(s == sort for _, s, _ in found)
    if k is not None:
        alone = copy.deepcopy(case)
        alone["hypotheses"] = [alone["hypotheses"][k]]
        if still(alone):
            case = alone
    end = time.time() + seconds
    again = True
    while again and time.time() < end:
        again = False
        for c in smaller(case):
            if time.time() > end:
                break
            if c is not None and still(c):
                case, again = c, True
                break
    return case


# ---------------------------------------------------------------- cases to keep

def kept_case(case, folder):
    """A case as fuzz.test.ts reads it: files and what the oracle says; None where it says too little."""
    case["format"] = "jsonl"
    acts, expected = forward(case, case["columns"]), {}
    for k in range(len(case["hypotheses"]) - 1, -1, -1):
        try:
            problem = Problem(case, k)
            legal = problem.legality(acts)
            told = {"findings": sorted(c for c, sure in legal.items() if sure)}
            if not legal:
                scrub = problem.scrub()
                told = {w: round(v, 9) for w, v in scrub.numbers().items() if w != "recovered"}
                told["off"] = {n: round(scrub.without(n).exact(), 9) for n in problem.reaching()}
        except (Meaningless, TooMany):
            del case["hypotheses"][k]
            expected = {f"h{int(h[1:]) - 1}": e for h, e in expected.items()}
            continue
        expected[f"h{k}"] = told
    if sum("scrubbed" in e and e["shuffled"] != e["model"] and len(e["off"]) > 2 for e in expected.values()) < 2:
        return None
    write(case, folder)
    with open(os.path.join(folder, "case.onnx"), "rb") as f:
        model = base64.b64encode(f.read()).decode()
    text, data = (open(os.path.join(folder, name)).read() for name in ("case.scrub", "case.jsonl"))
    return {"model": model, "data": data, "text": text, "expected": dict(sorted(expected.items()))}


def save(path, first, cases, folder):
    found, seed = {}, first
    while len(found) < cases:
        case = make_case(seed)
        with contextlib.suppress(Meaningless):
            repair(case, forward(case, case["columns"]), np.random.default_rng(seed))
            told = kept_case(case, folder)
            if told:
                found[seed] = told
        seed += 1
    with open(path, "w") as f:
        f.write("{\n" + ",\n".join(f"{json.dumps(str(s))}: {json.dumps(c, ensure_ascii=False)}" for s, c in found.items()) + "\n}\n")
    print(len(found), "cases of seeds up to", seed - 1, os.path.getsize(path), "bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--out", default=os.path.join(tempfile.gettempdir(), "scrub-fuzz"))
    parser.add_argument("--node", default=NODE)
    parser.add_argument("--sample-every", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--save", help="only write the cases and what the oracle says of them to this file")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.save:
        save(args.save, args.first, args.cases, os.path.join(args.out, "save"))
        return
    engine, count, sorts = Engine(args.node), Counter(), Counter()
    work, start = os.path.join(args.out, "work"), time.time()
    for seed in range(args.first, args.first + args.cases):
        if time.time() - start > args.seconds:
            break
        case = make_case(seed)
        with contextlib.suppress(Meaningless):
            repair(case, forward(case, case["columns"]), np.random.default_rng(seed))
        sampled = seed % args.sample_every == 0
        result = Comparison(engine, case, work, sampled)
        count.update(result.count)
        count["cases"] += 1
        seen = set()
        for k, sort, why in result.wrong:
            sorts[sort] += 1
            if sort in seen or sorts[sort] > 3:
                continue
            seen.add(sort)
            small = cut_down(engine, case, k, sort, work, sampled)
            folder = os.path.join(args.out, f"{seed}-{len(seen)}")
            final = Comparison(engine, small, folder, sampled)
            with open(os.path.join(folder, "why.txt"), "w") as f:
                f.write("\n".join(f"{s}: {w}" for _, s, w in final.wrong) + "\n" + json.dumps(small) + "\n")
            print(f"seed {seed}: {sort}: {why[:300]}\n  {folder}", flush=True)
    print(dict(count), dict(sorts), f"{time.time() - start:.0f} s")
    sys.exit(1 if sorts else 0)


if __name__ == "__main__":
    main()
