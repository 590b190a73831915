"""The memory bandwidth that so many SMs reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mig_explorer.model.calibration import constant

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu


def reachable_bandwidth(bandwidth: float, sms: int, board: Gpu) -> float:
    """Return the bandwidth of a slice, or what its SMs can draw where that is less.

    One SM of an A100 draws 31.1 GB/s (``bandwidth_per_sm``); on a board whose whole bandwidth needs more of
    each SM than that, it draws that.

    Parameters
    ----------
    bandwidth : float
        Of the slice, GB/s.
    sms : int
        That have work.
    board : Gpu
        That they are on.

    Returns
    -------
    float
        GB/s.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> board = gpu("A100-SXM4-40GB")
    >>> round(reachable_bandwidth(1378.4, 14, board), 1), reachable_bandwidth(174.2, 14, board)
    (435.4, 174.2)
    """
    of_one = constant("bandwidth_per_sm")
    whole = board.whole.bandwidth.value
    if whole is not None:
        of_one = max(of_one, float(whole) / board.sms)
    return min(bandwidth, sms * of_one)


def share_of_data_sheet(board: Gpu) -> float:
    """Return how much of the bandwidth on its data sheet a board reaches, 1 where the sheet is unknown.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> round(share_of_data_sheet(gpu("GB10")), 2)
    0.85
    """
    sheet, reached = board.memory_bandwidth_gbs, board.whole.bandwidth.value
    return min(1.0, float(reached) / sheet) if sheet and reached else 1.0
