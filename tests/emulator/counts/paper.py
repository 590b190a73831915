"""What the derivations by hand of `by_hand` and `by_hand_tiles` are written with."""

from __future__ import annotations


def over(a, b):
    return -(-a // b)


def split(lanes):
    """Return 1 if the last of some warps has lanes on both sides of a limit after so many lanes."""
    return int(lanes % 32 > 0)


def coalesced(prefix, size, requests, sectors, ideal=None):
    """Return the four metrics of loads or stores."""
    names = ("bytes", "requests", "sectors", "ideal_sectors")
    figures = (size, requests, sectors, sectors if ideal is None else ideal)
    return {f"{prefix}_{name}": figure for name, figure in zip(names, figures, strict=True)}


def shared(loads, stores, conflicts=0, *, load_bytes, store_bytes):
    return {
        "shared_load_bytes": load_bytes,
        "shared_load_requests": loads,
        "shared_store_bytes": store_bytes,
        "shared_store_requests": stores,
        "shared_turns": loads + stores + conflicts,
        "bank_conflicts": conflicts,
    }
