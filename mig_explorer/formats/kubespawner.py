"""JupyterHub on Kubernetes: a choice of slices for each student's server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mig_explorer.formats.device_plugin import why_not_in_kubernetes
from mig_explorer.formats.document import Document, Export, Format
from mig_explorer.formats.kubernetes_names import WHOLE_GPU, mig_resource, object_name
from mig_explorer.formats.mig_devices import counted, mig_devices, notes_on_devices, why_nothing
from mig_explorer.formats.yaml_text import yaml_text

if TYPE_CHECKING:
    from mig_explorer.formats.document import Where
    from mig_explorer.formats.mig_devices import MigDevice
    from mig_explorer.layouts import Layout


def write(layout: Layout, where: Where) -> Export:
    """Write KubeSpawner's ``profile_list`` with an entry for each kind of MIG device.

    Notes
    -----
    Source: KubeSpawner's ``profile_list``, ``extra_resource_limits`` and ``extra_resource_guarantees``; the
    chart Zero to JupyterHub takes the same list as ``singleuser.profileList``.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> print(write(Layout(gpu("A30")).place("2g.12gb"), Where()).documents[0].text)
    c = get_config()  # noqa: F821
    <BLANKLINE>
    c.KubeSpawner.profile_list = [
        {
            "display_name": "MIG slice 2g.12gb",
            "slug": "mig-2g-12gb",
            "description": "28 SMs, 11968 MiB of memory, 1 seat on each NVIDIA A30.",
            "default": True,
            "kubespawner_override": {
                "extra_resource_guarantees": {"nvidia.com/mig-2g.12gb": "1"},
                "extra_resource_limits": {"nvidia.com/mig-2g.12gb": "1"},
            },
        },
    ]
    <BLANKLINE>
    """
    why = why_nothing(layout) or why_not_in_kubernetes(layout)
    if why:
        return Export((), (why,))
    devices = mig_devices(layout)
    counts = counted(devices)
    first = {each.name: each for each in devices}
    smallest = list(counts)[-1]
    entries = [_entry(first[name], counts[name], default=name == smallest) for name in counts]
    documents = (
        Document("jupyterhub_config.py", "python", _python(entries)),
        Document("values.yaml", "yaml", yaml_text({"singleuser": {"profileList": entries}})),
    )
    seats = sum(counts.values())
    notes = (
        f"A GPU so divided has a seat for {seats} server{'s' if seats > 1 else ''} at once.",
        "jupyterhub_config.py is for a hub set up by hand, values.yaml for the chart Zero to JupyterHub.",
        f"The resources are those of the strategy mixed; under single, each slice is a {WHOLE_GPU}.",
        "SMs and memory in the descriptions are the catalogue's.",
        "The servers' image has to bring the CUDA libraries. If GPU nodes are tainted, add tolerations.",
    )
    return Export(documents, (*notes, *notes_on_devices(layout, where)))


def _entry(device: MigDevice, seats: int, *, default: bool) -> dict[str, Any]:
    sms, mib = device.resources.sms, device.resources.memory_mib
    description = [
        "an unknown number of SMs" if sms is None else f"{sms} SMs",
        "an unknown amount of memory" if mib is None else f"{mib} MiB of memory",
        f"{seats} seat{'s' if seats > 1 else ''} on each {device.instance.gpu.product_name}",
    ]
    resource = {mig_resource(device.name): "1"}
    return {
        "display_name": f"MIG slice {device.name}",
        "slug": object_name(device.name),
        "description": f"{', '.join(description)}.",
        **({"default": True} if default else {}),
        "kubespawner_override": {
            "extra_resource_guarantees": resource,
            "extra_resource_limits": resource,
        },
    }


def _python(entries: list[dict[str, Any]]) -> str:
    return f"c = get_config()  # noqa: F821\n\nc.KubeSpawner.profile_list = {_literal(entries, '')}\n"


def _literal(value: Any, indent: str) -> str:
    """Return lists, mappings, text and truth values as Python source, one item a line."""
    if not isinstance(value, dict | list):
        return repr(value) if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
    inner = indent + "    "
    if isinstance(value, list):
        items, ends = [_literal(each, inner) for each in value], "[]"
    else:
        items, ends = [f"{json.dumps(key)}: {_literal(each, inner)}" for key, each in value.items()], "{}"
        if len(items) == 1:
            return f"{{{items[0]}}}"
    return f"{ends[0]}\n{''.join(f'{inner}{item},{chr(10)}' for item in items)}{indent}{ends[1]}"


FORMAT = Format(
    name="kubespawner",
    title="KubeSpawner",
    order=90,
    about="JupyterHub on Kubernetes reads it, and each student chooses a slice.",
    write=write,
)
