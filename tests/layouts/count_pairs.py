"""Every answer of `Layout.explain` against the printed rules.

``python -m tests.layouts.count_pairs`` compares all of it and prints how much that was.
"""

from __future__ import annotations

import functools
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from mig_explorer.gpus import Placement, gpu, gpus
from mig_explorer.layouts import Alternative, Layout, Refusal, parse_layout
from mig_explorer.layouts.rules import broken_rule
from tests.layouts.printed_rules import PrintedRules, State, printed_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.layouts import GpuInstance

EVERY_START = ["A100-SXM4-40GB", "A30", "RTX-PRO-6000-BLACKWELL-SERVER"]
"""Boards on which every profile is asked for at every start of every state, and every way out is taken."""

LEFT_TO_THE_DRIVER = ["H100-SXM5-80GB", "B200-180GB", "RTX-PRO-5000-BLACKWELL"]
"""Boards, one of each other set of engines, on which every way out is taken where no start was asked for."""


COUNTED = ("pairs", "fits", "refusals", "ways out")


def rules_of(board: str) -> PrintedRules:
    return printed_rules(board, tuple(gpu(board).profiles))


def state_of(instances: Iterable[GpuInstance]) -> State:
    return frozenset((each.profile.name, each.start) for each in instances)


@functools.cache
def reachable(board: str) -> dict[State, Layout]:
    """Return every state that the printed rules reach, as a layout of the package."""
    return {
        state: parse_layout(gpu(board), " ".join(f"{name}@{start}" for name, start in sorted(state)))
        for state in rules_of(board).states
    }


def check_answers(board: str, profile: str, starts: Iterable[int | None]) -> Counter[str]:
    """Ask for a profile at starts of every state; None leaves the start to the driver.

    Returns
    -------
    Counter
        Of ``"pairs"``, ``"fits"``, ``"refusals"``, each rule, and ``"ways out"`` that were taken.

    Raises
    ------
    AssertionError
        At the first answer that the printed rules contradict.
    """
    rules, starts, counted = rules_of(board), list(starts), Counter[str]()
    for state, layout in reachable(board).items():
        taken: set[Alternative] = set()
        for start in starts:
            answer = layout.explain(profile, start)
            counted["pairs"] += 1
            if isinstance(answer, Placement):
                check_placement(rules, state, profile, start, answer)
                counted["fits"] += 1
                continue
            check_refusal(rules, state, profile, start, answer)
            counted.update(["refusals", answer.rule])
            new = set(answer.alternatives) - taken
            for alternative in new:
                check_way_out(rules, layout, profile, alternative)
            taken |= new
            counted["ways out"] += len(new)
    return counted


def check_placement(
    rules: PrintedRules, state: State, profile: str, start: int | None, answer: Placement
) -> None:
    as_asked = start in (None, answer.start) and answer.size == rules.rows[profile].size
    fits = as_asked and not rules.broken(state, profile, answer.start)
    assert fits, described(state, profile, start, answer)


def check_refusal(
    rules: PrintedRules, state: State, profile: str, start: int | None, answer: Refusal
) -> None:
    if start is None:
        found = [rules.broken(state, profile, each) for each in rules.rows[profile].starts]
        first_broken = [next(iter(each), "fits") for each in found]
        limits = [rule for rule in first_broken if rule.endswith("-limit")]
        right = "fits" not in first_broken and answer.rule == (limits[0] if limits else "no-room")
    else:
        expected = next(iter(rules.broken(state, profile, start).items()), None)
        right = (answer.rule, state_of(answer.clashes)) == expected
    assert right, described(state, profile, start, answer)
    assert answer.alternatives, described(state, profile, start, answer)
    assert (answer.profile, answer.start) == (profile, start), described(state, profile, start, answer)
    assert answer.headline.startswith(f"{profile} cannot "), described(state, profile, start, answer)
    assert answer.detail, described(state, profile, start, answer)


def check_way_out(rules: PrintedRules, layout: Layout, profile: str, alternative: Alternative) -> None:
    """Take a way out, and compare with the state that its words promise."""
    state = state_of(layout.instances)
    by_start = {start: name for name, start in state}
    leaving = {(by_start[start], start) for start in alternative.removed}
    leaving |= {(by_start[start], start) for start, _ in alternative.moved}
    arriving = {(by_start[start], new) for start, new in alternative.moved} | {(profile, alternative.start)}
    promised = (state - leaving) | arriving
    # Promised is one instance more, less those removed; it stands; and nothing leaves that could have stayed.
    right = (
        alternative.profile == profile
        and len(promised) == len(state) - len(alternative.removed) + 1
        and promised in rules.states
        and state_of(alternative.apply(layout).instances) == promised
        and all(rules.broken(state - (leaving - {each}), profile, alternative.start) for each in leaving)
    )
    assert right, described(state, profile, alternative.start, alternative)


def described(state: State, profile: str, start: int | None, answer: object) -> str:
    return f"{sorted(state)} + {profile}@{start}: {answer}"


def check_rules(board: str) -> Counter[str]:
    """Compare which rule is broken for every profile at every start of every state.

    Raises
    ------
    AssertionError
        At the first that the printed rules contradict.
    """
    rules, of, counted = rules_of(board), gpu(board), Counter[str]()
    for state, layout in reachable(board).items():
        unprinted = state - set(rules.slices)
        assert not unprinted, f"no printed rule places {sorted(unprinted)}"
        for name, profile in of.profiles.items():
            for start in asked_starts(board):
                ours = broken_rule(of, layout.instances, profile, start)
                printed = rules.broken(state, name, start)
                counted.update(["pairs", "fits" if ours is None else ours.name])
                if ours is None:
                    assert not printed, (sorted(state), name, start)
                else:
                    assert (ours.name, state_of(ours.clashes)) == next(iter(printed.items()), None), (
                        state,
                        name,
                        start,
                    )
    return counted


def asked_starts(board: str) -> range:
    """Return every memory slice of a board, and one on either side."""
    return range(-1, gpu(board).memory_slices + 1)


def main() -> None:
    """Print how much was compared, one line a board."""
    show(["board", "states", "pairs", "fits", "refusals", "ways out", "seconds"])
    for board in (each for each in gpus() if each.has_mig):
        began, counted = time.perf_counter(), Counter[str]()
        if board.name in EVERY_START:
            for profile in board.profiles:
                counted += check_answers(board.name, profile, [*asked_starts(board.name), None])
        else:
            counted = check_rules(board.name)
            counted["refusals"] = counted["pairs"] - counted["fits"]
            if board.name in LEFT_TO_THE_DRIVER:
                for profile in board.profiles:
                    counted += check_answers(board.name, profile, [None])
        numbers = [len(reachable(board.name)), *(counted[each] for each in COUNTED)]
        show([board.name, *map(str, numbers), f"{time.perf_counter() - began:.1f}"])


def show(cells: list[str]) -> None:
    first, *others = cells
    sys.stdout.write(f"{first:36}{''.join(f'{each:>10}' for each in others)}\n")


if __name__ == "__main__":
    main()
