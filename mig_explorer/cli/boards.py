"""``mig-explorer gpus`` and ``mig-explorer layouts``: the catalogue, and what a board allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mig_explorer.cli.answer import Answer, answering, table
from mig_explorer.cli.arguments import BOARD
from mig_explorer.errors import MigExplorerError
from mig_explorer.gpus import gpus as catalogue
from mig_explorer.layouts import layouts as enumerate_layouts

if TYPE_CHECKING:
    from mig_explorer.gpus import Fact, Gpu, Profile

STAR = "*"
ENGINES = {"copy_engines": "copy", "decoders": "decode", "encoders": "encode", "jpeg": "JPEG", "ofa": "OFA"}


@click.command()
@click.argument("board", required=False, type=BOARD, metavar="[GPU]")
@answering
def gpus(board: Gpu | None) -> Answer:
    r"""List the boards of the catalogue, or all that is known of one.

    \b
    mig-explorer gpus
    mig-explorer gpus A100-SXM4-40GB
    mig-explorer gpus "DGX Spark" --json
    """
    return _all_boards() if board is None else _one_board(board)


def _all_boards() -> Answer:
    boards = catalogue()
    rows = [
        [
            each.name,
            f"{each.compute_slices} + {each.memory_slices}" if each.has_mig else "no MIG",
            each.value("max_instances") if each.has_mig else "",
            _marked(each.facts["sms"], f"{each.value('sms')}"),
            _marked(each.facts["memory_mib"], _gib(each.value("memory_mib"))),
            _marked(each.facts["memory_bandwidth_gbs"], f"{each.value('memory_bandwidth_gbs')}"),
        ]
        for each in boards
    ]
    head = ["board", "compute + memory slices", "users at most", "SMs", "GiB", "GB/s"]
    legend = f"{STAR} not verified at its source; 'mig-explorer gpus NAME' says how sure it is."
    text = f"{table(rows, head)}\n\n{legend}"
    return Answer(text, {"gpus": [_summary(each) for each in boards]})


def _one_board(board: Gpu) -> Answer:
    sources = list(dict.fromkeys(fact.source for fact in board.facts.values()))
    facts = table(
        [
            [name, fact.text, fact.confidence, f"[{sources.index(fact.source) + 1}]"]
            for name, fact in board.facts.items()
        ],
        ["fact", "value", "confidence", "source"],
    )
    parts = [f"{board.name} ({board.product_name})", *filter(None, [board.note]), "", facts, ""]
    parts += [f"[{number}] {source}" for number, source in enumerate(sources, start=1)]
    if board.has_mig:
        rows = [_profile_row(each) for each in board.profiles.values()]
        head = ["profile", "id", "at most", "starts", "size", "SMs", "MiB", *ENGINES.values(), "confidence"]
        parts += ["", table(rows, head)]
    return Answer("\n".join(parts), {"gpu": _described(board)})


def _marked(fact: Fact, text: str | None) -> str | None:
    if fact.value is None:
        return None
    return f"{text}{'' if fact.confidence == 'verified' else STAR}"


def _profile_row(profile: Profile) -> list[object]:
    engines = [profile.engines(kind) for kind in ENGINES]
    starts = ",".join(map(str, profile.starts))
    return [
        profile.name, profile.profile_id, profile.max_instances, starts, profile.memory_slices, profile.sms,
        profile.memory_mib, *engines, profile.facts["sms"].confidence,
    ]  # fmt: skip


def _gib(mib: int | None) -> str | None:
    return None if mib is None else f"{mib / 1024:.0f}"


def _summary(board: Gpu) -> dict[str, Any]:
    return {
        "name": board.name,
        "product_name": board.product_name,
        "aliases": list(board.aliases),
        "mig": board.has_mig,
        "compute_slices": board.compute_slices,
        "memory_slices": board.memory_slices,
        "sms": board.value("sms"),
        "memory_mib": board.value("memory_mib"),
        "memory_bandwidth_gbs": board.value("memory_bandwidth_gbs"),
        "profiles": list(board.profiles),
    }


def _described(board: Gpu) -> dict[str, Any]:
    profiles = [
        {
            "name": each.name,
            "profile_id": each.profile_id,
            "max_instances": each.max_instances,
            "starts": list(each.starts),
            "memory_slices": each.memory_slices,
            "compute_slices": each.compute_slices,
            "facts": {name: _fact(fact) for name, fact in each.facts.items()},
            "compute_profiles": [one.name for one in each.compute_profiles],
        }
        for each in board.profiles.values()
    ]
    facts = {name: _fact(fact) for name, fact in board.facts.items()}
    ids = list(board.pci_device_ids)
    return {
        **_summary(board),
        "pci_device_ids": ids,
        "note": board.note,
        "facts": facts,
        "profiles": profiles,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "value": fact.value,
        "unit": fact.unit,
        "confidence": fact.confidence,
        "source": fact.source,
        "note": fact.note,
    }


@click.command()
@click.argument("board", type=BOARD, metavar="GPU")
@click.option("--profile", "profiles", multiple=True, help="Use this profile; repeat it for several.")
@click.option("--all", "every", is_flag=True, help="Also those to which something can be added.")
@click.option("--count", is_flag=True, help="Only say how many there are.")
@answering
def layouts(board: Gpu, profiles: tuple[str, ...], every: bool, count: bool) -> Answer:
    r"""List every layout that a board allows, of all its profiles or of some.

    \b
    mig-explorer layouts A30
    mig-explorer layouts A100-SXM4-40GB --profile 1g.5gb --profile 3g.20gb
    mig-explorer layouts A100-SXM4-40GB --all --count
    """
    try:
        found = enumerate_layouts(board, profiles or None, maximal=not every)
    except MigExplorerError as error:
        raise click.BadParameter(str(error), param_hint="--profile") from None
    what = "layouts" if every else "maximal layouts: nothing of these profiles can be added to them"
    total = f"{len(found)} {what}."
    text = total if count else "\n".join([*map(str, found), "", total])
    data = {"gpu": board.name, "profiles": list(profiles or board.profiles), "count": len(found)}
    return Answer(text, data if count else {**data, "layouts": [str(each) for each in found]})
