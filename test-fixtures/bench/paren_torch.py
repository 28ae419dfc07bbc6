"""Causal scrubbing as one writes it by hand: the post's pseudocode in PyTorch, batched over the samples.

    python3 paren_torch.py CLAIM SAMPLES         # CLAIM is "claim 1" or "claims 1 and 3"

`run_scrub` recurs through the interpretation. Every branch runs the model from its own inputs, with the activations of its
parents put in their places, and takes the activation that it is about: what a researcher writes who has the model and an
afternoon. Batches are as large as they are fast (64 rows); gradients are off. Prints one line of JSON: seconds, the loss and its
standard error. The classes are made before the clock starts.
"""
import json
import os
import sys
import time

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "paren"))
from export import load  # noqa: E402
from make_data import PAD  # noqa: E402
from train import DH, HEADS  # noqa: E402

BATCH = 64
OPEN = 3


def run(model, tokens, patches, wanted):
    """
    What `wanted` is on tokens [N, 42]. `patches`: what a node's parents supply, name -> values or (name, position) -> values. Heads
    and MLPs block: what a patched head adds goes directly to what is wanted, the others are those of the unmodified model.
    """

    def put(name, value):
        at = [(key[1], v) for key, v in patches.items() if isinstance(key, tuple) and key[0] == name]
        value = value.clone() if at else patches.get(name, value)
        for position, v in at:
            value[:, position] = v
        return value

    pad = (tokens == PAD).to(torch.float32)[:, None, None, :]
    x = torch.nn.functional.embedding(tokens, model.embed) + model.pos
    changed = 0
    for layer, block in enumerate(model.blocks):
        a = block.attn
        read = put(f"a{layer}.in", x)
        if wanted == f"a{layer}.in":
            return read
        mask = put(f"a{layer}.mask", pad * -1e4)
        if wanted == f"a{layer}.mask":
            return mask
        n = block.ln_a(read)
        for head in range(HEADS):
            q, k, v = (n @ getattr(a, f"W_{p}")[head] + getattr(a, f"b_{p}")[head] for p in "qkv")
            pattern = torch.softmax((q @ k.transpose(1, 2)) * (DH ** -0.5) + mask[:, 0], -1)
            out = (pattern @ v) @ a.W_o[head]
            if wanted == f"a{layer}.h{head}":
                return out
            x = x + out
            changed = changed + put(f"a{layer}.h{head}", out) - out
        x = x + a.b_o
        x = x + block.mlp(x)
    return model.classifier(model.ln_f((x + changed)[:, 0]))


class Node:
    """A node: its place (name, or name and position), the class of every datum, and its parents."""

    def __init__(self, name, place, classes, parents=()):
        self.name, self.place, self.parents = name, place, parents
        order = np.argsort(classes, kind="stable")
        self.of, self.order = classes, order
        self.start = np.concatenate([[0], np.cumsum(np.bincount(classes))])

    def draw(self, data, rng):
        first, last = self.start[self.of[data]], self.start[self.of[data] + 1]
        return self.order[first + (rng.random(len(data)) * (last - first)).astype(np.int64)]


def run_scrub(model, tokens, node, data, rng):
    """The scrubbed value of `node` for each of `data`."""
    name = node.place[0] if isinstance(node.place, tuple) else node.place
    if not node.parents:
        value = run(model, tokens[data], {}, name)
    else:
        patches = {parent.place: run_scrub(model, tokens, parent, parent.draw(data, rng), rng) for parent in node.parents}
        value = run(model, tokens[rng.integers(0, len(tokens), len(data))], patches, name)
    return value[:, node.place[1]] if isinstance(node.place, tuple) else value


def numbered(values):
    return np.unique(values, axis=0, return_inverse=True)[1].reshape(-1)


def interpretation(claim, tokens):
    open_, close = tokens == OPEN, tokens == OPEN + 1
    opens = np.cumsum(open_[:, ::-1], 1)[:, ::-1]
    parens = np.cumsum((open_ | close)[:, ::-1], 1)[:, ::-1]
    count = numbered(((2 * opens[:, 0] == parens[:, 0]) & open_[:, 1]).astype(np.int64))
    horizon = np.where(tokens == PAD, 0, np.where(2 * opens > parens, -1, 1))
    counts = [Node(f"count[{layer}]", f"a{layer}.h0", count) for layer in (1, 2)]
    if claim == "claim 1":
        depth = Node("depth", "a2.h1", numbered(np.all(2 * opens <= parens, 1).astype(np.int64)))
    else:
        positions = [Node(f"pos[{i}]", ("a2.in", i), numbered(horizon[:, i])) for i in range(tokens.shape[1])]
        mask = Node("mask", "a2.mask", numbered((tokens != PAD).sum(1)))
        depth = Node("depth", "a2.h1", numbered(horizon), [*positions, mask])
    return Node("out", "logits", np.arange(len(tokens)), [*counts, depth])


def main():
    claim, samples = sys.argv[1], int(sys.argv[2])
    data = np.load(os.path.join(HERE, "..", "paren", "paren.npz"))
    tokens, label = torch.from_numpy(data["tokens"].astype(np.int64)), torch.from_numpy(data["is_balanced"].astype(np.float32))
    model = load(os.path.join(HERE, "..", "paren", "paren.pt"))
    root = interpretation(claim, data["tokens"])
    rng = np.random.default_rng(0)
    losses = []
    start = time.perf_counter()
    with torch.no_grad():
        for first in range(0, samples, BATCH):
            reference = rng.integers(0, len(tokens), min(BATCH, samples - first))
            logits = run_scrub(model, tokens, root, root.draw(reference, rng), rng)
            losses.append(torch.nn.functional.binary_cross_entropy_with_logits(logits[:, 1] - logits[:, 0], label[reference], reduction="none"))
    seconds = time.perf_counter() - start
    losses = torch.cat(losses).double()
    print(json.dumps({"seconds": seconds, "mean": losses.mean().item(), "se": (losses.std() / len(losses) ** 0.5).item()}))


if __name__ == "__main__":
    main()
