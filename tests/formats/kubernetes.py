"""Validates Kubernetes objects against the OpenAPI schemas of Kubernetes itself, which a package ships."""

from __future__ import annotations

import functools
import json
from typing import Any

import kubernetes_validate
import yaml

VERSION = "1.34"
"""The first with resource.k8s.io/v1."""


def objects(text: str) -> list[dict[str, Any]]:
    """Return the objects of a YAML file, as a plain reader of YAML sees them."""
    return list(yaml.safe_load_all(text))


def validated(text: str) -> list[dict[str, Any]]:
    """Return the objects of a YAML file; one with an unknown, a missing or a wrong field raises."""
    found = objects(text)
    for each in found:
        _validate(json.dumps(each, sort_keys=True))
    return found


@functools.cache
def _validate(text: str) -> None:
    kubernetes_validate.validate(json.loads(text), VERSION, strict=True)
