from __future__ import annotations

import pytest

from mig_explorer.errors import UnreadableDocument
from mig_explorer.formats.mig_parted_file import MigPartedEntry, read_file

ENTRY = "devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}"


def file(entry: str) -> str:
    return f"{{version: v1, mig-configs: {{mine: [{{{entry}}}]}}}}"


@pytest.mark.parametrize(
    ("entry", "read"),
    [
        (ENTRY, MigPartedEntry((), None, True, {"1g.5gb": 7})),
        ("devices: [], mig-enabled: no", MigPartedEntry((), (), False, {})),
        ("devices: [0, 3], mig-enabled: off, mig-devices: {}", MigPartedEntry((), (0, 3), False, {})),
        ("devices: all, mig-enabled: true, mig-devices: {}", MigPartedEntry((), None, True, {})),
        (
            "device-filter: '0x20B010DE', devices: all, mig-enabled: false",
            MigPartedEntry(("0x20B010DE",), None, False, {}),
        ),
        (
            "device-filter: ['0x20B010DE', MODEL], devices: all, mig-enabled: false",
            MigPartedEntry(("0x20B010DE", "MODEL"), None, False, {}),
        ),
        ("device-filter: '', devices: all, mig-enabled: false", MigPartedEntry((), None, False, {})),
        (
            "devices: all, mig-enabled: true, mig-devices: {1c.2g.10gb: 1, 1g.24gb-me: 2, 1g.24gb+me.all: 0}",
            MigPartedEntry((), None, True, {"1c.2g.10gb": 1, "1g.24gb-me": 2, "1g.24gb+me.all": 0}),
        ),
    ],
)
def test_entries_that_mig_parted_takes(entry: str, read: MigPartedEntry) -> None:
    assert read_file(file(entry)) == {"mine": (read,)}


def test_json_is_yaml() -> None:
    text = '{"version": "v1", "mig-configs": {"x": [{"devices": "all", "mig-enabled": false}]}}'
    assert read_file(text) == {"x": (MigPartedEntry((), None, False, {}),)}


def test_a_file_may_hold_nothing_but_its_version() -> None:
    assert read_file("version: v1") == {}


WHERE = "In configuration 'mine', entry 1: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A file of mig-parted is a mapping with the keys version and mig-configs."),
        ("mig-configs: {}", "The key version is missing. Write version: v1."),
        ("version: 1", "The version is 1; mig-parted reads version: v1 only."),
        ("version: v2", "The version is 'v2'; mig-parted reads version: v1 only."),
        ("version: [v1]", "The version is a list; mig-parted reads version: v1 only."),
        (
            "version: v1\nconfigs: {}",
            "In the file: the key 'configs' is unknown. Known: version, mig-configs.",
        ),
        (
            "version: v1\nmig-configs: {}",
            "mig-configs must be a mapping with at least one configuration.",
        ),
        ("version: v1\nmig-configs:", "mig-configs must be a mapping with at least one configuration."),
        (
            "version: v1\nmig-configs: {x: []}",
            "The configuration 'x' must be a list with at least one entry.",
        ),
        (
            "version: v1\nmig-configs: {x: {devices: all}}",
            "The configuration 'x' must be a list with at least one entry.",
        ),
        (
            "version: v1\nmig-configs: {mine: [all]}",
            f"{WHERE}an entry is a mapping with the keys devices and mig-enabled.",
        ),
        (file("mig-enabled: false"), f"{WHERE}the key devices is missing."),
        (file("devices: all"), f"{WHERE}the key mig-enabled is missing."),
        (
            file(ENTRY + ", mig-mode: x"),
            f"{WHERE}the key 'mig-mode' is unknown. Known: device-filter, devices, mig-enabled, mig-devices.",
        ),
        (
            file("devices: some, mig-enabled: false"),
            f"{WHERE}devices must be all or a list of numbers like [0, 1], not 'some'.",
        ),
        (
            file("devices: [a], mig-enabled: false"),
            f"{WHERE}devices must be all or a list of numbers like [0, 1], not a list.",
        ),
        (
            file("devices: [true], mig-enabled: false"),
            f"{WHERE}devices must be all or a list of numbers like [0, 1], not a list.",
        ),
        (
            file("devices: {}, mig-enabled: false"),
            f"{WHERE}devices must be all or a list of numbers like [0, 1], not a mapping.",
        ),
        (
            file("devices: 0, mig-enabled: false"),
            f"{WHERE}devices must be all or a list of numbers like [0, 1], not 0.",
        ),
        (file("devices: all, mig-enabled: 'true'"), f"{WHERE}mig-enabled must be true or false, not 'true'."),
        (file("devices: all, mig-enabled: 1"), f"{WHERE}mig-enabled must be true or false, not 1."),
        (
            file("devices: all, mig-enabled: true"),
            f"{WHERE}mig-enabled is true and mig-devices is missing. For none, write mig-devices: {{}}.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: null"),
            f"{WHERE}mig-enabled is true and mig-devices is missing. For none, write mig-devices: {{}}.",
        ),
        (
            file("devices: all, mig-enabled: false, mig-devices: {1g.5gb: 1}"),
            f"{WHERE}mig-enabled is false, and yet there are mig-devices. Remove one of the two.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: [1g.5gb]"),
            f"{WHERE}mig-devices must be a mapping from a name to a count, not a list.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: {bogus: 1}"),
            f"{WHERE}'bogus' is no MIG device. Write like 1g.5gb, 1g.5gb+me or 1c.2g.10gb.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: {1g.5gb.me: 1}"),
            f"{WHERE}'1g.5gb.me' is no MIG device. Write like 1g.5gb, 1g.5gb+me or 1c.2g.10gb.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: {1g.5gb: -1}"),
            f"{WHERE}the count of 1g.5gb must be a whole number from 0, not -1.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: {1g.5gb: true}"),
            f"{WHERE}the count of 1g.5gb must be a whole number from 0, not True.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: {1g.5gb: 1.5}"),
            f"{WHERE}the count of 1g.5gb must be a whole number from 0, not 1.5.",
        ),
        (
            file("devices: all, mig-enabled: true, mig-devices: {1g.5gb: 0, 2g.10gb: 0}"),
            f"{WHERE}all counts of mig-devices are 0. For none, write mig-devices: {{}}.",
        ),
        (
            file("device-filter: 0x20B010DE, " + ENTRY),
            f'{WHERE}device-filter must be a text like "0x20B010DE", in quotes, or a list of them.',
        ),
        (
            file("device-filter: [0x20B010DE], " + ENTRY),
            f'{WHERE}device-filter must be a text like "0x20B010DE", in quotes, or a list of them.',
        ),
        (
            "version: v1\nversion: v1",
            "Line 2: the key 'version' stands twice in one mapping. Remove one of them.",
        ),
        (
            "version: &v v1",
            "Line 1: the anchor &v is refused. Write the value out where it is needed.",
        ),
    ],
)
def test_what_mig_parted_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_file(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        ((), True),
        (("0x20B010DE",), True),
        (("0x20b010de",), True),
        (("548409566",), True),
        (("0x20B210DE", "0x20B010DE"), True),
        (("0x20B210DE",), False),
        (("A100-SXM4-40GB",), False),
        (("",), False),
    ],
)
def test_a_filter_is_a_pci_id_in_any_form(filters: tuple[str, ...], matches: bool) -> None:
    assert MigPartedEntry(filters, None, False, {}).is_for(["0x20B010DE"], None) is matches
