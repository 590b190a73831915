"""The Binder folder: repo2docker makes of it an image with our Python that installs this checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def dockerfile() -> str:
    """Return what repo2docker would build, without building it: that would need Docker and a network."""
    command = [
        sys.executable,
        "-m",
        "repo2docker",
        "--no-build",
        "--debug",
        "--user-id",
        "1000",
        "--user-name",
        "ada",
    ]
    run = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def test_the_image_has_the_python_that_we_pin(dockerfile):
    assert re.search(r"conda/environment\.py-3\.11|environment-2epy-2d3-2e11", dockerfile)


def test_the_image_installs_this_checkout_after_it_was_copied(dockerfile):
    copied = dockerfile.index("COPY --chown=1000:1000 src/ ${REPO_DIR}/")
    assert dockerfile.index('install --no-cache-dir -r "binder/requirements.txt"') > copied


def test_the_image_is_warmed_up_after_the_checkout_was_installed(dockerfile):
    installed = dockerfile.index('install --no-cache-dir -r "binder/requirements.txt"')
    assert dockerfile.index("RUN ./binder/postBuild") > installed


def test_the_warm_up_runs(tmp_path):
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    home["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run([ROOT / "binder" / "postBuild"], env=home, cwd=ROOT, check=True)
    assert list(tmp_path.glob("mig-explorer/vega-*.js"))


def test_the_checkout_is_installed_with_jupyterlab():
    assert (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8") == ".[lab]\n"
