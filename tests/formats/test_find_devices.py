from __future__ import annotations

from pathlib import Path

import pytest

from mig_explorer.formats.find_devices import MIG_UUIDS
from tests.formats.fake_tools import run_script


@pytest.mark.parametrize(
    ("gpu", "profile", "found"),
    [
        (0, "3g.20gb", ["MIG-0-3g"]),
        (0, "1c.3g.20gb", ["MIG-0-1c"]),
        (0, "1g.5gb", ["MIG-0-1g-a", "MIG-0-1g-b"]),
        (0, "1g.5gb+me", ["MIG-0-me"]),
        (1, "1g.5gb", ["MIG-1-1g"]),
        (1, "1g.5gb+me", []),
        (10, "2g.12gb", ["MIG-10-2g"]),
        (2, "3g.20gb", []),
    ],
)
def test_the_devices_of_a_profile_are_found_on_the_gpu_asked_for(
    gpu: int, profile: str, found: list[str], tmp_path: Path
) -> None:
    script = f"set -euo pipefail\ngpu={gpu}\n{MIG_UUIDS}mapfile -t all < <(mig_uuids {profile})\n"
    noted = run_script(script + 'note "${all[@]}"\n', tmp_path, "note")
    assert noted == [["note", *found]]
