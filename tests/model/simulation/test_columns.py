"""Columns on disk: all that was written can be read, also after a kill."""

from __future__ import annotations

import errno
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mig_explorer.errors import TraceCorrupted
from mig_explorer.model.arrivals import Poisson
from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement
from mig_explorer.model.simulation.columns import Columns, ColumnsWriter, save

ROOT = Path(__file__).resolve().parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from mig_explorer.model.simulation.columns import ColumnsWriter
writer = ColumnsWriter(Path(sys.argv[1]), {"number": np.int32, "half": np.float64})
for start in range(0, 5000, 1000):
    number = np.arange(start, start + 1000)
    writer.append({"number": number, "half": number / 2})
os.kill(os.getpid(), signal.SIGKILL)
"""


def some(folder: Path) -> Columns:
    with ColumnsWriter(folder, {"number": np.int32, "half": np.float64}) as writer:
        for start in (0, 10):
            writer.append({"number": np.arange(start, start + 10), "half": np.arange(start, start + 10) / 2})
    return Columns(folder)


def refusal(act) -> str:
    with pytest.raises(TraceCorrupted) as caught:
        act()
    return str(caught.value)


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    arrangement = Arrangement((Place(),), (Source("ann", 0, 0.01, arrivals=Poisson(50.0)),))
    served = simulate_arrangement(arrangement, 20.0, seed=7)
    columns = save(served, tmp_path / "run")
    assert (columns.rows, columns.complete) == (len(served), True)
    columns.verify()
    for name, column in served.columns.items():
        assert columns[name].dtype == column.dtype
        assert columns[name].tobytes() == column.tobytes()
        by_itself = np.load(tmp_path / "run" / f"{name}.npy")
        assert by_itself.tobytes() == column.tobytes(), "any program that reads NumPy's format can read it"


def test_reading_is_lazy_and_does_not_write(tmp_path: Path) -> None:
    columns = some(tmp_path)
    assert isinstance(columns["half"], np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        columns["half"][0] = 1.0
    blocks = list(columns.blocks(rows=8))
    assert [len(block["half"]) for block in blocks] == [8, 8, 4]
    assert np.concatenate([block["number"] for block in blocks]).tolist() == list(range(20))


def test_what_was_written_before_a_kill_can_be_read(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "run")], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    columns = Columns(tmp_path / "run")
    assert (columns.complete, columns.rows, columns.checksum) == (False, 5000, None)
    assert columns["number"].tolist() == list(range(5000))
    assert columns["half"].tolist() == [number / 2 for number in range(5000)]
    assert refusal(columns.verify) == (
        f"{tmp_path}/run has no columns.json: the run was cut short, and nothing says what it was."
    )


def test_columns_cut_at_any_byte_give_the_whole_rows(tmp_path: Path) -> None:
    some(tmp_path)
    (tmp_path / "columns.json").unlink()
    path = tmp_path / "half.npy"
    whole = path.read_bytes()
    header = len(whole) - 20 * 8
    for size in range(header, len(whole) + 1):
        path.write_bytes(whole[:size])
        columns = Columns(tmp_path)
        assert columns.rows == (size - header) // 8
        assert columns["number"].tolist() == list(range(columns.rows))
    for size in range(header):
        path.write_bytes(whole[:size])
        assert refusal(lambda: Columns(tmp_path).rows).startswith(f"{path} is no column of NumPy's format (")


def test_an_empty_run(tmp_path: Path) -> None:
    with ColumnsWriter(tmp_path, {"half": np.float64}):
        pass
    columns = Columns(tmp_path)
    columns.verify()
    assert (columns.rows, list(columns.blocks()), columns["half"].dtype) == (0, [], np.dtype(float))


def test_an_error_while_writing_leaves_it_cut_short(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def write() -> None:
        with ColumnsWriter(tmp_path, {"half": np.float64}) as writer:
            writer.append({"half": [0.5]})
            raise Stopped

    with pytest.raises(Stopped):
        write()
    columns = Columns(tmp_path)
    assert (columns.complete, columns["half"].tolist()) == (False, [0.5])


class OnFullDisk(io.BufferedWriter):
    """A file of which the last part finds no room, as one learns on closing it."""

    def close(self) -> None:
        if not self.closed:
            super().close()
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[OnFullDisk]:
    """Return what is opened from here on."""
    files: list[OnFullDisk] = []

    def on_full_disk(path: Path, mode: str) -> OnFullDisk:
        files.append(OnFullDisk(io.FileIO(path, mode.replace("b", ""))))
        return files[-1]

    monkeypatch.setattr(Path, "open", on_full_disk)
    return files


@pytest.mark.parametrize("failing", [False, True], ids=["to its end", "cut short"])
def test_every_file_is_closed_although_closing_fails(tmp_path: Path, opened, failing) -> None:
    def write() -> None:
        with ColumnsWriter(tmp_path, {"number": np.int32, "half": np.float64}) as writer:
            writer.append({"number": [1], "half": [0.5]})
            if failing:
                raise KeyboardInterrupt

    with pytest.raises(OSError, match="No space left on device"):
        write()
    assert [file.closed for file in opened] == [True, True]
    assert not Columns(tmp_path).complete, "nothing says that all was written"


def test_no_file_is_left_open_where_another_is_in_the_way(tmp_path: Path, opened) -> None:
    (tmp_path / "half.npy").touch()
    with pytest.raises(OSError, match="No space left on device") as caught:
        ColumnsWriter(tmp_path, {"number": np.int32, "half": np.float64})
    assert isinstance(caught.value.__context__, FileExistsError)
    assert [file.closed for file in opened] == [True]


def test_a_run_is_never_written_over(tmp_path: Path) -> None:
    some(tmp_path)
    with pytest.raises(FileExistsError) as caught:
        ColumnsWriter(tmp_path, {"half": np.float64})
    assert str(caught.value) == f"{tmp_path} holds the columns of another run. Choose an empty folder."
    (tmp_path / "columns.json").unlink()
    with pytest.raises(FileExistsError):
        ColumnsWriter(tmp_path, {"half": np.float64})


@pytest.mark.parametrize(
    "block",
    [{"number": [1], "half": [1.0, 2.0]}, {"number": [1], "half": [1.0], "more": [1]}, {"number": [1]}],
)
def test_a_block_of_another_shape_is_refused_and_nothing_of_it_written(tmp_path: Path, block) -> None:
    writer = ColumnsWriter(tmp_path, {"number": np.int32, "half": np.float64})
    with pytest.raises(ValueError, match=r"^A block needs the columns number, half, all of one length\.$"):
        writer.append(block)
    writer.close()
    assert Columns(tmp_path).rows == 0


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    columns = some(tmp_path)
    columns.verify()
    path = tmp_path / "half.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert refusal(Columns(tmp_path).verify) == f"{path} is not what was written: its checksum differs."


def test_columns_that_lack_something_are_refused(tmp_path: Path) -> None:
    some(tmp_path)
    about, half = tmp_path / "columns.json", tmp_path / "half.npy"
    said, whole = about.read_text(encoding="utf-8"), half.read_bytes()
    half.write_bytes(whole[:-8])
    assert refusal(lambda: Columns(tmp_path).rows) == (
        f"{half} holds 19 rows of <f8, but columns.json says 20 of <f8."
    )
    half.unlink()
    assert refusal(lambda: Columns(tmp_path).rows) == f"{half} is missing."
    half.write_bytes(whole)
    about.write_text(json.dumps({**json.loads(said), "version": 2}), encoding="utf-8")
    assert refusal(lambda: Columns(tmp_path).rows) == (
        f"{about} has version 2, and this program reads version 1."
    )
    for wrong in ("", "[]", "{}", said[:40], '{"version": 1, "rows": "x", "columns": {}}'):
        about.write_text(wrong, encoding="utf-8")
        assert refusal(lambda: Columns(tmp_path).rows).startswith(
            f"{about} does not say which columns there are"
        )
    np.save(tmp_path / "half.npy", np.zeros((2, 2)))
    about.unlink()
    assert refusal(lambda: Columns(tmp_path).rows) == (
        f"{half} is no column: it holds an array of shape (2, 2) of float64."
    )
    assert refusal(lambda: Columns(tmp_path / "nothing").rows) == f"{tmp_path}/nothing holds no columns."


def test_the_checksum_is_of_the_content(tmp_path: Path) -> None:
    first, second = some(tmp_path / "a"), some(tmp_path / "b")
    assert first.checksum == second.checksum
    with ColumnsWriter(tmp_path / "c", {"number": np.int32, "half": np.float64}) as writer:
        writer.append({"number": [1], "half": [1.0]})
    assert Columns(tmp_path / "c").checksum != first.checksum
