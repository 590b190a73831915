from __future__ import annotations

import re

from mig_explorer.formats import Where, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from tests.formats.kubernetes import validated

A100 = gpu("A100-SXM4-40GB")
MIXED = parse_layout(A100, "1g.5gb@0 1g.5gb@1 1g.5gb+me@2 3g.20gb@4")

ONE = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata:
  name: mig-7g-40gb
spec:
  spec:
    devices:
      requests:
      - name: mig-7g-40gb
        exactly:
          deviceClassName: mig.nvidia.com
          selectors:
          - cel:
              expression: device.attributes['gpu.nvidia.com'].profile == '7g.40gb'
---
apiVersion: v1
kind: Pod
metadata:
  name: mig-7g-40gb
spec:
  restartPolicy: Never
  nodeSelector:
    kubernetes.io/hostname: n1
  containers:
  - name: cuda
    image: ubuntu:24.04
    command:
    - nvidia-smi
    - -L
    resources:
      claims:
      - name: mig
        request: mig-7g-40gb
  resourceClaims:
  - name: mig
    resourceClaimTemplateName: mig-7g-40gb
"""
HALVES = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata:
  name: mig-layout
spec:
  spec:
    devices:
      requests:
      - name: mig-3g-20gb-0
        exactly:
          deviceClassName: mig.nvidia.com
          selectors:
          - cel:
              expression: device.attributes['gpu.nvidia.com'].profile == '3g.20gb'
      - name: mig-3g-20gb-1
        exactly:
          deviceClassName: mig.nvidia.com
          selectors:
          - cel:
              expression: device.attributes['gpu.nvidia.com'].profile == '3g.20gb'
      constraints:
      - requests:
        - mig-3g-20gb-0
        - mig-3g-20gb-1
        matchAttribute: gpu.nvidia.com/parentUUID
---
apiVersion: v1
kind: Pod
metadata:
  name: mig-layout
spec:
  restartPolicy: Never
  containers:
  - name: mig-3g-20gb-0
    image: ubuntu:24.04
    command:
    - nvidia-smi
    - -L
    resources:
      claims:
      - name: mig
        request: mig-3g-20gb-0
  - name: mig-3g-20gb-1
    image: ubuntu:24.04
    command:
    - nvidia-smi
    - -L
    resources:
      claims:
      - name: mig
        request: mig-3g-20gb-1
  resourceClaims:
  - name: mig
    resourceClaimTemplateName: mig-layout
"""


def test_one_slice_has_a_claim_and_a_pod() -> None:
    export = write_layout(preset_layouts(A100)["7g"], "dra", Where(node="n1"))
    (document,) = export.documents
    assert (document.filename, document.language, document.text) == ("dra.yaml", "yaml", ONE)
    assert export.notes == (
        "dra.yaml has a claim template and a Pod for each kind of MIG device; each Pod has its own claim.",
        "Needs Kubernetes 1.34 or later, for resource.k8s.io/v1, and the NVIDIA DRA driver for GPUs.",
        "The driver finds MIG devices when it starts: create them first, and restart it after a change.",
        "Its feature gate DynamicMIG, which would create them on demand, is off by default.",
        "The DRA driver and the device plugin must not both offer the GPUs of a node.",
        (
            "Each container prints its MIG device and ends: put your own image for ubuntu:24.04, and your "
            "command. The driver's files, nvidia-smi among them, come from the node."
        ),
    )


def test_a_whole_layout_can_be_claimed_on_one_gpu() -> None:
    export = write_layout(preset_layouts(A100)["3g + 3g"], "dra")
    assert [each.filename for each in export.documents] == ["dra.yaml", "dra-one-gpu.yaml"]
    assert export.documents[1].text == HALVES
    assert export.notes[1] == (
        "dra-one-gpu.yaml claims all 2 at once; the constraint on parentUUID keeps them on one GPU, and each "
        "container of its Pod gets one."
    )


def test_kubernetes_accepts_every_object_and_every_reference_leads_somewhere() -> None:
    for document in write_layout(MIXED, "dra").documents:
        found = validated(document.text)
        templates = {each["metadata"]["name"]: each for each in found if each["kind"] != "Pod"}
        pods = [each for each in found if each["kind"] == "Pod"]
        assert len(templates) == len(pods)
        for pod in pods:
            (claim,) = pod["spec"]["resourceClaims"]
            devices = templates[claim["resourceClaimTemplateName"]]["spec"]["spec"]["devices"]
            requests = [each["name"] for each in devices["requests"]]
            used = [container["resources"]["claims"] for container in pod["spec"]["containers"]]
            assert used == [[{"name": claim["name"], "request": name}] for name in requests]
            assert all(each["requests"] == requests for each in devices.get("constraints", []))


def test_the_selectors_name_every_device_of_the_layout() -> None:
    text = write_layout(MIXED, "dra").documents[1].text
    expressions = re.findall(r"expression: (.*)", text)
    assert expressions == [
        f"device.attributes['gpu.nvidia.com'].profile == '{name}'"
        for name in ("3g.20gb", "1g.5gb+me", "1g.5gb", "1g.5gb")
    ]


def test_what_the_driver_does_not_know_is_not_written() -> None:
    divided = write_layout(parse_layout(A100, "2g.10gb@0[1c@0+1c@1]"), "dra")
    assert divided.documents == ()
    assert divided.notes == (
        (
            "NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so "
            "they cannot offer 1c.2g.10gb."
        ),
    )
    assert write_layout(Layout(gpu("L40S")), "dra").notes == (
        "L40S has no MIG, so there is no slice of it to hand out.",
    )
