"""Exact values for `toy.scrub`, by enumeration: `toy.expected.json`.

    python3 enumerate.py

Independent of everything else: the model is written out as a formula, every hypothesis as loops over its draws
(reference, datum of the output, datum of every node, datum of the unimportant inputs); equal values are counted
instead of repeated. The metric is the binary cross-entropy of the logit in float64; the logits are exact in float32.
"""
import json
import math
import os
from collections import Counter
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))
D = [json.loads(l) for l in open(os.path.join(HERE, "toy.jsonl"))]
N = len(D)


def A(r):
    return int(r["z1"] > 3)


def B(r):
    return int(r["z2"] > 3)


def C(r):
    return (r["z3"] - 3) / 4


def logit(a, b, c):
    return 6 * max(a, b) - 3 + c


def of(r):
    return logit(A(r), B(r), C(r))


def loss(z, r):
    return max(z, 0) + math.log1p(math.exp(-abs(z))) - z * r["label"]


def cls(feature, y):
    """The class of datum y under a feature; None is `any`, "exact" the datum alone."""
    if feature is None:
        return D
    return [y] if feature == "exact" else [r for r in D if feature(r) == feature(y)]


def dist(values):
    """Distribution of the value of a uniform draw: [(value, probability)]."""
    values = list(values)
    return [(v, Fraction(n, len(values))) for v, n in Counter(values).items()]


def leaf(value, feature, y):
    return dist(value(r) for r in cls(feature, y))


def mean_over(out_feature, draws):
    """Mean loss; draws(y) is the distribution [(logit, probability)] of the output's value on the datum y drawn for it."""
    total = 0.0
    for x in D:
        members = cls(out_feature, x)
        for y in members:
            total += sum(float(p) * loss(z, x) for z, p in draws(y)) / len(members)
    return total / N


def combine(*dists):
    """Independent draws: [(tuple of values, probability)]."""
    out = [((), Fraction(1))]
    for d in dists:
        out = [(v + (w,), p * q) for v, p in out for w, q in d]
    return out


gt = lambda column, t: lambda r: r[column] > t
either = lambda r: r["z1"] > 3 or r["z2"] > 3
Z3 = dist(C(r) for r in D)                                # z3 of one more datum
Z23 = dist((B(r), C(r)) for r in D)                       # z2 and z3 of one more datum
Z13 = dist((A(r), C(r)) for r in D)
Z2 = dist(B(r) for r in D)


def two(fa, fb, fout):
    """A and B under features, z3 unimportant, output under fout."""
    return mean_over(fout, lambda y: [(logit(a, b, c), p) for (a, b, c), p in combine(leaf(A, fa, y), leaf(B, fb, y), Z3)])


def inside(fa, shared):
    """A at "/or" with z2 unimportant; "/or" at the logit with z3 unimportant (one more datum, or the same one)."""
    def value(y):
        out = []
        for w in cls(fa, y):                              # the datum of "/or"
            share = Fraction(1, len(cls(fa, y)))
            rest = Z23 if shared else [((b, c), p) for (b, c), p in combine(Z2, Z3)]
            for (a, (b, c)), p in combine(leaf(A, fa, w), rest):
                out.append((logit(a, b, c), p * share))
        return out
    return mean_over(fa, value)


def or_inside():
    def value(y):
        out = []
        members = cls(either, y)
        for w in members:                                 # the datum of "/or"
            for (a, b, c), p in combine(leaf(A, gt("z1", 3), w), leaf(B, gt("z2", 3), w), Z3):
                out.append((logit(a, b, c), p / len(members)))
        return out
    return mean_over(either, value)


def main():
    a3, b3 = gt("z1", 3), gt("z2", 3)
    scrubbed = {
        "or of two": two(a3, b3, either),
        "A is all": mean_over(a3, lambda y: [(logit(a, b, c), p) for (a, (b, c)), p in combine(leaf(A, a3, y), Z23)]),
        "B is all": mean_over(b3, lambda y: [(logit(a, b, c), p) for (b, (a, c)), p in combine(leaf(B, b3, y), Z13)]),
        "or inside": or_inside(),
        "or and z3": mean_over(lambda r: (either(r), r["z3"]), lambda y: [
            (logit(a, b, c), p) for (a, b, c), p in
            combine(leaf(A, a3, y), leaf(B, b3, y), leaf(C, lambda r: r["z3"], y))]),
        "everything exact": mean_over("exact", lambda y: [(of(y), Fraction(1))]),
        "swapped": two(b3, a3, either),
        "wrong threshold": two(gt("z1", 1), gt("z2", 1), lambda r: r["z1"] > 1 or r["z2"] > 1),
        "and": two(a3, b3, lambda r: r["z1"] > 3 and r["z2"] > 3),
        "B does not matter": two(a3, None, either),
        "nothing": mean_over(None, lambda y: [(of(y), Fraction(1))]),
        "A inside, together": inside(a3, False),
        "A inside, shared": inside(a3, True),
        "A is all, separate": mean_over(a3, lambda y: [(logit(a, b, c), p) for (a, b, c), p in combine(leaf(A, a3, y), Z2, Z3)]),
    }
    model = sum(loss(of(r), r) for r in D) / N
    shuffled = sum(loss(of(q), r) for q in D for r in D) / N / N
    expected = {name: {"model": model, "shuffled": shuffled, "scrubbed": s, "recovered": (shuffled - s) / (shuffled - model)}
                for name, s in scrubbed.items()}
    with open(os.path.join(HERE, "toy.expected.json"), "w") as f:
        json.dump(expected, f, indent=1)
        f.write("\n")
    print(f"model {model:.6f} shuffled {shuffled:.6f}")
    for name, e in expected.items():
        print(f"{name:22s} scrubbed {e['scrubbed']:.6f} recovered {100 * e['recovered']:8.3f} %")


if __name__ == "__main__":
    main()
