"""What to know before a layout is deployed: lines for a board and a target, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.scenarios.sources import cited, document, sources

if TYPE_CHECKING:
    import pandas as pd

    from mig_explorer.gpus import Gpu
    from mig_explorer.scenarios.sources import Source

FACTS = "deployment_facts"

AMPERE = 8
"""Major compute capability of the boards whose mode is kept over a reboot and whose switching resets them."""


def lines(gpu: Gpu, target: str = "") -> list[dict[str, str]]:
    """Return the lines that hold for a board: those of a target, or of all.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> [each["say"] for each in lines(gpu("A30")) if each["topic"] == "reset"]
    ['Switching MIG mode on resets the GPU: it has to be idle.']
    >>> [each["say"] for each in lines(gpu("H100-SXM5-80GB")) if each["topic"] == "reset"]
    ['Switching MIG mode on needs no reset.']
    """
    holds = {"none"} if not gpu.has_mig else {"any", _generation(gpu)}
    return [
        {
            "topic": line["topic"],
            "say": line["say"],
            "targets": line["targets"] if line["targets"] == "all" else ", ".join(line["targets"]),
            "sources": cited(FACTS, line["sources"]),
            "how_read": ", ".join(dict.fromkeys(sources(FACTS)[key].read for key in line["sources"])),
        }
        for line in document(FACTS)["checklist"]
        if line["needs"] in holds and (not target or line["targets"] == "all" or target in line["targets"])
    ]


def table(gpu: Gpu, target: str = "") -> pd.DataFrame:
    """Return them as a table, with the driver that the board needs.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> print(table(gpu("A100-SXM4-40GB"), "Slurm")["say"].iloc[-1])
    Needs driver 450.80.02 or later.
    """
    import pandas as pd  # noqa: PLC0415

    rows = lines(gpu, target)
    oldest = gpu.facts.get("min_driver_mig")
    if gpu.has_mig and oldest is not None and oldest.value:
        rows.append(
            {
                "topic": "driver",
                "say": f"Needs driver {oldest.value} or later.",
                "targets": "all",
                "sources": oldest.source,
                "how_read": oldest.confidence,
            }
        )
    found = pd.DataFrame(rows, columns=["topic", "say", "targets", "sources", "how_read"])
    found.attrs["provenance"] = "published: stated by the sources of each line; nothing was deployed for it"
    return found


def behind(gpu: Gpu, target: str) -> list[Source]:
    """Return the sources of the lines that hold, each once.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> behind(gpu("GB10"), "Slurm")[0].title
    'NVIDIA/k8s-device-plugin, README'
    """
    keys = dict.fromkeys(
        key
        for line in document(FACTS)["checklist"]
        if any(each["say"] == line["say"] for each in lines(gpu, target))
        for key in line["sources"]
    )
    return [sources(FACTS)[key] for key in keys]


def _generation(gpu: Gpu) -> str:
    return "ampere" if gpu.compute_capability[0] == AMPERE else "later"
