"""Names that Kubernetes takes for what MIG calls ``1g.5gb+me``."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.gpus import Gpu

WHOLE_GPU = "nvidia.com/gpu"
"""The resource of a GPU without MIG, and of a MIG device under the strategy ``single``."""

NODE = "gpu-node"
"""Stands for a node whose name is unknown."""

LABEL_LENGTH = 63
"""Characters that the value of a label may have."""


def mig_resource(profile_name: str) -> str:
    """Return the extended resource of a MIG device under the device plugin's strategy ``mixed``.

    Notes
    -----
    Source: ``internal/rm`` of NVIDIA's k8s-device-plugin, which writes ``.`` for ``+``.

    Examples
    --------
    >>> mig_resource("1g.5gb+me")
    'nvidia.com/mig-1g.5gb.me'
    """
    return f"nvidia.com/mig-{profile_name.replace('+', '.')}"


def object_name(profile_name: str) -> str:
    """Return a name for an object, a container or a request: lower case, digits and dashes.

    Examples
    --------
    >>> object_name("3g.20gb"), object_name("1g.24gb+me.all"), object_name("1g.24gb-me")
    ('mig-3g-20gb', 'mig-1g-24gb-me-all', 'mig-1g-24gb-no-me')
    """
    spelled = profile_name.replace("-me", "-no-me")
    return f"mig-{re.sub('[^a-z0-9]+', '-', spelled)}"


def single_label(gpu: Gpu, profile_name: str) -> tuple[str, str]:
    """Return the label, and its value, by which nodes are known that offer a profile as a whole GPU.

    It is ``nvidia.com/gpu.product``; where the product's name is too long to be the value of a label, only
    the strategy ``single`` itself is left to go by.

    Notes
    -----
    Source: ``internal/lm`` of NVIDIA's k8s-device-plugin (GPU feature discovery), which joins the words of
    the product's name with dashes and drops a ``+``.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> single_label(gpu("A30"), "1g.6gb+me")
    ('nvidia.com/gpu.product', 'NVIDIA-A30-MIG-1g.6gbme')
    """
    parts = (re.sub(r"[^A-Za-z0-9_. -]", "", part) for part in (gpu.product_name, "MIG", profile_name))
    product = "-".join("-".join(part.split()) for part in parts)
    if len(product) > LABEL_LENGTH:
        return "nvidia.com/mig.strategy", "single"
    return "nvidia.com/gpu.product", product


def configuration_name(counts: Mapping[str, int]) -> str:
    """Return a name for a set of MIG devices that is fit to be the value of a label.

    Examples
    --------
    >>> configuration_name({"3g.20gb": 1, "1g.5gb+me": 1, "1g.5gb": 2})
    '1x3g.20gb-1x1g.5gb.me-2x1g.5gb'
    """
    name = "-".join(f"{count}x{profile.replace('+', '.')}" for profile, count in counts.items())
    if len(name) <= LABEL_LENGTH:
        return name
    return f"mig-{sum(counts.values())}-devices-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
