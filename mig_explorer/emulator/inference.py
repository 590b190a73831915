"""The types of the variables that a thread keeps across a barrier, as Numba infers them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from numba import types
from numba.core.compiler import run_frontend
from numba.core.registry import cpu_target
from numba.core.typed_passes import type_inference_stage
from numba.np.numpy_support import from_dtype

from mig_explorer.emulator.compile import loaded
from mig_explorer.emulator.markers import written
from mig_explorer.emulator.meaning import scalar_type
from mig_explorer.emulator.names import AXES, INDICES
from mig_explorer.emulator.source import NotNative

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from mig_explorer.emulator.lower import LoweredKernel


@lru_cache(maxsize=128)
def kept_types(
    source: str, one_thread: str, variables: tuple[str, ...], signature: tuple[types.Type, ...]
) -> tuple[np.dtype[Any] | types.Type, ...]:
    """Return the NumPy type of each variable, one that holds all the values it is assigned.

    Parameters
    ----------
    source
        The rewritten module, whose device functions a thread calls.
    one_thread
        Source of the kernel for one thread, see `one_thread`.
    variables
        The variables to be kept.
    signature
        Numba's types of the kernel's arguments, its constant arrays, and the arrays that it declares.

    Returns
    -------
    tuple
        For a variable that is no number, its Numba type instead.

    Raises
    ------
    numba.core.errors.NumbaError
        If Numba can't infer the types.

    Examples
    --------
    >>> from mig_explorer.emulator.rewrite import rewrite
    >>> def add(values):
    ...     total = 0
    ...     total += values[0]
    >>> rewritten = rewrite(add)
    >>> kept_types(rewritten.source, rewritten.one_thread, ("total",), (types.float32[:],))
    (dtype('float64'),)
    """
    if not variables:
        return ()
    namespace: dict[str, Any] = {**vars(loaded(source).module)}
    exec(compile(one_thread, "<one thread>", "exec"), namespace)  # noqa: S102 - made by `rewrite`
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    indices = (types.int32,) * (len(INDICES) * len(AXES))
    ir = run_frontend(namespace["one_thread"])
    contexts = cpu_target.typing_context, cpu_target.target_context
    typemap = type_inference_stage(*contexts, ir, (*indices, *signature), None).typemap
    return tuple(_storable(name, typemap) for name in variables)


def _storable(variable: str, typemap: Mapping[str, types.Type]) -> np.dtype[Any] | types.Type:
    """Return the type for all that a variable is assigned.

    Numba gives each assignment outside of a branch or loop a version of its own: ``x``, ``x.1``, ``x.2``.
    """
    versions = [kind for name, kind in typemap.items() if name.partition(".")[0] == variable]
    kind = cpu_target.typing_context.unify_types(*(types.unliteral(each) for each in versions))
    return scalar_type(kind) or kind or versions[-1]


def one_thread(kernel: LoweredKernel) -> str:
    """Return the source of a kernel for one thread, without its barriers; it takes the arrays it declares.

    Examples
    --------
    >>> from mig_explorer.emulator.lower import lower
    >>> from mig_explorer.emulator.source import read
    >>> def add(values):
    ...     values[0] += 1
    >>> one_thread(lower(read(add))).splitlines()[-2:]
    ['    values[0] += 1', '    return']
    """
    names = kernel.names
    parameters = [name for kind in INDICES for name in names.indices(kind)] + [
        *kernel.parameters,
        *kernel.unit.constants,
        *(each.name for each in kernel.storage),
    ]
    statements = [*written(kernel.body), "return"]
    return "\n".join([f"def one_thread({', '.join(parameters)}):", *(f"    {each}" for each in statements)])


def cannot_compile(kernel: str, arguments: Sequence[types.Type], error: Exception) -> NotNative:
    """Return the error that says which arguments a kernel does not compile for, and Numba's reason."""
    given = ", ".join(str(each) for each in arguments)
    reason = next((line for line in str(error).splitlines() if line.strip() and not _heading(line)), "?")
    return NotNative(f"{kernel}: Numba can't compile it for arguments ({given}): {reason.strip()}")


def _heading(line: str) -> bool:
    return line.startswith("Failed in ")


def storage_types(kernel: LoweredKernel) -> tuple[types.Type, ...]:
    """Return Numba's types of the arrays that a kernel declares."""
    return tuple(types.Array(from_dtype(each.dtype), len(each.shape), "C") for each in kernel.storage)
