"""Dynamic Resource Allocation: ResourceClaimTemplates for MIG devices, and Pods that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mig_explorer.formats.device_plugin import why_not_in_kubernetes
from mig_explorer.formats.document import Document, Export, Format
from mig_explorer.formats.kubernetes_names import object_name
from mig_explorer.formats.mig_devices import (
    counted,
    largest_first,
    mig_devices,
    notes_on_devices,
    why_nothing,
)
from mig_explorer.formats.pods import COMMAND, IMAGE, NOTE_ON_IMAGE
from mig_explorer.formats.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mig_explorer.formats.document import Where
    from mig_explorer.layouts import Layout

DRIVER = "gpu.nvidia.com"


def write(layout: Layout, where: Where) -> Export:
    """Write a claim template and a Pod for each kind of MIG device, and one Pod that claims the whole layout.

    Notes
    -----
    Source: documentation and source of the NVIDIA DRA driver for GPUs (the attribute ``profile``, the
    device class ``mig.nvidia.com``, the constraint on ``parentUUID``); Kubernetes' API resource.k8s.io/v1.

    Examples
    --------
    >>> from mig_explorer.formats import Where
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> claims = write(Layout(gpu("A30")).place("2g.12gb"), Where()).documents[0].text
    >>> print(claims.split("---")[0])
    apiVersion: resource.k8s.io/v1
    kind: ResourceClaimTemplate
    metadata:
      name: mig-2g-12gb
    spec:
      spec:
        devices:
          requests:
          - name: mig-2g-12gb
            exactly:
              deviceClassName: mig.nvidia.com
              selectors:
              - cel:
                  expression: device.attributes['gpu.nvidia.com'].profile == '2g.12gb'
    <BLANKLINE>
    """
    why = why_nothing(layout) or why_not_in_kubernetes(layout)
    if why:
        return Export((), (why,))
    devices = mig_devices(layout)
    here = {"kubernetes.io/hostname": where.node} if where.node else {}
    objects: list[dict[str, Any]] = []
    for name in counted(devices):
        objects.append(_template(object_name(name), {object_name(name): name}))
        objects.append(_pod(object_name(name), {"cuda": object_name(name)}, object_name(name), here))
    documents = [Document("dra.yaml", "yaml", yaml_text(*objects))]
    notes = [
        "dra.yaml has a claim template and a Pod for each kind of MIG device; each Pod has its own claim.",
    ]
    if len(devices) > 1:
        requests = _numbered(each.name for each in largest_first(devices))
        template = _template("mig-layout", requests, constraints=True)
        pod = _pod("mig-layout", {name: name for name in requests}, "mig-layout", here)
        documents.append(Document("dra-one-gpu.yaml", "yaml", yaml_text(template, pod)))
        notes.append(
            f"dra-one-gpu.yaml claims all {len(devices)} at once; the constraint on parentUUID keeps them on "
            "one GPU, and each container of its Pod gets one."
        )
    notes += [
        "Needs Kubernetes 1.34 or later, for resource.k8s.io/v1, and the NVIDIA DRA driver for GPUs.",
        "The driver finds MIG devices when it starts: create them first, and restart it after a change.",
        "Its feature gate DynamicMIG, which would create them on demand, is off by default.",
        "The DRA driver and the device plugin must not both offer the GPUs of a node.",
        NOTE_ON_IMAGE,
    ]
    return Export(tuple(documents), (*notes, *notes_on_devices(layout, where)))


def _numbered(names: Iterable[str]) -> Mapping[str, str]:
    """Return a name for each request, with the profile it asks for."""
    requests: dict[str, str] = {}
    for name in names:
        count = sum(profile == name for profile in requests.values())
        requests[f"{object_name(name)}-{count}"] = name
    return requests


def _template(name: str, requests: Mapping[str, str], *, constraints: bool = False) -> dict[str, Any]:
    devices: dict[str, Any] = {
        "requests": [
            {
                "name": request,
                "exactly": {
                    "deviceClassName": "mig.nvidia.com",
                    "selectors": [
                        {"cel": {"expression": f"device.attributes['{DRIVER}'].profile == '{profile}'"}}
                    ],
                },
            }
            for request, profile in requests.items()
        ]
    }
    if constraints:
        devices["constraints"] = [{"requests": list(requests), "matchAttribute": f"{DRIVER}/parentUUID"}]
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaimTemplate",
        "metadata": {"name": name},
        "spec": {"spec": {"devices": devices}},
    }


def _pod(
    name: str, containers: Mapping[str, str], template: str, node_selector: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            **({"nodeSelector": dict(node_selector)} if node_selector else {}),
            "containers": [
                {
                    "name": container,
                    "image": IMAGE,
                    "command": COMMAND,
                    "resources": {"claims": [{"name": "mig", "request": request}]},
                }
                for container, request in containers.items()
            ],
            "resourceClaims": [{"name": "mig", "resourceClaimTemplateName": template}],
        },
    }


FORMAT = Format(
    name="dra",
    title="DRA",
    order=60,
    about="Kubernetes' Dynamic Resource Allocation reads it: claims for slices by their profile.",
    write=write,
)
