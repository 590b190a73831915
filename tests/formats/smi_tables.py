"""What ``nvidia-smi`` prints of a layout, in its own format, so that readers have something to read."""

from __future__ import annotations

from collections.abc import Iterable

from mig_explorer.gpus import Gpu, Profile
from mig_explorer.layouts import GpuInstance, Layout


def instance_ids(layout: Layout) -> dict[int, int]:
    """Give every GPU instance an id by its start; the ids tell nobody anything, as on a real board."""
    return {each.start: 13 - number for number, each in enumerate(layout.instances)}


def framed(heading: list[str], rows: Iterable[list[str]]) -> str:
    width = len(heading[0])
    line = f"+{'-' * width}+"
    lines = [line, *(f"|{each}|" for each in heading), f"|{'=' * width}|"]
    for row in rows:
        lines += [*(f"|{each}|" for each in row), line]
    return "\n".join(lines) + "\n"


def lgi(layout: Layout, index: int = 0, name_width: int = 14) -> str:
    """Print ``nvidia-smi mig -lgi``; newer drivers have wider columns for names."""
    pad = " " * (name_width - 14)
    heading = [
        f" GPU instances:                                        {pad}",
        f" GPU   Name             {pad}Profile  Instance   Placement  ",
        f"                        {pad}  ID       ID       Start:Size ",
    ]
    ids = instance_ids(layout)
    rows = []
    for each in layout.instances:
        name = f"{index:>4}  MIG {each.profile.name:<{name_width}}"
        rows.append([f"{name}{number(each.profile):>4}{ids[each.start]:>9}{each.start:>11}:{each.size:<6}"])
    return framed(heading, rows) if layout.instances else "No GPU instances found: Not Found\n"


def lci(layout: Layout, index: int = 0, *, placements: bool = True) -> str:
    """Print ``nvidia-smi mig -lci``; old drivers print no placements."""
    heading = [
        " Compute instances:                                                 ",
        " GPU     GPU       Name             Profile   Instance   Placement  ",
        "       Instance                       ID        ID       Start:Size ",
        "         ID                                                         ",
    ]
    if not placements:
        heading = [each[:55] for each in heading]
    ids, rows = instance_ids(layout), []
    for instance in layout.instances:
        for number_inside, each in enumerate(instance.compute_instances):
            row = (
                f"{index:>4}{ids[instance.start]:>7}       MIG {each.name:<14}"
                f"{each.profile.profile_id or 0:>4}{number_inside:>10}"
            )
            rows.append([f"{row}{each.start:>11}:{each.size:<6}" if placements else f"{row}     "])
    return framed(heading, rows) if rows else "No compute instances found: Not Found\n"


def lgip(board: Gpu, index: int = 0, name_width: int = 14) -> str:
    """Print ``nvidia-smi mig -lgip`` of an empty board; what the catalogue does not know is printed as 0."""
    pad = " " * (name_width - 14)
    heading = [
        f" GPU instance profiles:                                                      {pad}",
        f" GPU   Name           {pad}  ID    Instances   Memory     P2P    SM    DEC   ENC  ",
        f"                      {pad}        Free/Total   GiB              CE    JPEG  OFA  ",
    ]
    rows = []
    for each in board.profiles.values():
        memory = f"{(each.memory_mib or 0) / 1024:.2f}"
        decoders, encoders, copy, jpeg, ofa = (
            each.engines(kind) or 0 for kind in ("decoders", "encoders", "copy_engines", "jpeg", "ofa")
        )
        first = f"{index:>4}  MIG {each.name:<{name_width}}{number(each):>2}{each.max_instances:>6}"
        rest = f"/{each.max_instances}        {memory:<11}No{each.sms or 0:>7}{decoders:>6}{encoders:>6}   "
        rows.append([first + rest, f"{pad}{copy:>61}{jpeg:>6}{ofa:>6}   "])
    return framed(heading, rows)


def lgipp(board: Gpu, index: int = 0) -> str:
    """Print ``nvidia-smi mig -lgipp``."""
    lines = []
    for each in board.profiles.values():
        word = "Placements" if len(each.starts) > 1 else "Placement "
        starts = ",".join(map(str, each.starts))
        lines.append(f"GPU {index:>2} Profile ID {number(each):>2} {word}: {{{starts}}}:{each.memory_slices}")
    return "\n".join(lines) + "\n"


def number(profile: Profile) -> int:
    """Return the id; a made-up one where it is unknown."""
    return 99 if profile.profile_id is None else profile.profile_id


def devices(instance: GpuInstance) -> list[str]:
    return [each.name for each in instance.compute_instances]
