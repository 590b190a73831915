"""A real JupyterLab server in a process of its own, which touches nothing of the user's."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
TOKEN = secrets.token_hex(16)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    # Every cell stays in the page, so that a locator finds it wherever the notebook is scrolled to.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}

PAGE = {"buildAvailable": False, "buildCheck": False}
"""Without these, every page has the server start Node to ask whether JupyterLab should be built anew."""


def free_port() -> int:
    """Return a TCP port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class LabServer:
    """JupyterLab on a free port, serving `notebooks` from a folder of its own.

    Attributes
    ----------
    url : str
        The address without a trailing slash.
    notebooks : Path
        The folder that is served; notebooks written here can be opened.
    process : subprocess.Popen
        The server's process; kernels are its children.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notebooks = folder / "notebooks"
        self.settings = folder / "settings"
        self.notebooks.mkdir(parents=True)
        overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
        overrides.parent.mkdir(parents=True)
        overrides.write_text(json.dumps(OVERRIDES))
        overrides.with_name("page_config.json").write_text(json.dumps(PAGE))
        self.log = folder / "jupyterlab.log"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.notebooks}",
            "--ServerApp.terminals_enabled=False", "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
        ]  # fmt: skip
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            self._wait_until_up()
        except BaseException:
            self.stop()
            raise

    def _environment(self) -> dict[str, str]:
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "XDG_CACHE_HOME": "cache",
        }
        folders = {name: str(self.folder / place) for name, place in own.items()}
        # Before whatever is installed: the tests are about this checkout.
        path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
        # As for most users: Python keeps its byte code, and a worker need not compile the package again.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**inherited, **folders, "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONPATH": path}

    def _wait_until_up(self, timeout: float = 90.0) -> None:
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.get("/api/status")
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()}") from None
                time.sleep(0.1)
            else:
                return

    def request(self, method: str, path: str) -> bytes:
        """Ask the server's REST interface, as the logged-in user."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            body: bytes = answer.read()
        return body

    def get(self, path: str) -> Any:
        """Ask the server's REST interface and decode the answer."""
        return json.loads(self.request("GET", path))

    def kernel_of(self, notebook: str) -> str | None:
        """Return the id of the kernel that runs this notebook, or None."""
        sessions = self.get("/api/sessions")
        return next((s["kernel"]["id"] for s in sessions if s["path"] == notebook), None)

    def shut_down_kernels(self) -> None:
        """End every kernel, as closing the notebooks would."""
        for session in self.get("/api/sessions"):
            try:
                self.request("DELETE", f"/api/sessions/{session['id']}")
            except urllib.error.HTTPError as error:
                error.close()

    def choose_theme(self, theme: str) -> None:
        """Write the theme into the settings that the next page load reads: "light" or "dark"."""
        file = self.settings / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"theme": THEMES[theme], "adaptive-theme": False}))

    def stop(self) -> None:
        """End the server, its kernels and whatever they started."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
