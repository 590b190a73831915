"""A workload: a kernel with its inputs, its launch, its reference and its cost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import import_module
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads.check import Bounds, Check, Tolerance, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mig_explorer.workloads.cost import Cost
    from mig_explorer.workloads.launch import Launch

Arguments = tuple[Any, ...]
Reference = dict[int, NDArray[np.float64] | Bounds]


@dataclass(frozen=True)
class Workload:
    """What a tenant runs: one kernel, launched `repeats` times for each request.

    Two workloads are equal when they were made by the same factory with the same parameters. A workload
    pickles as just that, so it can be sent to a worker process, which builds it anew.

    Parameters
    ----------
    name
        The name it is looked up by, ``"triad"``.
    title
        For people, with its size: ``"STREAM triad, 2^26 elements"``.
    teaches
        One sentence: what it shows about a shared GPU.
    factory
        Where it comes from, ``"mig_explorer.workloads.triad:triad"``.
    parameters
        What the factory was called with.
    kernel
        The ``@cuda.jit`` kernel.
    launch
        Its grid, block and shared memory.
    cost
        What one request asks of the GPU, all its launches together.
    tolerance
        How far a result may be from the reference.
    repeats
        Launches in one request. Every launch has the same arguments, so a kernel must not read what it
        writes: the reference holds after any number of launches.
    emulation_limits
        The largest parameters that `for_emulation` leaves as they are.
    make_inputs
        From a random generator to the kernel's arguments, with outputs filled with NaN (whole numbers: -1).
    make_reference
        From the arguments to what each output should hold, in float64.
    note
        What its modelled time leaves out, where that is a large part of it; else empty.
    copies
        Whether a request copies its arrays from the host and back, as `with_copies` has it.

    Examples
    --------
    >>> from mig_explorer.workloads import triad
    >>> work = triad(elements=1000)
    >>> work.launch.blocks, work.cost.bytes
    (4, 12000)
    >>> work == triad(elements=1000)
    True
    """

    name: str = field(compare=False)
    title: str = field(compare=False)
    teaches: str = field(compare=False, repr=False)
    factory: str
    parameters: Mapping[str, int] = field(hash=False)
    kernel: Any = field(compare=False, repr=False)
    launch: Launch = field(compare=False, repr=False)
    cost: Cost = field(compare=False, repr=False)
    tolerance: Tolerance = field(compare=False, repr=False)
    repeats: int = field(compare=False, repr=False)
    emulation_limits: Mapping[str, int] = field(compare=False, repr=False)
    make_inputs: Callable[[np.random.Generator], Arguments] = field(compare=False, repr=False)
    make_reference: Callable[[Arguments], Reference] = field(compare=False, repr=False)
    note: str = field(default="", compare=False, repr=False)
    copies: bool = field(default=False, repr=False)

    def inputs(self, seed: int) -> Arguments:
        """Return new kernel arguments drawn from `seed`; outputs are filled with NaN (whole numbers: -1).

        Raises
        ------
        InvalidWorkload
            If the seed is not a whole number of 0 or more.

        Examples
        --------
        >>> from mig_explorer.workloads import reduction
        >>> values, partial_sums = reduction(elements=5000).inputs(seed=7)
        >>> values.size, partial_sums
        (5000, array([nan, nan, nan], dtype=float32))
        """
        if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
            msg = f"{self.name}.inputs(seed={seed!r}): a seed must be a whole number of 0 or more, such as 7."
            raise InvalidWorkload(msg)
        return self.make_inputs(np.random.default_rng(int(seed)))

    def reference(self, arguments: Arguments) -> Reference:
        """Return what each output should hold, computed by NumPy in float64, by its place in the arguments.

        Examples
        --------
        >>> from mig_explorer.workloads import triad
        >>> work = triad(elements=1000)
        >>> {place: array.shape for place, array in work.reference(work.inputs(seed=7)).items()}
        {3: (1000,)}
        """
        return self.make_reference(arguments)

    def check(self, arguments: Arguments, expected: Reference) -> Check:
        """Compare the arguments after a run with the reference.

        Examples
        --------
        >>> from mig_explorer.workloads import triad
        >>> work = triad(elements=1000)
        >>> arguments = work.inputs(seed=7)
        >>> work.check(arguments, work.reference(arguments)).correct  # nothing has run yet
        False
        """
        return compare(arguments, expected, self.tolerance)

    def with_copies(self) -> Workload:
        """Return this workload with the arrays of each request copied: inputs to the GPU, outputs back.

        Each of the arrays that the kernel takes is one or the other, and is copied once for a request however
        often the kernel is launched. So they are as many bytes as the arrays have on the GPU.

        Examples
        --------
        >>> from mig_explorer.workloads import triad
        >>> work = triad(elements=1000).with_copies()
        >>> work.title, work.cost.copied_bytes
        ('STREAM triad, 1,000 elements, arrays copied', 12000)
        """
        if self.copies:
            return self
        cost = replace(self.cost, copied_bytes=self.cost.working_set_bytes)
        copied = "arrays copied from and to pinned memory of the host"
        note = "; ".join(filter(None, (self.note.rstrip("."), copied)))
        return replace(self, title=f"{self.title}, arrays copied", cost=cost, note=note, copies=True)

    def for_emulation(self) -> Workload:
        """Return this workload at a size a small machine can run: at most 16 MiB of arrays, one launch.

        Examples
        --------
        >>> from mig_explorer.workloads import triad
        >>> dict(triad(elements=2**26).for_emulation().parameters)
        {'elements': 1048576, 'repeats': 1}
        """
        limits = self.emulation_limits
        smaller = {name: min(size, limits.get(name, size)) for name, size in self.parameters.items()}
        return build(self.factory, smaller, copies=self.copies)

    def __reduce__(
        self,
    ) -> tuple[Callable[[str, Mapping[str, int], bool], Workload], tuple[str, dict[str, int], bool]]:
        """Pickle as the factory and its parameters: a kernel itself does not travel."""
        return build, (self.factory, dict(self.parameters), self.copies)


def build(factory: str, parameters: Mapping[str, int], copies: bool = False) -> Workload:
    """Build a workload from its factory's import path, as a worker process does.

    With `copies` it is asked for its copies, as `Workload.with_copies` does.

    Raises
    ------
    InvalidWorkload
        If the path leads nowhere or a parameter is out of range.

    Examples
    --------
    >>> build("mig_explorer.workloads.matmul:matmul", {"size": 256, "repeats": 50}).title
    'Tiled matmul, 256 × 256, 50 launches'
    """
    module, _, name = factory.partition(":")
    try:
        made: Workload = getattr(import_module(module), name)(**parameters)
    except (ImportError, AttributeError, ValueError) as error:
        if isinstance(error, InvalidWorkload):
            raise
        msg = (
            f"no workload factory at {factory!r}: {error}. "
            "A factory is written 'package.module:function', such as 'mig_explorer.workloads.triad:triad'."
        )
        raise InvalidWorkload(msg) from error
    return made.with_copies() if copies else made
