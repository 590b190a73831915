import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig_explorer.charts import vega

BAR = {"data": {"values": [{"x": "<b>1</b>", "y": 2}]}, "mark": "bar", "encoding": {"x": {"field": "x"}}}


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setattr(vega, "user_folder", lambda _: tmp_path / "cache")
    vega._javascript.cache_clear()
    yield tmp_path / "cache"
    vega._javascript.cache_clear()


def kept(cache: Path) -> Path:
    (file,) = cache.iterdir()
    return file


def test_the_library_is_made_outside_this_process_and_kept(cache: Path, monkeypatch: pytest.MonkeyPatch):
    library = vega.javascript()
    assert library.endswith(b"};")
    assert b"vegaEmbed" in library
    assert "vl_convert" not in sys.modules
    assert kept(cache).name == f"vega-{vega.vega_version()}.js"
    vega._javascript.cache_clear()
    monkeypatch.setattr(vega, "_convert", lambda *_: pytest.fail("the file in the cache was not used"))
    assert vega.javascript() == library


def test_a_damaged_file_in_the_cache_is_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vega, "_convert", lambda *_: "export { whole };")
    assert vega.javascript() == b"export { whole };"
    kept(cache).write_bytes(kept(cache).read_bytes()[:-4])
    vega._javascript.cache_clear()
    assert vega.javascript() == b"export { whole };"
    assert kept(cache).read_bytes().endswith(b"\nexport { whole };")


def test_a_cache_that_cannot_be_written_costs_only_time(cache: Path, monkeypatch: pytest.MonkeyPatch):
    cache.write_text("a file where the folder should be")
    monkeypatch.setattr(vega, "_convert", lambda *_: "export { whole };")
    assert vega.javascript() == b"export { whole };"


@pytest.mark.usefixtures("cache")
def test_a_caller_who_comes_while_it_is_being_made_waits_for_it(monkeypatch: pytest.MonkeyPatch):
    begun, go_on, made = threading.Event(), threading.Event(), []

    def convert(*_: str) -> str:
        begun.set()
        go_on.wait(10)
        made.append("once")
        return "export { whole };"

    monkeypatch.setattr(vega, "_convert", convert)
    preparing = vega.prepare()
    assert begun.wait(10)
    threading.Timer(0.05, go_on.set).start()
    assert vega.javascript() == b"export { whole };"
    preparing.join(10)
    assert made == ["once"]


@pytest.mark.usefixtures("cache")
def test_a_failure_while_preparing_is_kept_for_who_asks(monkeypatch: pytest.MonkeyPatch):
    def convert(*_: str) -> str:
        raise RuntimeError("no room")

    monkeypatch.setattr(vega, "_convert", convert)
    vega.prepare().join(10)
    with pytest.raises(RuntimeError, match=r"^no room$"):
        vega.javascript()


def test_a_chart_that_cannot_be_drawn_is_refused_in_words():
    with pytest.raises(RuntimeError, match=r"^vl-convert could not make the chart: .+"):
        vega.svg({"mark": "bar", "data": {"values": []}, "transform": [{"lookup": 1}]})


def test_a_chart_is_drawn_with_hostile_text_as_text():
    drawn = vega.svg(BAR)
    assert drawn.startswith("<svg")
    assert "&lt;b&gt;1&lt;/b&gt;" in drawn
    assert "<b>" not in drawn
