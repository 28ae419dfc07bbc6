"""Exports the models of `models.py` with random weights, makes the data, and computes what every part of each model is.

    python3 make.py [NAME …]        # PyTorch 1.13, onnx 1.12, numpy

Per model: `NAME.onnx`, and `NAME.expected.npz`: for the first 5 rows of the data the value of every component and point under its
name, computed in PyTorch from hooks: the contribution of head h is z_h @ W_O[h], nothing of it is read from the export.
`tokens.npz` and `pixels.npz` are the data. `NAME.scrub` says one thing about two heads, and that all components together are the model;
that of `gpt2` is written by hand, for `oracle.py`.
"""
import os
import sys
import zlib

import numpy as np
import torch
import torch.nn.functional as F

import models
from models import DH, HEADS, LAYERS, PAD, SEQ, VOCAB, Probed

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, SHOWN = 64, 5


def data():
    rng = np.random.default_rng(5)
    tokens = rng.integers(1, VOCAB, (ROWS, SEQ))
    lengths = rng.integers(3, SEQ + 1, ROWS)
    mask = (np.arange(SEQ)[None] < lengths[:, None]).astype(np.int64)
    tokens = np.where(mask == 1, tokens, PAD)
    types = (np.arange(SEQ)[None] >= lengths[:, None] // 2).astype(np.int64)
    np.savez(os.path.join(HERE, "tokens.npz"), tokens=tokens, input_ids=tokens, attention_mask=mask, token_type_ids=types, label=(tokens[:, 1] > 5))
    pixels = rng.standard_normal((ROWS, 1, 8, 8)).astype(np.float32)
    np.savez(os.path.join(HERE, "pixels.npz"), pixels=pixels, label=pixels.mean((1, 2, 3)) > 0)
    return {k: torch.from_numpy(v) for k, v in (("tokens", tokens), ("input_ids", tokens), ("attention_mask", mask), ("token_type_ids", types), ("pixels", pixels))}


def encoder_record(model, tokens, record):
    """What lies inside `nn.TransformerEncoder`, step by step from its weights."""
    x = record["embed"] + record["pos_embed"]
    blocked = (tokens == PAD)[:, None, None, :]
    for l, layer in enumerate(model.encoder.layers):
        attn = layer.self_attn
        record[f"a{l}.in"] = x
        n = layer.norm1(x) if model.norm_first else x
        q, k, v = (models.apart(y, HEADS) for y in F.linear(n, attn.in_proj_weight, attn.in_proj_bias).split(models.D, -1))
        q = q / DH ** 0.5
        pattern = (q @ k.transpose(-1, -2)).masked_fill(blocked, float("-inf")).softmax(-1)
        record.update({f"a{l}.q": q, f"a{l}.k": k, f"a{l}.v": v, f"a{l}.pattern": pattern, f"a{l}.z": pattern @ v})
        out = F.linear((pattern @ v).transpose(1, 2).flatten(2), attn.out_proj.weight, attn.out_proj.bias)
        x = x + out if model.norm_first else layer.norm1(x + out)
        record[f"m{l}.in"] = x
        n = layer.norm2(x) if model.norm_first else x
        record[f"m{l}.pre"] = layer.linear1(n)
        record[f"m{l}.post"] = layer.activation(record[f"m{l}.pre"])
        record[f"m{l}"] = layer.linear2(record[f"m{l}.post"])
        record["final.in"] = x + record[f"m{l}"]
        x = record["final.in"] if model.norm_first else layer.norm2(record["final.in"])
    if model.encoder.norm is None:
        return x[:, 0]
    record["final.in"] = x
    record["final.normed"] = model.encoder.norm(x)
    return record["final.normed"][:, 0]


def expected(model, inputs):
    """Every part by its name, `[N, …]`; per-head points one by one."""
    Probed.record = {}
    with torch.no_grad():
        out = model(*inputs)
        record = Probed.record
        Probed.record = None
        if isinstance(model, models.Encoder):
            again = model.head(encoder_record(model, inputs[0], record))
            assert torch.allclose(out, again, atol=1e-4), (out - again).abs().max()
            output = lambda l: (model.encoder.layers[l].self_attn.out_proj.weight.T, model.encoder.layers[l].self_attn.out_proj.bias)
        else:
            output = model.output
        parts = {"output": out}
        rows = inputs[0].shape[0]
        for name, value in record.items():
            kind = name.split(".")[-1]
            if kind in ("q", "k", "v", "z", "pattern", "q_raw", "k_raw"):
                for h in range(model.heads):
                    parts[f"{name}.h{h}"] = value[:, h * value.shape[1] // model.heads]
                if kind == "pattern":
                    parts[name] = value
            else:
                parts[name] = value if value.shape[0] == rows and value.ndim == 3 else value.expand(rows, *record["a0.in"].shape[1:])
        for l in range(LAYERS):
            weight, bias = output(l)
            z = record[f"a{l}.z"]
            d = z.shape[-1]
            for h in range(model.heads):
                parts[f"a{l}.h{h}"] = z[:, h] @ weight[h * d:(h + 1) * d]
            if bias is not None:
                parts[f"a{l}.bias"] = bias.expand(rows, *record["a0.in"].shape[1:])
    return {name: np.ascontiguousarray(value.detach().numpy()) for name, value in parts.items()}


MODELS = {
    "lens": (lambda: models.Lens(), ["tokens"]),
    "lens-joint": (lambda: models.Lens(result=False), ["tokens"]),
    "attention-only": (lambda: models.Lens(mlp=False, norm=False), ["tokens"]),
    "gpt2": (lambda: models.Gpt2(), ["input_ids"]),
    "packed": (lambda: models.Packed(), ["tokens"]),
    "llama": (lambda: models.Llama(), ["input_ids", "attention_mask"]),
    "gptj": (lambda: models.GptJ(), ["input_ids"]),
    "encoder-pre": (lambda: models.Encoder(True), ["tokens"]),
    "encoder-post": (lambda: models.Encoder(False), ["tokens"]),
    "positions-first": (lambda: models.Encoder(False, batch_first=False), ["tokens"]),
    "bert": (lambda: models.Bert(), ["input_ids", "token_type_ids", "attention_mask"]),
    "separate": (lambda: models.Separate(), ["tokens"]),
    "vit": (lambda: models.Vit(), ["pixels"]),
}


def build(name):
    """The model with its random weights, and the names of its inputs."""
    make, names = MODELS[name]
    torch.manual_seed(zlib.crc32(name.encode()))
    model = make()
    for p in model.parameters():
        if p.dim() == 1:
            torch.nn.init.normal_(p, 0.5, 0.3)
    # In evaluation mode `nn.TransformerEncoder` takes a fused path that cannot be exported; no model here has dropout.
    return model.train(isinstance(model, models.Encoder)), names


def hypotheses(name, names, parts):
    """A file that maps nodes to two heads, and one to every component."""
    data = "pixels.npz" if names == ["pixels"] else "tokens.npz"
    logits = "logits[7]" if parts["output"].ndim == 3 else "logits"
    components = [p for p in parts if p != "output" and ("." not in p or p.split(".")[1][0] in "hb" and p[0] == "a" and p.count(".") == 1) and not p.endswith("pattern")]
    lines = "".join(f"  node c{i} = exact    at {p}\n" for i, p in enumerate(components))
    return f"""# Made by make.py: see gpt2.scrub for hypotheses with known answers.
model "{name}.onnx"
data  "{data}" limit 16
metric loss = cross_entropy({logits}, if label then 1 else 0)

graph {{
  use transformer
}}

hypothesis "two heads" {{
  node early = label    at a0.h1
  node late  = label    at a1.h0
  node out   = exact    at logits    from early through any, late through any
}}

hypothesis "everything exact" {{
{lines}  node out = exact    at logits    from {", ".join(f"c{i}" for i in range(len(components)))}
}}
"""


def main():
    torch.set_num_threads(1)
    columns = data()
    for name in sys.argv[1:] or MODELS:
        model, names = build(name)
        inputs = [columns[n] for n in names]
        parts = expected(model, [i[:SHOWN] for i in inputs])
        path = os.path.join(HERE, f"{name}.onnx")
        torch.onnx.export(model, tuple(i[:3] for i in inputs), path, opset_version=17, input_names=names, output_names=["logits"],
                          dynamic_axes={n: {0: "batch"} for n in [*names, "logits"]}, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=not isinstance(model, models.Encoder))
        np.savez_compressed(os.path.join(HERE, f"{name}.expected.npz"), **parts)
        if name != "gpt2":
            with open(os.path.join(HERE, f"{name}.scrub"), "w") as f:
                f.write(hypotheses(name, names, parts))
        print(f"{name}: {os.path.getsize(path)} bytes, {len(parts)} parts")


if __name__ == "__main__":
    main()
