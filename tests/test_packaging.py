"""The wheel: all that the package reads at run time is inside, and its lab command works from there."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mig_explorer

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = folder.glob("*.whl")
    return built


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata(wheel: Path) -> email.message.Message:
    (name,) = (name for name in names_in(wheel) if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        return email.message_from_bytes(archive.read(name))


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    package = ROOT / "mig_explorer"
    ours = {
        p.relative_to(ROOT).as_posix()
        for p in package.rglob("*.*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert ours - names_in(wheel) == set()
    assert {Path(name).suffix for name in ours} >= {".py", ".js", ".css", ".json", ".typed"}


def test_the_notebooks_are_in_the_wheel(wheel: Path) -> None:
    ours = {f"mig_explorer/_notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert ours <= names_in(wheel)
    assert "mig_explorer/_notebooks/00_start_here.ipynb" in ours


def test_nothing_but_the_package_is_in_the_wheel(wheel: Path) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names_in(wheel)} == {"mig_explorer"}


def test_the_metadata_name_the_version_the_licence_and_the_extras(wheel: Path) -> None:
    said = metadata(wheel)
    assert said["Version"] == mig_explorer.__version__
    assert said["License-Expression"] == "BSD-3-Clause"
    assert said["Requires-Python"] == ">=3.11"
    assert said.get_all("Provides-Extra") == ["classroom", "cuda", "dask", "lab", "test", "voila"]


def test_the_base_needs_neither_jupyterlab_nor_cuda(wheel: Path) -> None:
    needed = [line for line in metadata(wheel).get_all("Requires-Dist", []) if "extra ==" not in line]
    names = {line.split(">=")[0].split("<")[0].strip() for line in needed}
    assert names == {
        "altair", "anywidget", "click", "cloudpickle", "ipywidgets", "numba", "numpy", "nvidia-ml-py",
        "pandas", "platformdirs", "pyyaml", "tabulate", "vl-convert-python",
    }  # fmt: skip


def test_the_installed_package_copies_its_notebooks_out(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = (
        "import sys\n"
        "from mig_explorer import cli\n"
        "from mig_explorer.cli import notebooks\n"
        "notebooks.serve = lambda folder, *rest, **options: sys.exit(f'serves {folder}')\n"
        "cli.main(['lab', '--no-browser'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    folder = tmp_path / "mig-explorer-notebooks"
    assert run.stderr == f"serves {folder.resolve()}\n"
    assert "Copied 00_start_here.ipynb to mig-explorer-notebooks.\n" in run.stdout
    shipped = (ROOT / "notebooks" / "00_start_here.ipynb").read_bytes()
    assert (folder / "00_start_here.ipynb").read_bytes() == shipped
