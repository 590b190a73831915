"""Writes plain data as YAML in the way that Kubernetes' documentation does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Other readers of YAML take these for a number or a truth value where PyYAML does not.
_TO_QUOTE = re.compile(r"[+-]?\.?[0-9].*|[yYnN]", re.DOTALL)


def yaml_text(*objects: Mapping[str, Any]) -> str:
    """Return one YAML document an object, keys in the order given; a text of several lines as a block.

    Parameters
    ----------
    *objects : mapping
        Of text, numbers, truth values, lists and mappings.

    Examples
    --------
    >>> print(yaml_text({"kind": "Pod", "limits": {"nvidia.com/gpu": 1}, "on": ["1", True]}))
    kind: Pod
    limits:
      nvidia.com/gpu: 1
    'on':
    - '1'
    - true
    <BLANKLINE>
    """
    import yaml  # noqa: PLC0415  # costs 20 ms, which nobody pays who writes no YAML

    class Writer(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # an alias is refused by strict readers
            return True

    def text_node(writer: yaml.SafeDumper, text: str) -> yaml.Node:
        style = "|" if "\n" in text else "'" if _TO_QUOTE.fullmatch(text) else None
        return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Writer.add_representer(str, text_node)
    written = (
        yaml.dump(each, Dumper=Writer, sort_keys=False, width=1000, allow_unicode=True) for each in objects
    )
    return "---\n".join(written)
