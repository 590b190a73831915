"""``explain``, ``sequence``, ``export``: one placement, a list of them, a layout in a tool's language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mig_explorer.cli.answer import Answer, answering, table
from mig_explorer.cli.arguments import BOARD, read_layout_argument
from mig_explorer.errors import InvalidWhere, MigExplorerError
from mig_explorer.formats import Where, formats, read_layout, write_layout
from mig_explorer.layouts import Refusal, create_sequence, failing_orders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.formats import Document, Export
    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import Layout, Sequence

_LAYOUT = click.option(
    "--layout", default="", help="What stands already, like '3g.20gb@4 1g.5gb@0'; empty without it."
)


@click.command()
@click.argument("board", type=BOARD, metavar="GPU")
@click.argument("profile")
@click.option(
    "--start", type=int, help="Memory slice; without it, where the driver would put it by our model."
)
@_LAYOUT
@answering
def explain(board: Gpu, profile: str, start: int | None, layout: str) -> Answer:
    r"""Say where a profile goes, or why it cannot and what would work.

    \b
    mig-explorer explain A100-SXM4-40GB 3g.20gb --start 2
    mig-explorer explain A100-SXM4-40GB 3g.20gb --layout "1g.5gb@4"
    """
    stands = read_layout_argument(board, layout, "--layout")
    if board.has_mig and profile not in board.profiles:
        try:
            board.profile(profile)
        except MigExplorerError as error:
            raise click.BadParameter(str(error), param_hint="PROFILE") from None
    answer = stands.explain(profile, start)
    if isinstance(answer, Refusal):
        ways = [{"layout": str(each.apply(stands))} for each in answer.alternatives]
        reason = {"rule": answer.rule, "reason": str(answer), "alternatives": ways}
        return Answer(
            str(answer), {"gpu": board.name, "profile": profile, "start": start, **reason}, yes=False
        )
    after = stands.place(profile, answer.start)
    by = "" if start is not None else " (where the driver would put it, by our model)"
    text = (
        f"{profile} starts at memory slice {answer.start} and takes {answer.size}{by}.\nThen stands: {after}"
    )
    data = {"gpu": board.name, "profile": profile, "start": answer.start, "size": answer.size}
    return Answer(text, {**data, "chosen_by": "you" if start is not None else "model", "layout": str(after)})


@click.command()
@click.argument("board", type=BOARD, metavar="GPU")
@click.argument("profiles")
@_LAYOUT
@click.option("--mirrored", is_flag=True, help="Number the instances as boards of the second kind do.")
@click.option("--orders", is_flag=True, help="Also list every order of these profiles that fails.")
@answering
def sequence(board: Gpu, profiles: str, layout: str, mirrored: bool, orders: bool) -> Answer:
    r"""Create PROFILES one after another as 'nvidia-smi mig -cgi PROFILES -C' would.

    PROFILES are ids or names joined by commas, with a start after a colon where it matters.

    \b
    mig-explorer sequence A100-SXM4-40GB 19,19,14,9
    mig-explorer sequence A100-SXM4-40GB 9:4,1g.5gb:0 --orders
    """
    stands = read_layout_argument(board, layout, "--layout")
    try:
        run = create_sequence(board, profiles, layout=stands, mirrored=mirrored)
    except MigExplorerError as error:
        raise click.BadParameter(str(error), param_hint="PROFILES") from None
    rows = [
        [each.asked, each.instance.profile.name, each.instance.start, each.instance_id] for each in run.steps
    ]
    parts = [table(rows, ["asked", "profile", "start", "instance id"])] if rows else []
    if run.error:
        parts += [f"Stops at {run.error}", run.advice]
    parts += [f"Then stands: {run.layout}", run.note]
    data: dict[str, Any] = {
        "gpu": board.name,
        "steps": [dict(zip(("asked", "profile", "start", "instance_id"), row, strict=True)) for row in rows],
        "layout": str(run.layout),
        "error": _error(run),
        "advice": run.advice,
        "transcript": run.transcript.splitlines(),
        "note": run.note,
    }
    if orders:
        fail = _failing(run, stands)
        parts += [f"{len(fail)} orders fail{':' if fail else '.'}", *(",".join(each) for each in fail)]
        data["failing_orders"] = [list(each) for each in fail]
    return Answer("\n".join(filter(None, parts)), data, yes=run.error is None)


def _error(run: Sequence) -> dict[str, object] | None:
    if run.error is None:
        return None
    return {
        "code": run.error.code,
        "text": run.error.text,
        "asked": run.error.asked,
        "reason": run.error.reason,
    }


def _failing(run: Sequence, stands: Layout) -> tuple[tuple[str, ...], ...]:
    by_id = {str(each.profile_id): name for name, each in run.gpu.profiles.items()}
    words = [word.partition(":")[0].removeprefix("MIG ").strip() for word in run.asked]
    try:
        return failing_orders(run.gpu, [by_id.get(word, word) for word in words], layout=stands)
    except MigExplorerError as error:
        raise click.BadParameter(str(error), param_hint="--orders") from None


@click.command()
@click.argument("board", type=BOARD, metavar="GPU")
@click.argument("layout")
@click.argument("format_name", metavar="FORMAT")
@click.option(
    "--from", "source", metavar="FORMAT", help="Read LAYOUT as a file of this format; - is standard input."
)
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="Write the files to this folder."
)
@click.option(
    "--gpu-index", type=click.IntRange(0, 255), default=0, show_default=True, help="Which GPU of the machine."
)
@click.option("--node", default="", help="Name of the machine, for the formats that need it.")
@click.option("--uuid", "uuids", multiple=True, help="UUID of a MIG device, in order of starts; repeat it.")
@answering
def export(
    board: Gpu, layout: str, format_name: str, source: str | None, output: Path | None, **where: Any
) -> Answer:
    r"""Write a layout in the language of a tool.

    FORMAT is one of: nvidia-smi, mig-parted, gpu-operator, device-plugin, pods, dra, docker, slurm,
    kubespawner, dask-cuda. Files that are there already are not overwritten.

    \b
    mig-explorer export A100-SXM4-40GB "3g.20gb@4 1g.5gb@0" mig-parted
    mig-explorer export A30 "1g.6gb 1g.6gb 2g.12gb" dra --output deploy
    mig-explorer export A30 layout.yaml nvidia-smi --from mig-parted
    """
    for hint, name in (("FORMAT", format_name), ("--from", source)):
        if name is not None and name not in formats():
            known = ", ".join(formats())
            raise click.BadParameter(f"there is no format {name!r}; there are {known}.", param_hint=hint)
    stands = _read(board, source, layout) if source else read_layout_argument(board, layout, "LAYOUT")
    try:
        machine = Where(**where)
    except InvalidWhere as error:
        raise click.BadParameter(str(error)) from None
    made = write_layout(stands, format_name, machine)
    written = [] if output is None else list(_save(made.documents, output))
    data = {
        "gpu": board.name,
        "layout": str(stands),
        "format": format_name,
        "documents": [
            {"filename": each.filename, "language": each.language, "text": each.text}
            for each in made.documents
        ],
        "notes": list(made.notes),
        "written": [str(path) for path in written],
    }
    return Answer(_shown(made, written), data, yes=bool(made.documents))


def _read(board: Gpu, source: str, name: str) -> Layout:
    try:
        with click.open_file(name, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{name} cannot be read ({error}).", param_hint="LAYOUT") from None
    return read_layout(board, source, text)


def _save(documents: Iterable[Document], folder: Path) -> Iterable[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / each.filename: each.text for each in documents}
    there = [path.name for path in paths if path.exists()]
    if there:
        raise click.BadParameter(
            f"{', '.join(there)} exists already in {folder}; nothing was written.", param_hint="--output"
        )
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
        yield path


def _shown(made: Export, written: list[Path]) -> str:
    notes = [f"# {each}" for each in made.notes]
    if written:
        return "\n".join([*(f"Wrote {path}" for path in written), *notes])
    if len(made.documents) == 1:
        return "\n".join([*notes, "", made.documents[0].text.rstrip("\n")])
    bodies = [f"# --- {each.filename} ---\n{each.text}" for each in made.documents]
    return "\n".join([*notes, "", *bodies]).rstrip("\n")
