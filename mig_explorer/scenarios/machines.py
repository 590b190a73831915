"""The machines that are compared, and what is listed or published of their power, price and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.scenarios.figure import Figure

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu

BOARDS_OF_DGX = 8
DGX_PRICE = Figure(
    "DGX A100 (8 boards) at launch, from",
    200_000,
    "USD",
    "published",
    "geektopia.es, 2020-05-14, https://geektopia.es/es/technology/2020/05/14/noticias/"
    "nvidia-anuncia-el-servidor-dgx-a100-ocho-tesla-a100-desde-200-000-dolares.html",
)
DGX_POWER = Figure(
    "DGX A100 (8 boards), at most",
    6500,
    "W",
    "published",
    "pcnews.ru, https://pcnews.ru/news/"
    "vycislitelnaa_sistema_nvidia_dgx_a100_ampere_osnasaetsa_sestu_blokami_pitania_po_3_kvt-985106.html",
)
SPARK_PRICE = Figure(
    "DGX Spark at launch",
    3999,
    "USD",
    "published",
    "aiwiki.ai, https://aiwiki.ai/wiki/nvidia_digits (later reports say 4,700)",
)
SPARK_POWER = Figure(
    "DGX Spark, its power supply",
    240,
    "W",
    "published",
    "morgannriu.fr, https://morgannriu.fr/en/blog/nvidia-dgx-spark-rtx-spark-ia-locale-bureau",
)
PUBLISHED = (DGX_PRICE, DGX_POWER, SPARK_PRICE, SPARK_POWER)
"""Of whole systems, from pages that report on them. The price of a single A100 board is unknown: none is
listed."""


def worth_in_sparks(a100: Gpu, spark: Gpu) -> dict[str, Figure]:
    """Return how many Sparks one A100 board stands for, by chip power, system power and price.

    Of a system an eighth is taken for each board. Launch prices are five years apart.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> worth = worth_in_sparks(gpu("A100-SXM4-40GB"), gpu("GB10"))
    >>> [f"{name}: {each.value:.2f}" for name, each in worth.items()]
    ['chip power: 2.86', 'system power: 3.39', 'launch price: 6.25']
    """
    chips = [board.facts["tdp_w"] for board in (a100, spark)]
    each = [board.value("tdp_w") for board in (a100, spark)]
    return {
        "chip power": Figure(
            f"{a100.name} over {spark.name}, chip power",
            each[0] / each[1] if all(each) else None,
            "times",
            "listed",
            f"{each[0]:g} W ({chips[0].confidence}) over {each[1]:g} W ({chips[1].confidence})",
        ),
        "system power": Figure(
            "an eighth of a DGX A100 over a DGX Spark, power",
            (DGX_POWER.value or 0) / BOARDS_OF_DGX / (SPARK_POWER.value or 1),
            "times",
            "published",
            f"{DGX_POWER.source}; {SPARK_POWER.source}",
        ),
        "launch price": Figure(
            "an eighth of a DGX A100 over a DGX Spark, launch price",
            (DGX_PRICE.value or 0) / BOARDS_OF_DGX / (SPARK_PRICE.value or 1),
            "times",
            "published",
            f"{DGX_PRICE.source}; {SPARK_PRICE.source}",
        ),
    }
