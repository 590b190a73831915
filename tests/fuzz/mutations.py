"""Changes good inputs into bad ones, the same way for the same random numbers."""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.fuzz.readers import Reader

UNTOUCHED = 0.03
"""Share of inputs that stay as they were, so that a reader that refuses everything is seen."""

LARGE = 0.003
"""Share of inputs that are blown up to their limits."""

WORDS = (
    "&a ", "*a", "<<: *a", "!!python/object/apply:os.system [id]", "!!str ", "!x ", "%TAG ! tag:x,2000:\n",
    "---\n", "...\n", "? ", ": ", "- ", "[", "]", "{", "}", "|\n", ">-\n", "'", '"', "\\", "\t", "\r\n",
    "\x0c", "\x00", "\x85", "\u2028", "\ufeff", "\ud800", "\U0001f600", "é",
    "#", "@", "+", ":", ",", ".", "-", "0",
    "00", "-1", "1e9", "0x", "9" * 25, "9" * 5000,
    "NaN", "Infinity", ".inf", "null", "true", "yes", "1_0", "010",
    "1g.5gb", "3g.20gb@4", "+me", "-me", "1c.", "[1c@0+", "@9999", "devices: all\n", "mig-enabled: true\n",
    "mig-devices: {}\n", "version: v1\n", "sudo ", "nvidia-smi mig -i 0 ", "-cgi 19 -C\n", "-cci 0\n",
    "gi=$(gi_at 9 4)\n", "; rm -rf /", "$(id)", "`id`", "No MIG-enabled devices found.\n",
    "|   0  MIG 1g.5gb ", "{0,1,2}:1", "<img src=x onerror=alert(1)>", "{{x}}", "../../etc/passwd", "%s%n",
    "\x1b[31m",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 10**30, 1.5, -0.0, float("nan"), float("inf"), "", "x", "1g.5gb",
    "a" * 3000, "\ud800", [], {}, [[]], {"": None}, [None] * 50, {"value": 1},
)  # fmt: skip


def mutated(reader: Reader, chance: random.Random) -> Any:
    """Return one of a reader's seeds, changed a little or a lot."""
    seed = chance.choice(reader.seeds)
    if chance.random() < UNTOUCHED:
        return seed
    if reader.kind == "values":
        value = copy.deepcopy(seed)
        for _ in range(1 + int(chance.expovariate(0.7))):
            value = changed_value(value, chance)
        return value
    if reader.kind == "bytes":
        text = seed.decode("latin-1")
        return changed_text(text, (text,), chance).encode("latin-1", "replace")
    return changed_text(seed, reader.seeds, chance)


def changed_text(text: str, others: tuple[str, ...], chance: random.Random) -> str:
    for _ in range(1 + int(chance.expovariate(0.5))):
        text = one_change(text, others, chance)
    if chance.random() < LARGE:
        piece = chance.choice((text, *WORDS)) or " "
        text = piece * (chance.choice((4_000, 60_000, 60_000, 300_000)) // len(piece))
    return text


def one_change(text: str, others: tuple[str, ...], chance: random.Random) -> str:
    first, last = sorted(chance.randint(0, len(text)) for _ in range(2))
    last = min(last, first + chance.choice((1, 1, 3, 10, 60)))
    before, middle, after = text[:first], text[first:last], text[last:]
    other = chance.choice(others)
    lines = text.splitlines(keepends=True)
    chance.shuffle(lines)
    choices = (
        before + after,
        before + chance.choice(WORDS) + middle + after,
        before + chance.choice(WORDS) + after,
        before + middle * chance.choice((2, 3, 20)) + after,
        before,
        before + chr(chance.choice((chance.randrange(128), chance.randrange(0x250)))) + text[first + 1 :],
        before + str(chance.choice((0, 1, 2, 4, 7, 8, 99, 10**10))) + text[first + 1 :],
        "".join(lines),
        before + other[chance.randint(0, len(other)) :],
    )
    return chance.choice(choices)


def changed_value(value: Any, chance: random.Random) -> Any:
    """Change something in nested lists and dicts; usually deep inside."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        match chance.randrange(6):
            case 0:
                del value[key]
            case 1:
                value[chance.choice((*value, "x", "", "op", "profiles", "crc"))] = junk(chance)
            case _:
                value[key] = changed_value(value[key], chance)
        return value
    if isinstance(value, list) and value and chance.random() < 0.9:
        index = chance.randrange(len(value))
        match chance.randrange(6):
            case 0:
                del value[index]
            case 1:
                value.insert(index, copy.deepcopy(chance.choice(value)))
            case _:
                value[index] = changed_value(value[index], chance)
        return value
    if isinstance(value, str) and chance.random() < 0.5:
        return one_change(value, (value,), chance)
    if isinstance(value, int) and not isinstance(value, bool) and chance.random() < 0.5:
        return value + chance.choice((-1, 1, 100))
    return junk(chance)


def junk(chance: random.Random) -> Any:
    return copy.deepcopy(chance.choice(VALUES))
