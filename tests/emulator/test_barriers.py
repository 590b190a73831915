from __future__ import annotations

import ast

import pytest

from mig_explorer.emulator.barriers import held_up, is_alone

ATOMIC = {"add(a, 0, 1)": "atomic.add", "cas(lock, 0, 0, 1)": "atomic.cas", "sync()": "syncthreads"}


def path(call):
    return ATOMIC.get(ast.unparse(call), "")


@pytest.mark.parametrize(
    ("text", "waits_for"),
    [
        ("while flag[0] == 0: pass", "flag[0] == 0"),
        ("while flag[0] == 0: n += 1", "flag[0] == 0"),
        ("while cas(lock, 0, 0, 1) != 0: pass", "cas(lock, 0, 0, 1) != 0"),
        ("while True:\n  if flag[0] > n: break", "flag[0] > n"),
        ("while flag[0] == 0:\n  if stop[0]: break", "flag[0] == 0"),
        ("while flag[0] == 0: sync()", None),
        ("while flag[0] == 0: flag[0] = 1", None),
        ("while flag[i] == 0: i += 1", None),
        ("while flag[0] == 0: change(flag)", None),
        ("while a[0] < 5: add(a, 0, 1)", None),
        ("while n > 0: n -= 1", None),
        ("while True: pass", None),
        ("while flag[0] == 0:\n  n += 1\n  if n > 5: break", None),
    ],
)
def test_a_loop_that_only_others_can_end_is_known(text, waits_for):
    (loop,) = ast.parse(text).body
    assert isinstance(loop, ast.While)
    found = held_up(loop, path)
    assert (ast.unparse(found) if found else None) == waits_for


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("f(x)", True),
        ("f(a[i]) * n + 1", True),
        ("not f(x)", True),
        ("a[i] + f(x)", False),
        ("g(n) + f(x)", False),
        ("n > 1 and f(x)", False),
        ("f(x) if n else 1", False),
        ("0 < f(x) < n", False),
    ],
)
def test_a_barrier_is_taken_out_of_an_expression_only_if_nothing_else_is_read_in_it(text, alone):
    whole = ast.parse(text, mode="eval").body
    (call,) = [
        each for each in ast.walk(whole) if isinstance(each, ast.Call) and ast.unparse(each.func) == "f"
    ]
    assert is_alone(call, whole) == alone
