"""A list of profiles created one after another, as ``nvidia-smi mig -cgi`` does it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import UnreadableDocument
from mig_explorer.layouts.driver import OUR_MODEL
from mig_explorer.layouts.layout import Layout
from mig_explorer.layouts.orders import explicit_starts, working_order
from mig_explorer.layouts.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence as Many

    from mig_explorer.gpus import Gpu, Profile
    from mig_explorer.layouts.instance import GpuInstance

INSUFFICIENT_RESOURCES = (23, "Insufficient Resources")
INVALID_ARGUMENT = (2, "Invalid Argument")
LONGEST = 4096
MOST = 64
NUMBERED = 8
"""Memory slices of the boards whose published runs show how the driver numbers its GPU instances."""


@dataclass(frozen=True)
class Step:
    """One GPU instance that was created.

    Parameters
    ----------
    asked : str
        The word of the list, ``"19"`` or ``"3g.20gb:4"``.
    instance : GpuInstance
        What was created, and where.
    instance_id : int or None
        Its id, on boards with eight memory slices; None where no published run shows how ids are given.
    """

    asked: str
    instance: GpuInstance
    instance_id: int | None


@dataclass(frozen=True)
class SequenceError:
    """Where the driver stopped.

    Parameters
    ----------
    code : int
        NVML's return code, which is also the exit code of ``nvidia-smi``: 23 or 2.
    text : str
        ``"Insufficient Resources"`` or ``"Invalid Argument"``.
    asked : str
        The word of the list that failed.
    reason : str
        Why, in our words.
    """

    code: int
    text: str
    asked: str
    reason: str

    def __str__(self) -> str:
        return f"{self.asked}: {self.text}. {self.reason}"


@dataclass(frozen=True)
class Sequence:
    """What a list of profiles leads to. Make one with `create_sequence`.

    Parameters
    ----------
    gpu : Gpu
        The board.
    before : Layout
        What stood before.
    asked : tuple of str
        The list, word for word.
    steps : tuple of Step
        What was created, in this order; it stays even if a later word fails.
    layout : Layout
        What stands in the end.
    error : SequenceError or None
        Where the driver stopped, if it did.
    note : str
        What of this is our model.
    """

    gpu: Gpu
    before: Layout
    asked: tuple[str, ...]
    steps: tuple[Step, ...]
    layout: Layout
    error: SequenceError | None
    note: str = OUR_MODEL

    @property
    def transcript(self) -> str:
        """The lines in the form that ``nvidia-smi mig -cgi … -C`` prints them; an unknown id is a ``?``."""
        lines = []
        for step in self.steps:
            profile = step.instance.profile
            number = "?" if step.instance_id is None else str(step.instance_id)
            lines += [
                (
                    f"Successfully created GPU instance ID {number:>2} on GPU  0 using profile MIG "
                    f"{profile.name} "
                    f"(ID {_shown(profile.profile_id)})"
                ),
                (
                    f"Successfully created compute instance ID  0 on GPU  0 GPU instance ID {number:>2} "
                    f"using profile MIG {profile.full.name} (ID {_shown(profile.full.profile_id)})"
                ),
            ]
        if self.error:
            lines += [
                (
                    f"Unable to create a GPU instance on GPU  0 using profile {self.error.asked}: "
                    f"{self.error.text}"
                ),
                f"Failed to create GPU instances: {self.error.text}",
            ]
        return "\n".join(lines)

    @property
    def advice(self) -> str:
        """What to do about an error; empty without one.

        Examples
        --------
        >>> from mig_explorer.gpus import gpu
        >>> create_sequence(gpu("A100-SXM4-40GB"), "19,19,14,9").advice
        'This order works: 9,14,19,19.'
        """
        if self.error is None:
            return ""
        if self.error.code == INVALID_ARGUMENT[0]:
            return f"The profiles of {self.gpu.name}: {', '.join(map(_listed, self.gpu.profiles.values()))}."
        profiles = [_profile(self.gpu, word.partition(":")[0]) for word in self.asked]
        names = [each.name for each in profiles if each is not None]
        words = {
            each.name: word.partition(":")[0] for each, word in zip(profiles, self.asked, strict=True) if each
        }
        order = working_order(self.gpu, names, layout=self.before)
        if order is not None:
            return f"This order works: {','.join(words[name] for name in order)}."
        fitted = explicit_starts(self.gpu, names, layout=self.before)
        if fitted is None:
            return "No order of these profiles works beside what stands: together they do not fit."
        new = [each for each in fitted.instances if self.before.at(each.start) is None]
        given = ",".join(f"{words[each.profile.name]}:{each.start}" for each in new)
        return (
            f"No order works as long as the driver chooses the starts; with these starts it works: {given}."
        )


def create_sequence(
    gpu: Gpu, profiles: str | Many[str | int], *, layout: Layout | None = None, mirrored: bool = False
) -> Sequence:
    """Create GPU instances one after another, as ``nvidia-smi mig -cgi`` would.

    It takes them in the order written, each at the start that the driver would choose by our model
    (`driver_start`) or at the one that is given, and stops at the first that fails; what was created before
    stays.

    Parameters
    ----------
    gpu : Gpu
        A board with MIG.
    profiles : str or sequence of str or int
        Profile ids or names, with a start after a colon where it matters: ``"19,19,14,9"``,
        ``"9:4,1g.5gb"``.
    layout : Layout, optional
        What stands already; nothing by default.
    mirrored : bool
        Boards number their GPU instances in one of two mirrored ways; this asks for the second.

    Raises
    ------
    UnreadableDocument
        If the list is no list of profiles.

    Notes
    -----
    Order and stopping: NVIDIA MIG User Guide. Starts: our model. Ids of GPU instances: read off published
    runs on A100 and H100 boards, so known for boards with eight memory slices only.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> run = create_sequence(gpu("A100-SXM4-40GB"), "19,19,14,9")
    >>> [(step.instance.start, step.instance_id) for step in run.steps]
    [(6, 13), (4, 11), (0, 3)]
    >>> print(run.error)
    9: Insufficient Resources. 3g.20gb cannot be placed. Its starts are 0 and 4, and slices 0 and 1 belong
    to 2g.10gb, slice 4 belongs to 1g.5gb and slice 6 belongs to 1g.5gb. Remove 2g.10gb@0, then it can start
    at 0. What still fits: 1g.5gb, 1g.10gb and 2g.10gb.
    >>> run.layout
    <Layout of A100-SXM4-40GB: 2g.10gb@0 1g.5gb@4 1g.5gb@6>
    """
    before = Layout(gpu) if layout is None else layout
    if before.gpu != gpu:
        message = f"The layout is of {before.gpu.name}, and the list is for {gpu.name}."
        raise UnreadableDocument(message)
    asked = _words(profiles)
    steps: list[Step] = []
    stands = before
    for word in asked:
        error, created = _create(stands, word)
        if created is None:
            return Sequence(gpu, before, asked, tuple(steps), stands, error)
        new = next(each for each in created.instances if stands.at(each.start) is None)
        steps.append(Step(word, new, instance_id(new, mirrored=mirrored)))
        stands = created
    return Sequence(gpu, before, asked, tuple(steps), stands, None)


def instance_id(instance: GpuInstance, *, mirrored: bool = False) -> int | None:
    """Return the id that the driver gives a GPU instance, None where no published run shows it.

    On boards with eight memory slices it follows from size and start; on some boards left and right are
    exchanged. Never infer a start from an id.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [instance_id(each) for each in Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", 4).instances]
    [2]
    """
    whole = instance.gpu.memory_slices
    if whole != NUMBERED:
        return None
    start = (instance.start + whole // 2) % whole if mirrored and instance.size < whole else instance.start
    first = {1: 7, 2: 3, 4: 1, 8: 0}[instance.size]
    return first + start // instance.size


def _words(profiles: str | Many[str | int]) -> tuple[str, ...]:
    if isinstance(profiles, str):
        words = [each.strip() for each in profiles[: LONGEST + 1].split(",")] if profiles.strip() else []
        too_long = len(profiles) > LONGEST
    else:
        try:
            words = [str(each).strip() for each in profiles]
        except TypeError:
            words = [""]
        too_long = sum(map(len, words)) > LONGEST
    if too_long or len(words) > MOST or not words or not all(words):
        message = f"A list of profiles is 1 to {MOST} ids or names, like '19,19,14,9' or '9:4,1g.5gb'."
        raise UnreadableDocument(message)
    return tuple(words)


def _create(layout: Layout, word: str) -> tuple[SequenceError | None, Layout | None]:
    name, colon, start = word.partition(":")
    profile = _profile(layout.gpu, name)
    if not layout.gpu.has_mig:
        return SequenceError(*INVALID_ARGUMENT, word, f"{layout.gpu.name} has no MIG."), None
    if profile is None:
        return SequenceError(*INVALID_ARGUMENT, word, f"{layout.gpu.name} has no profile {name!r}."), None
    if colon and not re.fullmatch(r"\d{1,3}", start, re.ASCII):
        return SequenceError(*INVALID_ARGUMENT, word, f"{start!r} is no memory slice."), None
    answer = layout.explain(profile.name, int(start) if colon else None)
    if isinstance(answer, Refusal):
        kind = INVALID_ARGUMENT if answer.rule == "not-a-start" else INSUFFICIENT_RESOURCES
        return SequenceError(*kind, word, str(answer)), None
    return None, layout.place(profile.name, answer.start)


def _profile(gpu: Gpu, word: str) -> Profile | None:
    name = word.strip().removeprefix("MIG ").strip()
    if re.fullmatch(r"\d{1,3}", name, re.ASCII):
        return next((each for each in gpu.profiles.values() if each.profile_id == int(name)), None)
    return gpu.profiles.get(name)


def _listed(profile: Profile) -> str:
    return profile.name if profile.profile_id is None else f"{profile.profile_id} ({profile.name})"


def _shown(number: int | None) -> str:
    return " ?" if number is None else f"{number:>2}"
