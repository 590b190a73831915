"""Reports: whole, offline, safe with any name, the same for the same figures, written whole or not at all."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from mig_explorer import reports
from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Experiment, Result, Trace, tenants
from mig_explorer.formats import formats
from mig_explorer.gpus import gpu
from mig_explorer.model import Monolithic
from mig_explorer.reports import tables
from mig_explorer.workloads import triad
from tests.widgets.made_up_scenario import HEBREW, MADE_UP, hostile_experiment
from tests.widgets.recorded_race import recorded_events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHOWN_HOSTILE = '<script>alert("x")</script> &amp; \'"` [U+202E]gnp.exe'


DRAWN = """<svg xmlns="http://www.w3.org/2000/svg"><text>a chart</text></svg>"""


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the time of drawing charts."""
    monkeypatch.setattr("mig_explorer.charts.vega.svgs", lambda specs: [DRAWN] * len(specs))


class Read(HTMLParser):
    """The elements and the words of a page, as a browser would read them."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def hostile() -> Result:
    return hostile_experiment().modelled()


@pytest.fixture(scope="module")
def page(hostile: Result) -> Read:
    return Read(reports.html(hostile))


@pytest.fixture(scope="module")
def outcome_page() -> Read:
    return Read(reports.html(MADE_UP()))


def test_names_of_tenants_are_words_and_nothing_else(page: Read) -> None:
    assert page.all("script") == []
    assert SHOWN_HOSTILE in page.words
    assert HEBREW in page.words
    assert not any("\u202e" in each for each in page.words)


def test_nothing_is_loaded_run_or_linked(page: Read, outcome_page: Read) -> None:
    for read in (page, outcome_page):
        known = {name for name, _ in read.tags}
        assert not known & {"script", "link", "img", "iframe", "object", "a", "base", "form", "image", "use"}
        loud = [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
        assert loud == []
        assert all("href" not in name and name not in {"src", "style"} for _, at in read.tags for name in at)
        (policy,) = [each["content"] for each in read.all("meta") if each.get("http-equiv")]
        assert policy is not None
        form = r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'"
        assert re.fullmatch(form, policy)


def test_ids_of_pictures_are_told_apart(outcome_page: Read, page: Read) -> None:
    for read in (page, outcome_page):
        ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_verdict_tables_layouts_and_commands_are_there(hostile: Result, page: Read) -> None:
    words = " ".join(page.words)
    assert hostile.verdict.headline in words
    for heading in ("Figures", "Charts", "Layouts", "All figures", "Where the figures come from"):
        assert heading in page.words
    assert "sudo nvidia-smi mig -i 0 -cgi 9:0" in words
    assert all(any(each.title in summary for summary in page.words) for each in formats().values())
    labels = [each.get("aria-label") or "" for each in page.all("svg")]
    assert "A100-SXM4-40GB: 3g.20gb@0[2c@0+1c@2] 2g.10gb@4" in labels
    assert len(labels) == 4
    assert "roofline" in words
    assert str(hostile.table["workload"].iloc[0]) in words


def test_a_scenario_gives_its_claim_figures_limits_and_texts(outcome_page: Read) -> None:
    words = outcome_page.words
    assert words.count("Claim: Twice as many is more.") == 1
    assert "Yes" in words
    assert "10 users (7.5 to 12.5)" in words
    assert words[words.index("power of one slice") : words.index("nobody published it") + 1] == [
        "power of one slice", "unknown", "–", "nobody published it",
    ]  # fmt: skip
    assert "It is made up." in words
    assert "https://example.org/<a>" in words
    assert "kubectl apply -f <file>\nsecond line" in words
    assert any(f"10 users with {SHOWN_HOSTILE}" in each for each in words)
    assert "What came out: twice. Because two is two." in words


@pytest.mark.usefixtures("undrawn")
def test_the_experiments_of_a_scenario_come_with_it(hostile: Result) -> None:
    with_one = MADE_UP(users=3)
    object.__setattr__(with_one, "results", {"two tenants": hostile})
    read = Read(reports.html(with_one))
    assert "Experiment: two tenants" in read.words
    assert any(hostile.verdict.headline in each for each in read.words)
    assert len(read.all("svg")) == 5


@pytest.mark.usefixtures("undrawn")
def test_the_same_figures_give_the_same_bytes(hostile: Result) -> None:
    assert reports.html(hostile) == reports.html(hostile_experiment().modelled())


@pytest.mark.usefixtures("undrawn")
def test_long_tables_are_cut_and_say_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tables.MOST_ROWS == 200
    monkeypatch.setattr("mig_explorer.reports.parts.MOST_ROWS", 5)
    board = Experiment(gpu("GB10"), tenants(triad(elements=2**20), 9), [Monolithic()])
    read = Read(reports.html(board.modelled()))
    (cut, also) = [each for each in read.words if "rows are shown" in each]
    where = "The run was kept in memory and left no trace; Experiment.run() writes one."
    assert cut == also == f"5 of 9 rows are shown. {where}"
    path = tmp_path / "run.jsonl"
    result = Result(Trace(path, tuple(recorded_events(tenants=7))))
    words = Read(reports.html(result)).words
    rest = f"All of them are in the trace {path}: Result.read(path).table, .by_tenants, .requests."
    assert f"5 of 14 rows are shown. {rest}" in words


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("kept", [3, 40])
def test_a_run_that_ended_early_has_a_report_that_says_so(kept: int) -> None:
    result = Result(Trace(None, tuple(recorded_events(tenants=2))[:kept], torn="Line 9 was cut short."))
    words = Read(reports.html(result)).words
    assert "No verdict: the run ended early." in words
    assert "Line 9 was cut short." in words


@pytest.mark.usefixtures("undrawn")
def test_a_report_is_written_whole_or_not_at_all(
    tmp_path: Path, hostile: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "report.html"
    assert reports.write(hostile, path) == path
    before = path.read_bytes()
    assert before.startswith(b'<!DOCTYPE html>\n<html lang="en-GB">')

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    said = f"The report {path} cannot be written: No space left on device. Give a path that you can write to."
    with pytest.raises(InvalidExperiment) as refused:
        reports.write(hostile, path)
    assert str(refused.value) == said
    assert path.read_bytes() == before


def test_what_has_no_report_is_said() -> None:
    said = (
        "A report is of an experiment's result, such as experiment.run(), or of a scenario's outcome, such "
        "as mig.scenarios.utilisation(), not of 'run.jsonl'."
    )
    with pytest.raises(TypeError) as refused:
        reports.write("run.jsonl", "report.html")  # type: ignore[arg-type]
    assert str(refused.value) == said
