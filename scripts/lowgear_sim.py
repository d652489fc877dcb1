"""Plaintext simulation of LowGear's flights and checks on toy primes: how often does each cheat pass?

A reply of P_j to P_i for plaintext m and multiplier x decrypts to x m - e; what a cheater can change is what P_i decrypts.
Slots are independent, so one slot of a few batches stands for all. Everything is computed as the parties compute it; no formula
of the security argument is used, only its predictions are printed beside. Needs numpy.

    python3 lowgear_sim.py [trials]         a minute and a half for 1,000,000
"""

import random
import sys

import numpy as np

RNG = np.random.default_rng(20230462)


class World:
    """Trials side by side: values have shape (trials, batches), keys (trials, 1)."""

    def __init__(self, p, n, corrupt, trials, batches=2):
        self.p, self.n, self.corrupt, self.shape = p, n, set(corrupt), (trials, batches)
        self.honest = [i for i in range(n) if i not in self.corrupt]
        self.alpha = [self.uniform((trials, 1)) for _ in range(n)]
        self.claimed = list(self.alpha)  # the share of the key that a party uses in its sigma
        self.other_key = {}  # (holder, owner) -> by how much the holder's K_owner is off
        self.errors = {}  # (message, from, to) -> function of the world: added to what `to` decrypts

    def uniform(self, shape=None):
        return RNG.integers(0, self.p, shape or self.shape, dtype=np.int64)

    def zero(self):
        return np.zeros(self.shape, dtype=np.int64)

    def flight(self, name, multiplier, plaintext, pairs=None):
        """All replies of one kind; by party, what is decrypted plus the own masks."""
        out = [self.zero() for _ in range(self.n)]
        for j in range(self.n):
            for i in range(self.n):
                if i == j or (pairs and not pairs(j, i)):
                    continue
                e, m = self.uniform(), plaintext(j, i)
                got = multiplier(j) * m - e
                if (name, j, i) in self.errors:
                    got = got + self.errors[name, j, i](self)
                out[i], out[j] = (out[i] + got) % self.p, (out[j] + e) % self.p
        return out


def local(w, x, y, sums):
    return [(x[i] * y[i] + sums[i]) % w.p for i in range(w.n)]


def randoms(w, name="C3"):
    b = [w.uniform() for _ in range(w.n)]
    key = lambda j, i: (w.alpha[i] + w.other_key.get((j, i), 0)) % w.p
    return b, local(w, w.alpha, b, w.flight(name, lambda j: b[j], key))


def factors(w):
    w.a = [w.uniform() for _ in range(w.n)]
    # What P_j holds for A_i: tests let a cheater send other ciphertexts to some.
    w.held = {(j, i): w.a[i] for j in range(w.n) for i in range(w.n)}


def triples(w, from_key=False, other_plain=None):
    factors(w)
    a, held = w.a, lambda j, i: w.held[j, i]
    b, gb = randoms(w)
    if other_plain:  # A_i encrypts a_i + d while a_i is what is authenticated
        cheater, d = other_plain
        for j in range(w.n):
            w.held[j, cheater] = (a[cheater] + d) % w.p
    mine = list(a)
    if other_plain:
        mine[cheater] = (a[cheater] + d) % w.p
    c = local(w, mine, b, w.flight("C1", lambda j: b[j], held))
    if from_key:  # authentication the other way round: a_j times K_i
        ga = local(w, w.alpha, a, w.flight("C2", lambda j: a[j], lambda j, i: w.alpha[i]))
    else:
        ga = local(w, w.alpha, a, w.flight("C2", lambda j: w.alpha[j], held))
    gc = local(w, mine, gb, w.flight("C4", lambda j: gb[j], held))
    return {"a": (a, ga), "b": (b, gb), "c": (c, gc)}


def squares(w):
    factors(w)
    a, held = w.a, lambda j, i: w.held[j, i]
    cross = w.flight("C1'", lambda j: 2 * a[j] % w.p, held, pairs=lambda j, i: j > i)
    ga = local(w, w.alpha, a, w.flight("C2", lambda j: w.alpha[j], held))
    gs = local(w, a, ga, w.flight("C4'", lambda j: ga[j], held))
    return {"a": (a, ga), "s": (local(w, a, a, cross), gs)}


def inputs(w, owner):
    x = [w.uniform() for _ in range(w.n)]  # value shares: the others' are known to the owner
    r = sum(x) % w.p
    g = w.flight("C3", lambda j: r, lambda j, i: w.alpha[i], pairs=lambda j, i: j == owner)
    g[owner] = (g[owner] + w.alpha[owner] * r) % w.p
    return {"r": (x, g)}


def mask(w, name="Cm"):
    b, g = randoms(w, name)
    return [x[:, :1] for x in b], [x[:, :1] for x in g]


def check(w, columns, m, delta=None, digest=True):
    """rho = sum chi v + m opened, its MAC checked with a random coefficient. `delta(chi, i)`: what the cheaters add towards P_i."""
    p = w.p
    chi = {k: w.uniform() for k in columns}
    total = lambda i, side: sum((chi[k] * columns[k][side][i]).sum(1, keepdims=True) for k in columns) + m[side][i]
    shares = [total(i, 0) % p for i in range(w.n)]
    rho = sum(shares) % p
    shift = {i: (delta(chi, i) % p if delta else 0) for i in range(w.n)}
    agreed = np.ones((w.shape[0], 1), bool)
    for i in w.honest:
        agreed &= (shift[i] == shift[w.honest[0]]) | (not digest)
    sigma = sum(total(i, 1) - w.claimed[i] * ((rho + shift[i]) % p) for i in range(w.n)) % p
    # Who gave P_j another K answers for that with P_j's own share, which it sees.
    sigma = (sigma - sum(off * shares[j] for (j, _), off in w.other_key.items())) % p
    r = w.uniform(sigma.shape)
    w.seen = chi, r, r * sigma % p  # what everybody sees of a check, passed or failed
    return (agreed & (r * sigma % p == 0))[:, 0]


def opened(w, column, delta):
    """The ordinary check over one opened column, shifted by `delta` in batch 0."""
    values, macs = column
    x = sum(values) % w.p
    x[:, 0] = (x[:, 0] + delta) % w.p
    r = w.uniform()
    sigma = sum((r * (macs[i] - w.claimed[i] * x % w.p)).sum(1) for i in range(w.n)) % w.p
    return sigma == 0


def wrong(w, columns, relation):
    v = {k: sum(columns[k][0]) % w.p for k in columns}
    return (relation(v) % w.p != 0).any(1)


PRODUCT = lambda v: v["c"] - v["a"] * v["b"]
first = lambda x: np.where(np.arange(x.shape[1]) == 0, x, 0)  # batch 0 alone


# Cheats. Each returns (passed, material wrong or None); the cheater is P_c, the last party, its first victim P_0.

def honest(w):
    t = triples(w)
    return check(w, t, mask(w)), wrong(w, t, PRODUCT)


def c1_other_b(w):
    c = w.n - 1
    w.errors["C1", c, 0] = lambda w: first(w.a[0])
    t = triples(w)
    return check(w, t, mask(w)), wrong(w, t, PRODUCT)


def c2_other_alpha(w):
    w.errors["C2", w.n - 1, 0] = lambda w: first(w.a[0])
    return check(w, triples(w), mask(w)), None


def c2_compensated(w):
    kappa = w.uniform((w.shape[0], 1))
    w.errors["C2", w.n - 1, 0] = lambda w: first(w.a[0])
    w.errors["C4", w.n - 1, 0] = lambda w: first(kappa * w.a[0] % w.p)
    return check(w, triples(w), mask(w)), None


def shifted_alpha(w, d=3):
    """alpha_c + d in every C2, and in the cheater's own shares of g(a)."""
    c = w.n - 1
    for i in w.honest:
        w.errors["C2", c, i] = lambda w, i=i: d * w.a[i]
    return c, d


def separate(w, factor_mask):
    """alpha_c + d for a, alpha_c for b and c: one check for each column."""
    c, d = shifted_alpha(w)
    t = triples(w)
    t["a"][1][c] = (t["a"][1][c] + d * w.a[c]) % w.p
    m = [mask(w) for _ in range(3)]
    if factor_mask:  # the mask of the check of a is another batch's a
        m[0] = tuple([x[:, -1:] for x in side] for side in t["a"])
        t["a"] = tuple([x[:, :-1] for x in side] for side in t["a"])
    ok = check(w, {k: t[k] for k in "bc"}, m[1])
    w.shape = t["a"][0][0].shape
    w.claimed[c] = (w.alpha[c] + d) % w.p
    return check(w, {"a": t["a"]}, m[0]) & ok, None


def separate_a_mask(w):
    return separate(w, True)


def separate_k_mask(w):
    return separate(w, False)


def combined_a_mask(w):
    """As before, one check over all columns, the mask an a."""
    c, d = shifted_alpha(w)
    t = triples(w)
    t["a"][1][c] = (t["a"][1][c] + d * w.a[c]) % w.p
    m = tuple([x[:, -1:] for x in side] for side in t["a"])
    t = {k: tuple([x[:, :-1] for x in side] for side in t[k]) for k in t}
    w.shape = t["a"][0][0].shape
    w.claimed[c] = (w.alpha[c] + d) % w.p
    return check(w, t, m), None


def key_into(message, column, u=5):
    """u K_0 added to a reply, as one key for both roles allows; the cheater moves its share by u."""
    def run(w):
        c = w.n - 1
        for i in w.honest:
            w.errors[message, c, i] = lambda w, i=i: first(u * w.alpha[i] + w.zero())
        t = triples(w)
        v, g = t[column]
        v[c], g[c] = (v[c] + first(u + w.zero())) % w.p, (g[c] + first(u * w.alpha[c] + w.zero())) % w.p
        return check(w, t, mask(w)), wrong(w, t, PRODUCT)
    return run


def key_into_c1(w, u=5):
    w.errors["C1", w.n - 1, 0] = lambda w: first(u * w.alpha[0] + w.zero())
    t = triples(w)
    return check(w, t, mask(w)), wrong(w, t, PRODUCT)


def key_two_roles(w, u=5):
    """With two keys the added ciphertext decrypts to what nobody knows."""
    c = w.n - 1
    w.errors["C2", c, 0] = lambda w: first(w.uniform())
    t = triples(w)
    v, g = t["a"]
    v[c], g[c] = (v[c] + first(u + w.zero())) % w.p, (g[c] + first(u * w.alpha[c] + w.zero())) % w.p
    return check(w, t, mask(w)), wrong(w, t, PRODUCT)


def c4_wrong(w):
    w.errors["C4", w.n - 1, 0] = lambda w: first(w.a[0])
    return check(w, triples(w), mask(w)), None


def c3_two_values(w):
    w.errors["C3", w.n - 1, 0] = lambda w: first(w.alpha[0] + w.zero())
    t = triples(w)
    return check(w, t, mask(w)), None


def two_ciphertexts(w):
    """Another A_c to P_0 than to P_1, both proven, and nobody compares."""
    c = w.n - 1
    factors_ = globals()["factors"]

    def other(w):
        factors_(w)
        w.held[0, c] = (w.a[c] + first(1 + w.zero())) % w.p
    globals()["factors"] = other
    t = triples(w)
    globals()["factors"] = factors_
    return check(w, t, mask(w)), wrong(w, t, PRODUCT)


def two_keys_shown(make):
    """Another K_c to P_1 than to P_0, both proven, and nobody compares."""
    def run(w):
        w.other_key[1, w.n - 1] = 1
        return check(w, make(w), mask(w)), None
    return run


def other_batch(message):
    def run(w):
        w.errors[message, w.n - 1, 0] = lambda w: first(np.roll(w.a[0], 1, axis=1))
        return check(w, triples(w), mask(w)), None
    return run


def old_factor(entropy):
    """A ciphertext of an earlier, checked block is mixed into C2, minus a guess of its plaintext."""
    def run(w):
        old = w.uniform()
        if entropy == "bit":  # its square has been opened: two candidates
            guess = np.where(RNG.integers(0, 2, w.shape) == 1, old, -old % w.p)
        else:
            guess = w.uniform()
        w.errors["C2", w.n - 1, 0] = lambda w: first(old - guess)
        t = triples(w)
        return check(w, t, mask(w)), wrong(w, t, PRODUCT)
    return run


def old_factor_used(w):
    """The same without a guess; counted is how often the opened sigmas of the *failed* check show the old plaintext."""
    old = w.uniform()
    w.errors["C2", w.n - 1, 0] = lambda w: first(old)
    check(w, triples(w), mask(w))
    chi, r, total = w.seen
    return (r * chi["a"][:, :1] % w.p * old[:, :1] % w.p == total)[:, 0] & (r * chi["a"][:, :1] % w.p != 0)[:, 0], None


def authenticated_from_key(w):
    c = w.n - 1
    t = triples(w, from_key=True, other_plain=(c, first(5 + w.zero())))
    return check(w, t, mask(w)), wrong(w, t, PRODUCT)


def squares_honest(w):
    s = squares(w)
    return check(w, s, mask(w)), wrong(w, s, lambda v: v["s"] - v["a"] ** 2)


def squares_alpha(k_mask):
    def run(w, d=3):
        c = w.n - 1
        for i in w.honest:
            w.errors["C2", c, i] = lambda w, i=i: d * w.a[i]
            w.errors["C4'", c, i] = lambda w, i=i: d * w.a[c] % w.p * w.a[i]
        s = squares(w)
        s["a"][1][c] = (s["a"][1][c] + d * w.a[c]) % w.p
        s["s"][1][c] = (s["s"][1][c] + d * w.a[c] % w.p * w.a[c]) % w.p
        w.claimed[c] = (w.alpha[c] + d) % w.p
        if k_mask:
            m = mask(w)
        else:
            m = tuple([x[:, -1:] for x in side] for side in s["a"])
            s = {k: tuple([x[:, :-1] for x in side] for side in s[k]) for k in s}
            w.shape = s["a"][0][0].shape
        return check(w, s, m), None
    return run


def squares_error(message):
    def run(w):
        w.errors[message, w.n - 1, 0] = lambda w: first(w.a[0])
        s = squares(w)
        return check(w, s, mask(w)), wrong(w, s, lambda v: v["s"] - v["a"] ** 2)
    return run


def input_per_peer(digest):
    """The owner P_c uses r + 1 towards P_0 alone; without digests it fits rho to each peer."""
    def run(w):
        c = w.n - 1
        w.errors["C3", c, 0] = lambda w: first(w.alpha[0] + w.zero())
        col = inputs(w, c)

        def fit(chi, i):
            return chi["r"][:, :1] * (i == 0 and not digest)
        return check(w, col, mask(w), fit, digest), None
    return run


def randoms_two_values(w):
    w.errors["C3", w.n - 1, 0] = lambda w: first(w.alpha[0] + w.zero())
    return check(w, {"b": randoms(w)}, mask(w)), None


def mask_two_values(w):
    w.errors["Cm", w.n - 1, 0] = lambda w: w.alpha[0] + w.zero()
    t = triples(w)
    return check(w, t, mask(w)), None


def rho_shifted(w):
    t = triples(w)
    return check(w, t, mask(w), lambda chi, i: 1 + 0 * chi["a"][:, :1]), None


def square_opened_wrong(w):
    return opened(w, squares(w)["s"], 1), None


ROWS = [
    # name, cheat, n, corrupt, predicted rate of passing: in units of 1/p, or as a string the rate itself
    ("honest triples, n = 2", honest, 2, [1], "1"),
    ("honest triples, n = 5", honest, 5, [3, 4], "1"),
    ("honest squares, n = 3", squares_honest, 3, [1, 2], "1"),
    ("b + 1 in C1 only", c1_other_b, 2, [1], 4),
    ("b + 1 in C1 only, to one of two", c1_other_b, 3, [2], 4),
    ("alpha + 1 in C2 of one batch", c2_other_alpha, 2, [1], 3),
    ("the same, compensated in C4 by a guess", c2_compensated, 2, [1], 3),
    ("alpha + d in all C2; a, b, c in separate checks, mask of a's an a", separate_a_mask, 2, [1], "1"),
    ("alpha + d in all C2; separate checks, masks through K", separate_k_mask, 2, [1], 2),
    ("alpha + d in all C2; one check, mask an a", combined_a_mask, 2, [1], 3),
    ("u K_i in C2, one key", key_into("C2", "a"), 2, [1], "1"),
    ("u K_i in C4, one key", key_into("C4", "c"), 3, [2], "1"),
    ("u K_i in C1, one key", key_into_c1, 2, [1], 4),
    ("u K_i in C2, two keys", key_two_roles, 2, [1], 3),
    ("g(b) + 1 in C4 only", c4_wrong, 2, [1], 3),
    ("another b in C3 to one of two", c3_two_values, 3, [2], 3),
    ("another A to one of two, no echo", two_ciphertexts, 3, [2], 2),
    ("another K to one of two, no echo, triples", two_keys_shown(triples), 3, [2], 2),
    ("another K to one of two, no echo, random elements", two_keys_shown(lambda w: {"b": randoms(w)}), 3, [2], "1"),
    ("another batch's A in C1", other_batch("C1"), 2, [1], 4),
    ("another batch's A in C2", other_batch("C2"), 2, [1], 3),
    ("another batch's A in C4", other_batch("C4"), 2, [1], 3),
    ("an old A in C2, its plaintext uniform", old_factor("uniform"), 2, [1], 3),
    ("an old A in C2, its square opened", old_factor("bit"), 2, [1], "1/2"),
    ("the same, no guess: the failed check shows the old plaintext", old_factor_used, 2, [1], "1 - 2/p"),
    ("g(a) from K, A encrypts a + d", authenticated_from_key, 2, [1], "1"),
    ("squares, alpha + d throughout, mask an a", squares_alpha(False), 2, [1], "1"),
    ("squares, alpha + d throughout, mask through K", squares_alpha(True), 2, [1], 2),
    ("squares, wrong C1'", squares_error("C1'"), 2, [1], 4),
    ("squares, wrong C2", squares_error("C2"), 2, [1], 3),
    ("squares, wrong C4'", squares_error("C4'"), 2, [1], 3),
    ("input mask, r + 1 to one of two", input_per_peer(True), 3, [2], 3),
    ("the same, rho fitted, no digest", input_per_peer(False), 3, [2], "1"),
    ("random element, b + 1 to one of two", randoms_two_values, 3, [2], 3),
    ("check mask, b + 1 to one of two", mask_two_values, 3, [2], 2),
    ("rho shifted", rho_shifted, 2, [1], 2),
    ("opened square shifted (bits)", square_opened_wrong, 2, [1], 2),
]


def plaintext(trials):
    print(f"{'':68}" + "".join(f"{'p = ' + str(p):>26}" for p in (257, 7681)) + "   predicted")
    for name, cheat, n, corrupt, predicted in ROWS:
        line = f"{name:68}"
        for p in (257, 7681):
            passed = bad = done = 0
            while done < trials:
                size = min(50_000, trials - done)
                w = World(p, n, corrupt, size)
                ok, is_wrong = cheat(w)
                passed, done = passed + int(ok.sum()), done + size
                bad += int((ok & is_wrong).sum()) if is_wrong is not None else 0
            rate = passed / trials
            if isinstance(predicted, str):
                line += f"{rate:13.4f}, wrong {bad / max(passed, 1):5.3f}"
            else:
                spread = max(passed, 1) ** 0.5 / trials * p
                line += f"{rate * p:13.2f}/p +-{spread:5.2f}    "
        print(line + f"   {predicted if isinstance(predicted, str) else str(predicted) + '/p'}", flush=True)


# A toy ring, to see what is not a matter of plaintexts alone.

class Toy:
    def __init__(self, n, p, q):
        self.n, self.p, self.q = n, p, q
        self.s, e = self.small(1), self.small(3)
        self.a = [random.randrange(q) for _ in range(n)]
        self.b = self.add(self.mul(self.a, self.s), self.scale(p, e))

    def small(self, bound):
        return [random.randint(-bound, bound) for _ in range(self.n)]

    def scale(self, k, x):
        return [k * v % self.q for v in x]

    def add(self, x, y):
        return [(v + w) % self.q for v, w in zip(x, y)]

    def mul(self, x, y):
        out = [0] * (2 * self.n)
        for i, v in enumerate(x):
            if v:
                for j, w in enumerate(y):
                    out[i + j] += v * w
        return [(out[i] - out[i + self.n]) % self.q for i in range(self.n)]

    def encrypt(self, m, u, e0, e1):
        c0 = self.add(self.add(self.mul(self.b, u), self.scale(self.p, e0)), m)
        return c0, self.add(self.mul(self.a, u), self.scale(self.p, e1))

    def fresh(self, m):
        return self.encrypt(m, self.small(1), self.small(3), self.small(3))

    def noisy(self, c):
        v = self.add(c[0], self.scale(-1, self.mul(c[1], self.s)))
        return [x - self.q if x > self.q // 2 else x for x in v]

    def mod_p(self, x):
        out = [0] * (2 * self.n)
        for i, v in enumerate(x[0]):
            for j, w in enumerate(x[1]):
                out[i + j] += v * w
        return [(out[i] - out[i + self.n]) % self.p for i in range(self.n)]


def half_multiplier(trials=2000):
    """A reply with the multiplier (q+1)/2 (1 + X + ... + X^(N-1)): affine if and only if the noise has even sum."""
    toy = Toy(16, 257, (1 << 61) - 1)
    f, half = [1] * toy.n, (toy.q + 1) // 2
    affine = 0
    for _ in range(trials):
        m = [random.randrange(257) for _ in range(toy.n)]
        c = toy.fresh(m)
        reply = tuple(toy.scale(half, toy.mul(f, part)) for part in c)
        got = [x % 257 for x in toy.noisy(reply)]
        affine += got == toy.mod_p(([129] * toy.n, m))  # 129 = 1/2 mod 257
    print(f"\nreply with multiplier (q+1)/2 (1 + ... + X^(N-1)): affine in {affine / trials:.3f} of all cases")


def undoubled(trials=400, rows=3, block=12):
    """A ciphertext c with (X - 1) c = Enc(m''): passes the plaintext proof, and its noise fills q."""
    toy = Toy(16, 257, (1 << 61) - 1)
    n, q = toy.n, toy.q
    inverse = [(q - (q + 1) // 2) % q] * n  # 1/(X - 1) = -1/2 (1 + X + ... + X^(N-1))
    bounds = [4 * 4 * rows * n * block * t for t in (128, 1, 3, 3)]
    shift = [block * t for t in (128, 1, 3, 3)]
    passed = 0
    for _ in range(trials):
        w = [([random.randint(-2, 2) for _ in range(n)], toy.small(1), toy.small(3), toy.small(3)) for _ in range(block)]
        c = [tuple(toy.mul(inverse, part) for part in toy.encrypt(*x)) for x in w]
        ok = True
        for _ in range(rows):
            y = [[random.randint(-(m // 4), m // 4) for _ in range(n)] for m in bounds]
            image = toy.encrypt(*y)
            for ck in c:  # the first message: Enc(y) - sum of all c
                image = tuple(toy.add(i, toy.scale(-1, part)) for i, part in zip(image, ck))
            challenge = [random.randrange(2 * n + 1) for _ in range(block)]
            if 2 * n in challenge:  # a cell 0: nothing to answer with
                ok = False
                break
            z = [list(part) for part in y]
            for e, x in zip(challenge, w):
                # (X^e - 1)/(X - 1) = 1 + X + ... + X^(e-1)
                g = [0] * n
                for i in range(e):
                    g[i % n] += 1 if i < n else -1
                for part, witness in zip(z, x):
                    add = toy.mul(g, witness)
                    for i in range(n):
                        part[i] += add[i] if add[i] <= q // 2 else add[i] - q
            ok &= all(abs(v) < m - s for part, m, s in zip(z, bounds, shift) for v in part)
            right = image
            for e, ck in zip(challenge, c):
                monomial = [0] * n
                monomial[e % n] = 1 if e < n else -1
                right = tuple(toy.add(i, toy.mul(monomial, part)) for i, part in zip(right, ck))
            ok &= tuple(map(list, toy.encrypt(*z))) == tuple(map(list, right))
        passed += ok
    noise = max(abs(x) for x in toy.noisy(c[0]))
    double = max(abs(x) for x in toy.noisy(tuple(toy.scale(2, part) for part in c[0])))
    want = (1 - 1 / (2 * n + 1)) ** (rows * block)
    print(f"c = Enc(m)/(X - 1): proof accepted {passed / trials:.3f} (predicted {want:.3f}); "
          f"noise/q {noise / q:.3f} undoubled, {double / q:.1e} doubled")


if __name__ == "__main__":
    random.seed(7)
    half_multiplier()
    undoubled()
    plaintext(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
