from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.formats.yaml_text import yaml_text

PLAIN = st.recursive(
    st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc.-1y", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abcxyz/.0-", min_size=1), PLAIN, max_size=4))
def test_what_is_written_is_read_back(data: dict[str, object]) -> None:
    text = yaml_text(data)
    assert text.endswith("\n")
    read = yaml.safe_load(text)
    assert read == data
    assert list(read) == list(data)


@pytest.mark.parametrize(
    "text", ["1e3", "0x10", "1_000", "010", "12:30", "y", "N", "on", "null", "~", "", "-1", ".5"]
)
def test_a_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert yaml_text({"key": text}) == f"key: '{text}'\n"


def test_several_objects_are_several_documents() -> None:
    assert yaml_text({"a": 1}, {"b": [1, 2]}) == "a: 1\n---\nb:\n- 1\n- 2\n"


def test_a_text_of_several_lines_is_a_block() -> None:
    assert yaml_text({"config.yaml": "a: 1\nb: 2\n"}) == "config.yaml: |\n  a: 1\n  b: 2\n"


def test_what_is_used_twice_is_written_twice() -> None:
    shared = {"nvidia.com/gpu": "1"}
    assert yaml_text({"a": shared, "b": shared}) == "a:\n  nvidia.com/gpu: '1'\nb:\n  nvidia.com/gpu: '1'\n"
