"""The worked example: a model of "z1 > 3 or z2 > 3" with a small contribution of z3, and its data.

    python3 make_toy.py        # writes toy.onnx and toy.jsonl (fixed seed)

    /A    = 1 if z1 > 3 else 0
    /B    = 1 if z2 > 3 else 0
    /C    = 0.25 (z3 - 3)
    /or   = max(/A, /B)                 (the hidden "or")
    logit = 6 /or - 3 + /C

z1, z2, z3 are integers 0..6; z2 copies z1 in about a quarter of the rows and z3 leans towards z1, so that the columns are
slightly correlated. The label is "z1 > 3 or z2 > 3".
"""
import json
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, SEED = 48, 8


def rows():
    rng = np.random.default_rng(SEED)
    z1 = rng.integers(0, 7, ROWS)
    z2 = np.where(rng.random(ROWS) < 0.25, z1, rng.integers(0, 7, ROWS) * rng.integers(0, 2, ROWS))
    z3 = np.where(rng.random(ROWS) < 0.3, z1, rng.integers(0, 7, ROWS))
    return [{"z1": int(a), "z2": int(b), "z3": int(c), "label": bool(a > 3 or b > 3)} for a, b, c in zip(z1, z2, z3)]


def model():
    node = lambda op, ins, out, **kw: helper.make_node(op, ins, [out], name=out, **kw)
    f = lambda name, v: numpy_helper.from_array(np.array(v, np.float32), name)
    nodes = [
        node("Greater", ["z1", "three"], "/A.gt"), node("Cast", ["/A.gt"], "/A", to=TensorProto.FLOAT),
        node("Greater", ["z2", "three"], "/B.gt"), node("Cast", ["/B.gt"], "/B", to=TensorProto.FLOAT),
        node("Sub", ["z3", "three"], "/C.centred"), node("Mul", ["/C.centred", "quarter"], "/C"),
        node("Max", ["/A", "/B"], "/or"),
        node("Mul", ["/or", "six"], "/or.scaled"), node("Sub", ["/or.scaled", "three"], "/or.logit"),
        node("Add", ["/or.logit", "/C"], "logit"),
    ]
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"])
    g = helper.make_graph(nodes, "toy", [value("z1"), value("z2"), value("z3")], [value("logit")],
                          [f("three", 3), f("quarter", 0.25), f("six", 6)])
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="scrub-fixtures")
    onnx.checker.check_model(m)
    return m


def main():
    onnx.save(model(), os.path.join(HERE, "toy.onnx"))
    data = rows()
    with open(os.path.join(HERE, "toy.jsonl"), "w") as f:
        f.writelines(json.dumps(r) + "\n" for r in data)
    z = np.array([[r["z1"], r["z2"], r["z3"], r["label"]] for r in data])
    kinds = np.bincount((z[:, 0] > 3) * 2 + (z[:, 1] > 3), minlength=4)
    print(len(data), "rows,", z[:, 3].mean(), "positive; neither, B only, A only, both:", kinds,
          "; correlations", np.corrcoef(z[:, :3].T)[np.triu_indices(3, 1)].round(2))


if __name__ == "__main__":
    main()
