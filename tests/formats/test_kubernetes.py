"""The checker itself can fail."""

from __future__ import annotations

import kubernetes_validate
import pytest

from tests.formats.kubernetes import validated

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, image: i, resources: {limits: {nvidia.com/gpu: 1}}}]}
"""
CLAIM = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: a}
spec: {spec: {devices: {requests: [{name: r, exactly: {deviceClassName: mig.nvidia.com}}]}}}
"""


@pytest.mark.parametrize("text", [POD, CLAIM, f"{POD}---\n{CLAIM}"])
def test_a_right_object_passes(text: str) -> None:
    assert [each["metadata"]["name"] for each in validated(text)] == ["a"] * (text.count("---") + 1)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (POD, "limits", "limit"),
        (POD, "containers", "container"),
        (POD, "image: i", "image: 5"),
        (CLAIM, "exactly", "precisely"),
        (CLAIM, "name: r, ", ""),
        # The form of v1beta1, which v1 does not know.
        (CLAIM, "exactly: {deviceClassName: mig.nvidia.com}", "deviceClassName: mig.nvidia.com"),
    ],
)
def test_a_wrong_field_fails(text: str, right: str, wrong: str) -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        validated(text.replace(right, wrong))


def test_a_kind_that_kubernetes_does_not_have_fails() -> None:
    with pytest.raises(kubernetes_validate.SchemaNotFoundError):
        validated(POD.replace("Pod", "ClusterPolicy"))
