"""Trains the balanced-parentheses transformer of this folder (PyTorch, CPU).

    python3 train.py --seed 4 --steps 10000 --decay 0.05 --out paren.pt        # resumes from <out>.resume if it is there

The only signal is the label (cross-entropy of the two logits); data are fresh at every step. Three economies,
none of which changes what is computed:

* a batch holds strings of similar length and is cut after the longest one (padding is masked, so the result is the same);
* in the last layer only position 0 is evaluated (nothing else is read);
* the first part of the training uses shorter strings (a curriculum: the longest allowed length grows to 40).

A BLAS that is not the reference one makes this about ten times faster (Debian: libopenblas0-pthread).
"""
import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_data import POSITIONS, PAD, MAX, sample

LAYERS, HEADS, D, DH, DM, VOCAB = 3, 2, 56, 28, 56, 5


class Attention(nn.Module):
    """Bidirectional attention; the output is the sum of one term per head and of a bias."""

    def __init__(self):
        super().__init__()
        for n in "qkv":
            setattr(self, "W_" + n, nn.Parameter(torch.randn(HEADS, D, DH) / math.sqrt(D)))
            setattr(self, "b_" + n, nn.Parameter(torch.zeros(HEADS, DH)))
        self.W_o = nn.Parameter(torch.randn(HEADS, DH, D) / math.sqrt(DH * HEADS) / math.sqrt(2 * LAYERS))
        self.b_o = nn.Parameter(torch.zeros(D))

    def forward(self, x, mask, first_only=False):
        """x [N, T, D] already normalised, mask [N, T] added to the scores. Used in training: all heads at once."""
        N, T, _ = x.shape
        w = torch.cat([self.W_k.permute(1, 0, 2).reshape(D, -1), self.W_v.permute(1, 0, 2).reshape(D, -1)], 1)
        b = torch.cat([self.b_k.reshape(-1), self.b_v.reshape(-1)])
        kv = torch.addmm(b, x.reshape(N * T, D), w).view(N, T, 2, HEADS, DH)
        k, v = kv[:, :, 0].permute(0, 2, 3, 1), kv[:, :, 1].permute(0, 2, 1, 3)
        xq = x[:, :1] if first_only else x
        q = torch.addmm(self.b_q.reshape(-1), xq.reshape(-1, D), self.W_q.permute(1, 0, 2).reshape(D, -1))
        q = q.view(N, -1, HEADS, DH).transpose(1, 2)
        s = torch.matmul(q, k) * (DH ** -0.5) + mask[:, None, None, :]
        z = torch.matmul(torch.softmax(s, -1), v)                     # [N, H, T', DH]
        z = z.transpose(1, 2).reshape(-1, HEADS * DH)
        return torch.addmm(self.b_o, z, self.W_o.reshape(HEADS * DH, D)).view(N, -1, D)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_a = nn.LayerNorm(D)
        self.attn = Attention()
        self.ln_m = nn.LayerNorm(D)
        self.W_in = nn.Linear(D, DM)
        self.W_out = nn.Linear(DM, D)

    def mlp(self, x):
        return self.W_out(torch.relu(self.W_in(self.ln_m(x))))


class Paren(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Parameter(torch.randn(VOCAB, D) * 0.3)
        self.pos = nn.Parameter(torch.randn(POSITIONS, D) * 0.3)
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(D)
        self.classifier = nn.Linear(D, 2)

    def forward(self, tokens):
        """Logits [N, 2]; the fast version used in training (the last layer at position 0 only)."""
        T = tokens.shape[1]
        mask = (tokens == PAD).float() * -1e4
        x = F.embedding(tokens, self.embed) + self.pos[:T]
        for i, b in enumerate(self.blocks):
            last = i == LAYERS - 1
            a = b.attn(b.ln_a(x), mask, last)
            x = (x[:, :1] if last else x) + a
            x = x + b.mlp(x)
        return self.classifier(self.ln_f(x[:, 0]))


def cut(tokens):
    """Without the positions that are padding in every row."""
    return tokens[:, : int((tokens != PAD).sum(1).max())]


@torch.no_grad()
def evaluate(model, tokens, label, chunk=500):
    model.eval()
    order = np.argsort((tokens != PAD).sum(1), kind="stable")
    loss, right = 0.0, 0
    for i in range(0, len(order), chunk):
        j = order[i:i + chunk]
        t, y = torch.from_numpy(cut(tokens[j])), torch.from_numpy(label[j].astype(np.int64))
        out = model(t)
        loss += F.cross_entropy(out, y, reduction="sum").item()
        right += (out.argmax(1) == y).sum().item()
    model.train()
    return loss / len(tokens), right / len(tokens)


def batches(rng, size_tokens, max_half, pool=40000):
    """One pool of fresh data as batches of about `size_tokens` tokens, each of rows of similar length."""
    tokens, label, _ = sample(rng, pool, max_half)
    length = (tokens != PAD).sum(1)
    order = np.lexsort((rng.random(pool), length))
    spans, i = [], 0
    while i < pool:
        L = length[order[i]]
        n = max(64, int(size_tokens / L))
        spans.append(order[i:i + n])
        i += n
    for k in rng.permutation(len(spans)):
        j = spans[k]
        if len(j) >= 64:
            yield cut(tokens[j]), label[j]


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--steps", type=int, default=30000)
    ap.add_argument("--tokens", type=int, default=6000, help="tokens per batch")
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--warmup", type=int, default=300)
    ap.add_argument("--decay", type=float, default=0.01, help="weight decay")
    ap.add_argument("--curriculum", type=float, default=0.12, help="share of the steps with shorter strings")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--every", type=int, default=500)
    ap.add_argument("--out", default="paren.pt")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    rng = np.random.default_rng([a.seed, 7])
    model = Paren()
    decay = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": a.decay}, {"params": rest, "weight_decay": 0}],
                            lr=a.lr, betas=(0.9, 0.98))
    here = os.path.dirname(os.path.abspath(__file__))
    z = np.load(os.path.join(here, "paren.npz"))
    step, spent = 0, 0.0
    if os.path.exists(a.out + ".resume"):
        s = torch.load(a.out + ".resume")
        model.load_state_dict(s["model"]); opt.load_state_dict(s["opt"]); step, spent = s["step"], s["spent"]
        rng = np.random.default_rng([a.seed, 7, step])
        print("resumed at step", step, flush=True)
    t0, run, stream = time.time(), [], iter(())
    while step < a.steps:
        p = step / a.steps
        max_half = MAX // 2 if p >= a.curriculum else int(6 + (MAX // 2 - 6) * p / a.curriculum)
        b = next(stream, None)
        if b is None:
            stream = batches(rng, a.tokens, max_half)
            b = next(stream)
        lr = a.lr * min(1, (step + 1) / a.warmup) * (0.5 + 0.5 * math.cos(math.pi * max(0, p - 0.3) / 0.7))
        for g in opt.param_groups:
            g["lr"] = lr + 1e-6
        loss = F.cross_entropy(model(torch.from_numpy(b[0])), torch.from_numpy(b[1].astype(np.int64)))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        run.append(loss.item())
        step += 1
        if step % a.every == 0 or step == a.steps:
            n = slice(None) if step == a.steps else slice(0, 2000)
            el, ea = evaluate(model, z["tokens"][n], z["is_balanced"][n])
            s = spent + time.time() - t0
            print(f"step {step} max {2 * max_half} lr {lr:.2e} train {np.mean(run):.5f} eval {el:.5f} acc {ea:.5f} {s:.0f}s", flush=True)
            run = []
            torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "step": step, "spent": s}, a.out + ".tmp")
            os.replace(a.out + ".tmp", a.out + ".resume")
    torch.save({"model": model.state_dict(), "seed": a.seed, "steps": step, "args": {k: v for k, v in vars(a).items() if k != "out"}}, a.out)


if __name__ == "__main__":
    main()
