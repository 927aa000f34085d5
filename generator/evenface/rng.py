"""Random generators with keys: a draw depends on its seed and keys, not on order, worker or number of other draws."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

__all__ = ["digest", "rng_for", "seed_for"]


def digest(*keys: object, size: int = 6) -> str:
    """Return a short hexadecimal name (``2 * size`` digits) that depends on ``keys`` alone."""
    return blake2b("\x1f".join(map(str, keys)).encode(), digest_size=size).hexdigest()


def rng_for(seed: int, *keys: object) -> np.random.Generator:
    """Return a generator that depends on ``seed`` and ``keys`` alone."""
    # 128 bits of the keys: crc32 words would collide among a million people.
    words = [int(digest(*keys, size=16)[i : i + 8], 16) for i in range(0, 32, 8)]
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(words)))


def seed_for(seed: int, *keys: object) -> int:
    """Return a 31 bit integer seed for a consumer that takes only integers (Cycles, a noise texture)."""
    return int(rng_for(seed, *keys).integers(2**31))
