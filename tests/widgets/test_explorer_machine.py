"""The explorer on a GPU that a fake NVML plays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mig_explorer.devices import Device, this_gpu
from mig_explorer.errors import UnknownGpu
from mig_explorer.formats import Where
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.widgets.explorer import explore
from mig_explorer.widgets.explorer_machine import first_layout, machine_part, where
from tests.devices.fake_nvml import FakeBoard, FakeNvml

HELD = "3g.20gb@0[1c@0+1c@1+1c@2] 2g.10gb@4"
UUID = "GPU-11111111-2222-3333-4444-555555555555"


def device(layout: str = HELD, board: str = "A100-SXM4-40GB", mode: int = 1) -> Device:
    fake = FakeNvml(boards=[FakeBoard(board, uuid=UUID, mig_mode=mode, pending=mode, layout=layout)])
    return this_gpu(nvml=fake)


def said(of: Device, layout: Layout | None = None) -> str:
    part = machine_part(of, layout or first_layout(of))
    assert part is not None
    assert part["title"] == f"{of.product_name}, {of.uuid or 'UUID unknown'}"
    return f"{part['headline']} {part['detail']}"


def test_it_starts_from_what_the_gpu_holds_and_says_so() -> None:
    explorer = explore(device())
    assert str(explorer.layout) == HELD
    part = explorer.state["machine"]
    assert (part["headline"], part["detail"], part["back"]) == (
        "GPU 0 of this machine, read with NVML.",
        "This is what it held when it was read. Nothing done in this widget changes the GPU.",
        False,
    )
    assert explore("A30").state["machine"] is None


def test_a_changed_layout_is_a_plan_and_there_is_a_way_back() -> None:
    explorer = explore(device())
    explorer.layout = explorer.layout.remove(4)
    part = explorer.state["machine"]
    assert (part["headline"], part["detail"], part["back"]) == (
        "A plan, not what GPU 0 of this machine holds.",
        f"Read with NVML, it holds {HELD}. Nothing done in this widget changes the GPU.",
        True,
    )
    explorer._handle_custom_msg({"op": "board", "name": "GB10"}, [])
    explorer._handle_custom_msg({"op": "machine"}, [])
    assert str(explorer.layout) == HELD
    assert explorer.state["status"]["headline"] == "GPU 0 held this when it was read."
    assert explorer.state["machine"]["back"] is False


def test_without_a_machine_there_is_nothing_to_return_to() -> None:
    explorer = explore("A30")
    explorer._handle_custom_msg({"op": "machine"}, [])
    assert explorer.state["status"]["headline"] == "This layout did not come from a GPU of this machine."


def test_mig_mode_that_is_off_is_said() -> None:
    assert said(device("empty", mode=0)) == (
        "GPU 0 of this machine, read with NVML. MIG mode was off, so it held no GPU instance. Nothing done "
        "in this widget changes the GPU."
    )


def test_a_gpu_without_instances_holds_none() -> None:
    empty = device("empty")
    assert said(empty, Layout(gpu("A30"))) == (
        "A plan, not what GPU 0 of this machine holds. Read with NVML, it holds no GPU instance. Nothing "
        "done in this widget changes the GPU."
    )


def test_where_the_layout_is_unknown_it_starts_empty_and_says_why() -> None:
    unknown = replace(device(), layout=None, problems=("GPU instance 1 is at no start of its profile.",))
    explorer = explore(unknown)
    assert explorer.layout == Layout(gpu("A100-SXM4-40GB"))
    assert said(unknown) == (
        "GPU 0 of this machine: what it holds is unknown. GPU instance 1 is at no start of its profile. So "
        "the board starts empty. Nothing done in this widget changes the GPU."
    )
    assert said(replace(unknown, problems=())).startswith(
        "GPU 0 of this machine: what it holds is unknown. The driver did not say. So the board starts empty."
    )
    explorer._handle_custom_msg({"op": "machine"}, [])
    assert explorer.state["status"]["headline"] == "This layout did not come from a GPU of this machine."


def test_what_else_is_odd_about_the_gpu_is_said_too() -> None:
    odd = replace(device(), problems=("The driver lists a profile that the catalogue lacks.",))
    assert "was read. The driver lists a profile that the catalogue lacks. Nothing done" in said(odd)


def test_a_gpu_of_which_too_little_is_known_is_refused() -> None:
    strange = replace(device(), gpu=None, layout=None, product_name="NVIDIA X1", problems=())
    with pytest.raises(UnknownGpu) as error:
        explore(strange)
    assert str(error.value) == (
        "There is nothing to lay out on GPU 0 of this machine: NVIDIA X1 is not in the catalogue. mig.gpus() "
        "lists the boards that can be tried instead."
    )


def test_formats_know_the_machine_only_while_the_layout_is_the_real_one() -> None:
    real = replace(device(), index=2)
    assert real.layout is not None
    known = where(real, real.layout)
    assert (known.gpu_index, len(known.uuids), known.uuids) == (2, 4, real.uuids)
    assert where(real, real.layout.remove(4)) == Where(gpu_index=2)
    assert where(real, Layout(gpu("A30"))) == Where()
    assert where(None, real.layout) == Where()


def test_uuids_are_left_out_where_it_is_unknown_whose_they_are() -> None:
    real = device()
    assert real.layout is not None
    first, *others = real.instances
    blurred = tuple(replace(one, start=None) for one in first.compute)
    blank = replace(first.compute[0], uuid="")
    assert len(first.compute) == 3
    for compute in (blurred, (blank, *first.compute[1:])):
        partly = replace(real, instances=(replace(first, compute=compute), *others))
        assert where(partly, real.layout) == Where(gpu_index=0)


def test_the_documents_name_the_gpu_and_its_mig_devices() -> None:
    real = device()
    explorer = explore(real)
    explorer._handle_custom_msg({"op": "format", "name": "docker"}, [])
    text = "".join(each["text"] for each in explorer.export["documents"])
    assert [uuid for uuid in real.uuids if uuid not in text] == []
    explorer.layout = parse_layout(gpu("A100-SXM4-40GB"), "7g.40gb@0")
    assert "".join(each["text"] for each in explorer.export["documents"]).count("MIG-") < len(real.uuids)


def test_nothing_but_reading_is_asked_of_the_driver() -> None:
    fake = FakeNvml(boards=[FakeBoard("A100-SXM4-40GB", uuid=UUID, mig_mode=1, pending=1, layout=HELD)])
    explorer = explore(this_gpu(nvml=fake))
    before = len(fake.calls)
    explorer._handle_custom_msg({"op": "remove", "start": 0}, [])
    explorer._handle_custom_msg({"op": "machine"}, [])
    assert len(fake.calls) == before
