"""Parenthesis strings: the generator that training draws from, and the committed evaluation set `paren.npz`.

    python3 make_data.py            # writes paren.npz (fixed seed), prints what is in it

A row is `[start] parens... [end]` and then `[pad]` up to 42 positions, with token ids
[start]=0 [pad]=1 [end]=2 "("=3 ")"=4. The number of parentheses is even, 2 to 40.

Kinds of rows (the label is always computed, never assumed):

    balanced      a uniformly random balanced string
    coin          every parenthesis by a fair coin
    permuted      as many "(" as ")", in random order               (count passes, horizon mostly fails)
    rotated       a balanced string rotated by a random amount      (count passes, horizon mostly fails, barely)
    swapped       a balanced string with one "(" and one ")" swapped
    moved         a balanced string with one parenthesis moved elsewhere
    flipped       a balanced string with one parenthesis flipped    (count fails; horizon passes if it was "(")
    flipped3      the same with three
    first_close   a balanced string, wrapped the wrong way round: ")" ... "("
    dip           balanced + ")(" + balanced                        (the horizon is violated by one, once)
"""
import argparse
import os

import numpy as np

START, PAD, END, OPEN, CLOSE = range(5)
MAX = 40
POSITIONS = MAX + 2
KINDS = ["balanced", "coin", "permuted", "rotated", "swapped", "moved", "flipped", "flipped3", "first_close", "dip"]
# Share of every kind before labels are counted; "balanced" gives less than a quarter because
# many rows of other kinds happen to be balanced too.
SHARES = [0.15, 0.14, 0.13, 0.11, 0.10, 0.04, 0.16, 0.05, 0.03, 0.09]


def uniform_balanced(rng, half):
    """Uniformly random balanced strings of 2*half[i] parentheses: bool [n, 40], True is "(" (0 beyond the end).

    Sequential sampling with ballot numbers: with r characters left and height h, "(" is right with
    probability (h+2)(r-h) / (2 r (h+1)).
    """
    n = len(half)
    out = np.zeros((n, MAX), bool)
    h = np.zeros(n)
    for i in range(MAX):
        r = 2.0 * half - i
        live = r > 0
        rr = np.where(live, r, 1)
        p = (h + 2) * (rr - h) / (2 * rr * (h + 1))
        up = (rng.random(n) < p) & live
        out[:, i] = up
        h += np.where(live, np.where(up, 1, -1), 0)
    return out


def random_order(rng, s, length):
    """Every row's first length[i] entries in random order."""
    keys = rng.random(s.shape)
    keys[np.arange(MAX)[None, :] >= length[:, None]] = 2
    return np.take_along_axis(s, np.argsort(keys, 1), 1)


def rows(rng, kind, half):
    """Open-flags bool [n, 40] and lengths for one kind."""
    half = half.copy()
    n = len(half)
    if kind in ("first_close", "dip", "moved", "swapped", "rotated"):
        half = np.maximum(half, 2)
    length = 2 * half
    at = np.arange(n)
    pos = np.arange(MAX)[None, :]
    if kind == "coin":
        return (rng.random((n, MAX)) < 0.5) & (pos < length[:, None]), length
    if kind == "first_close":
        s = uniform_balanced(rng, half - 1)
        out = np.zeros_like(s)
        out[:, 1:] = s[:, :-1]
        out[at, length - 1] = True
        return out, length
    if kind == "dip":
        left = (rng.random(n) * (half - 1)).astype(int)          # pairs to the left of ")("
        a, b = uniform_balanced(rng, left), uniform_balanced(rng, half - 1 - left)
        out = a.copy()
        src = pos - (2 * left[:, None] + 2)
        right = src >= 0
        out = np.where(right, np.take_along_axis(b, np.clip(src, 0, MAX - 1), 1), out)
        out[at, 2 * left] = False
        out[at, 2 * left + 1] = True
        return out & (pos < length[:, None]), length
    s = uniform_balanced(rng, half)
    if kind == "balanced":
        return s, length
    if kind == "permuted":
        return random_order(rng, s, length), length
    if kind == "rotated":
        k = 1 + (rng.random(n) * (length - 1)).astype(int)
        src = (pos + k[:, None]) % length[:, None]
        return np.take_along_axis(s, src, 1) & (pos < length[:, None]), length
    if kind == "swapped":
        keys = rng.random((n, MAX))
        inside = pos < length[:, None]
        i = np.argmax(np.where(inside & s, keys, -1), 1)
        j = np.argmax(np.where(inside & ~s, keys, -1), 1)
        s[at, i], s[at, j] = False, True
        return s, length
    if kind == "moved":
        i = (rng.random(n) * length).astype(int)
        j = (rng.random(n) * length).astype(int)
        order = np.broadcast_to(pos, (n, MAX)).astype(float).copy()
        order[at, i] = j + np.where(j > i, 0.5, -0.5)
        order[np.broadcast_to(pos, (n, MAX)) >= length[:, None]] += 1000
        return np.take_along_axis(s, np.argsort(order, 1), 1), length
    flips = {"flipped": 1, "flipped3": 3}[kind]
    for _ in range(flips):
        i = (rng.random(n) * length).astype(int)
        s[at, i] = ~s[at, i]
    return s, length


def tokenize(opens, length):
    """Open-flags and lengths to token ids int64 [n, 42]."""
    n = len(opens)
    pos = np.arange(MAX)[None, :]
    t = np.full((n, POSITIONS), PAD, np.int64)
    t[:, 1:-1] = np.where(pos < length[:, None], np.where(opens, OPEN, CLOSE), PAD)
    t[:, 0] = START
    t[np.arange(n), length + 1] = END
    return t


def tests(tokens):
    """(count_test, horizon_test) of every row, as in `paren.scrub`; balanced is "both"."""
    o = np.cumsum((tokens == OPEN)[:, ::-1], 1)[:, ::-1]
    p = np.cumsum(((tokens == OPEN) | (tokens == CLOSE))[:, ::-1], 1)[:, ::-1]
    count = (2 * o[:, 0] == p[:, 0]) & (tokens[:, 1] == OPEN)
    horizon = (2 * o <= p).all(1)
    return count, horizon


def balanced_by_stack(row):
    """The textbook check, one row, used only to test `tests`."""
    h = 0
    for t in row:
        h += 1 if t == OPEN else -1 if t == CLOSE else 0
        if h < 0:
            return False
    return h == 0


def sample(rng, n, max_half=MAX // 2):
    """n rows: tokens int64 [n, 42], labels bool [n], kind int [n]. Half-lengths uniform on 1..max_half."""
    kind = rng.choice(len(KINDS), n, p=SHARES)
    tokens = np.empty((n, POSITIONS), np.int64)
    for k, name in enumerate(KINDS):
        where = np.flatnonzero(kind == k)
        half = rng.integers(1, max_half + 1, len(where))
        opens, length = rows(rng, name, half)
        tokens[where] = tokenize(opens, length)
    count, horizon = tests(tokens)
    return tokens, count & horizon, kind


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--rows", type=int, default=12000)
    ap.add_argument("--seed", type=int, default=20220)
    ap.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "paren.npz"))
    a = ap.parse_args()
    rng = np.random.default_rng(a.seed)
    tokens, label, kind = sample(rng, 2 * a.rows)
    _, first = np.unique(tokens, axis=0, return_index=True)      # no string twice
    keep = np.sort(first)[: a.rows]
    tokens, label, kind = tokens[keep], label[keep], kind[keep]
    assert len(tokens) == a.rows
    count, horizon = tests(tokens)
    assert all(balanced_by_stack(r) == b for r, b in zip(tokens, label))
    np.savez_compressed(a.out, tokens=tokens, is_balanced=label)
    print(f"{a.rows} rows, {label.mean():.4f} balanced")
    for c in (True, False):
        for h in (True, False):
            print(f"  count {'passes' if c else 'fails '}, horizon {'passes' if h else 'fails '}: "
                  f"{((count == c) & (horizon == h)).mean():.4f}")
    for k, name in enumerate(KINDS):
        m = kind == k
        print(f"  {name:12s} {m.sum():6d} rows, balanced {label[m].mean():.3f}, count {count[m].mean():.3f}, horizon {horizon[m].mean():.3f}")


if __name__ == "__main__":
    main()
