from __future__ import annotations

import json

import pytest

from mig_explorer.errors import UnknownFormat
from mig_explorer.formats import Where, formats, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.widgets.explorer_formats import format_part, format_tabs

LAYOUT = parse_layout(gpu("A100-SXM4-40GB"), "3g.20gb@0[2c+1c] 2g.10gb@4")


def test_there_is_a_tab_for_every_format_in_its_order() -> None:
    assert format_tabs() == [{"name": each.name, "title": each.title} for each in formats().values()]
    assert format_tabs()[0] == {"name": "nvidia-smi", "title": "nvidia-smi"}


@pytest.mark.parametrize("name", formats())
def test_a_format_is_shown_as_it_is_written(name: str) -> None:
    where = Where(gpu_index=3)
    part, export = format_part(LAYOUT, name, where), write_layout(LAYOUT, name, where)
    assert part["documents"] == [
        {"filename": each.filename, "language": each.language, "text": each.text} for each in export.documents
    ]
    assert (part["name"], part["about"]) == (name, formats()[name].about)
    assert part["notes"] == list(export.notes)
    assert json.loads(json.dumps(part)) == part


def test_an_unknown_format_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UnknownFormat) as error:
        format_part(LAYOUT, "slurmm", Where())
    assert str(error.value) == "There is no format 'slurmm'. Nearest: slurm."
