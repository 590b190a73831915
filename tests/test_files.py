"""Files appear whole or not at all, and no folder called "~" is ever made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mig_explorer.files import user_folder, write_whole

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("kind", "variable"),
    [("cache", "XDG_CACHE_HOME"), ("data", "XDG_DATA_HOME"), ("state", "XDG_STATE_HOME")],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these variables are Linux's")
def test_each_kind_of_file_has_the_users_folder_for_it(kind, variable, tmp_path, monkeypatch):
    monkeypatch.setenv(variable, str(tmp_path))
    assert user_folder(kind) == tmp_path / "mig-explorer"


def test_a_user_without_a_home_has_no_folder(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "HOME"))}
    program = (
        "import os, pwd\n"
        "def nobody(uid): raise KeyError(uid)\n"
        "pwd.getpwuid = nobody\n"
        "from mig_explorer.files import user_folder\n"
        "print(user_folder('cache'), user_folder('data'), user_folder('state'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "None None None\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_as_a_whole_and_leaves_no_other(tmp_path):
    path = tmp_path / "new" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"old")

    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def write(self, _content):
            raise OSError(28, "No space left on device")

    def full(handle, *_arguments, **_options):
        os.close(handle)
        return Full()

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        write_whole(tmp_path / "file" / "below", b"")
