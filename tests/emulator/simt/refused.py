"""What a kernel can't have here, a small kernel for each, and the words in which it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import cuda, float32
from numba.cuda import libdevice

from mig_explorer.emulator import emulate
from mig_explorer.errors import UnsupportedKernel


@dataclass(frozen=True)
class Refused:
    """Something that is refused, and a kernel with it that is launched with some arguments."""

    says: str
    kernel: Any
    arguments: Callable[[], tuple[Any, ...]]

    def words(self) -> str:
        """Return what is said after the kernel's name and its line; "" if it is not refused."""
        try:
            emulate(self.kernel)[1, 1](*self.arguments())
        except UnsupportedKernel as error:
            return re.sub(r"^\w+, line \d+: ", "", str(error))
        return ""


REFUSED: list[Refused] = []


def refused(says: str, *arguments: Any) -> Callable[[Any], Any]:
    def register(kernel: Any) -> Any:
        REFUSED.append(Refused(says, kernel, lambda: arguments or (np.full(4, 7.0),)))
        return kernel

    return register


@refused("cooperative groups")
@cuda.jit
def waits_for_the_grid(_out):
    cuda.cg.this_grid().sync()


@refused("vector types")
@cuda.jit
def has_vectors(out):
    pair = cuda.float32x2(1.0, 2.0)
    out[0] = pair.x


@refused("libdevice functions that round in a direction")
@cuda.jit
def rounds_down(out):
    out[0] = libdevice.dadd_rd(out[0], 1.0)


@refused("an array seen as another type")
@cuda.jit
def views(out):
    bits = out.view(np.int64)
    bits[0] = 1


@refused("lists")
@cuda.jit
def has_a_list(out):
    parts = [1, 2]
    out[0] = parts[0]


@refused("dicts")
@cuda.jit
def has_a_dict(out):
    parts = {0: 1}
    out[0] = parts[0]


@refused("comprehensions")
@cuda.jit
def comprehends(out):
    out[0] = sum([k for k in range(3)])  # noqa: C416 - that is what is tried


@refused("try and except")
@cuda.jit
def tries(out):
    try:
        out[0] = 1
    except Exception:  # noqa: BLE001 - that is what is tried
        out[0] = 2


@refused("with")
@cuda.jit
def has_a_with(out):
    with out:
        out[0] = 1


@refused("formatted strings")
@cuda.jit
def formats(out):
    print(f"{out[0]}")  # noqa: T201 - that is what is tried


@refused("the operator @")
@cuda.jit
def multiplies_matrices(out):
    out[0] = out @ out


@refused("a kernel that returns something")
@cuda.jit
def returns(out):
    return out[0]


@cuda.jit(device=True)
def factorial(n):
    if n > 1:
        return n * factorial(n - 1)
    return 1


@refused("recursion")
@cuda.jit
def calls_itself(out):
    out[0] = factorial(5)


@refused("functions of NumPy that Numba has not for a GPU")
@cuda.jit
def chooses(out):
    out[0] = np.where(out[0] > 0, 1, 2)


@refused("shared arrays whose shape is not known beforehand", np.full(4, 7.0), 3)
@cuda.jit
def sized(out, n):
    tile = cuda.shared.array(n, float32)
    out[0] = tile[0]
