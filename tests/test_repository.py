"""What the repository may hold: read from the files that git tracks or would add."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import mig_explorer

ROOT = Path(__file__).resolve().parents[1]
TEXT = {".cfg", ".css", ".ipynb", ".js", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml", ""}
# Written apart, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a home folder of one machine": re.compile(r"/(?:home|Users)/(?!USER\b)\w+/|/root/"),
    "a folder outside the repository": re.compile(r"(?<![\w.])/(?:work|workspace|srv|mnt)/"),
    "a package registry's host": re.compile(
        r"\b(?:pypi|pythonhosted|registry\.npmjs|deb\.debian|conda\.anaconda)\.(?:org|com)\b"
    ),
}
MOST_LINES = 400
MOST_NAMES = 25
MOST_CELLS = 20


def git(*arguments: str) -> str:
    # The checkout may belong to another user than the one who tests, in a container for one.
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def files() -> list[Path]:
    """Return the tracked files and those that would be; of a copy without git, what is beside this file."""
    if (ROOT / ".git").exists():
        listed = git("ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
        return sorted(path for name in set(listed) - {""} if (path := ROOT / name).is_file())
    places = [ROOT / name for name in ("binder", "mig_explorer", "notebooks", "tests")]
    return sorted(path for place in places for path in place.rglob("*.*") if path.is_file())


def committed(path: Path) -> str:
    """Return a file as git would commit it: JupyterLab saves outputs of a notebook, which nobody adds."""
    name = path.relative_to(ROOT).as_posix()
    if (ROOT / ".git").exists() and git("ls-files", name):
        return git("show", f":{name}")
    return path.read_text(encoding="utf-8")


def notebooks() -> list[Path]:
    return [path for path in files() if path.suffix == ".ipynb"]


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(committed(path))["cells"]
    return found


def forbidden_in(text: str) -> list[str]:
    return [f"{what}: {match[0]}" for what, pattern in FORBIDDEN.items() for match in pattern.finditer(text)]


def test_no_file_names_a_machine_or_a_registry() -> None:
    texts = [path for path in files() if path.suffix in TEXT and path != Path(__file__)]
    found = {str(path.relative_to(ROOT)): forbidden_in(path.read_text(encoding="utf-8")) for path in texts}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "text",
    [
        "/home/" + "ada/x",
        "/Users/" + "ada/x",
        "cd /" + "workspace/x",
        "https://pypi." + "org/simple",
    ],
)
def test_a_forbidden_place_is_seen(text: str) -> None:
    assert len(forbidden_in(text)) == 1


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    kept = [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None]
    assert kept == [], "clear all outputs before committing the notebook"


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_a_notebook_holds_no_logic(path: Path) -> None:
    wrong = []
    for cell in cells(path):
        if cell["cell_type"] == "code":
            wrong += logic_in("".join(cell["source"]))
    assert wrong == []


def logic_in(source: str) -> list[str]:
    """Return what a cell should leave to the package: definitions, loops, conditions, imports but a few.

    A kernel is no logic: it is what a notebook is about, whatever it does. So is how long a line takes.
    """
    logic = (
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.AsyncFor, ast.While,
        ast.If, ast.IfExp, ast.comprehension, ast.Try, ast.With, ast.ImportFrom, ast.Match,
    )  # fmt: skip
    plain = re.sub(r"^%time ", "", source, flags=re.MULTILINE)
    tree = compile(plain, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    tree.body = [statement for statement in tree.body if not is_kernel(statement)]
    nodes = [node for node in ast.walk(tree) if ast.unparse(node) not in USUAL_IMPORTS]
    found = [type(node).__name__ for node in nodes if isinstance(node, logic)]
    return found + [ast.unparse(node) for node in nodes if isinstance(node, ast.Import)]


USUAL_IMPORTS = ("import mig_explorer as mig", "import numpy as np", "from numba import cuda")


def is_kernel(statement: ast.stmt) -> bool:
    """Say whether this is a function that runs on a GPU and nothing else."""
    return isinstance(statement, ast.FunctionDef) and [
        ast.unparse(each).partition("(")[0] for each in statement.decorator_list
    ] == ["cuda.jit"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import mig_explorer as mig\nprint(await mig.x)", []),
        ("import numpy", ["import numpy"]),
        ("from numpy import sin", ["ImportFrom"]),
        ("[a for a in b]", ["comprehension"]),
        ("def f(): pass", ["FunctionDef"]),
        ("if x: y", ["If"]),
        ("import numpy as np\nfrom numba import cuda", []),
        ("@cuda.jit\ndef kernel(a):\n    if a[0]: a[1] = 2\n%time kernel[1, 1](a)", []),
        ("@cuda.jit(device=True)\ndef half(x): return x / 2\nfor a in b: pass", ["For"]),
        ("@cache\n@cuda.jit\ndef f(): pass", ["FunctionDef"]),
    ],
)
def test_logic_in_a_cell_is_seen(source: str, found: list[str]) -> None:
    assert logic_in(source) == found


def test_the_start_notebook_is_short() -> None:
    assert 0 < len(cells(ROOT / "notebooks" / "00_start_here.ipynb")) < MOST_CELLS


def test_no_module_is_too_long() -> None:
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "mig_explorer").rglob("*.py")
    }
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_the_public_face_stays_small_and_sorted() -> None:
    names = mig_explorer.__all__
    assert len(names) <= MOST_NAMES
    assert names == sorted(set(names))


def test_the_ci_script_does_nothing_but_make_test() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines == ["#!/usr/bin/env bash", "set -e", 'cd "$(dirname "$0")/.."', "make test"]
