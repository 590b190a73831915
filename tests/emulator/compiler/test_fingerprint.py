from __future__ import annotations

import linecache
from itertools import count
from typing import Any

import numpy as np
import pytest
from numba import float32, float64

from mig_explorer.emulator.compiler.fingerprint import fingerprint

NUMBERS = count()
SOURCE = '''
def helper(x):
    return x + 1

def kernel(values):
    """Do it."""
    for i in range(SIZE):
        values[i] = helper(values[i]) * kind(2)
'''


def made(source: str = SOURCE, **outer: Any) -> str:
    """Return the fingerprint of the kernel in a file of this source."""
    file = f"<fingerprint {next(NUMBERS)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"SIZE": 8, "kind": float32, **outer}
    exec(compile(source, file, "exec"), scope)
    return fingerprint(scope["kernel"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Do it."""', '"""Do it well."""'),
        ('    """Do it."""\n', ""),
        ("helper(values[i]) * kind(2)", "helper(  # add one\n            values[i]\n  ) * kind(2)  # twice"),
        ("def kernel", "\n\n# The kernel.\ndef kernel"),
    ],
)
def test_what_the_compiler_does_not_see_changes_nothing(old: str, new: str) -> None:
    source = SOURCE.replace(old, new)
    assert source != SOURCE
    assert made(source) == made()


@pytest.mark.parametrize(
    "changed",
    [
        SOURCE.replace("kind(2)", "kind(3)"),
        SOURCE.replace("x + 1", "x + 2"),
        SOURCE.replace(
            "    for i in range(SIZE):\n        values[i]", "    for i in range(SIZE): pass\n    values[i]"
        ),
    ],
)
def test_another_kernel_or_device_function_is_another(changed: str) -> None:
    assert made(changed) != made()


@pytest.mark.parametrize("outer", [{"SIZE": 9}, {"kind": float64}])
def test_another_constant_is_another(outer: dict[str, Any]) -> None:
    assert made(**outer) != made()


def test_arrays_count_by_what_they_hold() -> None:
    source = "def kernel(values):\n    values[0] = TABLE[1]\n"
    first = made(source, TABLE=np.arange(4))
    assert made(source, TABLE=np.arange(4)) == first
    assert made(source, TABLE=np.arange(4) + 1) != first
    assert made(source, TABLE=np.arange(4, dtype=np.int32)) != first


def test_functions_that_call_each_other_end() -> None:
    source = "def helper(x):\n    return kernel(x)\n\ndef kernel(x):\n    return helper(x)\n"
    assert made(source) == made(source)
