from __future__ import annotations

import dataclasses

import pytest

from mig_explorer.formats import Document, Export, Where


@pytest.mark.parametrize("node", ["", "n1", "gpu-07.cluster.example", "A" * 253])
def test_a_host_name_is_taken_as_it_is(node: str) -> None:
    assert Where(node=node).node == node


@pytest.mark.parametrize(
    "node", ["two words", "a;reboot", "$(id)", "-n", "a\nGresTypes=x", "a..b", "é", "A" * 254]
)
def test_what_is_no_host_name_is_refused(node: str) -> None:
    with pytest.raises(ValueError, match="is no host name") as refused:
        Where(node=node)
    assert (
        str(refused.value) == f"{node!r} is no host name: letters, digits, '-' and '.', at most 253 of them."
    )


def test_both_forms_of_the_uuid_of_a_mig_device_are_taken() -> None:
    uuids = ("MIG-af5c3c59-1b4e-5c2a-9d7e-0d1f2a3b4c5d", "MIG-GPU-af5c3c59-1b4e-5c2a-9d7e-0d1f2a3b4c5d/3/0")
    assert Where(uuids=uuids).uuids == uuids


@pytest.mark.parametrize("uuid", ["GPU-af5c3c59", "MIG-", "MIG-a b", 'MIG-a"', "MIG-a\n", "mig-a"])
def test_what_is_no_uuid_of_a_mig_device_is_refused(uuid: str) -> None:
    with pytest.raises(ValueError, match="is no UUID") as refused:
        Where(uuids=("MIG-a", uuid))
    assert str(refused.value) == f"{uuid!r} is no UUID of a MIG device: write it as nvidia-smi -L does, MIG-…"


@pytest.mark.parametrize("index", [-1, True, "0"])
def test_what_is_no_index_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="is no index") as refused:
        Where(gpu_index=index)
    assert str(refused.value) == (
        f"{index!r} is no index of a GPU: a whole number from 0 on, as nvidia-smi -L counts."
    )


@pytest.mark.parametrize("value", [Where(), Export((), ("why",)), Document("a.sh", "bash", "\n")])
def test_values_do_not_change(value: object) -> None:
    field = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, None)
