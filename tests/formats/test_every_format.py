"""What holds for every format, every board, and every layout that people start from."""

from __future__ import annotations

import ast
import functools
import re

import pytest
import yaml

from mig_explorer.formats import Export, Where, formats, write_layout
from mig_explorer.gpus import Gpu, gpu, gpus
from mig_explorer.layouts import Layout, parse_layout, preset_layouts
from tests.formats.fake_tools import check_syntax
from tests.formats.kubernetes import validated

NAMES = list(formats())
KUBERNETES = {"ConfigMap", "Pod", "ResourceClaimTemplate"}
SPECIAL = [
    parse_layout(gpu("A100-SXM4-40GB"), "1g.5gb+me@0 1g.10gb@2 3g.20gb@4[2c@0+1c@2]"),
    parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0[] 3g.20gb@4"),
    parse_layout(gpu("A100-SXM4-40GB"), "7g.40gb@0[]"),
    parse_layout(gpu("RTX-PRO-6000-BLACKWELL-SERVER"), "1g.24gb+gfx@0 1g.24gb+me@3 2g.48gb-me@6"),
    parse_layout(gpu("RTX-PRO-6000-BLACKWELL-SERVER"), "2g.48gb+me.all@0 1g.24gb-me@6"),
]
HERE = Where(gpu_index=3, node="n1")


def layouts_of(board: Gpu) -> list[Layout]:
    return [Layout(board), *preset_layouts(board).values(), *(each for each in SPECIAL if each.gpu is board)]


def check_export(export: Export, layout: Layout, name: str) -> None:
    assert export.documents or export.notes, "neither a document nor a reason"
    filenames = [each.filename for each in export.documents]
    assert len(set(filenames)) == len(filenames)
    for note in export.notes:
        assert re.search(r"\w", note), note
        assert note == note.strip()
        assert "\n" not in note
    assert len(set(export.notes)) == len(export.notes)
    for document in export.documents:
        assert re.fullmatch(r"[A-Za-z0-9][\w.-]*\.(sh|yaml|py|conf|txt)", document.filename)
        assert document.text.endswith("\n")
        assert not document.text.endswith("\n\n")
        assert not re.search(r"TODO|FIXME|XXX|<[a-z-]+>|None|\{\}|\t", document.text), document.text
    if not layout.instances and (layout.gpu.has_mig or name != "device-plugin"):
        assert not export.documents
        assert len(export.notes) == 1


@functools.cache
def exports(board: Gpu) -> list[tuple[str, Layout, Export]]:
    return [(name, each, write_layout(each, name)) for each in layouts_of(board) for name in NAMES]


def documents(board: Gpu, language: str) -> list[str]:
    texts = (
        document.text
        for _, _, export in exports(board)
        for document in export.documents
        if document.language == language
    )
    return list(dict.fromkeys(texts))


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_every_layout_gives_documents_or_a_reason(board: Gpu) -> None:
    for name, layout, export in exports(board):
        check_export(export, layout, name)


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_what_only_the_machine_knows_changes_no_rule(board: Gpu) -> None:
    for name, layout, export in exports(board):
        there = write_layout(layout, name, HERE)
        check_export(there, layout, name)
        assert bool(there.documents) == bool(export.documents)
        assert write_layout(layout, name, HERE) == there


@pytest.mark.parametrize("name", NAMES)
def test_a_layout_of_whole_gpu_instances_of_one_kind_has_documents_in_every_format(name: str) -> None:
    for board in gpus():
        if board.has_mig:
            first = next(iter(preset_layouts(board).values()))
            assert write_layout(first, name).documents


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_every_yaml_document_is_yaml_and_every_object_of_kubernetes_is_one(board: Gpu) -> None:
    texts = documents(board, "yaml")
    assert texts
    for text in texts:
        found = list(yaml.safe_load_all(text))
        assert all(isinstance(each, dict) for each in found)
        if any("kind" in each for each in found):
            assert {each["kind"] for each in found} <= KUBERNETES
            validated(text)


def test_every_shell_document_parses() -> None:
    texts = [text for board in gpus() for text in documents(board, "bash")]
    # One run of bash for all, each in a function of its own.
    check_syntax("\n".join(f"script_{number}() {{\n{text}\n}}" for number, text in enumerate(texts)))
    assert len(texts) > 500


def test_every_python_document_compiles() -> None:
    texts = [text for board in gpus() for text in documents(board, "python")]
    for text in texts:
        ast.parse(text)
    assert len(texts) > 100
