"""Makes the two arrays that `paren.scrub` loads, from the unmodified model on `paren.npz`.

    python3 arrays.py

    open_direction.npy   float32 [56]      what a0.h0 writes at position 1, per unit of 2 * opens[1] / parens[1] - 1 (least squares
                                           with an intercept)
    share_weights.npy    float32 [43, 42]  [length, position]: the mean attention that a0.h0 pays to a position from position 1 in
                                           strings of that length; 0 where there is none. Rounded to multiples of 1/4096, so that
                                           sums of weights are exact in any order
"""
import os

import numpy as np
import torch

from export import load
from make_data import CLOSE, OPEN, PAD, POSITIONS

HERE = os.path.dirname(os.path.abspath(__file__))


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    model = load(os.path.join(HERE, "paren.pt"))
    tokens = np.load(os.path.join(HERE, "paren.npz"))["tokens"]
    b = model.blocks[0]
    written, attention = [], []
    for i in range(0, len(tokens), 1000):
        t = torch.from_numpy(tokens[i:i + 1000])
        n = b.ln_a(model.embed[t] + model.pos)
        q = n[:, 1] @ b.attn.W_q[0] + b.attn.b_q[0]
        k = n @ b.attn.W_k[0] + b.attn.b_k[0]
        v = n @ b.attn.W_v[0] + b.attn.b_v[0]
        scores = (k @ q[:, :, None])[:, :, 0] / np.sqrt(q.shape[1]) + (t == PAD) * -1e4
        a = torch.softmax(scores, -1)
        attention.append(a.double().numpy())
        written.append(((a[:, None] @ v)[:, 0] @ b.attn.W_o[0]).double().numpy())
    attention, written = np.concatenate(attention), np.concatenate(written)

    is_open = tokens == OPEN
    share = is_open[:, 1:].sum(1) / (is_open | (tokens == CLOSE))[:, 1:].sum(1)
    x = np.stack([2 * share - 1, np.ones(len(share))], 1)
    slope = np.linalg.lstsq(x, written, rcond=None)[0][0]
    np.save(os.path.join(HERE, "open_direction.npy"), slope.astype(np.float32))

    length = (tokens != PAD).sum(1)
    weights = np.zeros((POSITIONS + 1, POSITIONS))
    for n in np.unique(length):
        weights[n] = attention[length == n].mean(0)
    np.save(os.path.join(HERE, "share_weights.npy"), (np.round(weights * 4096) / 4096).astype(np.float32))

    explained = 1 - ((written - x @ np.linalg.lstsq(x, written, rcond=None)[0]) ** 2).sum() / ((written - written.mean(0)) ** 2).sum()
    print(f"open_direction: norm {np.linalg.norm(slope):.3f}; explains {100 * explained:.1f} % of the variance of a0.h0[1]")
    print("share_weights for length 22:", " ".join(f"{w:.3f}" for w in weights[22, :22]))


if __name__ == "__main__":
    main()
