"""A random model of the size and form of GPT-2 small, for benchmarks: gpt2.onnx (0.5 GB) and gpt2.npz, written into gpt2/.

    python3 gpt2.py [FOLDER]

Needs PyTorch and onnx. Neither file is committed: the weights are noise, only the sizes matter.
"""
import math
import pathlib
import sys

import numpy as np
import torch

LAYERS, HEADS, WIDTH, VOCABULARY, CONTEXT, LENGTH, ROWS = 12, 12, 768, 50257, 64, 32, 400


class Linear(torch.nn.Module):
    """GPT-2's `Conv1D`: weights [in, out]."""

    def __init__(self, out, width):
        super().__init__()
        self.out = out
        self.weight = torch.nn.Parameter(torch.randn(width, out) * 0.02)
        self.bias = torch.nn.Parameter(torch.zeros(out))

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(x.size()[:-1] + (self.out,))


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = torch.nn.LayerNorm(WIDTH), torch.nn.LayerNorm(WIDTH)
        self.c_attn, self.c_proj = Linear(3 * WIDTH, WIDTH), Linear(WIDTH, WIDTH)
        self.fc, self.proj = Linear(4 * WIDTH, WIDTH), Linear(WIDTH, 4 * WIDTH)
        self.register_buffer("mask", torch.tril(torch.ones(CONTEXT, CONTEXT, dtype=torch.uint8)).view(1, 1, CONTEXT, CONTEXT))

    def split(self, x):
        return x.view(x.size(0), x.size(1), HEADS, WIDTH // HEADS).permute(0, 2, 1, 3)

    def forward(self, x):
        q, k, v = (self.split(part) for part in self.c_attn(self.ln_1(x)).split(WIDTH, dim=2))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(WIDTH // HEADS)
        scores = torch.where(self.mask[:, :, : x.size(1), : x.size(1)].bool(), scores, torch.tensor(-3.4e38))
        mixed = torch.matmul(torch.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous().view(x.size())
        x = x + self.c_proj(mixed)
        h = self.fc(self.ln_2(x))
        return x + self.proj(0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * torch.pow(h, 3)))))


class GPT2(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = torch.nn.Embedding(VOCABULARY, WIDTH), torch.nn.Embedding(CONTEXT, WIDTH)
        self.h = torch.nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = torch.nn.LayerNorm(WIDTH)
        self.head = torch.nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.head.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.size(1)).unsqueeze(0))
        for block in self.h:
            x = block(x)
        return self.head(self.ln_f(x)[:, -1])


folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "gpt2")
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
model = GPT2().eval()
example = torch.randint(0, VOCABULARY, (2, LENGTH))
# The exporter that follows the trace: the other one needs a package more.
exporter = {} if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 5) else {"dynamo": False}
with torch.no_grad():
    torch.onnx.export(model, example, str(folder / "gpt2.onnx"), opset_version=17, input_names=["tokens"], output_names=["logits"], dynamic_axes={"tokens": {0: "batch"}, "logits": {0: "batch"}}, **exporter)
random = np.random.default_rng(0)
tokens = random.integers(0, VOCABULARY, (ROWS, LENGTH))
end = random.integers(LENGTH * 5 // 8, LENGTH - 1, ROWS)
np.savez(folder / "gpt2.npz", tokens=tokens.astype(np.int64), label=random.integers(0, VOCABULARY, ROWS).astype(np.int64), end_pos=end.astype(np.int64))
