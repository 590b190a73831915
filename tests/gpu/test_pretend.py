"""The tests for a real GPU, run on the fake: a test that only ever skips may be broken."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tests_for_a_real_gpu_run_and_pass_on_the_fake(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.gpu.pretend", "-p", "no:cacheprovider"]
    command += [f"--basetemp={tmp_path / 'inner'}", "tests/gpu/test_real_gpu.py"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert re.search(r"^\d+ passed in ", run.stdout, re.MULTILINE), run.stdout + run.stderr
