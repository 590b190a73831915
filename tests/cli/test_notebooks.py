"""``mig-explorer lab``, run as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import mig_explorer
from mig_explorer.cli import main, notebooks

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
START = "00_start_here.ipynb"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str, int | None, bool]]:
    """Note what would be served, instead of serving it."""
    calls: list[tuple[Path, str, int | None, bool]] = []

    def note(folder: Path, notebook: str, port: int | None, *, browser: bool, as_json: bool) -> None:
        assert not as_json
        calls.append((folder, notebook, port, browser))

    monkeypatch.setattr(notebooks, "serve", note)
    monkeypatch.setattr(notebooks, "can_open_browser", lambda: True)
    return calls


def test_version_is_the_packages() -> None:
    said = CliRunner().invoke(main, ["--version"])
    assert said.output == f"mig-explorer, version {mig_explorer.__version__}\n"


def test_help_names_the_lab_command() -> None:
    said = CliRunner().invoke(main, ["--help"])
    assert "lab       Open JupyterLab on the start notebook." in said.output


def test_a_checkout_serves_its_own_notebooks(served: list[tuple[Path, str, int | None, bool]]) -> None:
    said = CliRunner().invoke(main, ["lab"])
    assert said.output == ""
    assert served == [(ROOT / "notebooks", START, None, True)]


def test_no_browser_and_a_port_are_passed_on(served: list[tuple[Path, str, int | None, bool]]) -> None:
    CliRunner().invoke(main, ["lab", "--no-browser", "--port", "0"])
    assert served == [(ROOT / "notebooks", START, 0, False)]


def test_a_folder_gets_copies_and_its_own_notebooks_open_too(
    served: list[tuple[Path, str, int | None, bool]], tmp_path: Path
) -> None:
    (tmp_path / "mine.ipynb").write_text("{}")
    said = CliRunner().invoke(main, ["lab", str(tmp_path), "--notebook", "mine.ipynb"])
    assert f"Copied {START} to {tmp_path}.\n" in said.output
    assert served == [(tmp_path, "mine.ipynb", None, True)]


def test_a_changed_notebook_is_kept_and_an_equal_one_not_mentioned(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "mine"
    source.mkdir()
    for name in ("changed.ipynb", "equal.ipynb", "new.ipynb"):
        (source / name).write_text("ours")
    folder.mkdir()
    (folder / "changed.ipynb").write_text("theirs")
    (folder / "equal.ipynb").write_text("ours")
    assert notebooks.copy_notebooks(source, folder) == [
        (
            f"Kept your {folder / 'changed.ipynb'}, which differs from the one that comes with mig_explorer "
            f"{mig_explorer.__version__}. Rename it to get a fresh copy."
        ),
        f"Copied new.ipynb to {folder}.",
    ]
    assert (folder / "changed.ipynb").read_text() == "theirs"
    assert (folder / "new.ipynb").read_text() == "ours"


def test_an_unknown_notebook_is_refused_with_the_nearest(
    served: list[tuple[Path, str, int | None, bool]],
) -> None:
    said = CliRunner().invoke(main, ["lab", "--notebook", "00_start_her.ipynb"])
    assert said.exit_code == 2
    assert said.output.endswith(
        "Error: Invalid value for --notebook: no notebook is called '00_start_her.ipynb'. "
        "Nearest: 00_start_here.ipynb.\n"
    )
    assert served == []


def test_a_port_in_use_is_refused(served: list[tuple[Path, str, int | None, bool]]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        said = CliRunner().invoke(main, ["lab", "--port", str(port)])
    assert said.exit_code == 2
    assert said.output.endswith(
        f"Error: Invalid value for --port: port {port} cannot be used (Address already in use). Name "
        "another, or leave --port out to take the first free one from 8888.\n"
    )
    assert served == []


def test_without_jupyterlab_the_line_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    said = CliRunner().invoke(main, ["lab"])
    assert said.exit_code == 1
    assert said.output == (
        "Error: JupyterLab is not installed in this Python environment. "
        'Install it with: pip install "mig_explorer[lab]"\n'
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux may lack a display")
def test_without_a_display_no_browser_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("BROWSER", "true")
    assert not notebooks.can_open_browser()
    monkeypatch.setenv("DISPLAY", ":0")
    assert notebooks.can_open_browser()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the real command, without a display, on a free port, in folders of its own."""
    names = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
        "IPYTHONDIR",
    )
    environment = {**os.environ, **{name: str(tmp_path / name.lower()) for name in names}}
    environment.pop("DISPLAY", None)
    environment.pop("WAYLAND_DISPLAY", None)
    environment["PYTHONPATH"] = str(ROOT)
    process = subprocess.Popen(
        [sys.executable, "-m", "mig_explorer", "lab", "--port", "0"],
        cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


def test_the_address_as_json_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Server:
        class identity_provider:  # noqa: N801 (the server's own name for it)
            token = "secret"  # noqa: S105 (of no server)

        connection_url, port = "http://localhost:8888/", 8888

        def start(self) -> None:
            pass

    monkeypatch.setattr("jupyterlab.labapp.LabApp.initialize_server", lambda argv: Server())  # noqa: ARG005
    said = CliRunner().invoke(main, ["lab", str(tmp_path), "--no-browser", "--json"])
    assert said.exit_code == 0
    assert json.loads(said.stdout) == {
        "ok": True,
        "folder": str(tmp_path),
        "address": f"http://localhost:8888/lab/tree/{START}?token=secret",
    }


def test_lab_prints_an_address_that_works_and_ctrl_c_ends_it_cleanly(running: subprocess.Popen[str]) -> None:
    assert running.stdout is not None
    address = ""
    deadline = time.monotonic() + 90
    lines: list[str] = []
    while not address.startswith("http://") and time.monotonic() < deadline:
        line = running.stdout.readline()
        assert line, "".join(lines) + (running.stderr.read() if running.stderr else "")
        lines.append(line)
        address = line.strip()
    assert lines[0] == f"JupyterLab serves {ROOT / 'notebooks'}\n"
    page, token = address.split("?token=")
    assert page.endswith(f"/lab/tree/{START}")
    api = f"{page.split('/lab/')[0]}/api/contents/{START}?content=0&token={token}"
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(api, timeout=5) as answer:
                assert answer.status == 200
            break
        except OSError:  # bound, and not yet listening
            assert time.monotonic() < deadline
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 0
    assert running.stdout.read().endswith("Ctrl-C stops it.\nJupyterLab has stopped.\n")
    assert running.stderr is not None
    assert "Traceback" not in running.stderr.read()
