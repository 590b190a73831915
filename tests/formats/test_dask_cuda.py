from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mig_explorer.formats import Where, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from tests.formats.fake_tools import LISTING, check_syntax, run_script

A100 = gpu("A100-SXM4-40GB")
SMALL = parse_layout(A100, "1g.5gb@0 1g.5gb@1 1g.5gb+me@2")
KNOWN = Where(uuids=("MIG-a", "MIG-b", "MIG-c"))

WORKERS = """\
#!/usr/bin/env bash
set -euo pipefail
export CUDA_VISIBLE_DEVICES=MIG-c,MIG-a,MIG-b
# One worker on each device.
exec dask cuda worker "${1:-tcp://127.0.0.1:8786}" --protocol tcp
"""
CLUSTER = """\
from dask.distributed import Client
from dask_cuda import LocalCUDACluster

MIG_DEVICES = [
    "MIG-c",
    "MIG-a",
    "MIG-b",
]

if __name__ == "__main__":
    with (
        LocalCUDACluster(CUDA_VISIBLE_DEVICES=MIG_DEVICES, protocol="tcp") as cluster,
        Client(cluster) as client,
    ):
        print(client)
"""
# Stand-ins for dask_cuda and dask.distributed that print how they were called.
FAKE_DASK_CUDA = """\
class LocalCUDACluster:
    def __init__(self, **how):
        print(how)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        print("closed")
"""
FAKE_CLIENT = (
    FAKE_DASK_CUDA.replace("LocalCUDACluster", "Client")
    .replace("self, **how", "self, how")
    .replace("print(how)", "self.how = type(how).__name__")
)


def run_python(text: str, folder: Path) -> list[str]:
    """Run a Python document beside the stand-ins and the fake nvidia-smi, and return what it printed."""
    (folder / "dask").mkdir()
    (folder / "dask" / "__init__.py").touch()
    (folder / "dask" / "distributed.py").write_text(FAKE_CLIENT, encoding="utf-8")
    (folder / "dask_cuda.py").write_text(FAKE_DASK_CUDA, encoding="utf-8")
    tool = folder / "nvidia-smi"
    tool.write_text('#!/bin/sh\nprintf "%s" "$LISTING"\n', encoding="utf-8")
    tool.chmod(0o755)
    script = folder / "cluster.py"
    script.write_text(text, encoding="utf-8")
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "LISTING": LISTING}
    said = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True
    )
    return said.stdout.splitlines()


def test_the_documents_and_notes_in_full_where_the_uuids_are_known() -> None:
    export = write_layout(SMALL, "dask-cuda", KNOWN)
    assert [(each.filename, each.language, each.text) for each in export.documents] == [
        ("dask_workers.sh", "bash", WORKERS),
        ("dask_cluster.py", "python", CLUSTER),
    ]
    assert export.notes == (
        (
            "dask_workers.sh starts 3 workers for the scheduler at tcp://127.0.0.1:8786, or at the address "
            "given."
        ),
        "dask_cluster.py starts scheduler and workers.",
        "Workers on MIG devices talk through TCP: there is neither NVLink nor CUDA IPC between them.",
    )


def test_uuids_that_are_unknown_are_looked_for() -> None:
    export = write_layout(SMALL, "dask-cuda")
    assert export.notes[-1] == (
        "Dask-CUDA does not look for MIG devices, so the scripts find their UUIDs themselves."
    )
    for document in export.documents:
        assert "MIG-" not in document.text


@pytest.mark.parametrize("arguments", [(), ("tcp://scheduler:8786",)])
@pytest.mark.parametrize("where", [Where(), Where(gpu_index=1)])
def test_the_shell_script_starts_a_worker_a_device(
    where: Where, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    script = write_layout(SMALL, "dask-cuda", where).documents[0].text
    check_syntax(script)
    seen = script.replace("exec dask", 'note "$CUDA_VISIBLE_DEVICES"\nexec dask')
    uuids = ["MIG-0-me,MIG-0-1g-a,MIG-0-1g-b", "MIG-1-1g"][where.gpu_index]
    assert run_script(seen, tmp_path, "note", "dask", arguments=arguments) == [
        ["note", uuids],
        ["dask", "cuda", "worker", *(arguments or ("tcp://127.0.0.1:8786",)), "--protocol", "tcp"],
    ]


def test_the_shell_script_stops_where_there_is_no_such_device(tmp_path: Path) -> None:
    script = write_layout(SMALL, "dask-cuda", Where(gpu_index=7)).documents[0].text
    with pytest.raises(AssertionError, match="no such MIG device on GPU 7"):
        run_script(script, tmp_path, "dask")


def test_the_python_script_starts_a_cluster_with_a_worker_a_device(tmp_path: Path) -> None:
    for number, (where, uuids) in enumerate(
        [
            (KNOWN, ["MIG-c", "MIG-a", "MIG-b"]),
            (Where(), ["MIG-0-1g-a", "MIG-0-1g-b", "MIG-0-me"]),
            (Where(gpu_index=1), ["MIG-1-1g"]),
        ]
    ):
        (tmp_path / str(number)).mkdir()
        said = run_python(write_layout(SMALL, "dask-cuda", where).documents[1].text, tmp_path / str(number))
        assert said[0] == str({"CUDA_VISIBLE_DEVICES": uuids, "protocol": "tcp"})
        assert said[-2:] == ["closed", "closed"]


def test_the_python_script_stops_where_there_is_no_such_device(tmp_path: Path) -> None:
    script = write_layout(SMALL, "dask-cuda", Where(gpu_index=7)).documents[1].text
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        run_python(script, tmp_path)
    assert stopped.value.stderr == "There is no such MIG device on GPU 7.\n"


def test_devices_that_differ_in_memory_are_refused() -> None:
    export = write_layout(parse_layout(A100, "3g.20gb@4 1g.5gb@0"), "dask-cuda")
    assert export.documents == ()
    assert export.notes == (
        "Dask-CUDA wants devices that are alike in memory, and here are 3g.20gb, 1g.5gb.",
    )


def test_devices_alike_in_memory_need_not_be_alike_in_sms() -> None:
    export = write_layout(parse_layout(A100, "4g.20gb@0 3g.20gb@4"), "dask-cuda")
    assert '    "4g.20gb",\n    "3g.20gb",\n' in export.documents[1].text


def test_memory_that_workers_share_is_said() -> None:
    layout = parse_layout(A100, "3g.20gb@4[2c@0+1c@2]")
    assert write_layout(layout, "dask-cuda").notes[-1] == (
        "2 workers share the memory of 3g.20gb@4, and each would take it for its own: give them a device "
        "memory limit."
    )


def test_one_worker_is_one() -> None:
    assert write_layout(preset_layouts(A100)["7g"], "dask-cuda").notes[0] == (
        "dask_workers.sh starts one worker for the scheduler at tcp://127.0.0.1:8786, or at the address "
        "given."
    )


def test_what_has_no_slices_says_so() -> None:
    assert write_layout(Layout(gpu("GB10")), "dask-cuda").notes == (
        "GB10 has no MIG, so there is no slice of it to hand out.",
    )
