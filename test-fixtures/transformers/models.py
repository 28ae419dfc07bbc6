"""Small transformers as people write them, one class per style. `probe(name, x)` marks a value for `make.py`; it leaves no trace in an export.

Every model has `heads`, and records under names of Scrub: what enters the product of a{l} as q, k, v `[N, H, S, D]`, the pattern
`[N, H, Q, K]`, the result z `[N, H, Q, D]`, the residual stream at `a{l}.in`, `m{l}.in` and `final.in`, and what is added to it.
Contributions of heads are not computed here but in `make.py`, from z and the output weight.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

VOCAB, SEQ, D, HEADS, LAYERS = 11, 8, 16, 4, 2
DH = D // HEADS
PAD = 0


class Probed(nn.Module):
    """Values by name while `record` is a dict."""
    record = None

    def probe(self, name, x):
        if Probed.record is not None:
            Probed.record[name] = x.detach()
        return x


def apart(x, heads):
    """[N, S, H*D] -> [N, H, S, D]"""
    return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def causal(s):
    return torch.tril(torch.ones(s, s, dtype=torch.bool))


class LensNorm(nn.Module):
    """A LayerNorm whose weights were folded into what follows."""

    def forward(self, x):
        x = x - x.mean(-1, keepdim=True)
        return x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()


class Lens(Probed):
    """TransformerLens: weights per head, Einsum, the results of heads summed."""
    heads, bias = HEADS, True

    def __init__(self, mlp=True, norm=True, result=True):
        super().__init__()
        self.W_E = nn.Parameter(torch.randn(VOCAB, D) * 0.5)
        self.W_pos = nn.Parameter(torch.randn(SEQ, D) * 0.5)
        self.mlp, self.result = mlp, result
        self.ln = LensNorm() if norm else (lambda x: x)
        p = lambda *shape: nn.ParameterList([nn.Parameter(torch.randn(*shape) / math.sqrt(shape[-2] if len(shape) > 2 else 4)) for _ in range(LAYERS)])
        self.W_Q, self.W_K, self.W_V = p(HEADS, D, DH), p(HEADS, D, DH), p(HEADS, D, DH)
        self.b_Q, self.b_K, self.b_V = p(HEADS, DH), p(HEADS, DH), p(HEADS, DH)
        self.W_O, self.b_O = p(HEADS, DH, D), p(1, D)
        if mlp:
            self.W_in, self.W_out = p(1, D, 32), p(1, 32, D)
        self.W_U = nn.Parameter(torch.randn(D, VOCAB) * 0.5)
        self.register_buffer("mask", causal(SEQ))
        self.register_buffer("IGNORE", torch.tensor(-1e5))

    def forward(self, tokens):
        x = self.probe("embed", self.W_E[tokens]) + self.probe("pos_embed", self.W_pos)
        for l in range(LAYERS):
            n = self.ln(self.probe(f"a{l}.in", x))
            q, k, v = (torch.einsum("bpm,hmd->bphd", n, w[l]) + b[l] for w, b in ((self.W_Q, self.b_Q), (self.W_K, self.b_K), (self.W_V, self.b_V)))
            for name, value in (("q", q), ("k", k), ("v", v)):
                self.probe(f"a{l}.{name}", value.transpose(1, 2))
            scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(DH)
            pattern = self.probe(f"a{l}.pattern", torch.where(self.mask, scores, self.IGNORE).softmax(-1))
            z = torch.einsum("bkhd,bhqk->bqhd", v, pattern)
            self.probe(f"a{l}.z", z.transpose(1, 2))
            if self.result:
                out = torch.einsum("bqhd,hdm->bqhm", z, self.W_O[l]).sum(2)
            else:
                out = torch.einsum("bqhd,hdm->bqm", z, self.W_O[l])
            x = x + (out + self.b_O[l][0])
            if self.mlp:
                n = self.ln(self.probe(f"m{l}.in", x))
                post = self.probe(f"m{l}.post", F.gelu(self.probe(f"m{l}.pre", n @ self.W_in[l][0])))
                x = x + self.probe(f"m{l}", post @ self.W_out[l][0])
        return self.ln(self.probe("final.in", x)) @ self.W_U

    def output(self, l):
        return self.W_O[l].reshape(D, D), self.b_O[l][0]


class Conv1D(nn.Module):
    """GPT-2's linear layer: a view, addmm, a view."""

    def __init__(self, nf, nx):
        super().__init__()
        self.nf, self.weight, self.bias = nf, nn.Parameter(torch.randn(nx, nf) / math.sqrt(nx)), nn.Parameter(torch.randn(nf) * 0.3)

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(x.size()[:-1] + (self.nf,))


class Gpt2(Probed):
    """GPT-2 of Hugging Face: packed projection, heads concatenated, one output product."""
    heads, bias = HEADS, True

    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCAB, D), nn.Embedding(SEQ, D)
        layer = lambda: nn.ModuleDict(dict(ln_1=nn.LayerNorm(D), c_attn=Conv1D(3 * D, D), c_proj=Conv1D(D, D), ln_2=nn.LayerNorm(D), c_fc=Conv1D(32, D), c_out=Conv1D(D, 32)))
        self.h = nn.ModuleList([layer() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(D)
        self.register_buffer("causal", causal(SEQ).view(1, 1, SEQ, SEQ))

    def forward(self, input_ids):
        s = input_ids.size(-1)
        position_ids = torch.arange(0, s, dtype=torch.long).unsqueeze(0).view(-1, s)
        x = self.probe("embed", self.wte(input_ids)) + self.probe("pos_embed", self.wpe(position_ids))
        for l, b in enumerate(self.h):
            q, k, v = b.c_attn(b.ln_1(self.probe(f"a{l}.in", x))).split(D, dim=2)
            q, k, v = (self.probe(f"a{l}.{name}", apart(t, HEADS)) for name, t in (("q", q), ("k", k), ("v", v)))
            w = torch.matmul(q, k.transpose(-1, -2)) / (v.size(-1) ** 0.5)
            w = torch.where(self.causal[:, :, :s, :s], w, torch.tensor(torch.finfo(w.dtype).min))
            w = self.probe(f"a{l}.pattern", F.softmax(w, dim=-1))
            z = self.probe(f"a{l}.z", torch.matmul(w, v))
            z = z.permute(0, 2, 1, 3).contiguous().view(z.size(0), s, D)
            x = b.c_proj(z) + x
            h = self.probe(f"m{l}.pre", b.c_fc(b.ln_2(self.probe(f"m{l}.in", x))))
            h = 0.5 * h * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (h + 0.044715 * torch.pow(h, 3.0))))
            x = x + self.probe(f"m{l}", b.c_out(self.probe(f"m{l}.post", h)))
        return F.linear(self.ln_f(self.probe("final.in", x)), self.wte.weight)

    def output(self, l):
        return self.h[l].c_proj.weight, self.h[l].c_proj.bias


class Packed(Probed):
    """nanoGPT: one linear layer for q, k and v, a causal mask filled in; every linear layer a MatMul with a bias."""
    heads, bias = HEADS, True

    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCAB, D), nn.Embedding(SEQ, D)
        layer = lambda: nn.ModuleDict(dict(ln_1=nn.LayerNorm(D), attn=nn.Linear(D, 3 * D), proj=nn.Linear(D, D), ln_2=nn.LayerNorm(D), fc=nn.Linear(D, 32), out=nn.Linear(32, D)))
        self.h = nn.ModuleList([layer() for _ in range(LAYERS)])
        self.ln_f, self.head = nn.LayerNorm(D), nn.Linear(D, VOCAB, bias=False)
        self.register_buffer("bias_", causal(SEQ).view(1, 1, SEQ, SEQ))

    def forward(self, tokens):
        n, t = tokens.size()
        x = self.probe("embed", self.wte(tokens)) + self.probe("pos_embed", self.wpe(torch.arange(t)))
        for l, b in enumerate(self.h):
            q, k, v = b.attn(b.ln_1(self.probe(f"a{l}.in", x))).split(D, dim=2)
            q, k, v = (self.probe(f"a{l}.{name}", y.view(n, t, HEADS, DH).transpose(1, 2)) for name, y in (("q", q), ("k", k), ("v", v)))
            att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(DH))
            att = self.probe(f"a{l}.pattern", F.softmax(att.masked_fill(self.bias_[:, :, :t, :t] == 0, float("-inf")), dim=-1))
            y = self.probe(f"a{l}.z", att @ v).transpose(1, 2).contiguous().view(n, t, D)
            x = x + b.proj(y)
            h = self.probe(f"m{l}.pre", b.fc(b.ln_2(self.probe(f"m{l}.in", x))))
            x = x + self.probe(f"m{l}", b.out(self.probe(f"m{l}.post", F.relu(h))))
        return self.head(self.ln_f(self.probe("final.in", x)))

    def output(self, l):
        return self.h[l].proj.weight.T, self.h[l].proj.bias


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(1 + torch.randn(D) * 0.2)

    def forward(self, x):
        h = x.to(torch.float32)
        h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6)
        return self.weight * h.to(x.dtype)


def rotate_half(x):
    return torch.cat((-x[..., x.shape[-1] // 2:], x[..., :x.shape[-1] // 2]), dim=-1)


class Llama(Probed):
    """Llama: rotary embeddings, grouped queries, RMSNorm, a gated MLP, no biases; the mask of padding as an input."""
    heads, bias, groups = HEADS, False, 2

    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(VOCAB, D)
        lin = lambda i, o: nn.Linear(i, o, bias=False)
        layer = lambda: nn.ModuleDict(dict(
            input_layernorm=RMSNorm(), q_proj=lin(D, D), k_proj=lin(D, self.groups * DH), v_proj=lin(D, self.groups * DH), o_proj=lin(D, D),
            post_attention_layernorm=RMSNorm(), gate_proj=lin(D, 24), up_proj=lin(D, 24), down_proj=lin(24, D)))
        self.layers = nn.ModuleList([layer() for _ in range(LAYERS)])
        self.norm, self.lm_head = RMSNorm(), lin(D, VOCAB)
        self.register_buffer("inv_freq", 1.0 / (10000 ** (torch.arange(0, DH, 2).float() / DH)))

    def repeat_kv(self, x):
        n, g, s, d = x.shape
        return x[:, :, None, :, :].expand(n, g, HEADS // g, s, d).reshape(n, HEADS, s, d)

    def forward(self, input_ids, attention_mask):
        n, s = input_ids.shape
        t = torch.arange(s)[None, :, None].float() * self.inv_freq[None, None, :]
        emb = torch.cat((t, t), dim=-1)
        cos, sin = emb.cos()[:, None], emb.sin()[:, None]
        mask = torch.full((s, s), -1e9).triu(1)[None, None] + (1.0 - attention_mask[:, None, None, :].float()) * -1e9
        x = self.probe("embed", self.embed_tokens(input_ids))
        for l, b in enumerate(self.layers):
            h = b.input_layernorm(self.probe(f"a{l}.in", x))
            q = self.probe(f"a{l}.q_raw", b.q_proj(h).view(n, s, HEADS, DH).transpose(1, 2))
            k = self.probe(f"a{l}.k_raw", b.k_proj(h).view(n, s, self.groups, DH).transpose(1, 2))
            v = b.v_proj(h).view(n, s, self.groups, DH).transpose(1, 2)
            q, k = (y * cos + rotate_half(y) * sin for y in (q, k))
            q, k, v = (self.probe(f"a{l}.{name}", y) for name, y in (("q", q), ("k", self.repeat_kv(k)), ("v", self.repeat_kv(v))))
            w = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(DH) + mask
            w = self.probe(f"a{l}.pattern", F.softmax(w, dim=-1, dtype=torch.float32).to(q.dtype))
            z = self.probe(f"a{l}.z", torch.matmul(w, v)).transpose(1, 2).contiguous().reshape(n, s, D)
            x = x + b.o_proj(z)
            h = b.post_attention_layernorm(self.probe(f"m{l}.in", x))
            gate, up = self.probe(f"m{l}.gate", b.gate_proj(h)), self.probe(f"m{l}.up", b.up_proj(h))
            x = x + self.probe(f"m{l}", b.down_proj(self.probe(f"m{l}.post", F.silu(gate) * up)))
        return self.lm_head(self.norm(self.probe("final.in", x)))

    def output(self, l):
        return self.layers[l].o_proj.weight.T, None


class GptJ(Probed):
    """GPT-J: attention and MLP in parallel after one norm, rotary embeddings on part of each head, interleaved."""
    heads, bias = HEADS, False

    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCAB, D)
        lin = lambda i, o: nn.Linear(i, o, bias=False)
        layer = lambda: nn.ModuleDict(dict(ln_1=nn.LayerNorm(D), q=lin(D, D), k=lin(D, D), v=lin(D, D), out=lin(D, D), fc_in=nn.Linear(D, 32), fc_out=nn.Linear(32, D)))
        self.h = nn.ModuleList([layer() for _ in range(LAYERS)])
        self.ln_f, self.lm_head = nn.LayerNorm(D), nn.Linear(D, VOCAB)
        angles = torch.arange(SEQ).float()[:, None] * torch.tensor([1.0])
        self.register_buffer("sin", angles.sin().repeat_interleave(2, 1)[None, :, None, :])
        self.register_buffer("cos", angles.cos().repeat_interleave(2, 1)[None, :, None, :])
        self.register_buffer("causal", causal(SEQ).view(1, 1, SEQ, SEQ))

    def rotary(self, x):
        rot, rest = x[..., :2], x[..., 2:]
        turned = torch.stack((-rot[..., 1::2], rot[..., ::2]), dim=-1).flatten(-2)
        return torch.cat([rot * self.cos + turned * self.sin, rest], dim=-1)

    def forward(self, input_ids):
        n, s = input_ids.shape
        x = self.probe("embed", self.wte(input_ids))
        for l, b in enumerate(self.h):
            h = b.ln_1(self.probe(f"a{l}.in", x))
            q, k, v = (w(h).view(n, s, HEADS, DH) for w in (b.q, b.k, b.v))
            for name, y in (("q_raw", q), ("k_raw", k)):
                self.probe(f"a{l}.{name}", y.transpose(1, 2))
            q, k = (self.rotary(y).permute(0, 2, 1, 3) for y in (q, k))
            v = v.permute(0, 2, 1, 3)
            for name, y in (("q", q), ("k", k), ("v", v)):
                self.probe(f"a{l}.{name}", y)
            w = torch.matmul(q, k.transpose(-1, -2))
            w = torch.where(self.causal, w, torch.tensor(-1e9)) / math.sqrt(DH)
            w = self.probe(f"a{l}.pattern", F.softmax(w, dim=-1))
            z = self.probe(f"a{l}.z", torch.matmul(w, v)).permute(0, 2, 1, 3).contiguous().view(n, s, D)
            pre = self.probe(f"m{l}.pre", b.fc_in(h))
            post = self.probe(f"m{l}.post", 0.5 * pre * (1 + torch.tanh(0.79788456 * (pre + 0.044715 * pre ** 3))))
            x = b.out(z) + self.probe(f"m{l}", b.fc_out(post)) + x
        return self.lm_head(self.ln_f(self.probe("final.in", x)))

    def output(self, l):
        return self.h[l].out.weight.T, None


class Encoder(Probed):
    """`nn.TransformerEncoder`, norms before or after the sums, with a mask of padding; what is inside is recomputed in `make.py`."""
    heads, bias = HEADS, True

    def __init__(self, norm_first, batch_first=True):
        super().__init__()
        self.batch_first, self.norm_first = batch_first, norm_first
        self.embed, self.pos = nn.Embedding(VOCAB, D), nn.Parameter(torch.randn(SEQ, D) * 0.5)
        layer = nn.TransformerEncoderLayer(D, HEADS, 32, 0.0, batch_first=batch_first, norm_first=norm_first, activation="gelu" if norm_first else "relu")
        self.encoder = nn.TransformerEncoder(layer, LAYERS, norm=nn.LayerNorm(D) if norm_first or not batch_first else None, enable_nested_tensor=False)
        for p in self.encoder.parameters():
            nn.init.normal_(p, 0, 0.3)
        for one in self.encoder.layers:
            one.dropout = one.dropout1 = one.dropout2 = nn.Identity()
        self.head = nn.Linear(D, 3)

    def forward(self, tokens):
        x = self.probe("embed", self.embed(tokens)) + self.probe("pos_embed", self.pos)
        if not self.batch_first:
            x = x.transpose(0, 1)
        x = self.encoder(x, src_key_padding_mask=tokens == PAD)
        return self.head(x[:, 0] if self.batch_first else x[0])


class Bert(Probed):
    """BERT of Hugging Face: three embeddings under a norm, norms after the sums, the mask of padding added to the scores."""
    heads, bias = HEADS, True

    def __init__(self):
        super().__init__()
        self.word_embeddings, self.position_embeddings, self.token_type_embeddings = nn.Embedding(VOCAB, D), nn.Embedding(SEQ, D), nn.Embedding(2, D)
        self.LayerNorm = nn.LayerNorm(D)
        layer = lambda: nn.ModuleDict(dict(
            query=nn.Linear(D, D), key=nn.Linear(D, D), value=nn.Linear(D, D), dense=nn.Linear(D, D), norm1=nn.LayerNorm(D),
            intermediate=nn.Linear(D, 32), out=nn.Linear(32, D), norm2=nn.LayerNorm(D)))
        self.layer = nn.ModuleList([layer() for _ in range(LAYERS)])
        self.classifier = nn.Linear(D, 2)

    def forward(self, input_ids, token_type_ids, attention_mask):
        n, s = input_ids.shape
        mask = (1.0 - attention_mask[:, None, None, :].float()) * -10000.0
        x = self.probe("embed", self.word_embeddings(input_ids)) + self.probe("type_embed", self.token_type_embeddings(token_type_ids))
        x = self.LayerNorm(x + self.probe("pos_embed", self.position_embeddings(torch.arange(s).unsqueeze(0))))
        for l, b in enumerate(self.layer):
            self.probe(f"a{l}.in", x)
            q, k, v = (self.probe(f"a{l}.{name}", apart(w(x), HEADS)) for name, w in (("q", b.query), ("k", b.key), ("v", b.value)))
            w = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(DH) + mask
            w = self.probe(f"a{l}.pattern", F.softmax(w, dim=-1))
            z = self.probe(f"a{l}.z", torch.matmul(w, v)).permute(0, 2, 1, 3).contiguous().view(n, s, D)
            x = b.norm1(b.dense(z) + x)
            self.probe(f"m{l}.in", x)
            post = self.probe(f"m{l}.post", F.gelu(self.probe(f"m{l}.pre", b.intermediate(x))))
            x = self.probe("final.in", self.probe(f"m{l}", b.out(post)) + x)
            x = b.norm2(x)
        return self.classifier(x[:, 0])

    def output(self, l):
        return self.layer[l].dense.weight.T, self.layer[l].dense.bias


class Separate(Probed):
    """Every head a module of its own, their results concatenated."""
    heads, bias = 2, True

    def __init__(self):
        super().__init__()
        self.emb, self.pos = nn.Embedding(VOCAB, D), nn.Embedding(SEQ, D)
        head = lambda: nn.ModuleDict(dict(key=nn.Linear(D, D // 2, bias=False), query=nn.Linear(D, D // 2, bias=False), value=nn.Linear(D, D // 2, bias=False)))
        layer = lambda: nn.ModuleDict(dict(ln1=nn.LayerNorm(D), heads=nn.ModuleList([head(), head()]), proj=nn.Linear(D, D), ln2=nn.LayerNorm(D), ff=nn.Sequential(nn.Linear(D, 32), nn.ReLU(), nn.Linear(32, D))))
        self.blocks = nn.ModuleList([layer() for _ in range(LAYERS)])
        self.ln_f, self.lm_head = nn.LayerNorm(D), nn.Linear(D, VOCAB)
        self.register_buffer("tril", torch.tril(torch.ones(SEQ, SEQ)))

    def forward(self, tokens):
        x = self.probe("embed", self.emb(tokens)) + self.probe("pos_embed", self.pos(torch.arange(tokens.shape[1])))
        for l, b in enumerate(self.blocks):
            n = b.ln1(self.probe(f"a{l}.in", x))
            found = {name: [] for name in ("q", "k", "v", "pattern", "z")}
            for h in b.heads:
                q, k, v = h.query(n), h.key(n), h.value(n)
                wei = q @ k.transpose(-2, -1) * (D // 2) ** -0.5
                wei = F.softmax(wei.masked_fill(self.tril == 0, float("-inf")), dim=-1)
                for name, value in (("q", q), ("k", k), ("v", v), ("pattern", wei), ("z", wei @ v)):
                    found[name].append(value)
            for name, values in found.items():
                self.probe(f"a{l}.{name}", torch.stack(values, 1))
            x = x + b.proj(torch.cat(found["z"], dim=-1))
            x = x + self.probe(f"m{l}", b.ff(b.ln2(self.probe(f"m{l}.in", x))))
        return self.lm_head(self.ln_f(self.probe("final.in", x)))

    def output(self, l):
        return self.blocks[l].proj.weight.T, self.blocks[l].proj.bias


class Vit(Probed):
    """A vision transformer: patches, a class token in front, positions added."""
    heads, bias = HEADS, True

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(1, D, 4, 4)
        self.cls_token, self.pos_embed = nn.Parameter(torch.randn(1, 1, D)), nn.Parameter(torch.randn(1, 5, D) * 0.5)
        layer = lambda: nn.ModuleDict(dict(norm1=nn.LayerNorm(D), qkv=nn.Linear(D, 3 * D), proj=nn.Linear(D, D), norm2=nn.LayerNorm(D), fc1=nn.Linear(D, 32), fc2=nn.Linear(32, D)))
        self.blocks = nn.ModuleList([layer() for _ in range(LAYERS)])
        self.norm, self.head = nn.LayerNorm(D), nn.Linear(D, 3)

    def forward(self, pixels):
        x = self.patch(pixels).flatten(2).transpose(1, 2)
        n = x.shape[0]
        zero = lambda before, part, after: F.pad(part, (0, 0, before, after))
        self.probe("embed", zero(1, x, 0))
        self.probe("class_token", zero(0, self.cls_token.expand(n, -1, -1), 4))
        x = torch.cat((self.cls_token.expand(n, -1, -1), x), dim=1) + self.probe("pos_embed", self.pos_embed)
        for l, b in enumerate(self.blocks):
            qkv = b.qkv(b.norm1(self.probe(f"a{l}.in", x))).reshape(n, 5, 3, HEADS, DH).permute(2, 0, 3, 1, 4)
            k, v = self.probe(f"a{l}.k", qkv[1]), self.probe(f"a{l}.v", qkv[2])
            q = self.probe(f"a{l}.q", qkv[0] * DH ** -0.5)
            w = self.probe(f"a{l}.pattern", (q @ k.transpose(-2, -1)).softmax(dim=-1))
            z = self.probe(f"a{l}.z", w @ v).transpose(1, 2).reshape(n, 5, D)
            x = x + b.proj(z)
            post = self.probe(f"m{l}.post", F.gelu(self.probe(f"m{l}.pre", b.fc1(b.norm2(self.probe(f"m{l}.in", x))))))
            x = x + self.probe(f"m{l}", b.fc2(post))
        return self.head(self.norm(self.probe("final.in", x))[:, 0])

    def output(self, l):
        return self.blocks[l].proj.weight.T, self.blocks[l].proj.bias
