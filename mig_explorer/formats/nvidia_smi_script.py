"""The language of ``nvidia-smi mig``: lists of profiles to create, and reading scripts made of them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NoReturn

from mig_explorer.errors import UnknownProfile, UnreadableDocument
from mig_explorer.layouts import ComputeInstance, Layout, create_sequence
from mig_explorer.layouts.compute import open_compute_starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.gpus import ComputeProfile, Gpu, Profile
    from mig_explorer.layouts import GpuInstance

LONGEST: Final = 65_536
"""Characters of a script."""

MOST_CREATED: Final = 64
"""Instances that one script may create."""

AMPERE_TOGETHER: Final = ("4g.", "3g.")
"""What an A100 did not hold at once before driver R510."""

FIND: Final = """gi_at() {{
  {tool} -lgi | tr '|' ' ' |
    awk -v profile="$1" -v start="$2" '$2 == "MIG" && ($3 == profile || $(NF - 2) == profile) {{
      if (index($NF, start ":") == 1) print $(NF - 1)
    }}'
}}"""
"""A shell function that prints the id of the GPU instance of a profile, id or name, at a start."""

_FIND_LINES: Final = frozenset(line.strip() for line in FIND.format(tool="").splitlines())
_PASSED_OVER: Final = frozenset({"set -e", "set -u", "set -eu", "set -euo pipefail"})
_LISTING = re.compile(r"(sudo )?nvidia-smi mig -i \S{1,80} -lgi \| tr '\|' ' ' \|", re.ASCII)
_LOOK_UP = re.compile(r"gi=\$\(gi_at (?P<profile>\S{1,40}) (?P<start>\d{1,4})\)", re.ASCII)
_LOOKED_UP = re.compile(r"\$\{?gi(:\?[^}]{0,200})?\}?", re.ASCII)


def gpu_list(instances: Iterable[GpuInstance], *, by_name: bool = False) -> tuple[str, ...]:
    """Return what ``-cgi`` takes for GPU instances: ``"9:4"``, or ``"3g.20gb:4"``.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> gpu_list(Layout(gpu("A30")).place("2g.12gb", start=2).instances)
    ('5:2',)
    """
    return tuple(
        f"{each.profile.name if by_name or each.profile.profile_id is None else each.profile.profile_id}"
        f":{each.start}"
        for each in instances
    )


def compute_list(instance: GpuInstance, *, by_name: bool = False) -> tuple[str, ...]:
    """Return what ``-cci`` takes for the compute instances of a GPU instance, in order of their starts.

    Starts are given only where taking the lowest that is free, one after another, would not give these.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = Layout(gpu("A30")).place("2g.12gb", start=2)
    >>> (
    ...     compute_list(board.divide(2, "1c+1c").instances[0]),
    ...     compute_list(board.divide(2, "1c@1").instances[0]),
    ... )
    (('0', '0'), ('0:1',))
    """
    names = [
        each.name if by_name or each.profile.profile_id is None else str(each.profile.profile_id)
        for each in instance.compute_instances
    ]
    found: list[ComputeInstance] = []
    for each in instance.compute_instances:
        if open_compute_starts(found, each.profile)[0] != each.start:
            return tuple(
                f"{name}:{one.start}" for name, one in zip(names, instance.compute_instances, strict=True)
            )
        found.append(each)
    return tuple(names)


@dataclass(frozen=True)
class _State:
    layout: Layout
    target: int | None = None  # start of the GPU instance that was looked up
    gpu_option: str | None = None
    created: int = 0


def read_script(gpu: Gpu, text: str) -> Layout:
    """Read the layout that a script of ``nvidia-smi`` commands makes on an empty board.

    Parameters
    ----------
    gpu : Gpu
        The board it is for.
    text : str
        Lines as `commands` writes them: ``-cgi`` with profile ids or names, with or without starts, with or
        without ``-C``; ``-cci`` for a GPU instance that was looked up; ``-dci``, ``-dgi``, ``-mig``.

    Returns
    -------
    Layout
        Where a start is not given, the driver's choice by our model.

    Raises
    ------
    UnreadableDocument
        If a line is none of these, or the driver would refuse it; the message has the line.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> read_script(gpu("A100-SXM4-40GB"), "sudo nvidia-smi mig -i 0 -cgi 9:0,2g.10gb -C")
    <Layout of A100-SXM4-40GB: 3g.20gb@0 2g.10gb@4>
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        message = f"A script is a text of at most {LONGEST} characters."
        raise UnreadableDocument(message)
    state = _State(Layout(gpu))
    for number, line in enumerate((each.strip() for each in text.splitlines()), start=1):
        if not line or line.startswith("#") or line in _PASSED_OVER or line in _FIND_LINES:
            continue
        if _LISTING.fullmatch(line):
            continue
        look_up = _LOOK_UP.fullmatch(line)
        if look_up is not None:
            state = replace(state, target=_looked_up(number, state.layout, look_up))
        else:
            state = _command(number, state, line)
    return state.layout


def _command(number: int, state: _State, line: str) -> _State:
    options = _options(number, line)
    board = options.pop("-i", state.gpu_option)
    if state.gpu_option not in (None, board):
        _refuse(number, f"it is for GPU {board}, and the lines before for GPU {state.gpu_option}.")
    state = replace(state, gpu_option=board)
    match sorted(options):
        case ["-mig"]:
            return state
        case ["-cgi", "mig"] | ["-C", "-cgi", "mig"]:
            return _create(number, state, options["-cgi"], filled="-C" in options)
        case ["-cci", "-gi", "mig"]:
            return _divide(number, state, options["-gi"], options["-cci"])
        case ["-dci", "mig"]:
            layout = Layout(state.layout.gpu, tuple(_bare(each) for each in state.layout.instances))
            return replace(state, layout=layout)
        case ["-dgi", "mig"]:
            if any(each.compute_instances for each in state.layout.instances):
                _refuse(number, "-dgi fails while compute instances stand. Destroy them first, with -dci.")
            return replace(state, layout=state.layout.empty(), target=None)
        case _:
            return _refuse(number, f"{_short(line)} is none of -mig, -cgi, -cci with -gi, -dci and -dgi.")


def _options(number: int, line: str) -> dict[str, str]:
    try:
        words = shlex.split(line)
    except ValueError:
        _refuse(number, "a quotation mark is not closed.")
    if words[:1] == ["sudo"]:
        words = words[1:]
    if words[:1] != ["nvidia-smi"]:
        _refuse(number, f"{_short(line)} is no nvidia-smi command.")
    options: dict[str, str] = {}
    name = ""
    for word in words[1:]:
        if word in ("mig", "-i", "-mig", "-cgi", "-C", "-cci", "-gi", "-dci", "-dgi") and word not in options:
            name = word
            options[name] = ""
        elif name in ("-i", "-mig", "-cgi", "-cci", "-gi") and not options[name]:
            options[name] = word
        else:
            _refuse(number, f"{_short(word)} is not expected here.")
    return options


def _create(number: int, state: _State, asked: str, *, filled: bool) -> _State:
    created = state.created + asked.count(",") + 1
    if created > MOST_CREATED:
        _refuse(number, f"a script creates {MOST_CREATED} instances at most.")
    try:
        run = create_sequence(state.layout.gpu, asked, layout=state.layout)
    except UnreadableDocument as error:
        _refuse(number, str(error))
    if run.error is not None:
        _refuse(number, f"nvidia-smi would stop at {run.error}")
    layout = run.layout
    if not filled:
        new = {step.instance.start for step in run.steps}
        layout = Layout(
            layout.gpu, tuple(_bare(each) if each.start in new else each for each in layout.instances)
        )
    return replace(state, layout=layout, created=created)


def _looked_up(number: int, layout: Layout, form: re.Match[str]) -> int:
    start = int(form["start"])
    found = next((each for each in layout.instances if each.start == start), None)
    if found is None or form["profile"] not in (found.profile.name, str(found.profile.profile_id)):
        _refuse(number, f"no GPU instance of profile {form['profile']} starts at memory slice {start}.")
    return start


def _divide(number: int, state: _State, holder: str, asked: str) -> _State:
    if not _LOOKED_UP.fullmatch(holder):
        _refuse(
            number,
            f"-gi {_short(holder)} names a GPU instance by an id that only the machine knows. Look it up "
            "first, with gi=$(gi_at <profile> <start>).",
        )
    if state.target is None:
        _refuse(number, "no GPU instance was looked up before, with gi=$(gi_at <profile> <start>).")
    words = asked.split(",") if asked else [""]
    created = state.created + len(words)
    if created > MOST_CREATED:
        _refuse(number, f"a script creates {MOST_CREATED} instances at most.")
    instance = next(each for each in state.layout.instances if each.start == state.target)
    inside = list(instance.compute_instances)
    for word in words:
        inside.append(_compute_instance(number, instance, inside, word))
    divided = replace(instance, compute_instances=tuple(inside))
    others = (each for each in state.layout.instances if each is not instance)
    return replace(state, layout=Layout(state.layout.gpu, (*others, divided)), created=created)


def _compute_instance(
    number: int, instance: GpuInstance, inside: list[ComputeInstance], asked: str
) -> ComputeInstance:
    name, colon, start = asked.partition(":")
    profile = _compute_profile(number, instance.profile, name)
    starts = open_compute_starts(inside, profile)
    if colon and start not in map(str, profile.starts):
        known = ", ".join(map(str, profile.starts))
        _refuse(number, f"{profile.name} cannot start at {_short(start)}. Its starts are {known}.")
    if not starts or (colon and int(start) not in starts):
        beside = " and ".join(each.text for each in inside)
        _refuse(number, f"{_short(asked)} has no room in {instance.name} beside {beside}.")
    return ComputeInstance(profile, int(start) if colon else starts[0])


def _compute_profile(number: int, profile: Profile, asked: str) -> ComputeProfile:
    name = asked.removeprefix("MIG ").strip()
    if not name:
        return profile.full
    for each in profile.compute_profiles:
        if name in (each.name, str(each.profile_id)):
            return each
    try:
        return profile.compute_profile(name)
    except UnknownProfile as error:
        _refuse(number, str(error))


def _bare(instance: GpuInstance) -> GpuInstance:
    return replace(instance, compute_instances=())


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"


def _refuse(number: int, problem: str) -> NoReturn:
    message = f"Line {number}: {problem}"
    raise UnreadableDocument(message)
