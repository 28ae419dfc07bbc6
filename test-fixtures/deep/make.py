"""Chains of layers in which every node reads all three of the layer before: 3^k paths through k layers.

deep.npz: x float32 [N, 3], standard normal.
deepK.onnx: t0_i = tanh(x W_i + b_i), tl_i = tanh(sum over j of t(l-1)_j W_lij + b_li), each of shape [3]; y = sum of the last three's means.
What node i of a layer takes of node i before outweighs what it takes of the other two, so that it goes on telling of x_i.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

N, WIDTH = 2000, 3


def model(depth):
    rng = np.random.default_rng(7)
    nodes, weights = [], []

    def weight(name, value):
        weights.append(numpy_helper.from_array(value.astype(np.float32), name))
        return name

    before = None
    for layer in range(depth):
        for i in range(3):
            terms = []
            for j in range(1 if before is None else 3):
                name = f"p{layer}_{i}_{j}"
                value = rng.normal(size=(WIDTH, WIDTH)) * 0.15
                if before is None:
                    value[i] += 2
                elif i == j:
                    value += np.eye(WIDTH)
                nodes.append(helper.make_node("MatMul", ["x" if before is None else before[j], weight(f"W{layer}_{i}_{j}", value)], [name]))
                terms.append(name)
            bias = weight(f"b{layer}_{i}", rng.normal(size=WIDTH) * 0.3)
            total = terms[0]
            for k, term in enumerate(terms[1:] + [bias]):
                nodes.append(helper.make_node("Add", [total, term], [f"s{layer}_{i}_{k}"]))
                total = f"s{layer}_{i}_{k}"
            nodes.append(helper.make_node("Tanh", [total], [f"t{layer}_{i}"]))
        before = [f"t{layer}_{i}" for i in range(3)]
    nodes.append(helper.make_node("Add", [before[0], before[1]], ["u"]))
    nodes.append(helper.make_node("Add", ["u", before[2]], ["v"]))
    nodes.append(helper.make_node("ReduceMean", ["v"], ["y"], axes=[1], keepdims=0))
    graph = helper.make_graph(
        nodes, f"deep{depth}",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", WIDTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch"])], weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="make.py")
    made.ir_version = 8
    onnx.checker.check_model(made)
    onnx.save(made, f"deep{depth}.onnx")


x = np.random.default_rng(1).normal(size=(N, WIDTH)).astype(np.float32)
for depth in (3, 7, 12):
    model(depth)
np.savez_compressed("deep.npz", x=x)
