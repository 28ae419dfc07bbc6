"""Writes numpy-reference.json: what NumPy makes of expressions, for one datum and one member at a time.

    python3 numpy-reference.py > numpy-reference.json

A case is the text in the language of `.scrub` files and, where Python says it differently, the text for Python.
Columns have the axes [datum, member, ...]; the tests run a case on member 0 of every datum, and as a comprehension
over both members.
"""
import json
import math
import warnings

import numpy as np

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
D, M = 3, 2

columns = {
    "x": np.round(rng.normal(size=(D, M, 4)) * 2, 2).astype(np.float32),
    "y": np.round(rng.normal(size=(D, M, 4)), 2).astype(np.float32),
    "d": np.round(rng.normal(size=(D, M, 4)) * 3, 3),
    "p": np.abs(np.round(rng.normal(size=(D, M, 4)), 3)) + 0.1,
    "n": rng.integers(-7, 8, size=(D, M, 4)),
    "m": rng.integers(-2, 3, size=(D, M, 4)),
    "b": rng.random((D, M, 4)) < 0.5,
    "c": rng.random((D, M, 4)) < 0.5,
    "G": np.round(rng.normal(size=(D, M, 2, 3)), 2).astype(np.float32),
    "H": np.round(rng.normal(size=(D, M, 3, 2)), 2),
    "K": rng.integers(-4, 5, size=(D, M, 2, 3)),
    "B": rng.random((D, M, 2, 3)) < 0.5,
    "s": rng.integers(-3, 4, size=(D, M)),
    "t": np.round(rng.normal(size=(D, M)), 2).astype(np.float32),
    "k": rng.integers(0, 4, size=(D, M)),
    "q": rng.integers(-4, 4, size=(D, M, 2)),
    "f": rng.random((D, M)) < 0.5,
    "z": np.array([[[np.nan, 1, -np.inf, 0], [0.5, -0.0, np.inf, 2.5]], [[1.5, -1.5, -2.5, 3.5], [np.nan] * 4], [[0, 1, 2, 3], [np.inf] * 4]]),
}


def softmax(x, axis=-1):
    x = np.asarray(x)
    x = x.astype(np.float64) if x.dtype.kind != "f" else x
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    x = np.asarray(x)
    x = x.astype(np.float64) if x.dtype.kind != "f" else x
    s = x - x.max(axis=axis, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=axis, keepdims=True))


def fl(x):
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def logsumexp(x, axis=None, keepdims=False):
    x = fl(x)
    m = x.max(axis=axis, keepdims=True)
    r = np.log(np.exp(x - m).sum(axis=axis, keepdims=True)) + m
    return r if keepdims else r.squeeze(axis=axis if axis is not None else None)


def normalise(x, scale=1, bias=0, centre=True):
    x = fl(x)
    c = x - x.mean(axis=-1, keepdims=True) if centre else x
    eps = x.dtype.type(1e-5)
    return c / np.sqrt((c * c).mean(axis=-1, keepdims=True) + eps) * scale + bias


def erf(x):
    return np.vectorize(math.erf)(x).astype(np.asarray(x).dtype)


def f8(x):
    return np.asarray(x).astype(np.float64)


names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
names.update(
    softmax=softmax, log_softmax=log_softmax, logsumexp=logsumexp, fl=fl, f8=f8, erf=erf, normalise=normalise, math=math,
    abs=np.abs, true=True, false=False, round=np.round,
    sigmoid=lambda x: 1 / (1 + np.exp(-fl(x))), softplus=lambda x: np.logaddexp(fl(x), fl(x).dtype.type(0)),
    relu=lambda x: np.maximum(x, 0), silu=lambda x: fl(x) / (1 + np.exp(-fl(x))),
    cross_entropy=lambda z, i: -np.take_along_axis(log_softmax(f8(z)), np.expand_dims(i, -1), -1).squeeze(-1),
    binary_cross_entropy=lambda z, t: np.logaddexp(0, f8(z)) - f8(z) * f8(t),
    kl_div=lambda z, t: (softmax(f8(t)) * (log_softmax(f8(t)) - log_softmax(f8(z)))).sum(-1),
    mse=lambda a, b: np.mean((f8(a) - f8(b)) ** 2), mae=lambda a, b: np.mean(np.abs(f8(a) - f8(b))),
    one_hot=lambda x, n: (np.expand_dims(x, -1) == np.arange(n)).astype(np.int64),
    count=lambda x: np.int64(np.count_nonzero(x)),
)

cases = []


def case(text, python=None, tolerance=None):
    cases.append((text, python or text, tolerance))


# Arithmetic and its types.
for a in ["x", "d", "n", "b", "s", "t"]:
    for o in ["+", "-", "*", "/", "//", "%"]:
        for other in ["y", "p", "m", "2", "2.5", "-3", "k"]:
            if a == "b" and o == "-" and other == "b":
                continue
            case(f"{a} {o} {other}")
for a in ["n", "x", "d", "b"]:
    case(f"{a} < m"), case(f"{a} >= y"), case(f"{a} == 1"), case(f"{a} != m"), case(f"{a} <= 0.5"), case(f"{a} > d")
case("b + c", "b.astype(int) + c"), case("b * c", "b.astype(int) * c"), case("-b", "-(b.astype(int))"), case("b - c", "b.astype(int) - c")
case("b / c", "b.astype(int) / c.astype(int)"), case("b + 1"), case("b * 2.5"), case("b * t")
case("-n"), case("-x"), case("+n"), case("+b", "b.astype(int)")
case("n ** 2"), case("n ** 3"), case("n ** 0"), case("x ** 2"), case("p ** 0.5"), case("p ** y"), case("2 ** k"), case("n ** k"), case("x ** 3"), case("d ** -1"), case("2 ** p")
case("n // m"), case("n % m"), case("s // k"), case("d // 0.0"), case("z // 2"), case("z % 2"), case("z // -1.5"), case("z % -1.5"), case("n // 0"), case("n % 0"), case("n // -1"), case("1 / m")
case("b and c", "b & c"), case("b or c", "b | c"), case("not b", "~b"), case("not b and c or x > 0", "(~b & c) | (x > 0)")
case("0 < n <= 3", "(0 < n) & (n <= 3)"), case("x < y < d", "(x < y) & (y < d)")
case("n in [1, 2, 3]", "isin(n, [1, 2, 3])"), case("n not in (1, -2)", "~isin(n, (1, -2))"), case("s in n", "isin(s, n)"), case("n in m", "isin(n, m)"), case("x in [0.5]", "isin(x, [0.5])"), case("n in []", "isin(n, [])")
case("if f then x else y", "where(f, x, y)"), case("if b then 1 else 0.5", "where(b, 1, 0.5)"), case("if b then x else 1", "where(b, x, 1)"), case("if b then n else x", "where(b, n, x)"), case("if b then c else f", "where(b, c, f)")
case("if n > 2 then 1 else if n > 0 then 2 else 3", "where(n > 2, 1, where(n > 0, 2, 3))"), case("if m != 0 then n // m else -1", "where(m != 0, n // m, -1)"), case("if f then G else 0", "where(f, G, 0)")
# Slices and indices.
for text in ["n[1]", "n[-1]", "n[1:3]", "n[::-1]", "n[::2]", "n[:-1]", "n[-3:]", "n[3:0:-2]", "n[10:]", "n[:-10:-1]", "K[1]", "K[:, 1]", "K[0, 2]", "K[:, ::-1]", "K[-1, 1:]", "K[1:, 0]", "K[0][2]", "K[:, [2, 0]]", "n[[3, 0, 0]]", "n[k]", "n[q]", "x[k]", "K[s % 2]", "K[:, k % 3]", "K[s % 2, k % 3]", "n[[[0, 1], [2, 3]]]", "b[k]", "x[n % 4]"]:
    case(text)
# Matrix products.
for text in ["x @ y", "G @ H", "H @ G", "K @ H", "K @ matrix_transpose(K)", "G @ x[:3]", "y[:2] @ G", "n @ m", "x @ [1, 2, 3, 4]", "eye(2) @ G", "G @ ones((3, 2))"]:
    case(text)
case("b @ n", "b.astype(int) @ n")
# Literals.
case("[1, 2, 3] + s", "array([1, 2, 3]) + s"), case("[s, s + 1]", "stack([s, s + 1])"), case("[[1, 2], [s, 4]]", "array([[1, 2], [s, 4]])"), case("[x, y]", "stack([x, y])"), case("[n, 0.5 * n]", "stack([n, 0.5 * n])")
case("[i * s for i in range(3)]", "array([i * s for i in range(3)])"), case("[i + j for i in range(2) for j in range(i, 3) if i != j]", "array([i + j for i in range(2) for j in range(i, 3) if i != j])")
case("[x[j] * j for j in [3, 1]]", "array([x[j] * j for j in [3, 1]])"), case("[sum(n[:j]) for j in range(5)]", "array([sum(n[:j]) for j in range(5)])"), case("[n[j:j + 2] for j in range(3)]", "array([n[j:j + 2] for j in range(3)])")
case("[[n[j] * m[l] for j in range(4)] for l in range(4)]", "outer(m, n)"), case("[K[a, e] for (a, e) in [(0, 1), (1, 2)]]", "array([K[0, 1], K[1, 2]])"), case("[n[k] + j for j in range(2)]", "array([n[k], n[k] + 1])")
case("[sum([n[l] for l in range(j)]) for j in range(1, 4)]", "array([sum(n[:j]) for j in range(1, 4)])")
# Mathematics.
for f in ["abs", "sign", "square", "floor", "ceil", "round", "trunc"]:
    for a in ["x", "d", "n", "z"]:
        case(f"{f}({a})")
for f in ["exp", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh"]:
    for a in ["x", "d", "n"]:
        case(f"{f}({a})")
for f in ["sqrt", "log", "log1p", "log2", "log10"]:
    for a in ["abs(x)", "p", "square(n)", "z"]:
        case(f"{f}({a})")
case("exp(b)", "exp(f8(b))"), case("sqrt(b)", "sqrt(f8(b))"), case("abs(b)", "b.astype(int)"), case("log1p(1e-20 * p)"), case("expm1(1e-20 * p)"), case("log1p(1e-9 * p)"), case("expm1(-1e-9 * p)"), case("floor(b)", "b.astype(int)"), case("exp(2)", "exp(2.0)"), case("expm1(z)"), case("expm1(100 * p)"), case("exp(800 * p)")
# Reductions.
for f in ["sum", "prod", "mean", "max", "min", "any", "all", "var", "std"]:
    for a in ["x", "n", "G", "K"] + ([] if f in ["prod", "var", "std", "mean"] else ["b", "B"]):
        case(f"{f}({a})")
    case(f"{f}(K, axis=0)"), case(f"{f}(G, axis=-1)"), case(f"{f}(K, axis=(0, 1), keepdims=true)"), case(f"{f}(G, axis=1, keepdims=true)"), case(f"{f}(s)")
case("mean(b)"), case("var(x, correction=1)", "var(x, ddof=1)"), case("std(K, axis=0, correction=1)", "std(K, axis=0, ddof=1)"), case("any(z)"), case("all(z)"), case("max(z)"), case("min(z)"), case("sum(z)"), case("prod(b)", "prod(b.astype(int))")
for f in ["argmax", "argmin"]:
    for a in ["x", "n", "K", "b", "d"]:
        case(f"{f}({a})")
    case(f"{f}(K, axis=0)"), case(f"{f}(G, axis=-1, keepdims=true)")
case("count_nonzero(n)", "count(n)"), case("count_nonzero(b)", "count(b)"), case("count_nonzero(K, axis=0)"), case("logsumexp(x)"), case("logsumexp(n)"), case("logsumexp(G, axis=0)"), case("logsumexp(G, axis=0, keepdims=true)"), case("norm(x)", "sqrt(sum(x * x))"), case("norm(K, axis=1)", "sqrt(sum(f8(K) * K, axis=1))"), case("sum(n[:0])"), case("all(b[:0])"), case("any(b[:0])"), case("prod(n[:0])")
for a in ["x", "n", "d"]:
    case(f"cumulative_sum({a})"), case(f"cumulative_prod({a})")
case("cumulative_sum(b)", "cumulative_sum(b.astype(int))"), case("cumulative_sum(K, axis=0)"), case("cumulative_sum(K, axis=-1)"), case("cumulative_prod(K, axis=0)"), case("cumulative_prod(G, axis=1)"), case("cumulative_prod(b)", "cumulative_prod(b.astype(int))")
# Logic.
for f in ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "minimum", "maximum"]:
    case(f"{f}(n, m)"), case(f"{f}(x, y)"), case(f"{f}(n, x)"), case(f"{f}(x, 0.5)")
case("minimum(b, 0)", "minimum(b.astype(int), 0)"), case("maximum(z, 1)"), case("minimum(z, 1)"), case("clip(z, 0, 1)")
for f in ["logical_and", "logical_or", "logical_xor"]:
    case(f"{f}(b, c)")
case("logical_not(b)"), case("where(b, x, y)"), case("where(b, n, 2.5)"), case("where(b, x, 2)"), case("where(b, b, c)"), case("where(B, K, G)"), case("where(n > 0, n, 0)")
case("clip(n, -2, 2)"), case("clip(x, -0.5, 0.5)"), case("clip(x, min=0)", "clip(x, 0, None)"), case("clip(x, max=y)", "clip(x, None, y)"), case("clip(n, m, 3)")
for f in ["isnan", "isinf", "isfinite"]:
    case(f"{f}(z)"), case(f"{f}(n)"), case(f"{f}(x)"), case(f"{f}(b)")
# Arranging.
for a in ["n", "K", "x", "b", "B"]:
    case(f"flip({a})")
case("flip(K, axis=0)"), case("flip(K, axis=-1)"), case("roll(n, 1)"), case("roll(n, -3)"), case("roll(K, 2)"), case("roll(K, 1, axis=1)"), case("roll(b, 5, axis=0)")
case("concat([n, m])"), case("concat((x, n))"), case("concat([K, G], axis=1)"), case("concat([b, c])"), case("concat([b, n])"), case("concat([n, [1, 2]])"), case("concat([n, x[:0]])"), case("concat([n[j:j + 2] for j in range(2)])", "concat([n[0:2], n[1:3]])")
case("stack([n, m])"), case("stack([n, m], axis=1)"), case("stack([K, K + 1], axis=-1)"), case("stack([s, s])"), case("stack([n * j for j in range(2)], axis=1)", "stack([n * 0, n], axis=1)")
case("take(n, [0, 2])"), case("take(K, [1, 1, 0], axis=1)"), case("take(K, s % 2, axis=0)"), case("take(x, k)", "x[k]"), case("take_along_axis(x, argsort(x))"), case("take_along_axis(K, [[0], [2]], axis=1)", "take_along_axis(K, array([[0], [2]]), axis=1)"), case("take_along_axis(K, expand_dims(q % 3, axis=1))"), case("take_along_axis(K, K % 2, axis=0)")
case("expand_dims(n, axis=0)"), case("expand_dims(n, axis=-1)"), case("expand_dims(s)", "expand_dims(s, axis=0)"), case("squeeze(expand_dims(n, axis=0))"), case("squeeze(expand_dims(n, axis=1), axis=1)")
case("reshape(n, (2, 2))"), case("reshape(K, 6)"), case("reshape(K, (-1, 2))"), case("reshape(K, (3, 2, 1))"), case("permute_dims(K, (1, 0))"), case("matrix_transpose(K)"), case("broadcast_to(n, (2, 4))"), case("broadcast_to(s, (2,))"), case("broadcast_to(t, (2, 2))"), case("repeat(n, 2)"), case("repeat(K, 2)"), case("repeat(K, 3, axis=0)"), case("tile(n, 2)"), case("tile(K, (2, 1))"), case("tile(n, (2, 2))"), case("tile(K, 2)")
for a in ["n", "x", "b", "K", "d"]:
    case(f"sort({a})"), case(f"argsort({a})", f"argsort({a}, stable=True)")
case("sort(K, axis=0)"), case("sort(n, descending=true)", "-sort(-n)"), case("argsort(n, descending=true)", "argsort(-n, stable=True)"), case("diff(n)"), case("diff(x)"), case("diff(K, axis=0)"), case("searchsorted([-2, 0, 2], n)"), case('searchsorted([-2, 0, 2], n, side="right")', 'searchsorted([-2, 0, 2], n, side="right")'), case("searchsorted(sort(x), y)"), case("searchsorted([-2, 0, 2], s)")
case("tril(K)"), case("triu(G, k=1)"), case("tril(B, k=-1)"), case("triu(K)")
# Making.
for text in ["zeros((2, 3))", "ones(3)", "eye(3)", "arange(4)", "arange(1, 9, 3)", "arange(0, 1, 0.25)", "linspace(0, 1, 5)", "zeros_like(n)", "ones_like(x)", "full_like(x, 2)", "full((2,), s)", "full((2, 2), 1.5)", 'zeros(2, dtype="int64")', 'ones((1, 2), dtype="bool")', 'eye(2, 3, k=1, dtype="int64")']:
    case(text, text.replace("eye(2, 3, k=1", "eye(2, 3, k=1"))
case("range(2, 5)", "arange(2, 5)"), case("float64(n)"), case("float32(d)"), case("int64(d)", "d.astype(int)"), case("bool(n)", "n.astype(bool)"), case('astype(x, "float64")', "x.astype(float64)"), case("int64(b)", "b.astype(int)"), case("float64(b)", "f8(b)"), case("bool(x)", "x.astype(bool)")
case("len(n) + s", "4 + s"), case("size(K) * s", "6 * s"), case("x * len(x)", "x * 4")
# Networks.
for f in ["softmax", "log_softmax"]:
    case(f"{f}(x)"), case(f"{f}(n)"), case(f"{f}(G, axis=0)"), case(f"{f}(d)")
for f in ["sigmoid", "softplus", "silu"]:
    for a in ["x", "d", "n"]:
        case(f"{f}({a})")
case("relu(x)"), case("relu(n)"), case("gelu(x)", "x * (1 + erf(x / float32(math.sqrt(2)))) / 2"), case("gelu(d)", "d * (1 + erf(d / math.sqrt(2))) / 2", 1e-6), case('gelu(x, approximate="tanh")', "0.5 * x * (1 + tanh(float32(math.sqrt(2 / math.pi)) * (x + float32(0.044715) * x * x * x)))")
case('gelu(d, approximate="tanh")', "0.5 * d * (1 + tanh(math.sqrt(2 / math.pi) * (d + 0.044715 * d ** 3)))"), case("d * sigmoid(d)"), case("x * sigmoid(x)"), case("sigmoid(1000 * d)")
case("layer_norm(x)", "normalise(x)"), case("layer_norm(d, scale=p, bias=m)", "normalise(d, p, m)"), case("layer_norm(G, [1, 2, 3], x[:3])", "normalise(G, array([1, 2, 3]), x[:3])"), case("layer_norm(x, scale=y, bias=t)", "normalise(x, y, t)"), case("rms_norm(d)", "normalise(d, centre=False)"), case("rms_norm(n, scale=2.0)", "normalise(n, 2.0, centre=False)")
case("one_hot(k, 4)"), case("one_hot(n, 3)"), case("matmul(G, H)"), case("dot(x, y)"), case("vecdot(x, y)"), case("vecdot(G, K, axis=0)", "(G * K).sum(axis=0)"), case("outer(n, x)"), case("outer(x[:2], y)")
case("vecdot(b, n)", "sum(b * n)")
# Losses.
case("binary_cross_entropy(x, b)"), case("binary_cross_entropy(t, f)"), case("binary_cross_entropy(d, p / 4)"), case("cross_entropy(x, k)"), case("cross_entropy(d, k)"), case("cross_entropy(n, k)"), case("cross_entropy(G, q % 3)"), case("cross_entropy(G, [2, 0])", "cross_entropy(G, array([2, 0]))"), case("kl_div(x, y)"), case("kl_div(d, n)"), case("kl_div(G, K)"), case("mse(x, y)"), case("mse(G, K)"), case("mae(n, d)")


def encode(value):
    value = np.asarray(value)
    flat = value.astype(np.float64).ravel().tolist()
    flat = ["NaN" if math.isnan(v) else "inf" if v == math.inf else "-inf" if v == -math.inf else int(v) if v.is_integer() else v for v in flat]
    return str(value.dtype), list(value.shape), flat


out = []
for text, python, tolerance in cases:
    results = []
    for datum in range(D):
        for member in range(M):
            local = {name: column[datum, member] for name, column in columns.items()}
            results.append(encode(eval(python, names | local)))
    entry = {"text": text, "dtype": results[0][0], "shape": results[0][1], "values": [r[2] for r in results]}
    if tolerance:
        entry["tolerance"] = tolerance
    out.append(entry)

print('{"columns": {')
print(",\n".join(json.dumps(name) + ": " + json.dumps(dict(zip(("dtype", "shape", "values"), encode(column)))) for name, column in columns.items()))
print('}, "cases": [')
print(",\n".join(json.dumps(entry) for entry in out))
print("]}")
