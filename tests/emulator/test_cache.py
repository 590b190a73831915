from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mig_explorer.emulator import cache
from mig_explorer.emulator.cache import cache_folder, store


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mig-explorer" / cache.VERSION


def test_a_source_is_stored_whole_under_its_hash(folder):
    path = store("a = 1  # ×\n")
    assert path is not None
    assert path.parent == folder
    assert path.read_text(encoding="utf-8") == "a = 1  # ×\n"
    assert [each.name for each in folder.iterdir()] == [path.name]


def test_the_folder_belongs_to_the_user_alone(folder):
    assert cache_folder() == folder
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_stored_source_is_not_written_again():
    path = store("a = 1")
    assert path is not None
    before = path.stat()
    assert store("a = 1") == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_sources_that_differ_have_files_that_differ():
    assert store("a = 1") != store("a = 2")


def test_a_damaged_file_is_written_anew():
    path = store("a = 1")
    assert path is not None
    path.write_text("a =")
    assert store("a = 1") == path
    assert path.read_text() == "a = 1"


def test_only_the_newest_files_are_kept(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    paths = []
    for number in range(5):
        path = store(f"a = {number}")
        assert path is not None
        os.utime(path, (1000 + number, 1000 + number))
        compiled = folder / "__pycache__" / f"{path.stem}.run_grid-1.py311.1.nbc"
        compiled.parent.mkdir(exist_ok=True)
        compiled.touch()
        paths.append(path)
    store("a = 5")
    kept = {each.stem for each in folder.glob("kernel_*.py")}
    assert kept >= {paths[4].stem}
    assert len(kept) == 3
    assert paths[0].stem not in kept
    assert {each.name.partition(".")[0] for each in folder.glob("__pycache__/*")} == kept - {
        each for each in kept if each not in {path.stem for path in paths}
    }


def test_a_folder_that_is_a_file_means_no_cache(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_folder() is None
    assert store("a = 1") is None


def test_a_folder_of_somebody_else_means_no_cache(monkeypatch):
    cache_folder()
    monkeypatch.setattr(os, "getuid", lambda: 123456, raising=False)
    assert cache_folder() is None


def test_a_folder_that_can_not_be_written_means_no_cache(monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert cache_folder() is None
    assert store("a = 1") is None


def test_a_full_disk_means_no_cache_and_leaves_nothing(folder, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def write(self, _text):
            raise OSError(28, "No space left on device")

    def full(handle, *_arguments, **_options):
        os.close(handle)
        return Full()

    monkeypatch.setattr(os, "fdopen", full)
    assert store("a = 1") is None
    assert list(folder.iterdir()) == []


def test_processes_that_store_at_once_agree(folder):
    program = "from mig_explorer.emulator.cache import store; print(store('a = 1\\n' * 100000))"
    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    paths = {each.communicate(timeout=60)[0] for each in running}
    assert len(paths) == 1
    assert [each.stat().st_size for each in folder.iterdir()] == [600000]
