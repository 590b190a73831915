from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import mig_explorer.formats
from mig_explorer.errors import MigExplorerError, UnknownFormat
from mig_explorer.formats import Export, Where, formats, read_layout, write_layout
from mig_explorer.formats.registry import find_formats
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout

NAMES = [
    "nvidia-smi",
    "mig-parted",
    "gpu-operator",
    "device-plugin",
    "pods",
    "dra",
    "docker",
    "slurm",
    "kubespawner",
    "dask-cuda",
]

SHOUT = """\
from mig_explorer.formats import Document, Export, Format


def write(layout, where):
    return Export((Document("shout.txt", "text", f"{layout}!\\n"),), ())


FORMAT = Format(name="shout", title="Shout", order=35, about="Says the layout aloud.", write=write)
"""


def test_the_formats_come_in_the_order_of_their_tabs() -> None:
    assert list(formats()) == NAMES
    assert [each.name for each in formats().values()] == NAMES
    orders = [each.order for each in formats().values()]
    assert orders == sorted(set(orders))


def test_each_format_says_what_it_is_in_a_sentence() -> None:
    for each in formats().values():
        assert each.title
        assert each.about.endswith(".")


def test_only_what_tells_what_a_board_holds_can_be_read_back() -> None:
    assert {name: each.carries_starts for name, each in formats().items() if each.read} == {
        "nvidia-smi": True,
        "mig-parted": False,
    }


def test_an_unknown_format_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UnknownFormat) as refused:
        write_layout(Layout(gpu("A30")), "pod")
    assert str(refused.value) == "There is no format 'pod'. Nearest: pods."
    assert isinstance(refused.value, LookupError)
    assert isinstance(refused.value, MigExplorerError)
    with pytest.raises(UnknownFormat) as refused:
        read_layout(gpu("A30"), "terraform", "")
    assert str(refused.value) == f"There is no format 'terraform'. Known: {', '.join(NAMES)}."


def test_a_format_that_cannot_be_read_back_says_so() -> None:
    with pytest.raises(UnknownFormat) as refused:
        read_layout(gpu("A30"), "slurm", "")
    assert str(refused.value) == (
        "The format 'slurm' cannot be read back: it does not say what a board holds. "
        "Those that can: nvidia-smi, mig-parted."
    )


def test_one_new_file_is_a_new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shout.py").write_text(SHOUT, encoding="utf-8")
    monkeypatch.setattr(mig_explorer.formats, "__path__", [*mig_explorer.formats.__path__, str(tmp_path)])
    found = find_formats(mig_explorer.formats.__path__, "mig_explorer.formats")
    monkeypatch.delitem(sys.modules, "mig_explorer.formats.shout")
    assert list(found) == [*NAMES[:3], "shout", *NAMES[3:]]
    made: Export = found["shout"].write(Layout(gpu("A30")).place("4g.24gb"), Where())
    assert made.documents[0].text == "4g.24gb@0!\n"


def test_two_formats_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "two_of_a_name"
    package.mkdir()
    for name in ("__init__", "first", "second"):
        (package / f"{name}.py").write_text("" if name == "__init__" else SHOUT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(ValueError, match="Two modules") as refused:
        find_formats([str(package)], "two_of_a_name")
    for name in ("", ".first", ".second"):
        monkeypatch.delitem(sys.modules, f"two_of_a_name{name}")
    assert str(refused.value) == ("Two modules of two_of_a_name have a format 'shout'; second is the second.")


def test_importing_the_room_loads_neither_yaml_nor_a_format() -> None:
    code = (
        "import sys, mig_explorer.formats\n"
        "print([name for name in sys.modules if name == 'yaml' or name.startswith('mig_explorer.formats.')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "['mig_explorer.formats.document', 'mig_explorer.formats.registry']"
