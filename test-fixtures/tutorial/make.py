"""Trains the model of docs/tutorial.md, exports it and writes its dataset: `python3 make.py` (PyTorch, onnx, NumPy; half a minute)."""
import numpy as np
import torch
from torch import nn
from scrub_export import export


class Model(nn.Module):
    """Four digits [batch, 4] to one logit [batch]: are the first two equal, or is the third above the fourth, but not both?"""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 8)
        self.left, self.right, self.whole = tower(2), tower(2), tower(4)
        self.head = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, digits):
        e = self.embed(digits)
        left, right = self.left(e[:, :2].flatten(1)), self.right(e[:, 2:].flatten(1))
        return self.head(torch.cat([left, right, self.whole(e.flatten(1))], dim=1)).squeeze(1)


def tower(digits):
    return nn.Sequential(nn.Linear(8 * digits, 64), nn.ReLU(), nn.Linear(64, 4))


def draw(rows, random):
    digits = random.integers(0, 10, (rows, 4))
    twin = random.random(rows) < 0.45
    digits[twin, 1] = digits[twin, 0]
    return digits, (digits[:, 0] == digits[:, 1]) != (digits[:, 2] > digits[:, 3])


def train(random):
    model = Model()
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(3000):
        digits, label = draw(512, random)
        loss = nn.functional.binary_cross_entropy_with_logits(model(torch.tensor(digits)), torch.tensor(label, dtype=torch.float32))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


torch.manual_seed(0)
torch.set_num_threads(1)
random = np.random.default_rng(0)
model = train(random)
digits, label = draw(4000, random)

export(model, [torch.tensor(digits[:1])], "model.onnx", inputs=["digits"], outputs=["logit"], places={"left": "left", "right": "right", "whole": "whole"})
np.savez_compressed("data.npz", digits=digits.astype(np.int16), label=label)
