from __future__ import annotations

from pathlib import Path

from mig_explorer.formats import Where, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from tests.formats.fake_tools import check_syntax, run_script

A100 = gpu("A100-SXM4-40GB")
HALVES = preset_layouts(A100)["3g + 3g"]
# What the listing of the fake nvidia-smi has on its GPU 0.
MIXED = parse_layout(A100, "1g.5gb@0 1g.5gb@1 1g.5gb+me@2 3g.20gb@4")

DOCKER = """\
#!/usr/bin/env bash
set -euo pipefail
# One container on each MIG device.
docker run --rm --gpus '"device=1:0"' ubuntu:24.04 nvidia-smi -L  # 3g.20gb
docker run --rm --gpus '"device=1:1"' ubuntu:24.04 nvidia-smi -L  # 3g.20gb
# The same with the NVIDIA runtime and its variable.
docker run --rm --runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=1:0 ubuntu:24.04 nvidia-smi -L  # 3g.20gb
"""
CDI = """\
#!/usr/bin/env bash
set -euo pipefail
# Describes the devices that there are; again after every change of the layout.
sudo nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml \\
  --device-name-strategy=index --device-name-strategy=uuid
nvidia-ctk cdi list
# Podman, and Docker where CDI is switched on.
podman run --rm --device nvidia.com/gpu=1:0 ubuntu:24.04 nvidia-smi -L  # 3g.20gb
podman run --rm --device nvidia.com/gpu=1:1 ubuntu:24.04 nvidia-smi -L  # 3g.20gb
docker run --rm --device nvidia.com/gpu=1:0 ubuntu:24.04 nvidia-smi -L  # 3g.20gb
"""
ALWAYS = (
    "Needs the NVIDIA Container Toolkit, and the MIG devices in place.",
    "ubuntu:24.04 is there to show what a container sees: put your own image and command.",
    "cdi.sh writes the file that toolkit 1.18 and later keep up, except after a change of MIG.",
)
TOOLS = ("docker", "podman", "sudo", "nvidia-ctk")


def gpus_asked_for(calls: list[list[str]]) -> list[str]:
    return [call[call.index("--gpus") + 1] for call in calls if "--gpus" in call]


def test_devices_that_are_alike_are_named_by_their_index() -> None:
    export = write_layout(HALVES, "docker", Where(gpu_index=1))
    assert [(each.filename, each.language, each.text) for each in export.documents] == [
        ("docker.sh", "bash", DOCKER),
        ("cdi.sh", "bash", CDI),
    ]
    assert export.notes == (
        "The devices are named GPU:MIG device, as nvidia-smi -L counts; the GPU is 1.",
        *ALWAYS,
    )


def test_docker_sees_the_quotes_that_it_wants_around_a_device(tmp_path: Path) -> None:
    calls = run_script(DOCKER, tmp_path, *TOOLS)
    assert gpus_asked_for(calls) == ['"device=1:0"', '"device=1:1"']
    assert calls[2] == (
        [
            "docker",
            "run",
            "--rm",
            "--runtime=nvidia",
            "-e",
            "NVIDIA_VISIBLE_DEVICES=1:0",
            "ubuntu:24.04",
            "nvidia-smi",
            "-L",
        ]
    )


def test_devices_whose_uuids_are_known_are_named_by_them(tmp_path: Path) -> None:
    export = write_layout(MIXED, "docker", Where(uuids=("MIG-a", "MIG-b", "MIG-me", "MIG-3g")))
    docker, cdi = export.documents
    assert (
        "docker run --rm --gpus '\"device=MIG-me\"' ubuntu:24.04 nvidia-smi -L  # 1g.5gb+me\n" in docker.text
    )
    calls = run_script(docker.text, tmp_path, *TOOLS)
    assert gpus_asked_for(calls) == [f'"device=MIG-{name}"' for name in ("3g", "me", "a", "b")]
    assert (
        "podman run --rm --device nvidia.com/gpu=MIG-3g ubuntu:24.04 nvidia-smi -L  # 3g.20gb\n" in cdi.text
    )
    assert export.notes == ALWAYS


def test_devices_that_differ_are_looked_for_because_the_driver_numbers_them(tmp_path: Path) -> None:
    export = write_layout(MIXED, "docker")
    docker, cdi = export.documents
    check_syntax(docker.text)
    calls = run_script(docker.text, tmp_path, *TOOLS)
    found = ["MIG-0-3g", "MIG-0-me", "MIG-0-1g-a", "MIG-0-1g-b"]
    assert gpus_asked_for(calls) == [f'"device={uuid}"' for uuid in found]
    assert calls[-1][5] == "NVIDIA_VISIBLE_DEVICES=MIG-0-3g"
    (tmp_path / "cdi").mkdir()
    calls = run_script(cdi.text, tmp_path / "cdi", *TOOLS)
    assert [call[4] for call in calls if call[0] == "podman"] == [f"nvidia.com/gpu={uuid}" for uuid in found]
    assert calls[0] == (
        [
            "sudo",
            "nvidia-ctk",
            "cdi",
            "generate",
            "--output=/var/run/cdi/nvidia.yaml",
            "--device-name-strategy=index",
            "--device-name-strategy=uuid",
        ]
    )
    assert export.notes == (
        (
            "Which index the driver gives to which profile is not known beforehand, so the scripts look for "
            "the UUIDs of each profile on GPU 0."
        ),
        *ALWAYS,
    )


def test_a_layout_that_is_not_there_stops_the_script(tmp_path: Path) -> None:
    script = write_layout(MIXED, "docker", Where(gpu_index=1)).documents[0].text
    try:
        run_script(script, tmp_path, *TOOLS)
    except AssertionError as error:
        assert "profile_1[0]: unbound variable" in str(error)  # noqa: PT017  # what run_script raises
    else:
        raise AssertionError("GPU 1 has no 1g.5gb+me")


def test_compute_instances_that_share_have_a_container_each(tmp_path: Path) -> None:
    layout = parse_layout(A100, "3g.20gb@0[1c@0] 3g.20gb@4")
    calls = run_script(write_layout(layout, "docker").documents[0].text, tmp_path, *TOOLS)
    assert gpus_asked_for(calls) == ['"device=MIG-0-3g"', '"device=MIG-0-1c"']


def test_uuids_that_do_not_match_are_not_used_and_said() -> None:
    export = write_layout(HALVES, "docker", Where(gpu_index=1, uuids=("MIG-a",)))
    assert export.documents[0].text == DOCKER
    assert export.notes[-1] == "1 UUID was given for 2 MIG devices, so none was used."


def test_what_has_no_slices_says_so() -> None:
    for layout, why in {
        Layout(gpu("T4")): "T4 has no MIG, so there is no slice of it to hand out.",
        Layout(A100): "There is nothing to write yet: place an instance first.",
    }.items():
        export = write_layout(layout, "docker")
        assert (export.documents, export.notes) == ((), (why,))
