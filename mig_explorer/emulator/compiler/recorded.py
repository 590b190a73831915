"""What curated kernels compile to, as it was recorded where numba-cuda is installed."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba

from mig_explorer.emulator.compiler.compiled import can_compile, compile_kernel
from mig_explorer.emulator.compiler.fingerprint import fingerprint
from mig_explorer.emulator.compiler.resources import KernelResources, Provenance
from mig_explorer.emulator.compiler.sm_limits import COMPUTE_CAPABILITIES, dotted
from mig_explorer.emulator.source import python_function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RECORD = Path(__file__).with_name("recorded.json")
NUMBERS = (
    "registers",
    "shared_bytes",
    "local_bytes",
    "spill_store_bytes",
    "spill_load_bytes",
    "barriers",
)


def kernel_resources(
    kernel: Any, arguments: Sequence[Any], compute_capability: tuple[int, int]
) -> KernelResources | None:
    """Return what a kernel takes of an SM: compiled here where numba-cuda is installed, else as recorded.

    None where neither is to be had: unknown.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.
    arguments
        What it is launched with, or Numba's types of that.
    compute_capability
        Major and minor.

    Raises
    ------
    UnsupportedKernel
        If numba-cuda is installed and can't compile it.
    """
    if can_compile():
        return compile_kernel(kernel, arguments, compute_capability)
    return recorded_resources(kernel, arguments, compute_capability)


def recorded_resources(
    kernel: Any, arguments: Sequence[Any], compute_capability: tuple[int, int]
) -> KernelResources | None:
    """Return what was recorded of a kernel; None if nothing was, or the kernel has changed since.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel of ``mig_explorer.workloads``, or any other, of which nothing was recorded.
    arguments
        What it is launched with, or Numba's types of that: a record holds for the types it was made with.
    compute_capability
        Major and minor.

    Examples
    --------
    >>> def mine(values):
    ...     values[0] = 1
    >>> recorded_resources(mine, (1,), (8, 0)) is None
    True
    """
    record = _record()
    found = record["kernels"].get(_name(kernel))
    if found is None or found["arguments"] != argument_types(arguments):
        return None
    numbers = found["resources"].get(dotted(compute_capability))
    if numbers is None or found["fingerprint"] != fingerprint(kernel):
        return None
    return KernelResources(
        kernel=python_function(kernel).__name__,
        compute_capability=compute_capability,
        **dict(zip(NUMBERS, numbers, strict=True)),
        provenance=Provenance(kind="recorded", **record["provenance"]),
    )


def argument_types(arguments: Iterable[Any]) -> list[str]:
    """Name Numba's types of some arguments.

    Examples
    --------
    >>> import numpy as np
    >>> argument_types((np.zeros(3, np.float32), 2.0))
    ['array(float32, 1d, C)', 'float64']
    """
    return [str(each if isinstance(each, numba.types.Type) else numba.typeof(each)) for each in arguments]


def recording(kernels: Iterable[tuple[Any, Sequence[Any]]]) -> dict[str, Any]:
    """Compile kernels for every compute capability of the catalogue and return a record of all of them.

    Parameters
    ----------
    kernels
        Each with what it is launched with.

    Raises
    ------
    MissingExtra
        If numba-cuda is not installed.
    UnsupportedKernel
        If one can't be compiled.
    """
    entries = {}
    provenance: Mapping[str, Any] = {}
    for kernel, arguments in kernels:
        made = {each: compile_kernel(kernel, arguments, each) for each in COMPUTE_CAPABILITIES}
        entries[_name(kernel)] = {
            "fingerprint": fingerprint(kernel),
            "arguments": argument_types(arguments),
            "resources": {
                dotted(each): [getattr(found, name) for name in NUMBERS] for each, found in made.items()
            },
        }
        first = next(iter(made.values())).provenance
        provenance = {"how": first.how, "versions": dict(first.versions), "date": first.date}
    return {"provenance": provenance, "numbers": list(NUMBERS), "kernels": dict(sorted(entries.items()))}


def _name(kernel: Any) -> str:
    function = python_function(kernel)
    return f"{function.__module__}:{function.__qualname__}"


@functools.cache
def _record() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return read
