"""Random small problems for fuzz.py: models, data, metrics and hypotheses, as plain dictionaries that can be cut down.

A case is {inputs, bind, ops, outputs, components, columns, metric, hypotheses}:

    inputs      {input: [dtype "f" or "i", shape after the batch]}
    bind        {input: column}
    ops         [{out: [tensors], op, attrs, ins: [tensor or {"const", "dtype"}]}], in topological order
    components  {name: tensor}
    columns     {column: nested lists, one per datum}
    hypotheses  [{mode, entries, split}]; an entry is a node or a family, in the words of its text:
                {name, binder: [index, values] or None, feature, tensor, index: text or None, from: [[reference, through]]}
                where a reference to a column begins with "$" and through is None, "any" or a list of tensors
"""
import re

import numpy as np

f32 = np.float32


# ---------------------------------------------------------------- operators

def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return (e / e.sum(axis, keepdims=True)).astype(f32)


def layer_norm(x, scale, bias):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return ((x - mean) / np.sqrt(var + f32(1e-5)) * scale + bias).astype(f32)


def onnx_slice(x, starts, ends, axes, steps):
    at = [slice(None)] * x.ndim
    for s, e, a, k in zip(starts, ends, axes, steps):
        at[a] = slice(int(s), None if k < 0 and e < -x.shape[a] else int(e), int(k))
    return x[tuple(at)]


def onnx_reshape(x, shape):
    return x.reshape([x.shape[i] if d == 0 else int(d) for i, d in enumerate(shape)])


def onnx_argmax(x, axis, keep):
    found = np.argmax(x, axis)
    return np.expand_dims(found, axis) if keep else found


def split(x, sizes, axis):
    return np.split(x, np.cumsum(sizes)[:-1], axis)


def apply(op, a, ins):
    """Values of the outputs of one operator."""
    x = ins[0]
    axes = tuple(int(i) for i in ins[1]) if op in ("ReduceSum", "Unsqueeze", "Squeeze") else None
    one = {
        "Add": lambda: np.add(*ins), "Sub": lambda: np.subtract(*ins), "Mul": lambda: np.multiply(*ins), "Neg": lambda: -x,
        "Abs": lambda: np.abs(x), "Relu": lambda: np.maximum(x, f32(0)), "Tanh": lambda: np.tanh(x), "Identity": lambda: x,
        "Clip": lambda: np.clip(x, ins[1], ins[2]), "MatMul": lambda: np.matmul(*ins), "Gemm": lambda: ins[0] @ (ins[1].T if a.get("transB") else ins[1]) + ins[2],
        "Sum": lambda: sum(ins[1:], x), "Max": lambda: np.maximum.reduce(ins), "Where": lambda: np.where(*ins), "Greater": lambda: np.greater(*ins),
        "Cast": lambda: x.astype({1: f32, 7: np.int64, 11: np.float64}[a["to"]]), "ArgMax": lambda: onnx_argmax(x, a["axis"], a["keepdims"]), "Gather": lambda: np.take(x, ins[1], a.get("axis", 0)), "Concat": lambda: np.concatenate(ins, a["axis"]),
        "Slice": lambda: onnx_slice(x, *ins[1:]), "Transpose": lambda: x.transpose(a["perm"]), "Reshape": lambda: onnx_reshape(x, ins[1]),
        "Flatten": lambda: x.reshape(len(x), -1), "Softmax": lambda: softmax(x, a["axis"]), "LayerNormalization": lambda: layer_norm(*ins),
        "ReduceSum": lambda: x.sum(axes, dtype=x.dtype, keepdims=bool(a["keepdims"])), "ReduceMean": lambda: x.mean(tuple(a["axes"]), dtype=f32, keepdims=bool(a["keepdims"])),
        "ReduceMax": lambda: x.max(tuple(a["axes"]), keepdims=bool(a["keepdims"])), "Unsqueeze": lambda: np.expand_dims(x, axes),
        "Squeeze": lambda: np.squeeze(x, axes), "Expand": lambda: x * np.ones([int(d) for d in ins[1]], x.dtype), "CumSum": lambda: np.cumsum(x, int(ins[1]), dtype=f32),
        "Pad": lambda: np.pad(x, list(zip(*np.asarray(ins[1]).reshape(2, -1).tolist()))), "Einsum": lambda: np.einsum(a["equation"], *ins).astype(f32),
        "Shape": lambda: np.array(x.shape, np.int64), "Tile": lambda: np.tile(x, [int(d) for d in ins[1]]),
    }
    return split(x, ins[1], a["axis"]) if op == "Split" else [one[op]()]


DTYPES = {"f": f32, "i": np.int64, "s": f32}


def const(value, dtype="f"):
    return {"const": np.asarray(value).tolist(), "dtype": dtype}


def operand(i):
    return np.asarray(i["const"], DTYPES[i["dtype"]])


def forward(case, columns):
    """Every tensor on every datum. columns: by name, batch first."""
    acts = {i: np.asarray(columns[case["bind"][i]]).astype(DTYPES[d]) for i, (d, _) in case["inputs"].items()}
    for o in case["ops"]:
        values = apply(o["op"], o["attrs"], [acts[i] if isinstance(i, str) else operand(i) for i in o["ins"]])
        acts.update(zip(o["out"], values))
    return acts


# ---------------------------------------------------------------- models

class Maker:
    """Grows a model, trying every operator on the data at once."""

    def __init__(self, rng):
        self.rng = rng
        self.P, self.d, self.V, self.N = int(rng.integers(2, 5)), int(rng.integers(2, 4)), 4, int(rng.integers(4, 10))
        self.inputs, self.columns, self.bind, self.ops, self.acts, self.used = {}, {}, {}, [], {}, set()
        #: Tensors [N, ...] of floats.
        self.floats = []

    def pick(self, items):
        return items[int(self.rng.integers(len(items)))]

    def chance(self, p):
        return self.rng.random() < p

    def small(self, *shape):
        return self.rng.choice([-1, -0.5, 0.5, 1, 2, 0.25, 0], shape).astype(f32)

    def put(self, op, ins, outs=1, keep=True, **attrs):
        """Add an operator; None when it does not compute, or grows too large."""
        try:
            values = apply(op, attrs, [self.acts[i] if isinstance(i, str) else operand(i) for i in ins])
        except (ValueError, IndexError):
            return None
        for v in values:
            if v.size == 0 or v.size / self.N > 40 or (v.dtype == f32 and not np.abs(v).max() < 60):
                return None
        names = [f"t{len(self.ops)}" + "abc"[k] * (outs > 1) for k in range(outs)]
        self.ops.append({"out": names, "op": op, "attrs": attrs, "ins": ins})
        self.used.update(i for i in ins if isinstance(i, str))
        for name, v in zip(names, values):
            self.acts[name] = v
            if keep and v.dtype == f32 and v.ndim <= 4:
                self.floats.append(name)
        return names[0]

    def add_inputs(self):
        for k in range(int(self.rng.integers(1, 4))):
            kind, shape = self.pick([("f", ()), ("f", ()), ("f", (self.P,)), ("f", (self.d,)), ("f", (self.P, self.d)), ("i", (self.P,)), ("i", ())])
            name = f"x{k}"
            again = [i for i, (d, s) in self.inputs.items() if (d, tuple(s)) == (kind, shape)]
            if again and self.chance(0.25):
                column = self.bind[self.pick(again)]  # one column feeds two inputs
            else:
                column = name if self.chance(0.8) else f"c{k}"
                values = self.rng.integers(0, self.V, (self.N, *shape)) if kind == "i" else self.rng.choice(self.pick([[0, 1], [0, 1, 2], [-1, 0, 1], [0, 0.5, 1]]), (self.N, *shape))
                for _ in range(int(self.rng.integers(0, 3))):
                    values[self.rng.integers(self.N)] = values[self.rng.integers(self.N)]
                self.columns[column] = values.tolist()
            self.inputs[name], self.bind[name] = [kind, list(shape)], column
            self.acts[name] = np.asarray(self.columns[column]).astype(DTYPES[kind])
            if kind == "f":
                self.floats.append(name)
            elif self.chance(0.8):
                self.put("Gather", [const(self.small(self.V, self.d)), name], axis=0)
            else:
                self.put("Cast", [name], to=1)

    def tensor(self, rank=None):
        """Some float tensor; rather one that nothing reads yet."""
        fits = [t for t in self.floats if rank is None or self.acts[t].ndim - 1 in rank]
        fresh = [t for t in fits if t not in self.used]
        return self.pick(fresh) if fresh and self.chance(0.6) else self.pick(fits) if fits else None

    def like(self, t):
        same = [u for u in self.floats if self.acts[u].shape == self.acts[t].shape]
        return self.pick(same)

    def step(self):
        kind = self.pick(["binary"] * 5 + ["unary"] * 3 + ["matmul"] * 3 + ["mulconst"] * 3 + ["sum", "max", "where", "concat", "split", "slice", "slice",
                         "gather", "gather", "transpose", "reshape", "reshape", "flatten", "softmax", "softmax", "norm", "norm", "reduce", "reduce", "reduce",
                         "unsqueeze", "expand", "cumsum", "pad", "einsum", "merge", "swap", "shaped", "attend", "addconst", "mlp",
                         "cast", "argmax", "heads"])
        return getattr(self, "do_" + kind)()

    def do_binary(self):
        t = self.tensor()
        u = self.like(t)
        if u != t or self.chance(0.2):
            return self.put(self.pick(["Add", "Add", "Add", "Sub", "Mul"]), [t, u])

    def do_unary(self):
        op = self.pick(["Neg", "Abs", "Relu", "Relu", "Tanh", "Identity", "Clip"])
        return self.put(op, [self.tensor()] + ([const(-1), const(1.5)] if op == "Clip" else []))

    def do_mulconst(self):
        t = self.tensor()
        shape = self.acts[t].shape[1:]
        w = self.small(*shape[int(self.rng.integers(len(shape) + 1)):])
        return self.put("Mul", [t, const(w)] if self.chance(0.5) or w.ndim else [const(w), t])

    def do_addconst(self):
        t = self.tensor()
        return self.put("Add", self.pick([lambda a, b: [a, b], lambda a, b: [b, a]])(t, const(self.small(*self.acts[t].shape[-1:][: self.acts[t].ndim - 1]))))

    def do_matmul(self):
        t = self.tensor([1, 2, 3])
        if t:
            k, n = self.acts[t].shape[-1], int(self.rng.integers(1, 4))
            if self.acts[t].ndim == 2 and self.chance(0.3):
                turned = int(self.rng.integers(2))
                return self.put("Gemm", [t, const(self.small(*((n, k) if turned else (k, n)))), const(self.small(n))], transB=turned)
            return self.put("MatMul", [t, const(self.small(k, n))])

    def do_mlp(self):
        t = self.tensor([1, 2])
        if t:
            k = self.acts[t].shape[-1]
            h = self.put("MatMul", [t, const(self.small(k, 2))])
            h = h and self.put("Relu", [h])
            o = h and self.put("MatMul", [h, const(self.small(2, k))])
            return o and self.put("Add", [t, o])

    def do_sum(self):
        t = self.tensor()
        return self.put("Sum", [t] + [self.like(t) for _ in range(int(self.rng.integers(1, 4)))])

    def do_max(self):
        t = self.tensor()
        return self.put("Max", [t, self.like(t)])

    def do_where(self):
        t = self.tensor()
        b = self.put("Greater", [self.like(t), const(0)], keep=False)
        return b and self.put("Where", [b, t, self.like(t)])

    def do_concat(self):
        t = self.tensor([1, 2, 3])
        if t:
            axis = int(self.rng.integers(1, self.acts[t].ndim))
            return self.put("Concat", [t] + [self.like(t) for _ in range(int(self.rng.integers(1, 3)))], axis=self.pick([axis, axis - self.acts[t].ndim]))

    def do_split(self):
        t = self.tensor([1, 2, 3])
        if t:
            axis = int(self.rng.integers(1, self.acts[t].ndim))
            length = self.acts[t].shape[axis]
            if length > 1:
                first = int(self.rng.integers(1, length))
                return self.put("Split", [t, const([first, length - first], "i")], outs=2, axis=axis)

    def do_slice(self):
        t = self.tensor([1, 2, 3])
        if t:
            axis = int(self.rng.integers(1, self.acts[t].ndim))
            length = self.acts[t].shape[axis]
            start, stop, step = self.pick([(0, length - 1, 1), (1, length, 1), (1, 9999, 1), (0, length, 2), (length - 1, -9999, -1), (-2, 9999, 1), (0, -1, 1)])
            return self.put("Slice", [t, const([start], "i"), const([stop], "i"), const([axis], "i"), const([step], "i")])

    def do_gather(self):
        t = self.tensor([1, 2, 3])
        if t:
            axis = int(self.rng.integers(1, self.acts[t].ndim))
            length = self.acts[t].shape[axis]
            index = self.pick([0, length - 1, -1, self.rng.integers(0, length, 2), self.rng.integers(-length, length, 3), np.arange(length)[::-1], self.rng.integers(0, length, (2, 2))])
            return self.put("Gather", [t, const(index, "i")], axis=axis)

    def do_transpose(self):
        t = self.tensor([2, 3])
        if t:
            return self.put("Transpose", [t], perm=[0] + (1 + self.rng.permutation(self.acts[t].ndim - 1)).tolist())

    def do_reshape(self):
        t = self.tensor([1, 2, 3])
        if t:
            size, shape = int(self.acts[t][0].size), list(self.acts[t].shape[1:])
            shapes = [[size], [1, size], [size, 1]] + [[k, size // k] for k in (2, 3) if size % k == 0] + [[shape[0], -1]] + ([[*shape[:1], 2, shape[1] // 2]] if len(shape) == 2 and shape[1] % 2 == 0 else [])
            target = self.pick(shapes)
            return self.put("Reshape", [t, const([self.pick([0, -1]) if -1 not in target else 0, *target], "i")])

    def do_flatten(self):
        t = self.tensor([2, 3])
        return t and self.put("Flatten", [t], axis=1)

    def do_softmax(self):
        t = self.tensor([1, 2, 3])
        if t:
            axis = int(self.rng.integers(1, self.acts[t].ndim))
            return self.put("Softmax", [t], axis=self.pick([axis, axis - self.acts[t].ndim]))

    def do_norm(self):
        t = self.tensor([1, 2, 3])
        if t and self.acts[t].shape[-1] > 1 and self.acts[t].std(-1).min() > 0.05:
            return self.put("LayerNormalization", [t, const(self.small(self.acts[t].shape[-1])), const(self.small(self.acts[t].shape[-1]))], axis=-1)

    def do_reduce(self):
        t = self.tensor([1, 2, 3])
        if t:
            axis = int(self.rng.integers(1, self.acts[t].ndim))
            keep, op = int(self.rng.integers(2)), self.pick(["ReduceSum", "ReduceSum", "ReduceMean", "ReduceMax"])
            axis = self.pick([axis, axis - self.acts[t].ndim])
            return self.put(op, [t, const([axis], "i")], keepdims=keep) if op == "ReduceSum" else self.put(op, [t], axes=[axis], keepdims=keep)

    def do_unsqueeze(self):
        t = self.tensor([0, 1, 2])
        return self.put("Unsqueeze", [t, const([int(self.rng.integers(1, self.acts[t].ndim + 1))], "i")])

    def do_expand(self):
        ones = [t for t in self.floats if 1 in self.acts[t].shape[1:]]
        if ones:
            t = self.pick(ones)
            return self.put("Expand", [t, const([1] + [self.P if d == 1 else 1 for d in self.acts[t].shape[1:]], "i")])

    def do_cumsum(self):
        t = self.tensor([1, 2])
        return t and self.put("CumSum", [t, const(int(self.rng.integers(1, self.acts[t].ndim)), "i")])

    def do_pad(self):
        t = self.tensor([1, 2])
        if t:
            r = self.acts[t].ndim
            pads = [0] * (2 * r)
            pads[int(self.rng.integers(1, r)) + r * int(self.rng.integers(2))] = 1
            return self.put("Pad", [t, const(pads, "i")])

    def do_einsum(self):
        t = self.tensor([2])
        return t and self.put("Einsum", [t, self.like(t)], equation="nij,nkj->nik")

    def do_merge(self):
        """Batch and positions in one axis for a while, as exporters write linear layers."""
        t = self.tensor([2])
        if t:
            _, p, k = self.acts[t].shape
            a = self.put("Reshape", [t, const([-1, k], "i")], keep=False)
            b = a and self.put("MatMul", [a, const(self.small(k, 2))], keep=False)
            return b and self.put("Reshape", [b, const([-1, p, 2], "i")])

    def do_swap(self):
        """Positions first, batch second for a while."""
        t = self.tensor([2])
        if t:
            a = self.put("Transpose", [t], keep=False, perm=[1, 0, 2])
            b = a and self.put(self.pick(["Relu", "Neg"]), [a], keep=False)
            return b and self.put("Transpose", [b], perm=[1, 0, 2])

    def do_shaped(self):
        """A shape made from the shape of some other tensor."""
        t = self.tensor([1, 2, 3])
        if t:
            s = self.put("Shape", [self.pick(self.floats)], keep=False)
            n = self.put("Slice", [s, const([0], "i"), const([1], "i"), const([0], "i"), const([1], "i")], keep=False)
            c = self.put("Concat", [n, const([int(self.acts[t][0].size)], "i")], keep=False, axis=0)
            return self.put("Reshape", [t, c])

    def do_cast(self):
        """Other types for a while."""
        c = self.put("Cast", [self.tensor()], keep=False, to=self.pick([7, 11]))
        d = c and self.put(self.pick(["Neg", "Abs"]), [c], keep=False)
        return d and self.put("Cast", [d], to=1)

    def do_argmax(self):
        t = self.tensor([1, 2, 3])
        if t:
            axis = int(self.rng.integers(1, self.acts[t].ndim))
            a = self.put("ArgMax", [t], keep=False, axis=self.pick([axis, axis - self.acts[t].ndim]), keepdims=int(self.rng.integers(2)))
            return a and self.put("Cast", [a], to=1)

    def do_heads(self):
        """Two heads, split and merged by reshapes."""
        t = self.tensor([2])
        if t and not any(o["attrs"].get("perm") == [0, 2, 1, 3] for o in self.ops):
            _, p, k = self.acts[t].shape
            def split_heads():
                w = self.put("MatMul", [t, const(self.small(k, 4))])
                r = w and self.put("Reshape", [w, const([0, p, 2, 2], "i")])
                return r and self.put("Transpose", [r], perm=[0, 2, 1, 3])
            q, v = split_heads(), split_heads()
            turned = q and self.put("Transpose", [q], perm=[0, 1, 3, 2])
            s = turned and v and self.put("MatMul", [q, turned])
            a = s and self.put("Softmax", [s], axis=-1)
            z = a and self.put("MatMul", [a, v])
            b = z and self.put("Transpose", [z], perm=[0, 2, 1, 3])
            m = b and self.put("Reshape", [b, const(self.pick([[0, p, 4], [-1, p, 4], [0, 0, -1]]), "i")])
            o = m and self.put("MatMul", [m, const(self.small(4, k))])
            return o and self.put("Add", [t, o])

    def do_attend(self):
        t = self.tensor([2])
        if t:
            k = self.acts[t].shape[-1]
            q = self.put("MatMul", [t, const(self.small(k, 2))])
            r = q and self.put("Transpose", [self.put("MatMul", [t, const(self.small(k, 2))]) or q], perm=[0, 2, 1])
            s = r and self.put("MatMul", [q, r])
            p = s and self.put("Softmax", [s], axis=-1)
            o = p and self.put("MatMul", [p, t])
            return o and self.put("Add", [t, o])


def make_model(rng):
    m = Maker(rng)
    m.add_inputs()
    wanted = len(m.ops) + int(rng.integers(4, 12))
    for _ in range(60):
        if len(m.ops) >= wanted:
            break
        m.step()
    produced = [t for o in m.ops for t in o["out"] if t in m.floats]
    loose = [t for t in m.floats if t not in m.used] or produced[-1:]
    outputs = []
    if len(loose) > 1 and m.chance(0.6):
        scalars = []
        for t in loose[-4:]:
            axes = list(range(1, m.acts[t].ndim))
            s = m.put("ReduceSum", [t, const(axes, "i")], keepdims=0) if axes else t
            if s:
                scalars.append(s)
        y = m.put("Sum", scalars) if m.chance(0.3) else None
        while not y and len(scalars) > 1:
            s = m.put("Add", scalars[-2:])
            scalars = scalars[:-2] + ([s] if s else [])
        if not y and not scalars:
            return None
        outputs.append(y or scalars[0])
    else:
        outputs.append(loose[-1])
    others = [t for t in produced if t not in outputs]
    if others and m.chance(0.3):
        outputs.append(m.pick(others))
    if any(o in m.inputs for o in outputs):
        return None
    batched = [t for t in produced if m.acts[t].shape[0] == m.N]
    share = float(rng.choice([0.2, 0.4, 0.6]))
    chosen = [t for t in batched if m.chance(share) and t not in outputs]
    components = {(t if m.chance(0.6) else "k" + t): t for t in chosen}
    n = m.N
    m.columns["t"] = m.acts[outputs[0]].reshape(n, -1)[:, 0].round(2).tolist() if m.chance(0.5) else rng.integers(0, 3, n).tolist()
    m.columns["label"] = [bool(v) for v in rng.integers(0, 2, n - 1)] + [True]
    case = {"inputs": m.inputs, "bind": m.bind, "ops": m.ops, "outputs": outputs, "components": components, "columns": m.columns,
            "format": m.pick(["npz", "jsonl"]), "where": m.pick([None] * 6 + ["label", "limit"])}
    case["metric"] = make_metric(m, case)
    return case


def make_metric(m, case):
    """The text; Python reads it too."""
    y = case["outputs"][0]

    def scalar(o, space=""):
        shape = m.acts[o].shape[1:]
        if not shape:
            return space + o
        if m.chance(0.3):
            return f"sum({space}{o})"
        return f"{space}{o}[{', '.join(str(int(m.rng.integers(-d, d))) for d in shape)}]"

    whole = f"sum(({y} - model.{y}) ** 2)" if m.acts[y].ndim > 1 else f"({y} - model.{y}) ** 2"
    spread = f"sum(({y} - t) ** 2)" if m.acts[y].ndim > 1 else f"({y} - t) ** 2"
    text = m.pick([f"({scalar(y)} - t) ** 2", spread, f"binary_cross_entropy({scalar(y)}, label)", whole])
    if len(case["outputs"]) > 1:
        o = case["outputs"][1]
        text += m.pick(["", f" + 0.5 * ({scalar(o)} - t) ** 2", f" + {scalar(o)} * {scalar(y)}", f" + abs({scalar(o)} - {scalar(o, 'model.')})"])
    return text


# ---------------------------------------------------------------- hypotheses

class Walks:
    """Who is above whom; shapes carry nothing over."""

    def __init__(self, case):
        self.up = {}
        for o in case["ops"]:
            for t in o["out"]:
                self.up[t] = [] if o["op"] == "Shape" else [i for i in o["ins"] if isinstance(i, str)]

    def above(self, t, stop=()):
        seen, todo = [], list(self.up.get(t, []))
        while todo:
            u = todo.pop(0)
            if u not in seen:
                seen.append(u)
                if u not in stop:
                    todo += self.up.get(u, [])
        return seen


def read_outputs(case):
    """Outputs that the metric reads scrubbed."""
    bare = re.sub(r"model\.\w+", "", case["metric"])
    return [o for o in case["outputs"] if re.search(rf"\b{o}\b", bare)]


class Thinker:
    """Grows one hypothesis, mostly legal."""

    def __init__(self, rng, case, acts):
        self.rng, self.case, self.acts = rng, case, acts
        self.n = len(next(iter(case["columns"].values())))
        self.walks = Walks(case)
        self.reads = read_outputs(case)
        self.blockers = set(case["inputs"]) | set(case["components"].values()) | set(self.reads)
        self.placeable = [t for t, v in acts.items() if v.dtype in (f32, np.float64, np.int64, np.bool_) and v.ndim and self.batched(t)]
        self.entries, self.values = [], {}

    pick, chance = Maker.pick, Maker.chance

    def batched(self, t):
        plain = {t for o in self.case["ops"] for t in o["out"] if o["op"] in ("Shape",)}
        odd = {"Shape"}
        made = {u: o for o in self.case["ops"] for u in o["out"]}
        if t not in made:
            return True
        o = made[t]
        if o["op"] in odd or t in plain:
            return False
        if o["op"] == "Transpose" and o["attrs"]["perm"][0] != 0:
            return not self.batched(o["ins"][0])
        if o["op"] == "Reshape" and isinstance(o["ins"][1], dict) and o["ins"][1]["const"][0] == -1 and self.acts[t].shape[0] != self.acts[next(iter(self.case["inputs"]))].shape[0]:
            return False
        if o["op"] in ("Reshape",):
            return True
        return all(self.batched(i) for i in o["ins"] if isinstance(i, str))

    # features

    def number(self, nodes, index=None):
        """Text of a number per datum."""
        def atom():
            named = [e for e in nodes if e["kind"] == "num"]
            if named and self.chance(0.4):
                e = self.pick(named)
                return self.member(e, index)
            c = self.pick([c for c in self.case["columns"] if c != "label"])
            shape = np.asarray(self.case["columns"][c]).shape[1:]
            if not shape:
                return c
            if self.chance(0.3):
                return self.pick(["sum", "max"]) + f"({c})"
            at = [str(int(self.rng.integers(-d, d))) for d in shape]
            if index and index[1] <= shape[0]:
                at[0] = index[0]
            return f"{c}[{', '.join(at)}]"
        return self.pick([atom, atom, atom, lambda: f"{atom()} + {atom()}", lambda: f"{atom()} % 2", lambda: f"{atom()} // 2", lambda: f"{atom()} * {atom()}"])()

    def member(self, e, index=None):
        if not e["binder"]:
            return e["name"]
        if index and index[1] <= len(e["binder"][1]) and e["binder"][1] == list(range(len(e["binder"][1]))) and self.chance(0.6):
            return f"{e['name']}[{index[0]}]"
        return f"{e['name']}[{self.pick(e['binder'][1])}]"

    def feature(self, nodes, index=None):
        """[text, kind]."""
        boolean = lambda: self.pick([lambda: f"({self.number(nodes, index)}) > {self.pick([0, 1])}", lambda: f"({self.number(nodes, index)}) == {self.pick([0, 1])}", lambda: "label", lambda: "not label"] + [lambda e=e: self.member(e, index) for e in nodes if e["kind"] == "bool"] * 2)()
        def pair():
            parts = [self.pick([lambda: self.number(nodes, index), boolean])() for _ in range(2)]
            parts += [self.member(e, index) for e in nodes if e["kind"] in ("tuple", "num", "bool") and self.chance(0.3)]
            return f"({', '.join(parts)})", "tuple"
        return self.pick([lambda: ("exact", "special"), lambda: ("any", "special"), lambda: ("exact", "special"), lambda: (self.number(nodes, index), "num"), lambda: (self.number(nodes, index), "num"),
                          lambda: (boolean(), "bool"), lambda: (boolean(), "bool"), lambda: (boolean(), "bool"), pair, pair,
                          lambda: (self.pick(list(self.case["columns"])), "array"), lambda: (f"{boolean()} and {boolean()}", "bool"),
                          lambda: (f"if {boolean()} then {self.number(nodes, index)} else {self.pick([-1, 0, 7])}", "num")])()

    # places

    def cut(self, shape):
        """A random slice, as text."""
        parts = []
        for d in shape[: int(self.rng.integers(1, len(shape) + 1))]:
            parts.append(self.pick([str(int(self.rng.integers(-d, d))), str(int(self.rng.integers(0, d))), ":", f"{int(self.rng.integers(0, d))}:", f":{int(self.rng.integers(1, d + 1))}", "::2", "::-1", "1::2", f"-{int(self.rng.integers(1, d + 1))}:", ":-1"]))
        return ", ".join(parts)

    def valid(self, t, index):
        try:
            return eval(f"v[:, {index}]", {"v": self.acts[t]}).size > 0
        except IndexError:
            return False

    def new(self, tensor, index=None, family=False):
        name = f"n{len(self.entries)}" if self.chance(0.8) else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(self.entries)]
        entry = {"name": name, "binder": None, "feature": None, "kind": None, "tensor": tensor, "index": index, "from": []}
        shape = self.acts[tensor].shape[1:]
        if family and shape and shape[0] > 1:
            count = shape[0]
            values = self.pick([list(range(count)), list(range(count)), list(range(count - 1)), [0, count - 1], [count - 1]])
            entry["binder"] = ["i", values]
            entry["index"] = self.pick(["i", "i", "i:i + 1", "-1 - i"])
        self.entries.append(entry)
        return entry

    def place(self, tensor):
        shape = self.acts[tensor].shape[1:]
        if shape and self.chance(0.15):
            return self.new(tensor, family=True)
        if shape and self.chance(0.4):
            index = self.cut(shape)
            if self.valid(tensor, index):
                return self.new(tensor, index)
        return self.new(tensor)

    def grow(self, entry, depth):
        """Parents and a feature."""
        direct = [t for t in self.walks.above(entry["tensor"], self.blockers) if t in self.placeable]
        beyond = [t for t in self.walks.above(entry["tensor"]) if t in self.placeable and t not in direct]
        parents = []
        count = 0 if depth > 4 else int(self.pick([0, 1, 2, 2, 3, 4])) if depth else int(self.pick([1, 2, 3, 3, 4, 5]))
        for _ in range(count):
            pool = beyond if beyond and self.chance(0.25) else direct
            if not pool:
                break
            u = self.pick(pool)
            taken = [p["tensor"] for p in parents] + [i for r, _ in entry["from"] if r[0] == "$" for i, c in self.case["bind"].items() if c == r[1:]]
            if u in taken and self.chance(0.85):
                continue
            through = None
            if pool is beyond:
                between = [b for b in self.blockers if b not in self.case["inputs"] and u in self.walks.above(b) and b in self.walks.above(entry["tensor"])]
                through = self.pick(["any", "any", between, between, [b for b in between if self.chance(0.6)]]) or None
            elif self.chance(0.15):
                between = [b for b in self.blockers if b not in self.case["inputs"] and b in self.walks.above(entry["tensor"])]
                through = self.pick(["any", [b for b in between if self.chance(0.5)] or None])
            if u in self.case["inputs"] and self.chance(0.4):
                ref = "$" + self.case["bind"][u]
                if all(r != ref for r, _ in entry["from"]):
                    entry["from"].append([ref, through])
                continue
            again = [e for e in self.entries if e is not entry and e["tensor"] == u and e not in parents]
            if again and self.chance(0.6):
                p = self.pick(again)
            elif len(self.entries) < 8:
                p = self.place(u)
            else:
                continue
            parents.append(p)
            ref = p["name"]
            if p["binder"] and entry["binder"] and self.chance(0.6) and set(entry["binder"][1]) <= set(p["binder"][1]):
                ref = p["name"] + "[i]"
            elif p["binder"] and self.chance(0.2):
                ref = f"{p['name']}[{self.pick(p['binder'][1])}]"
            entry["from"].append([ref, through])
        for p in parents:
            if p["feature"] is None:
                self.grow(p, depth + 1)
        index = ["i", max(entry["binder"][1]) + 1] if entry["binder"] else None
        entry["feature"], entry["kind"] = self.feature([p for p in parents if p["kind"]], index)
        if "n" in entry["feature"] or parents:
            # A parent that the feature names need not be repeated.
            entry["from"] = [[r, t] for r, t in entry["from"] if t or r[0] == "$" or self.chance(0.7) or not re.search(rf"\b{re.escape(r)}(?!\w)", entry["feature"])]

    def make(self):
        for o in self.reads:
            if o == self.reads[0] or self.chance(0.5):
                shape = self.acts[o].shape[1:]
                tops = [self.place(o)]
                if tops[0]["index"] and self.chance(0.4) and len(shape) > 0:
                    index = self.cut(shape)
                    if self.valid(o, index):
                        tops.append(self.new(o, index))
                for top in tops:
                    self.grow(top, 0)
        if self.chance(0.12):
            self.mutate()
        if self.chance(0.08):
            self.grow(self.place(self.pick(self.placeable)), 2)  # on no path to the root
        order = self.rng.permutation(len(self.entries)).tolist() if self.chance(0.5) else list(range(len(self.entries)))
        entries = [{k: v for k, v in self.entries[i].items() if k != "kind"} for i in order]
        return {"mode": self.pick(["together", "together", "separate", "shared"]), "entries": entries, "split": self.chance(0.2)}

    def mutate(self):
        entry = self.pick(self.entries)
        what = int(self.rng.integers(6))
        if what == 0 and len(self.entries) > 1:
            other = self.pick(self.entries)
            entry["from"].append([other["name"], self.pick([None, None, "any"])])
        elif what == 1 and not entry["binder"]:
            entry["tensor"], entry["index"] = self.pick(self.placeable), None
        elif what == 2 and entry["from"]:
            self.pick(entry["from"])[1] = [self.pick(self.placeable)]
        elif what == 3 and entry["from"]:
            self.pick(entry["from"])[1] = None
        elif what == 5 and entry["from"]:
            entry["from"].append([self.pick(entry["from"])[0], self.pick(["any", [self.pick(list(self.blockers))]])])
        elif what == 4 and self.case["bind"]:
            entry["from"].append(["$" + self.pick(list(self.case["bind"].values())), None])


def make_case(seed):
    """A case for a seed: some seeds give none."""
    rng = np.random.default_rng(seed)
    case = None
    while not case:
        case = make_model(rng)
    acts = forward(case, case["columns"])
    case["hypotheses"] = [Thinker(rng, case, acts).make() for _ in range(4)]
    return case
