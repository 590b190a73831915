from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import types
from numba.core.errors import NumbaError

from mig_explorer.emulator import compile as compiling
from mig_explorer.emulator.compile import compiled, loaded

SOURCE = """
def run_block(a, n):
    a[0] += n

def run_grid(a, n):
    for _ in range(3):
        run_block(a, n)
"""
FLOATS = types.float64[::1]
PROGRAM = """
import sys
import numpy as np
from numba import types
from mig_explorer.emulator.compile import compiled
run = compiled(sys.argv[1], (types.float64[::1], types.int64))
array = np.zeros(1)
run(array, 5)
print(array[0], sum(run.stats.cache_hits.values()), sum(run.stats.cache_misses.values()))
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled.cache_clear()
    loaded.cache_clear()
    yield tmp_path
    compiled.cache_clear()
    loaded.cache_clear()


def run(source=SOURCE):
    array = np.zeros(1)
    compiled(source, (FLOATS, types.int64))(array, 5)
    return array[0]


def in_another_process():
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, SOURCE],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=dict(os.environ),
    )
    assert ran.stderr == ""
    return ran.stdout.split()


def test_a_source_is_compiled_once_for_each_type():
    assert run() == 15
    first = compiled(SOURCE, (FLOATS, types.int64))
    assert compiled(SOURCE, (FLOATS, types.int64)) is first
    assert compiled(SOURCE, (types.int64[::1], types.int64)) is not first


def test_another_process_loads_what_the_first_compiled():
    assert in_another_process() == ["15.0", "0", "1"]
    assert in_another_process() == ["15.0", "1", "0"]


def test_one_type_after_the_other_is_loaded_too():
    assert run() == 15
    array = np.zeros(1, np.int64)
    compiled(SOURCE, (types.int64[::1], types.int64))(array, 5)
    assert array[0] == 15
    assert in_another_process() == ["15.0", "1", "0"]


@pytest.mark.parametrize(("suffix", "rubbish"), [("nbi", b"rubbish"), ("nbc", b""), ("nbc", b"\x80\x04\x95")])
def test_damaged_files_are_done_without(cache, suffix, rubbish):
    assert in_another_process()[0] == "15.0"
    damaged = list(cache.rglob(f"*.{suffix}"))
    assert damaged
    for each in damaged:
        each.write_bytes(rubbish)
    assert run() == 15


def test_without_a_cache_folder_everything_compiles_all_the_same(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert run() == 15
    assert not list(tmp_path.rglob("*.nbc"))


def test_a_failing_cache_is_done_without(monkeypatch):
    real = compiling._compile

    def failing(module, signature, *, on_disk):
        if on_disk:
            raise OSError(28, "No space left on device")
        return real(module, signature, on_disk=on_disk)

    monkeypatch.setattr(compiling, "_compile", failing)
    assert run() == 15


def test_what_numba_refuses_is_refused_and_not_tried_again(monkeypatch):
    tried = []
    real = compiling._compile

    def counting(module, signature, *, on_disk):
        tried.append(on_disk)
        return real(module, signature, on_disk=on_disk)

    monkeypatch.setattr(compiling, "_compile", counting)
    with pytest.raises(NumbaError):
        run(SOURCE.replace("+= n", "+= nonsense"))
    assert tried == [True]


def test_division_by_zero_gives_infinity_as_on_a_gpu():
    array = np.zeros(1)
    source = SOURCE.replace("a[0] += n", "a[0] = 1.0 / n")
    compiled(source, (FLOATS, types.float64))(array, 0.0)
    assert array[0] == np.inf
