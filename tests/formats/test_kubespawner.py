"""The Python document is run beside a stand-in for KubeSpawner with the same traits.

The document was also run with KubeSpawner 7.1.0 itself, which is too large to install for every test: each
profile gave a Pod with the right limits and requests.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from traitlets import Callable, Dict, List, Union
from traitlets.config import Config, LoggingConfigurable

from mig_explorer.formats import Where, write_layout
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from tests.formats.kubernetes import validated

A100 = gpu("A100-SXM4-40GB")
MIXED = parse_layout(A100, "1g.5gb@0 1g.5gb@1 1g.5gb+me@2 3g.20gb@4")

PYTHON = """\
c = get_config()  # noqa: F821

c.KubeSpawner.profile_list = [
    {
        "display_name": "MIG slice 3g.20gb",
        "slug": "mig-3g-20gb",
        "description": "42 SMs, 19968 MiB of memory, 1 seat on each NVIDIA A100-SXM4-40GB.",
        "kubespawner_override": {
            "extra_resource_guarantees": {"nvidia.com/mig-3g.20gb": "1"},
            "extra_resource_limits": {"nvidia.com/mig-3g.20gb": "1"},
        },
    },
    {
        "display_name": "MIG slice 1g.5gb+me",
        "slug": "mig-1g-5gb-me",
        "description": "14 SMs, 4864 MiB of memory, 1 seat on each NVIDIA A100-SXM4-40GB.",
        "kubespawner_override": {
            "extra_resource_guarantees": {"nvidia.com/mig-1g.5gb.me": "1"},
            "extra_resource_limits": {"nvidia.com/mig-1g.5gb.me": "1"},
        },
    },
    {
        "display_name": "MIG slice 1g.5gb",
        "slug": "mig-1g-5gb",
        "description": "14 SMs, 4864 MiB of memory, 2 seats on each NVIDIA A100-SXM4-40GB.",
        "default": True,
        "kubespawner_override": {
            "extra_resource_guarantees": {"nvidia.com/mig-1g.5gb": "1"},
            "extra_resource_limits": {"nvidia.com/mig-1g.5gb": "1"},
        },
    },
]
"""


class KubeSpawner(LoggingConfigurable):
    """The traits of KubeSpawner that the document sets, as KubeSpawner 7.1 declares them."""

    profile_list = Union([List(trait=Dict()), Callable(), Dict()], config=True)
    extra_resource_guarantees = Dict(config=True)
    extra_resource_limits = Dict(config=True)


def configured(text: str) -> KubeSpawner:
    """Run a configuration file as JupyterHub does, and return the spawner that it configures."""
    config = Config()
    exec(compile(text, "jupyterhub_config.py", "exec"), {"get_config": lambda: config})
    return KubeSpawner(config=config)


def pod_of(profile: dict[str, Any]) -> str:
    """Return the Pod that KubeSpawner makes of a profile: guarantees are requests."""
    spawner = KubeSpawner(**profile["kubespawner_override"])
    resources = {"requests": spawner.extra_resource_guarantees, "limits": spawner.extra_resource_limits}
    container = {"name": "notebook", "image": "i", "resources": resources}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}
    return yaml.safe_dump(pod)


def test_the_documents_and_notes_in_full() -> None:
    export = write_layout(MIXED, "kubespawner")
    python, values = export.documents
    assert (python.filename, python.language, python.text) == ("jupyterhub_config.py", "python", PYTHON)
    assert (values.filename, values.language) == ("values.yaml", "yaml")
    assert export.notes == (
        "A GPU so divided has a seat for 4 servers at once.",
        "jupyterhub_config.py is for a hub set up by hand, values.yaml for the chart Zero to JupyterHub.",
        "The resources are those of the strategy mixed; under single, each slice is a nvidia.com/gpu.",
        "SMs and memory in the descriptions are the catalogue's.",
        "The servers' image has to bring the CUDA libraries. If GPU nodes are tainted, add tolerations.",
    )


def test_both_documents_say_the_same() -> None:
    python, values = write_layout(MIXED, "kubespawner").documents
    assert yaml.safe_load(values.text) == {
        "singleuser": {"profileList": configured(python.text).profile_list}
    }


@pytest.mark.parametrize("board", [each for each in gpus() if each.has_mig], ids=lambda each: each.name)
def test_every_profile_gives_a_server_one_slice(board: Any) -> None:
    for layout in preset_layouts(board).values():
        profiles = configured(write_layout(layout, "kubespawner").documents[0].text).profile_list
        assert len({each["slug"] for each in profiles}) == len(profiles)
        assert sum(each.get("default", False) for each in profiles) == 1
        for profile in profiles:
            assert re.fullmatch("[a-z0-9-]+", profile["slug"])
            (pod,) = validated(pod_of(profile))
            resources = pod["spec"]["containers"][0]["resources"]
            # An extended resource cannot be overcommitted: requests have to equal limits.
            assert resources["requests"] == resources["limits"]
            assert list(resources["limits"].values()) == ["1"]
        seats = sum(int(re.findall(r"(\d+) seat", each["description"])[0]) for each in profiles)
        assert seats == len(layout.instances)


def test_the_smallest_slice_is_the_default() -> None:
    profiles = configured(PYTHON).profile_list
    assert [each["slug"] for each in profiles if each.get("default")] == ["mig-1g-5gb"]


def test_what_is_unknown_is_called_unknown() -> None:
    layout = preset_layouts(gpu("H100-PCIE-80GB"))["7g"]
    assert (
        '"an unknown number of SMs, an unknown amount of memory, 1 seat on each NVIDIA H100 PCIe."'
    ) in write_layout(layout, "kubespawner").documents[0].text


def test_what_the_device_plugin_cannot_offer_is_not_written() -> None:
    export = write_layout(parse_layout(A100, "2g.10gb@0[1c@0+1c@1]"), "kubespawner", Where())
    assert export.documents == ()
    assert export.notes == (
        (
            "NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so "
            "they cannot offer 1c.2g.10gb."
        ),
    )
    assert write_layout(Layout(gpu("L4")), "kubespawner").notes == (
        "L4 has no MIG, so there is no slice of it to hand out.",
    )
