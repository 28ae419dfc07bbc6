"""Further ways of writing a transformer, each a small model with one or two blocks: `variants/NAME.onnx`, with random weights.

    python3 variants.py [NAME …]        # PyTorch 1.13

What their parts are is not computed here: a test compares sums of components with the residual stream, and outputs.
"""
import math
import os
import sys
import zlib

import torch
import torch.nn as nn
import torch.nn.functional as F

from models import D, DH, HEADS, SEQ, VOCAB, Llama, RMSNorm, apart, rotate_half

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "variants")


def together(z):
    """[N, H, S, D] -> [N, S, H*D]"""
    return z.transpose(1, 2).reshape(z.shape[0], z.shape[2], -1)


def attend(q, k, v):
    return F.softmax(q @ k.transpose(-1, -2) / math.sqrt(DH), -1) @ v


class Block(nn.Module):
    def __init__(self, attn, mlp=None):
        super().__init__()
        self.ln1, self.ln2, self.attn = nn.LayerNorm(D), nn.LayerNorm(D), attn
        self.mlp = mlp or nn.Sequential(nn.Linear(D, 32), nn.GELU(), nn.Linear(32, D))

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class ParallelBlock(Block):
    def forward(self, x):
        return x + self.attn(self.ln1(x)) + self.mlp(self.ln2(x))


class PostBlock(Block):
    def forward(self, x):
        x = self.ln1(x + self.attn(x))
        return self.ln2(x + self.mlp(x))


class ScaledBlock(Block):
    """LayerScale: what a block adds is scaled per coordinate."""

    def __init__(self, attn):
        super().__init__(attn)
        self.g1, self.g2 = nn.Parameter(torch.rand(D)), nn.Parameter(torch.rand(D))

    def forward(self, x):
        x = x + self.g1 * self.attn(self.ln1(x))
        return x + self.g2 * self.mlp(self.ln2(x))


class LooseBlock(Block):
    """Biases added to the stream by themselves: `x + z @ W + b`."""

    def __init__(self, attn):
        super().__init__(attn, mlp=nn.ReLU())
        p = lambda *shape: nn.Parameter(torch.randn(*shape) / 4)
        self.W, self.b, self.W1, self.W2, self.b2 = p(D, D), p(D), p(D, 32), p(32, D), p(D)

    def forward(self, x):
        x = x + self.attn(self.ln1(x)) @ self.W + self.b
        return x + self.mlp(self.ln2(x) @ self.W1) @ self.W2 + self.b2


class SandwichBlock(Block):
    """Norms after attention and MLP too, before they are added, as in Gemma 2."""

    def __init__(self, attn):
        super().__init__(attn)
        self.ln3, self.ln4 = RMSNorm(), nn.LayerNorm(D)

    def forward(self, x):
        x = x + self.ln3(self.attn(self.ln1(x)))
        return x + self.ln4(self.mlp(self.ln2(x)))


class CentredBlock(Block):
    """The same with a LayerNorm after attention, which takes a mean off and adds a bias."""

    def forward(self, x):
        x = x + self.ln2(self.attn(self.ln1(x)))
        return x + self.mlp(x)


class GatedBlock(Block):
    """What attention gives is multiplied by a function of the stream: no sum over heads."""

    def forward(self, x):
        x = x + self.attn(self.ln1(x)) * torch.sigmoid(x)
        return x + self.mlp(self.ln2(x))


class Model(nn.Module):
    def __init__(self, attn, block=Block, blocks=2, norm=True, embed_norm=False):
        super().__init__()
        self.embed, self.pos = nn.Embedding(VOCAB, D), nn.Parameter(torch.randn(SEQ, D))
        self.blocks = nn.ModuleList([block(attn()) for _ in range(blocks)])
        self.embed_norm = nn.LayerNorm(D) if embed_norm else None
        self.norm, self.head = nn.LayerNorm(D) if norm else nn.Identity(), nn.Linear(D, 5)

    def forward(self, tokens):
        x = self.embed_norm(self.embed(tokens)) if self.embed_norm else self.embed(tokens) + self.pos
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, -1])


class Attention(nn.Module):
    def __init__(self, keys=D, output=True):
        super().__init__()
        self.q, self.k, self.v, self.o = nn.Linear(D, D), nn.Linear(D, keys), nn.Linear(D, keys), nn.Linear(D, D) if output else nn.Identity()

    def forward(self, x):
        return self.o(together(attend(*(apart(w(x), HEADS) for w in (self.q, self.k, self.v)))))


class NoOutput(Attention):
    """No output weight: the heads lie side by side in the stream."""

    def __init__(self):
        super().__init__(output=False)


class Summed(Attention):
    """Values as wide as the stream, heads summed."""

    def __init__(self):
        super().__init__(HEADS * D, output=False)
        self.k = nn.Linear(D, D)

    def forward(self, x):
        return attend(*(apart(w(x), HEADS) for w in (self.q, self.k, self.v))).sum(1)


class OneHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(D, D) for _ in range(4))

    def forward(self, x):
        return self.o(attend(self.q(x), self.k(x), self.v(x)))


class Interleaved(nn.Module):
    """GPT-NeoX: q, k and v of each head beside each other, rotary embeddings on half of it, heads merged with the data."""

    def __init__(self):
        super().__init__()
        self.qkv, self.o = nn.Linear(D, 3 * D), nn.Linear(D, D)
        angles = torch.arange(SEQ).float()[:, None].expand(SEQ, 2)
        self.register_buffer("cos", angles.cos()[None, None])
        self.register_buffer("sin", angles.sin()[None, None])

    def turned(self, x):
        return torch.cat((x[..., :2] * self.cos + rotate_half(x[..., :2]) * self.sin, x[..., 2:]), -1)

    def forward(self, x):
        n, s, _ = x.shape
        qkv = self.qkv(x).view(n, s, HEADS, 3 * DH)
        q, k, v = (qkv[..., i * DH:(i + 1) * DH].permute(0, 2, 1, 3) for i in range(3))
        q, k = (self.turned(y).reshape(n * HEADS, s, DH) for y in (q, k))
        scores = torch.bmm(q, k.transpose(1, 2)).view(n, HEADS, s, s) / math.sqrt(DH)
        scores = torch.where(torch.tril(torch.ones(s, s, dtype=torch.bool)), scores, torch.tensor(-1e9))
        return self.o(together(torch.matmul(F.softmax(scores, -1), v)))


class Merged(Attention):
    """OPT: heads merged with the data throughout, queries scaled before the product."""

    def forward(self, x):
        n, s, _ = x.shape
        q, k, v = (apart(y, HEADS).contiguous().view(n * HEADS, -1, DH) for y in (self.q(x) * DH ** -0.5, self.k(x), self.v(x)))
        w = torch.bmm(q, k.transpose(1, 2)).view(n, HEADS, s, s) + torch.full((s, s), -1e9).triu(1)
        z = torch.bmm(F.softmax(w.view(n * HEADS, s, s), -1), v)
        return self.o(together(z.view(n, HEADS, s, DH)))


class HeadsOutside(Attention):
    """Heads merged with the data, heads outermost, as in an early PyTorch version of "Attention is all you need"."""

    def forward(self, x):
        n, s, _ = x.shape
        q, k, v = (w(x).view(n, s, HEADS, DH).permute(2, 0, 1, 3).contiguous().view(-1, s, DH) for w in (self.q, self.k, self.v))
        z = attend(q, k, v).view(HEADS, n, s, DH)
        return self.o(z.permute(1, 2, 0, 3).contiguous().view(n, s, D))


class Alibi(Attention):
    """BLOOM: a slope per head, added by `baddbmm`."""

    def forward(self, x):
        n, s, _ = x.shape
        q, k, v = (apart(w(x), HEADS).reshape(n * HEADS, s, DH) for w in (self.q, self.k, self.v))
        slopes = (torch.arange(s).view(1, 1, 1, s) * torch.tensor([.5, .25, .1, .05]).view(1, HEADS, 1, 1)).expand(n, HEADS, 1, s).reshape(n * HEADS, 1, s)
        scores = slopes.baddbmm(q, k.transpose(1, 2), beta=1.0, alpha=0.5).view(n, HEADS, s, s)
        p = F.softmax(scores.masked_fill(torch.ones(s, s, dtype=torch.bool).triu(1), -1e9), -1).view(n * HEADS, s, s)
        return self.o(together(torch.bmm(p, v).view(n, HEADS, s, DH)))


class Shared(Attention):
    """All heads share keys and values."""

    def __init__(self):
        super().__init__(DH)

    def forward(self, x):
        return self.o(together(attend(apart(self.q(x), HEADS), self.k(x).unsqueeze(1), self.v(x).unsqueeze(1))))


class SharedEinsum(Shared):
    def forward(self, x):
        q, k, v = self.q(x).view(*x.shape[:2], HEADS, DH), self.k(x), self.v(x)
        p = F.softmax(torch.einsum("bqhd,bkd->bhqk", q, k) / 2, -1)
        return self.o(torch.einsum("bhqk,bkd->bqhd", p, v).reshape(x.shape))


class Grouped(Attention):
    """Groups of heads share keys and values by broadcasting."""

    def __init__(self):
        super().__init__(2 * DH)

    def forward(self, x):
        n, s, _ = x.shape
        q = self.q(x).view(n, s, 2, 2, DH).permute(0, 2, 3, 1, 4)
        k, v = (w(x).view(n, s, 2, 1, DH).permute(0, 2, 3, 1, 4) for w in (self.k, self.v))
        return self.o(attend(q, k, v).permute(0, 3, 1, 2, 4).reshape(n, s, D))


class NormedKeys(Attention):
    """Qwen 3: queries and keys are normalised, turned, and scaled one by one."""

    def __init__(self):
        super().__init__(2 * DH)
        self.gq, self.gk = nn.Parameter(torch.rand(DH)), nn.Parameter(torch.rand(DH))
        self.register_buffer("cos", torch.randn(1, 1, SEQ, DH))
        self.register_buffer("sin", torch.randn(1, 1, SEQ, DH))

    def normed(self, x, weight):
        return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))

    def forward(self, x):
        n, s, _ = x.shape
        q, k = self.normed(self.q(x).view(n, s, HEADS, DH), self.gq).transpose(1, 2), self.normed(self.k(x).view(n, s, 2, DH), self.gk).transpose(1, 2)
        q, k = (y * self.cos + rotate_half(y) * self.sin for y in (q, k))
        k, v = Llama.repeat_kv(None, k), Llama.repeat_kv(None, self.v(x).view(n, s, 2, DH).transpose(1, 2))
        return self.o(together(F.softmax((q * DH ** -0.25) @ (k.transpose(-2, -1) * DH ** -0.25), -1) @ v))


class HeadByHead(nn.Module):
    """Every head with an output weight and a bias of its own."""

    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList([nn.ModuleDict(dict(q=nn.Linear(D, DH), k=nn.Linear(D, DH), v=nn.Linear(D, DH), o=nn.Linear(DH, D))) for _ in range(3)])

    def forward(self, x):
        return sum(h.o(attend(h.q(x), h.k(x), h.v(x))) for h in self.heads)


class Guarded(Attention):
    """Scaled dot product attention as PyTorch 2 spells it out: both factors scaled, what is no number replaced by 0."""

    def forward(self, x):
        n, s, _ = x.shape
        q, k, v = (apart(w(x), HEADS) for w in (self.q, self.k, self.v))
        keys = k.reshape(-1, s, DH).transpose(1, 2).reshape(n, HEADS, DH, s) * DH ** -0.25
        mask = torch.where(torch.ones(s, s, dtype=torch.bool).tril(), torch.tensor(0.0), torch.tensor(float("-inf")))
        p = F.softmax((q * DH ** -0.25) @ keys + mask, -1)
        return self.o(together(torch.where(torch.isnan(p), torch.tensor(0.0), p) @ v))


class PackedGate(nn.Module):
    """A gated MLP with one projection for gate and value."""

    def __init__(self):
        super().__init__()
        self.wi, self.wo = nn.Linear(D, 64), nn.Linear(32, D)

    def forward(self, x):
        a, b = self.wi(x).chunk(2, -1)
        return self.wo(F.gelu(a) * b)


class T5(nn.Module):
    """Positions as a bias of the scores, RMSNorm, no scale."""

    def __init__(self):
        super().__init__()
        self.embed, self.relative, self.norm, self.head = nn.Embedding(VOCAB, D), nn.Embedding(2 * SEQ, HEADS), RMSNorm(), nn.Linear(D, 3)
        lin = lambda i, o: nn.Linear(i, o, bias=False)
        self.blocks = nn.ModuleList([nn.ModuleDict(dict(n1=RMSNorm(), q=lin(D, D), k=lin(D, D), v=lin(D, D), o=lin(D, D), n2=RMSNorm(), wi=lin(D, 32), wo=lin(32, D))) for _ in range(2)])

    def forward(self, tokens):
        x, at = self.embed(tokens), torch.arange(tokens.shape[1])
        bias = self.relative(at[None] - at[:, None] + SEQ).permute(2, 0, 1)[None] + (tokens == 0)[:, None, None, :].float() * -1e9
        for b in self.blocks:
            q, k, v = (apart(w(b.n1(x)), HEADS) for w in (b.q, b.k, b.v))
            x = x + b.o(together(F.softmax((q @ k.transpose(3, 2) + bias).float(), -1).type_as(q) @ v))
            x = x + b.wo(F.relu(b.wi(b.n2(x))))
        return self.head((self.norm(x) * D ** -0.5)[:, 0])


class Decoder(nn.Module):
    """Attention to the stream of an encoder between attention and MLP."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder, self.cross = Block(Attention()), Block(Attention()), Attention()
        self.embed, self.pos, self.ln, self.head = nn.Embedding(VOCAB, D), nn.Parameter(torch.randn(SEQ, D)), nn.LayerNorm(D), nn.Linear(D, 5)

    def forward(self, tokens):
        memory = self.encoder(self.embed(tokens.flip(1)) + self.pos)
        x = self.embed(tokens) + self.pos
        x = x + self.decoder.attn(self.decoder.ln1(x))
        c = self.cross
        x = x + c.o(together(attend(apart(c.q(self.ln(x)), HEADS), apart(c.k(memory), HEADS), apart(c.v(memory), HEADS))))
        x = x + self.decoder.mlp(self.decoder.ln2(x))
        return self.head(x[:, 0])


VARIANTS = {
    "alibi": lambda: Model(Alibi), "centred": lambda: Model(Attention, CentredBlock), "gated": lambda: Model(Attention, GatedBlock), "embedding-norm": lambda: Model(Attention, embed_norm=True), "decoder": Decoder, "grouped": lambda: Model(Grouped),
    "guarded": lambda: Model(Guarded), "heads-outside": lambda: Model(HeadsOutside), "head-by-head": lambda: Model(HeadByHead), "interleaved": lambda: Model(Interleaved, ParallelBlock), "layer-scale": lambda: Model(Attention, ScaledBlock),
    "loose-biases": lambda: Model(NoOutput, LooseBlock), "merged": lambda: Model(Merged), "no-output": lambda: Model(NoOutput), "normed-keys": lambda: Model(NormedKeys), "one-head": lambda: Model(OneHead),
    "packed-gate": lambda: Model(Attention, lambda attn: Block(attn, PackedGate())), "post-final": lambda: Model(Attention, PostBlock), "sandwich": lambda: Model(Attention, SandwichBlock),
    "shared": lambda: Model(Shared), "shared-einsum": lambda: Model(SharedEinsum), "summed": lambda: Model(Summed, norm=False), "t5": T5,
}


def main():
    torch.set_num_threads(1)
    os.makedirs(HERE, exist_ok=True)
    for name in sys.argv[1:] or VARIANTS:
        torch.manual_seed(zlib.crc32(name.encode()))
        model = VARIANTS[name]().eval()
        path = os.path.join(HERE, f"{name}.onnx")
        # Below opset 17 a LayerNorm is spelled out.
        torch.onnx.export(model, (torch.arange(3 * SEQ).view(3, SEQ) % VOCAB,), path, opset_version=14 if name in ("merged", "post-final") else 17,
                          input_names=["tokens"], output_names=["logits"], dynamic_axes={"tokens": {0: "batch"}, "logits": {0: "batch"}})
        print(f"{name}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
