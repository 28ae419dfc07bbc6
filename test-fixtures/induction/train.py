"""Trains the attention-only language model of this folder (PyTorch, CPU).

    python3 train.py --seed 1 --steps 8000 --out induction.pt        # resumes from <out>.resume if it is there
    python3 train.py --show --out induction.pt                        # only the table of heads

The only signal is the next word, at every position; data are fresh at every step. Two layers of four heads, no MLPs,
pre-LayerNorm, no biases except in the LayerNorms. Positions are told to queries and keys only, in both layers ("shortformer"):
the residual stream and the values hold words and nothing else. Position embeddings are learnt; they begin as sines and cosines.
"""
import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_data import LENGTH, VOCAB, sample

LAYERS, HEADS, D, DH = 2, 4, 64, 32
CAUSAL = torch.triu(torch.full((LENGTH, LENGTH), -1e4), 1)


def sinusoids():
    """Where the position embeddings begin: sines and cosines [64, D] of wavelengths 4 to 256, from which a rotation leads to the position before."""
    wave = 4 * 64 ** (torch.arange(D // 2) / (D // 2 - 1))
    angle = 2 * math.pi * torch.arange(LENGTH)[:, None] / wave
    return torch.cat([torch.sin(angle), torch.cos(angle)], 1)


class Block(nn.Module):
    """One attention layer; the output is the sum of one term per head."""

    def __init__(self):
        super().__init__()
        self.ln = nn.LayerNorm(D)
        for n in "qkv":
            setattr(self, "W_" + n, nn.Parameter(torch.randn(HEADS, D, DH) / math.sqrt(D)))
        self.W_o = nn.Parameter(torch.randn(HEADS, DH, D) / math.sqrt(DH * HEADS) / math.sqrt(LAYERS))

    def forward(self, x, pos):
        """The sum of all heads [N, T, D]; used in training: all heads at once."""
        N, T, _ = x.shape
        n = self.ln(x)
        p = (n + pos).view(N * T, D)
        flat = lambda w: w.permute(1, 0, 2).reshape(D, HEADS * DH)
        qk = (p @ torch.cat([flat(self.W_q), flat(self.W_k)], 1)).view(N, T, 2, HEADS, DH).permute(2, 0, 3, 1, 4)
        q, k = qk[0], qk[1]
        v = (n.view(N * T, D) @ flat(self.W_v)).view(N, T, HEADS, DH).transpose(1, 2)
        pattern = torch.softmax(q @ k.transpose(2, 3) * (DH ** -0.5) + CAUSAL, -1)
        z = (pattern @ v).transpose(1, 2).reshape(N * T, HEADS * DH)
        return (z @ self.W_o.reshape(HEADS * DH, D)).view(N, T, D)

    def heads(self, x, pos):
        """The same head by head: queries, keys, values [H, N, T, DH], patterns [H, N, T, T], contributions [H, N, T, D]."""
        n = self.ln(x)
        q, k, v = (torch.einsum("ntd,hde->hnte", y, w) for y, w in ((n + pos, self.W_q), (n + pos, self.W_k), (n, self.W_v)))
        pattern = torch.softmax(q @ k.transpose(2, 3) * (DH ** -0.5) + CAUSAL, -1)
        return q, k, v, pattern, torch.einsum("hnte,hed->hntd", pattern @ v, self.W_o)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Parameter(torch.randn(VOCAB, D) * 0.3)
        self.pos = nn.Parameter(sinusoids())
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(D)
        self.unembed = nn.Parameter(torch.randn(D, VOCAB) / math.sqrt(D))

    def forward(self, tokens):
        """Logits [N, 64, 65]."""
        x = F.embedding(tokens, self.embed)
        for b in self.blocks:
            x = x + b(x, self.pos)
        return self.ln_f(x) @ self.unembed


def losses(model, tokens, targets, chunk=500):
    """Cross-entropy of the next word at every position, [N, 64]."""
    with torch.no_grad():
        return torch.cat([F.cross_entropy(model(t).transpose(1, 2), y, reduction="none")
                          for t, y in zip(tokens.split(chunk), targets.split(chunk))])


@torch.no_grad()
def scores(model, tokens, mask):
    """How every head attends, averages over the positions of `mask`, [LAYERS, HEADS, 6]: to the word itself, one, two and three before, to
    earlier positions with the same word, and to those right after one."""
    x = F.embedding(tokens, model.embed)
    same = torch.tril(tokens[:, :, None] == tokens[:, None, :], -1)         # [N, query, key]
    after = F.pad(same, (1, 0))[:, :, :-1]
    where = [torch.diag(torch.ones(LENGTH - back), -back) for back in range(4)] + [same, after]
    out = torch.zeros(LAYERS, HEADS, 6)
    for l, b in enumerate(model.blocks):
        pattern, y = b.heads(x, model.pos)[3:]
        for h in range(HEADS):
            for i, w in enumerate(where):
                out[l, h, i] = (pattern[h] * w).sum(2)[mask].mean()
        x = x + y.sum(0)
    return out


def show(model, z, n=1000):
    s = scores(model, z["tokens"][:n], z["induction"][:n])
    print("head     itself  1 before  2 before  3 before  same word  after same word")
    for l in range(LAYERS):
        for h in range(HEADS):
            print(f"a{l}.h{h}    " + "  ".join(f"{v:8.3f}" for v in s[l, h].tolist()))


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--steps", type=int, default=8000)
    ap.add_argument("--batch", type=int, default=64)
    ap.add_argument("--lr", type=float, default=4e-3)
    ap.add_argument("--warmup", type=int, default=300)
    ap.add_argument("--decay", type=float, default=0.02, help="weight decay")
    ap.add_argument("--every", type=int, default=500)
    ap.add_argument("--show", action="store_true")
    ap.add_argument("--out", default="induction.pt")
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    here = os.path.dirname(os.path.abspath(__file__))
    z = {k: torch.from_numpy(v) for k, v in np.load(os.path.join(here, "induction.npz")).items()}
    model = Model()
    if a.show:
        model.load_state_dict(torch.load(a.out)["model"])
        return show(model, z)
    weights = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    opt = torch.optim.AdamW([{"params": weights, "weight_decay": a.decay}, {"params": rest, "weight_decay": 0}],
                            lr=a.lr, betas=(0.9, 0.98))
    step, spent = 0, 0.0
    if os.path.exists(a.out + ".resume"):
        s = torch.load(a.out + ".resume")
        model.load_state_dict(s["model"]); opt.load_state_dict(s["opt"]); step, spent = s["step"], s["spent"]
        print("resumed at step", step, flush=True)
    t0, run = time.time(), []
    while step < a.steps:
        if step % 50 == 0:
            text = torch.from_numpy(sample(np.random.default_rng([a.seed, 7, step]), 50 * a.batch)[0])
        b = text[(step % 50) * a.batch:(step % 50 + 1) * a.batch]
        p = step / a.steps
        for g in opt.param_groups:
            g["lr"] = a.lr * min(1, (step + 1) / a.warmup) * (0.5 + 0.5 * math.cos(math.pi * max(0, p - 0.3) / 0.7)) + 1e-6
        loss = F.cross_entropy(model(b[:, :-1]).reshape(-1, VOCAB), b[:, 1:].reshape(-1))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        run.append(loss.item())
        step += 1
        if step % a.every == 0 or step == a.steps:
            n = slice(None) if step == a.steps else slice(0, 1000)
            e, m = losses(model, z["tokens"][n], z["targets"][n]), z["induction"][n]
            s, best = spent + time.time() - t0, scores(model, z["tokens"][:200], z["induction"][:200])
            print(f"step {step} train {np.mean(run):.4f} eval {e.mean():.4f}, where induction can help {e[m].mean():.4f}, elsewhere {e[~m].mean():.4f}; "
                  f"best head 1 before {best[0, :, 1].max():.2f}, after same word {best[1, :, 5].max():.2f}; {s:.0f}s", flush=True)
            run = []
            torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "step": step, "spent": s}, a.out + ".tmp")
            os.replace(a.out + ".tmp", a.out + ".resume")
    torch.save({"model": model.state_dict(), "seed": a.seed, "steps": step, "args": {k: v for k, v in vars(a).items() if k not in ("out", "show")}}, a.out)
    show(model, z)


if __name__ == "__main__":
    main()
