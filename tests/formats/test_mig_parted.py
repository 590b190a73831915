from __future__ import annotations

from collections import Counter

import pytest

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats import Export, Where, formats, read_layout, write_layout
from mig_explorer.formats.mig_parted import config_names, read, write
from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, layouts, parse_layout, working_order

A100 = gpu("A100-SXM4-40GB")
NOTES = (
    "Apply it as root with: nvidia-mig-parted apply -f mig-parted.yaml -c custom",
    "mig-parted first clears the GPU, and does not bring the old instances back if it fails.",
    "Starts are not carried: mig-parted lets the driver choose them.",
)
IMPOSSIBLE = (
    "mig-parted gives no starts, and by our model of the driver no order of creation makes all of these "
    "devices without them. The nvidia-smi script gives the starts."
)

FLEET = """\
version: v1
mig-configs:
  all-disabled:
    - devices: all
      mig-enabled: false
  all-enabled:
    - devices: all
      mig-enabled: true
      mig-devices: {}
  balanced:
    - device-filter: ["0x233010DE", "0x20B210DE"]
      devices: all
      mig-enabled: true
      mig-devices:
        "1g.10gb": 2
        "2g.20gb": 1
        "3g.40gb": 1
    - device-filter: "0x20B010DE"
      devices: all
      mig-enabled: true
      mig-devices:
        "1g.5gb": 2
        "2g.10gb": 1
        "3g.20gb": 1
  custom:
    - devices: [0, 1]
      mig-enabled: false
    - devices: [2]
      mig-enabled: true
      mig-devices:
        "1g.5gb+me": 1
        "1g.5gb": 0
        "1c.3g.20gb": 3
"""


def device_counts(layout):
    return Counter(each.name for instance in layout.instances for each in instance.compute_instances)


def test_one_configuration_for_one_gpu() -> None:
    layout = parse_layout(A100, "3g.20gb@4 2g.10gb@2[1c@0+1c@1] 1g.5gb@0 1g.5gb+me@1")
    made = write_layout(layout, "mig-parted", Where(gpu_index=3))
    (document,) = made.documents
    assert (document.filename, document.language) == ("mig-parted.yaml", "yaml")
    assert document.text == (
        "version: v1\n"
        "mig-configs:\n"
        "  custom:\n"
        "    - devices: [3]\n"
        "      mig-enabled: true\n"
        "      mig-devices:\n"
        '        "3g.20gb": 1\n'
        '        "1c.2g.10gb": 2\n'
        '        "1g.5gb+me": 1\n'
        '        "1g.5gb": 1\n'
    )
    moved = "3g.20gb@4 2g.10gb@0[1c@0+1c@1] 1g.5gb+me@2 1g.5gb@3"
    assert made.notes == (
        *NOTES,
        (
            f"By our model of the driver it will be {parse_layout(A100, moved)}, not {layout}: the same "
            "devices, moved."
        ),
    )


def test_a_layout_that_comes_out_where_it_was_needs_no_such_note() -> None:
    assert write(parse_layout(A100, "7g.40gb"), Where()).notes == NOTES


def test_every_a100_layout_that_mig_parted_can_make_reads_back_with_the_same_devices() -> None:
    assert not formats()["mig-parted"].carries_starts
    written, refused = 0, Counter[tuple[str, ...]]()
    for layout in layouts(A100, maximal=False):
        made = write(layout, Where())
        if made.documents:
            written += 1
            again = read_layout(A100, "mig-parted", made.documents[0].text)
            assert device_counts(again) == device_counts(layout)
        else:
            assert made.notes == (IMPOSSIBLE,)
            refused[tuple(sorted(each.profile.name for each in layout.instances))] += 1
    assert (written, refused.total(), len(refused)) == (2242, 76, 14)
    # Another search of all orders comes to the same: without starts there is no way to make these.
    assert [each for each in refused if working_order(A100, each) is not None] == []


@pytest.mark.parametrize("name", ["A30", "RTX-PRO-6000-BLACKWELL-SERVER", "RTX-PRO-5000-BLACKWELL"])
def test_every_layout_of_boards_with_four_slices_or_fewer_reads_back(name: str) -> None:
    board = gpu(name)
    seen = set()
    for layout in layouts(board, maximal=False):
        counts = device_counts(layout)
        if frozenset(counts.items()) in seen:
            continue
        seen.add(frozenset(counts.items()))
        again = read(board, write(layout, Where(gpu_index=7)).documents[0].text)
        assert device_counts(again) == counts
    assert len(seen) == {"A30": 19, "RTX-PRO-6000-BLACKWELL-SERVER": 114, "RTX-PRO-5000-BLACKWELL": 17}[name]


@pytest.mark.parametrize(
    "text",
    [
        "3g.20gb@0[1c+1c+1c] 3g.20gb@4[1c+1c+1c]",
        "3g.20gb@0 3g.20gb@4[2c+1c]",
        "4g.20gb[2c+2c] 3g.20gb",
        "7g.40gb[4c+3c]",
        "2g.10gb@0[1c+1c] 2g.10gb@2[1c]",
    ],
)
def test_a_divided_layout_reads_back_with_the_same_contents(text: str) -> None:
    layout = parse_layout(A100, text)
    again = read(A100, write(layout, Where()).documents[0].text)
    assert contents(again) == contents(layout)


def contents(layout: Layout) -> list[list[str]]:
    return sorted([each.name for each in instance.compute_instances] for instance in layout.instances)


@pytest.mark.parametrize(
    ("layout", "note"),
    [
        (Layout(gpu("GB10")), "GB10 has no MIG, so mig-parted has nothing to do on it."),
        (Layout(A100), "There is nothing to create yet: place an instance first."),
        (
            parse_layout(A100, "3g.20gb@0[] 3g.20gb@4"),
            "mig-parted makes no GPU instance without a compute instance, and there is none on 3g.20gb@0.",
        ),
        (
            parse_layout(A100, "2g.10gb@0[1c@0] 2g.10gb@2[1c@0]"),
            (
                "mig-parted fills one GPU instance before it makes the next: by our model it would make "
                "2g.10gb@4[1c@0+1c@1] of the devices of 2g.10gb@0[1c@0] 2g.10gb@2[1c@0]."
            ),
        ),
        (parse_layout(A100, "1g.5gb@0 1g.5gb@1 1g.5gb@2 1g.5gb@3 1g.10gb@4 1g.10gb@6"), IMPOSSIBLE),
    ],
)
def test_what_it_cannot_carry_it_does_not_write(layout: Layout, note: str) -> None:
    assert write(layout, Where()) == Export((), (note,))


@pytest.mark.parametrize("name", [each.name for each in gpus() if each.has_mig])
def test_the_whole_board_as_one_instance_on_every_board(name: str) -> None:
    board = gpu(name)
    layout = Layout(board).place(list(board.profiles)[-1])
    assert read(board, write(layout, Where()).documents[0].text) == layout


def test_the_configurations_of_a_file() -> None:
    assert config_names(FLEET) == ("all-disabled", "all-enabled", "balanced", "custom")
    assert config_names("version: v1") == ()


@pytest.mark.parametrize(
    ("name", "config", "index", "layout"),
    [
        ("A100-SXM4-40GB", "all-disabled", None, "empty"),
        ("A100-SXM4-40GB", "all-enabled", None, "empty"),
        ("A100-SXM4-40GB", "balanced", None, "2g.10gb@0 1g.5gb@2 1g.5gb@3 3g.20gb@4"),
        ("A100-SXM4-80GB", "balanced", 5, "2g.20gb@0 1g.10gb@2 1g.10gb@3 3g.40gb@4"),
        ("A100-SXM4-40GB", "custom", 0, "empty"),
        ("A100-SXM4-40GB", "custom", 2, "3g.20gb@4[1c@0+1c@1+1c@2] 1g.5gb+me@0"),
    ],
)
def test_the_entry_for_this_board_and_this_gpu(
    name: str, config: str, index: int | None, layout: str
) -> None:
    assert read(gpu(name), FLEET, config, index) == parse_layout(gpu(name), layout)


def one(*entries: str) -> str:
    return f"{{version: v1, mig-configs: {{mine: [{', '.join(entries)}]}}}}"


def test_the_names_that_a_profile_also_has() -> None:
    text = one("{devices: all, mig-enabled: true, mig-devices: {7g.189gb: 1}}")
    assert str(read(gpu("GB200-186GB"), text)) == "7g.186gb@0"
    text = one("{devices: all, mig-enabled: true, mig-devices: {2c.2g.10gb: 1}}")
    assert str(read(A100, text)) == "2g.10gb@4"


@pytest.mark.parametrize(
    ("text", "config", "index", "message"),
    [
        (
            FLEET,
            None,
            None,
            (
                "The file holds the configurations all-disabled, all-enabled, balanced, custom. Say which "
                "one, with config=…"
            ),
        ),
        (FLEET, "balance", None, "The file has no configuration 'balance'. Nearest: balanced."),
        ("version: v1", None, None, "The file has no configuration ''. The file holds no configuration."),
        (
            FLEET,
            "custom",
            None,
            (
                "The configuration 'custom' treats GPUs differently: devices [0, 1]; devices [2]. Say which, "
                "with index=…"
            ),
        ),
        (
            FLEET,
            "custom",
            3,
            "The configuration 'custom' has no entry for GPU 3, A100-SXM4-40GB (0x20B010DE).",
        ),
        (
            one("{devices: all, mig-enabled: false, device-filter: A100-SXM4-40GB}"),
            None,
            None,
            "The configuration 'mine' has no entry for A100-SXM4-40GB (0x20B010DE).",
        ),
        (
            one(
                "{devices: all, mig-enabled: false}",
                "{devices: [1], mig-enabled: true, mig-devices: {1g.5gb: 1}}",
            ),
            None,
            1,
            "2 entries of the configuration 'mine' are for GPU 1, and they differ.",
        ),
        (
            one("{devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2, 1g.5gb: 1}}"),
            None,
            None,
            (
                "A100-SXM4-40GB cannot hold 2 × 3g.20gb + 1 × 1g.5gb at once, in no order of creation that "
                "mig-parted tries."
            ),
        ),
        (
            one("{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 1000000000}}"),
            None,
            None,
            (
                "A100-SXM4-40GB cannot hold 1000000000 × 1g.5gb at once, in no order of creation that "
                "mig-parted tries."
            ),
        ),
        (
            one("{devices: all, mig-enabled: true, mig-devices: {3g.40gb: 1}}"),
            None,
            None,
            "A100-SXM4-40GB has no MIG device '3g.40gb'. Nearest: 7g.40gb, 3g.20gb, 3c.7g.40gb.",
        ),
    ],
)
def test_what_cannot_be_read_for_this_board(
    text: str, config: str | None, index: int | None, message: str
) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read(A100, text, config, index)
    assert str(caught.value) == message


def test_a_board_without_mig_has_no_device_and_one_without_pci_ids_matches_no_filter() -> None:
    text = one("{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 1}}")
    with pytest.raises(UnreadableDocument) as caught:
        read(gpu("GB10"), text)
    assert str(caught.value) == "GB10 has no MIG, so no MIG device '1g.5gb'."
    with pytest.raises(UnreadableDocument) as caught:
        read(gpu("RTX-PRO-5000-BLACKWELL"), FLEET, "balanced")
    assert str(caught.value) == (
        "The configuration 'balanced' has no entry for RTX-PRO-5000-BLACKWELL (its PCI ids are unknown here, "
        "so no device-filter can name it)."
    )
