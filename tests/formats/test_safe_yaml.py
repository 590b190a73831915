from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats.safe_yaml import DEEPEST, LONGEST, MOST_NODES, load

PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(st.characters(codec="utf-8"))
)
DATA = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("version: v1", {"version": "v1"}),
        ('{"json": [1, true, null]}', {"json": [1, True, None]}),
        ("[yes, No, ON, off, TRUE, false, ~, null]", [True, False, True, False, True, False, None, None]),
        ("[0, -7, +7, 0x1F, 9223372036854775807]", [0, -7, 7, 31, 9223372036854775807]),
        ("[1.5, -.5, 2.5e-3]", [1.5, -0.5, 0.0025]),
        ("['1', \"yes\", '']", ["1", "yes", ""]),
        ("[1g.5gb, 1g.5gb+me, 0:0, 12:30:10]", ["1g.5gb", "1g.5gb+me", "0:0", "12:30:10"]),
        ("a: |\n  b\n  c\n", {"a": "b\nc\n"}),
        ("'yes': 1\n'2': 2", {"yes": 1, "2": 2}),
        ("a:", {"a": None}),
        ("--- a\n...\n", "a"),
    ],
)
def test_plain_data_is_read(text: str, value: Any) -> None:
    assert load(text) == value


def test_a_date_stays_the_text_that_it_is() -> None:
    # The loader of PyYAML makes a date of it, which then is no text where a text is expected.
    assert yaml.safe_load("2026-01-31") == dt.date(2026, 1, 31)
    assert load("[2026-01-31, 2026-01-31T10:00:00Z]") == ["2026-01-31", "2026-01-31T10:00:00Z"]


@given(DATA)
def test_what_pyyaml_writes_without_aliases_reads_as_it_was(data: Any) -> None:
    class Writer(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    text = yaml.dump(data, Dumper=Writer, default_style='"' if isinstance(data, str) else None)
    try:
        found = load(text)
    except UnreadableDocument as error:
        # What PyYAML writes plainly and other readers would take for a number.
        assert "disagree" in str(error)  # noqa: PT017
    else:
        assert found == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\nb: &x 2\nc: *x",
            "Line 2: the anchor &x is refused. Write the value out where it is needed.",
        ),
        ("a:\n- *x", "Line 2: the alias *x is refused. Write the value out where it is needed."),
        (
            "!!python/object:os.system x",
            "Line 1: the tag tag:yaml.org,2002:python/object:os.system is refused. Write plain values.",
        ),
        ("a: !!str 1", "Line 1: the tag tag:yaml.org,2002:str is refused. Write plain values."),
        ("a:\n  - !x {}", "Line 2: the tag !x is refused. Write plain values."),
        ("%TAG ! tag:example,2000:\n---\na", "Line 1: a %TAG line is refused. Write plain values."),
        ("x: 1\n<<: {a: 1}", "Line 2: the merge key << is refused. Write the values out."),
        ("a: 1\nb: 2\na: 3", "Line 3: the key 'a' stands twice in one mapping. Remove one of them."),
        ('{"a": 1, a: 2}', "Line 1: the key 'a' stands twice in one mapping. Remove one of them."),
        ("1: a", "Line 1: a key must be a text, and '1' is none. Put it in quotes."),
        ("on: a", "Line 1: a key must be a text, and 'on' is none. Put it in quotes."),
        (
            "? [a]\n: b",
            "Line 1: a key must be a text, and a list or a mapping is none. Put it in quotes.",
        ),
        ("a\n---\nb", "Line 2: a second document begins. Only one is read; write it into a file of its own."),
        (
            "a: 010",
            "Line 1: readers of YAML disagree on 010. Write the number plainly, or put it in quotes.",
        ),
        (
            "a: 1_000",
            "Line 1: readers of YAML disagree on 1_000. Write the number plainly, or put it in quotes.",
        ),
        (
            "a: .inf",
            "Line 1: readers of YAML disagree on .inf. Write the number plainly, or put it in quotes.",
        ),
        (
            "a: 99999999999999999999",
            "Line 1: the number 99999999999999999999 is too large. Put it in quotes if it is a text.",
        ),
        ("a: 1.5e999", "Line 1: the number 1.5e999 is too large. Put it in quotes if it is a text."),
        ("a: 1\n{b", "Line 2: not YAML (expected <block end>, but found '{')."),
        ("a: 'b", "Line 1: not YAML (found unexpected end of stream)."),
        ("a:\n\tb: 1", "Line 2: not YAML (found character '\\t' that cannot start any token)."),
        ("a: 1\nb: \x07", "Line 2: not YAML (a character that YAML does not allow)."),
        ('a: "\\uD800"', "Line 1: an escape that means no character."),
        ('"\\U00110000"', "Not YAML: it holds a number or an escape that means no character."),
        (
            f"%YAML {'1' * 5000}.1\n---\na",
            "Not YAML: it holds a number or an escape that means no character.",
        ),
        ("[" * 2000, f"Line 1: more than {DEEPEST} lists and mappings inside each other."),
        ("- " * 2000, f"Line 1: more than {DEEPEST} lists and mappings inside each other."),
        ("- a\n" * (MOST_NODES + 1), f"Line {MOST_NODES}: more than {MOST_NODES} values."),
        ("a" * (LONGEST + 1), f"The YAML document has {LONGEST + 1} characters; at most {LONGEST} are read."),
    ],
)
def test_what_is_refused_and_on_which_line(text: str, message: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        load(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", [None, b"a: 1", 1, ["a"]])
def test_only_a_text_is_read(text: object) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        load(text)
    assert str(caught.value) == f"A YAML document is a text, not {type(text).__name__}."


def bomb(levels: int) -> Iterator[str]:
    yield "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"
    for level in range(1, levels):
        yield f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]"


def test_a_bomb_is_refused_at_its_first_line() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        load("\n".join(bomb(30)))
    assert str(caught.value) == "Line 1: the anchor &a0 is refused. Write the value out where it is needed."


@pytest.mark.parametrize("depth", [DEEPEST - 1, DEEPEST])
def test_as_deep_as_allowed_is_read(depth: int) -> None:
    value = load("[" * depth + "]" * depth)
    for _ in range(depth - 1):
        assert isinstance(value, list)
        (value,) = value
    assert value == []


def test_a_long_name_is_cut_in_the_message() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        load("&" + "x" * 5000 + " a")
    shown = "x" * 80 + "…"
    assert (
        str(caught.value)
        == f"Line 1: the anchor &{shown} is refused. Write the value out where it is needed."
    )
