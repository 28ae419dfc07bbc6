"""Exports `induction.pt` twice (opset 17, dynamic batch axis).

    python3 export.py [--weights induction.pt]
    ORT_DISABLE_TELEMETRY=1 node verify.mjs          # compares both with PyTorch and measures the loss

`induction.onnx` computes head by head and has a name for every tensor of interest:

    tokens                          input, int64 [N, 64]
    embed                           token embeddings [N, 64, 64];  pos_embed: constant [64, 64]
    a{l}.in, a{l}.normed            residual stream entering layer l, before and after its LayerNorm
    a{l}.placed                     a{l}.normed + pos_embed: what queries and keys are made of (values are made of a{l}.normed)
    a{l}.q.h{h}  .k.h{h}  .v.h{h}   [N, 64, 32]
    a{l}.pattern, a{l}.pattern.h{h} [N, 4, 64, 64] and [N, 64, 64]
    a{l}.z.h{h}                     pattern times values [N, 64, 32]
    a{l}.h{h}                       one head's own additive contribution [N, 64, 64]
    final.in, final.normed          residual stream at the end, before and after the last LayerNorm
    logits                          output [N, 64, 65]: the next word at every position

The residual stream is a plain chain of additions: embed + a0.h0 + ... + a0.h3 + a1.h0 + ... + a1.h3 = final.in. Weights are
initializers a{l}.W_q.h{h} and so on; a head's contribution is a{l}.z.h{h} @ a{l}.W_o.h{h}.

`induction.plain.onnx` is the same network as it comes out of `torch.onnx.export` without further work: all heads of a layer at once,
one output projection that sums them, no names.

`torch.onnx.export` does not name intermediate tensors, but it does name outputs. So the exported function returns every
tensor of interest, and afterwards all of them but `logits` are struck from the list of outputs; the names stay on the tensors.
"""
import argparse
import json
import os

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from train import CAUSAL, DH, HEADS, LAYERS, Model

HERE = os.path.dirname(os.path.abspath(__file__))


def load(path):
    """The trained network."""
    model = Model()
    model.load_state_dict(torch.load(path)["model"])
    return model.eval()


class Named(torch.nn.Module):
    """The network head by head, returning every tensor of interest."""

    def __init__(self, model):
        super().__init__()
        self.m = model

    def forward(self, tokens):
        out = {}
        m = self.m
        x = out["embed"] = torch.nn.functional.embedding(tokens, m.embed)
        for l, b in enumerate(m.blocks):
            out[f"a{l}.in"] = x
            n = out[f"a{l}.normed"] = b.ln(x)
            p = out[f"a{l}.placed"] = n + m.pos
            scores = []
            for h in range(HEADS):
                for name, y in (("q", p), ("k", p), ("v", n)):
                    out[f"a{l}.{name}.h{h}"] = y @ getattr(b, "W_" + name)[h]
                scores.append((out[f"a{l}.q.h{h}"] @ out[f"a{l}.k.h{h}"].transpose(1, 2)) * (DH ** -0.5))
            pattern = out[f"a{l}.pattern"] = torch.softmax(torch.stack(scores, 1) + CAUSAL, -1)
            for h in range(HEADS):
                ph = out[f"a{l}.pattern.h{h}"] = pattern[:, h]
                z = out[f"a{l}.z.h{h}"] = ph @ out[f"a{l}.v.h{h}"]
                out[f"a{l}.h{h}"] = z @ b.W_o[h]
                x = x + out[f"a{l}.h{h}"]
        out["final.in"] = x
        out["final.normed"] = m.ln_f(x)
        out["logits"] = out["final.normed"] @ m.unembed
        self.names = list(out)
        return tuple(out.values())


def finish(path, model, names):
    """Only `logits` stays an output, constants get the names they have in the docstring."""
    g = onnx.load(path)
    del g.graph.output[:-1]
    assert [o.name for o in g.graph.output] == ["logits"]
    made = {o for n in g.graph.node for o in n.output}
    assert set(names) <= made, set(names) - made
    known = {"pos_embed": model.pos, "token_embed": model.embed, "unembed": model.unembed, "final.ln.weight": model.ln_f.weight,
             "final.ln.bias": model.ln_f.bias, "causal_mask": CAUSAL}
    for l, b in enumerate(model.blocks):
        known.update({f"a{l}.ln.weight": b.ln.weight, f"a{l}.ln.bias": b.ln.bias})
        for h in range(HEADS):
            known.update({f"a{l}.W_{n}.h{h}": getattr(b, "W_" + n)[h] for n in "qkvo"})
    rename = {}
    for i in g.graph.initializer:
        value = numpy_helper.to_array(i)
        same = [k for k, v in known.items() if v.shape == value.shape and np.array_equal(v.detach().numpy(), value)]
        if same:
            assert len(same) == 1, (i.name, same)
            rename[i.name] = same[0]
        elif value.size > 1:
            raise AssertionError(i.name)
    assert set(rename.values()) | {"causal_mask"} == set(known), set(known) - set(rename.values())
    for i in g.graph.initializer:
        i.name = rename.get(i.name, i.name)
    for n in g.graph.node:
        n.input[:] = [rename.get(i, i) for i in n.input]
    del g.graph.value_info[:]
    return g


def save(g, path):
    onnx.checker.check_model(g)
    g = onnx.shape_inference.infer_shapes(g)
    onnx.save(g, path)
    print(f"{os.path.basename(path)}: {os.path.getsize(path)} bytes, {len(g.graph.node)} nodes")


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--weights", default=os.path.join(HERE, "induction.pt"))
    ap.add_argument("--out", default=HERE, help="folder")
    a = ap.parse_args()
    torch.set_num_threads(1)
    model = load(a.weights)
    named = Named(model)
    z = np.load(os.path.join(HERE, "induction.npz"))
    tokens = torch.from_numpy(z["tokens"])
    with torch.no_grad():
        slow, fast = named(tokens[:200])[-1], model(tokens[:200])
        assert torch.allclose(slow, fast, atol=1e-4), (slow - fast).abs().max()
        loss = torch.nn.functional.cross_entropy(fast.transpose(1, 2), torch.from_numpy(z["targets"][:200]), reduction="none")
        per_row = (loss * torch.from_numpy(z["weight"][:200])).sum(1)
    with open(os.path.join(a.out, "induction.check.json"), "w") as f:
        # The logits of two rows at the last position, and the loss of 200 rows where induction can help.
        json.dump({"logits": [[round(float(v), 6) for v in slow[i, -1]] for i in range(2)], "loss": [round(float(v), 6) for v in per_row]}, f)
        f.write("\n")
    how = dict(opset_version=17, input_names=["tokens"], dynamic_axes={"tokens": {0: "N"}, "logits": {0: "N"}})
    names, path = list(named.names), os.path.join(a.out, "induction.onnx")
    torch.onnx.export(named, (tokens[:3],), path, output_names=names, **how)
    save(finish(path, model, names), path)
    path = os.path.join(a.out, "induction.plain.onnx")
    torch.onnx.export(model, (tokens[:3],), path, output_names=["logits"], **how)
    save(onnx.load(path), path)


if __name__ == "__main__":
    main()
