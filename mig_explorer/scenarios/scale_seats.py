"""A class on DGX A100s cut by MIG, and the same class on DGX Sparks: the seats, and who gets one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.fleet import Fleet, NodeLost, Seating, arriving, dgx_a100, dgx_spark, seat
from mig_explorer.fleet.node import BOARDS_OF_DGX_A100
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.model import Mps, TimeSlicing
from mig_explorer.model.modes.mps import CLIENTS_SINCE_CUDA_13_1

if TYPE_CHECKING:
    from mig_explorer.model import SharingMode

A100, SPARK = "A100-SXM4-40GB", "GB10"
SEED = 7
ARRIVAL_S, LOST_S, CLASS_S = 600.0, 2_400.0, 5_400.0
"""A class of 90 minutes whose users come within the first ten; a node is lost after forty. Assumed."""

MOST_ON_A_SPARK = 112
"""More users on one Spark are not looked at."""

SEVENTHS, QUARTERS = " ".join(["1g.5gb"] * 7), "3g.20gb 2g.10gb 1g.5gb 1g.5gb"
LAYOUTS = {
    "7 small a board": (SEVENTHS,) * BOARDS_OF_DGX_A100,
    "6 boards of 7 small, 2 mixed": (SEVENTHS,) * 6 + (QUARTERS,) * 2,
    "4 mixed a board": (QUARTERS,) * BOARDS_OF_DGX_A100,
    "3 medium a board": ("2g.10gb 2g.10gb 2g.10gb",) * BOARDS_OF_DGX_A100,
    "2 large a board": ("3g.20gb 3g.20gb",) * BOARDS_OF_DGX_A100,
}
"""How the eight boards of each node are cut, by the name that a page shows."""

ASKS = {
    "small": {"1g.5gb": 1},
    "1 in 8 large, 1 in 8 medium": {"1g.5gb": 6, "2g.10gb": 1, "3g.20gb": 1},
    "half medium": {"1g.5gb": 1, "2g.10gb": 1},
}
"""Which sizes the users ask for, and in which proportion."""

MODES: dict[str, SharingMode] = {
    "MPS": Mps(max_clients=CLIENTS_SINCE_CUDA_13_1),
    "time slicing": TimeSlicing(),
}


@dataclass(frozen=True)
class Class:
    """A class as it was asked for.

    Parameters
    ----------
    users, nodes, sparks : int
        How many of each.
    seats, asks : str
        A key of `LAYOUTS` and of `ASKS`.
    spark_mode : str
        A key of `MODES`.
    session_minutes : float
        Mean of a session; as long as the class, and everybody stays to the end.
    node_lost : bool
        Whether one machine is lost, of either kind.
    """

    users: int
    nodes: int
    sparks: int
    seats: str
    asks: str
    spark_mode: str
    session_minutes: float
    node_lost: bool

    @property
    def mode(self) -> SharingMode:
        """How a Spark is shared."""
        return MODES[self.spark_mode]

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """How the boards of a node are cut."""
        return tuple(parse_layout(gpu(A100), text) for text in LAYOUTS[self.seats])

    @property
    def users_on_a_spark(self) -> int:
        """How many share a Spark at the fullest: an even part of the class, as far as the mode takes them."""
        left = self.sparks - (1 if self.node_lost else 0)
        return self.most_on_a_spark(math.ceil(self.users / max(1, left)))

    def most_on_a_spark(self, wanted: int) -> int:
        """Return how many users a Spark takes of those who are wanted on it."""
        return min(wanted, CLIENTS_SINCE_CUDA_13_1 if isinstance(self.mode, Mps) else MOST_ON_A_SPARK)

    def cut(self) -> Seating:
        """Return the class on the nodes with MIG."""
        layouts = self.layouts
        fleet = Fleet([dgx_a100(f"DGX {number + 1}", layouts) for number in range(self.nodes)])
        return self._seated(fleet, "DGX 1")

    def shared(self) -> Seating:
        """Return the same class on the Sparks."""
        # A share is no piece of hardware: the others take in the users of one that is lost.
        each = self.most_on_a_spark(math.ceil(self.users / max(1, self.sparks - 1)))
        fleet = Fleet([dgx_spark(f"Spark {number + 1}", each, self.mode) for number in range(self.sparks)])
        return self._seated(fleet, "Spark 1")

    def _seated(self, fleet: Fleet, first: str) -> Seating:
        stays = 60.0 * self.session_minutes
        users = arriving(
            self.users,
            ARRIVAL_S,
            stays_s=stays if stays < CLASS_S else math.inf,
            sizes=ASKS[self.asks],
            seed=SEED,
        )
        lost = [NodeLost(first, LOST_S)] if self.node_lost else []
        return seat(fleet, users, lost=lost, until_s=CLASS_S)
