"""``mig-explorer lab``: JupyterLab on the start notebook."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
import webbrowser
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import click

from mig_explorer import __version__
from mig_explorer.errors import MissingExtra, nearest_names

START = "00_start_here.ipynb"
_PACKAGE = Path(__file__).parents[1]
_CHECKOUT = _PACKAGE.parent / "notebooks"
_SHIPPED = _PACKAGE / "_notebooks"


@click.command()
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--port", type=click.IntRange(0, 65535), help="TCP port; without it, 8888 or the next free one."
)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening a browser.")
@click.option("--notebook", default=START, show_default=True, help="The notebook to open.")
@click.option("--json", "as_json", is_flag=True, help="Print the address as one line of JSON.")
def lab(directory: Path | None, port: int | None, no_browser: bool, notebook: str, as_json: bool) -> NoReturn:
    """Open JupyterLab on the start notebook.

    The notebooks are those of the checkout, or else a copy in ./mig-explorer-notebooks (or in DIRECTORY),
    in which a file of yours is never overwritten.
    """
    try:
        _require_jupyterlab()
    except MissingExtra as error:
        raise click.ClickException(str(error)) from None
    source = _CHECKOUT if _in_checkout() else _SHIPPED
    folder = source if directory is None and _in_checkout() else directory or Path("mig-explorer-notebooks")
    _require_notebook(notebook, source, folder)
    if port:
        _require_free(port)
    if folder != source:
        for line in copy_notebooks(source, folder):
            click.echo(line, err=as_json)
    browser = not no_browser and can_open_browser()
    serve(folder.resolve(), notebook, port, browser=browser, as_json=as_json)


def _in_checkout() -> bool:
    return _CHECKOUT.is_dir() and (_CHECKOUT.parent / "pyproject.toml").is_file()


def _require_jupyterlab() -> None:
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtra(
            "JupyterLab is not installed in this Python environment. "
            'Install it with: pip install "mig_explorer[lab]"'
        )


def _require_notebook(name: str, *folders: Path) -> None:
    names = sorted({path.name for folder in folders for path in folder.glob("*.ipynb")})
    if name not in names:
        raise click.BadParameter(
            f"no notebook is called {name!r}. {nearest_names(name, names)}", param_hint="--notebook"
        )


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        # As the server does, so that a port it could have is not refused here.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.BadParameter(
                f"port {port} cannot be used ({error.strerror}). Name another, or leave --port out "
                "to take the first free one from 8888.",
                param_hint="--port",
            ) from None


def copy_notebooks(source: Path, folder: Path) -> list[str]:
    """Copy the notebooks that are not in `folder` yet, and overwrite none.

    Parameters
    ----------
    source : Path
        Folder that holds the notebooks of this version.
    folder : Path
        Folder to copy them to; made if need be.

    Returns
    -------
    list of str
        One line for each notebook that was copied, or that is kept although it differs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    said = []
    for notebook in sorted(source.glob("*.ipynb")):
        copy = folder / notebook.name
        if not copy.exists():
            copy.write_bytes(notebook.read_bytes())
            said.append(f"Copied {notebook.name} to {folder}.")
        elif copy.read_bytes() != notebook.read_bytes():
            said.append(
                f"Kept your {copy}, which differs from the one that comes with mig_explorer {__version__}. "
                "Rename it to get a fresh copy."
            )
    return said


def can_open_browser() -> bool:
    """Say whether a browser window can appear here: on Linux, only where there is a display."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def serve(folder: Path, notebook: str, port: int | None, *, browser: bool, as_json: bool = False) -> NoReturn:
    """Run JupyterLab in this process until it is stopped; Ctrl-C stops it without a question.

    Parameters
    ----------
    folder : Path
        Folder to serve.
    notebook : str
        File in that folder to open.
    port : int or None
        TCP port, 0 for any free one, or None for 8888 or the first free one after it.
    browser : bool
        Open a browser; otherwise only the address is printed.
    as_json : bool
        Print one line of JSON with the folder and the address, and nothing else.
    """
    from jupyterlab.labapp import LabApp  # noqa: PLC0415 (half a second, and an extra)

    # A kernel named python3 in the user's home must not win over the one of this environment.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    page = f"lab/tree/{quote(notebook)}"
    arguments = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/{page}",
        "--ServerApp.answer_yes=True",
        "--ServerApp.log_level=WARN",
        "--LabApp.log_level=WARN",
        f"--ServerApp.open_browser={browser}",
    ]
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        click.echo(
            "Warning: running as root, so the notebooks' code may do anything on this machine.", err=True
        )
        arguments.append("--ServerApp.allow_root=True")
    server = LabApp.initialize_server(argv=arguments)
    token = server.identity_provider.token
    # Jupyter would print addresses of its own, with the same token, between our lines.
    server.identity_provider.token_generated = False
    address = f"{server.connection_url}{page}" + (f"?token={token}" if token else "")
    if as_json:
        click.echo(json.dumps({"ok": True, "folder": str(folder), "address": address}))
    else:
        _tell(folder, address, server.port, browser=browser)
    server.start()
    click.echo("JupyterLab has stopped.", err=as_json)
    sys.exit(0)


def _tell(folder: Path, address: str, port: int, *, browser: bool) -> None:
    click.echo(f"JupyterLab serves {folder}\n\n    {address}\n")
    if not browser:
        click.echo(
            "Open this address in a browser. From another machine, first forward the port:\n"
            f"    ssh -N -L {port}:localhost:{port} USER@THIS-MACHINE"
        )
    click.echo("Ctrl-C stops it.")
