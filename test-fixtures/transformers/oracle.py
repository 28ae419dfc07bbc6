"""Exact scrubbed losses of the hypotheses of `gpt2.scrub`, enumerated in PyTorch from the definitions, without Scrub and without the export.

    python3 oracle.py        # writes gpt2.oracle.json

Every component is taken from hooks (`make.expected`): of GPT-2 the heads are concatenated before one product, so what is scrubbed here is
no tensor of the exported file.
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F

from make import HERE, build, expected
from models import DH

ROWS, FIRST, SECOND = 12, 5, 6


def main():
    model, _ = build("gpt2")
    tokens = torch.from_numpy(np.load(os.path.join(HERE, "tokens.npz"))["tokens"])[:ROWS]
    parts = {k: torch.from_numpy(v) for k, v in expected(model, [tokens]).items()}
    first, second = tokens[:, 0] > FIRST, tokens[:, 1] > SECOND
    same = lambda feature, x: [i for i in range(ROWS) if feature[i] == feature[x]]

    @torch.no_grad()
    def loss(final, x):
        """Of one or many residual streams at the last position, for the reference datum x."""
        logits = F.linear(model.ln_f(final), model.wte.weight)
        return F.cross_entropy(logits, tokens[x, 0].expand(len(final)), reduction="none")

    def mlp(l, stream):
        b = model.h[l]
        h = b.c_fc(b.ln_2(stream))
        return b.c_out(0.5 * h * (1.0 + torch.tanh(np.sqrt(2.0 / np.pi) * (h + 0.044715 * h ** 3))))

    final = parts["final.in"][:, -1]
    result = {}
    everything = range(ROWS)
    # One head by itself: whatever else reaches the output is that of one random datum z.
    head = parts["a1.h2"][:, -1]
    result["one head"] = np.mean([loss(torch.stack([final[z] - head[z] + head[p] for z in everything for p in same(first, x)]), x).mean().item() for x in everything])
    # ... with the last MLP recomputed from it.
    with torch.no_grad():
        mid = parts["m1.in"][:, -1:]
        streams = torch.stack([torch.stack([mid[z] - head[z] + head[p] for p in everything]) for z in everything])
        after = (streams + mlp(1, streams))[:, :, -1]
    result["one head through the MLP"] = np.mean([loss(torch.stack([after[z, p] for z in everything for p in same(first, x)]), x).mean().item() for x in everything])
    # The queries of a head: its result is that of queries of p in the keys and values of y, at the last position.
    weight = model.h[1].c_proj.weight[:DH]
    q, k, v = (parts[f"a1.{n}.h0"] for n in "qkv")
    with torch.no_grad():
        pattern = (torch.einsum("pd,ykd->pyk", q[:, -1], k) / DH ** 0.5).softmax(-1)
        turned = torch.einsum("pyk,ykd->pyd", pattern, v) @ weight
    own = parts["a1.h0"][:, -1]
    assert torch.allclose(torch.stack([turned[i, i] for i in everything]), own, atol=1e-5)
    result["queries"] = np.mean([
        loss(torch.stack([final[z] - own[z] + turned[p, y] for z in everything for y in everything for p in same(second, x)]), x).mean().item() for x in everything])
    # All claims hold: every component is drawn as it is.
    result["everything exact"] = np.mean([loss(final[x:x + 1], x).item() for x in everything])
    with open(os.path.join(HERE, "gpt2.oracle.json"), "w") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
    print(result)


if __name__ == "__main__":
    main()
