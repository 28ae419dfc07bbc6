"""Exports `paren.pt` to `paren.onnx` (opset 17, dynamic batch axis) with a name for every tensor of interest.

    python3 export.py [--weights paren.pt] [--out paren.onnx]
    ORT_DISABLE_TELEMETRY=1 node verify.mjs          # compares with PyTorch and measures loss and accuracy

`torch.onnx.export` does not name intermediate tensors, but it does name outputs. So the exported function returns every
tensor of interest, and afterwards all of them but `logits` are struck from the list of outputs; the names stay on the
tensors. The names:

    tokens                          input, int64 [N, 42]
    embed                           token embeddings [N, 42, 56];  pos_embed: constant [42, 56]
    a{l}.in, a{l}.normed            residual stream entering attention l, before and after its LayerNorm
    a{l}.q.h{h}  .k.h{h}  .v.h{h}   [N, 42, 28]
    a{l}.mask                       [N, 1, 1, 42], 0 or -10000, added to the scores
    a{l}.pattern, a{l}.pattern.h{h} [N, 2, 42, 42] and [N, 42, 42]
    a{l}.h{h}                       one head's own additive contribution [N, 42, 56];  a{l}.bias: constant [56]
    m{l}.in, m{l}.normed, m{l}      residual stream entering MLP l, after its LayerNorm, its contribution
    final.in, final.normed          residual stream at the end, before and after the last LayerNorm
    logits                          output [N, 2]; logits[1] - logits[0] is the logit of "balanced"

The residual stream is a plain chain of additions:
embed + pos_embed + a0.h0 + a0.h1 + a0.bias + m0 + a1.h0 + ... + m2 = final.in.

The weights are rounded to float32 as trained; heads may be relabelled (see RELABEL), which changes nothing but names.
"""
import argparse
import json
import os
import re

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from make_data import PAD
from train import D, DH, HEADS, LAYERS, Paren

HERE = os.path.dirname(os.path.abspath(__file__))
# Which head of the checkpoint is called h0, h1 in every layer. Heads of a layer are interchangeable; they are
# named so that the head that brings the horizon test to position 0 is a2.h1, as in the literature.
RELABEL = [[0, 1], [0, 1], [1, 0]]


def load(path):
    """The trained network with its heads relabelled."""
    model = Paren()
    model.load_state_dict(torch.load(path)["model"])
    with torch.no_grad():
        for block, order in zip(model.blocks, RELABEL):
            for n in ("W_q", "W_k", "W_v", "b_q", "b_k", "b_v", "W_o"):
                p = getattr(block.attn, n)
                p.copy_(p[order].clone())
    return model.eval()


class Named(torch.nn.Module):
    """The whole network, position by position and head by head, returning every tensor of interest."""

    def __init__(self, model):
        super().__init__()
        self.m = model

    def forward(self, tokens):
        out = {}
        m = self.m
        pad = (tokens == PAD).to(torch.float32)[:, None, None, :]
        out["embed"] = torch.nn.functional.embedding(tokens, m.embed)
        x = out["embed"] + m.pos
        for l, b in enumerate(m.blocks):
            a = b.attn
            out[f"a{l}.in"] = x
            n = out[f"a{l}.normed"] = b.ln_a(x)
            mask = out[f"a{l}.mask"] = pad * -1e4
            scores = []
            for h in range(HEADS):
                for p in "qkv":
                    out[f"a{l}.{p}.h{h}"] = n @ getattr(a, "W_" + p)[h] + getattr(a, "b_" + p)[h]
                scores.append((out[f"a{l}.q.h{h}"] @ out[f"a{l}.k.h{h}"].transpose(1, 2)) * (DH ** -0.5))
            pattern = out[f"a{l}.pattern"] = torch.softmax(torch.stack(scores, 1) + mask, -1)
            for h in range(HEADS):
                ph = out[f"a{l}.pattern.h{h}"] = pattern[:, h]
                z = ph @ out[f"a{l}.v.h{h}"]
                out[f"a{l}.h{h}"] = z @ a.W_o[h]
                x = x + out[f"a{l}.h{h}"]
            x = x + a.b_o
            out[f"m{l}.in"] = x
            n = out[f"m{l}.normed"] = b.ln_m(x)
            out[f"m{l}"] = b.W_out(torch.relu(b.W_in(n)))
            x = x + out[f"m{l}"]
        out["final.in"] = x
        out["final.normed"] = m.ln_f(x)
        out["logits"] = m.classifier(out["final.normed"][:, 0])
        self.names = list(out)
        return tuple(out.values())


def nice(m):
    """blocks.0.ln_a.weight -> a0.ln.weight, blocks.0.W_in.bias -> m0.W_in.bias."""
    l, ln, what = m.groups()
    return f"{what}{l}.ln." if ln else f"m{l}.{what}."


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--weights", default=os.path.join(HERE, "paren.pt"))
    ap.add_argument("--out", default=os.path.join(HERE, "paren.onnx"))
    a = ap.parse_args()
    torch.set_num_threads(1)
    model = load(a.weights)
    named = Named(model)
    tokens = torch.from_numpy(np.load(os.path.join(HERE, "paren.npz"))["tokens"])
    with torch.no_grad():
        named(tokens[:2])
        fast = model(tokens[:200])
        slow = named(tokens[:200])[-1]
    assert torch.allclose(fast, slow, atol=1e-4), (fast - slow).abs().max()
    names = list(named.names)
    with open(os.path.join(HERE, "paren.check.json"), "w") as f:
        json.dump([[round(float(v), 6) for v in r] for r in slow], f)
        f.write("\n")
    torch.onnx.export(named, (tokens[:3],), a.out, opset_version=17, input_names=["tokens"], output_names=names,
                      dynamic_axes={"tokens": {0: "N"}, "logits": {0: "N"}})

    g = onnx.load(a.out)
    del g.graph.output[:-1]
    assert [o.name for o in g.graph.output] == ["logits"]
    made = {o for n in g.graph.node for o in n.output}
    assert set(names) <= made, set(names) - made
    rename = {"m.pos": "pos_embed", "m.embed": "token_embed"}
    for l in range(LAYERS):
        rename[f"m.blocks.{l}.attn.b_o"] = f"a{l}.bias"
    known = {}
    for l, b in enumerate(model.blocks):
        for h in range(HEADS):
            for n in ("W_q", "W_k", "W_v", "b_q", "b_k", "b_v", "W_o"):
                known[f"a{l}.{n}.h{h}"] = getattr(b.attn, n)[h]
        known.update({f"m{l}.W_in": b.W_in.weight.T, f"m{l}.W_out": b.W_out.weight.T})
    for i in g.graph.initializer:
        if i.name.startswith("onnx::"):
            value = numpy_helper.to_array(i)
            same = [k for k, v in known.items() if v.shape == value.shape and np.array_equal(v.detach().numpy(), value)]
            assert len(same) == 1, (i.name, same)
            rename[i.name] = same[0]
        elif i.name not in rename:
            rename[i.name] = re.sub(r"^m\.blocks\.(\d)\.(ln_)?([am]|W_in|W_out)\.?", nice, re.sub(r"^m\.(ln_f|classifier)", r"\1", i.name))
    for i in g.graph.initializer:
        i.name = rename.get(i.name, i.name)
        assert i.HasField("raw_data") or not i.dims, i.name
    for n in g.graph.node:
        n.input[:] = [rename.get(i, i) for i in n.input]
    del g.graph.value_info[:]
    onnx.checker.check_model(g)
    g = onnx.shape_inference.infer_shapes(g)
    onnx.save(g, a.out)
    print(f"{a.out}: {os.path.getsize(a.out)} bytes, {len(g.graph.node)} nodes, {len(names)} named tensors")


if __name__ == "__main__":
    main()
