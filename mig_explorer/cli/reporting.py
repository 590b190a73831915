"""``mig-explorer report``: a trace as one HTML file."""

from __future__ import annotations

from pathlib import Path

import click

from mig_explorer.cli.answer import Answer, answering


@click.command()
@click.argument("trace", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The HTML file; by default beside the trace, with its name.",
)
@click.option("--replace", is_flag=True, help="Replace a file of that name.")
@answering
def report(trace: Path, output: Path | None, replace: bool) -> Answer:
    r"""Write what an experiment found as one HTML file that opens offline and can be printed.

    TRACE is the file that the experiment wrote, whether it came to its end or not.

    \b
    mig-explorer report run.jsonl
    mig-explorer report run.jsonl -o seven-tenants.html
    """
    from mig_explorer.experiments import Result  # noqa: PLC0415 - no other command needs numba or altair
    from mig_explorer.reports import write  # noqa: PLC0415

    file = trace.with_suffix(".html") if output is None else output
    if file.exists() and not replace and file.absolute() != trace.absolute():
        raise click.BadParameter(f"{file} exists already; --replace replaces it.", param_hint="--output")
    result = Result.read(trace)
    written = write(result, file)
    size = written.stat().st_size
    data = {"trace": str(trace), "report": str(written), "bytes": size, "verdict": str(result.verdict)}
    return Answer(f"Wrote {written} ({size / 1000:,.0f} kB).\n{result.verdict.headline}", data)
