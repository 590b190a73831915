"""Where lanes wait for each other: barriers of a block, and meetings of a warp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mig_explorer.emulator.simt.groups import joined
from mig_explorer.emulator.simt.turn import Batch, Turn, fault
from mig_explorer.emulator.simt.warps import Party, absent_sources, meeting

if TYPE_CHECKING:
    from mig_explorer.emulator.simt.groups import Groups
    from mig_explorer.emulator.simt.observer import LaneArray
    from mig_explorer.emulator.simt.program import Meet
    from mig_explorer.emulator.simt.registers import Registers
    from mig_explorer.emulator.simt.values import Numbers


ALL_LANES = 0xFFFFFFFF


class Meetings:
    """The lanes of a batch that wait, and those that have ended.

    A barrier holds until every thread of its block that has not ended has come to one: threads that have
    returned are not waited for, as on GPUs since Volta (CUDA C++ Programming Guide, compute capability 7.x).
    A meeting of a warp holds until every lane that the mask names and that has not ended has come.
    """

    def __init__(self, batch: Batch, registers: Registers, groups: Groups) -> None:
        self.batch = batch
        self.registers = registers
        self.groups = groups
        self.alive = np.ones(batch.view.lanes, np.bool_)
        self.living = batch.view.lanes
        self.waiting: dict[Meet, LaneArray] = {}

    def arrive(self, meet: Meet, lanes: LaneArray) -> None:
        """Let lanes come to a meeting, and those go on who are complete."""
        there = self.waiting.pop(meet, None)
        self.waiting[meet] = lanes if there is None else joined(there, lanes)
        if meet.of_block:
            self._release_blocks()
        else:
            self._meet_of_warps(self._together(meet))

    def leave(self, lanes: LaneArray) -> None:
        """Let lanes end. Others may have waited only for them."""
        self.alive[lanes] = False
        self.living -= len(lanes)
        if self.waiting:
            self._release_blocks()
            self._meet_all_of_warps()

    def force(self) -> bool:
        """Let lanes go on that wait for others that will never come; False if all lanes have ended.

        Raises
        ------
        KernelFault
            Unless somebody watches for it.
        """
        if not self.waiting:
            return False
        self._meet_all_of_warps(forced=True)
        if not self.groups.ready:
            meet, lanes = next(iter(self.waiting.items()))
            raise fault(self.batch.view, meet.line, "waits here for ever", int(lanes[0]))
        return True

    def _meet_all_of_warps(self, *, forced: bool = False) -> None:
        for meet in [each for each in self.waiting if not each.of_block]:
            if meet in self.waiting:
                self._meet_of_warps(self._together(meet), forced=forced)

    def _together(self, meet: Meet) -> list[Meet]:
        """Return the meetings that are one: each ``syncwarp``, wherever it stands (PTX, bar.warp.sync)."""
        return (
            [each for each in self.waiting if each.kind == meet.kind] if meet.kind == "syncwarp" else [meet]
        )

    def _release_blocks(self) -> None:
        barriers = {meet: lanes for meet, lanes in self.waiting.items() if meet.of_block}
        if not barriers:
            return
        if len(barriers) == 1:
            [(meet, lanes)] = barriers.items()
            if len(lanes) == self.living:
                del self.waiting[meet]
                self._pass_barrier([(meet, lanes)])
                return
        place = self.batch.block_place
        blocks = self.batch.view.blocks
        came = sum(np.bincount(place[lanes], minlength=blocks) for lanes in barriers.values())
        alive = np.bincount(place[self.alive], minlength=blocks)
        complete = (came == alive) & (alive > 0)
        if not complete.any():
            return
        parts = []
        for meet, lanes in barriers.items():
            done = complete[place[lanes]]
            if not done.any():
                continue
            parts.append((meet, lanes[done]))
            rest = lanes[~done]
            if len(rest):
                self.waiting[meet] = rest
            else:
                del self.waiting[meet]
        self._pass_barrier(parts)

    def _pass_barrier(self, parts: list[tuple[Meet, LaneArray]]) -> None:
        place = self.batch.block_place
        if len(parts) > 1:
            self._report_divergence(parts)
        everyone = np.sort(np.concatenate([lanes for _, lanes in parts])) if len(parts) > 1 else parts[0][1]
        if self.batch.watch.barrier:
            blocks = np.unique(place[everyone])
            self.batch.watcher.barrier(blocks, parts[0][0].line, parts[0][0].kind)
        for meet, lanes in parts:
            if meet.target is not None:
                self._store(meet.target, self._of_block(meet, lanes, parts), lanes, meet)
            self.groups.put(meet.then, lanes)

    def _of_block(self, meet: Meet, lanes: LaneArray, parts: list[tuple[Meet, LaneArray]]) -> Numbers:
        """Return what ``syncthreads_count`` and its kin give each lane."""
        place, blocks = self.batch.block_place, self.batch.view.blocks
        true = np.zeros(blocks, np.int64)
        came = np.zeros(blocks, np.int64)
        for each, there in parts:
            came += np.bincount(place[there], minlength=blocks)
            if each.operands:
                truth = self._operand(each.operands[0], there) != 0
                true += np.bincount(place[there][truth], minlength=blocks)
        answer: Numbers
        if meet.kind == "syncthreads_count":
            answer = true
        elif meet.kind == "syncthreads_and":
            answer = true == came
        else:
            answer = true > 0
        return answer.astype(np.int32)[place[lanes]]

    def _report_divergence(self, parts: list[tuple[Meet, LaneArray]]) -> None:
        """Tell of each block whose threads wait at more than one barrier."""
        place = self.batch.block_place
        parts = sorted(parts, key=lambda part: int(part[0].line))
        for block in np.unique(np.concatenate([place[lanes] for _, lanes in parts])):
            mine = [(meet.line, lanes[place[lanes] == block]) for meet, lanes in parts]
            mine = [(line, lanes) for line, lanes in mine if len(lanes)]
            if len(mine) < 2:
                continue
            if self.batch.watch.divergent_barrier:
                self.batch.watcher.divergent_barrier(mine)
                continue
            (line, lanes), (other, others) = mine[:2]
            x, y, z = self.batch.view.thread_ids(others[:1])[0].tolist()
            text = f"waits at this barrier, while thread {(x, y, z)} waits at the one in line {int(other)}"
            raise fault(self.batch.view, line, text, int(lanes[0]))

    def _meet_of_warps(self, meets: list[Meet], *, forced: bool = False) -> None:
        """Let those warps go on of which all lanes that the masks name are there."""
        waiting = [self.waiting.pop(each) for each in meets]
        lanes = np.concatenate(waiting)
        masks = np.concatenate([self._masks(each, there) for each, there in zip(meets, waiting, strict=True)])
        at = np.repeat(np.arange(len(meets)), [len(each) for each in waiting])
        if len(meets) > 1:
            order = np.argsort(lanes)
            lanes, masks, at = lanes[order], masks[order], at[order]
        party = Party(lanes, self.batch.warp_place[lanes], self.batch.lane_id[lanes], masks)
        complete = self._complete(meets[int(at[0])], party, forced=forced)
        if complete.any():
            if self.batch.watch.warp_sync:
                told = masks[complete].astype(np.int64)
                self.batch.watcher.warp_sync(told, lanes[complete], meets[0].line, meets[0].kind)
            for place, meet in enumerate(meets):
                mine = complete & (at == place)
                if mine.any():
                    self._pass_meeting(meet, lanes[mine], masks[mine])
        for place, meet in enumerate(meets):
            rest = ~complete & (at == place)
            if rest.any():
                self.waiting[meet] = lanes[rest]

    def _masks(self, meet: Meet, lanes: LaneArray) -> Numbers:
        masks: Numbers = (self._operand(meet.operands[0], lanes).astype(np.int64) & ALL_LANES).astype(
            np.uint32
        )
        return masks

    def _complete(self, meet: Meet, party: Party, *, forced: bool) -> Numbers:
        """Return the lanes that may go on, having told of those whose mask is wrong."""
        masks = party.masks
        own = np.uint32(1) << party.columns.astype(np.uint32)
        outside = (masks & own) == 0
        needed = masks & self._alive_bits(party)
        here = self._same_mask_bits(party)
        complete: Numbers = ((needed & ~here) == 0) | outside
        if forced:
            self._report_masks(meet, party, outside | ~complete, here)
            complete[:] = True
        elif outside.any():
            self._report_masks(meet, party, outside, here)
        elif self.batch.watch.bad_mask:
            gone = complete & ((masks & ~here) != 0) & ((masks & self._existing_bits(party)) != needed)
            if gone.any():
                self._report_masks(meet, party, gone, here)
        return complete

    def _pass_meeting(self, meet: Meet, lanes: LaneArray, masks: Numbers) -> None:
        party = Party(lanes, self.batch.warp_place[lanes], self.batch.lane_id[lanes], masks)
        operands = tuple(self._operand(name, lanes) for name in meet.operands[1:])
        if meet.kind == "shfl" and self.batch.watch.bad_mask:
            self._report_sources(meet, party, operands[1])
        result = meeting(meet, party, operands)
        if meet.target is not None:
            self._store(meet.target, result, lanes, meet)
        self.groups.put(meet.then, lanes)

    def _alive_bits(self, party: Party) -> Numbers:
        """Return the lanes of each lane's warp that have not ended, as bits."""
        return self._bits_of(party, self.alive)

    def _existing_bits(self, party: Party) -> Numbers:
        return self._bits_of(party, np.ones_like(self.alive))

    def _bits_of(self, party: Party, truth: Numbers) -> Numbers:
        batch = self.batch
        first = int(batch.warp_place[party.lanes[0]])
        bits = np.zeros(party.shape[0], np.uint32)
        chosen = np.flatnonzero(
            truth & (batch.warp_place >= first) & (batch.warp_place < first + party.shape[0])
        )
        powers = np.uint32(1) << batch.lane_id[chosen].astype(np.uint32)
        np.bitwise_or.at(bits, batch.warp_place[chosen] - first, powers)
        of_each: Numbers = bits[party.rows]
        return of_each

    def _same_mask_bits(self, party: Party) -> Numbers:
        """Return the lanes of each lane's warp that have come with its mask, as bits."""
        if (party.masks == party.masks[0]).all():
            everyone: Numbers = party.bits(np.ones(len(party.lanes), np.bool_))[party.rows]
            return everyone
        table = party.table(party.masks.astype(np.int64) + 1)
        alike = table[party.rows] == (party.masks.astype(np.int64) + 1)[:, np.newaxis]
        powers = np.uint32(1) << np.arange(party.shape[1], dtype=np.uint32)
        bits: Numbers = np.where(alike, powers, np.uint32(0)).sum(axis=1, dtype=np.uint32)
        return bits

    def _report_masks(self, meet: Meet, party: Party, bad: Numbers, here: Numbers) -> None:
        """Tell of the lanes with a bad mask, warp by warp and mask by mask."""
        pairs = {(int(row), int(mask)) for row, mask in zip(party.rows[bad], party.masks[bad], strict=True)}
        for row, mask in sorted(pairs):
            mine = bad & (party.rows == row) & (party.masks == mask)
            lanes = party.lanes[mine]
            first = int(lanes[0]) - int(party.columns[mine][0])
            absent = mask & ~int(here[mine][0])
            existing = self.batch.warp_place == self.batch.warp_place[lanes[0]]
            missing = np.array(
                [first + bit for bit in range(32) if absent >> bit & 1 and _is_lane(existing, first + bit)],
                np.int64,
            )
            named = (mask >> party.columns[mine][0]) & 1
            if not named:
                missing = missing[:0]
            if self.batch.watch.bad_mask:
                self.batch.watcher.bad_mask(lanes, mask, meet.line, meet.kind, missing)
            elif not named:
                raise fault(
                    self.batch.view, meet.line, f"its own bit is not in the mask {mask:#010x}", int(lanes[0])
                )
            elif self.alive[missing].any():
                x, y, z = self.batch.view.thread_ids(missing[self.alive[missing]][:1])[0].tolist()
                text = f"the mask {mask:#010x} names thread {(x, y, z)}, which never comes here"
                raise fault(self.batch.view, meet.line, text, int(lanes[0]))

    def _report_sources(self, meet: Meet, party: Party, lane: Numbers) -> None:
        """Tell of the lanes of a shuffle that read from one that takes no part in it, warp by warp."""
        absent, source = absent_sources(meet, party, lane)
        if not absent.any():
            return
        warps = zip(party.rows[absent].tolist(), party.masks[absent].tolist(), strict=True)
        for row, mask in sorted(set(warps)):
            mine = absent & (party.rows == row) & (party.masks == mask)
            lanes = party.lanes[mine]
            first = int(lanes[0]) - int(party.columns[mine][0])
            existing = self.batch.warp_place == self.batch.warp_place[lanes[0]]
            sources = np.unique(source[mine]) + first
            missing = np.array([each for each in sources.tolist() if _is_lane(existing, each)], np.int64)
            self.batch.watcher.bad_mask(lanes, mask, meet.line, "shfl-source", missing)

    def _operand(self, name: str, lanes: LaneArray) -> Numbers:
        value = self.registers.values[name]
        operand: Numbers = value[lanes] if isinstance(value, np.ndarray) else np.full(len(lanes), value)
        return operand

    def _store(self, target: str, value: Any, lanes: LaneArray, meet: Meet) -> None:
        whole = len(lanes) == self.registers.count
        self.registers.keep(target, value, Turn(self.batch, lanes, meet.line, whole))


def _is_lane(existing: Numbers, lane: int) -> bool:
    return 0 <= lane < len(existing) and bool(existing[lane])
