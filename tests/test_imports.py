"""The house stands: imports point down only, and the package is light to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "mig_explorer"

# What each room stands on directly. What those stand on may be imported too.
STANDS_ON: dict[str, tuple[str, ...]] = {
    "errors": (),
    "files": (),
    "gpus": ("errors",),
    "layouts": ("gpus",),
    "formats": ("layouts",),
    "devices": ("layouts", "files"),
    "workloads": ("errors",),
    "emulator": ("gpus", "files"),
    "model": ("layouts", "workloads", "emulator"),
    "experiments": ("model", "devices", "formats"),
    "fleet": ("experiments",),
    "charts": ("experiments", "layouts"),
    "scenarios": ("fleet", "charts"),
    "reports": ("scenarios",),
    "widgets": ("reports",),
    "classroom": ("widgets",),
    "cli": ("classroom",),
    "__main__": ("cli",),
    "": ("classroom",),  # mig_explorer/__init__.py, which only names what the rooms offer
}
HEAVY = ("altair", "anywidget", "ipywidgets", "numba", "numpy", "pandas")
CORE = ("errors", "gpus", "layouts", "formats")


def below(room: str) -> set[str]:
    direct = set(STANDS_ON[room])
    return direct.union(*(below(other) for other in direct))


def room_of(module: str) -> str:
    parts = module.removesuffix(".__init__").split(".")
    return parts[1] if len(parts) > 1 else ""


def imported_modules(source: str, importer: str) -> set[str]:
    """Return the modules that a file of this package imports, `import_module` with a plain name included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = importer.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            # "from mig_explorer import layouts" imports a room, not a name of the package.
            found |= {f"{base}.{alias.name}" for alias in node.names} if base == "mig_explorer" else {base}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def upward(source: str, importer: str) -> list[str]:
    """Return the imports of a file that its room does not stand on."""
    room = room_of(importer)
    allowed = {room, *below(room)}
    return sorted(
        module
        for module in imported_modules(source, importer)
        if module.split(".")[0] == "mig_explorer"
        and room_of(module) in STANDS_ON
        and room_of(module) not in allowed
    )


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_every_room_has_its_place_in_the_house() -> None:
    rooms = {room_of(module_name(path)) for path in MODULES}
    assert rooms <= STANDS_ON.keys(), "a new room: say in STANDS_ON and in the architecture what it stands on"
    assert {room for room in STANDS_ON if room in below(room)} == set(), "the house has a circle"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_no_import_points_up(path: Path) -> None:
    assert upward(path.read_text(encoding="utf-8"), module_name(path)) == []


@pytest.mark.parametrize(
    ("source", "importer", "wrong"),
    [
        ("from mig_explorer.model import step_time", "mig_explorer.gpus.board", ["mig_explorer.model"]),
        ("import mig_explorer.widgets.race", "mig_explorer.charts.live", ["mig_explorer.widgets.race"]),
        ("from mig_explorer import layouts", "mig_explorer.gpus.board", ["mig_explorer.layouts"]),
        ("from ..model import step_time", "mig_explorer.layouts.text", ["mig_explorer.model"]),
        ("def f():\n    from mig_explorer.cli import main", "mig_explorer.errors", ["mig_explorer.cli"]),
        (
            'importlib.import_module("mig_explorer.charts")',
            "mig_explorer.model.modes",
            ["mig_explorer.charts"],
        ),
        ("from mig_explorer.gpus import gpu", "mig_explorer.widgets.explorer", []),
        ("from .refusal import Refusal", "mig_explorer.layouts.layout", []),
    ],
)
def test_an_import_that_points_up_is_seen(source: str, importer: str, wrong: list[str]) -> None:
    assert upward(source, importer) == wrong


def loaded_after(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=PACKAGE.parent, check=True
    )
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import mig_explorer").intersection(HEAVY) == set()


@pytest.mark.parametrize("room", CORE)
def test_a_core_room_loads_nothing_heavy(room: str) -> None:
    assert loaded_after(f"import mig_explorer.{room}").intersection(HEAVY) == set()


def test_the_check_for_heavy_imports_sees_one() -> None:
    assert "numpy" in loaded_after("import mig_explorer, numpy")


def test_every_public_name_can_be_had() -> None:
    program = (
        "import mig_explorer as mig\nprint([name for name in mig.__all__ if getattr(mig, name) is None])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=PACKAGE.parent, check=True
    )
    assert run.stdout == "[]\n"
