"""A layout: a board and the GPU instances placed on it. Immutable."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mig_explorer.errors import ImpossiblePlacement, InvalidLayout
from mig_explorer.gpus import Placement
from mig_explorer.layouts.compute import divided, short_name
from mig_explorer.layouts.driver import driver_start
from mig_explorer.layouts.instance import GpuInstance
from mig_explorer.layouts.refusal import Refusal, refuse
from mig_explorer.layouts.rules import broken_rule, open_starts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu, Profile


@dataclass(frozen=True)
class Stranded:
    """Slices that nobody holds and that no profile of the board can reach any more.

    Parameters
    ----------
    compute : tuple of int
        Compute slices.
    memory : tuple of int
        Memory slices.
    """

    compute: tuple[int, ...]
    memory: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.compute or self.memory)


@dataclass(frozen=True)
class Layout:
    """A board with GPU instances on it. `place` and `remove` return a new layout.

    Parameters
    ----------
    gpu : Gpu
        A board of the catalogue.
    instances : tuple of GpuInstance
        In order of their starts; checked against the board's rules.

    Raises
    ------
    InvalidLayout
        If the instances cannot stand on the board together.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=0).place("2g.10gb")
    >>> layout
    <Layout of A100-SXM4-40GB: 3g.20gb@0 2g.10gb@4>
    >>> layout.stranded
    Stranded(compute=(3,), memory=())
    """

    gpu: Gpu
    instances: tuple[GpuInstance, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.instances, key=lambda instance: instance.start))
        object.__setattr__(self, "instances", ordered)
        for index, instance in enumerate(ordered):
            rule = broken_rule(self.gpu, ordered[:index], instance.profile, instance.start)
            if rule is not None:
                message = f"{instance.name} cannot stand on {self.gpu.name} beside the others: {rule.name}."
                raise InvalidLayout(message)

    def place(self, profile_name: str, start: int | None = None) -> Layout:
        """Return this layout with one more GPU instance.

        Parameters
        ----------
        profile_name : str
            For example ``"3g.20gb"``.
        start : int, optional
            Memory slice to start at. Without it: the start that the driver would pick, by our model of it
            (`driver_start`).

        Raises
        ------
        ImpossiblePlacement
            With the refusal as its text and as ``.refusal``.
        UnknownProfile
            If the board has no such profile.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> str(Layout(gpu("A30")).place("2g.12gb", start=2).place("1g.6gb", start=0))
        '1g.6gb@0 2g.12gb@2'
        """
        answer = self.explain(profile_name, start)
        if isinstance(answer, Refusal):
            raise ImpossiblePlacement(answer)
        instance = GpuInstance(self.gpu, self.gpu.profile(profile_name), answer)
        return Layout(self.gpu, (*self.instances, instance))

    def explain(self, profile_name: str, start: int | None = None) -> Placement | Refusal:
        """Return where a profile would go, or why it cannot.

        Parameters
        ----------
        profile_name : str
            For example ``"3g.20gb"``.
        start : int, optional
            Memory slice to start at; without it the driver's choice by our model.

        Returns
        -------
        Placement or Refusal
            A refusal names the rule broken, what it clashes with and what would work instead.

        Raises
        ------
        UnknownProfile
            If the board has no such profile.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=0)
        >>> layout.explain("3g.20gb")
        Placement(start=4, size=4)
        >>> print(layout.explain("3g.20gb", start=2))
        3g.20gb cannot start at memory slice 2. Its starts are 0 and 4. Place it at 4 instead.
        """
        if not self.gpu.has_mig:
            return refuse(self, profile_name, start)
        profile = self.gpu.profile(profile_name)
        if start is None:
            start = driver_start(self, profile)
        elif isinstance(start, bool) or not isinstance(start, int):
            message = f"A start is a memory slice, a whole number; got {start!r}."
            raise TypeError(message)
        if start is None or broken_rule(self.gpu, self.instances, profile, start) is not None:
            return refuse(self, profile_name, start)
        return Placement(start, profile.memory_slices)

    def remove(self, start: int) -> Layout:
        """Return this layout without the GPU instance that holds a memory slice.

        Raises
        ------
        InvalidLayout
            If no instance holds that memory slice.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> str(Layout(gpu("A30")).place("4g.24gb").remove(0))
        'empty'
        """
        gone = self._holder(start)
        return Layout(self.gpu, tuple(instance for instance in self.instances if instance is not gone))

    def divide(self, start: int, compute: str) -> Layout:
        """Return this layout with other compute instances in the GPU instance that holds a memory slice.

        Parameters
        ----------
        start : int
            A memory slice of the GPU instance.
        compute : str
            Compute profiles joined by ``+``, ``"1c+2c"``, with starts if they matter, ``"1c@0+1c@2"``; the
            GPU instance's own name for one that fills it, nothing for none.

        Raises
        ------
        InvalidLayout
            If no instance holds that memory slice, or the compute instances do not stand in it together.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=4)
        >>> str(layout.divide(4, "1c+1c+1c"))
        '3g.20gb@4[1c@0+1c@1+1c@2]'
        """
        held = self._holder(start)
        changed = replace(held, compute_instances=divided(held.profile, compute))
        return Layout(self.gpu, tuple(changed if each is held else each for each in self.instances))

    def _holder(self, memory_slice: int) -> GpuInstance:
        held = self.at(memory_slice)
        if held is None:
            stands = f"Held are: {self}." if self.instances else "The layout is empty."
            message = f"No GPU instance holds memory slice {memory_slice} of {self.gpu.name}. {stands}"
            raise InvalidLayout(message)
        return held

    def at(self, memory_slice: int) -> GpuInstance | None:
        """Return the GPU instance that holds a memory slice, None if it is free."""
        return next((each for each in self.instances if memory_slice in each.memory_slices), None)

    def empty(self) -> Layout:
        """Return the same board with nothing on it."""
        return Layout(self.gpu)

    def remaining(self) -> Mapping[str, int]:
        """Return how many more of each profile would fit, were nothing else placed.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> layout = Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=0)
        >>> layout.remaining()["1g.5gb"], layout.remaining()["7g.40gb"]
        (3, 0)
        """
        return {name: self._fit(profile) for name, profile in self.gpu.profiles.items()}

    def _fit(self, profile: Profile) -> int:
        instances = self.instances
        for start in profile.starts:
            if broken_rule(self.gpu, instances, profile, start) is None:
                instances = (
                    *instances,
                    GpuInstance(self.gpu, profile, Placement(start, profile.memory_slices)),
                )
        return len(instances) - len(self.instances)

    @property
    def free_memory_slices(self) -> tuple[int, ...]:
        """Memory slices that no instance holds."""
        held = {each for instance in self.instances for each in instance.memory_slices}
        return tuple(each for each in range(self.gpu.memory_slices) if each not in held)

    @property
    def free_compute_slices(self) -> tuple[int, ...]:
        """Compute slices that no instance holds."""
        held = {each for instance in self.instances for each in instance.compute_slices}
        return tuple(each for each in range(self.gpu.compute_slices) if each not in held)

    @property
    def stranded(self) -> Stranded:
        """Free slices that no placement can reach any more while these instances stand."""
        reachable = [
            GpuInstance(self.gpu, profile, Placement(start, profile.memory_slices))
            for profile in self.gpu.profiles.values()
            for start in open_starts(self.gpu, self.instances, profile)
        ]
        compute = {each for instance in reachable for each in instance.compute_slices}
        memory = {each for instance in reachable for each in instance.memory_slices}
        return Stranded(
            tuple(each for each in self.free_compute_slices if each not in compute),
            tuple(each for each in self.free_memory_slices if each not in memory),
        )

    def __repr__(self) -> str:
        return f"<Layout of {self.gpu.name}: {self}>"

    def __str__(self) -> str:
        return " ".join(instance.text for instance in self.instances) or "empty"

    @property
    def title(self) -> str:
        """The instances in short, largest first: ``"3g.20gb + 2 x 2g.10gb"`` with a real times sign."""
        order = list(self.gpu.profiles)
        counts = Counter((instance.profile.name, _inside(instance)) for instance in self.instances)
        parts = sorted(counts.items(), key=lambda item: -order.index(item[0][0]))
        words = (
            f"{count} \N{MULTIPLICATION SIGN} {name}{inside}" if count > 1 else f"{name}{inside}"
            for (name, inside), count in parts
        )
        return " + ".join(words) or "empty"


def _inside(instance: GpuInstance) -> str:
    if instance.filled:
        return ""
    names = [short_name(each.profile) for each in instance.compute_instances]
    return f" ({' + '.join(names) or 'no compute instance'})"
