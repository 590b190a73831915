from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import cuda

from mig_explorer.emulator.simt import Line, Observer
from mig_explorer.emulator.simt.order import order, with_latches
from mig_explorer.emulator.simt.program import Exit, Fork, Jump, Segment, successors
from tests.emulator.simt.launching import launch

graphs = st.integers(1, 12).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, size - 1), max_size=2, unique=True).map(tuple), min_size=size, max_size=size
    )
)


def reached(start, graph, without=None):
    seen, todo = set(), [start]
    while todo:
        label = todo.pop()
        if label not in seen and label != without:
            seen.add(label)
            todo.extend(graph[label])
    return seen


@given(graphs)
def test_all_that_can_be_reached_comes_once_and_the_start_first(graph):
    labels = order(0, dict(enumerate(graph)))
    assert labels[0] == 0
    assert sorted(labels) == sorted(reached(0, graph))


@given(graphs)
def test_only_ways_within_loops_lead_back(graph):
    labels = order(0, dict(enumerate(graph)))
    place = {label: number for number, label in enumerate(labels)}
    for label in labels:
        for after in graph[label]:
            if place[after] <= place[label]:
                assert label in reached(after, graph)


def test_what_follows_a_loop_comes_after_all_of_it():
    graph = {
        "start": ("outer",),
        "outer": ("end", "inner"),
        "inner": ("after inner", "body"),
        "body": ("inner", "skip"),
        "skip": ("inner",),
        "after inner": ("outer",),
        "end": (),
    }
    assert order("start", graph) == ["start", "outer", "inner", "body", "skip", "after inner", "end"]


def test_a_ladder_of_branches_does_not_exhaust_the_stack():
    graph = {number: (number + 1, number + 2) for number in range(5000)} | {5000: (), 5001: ()}
    assert sorted(order(0, graph)) == list(range(5002))


def piece(end):
    return Segment((), end, Line(1))


def test_the_ways_back_of_a_loop_come_together_where_lanes_wait():
    segments = {
        "start": piece(Jump("head")),
        "head": piece(Fork("more", "body", "end", Line(2))),
        "body": piece(Fork("odd", "head", "rest", Line(3))),
        "rest": piece(Jump("head")),
        "end": piece(Exit(Line(4))),
    }
    latched = with_latches("start", segments)
    assert latched["body"].end == Fork("odd", ("latch", "head"), "rest", Line(3))
    assert latched["rest"].end == Jump(("latch", "head"))
    labels = order("start", {label: successors(each.end) for label, each in latched.items()})
    assert labels == ["start", "head", "body", "rest", ("latch", "head"), "end"]


def test_a_loop_with_one_way_back_needs_no_such_place():
    segments = {
        "start": piece(Jump("head")),
        "head": piece(Fork("more", "head", "end", Line(2))),
        "end": piece(Exit(Line(4))),
    }
    assert with_latches("start", segments) == segments


@cuda.jit
def loop_with_a_condition(out):
    i = cuda.grid(1)
    for k in range(8):
        if i + k < 12 and i != k:
            out[i] += k
        if i == 3 * k:
            continue
        out[i] += 1


def test_lanes_of_a_warp_go_round_a_loop_together():
    rounds: list[int] = []

    class Branches(Observer):
        def branch(self, line, lanes_taken, lanes_not_taken):
            if int(line) == first + 3:
                rounds.append(len(lanes_taken) + len(lanes_not_taken))

    first = loop_with_a_condition.py_func.__code__.co_firstlineno
    launch(loop_with_a_condition, 1, 16, np.zeros(16), observer=Branches())
    assert rounds == [16] * 9
