"""Calls of CUDA's own functions."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt import memory
from mig_explorer.emulator.simt.atomics import STEPS, atomic
from mig_explorer.emulator.simt.casting import converted, dtype_of
from mig_explorer.emulator.simt.program import READS, SWAPS, Meet

if TYPE_CHECKING:
    from collections.abc import Callable

    from mig_explorer.emulator.simt.call import Call
    from mig_explorer.emulator.simt.turn import Turn


def _grid(call: Call) -> None:
    axes = call.have[0].literal_value

    def act(turn: Turn, *_: Any) -> Any:
        ids = tuple(turn.mine(each) for each in turn.batch.grid_ids[:axes])
        return ids if axes > 1 else ids[0]

    call.frame.emit([call.target], [], act)


def _gridsize(call: Call) -> None:
    axes = call.have[0].literal_value

    def act(turn: Turn, *_: Any) -> Any:
        launch = turn.batch.view.launch
        sizes = tuple(np.int64(g * b) for g, b in zip(launch.grid, launch.block, strict=True))
        return sizes[:axes] if axes > 1 else sizes[0]

    call.frame.emit([call.target], [], act)


def _array(make: Callable[..., Any], *, each_call: bool) -> Callable[[Call], None]:
    def translate(call: Call) -> None:
        sizes = call.want[0]
        parts = (sizes,) if hasattr(sizes, "literal_value") else tuple(sizes)
        shape = tuple(int(each.literal_value) for each in parts)
        dtype = dtype_of(call.returns.dtype)
        if dtype is None:
            dtype = getattr(call.returns.dtype, "dtype", None)
        if dtype is None:
            raise call.frame.refusal(f"the emulator does not know arrays of {call.returns.dtype}.")
        name = call.target.removeprefix(call.frame.prefix).partition(".")[0]
        key = (call.frame.prefix if each_call else call.frame.kernel, call.site)
        kind = "local" if each_call else "shared"
        call.frame.builder.declared[key] = (kind, prod(shape) * dtype.itemsize)
        call.frame.emit([call.target], [], lambda turn: make(turn, key, name, shape, dtype))

    return translate


def _meet(call: Call) -> None:
    kind, mode, pair = MEETINGS[call.name]
    operands = call.converted
    if call.name in ("cuda.shfl_sync_intrinsic", "cuda.vote_sync_intrinsic"):
        number = call.have[1].literal_value
        mode = _MODES[kind][number]
        operands = [operands[0], *operands[2:4]]
    if kind == "syncwarp" and not operands:
        operands = [call.frame.constant(np.int32(-1))]
    then = call.frame.label(("after", call.frame.builder.fresh()))
    target = None if str(call.returns) in ("none", "void") else call.target
    meet = Meet(kind, tuple(operands), target, then, call.frame.line, mode, pair)
    call.frame.builder.finish(meet, call.frame.line)
    call.frame.builder.begin(then)


_MODES = {"shfl": ("idx", "up", "down", "xor"), "vote": ("all", "any", "eq", "ballot")}

MEETINGS: dict[str, tuple[str, str, bool]] = {
    "cuda.syncthreads": ("syncthreads", "", False),
    "cuda.syncthreads_count": ("syncthreads_count", "", False),
    "cuda.syncthreads_and": ("syncthreads_and", "", False),
    "cuda.syncthreads_or": ("syncthreads_or", "", False),
    "cuda.syncwarp": ("syncwarp", "", False),
    "cuda.shfl_sync_intrinsic": ("shfl", "", True),
    "cuda.vote_sync_intrinsic": ("vote", "", True),
    "cuda.shfl_sync": ("shfl", "idx", False),
    "cuda.shfl_up_sync": ("shfl", "up", False),
    "cuda.shfl_down_sync": ("shfl", "down", False),
    "cuda.shfl_xor_sync": ("shfl", "xor", False),
    "cuda.all_sync": ("vote", "all", False),
    "cuda.any_sync": ("vote", "any", False),
    "cuda.eq_sync": ("vote", "eq", False),
    "cuda.ballot_sync": ("vote", "ballot", False),
    "cuda.match_any_sync": ("match_any", "", False),
    "cuda.match_all_sync": ("match_all", "", True),
}
"""What meets, how, and whether Numba gives back a pair."""


def _atomic(call: Call) -> None:
    name = call.name.rpartition(".")[2]
    first = name == "compare_and_swap"
    name = "cas" if first else name
    registers = call.converted
    dtype = dtype_of(call.want[0].dtype) or np.dtype(np.float64)

    def act(turn: Turn, array: Any, *rest: Any) -> Any:
        index = (np.int64(0),) if first else rest[0] if type(rest[0]) is tuple else (rest[0],)
        operands = rest if first else rest[1:]
        return atomic(turn, name, array, index, tuple(converted(each, dtype) for each in operands))

    call.frame.emit([call.target], registers, act, ticks=SWAPS if name in ("cas", "exch") else READS)


def _fence(scope: str) -> Callable[[Call], None]:
    def act(turn: Turn) -> None:
        if turn.watch.fence:
            turn.observer.fence(turn.lanes, turn.line, scope)

    return lambda call: call.frame.emit([call.target], [], act)


def _activemask(turn: Turn) -> Any:
    warps = turn.batch.warp_place[turn.lanes]
    bits = np.zeros(int(warps[-1]) + 1, np.uint32)
    np.bitwise_or.at(bits, warps, np.uint32(1) << turn.batch.lane_id[turn.lanes].astype(np.uint32))
    return bits[warps].view(np.int32)


def _lanemask_lt(turn: Turn) -> Any:
    lane = turn.mine(turn.batch.lane_id).astype(np.uint32)
    return ((np.uint32(1) << lane) - np.uint32(1)).view(np.int32)


def _constant_like(call: Call) -> None:
    call.frame.copy(call.target, call.given[0])


def _nothing(call: Call) -> None:
    call.frame.hold(call.target, None)


def _selp(call: Call) -> None:
    call.emit(lambda _turn, test, a, b: np.asarray(np.where(test, a, b))[()])


CUDA_CALLS: dict[str, Callable[[Call], None]] = {
    "cuda.grid": _grid,
    "cuda.gridsize": _gridsize,
    "cuda.shared.array": _array(memory.shared_array, each_call=False),
    "cuda.local.array": _array(memory.local_array, each_call=True),
    "cuda.const.array_like": _constant_like,
    "cuda.threadfence_block": _fence("block"),
    "cuda.threadfence": _fence("device"),
    "cuda.threadfence_system": _fence("system"),
    "cuda.activemask": lambda call: call.frame.emit([call.target], [], _activemask),
    "cuda.lanemask_lt": lambda call: call.frame.emit([call.target], [], _lanemask_lt),
    "cuda.nanosleep": _nothing,
    "cuda.selp": _selp,
    **dict.fromkeys(MEETINGS, _meet),
    **dict.fromkeys([f"cuda.atomic.{name}" for name in (*STEPS, "compare_and_swap")], _atomic),
}
"""What translates a call of each."""
