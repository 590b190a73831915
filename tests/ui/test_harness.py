"""The harness itself: a notebook opens, runs, answers, and what goes wrong in it is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.kernel_channel import KernelError

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook

CELLS = [
    "import ipywidgets\nslider = ipywidgets.IntSlider(value=3)\nslider",
    "total = slider.value + 1\ntotal",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_notebook_runs_and_python_sees_what_a_key_did_in_the_page(
    notebook: OpenNotebook, theme: str
) -> None:
    page = notebook(CELLS, theme=theme)
    page.run_all()
    assert page.outputs(1)[0]["data"]["text/plain"] == "4"
    page.output(0).get_by_role("slider").focus()
    page.page.keyboard.press("ArrowRight")
    page.python_until("slider.value == 4")
    assert page.python("total", after="total = slider.value + 10") == 14
    assert page.page.evaluate("() => document.body.dataset.jpThemeLight") == (
        "true" if theme == "light" else "false"
    )
    assert page.screenshot(f"harness-{theme}", whole=True).stat().st_size > 10_000


def test_an_exception_in_a_cell_fails_the_run_and_names_the_cell(notebook: OpenNotebook) -> None:
    page = notebook(["1 / 0"])
    with pytest.raises(AssertionError, match=r"cell 0: ZeroDivisionError: division by zero"):
        page.run_all()


def test_an_exception_in_an_expression_reaches_the_test(notebook: OpenNotebook) -> None:
    with pytest.raises(KernelError, match=r"NameError: name 'nothing' is not defined"):
        notebook(["1"]).python("nothing")


def test_the_page_reaches_no_network_and_its_errors_are_collected(notebook: OpenNotebook) -> None:
    page = notebook(["1"])
    page.page.evaluate(
        "() => { void fetch('http://outside.invalid/x').catch(() => {}); console.error('seen'); }"
    )
    page.page.wait_for_timeout(300)
    assert page.blocked == ["http://outside.invalid/x"]
    assert any(error.startswith("seen") for error in page.console_errors)
    page.blocked.clear()
    page.console_errors.clear()


def test_the_theme_changes_in_an_open_notebook_and_the_kernel_restarts(notebook: OpenNotebook) -> None:
    page = notebook(["kept = 1"])
    page.run_all()
    page.set_theme("dark")
    page.restart_kernel()
    assert page.python("'kept' in globals()") is False
