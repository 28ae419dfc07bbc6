"""Text in which induction helps: the generator that training draws from, and the committed evaluation set `induction.npz`.

    python3 make_data.py            # writes induction.npz (fixed seed), prints what is in it

A row is a sentence of 65 tokens: [start] (id 64) and 64 words (ids 0 to 63); the model sees the first 64 and predicts the last 64.
There are two sources of words:

    bigrams   every word has 8 possible successors with the probabilities SUCCESSORS; popular words are successors of many others
              and so occur several times in a row, with different words after them
    repeats   when a word turns up that already occurred in the row, then with probability BEGIN the text goes on as it did after
              one of the earlier occurrences (any of them, all equally likely), for LONG[0] to LONG[1] words, but not beyond
              the place where it began

A repeat begins at a word that could have come from the bigrams, and all its transitions are possible bigrams: only what
stands earlier in the row tells that it is one. Where a word occurred twice with different successors, the words before it tell
which of the two is being repeated.

Columns (N rows):

    tokens     int64 [N, 64]     what the model reads
    targets    int64 [N, 64]     the next word at every position
    induction  bool [N, 64]      where induction can help: the next word and the current one are both part of one repeat (so the
                                 two last words match the source's), and the bigrams give the next word at most RARE; every row has one
    weight     float32 [N, 64]   the same as weights that sum to one in every row
    pos, next  int64 [N]         one such position, drawn at random, and its target
"""
import argparse
import os

import numpy as np

WORDS, START, VOCAB, LENGTH = 64, 64, 65, 64
LANGUAGE = 20221                                    # seed of the bigram table, the same for training and evaluation
SUCCESSORS = np.array([8, 6, 5, 4, 3, 3, 2, 2]) / 33
BEGIN, LONG = 0.4, (4, 10)
RARE = 0.2


def language():
    """The bigram table: successors int [65, 8] (their probabilities are SUCCESSORS), and probabilities float [65, 65]."""
    rng = np.random.default_rng(LANGUAGE)
    popular = 1 / (np.arange(WORDS) + 1.0)
    popular = rng.permutation(popular / popular.sum())
    table = np.stack([rng.choice(WORDS, len(SUCCESSORS), replace=False, p=popular) for _ in range(VOCAB)])
    chance = np.zeros((VOCAB, VOCAB))
    np.put_along_axis(chance, table, SUCCESSORS[None, :], 1)
    return table, chance


TABLE, CHANCE = language()


def sample(rng, n):
    """n rows: sentences int64 [n, 65], and depth int [n, 65]: how many words of a repeat stand here, this one
    included (0 outside repeats; at depth d the d + 1 last words agree with the source)."""
    s = np.full((n, LENGTH + 1), START, np.int64)
    depth = np.zeros((n, LENGTH + 1), np.int64)
    source = np.zeros(n, np.int64)                  # where the next word of the repeat stands
    left = np.zeros(n, np.int64)                    # words of the repeat still to come
    at = np.arange(n)
    cumulative = np.cumsum(SUCCESSORS)
    for i in range(LENGTH):
        if i > 0:
            earlier = s[:, :i] == s[:, i:i + 1]
            count = earlier.sum(1)
            begin = (left == 0) & (depth[:, i] == 0) & (count > 0) & (rng.random(n) < BEGIN)
            which = np.argmax(np.where(earlier, rng.random((n, i)), -1), 1)
            source = np.where(begin, which + 1, source)
            left = np.where(begin, np.minimum(rng.integers(LONG[0], LONG[1] + 1, n), i - which), left)
        fresh = TABLE[s[:, i], np.minimum(np.searchsorted(cumulative, rng.random(n), side="right"), len(SUCCESSORS) - 1)]
        copying = left > 0
        s[:, i + 1] = np.where(copying, s[at, source], fresh)
        depth[:, i + 1] = np.where(copying, depth[:, i] + 1, 0)
        source, left = source + 1, np.maximum(left - 1, 0)
    return s, depth


def helped(s, depth):
    """bool [n, 64]: see `induction` above."""
    return (depth[:, :-1] >= 1) & (depth[:, 1:] >= 2) & (CHANCE[s[:, :-1], s[:, 1:]] <= RARE)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--rows", type=int, default=6000)
    ap.add_argument("--seed", type=int, default=20222)
    ap.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "induction.npz"))
    a = ap.parse_args()
    rng = np.random.default_rng(a.seed)
    s, depth = sample(rng, 2 * a.rows)
    mask = helped(s, depth)
    keep = np.flatnonzero(mask.any(1))[: a.rows]
    assert len(keep) == a.rows
    s, depth, mask = s[keep], depth[keep], mask[keep]
    tokens, targets = s[:, :-1], s[:, 1:]
    weight = (mask / mask.sum(1, keepdims=True)).astype(np.float32)
    pos = np.argmax(np.where(mask, rng.random(mask.shape), -1), 1)
    np.savez_compressed(a.out, tokens=tokens, targets=targets, induction=mask, weight=weight, pos=pos,
                        next=targets[np.arange(a.rows), pos])
    describe(tokens, targets, depth, mask)
    print(f"{a.out}: {os.path.getsize(a.out)} bytes")


def describe(tokens, targets, depth, mask):
    """Prints what is in the evaluation set."""
    n = len(tokens)
    print(f"{n} rows, {len(np.unique(tokens, axis=0))} different; {(depth[:, 1:] > 0).mean():.3f} of the targets belong to repeats; "
          f"{mask.sum(1).mean():.2f} positions per row where induction can help (1 to {mask.sum(1).max()})")
    known = CHANCE[tokens, targets]
    print(f"  loss of the true bigrams there {-np.log(np.maximum(known[mask], 1e-9)).mean():.3f}, "
          f"at fresh words {-np.log(known[depth[:, 1:] == 0]).mean():.3f}; entropy of the bigrams {-(SUCCESSORS * np.log(SUCCESSORS)).sum():.3f}")
    # What matching the last k words predicts there: the share of positions where all, or some, earlier matches go on otherwise.
    rows, at = np.nonzero(mask)
    for k in (1, 2, 3):
        right = np.zeros(len(rows)); total = np.zeros(len(rows))
        for back in range(1, LENGTH):
            ok = at - back - (k - 1) >= 0
            j = np.maximum(at - back, 0)
            same = ok.copy()
            for d in range(k):
                same &= tokens[rows, np.maximum(j - d, 0)] == tokens[rows, np.maximum(at - d, 0)]
            total += same
            right += same & (targets[rows, j] == targets[rows, at])
        some = total > 0
        print(f"  matching {k} words: {some.mean():.3f} have a match, {total.mean():.2f} on average, of which right "
              f"{(right[some] / total[some]).mean():.3f}; ambiguous at {(right < total).mean():.3f}")


if __name__ == "__main__":
    main()
