"""The layout widget writes formats, and starts from the GPU of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.explorer_page import button, cell, holds, opened, says, widget
from tests.ui.lab_server import REPOSITORY

if TYPE_CHECKING:
    from tests.ui.conftest import OpenNotebook

FORMATS = "from mig_explorer.formats import formats as mig_formats, write_layout as mig_write"
SHOWS = """wanted => JSON.stringify([...document.querySelectorAll('.mig-panel pre')].map(
    each => [each.getAttribute('aria-label'), `${each.textContent}\\n`])) === JSON.stringify(wanted)"""
MACHINE = f"""import sys
sys.path.insert(0, {str(REPOSITORY)!r})
import mig_explorer as mig
from mig_explorer.devices import this_gpu
from tests.devices.fake_nvml import FakeBoard, FakeNvml
held, uuid = '3g.20gb@0 2g.10gb@4', 'GPU-11111111-2222-3333-4444-555555555555'
fake = FakeNvml(boards=[FakeBoard('A100-SXM4-40GB', uuid=uuid, mig_mode=1, pending=1, layout=held)])
explorer = mig.explore(this_gpu(nvml=fake))"""


def test_each_format_has_a_tab_that_is_written_when_it_is_shown(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    button(page, "3g + 3g").click()
    holds(page, "3g.20gb@0 3g.20gb@4")
    tabs, panel = widget(page).get_by_role("tab"), widget(page).get_by_role("tabpanel")
    titles = page.python("[each.title for each in mig_formats().values()]", after=FORMATS)
    assert tabs.all_text_contents() == titles
    assert widget(page).get_by_role("tab", selected=True).all_text_contents() == ["nvidia-smi"]
    tabs.first.focus()
    for at, name in enumerate(page.python("list(mig_formats())")):
        panel.locator(f"xpath=self::*[@data-format='{name}' and @aria-busy='false']").wait_for()
        assert tabs.evaluate_all("all => all.map(each => each.tabIndex)") == [
            0 if each == at else -1 for each in range(len(titles))
        ]
        wanted = page.python(
            f"[[each.filename, each.text] for each in mig_write(explorer.layout, {name!r}).documents]",
            after=FORMATS,
        )
        # What a tab shows follows the board, so it may still be that of the layout before.
        page.page.wait_for_function(SHOWS, arg=wanted)
        page.page.keyboard.press("ArrowRight")
    panel.locator("xpath=self::*[@data-format='nvidia-smi']").wait_for()
    page.page.keyboard.press("End")
    panel.locator(f"xpath=self::*[@data-format='{name}']").wait_for()
    assert page.python("explorer.export['name']") == name
    button(page, "7g").click()
    holds(page, "7g.40gb@0")
    assert page.python("explorer.export['name']") == name


def test_a_document_is_copied_and_downloaded_as_it_is(notebook: OpenNotebook) -> None:
    page = opened(notebook)
    button(page, "3g + 3g").click()
    holds(page, "3g.20gb@0 3g.20gb@4")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=page.server.url)
    first, second = page.python("[each['filename'] for each in explorer.export['documents']][:2]")
    copy = button(page, f"Copy {first}")
    copy.click()
    copy.get_by_text("Copied").wait_for()
    wanted = page.python("[each['text'] for each in explorer.export['documents']][:2]")
    assert page.page.evaluate("() => navigator.clipboard.readText()") == wanted[0]
    with page.page.expect_download() as started:
        button(page, f"Download {second}").click()
    assert started.value.suggested_filename == second
    assert started.value.path().read_text(encoding="utf-8") == wanted[1]
    page.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }"
    )
    undo = button(page, f"Copy {second}")
    undo.click()
    undo.get_by_text("Copied").wait_for()
    assert page.page.evaluate("() => getSelection().toString()") == wanted[1].removesuffix("\n")


def test_the_gpu_of_this_machine_is_shown_and_left_alone(notebook: OpenNotebook) -> None:
    page = notebook([MACHINE, "explorer"])
    page.run_all()
    cell(page, 0).wait_for()
    banner = widget(page).locator(".mig-machine")
    assert banner.locator("p").inner_text() == (
        "GPU 0 of this machine, read with NVML. This is what it held when it was read. Nothing done in this "
        "widget changes the GPU."
    )
    assert banner.get_by_role("button").is_hidden()
    page.screenshot("explorer-light-machine", widget(page), whole=True)
    cell(page, 0).click()
    holds(page, "2g.10gb@4")
    says(page, "3g.20gb@0 removed.")
    banner.get_by_text("A plan, not what GPU 0 of this machine holds.").wait_for()
    page.screenshot("explorer-light-machine-plan", widget(page))
    banner.get_by_role("button", name="Show what it holds").click()
    holds(page, "3g.20gb@0 2g.10gb@4")
    assert page.python("[name for name, *_ in fake.calls if 'Create' in name or 'Destroy' in name]") == []
