"""What ``nvidia-smi mig -lgip`` and ``-lgipp`` print on some boards, and a reader of it.

Written down from public listings and the MIG User Guide, not from this package's records: tests compare them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PROFILES = {
    "A100-SXM4-40GB": """
|   0  MIG 1g.5gb        19     7/7        4.75       No     14     0     0   |
|                                                             1     0     0   |
|   0  MIG 1g.5gb+me     20     1/1        4.75       No     14     1     0   |
|                                                             1     1     1   |
|   0  MIG 1g.10gb       15     4/4        9.62       No     14     1     0   |
|                                                             1     0     0   |
|   0  MIG 2g.10gb       14     3/3        9.62       No     28     1     0   |
|                                                             2     0     0   |
|   0  MIG 3g.20gb        9     2/2        19.50      No     42     2     0   |
|                                                             3     0     0   |
|   0  MIG 4g.20gb        5     1/1        19.50      No     56     2     0   |
|                                                             4     0     0   |
|   0  MIG 7g.40gb        0     1/1        39.25      No     98     5     0   |
|                                                             7     1     1   |
""",
    "A100-SXM4-80GB": """
|   0  MIG 1g.10gb       19     7/7        9.50       No     14     0     0   |
|                                                             1     0     0   |
|   0  MIG 1g.10gb+me    20     1/1        9.50       No     14     1     0   |
|                                                             1     1     1   |
|   0  MIG 1g.20gb       15     4/4        19.50      No     14     1     0   |
|                                                             1     0     0   |
|   0  MIG 2g.20gb       14     3/3        19.50      No     28     1     0   |
|                                                             2     0     0   |
|   0  MIG 3g.40gb        9     2/2        39.25      No     42     2     0   |
|                                                             3     0     0   |
|   0  MIG 4g.40gb        5     1/1        39.25      No     56     2     0   |
|                                                             4     0     0   |
|   0  MIG 7g.80gb        0     1/1        78.75      No     98     5     0   |
|                                                             7     1     1   |
""",
    "A30": """
|   0  MIG 1g.6gb        14     4/4        5.81       No     14     1     0   |
|                                                             1     0     0   |
|   0  MIG 1g.6gb+me     21     1/1        5.81       No     14     1     0   |
|                                                             1     1     1   |
|   0  MIG 2g.12gb        5     2/2        11.69      No     28     2     0   |
|                                                             2     0     0   |
|   0  MIG 2g.12gb+me     6     1/1        11.69      No     28     2     0   |
|                                                             2     1     1   |
|   0  MIG 4g.24gb        0     1/1        23.44      No     56     4     0   |
|                                                             4     1     1   |
""",
    "H100-SXM5-80GB": """
|   0  MIG 1g.10gb       19     7/7        9.75       No     16     1     0   |
|                                                             1     1     0   |
|   0  MIG 1g.10gb+me    20     1/1        9.75       No     16     1     0   |
|                                                             1     1     1   |
|   0  MIG 1g.20gb       15     4/4        19.62      No     26     1     0   |
|                                                             1     1     0   |
|   0  MIG 2g.20gb       14     3/3        19.62      No     32     2     0   |
|                                                             2     2     0   |
|   0  MIG 3g.40gb        9     2/2        39.50      No     60     3     0   |
|                                                             3     3     0   |
|   0  MIG 4g.40gb        5     1/1        39.50      No     64     4     0   |
|                                                             4     4     0   |
|   0  MIG 7g.80gb        0     1/1        79.25      No     132    7     0   |
|                                                             8     7     1   |
""",
    "H100-NVL-94GB": """
|   0  MIG 1g.12gb       19     7/7        10.75      No     16     1     0   |
|                                                             1     1     0   |
|   0  MIG 1g.12gb+me    20     1/1        10.75      No     16     1     0   |
|                                                             1     1     1   |
|   0  MIG 1g.24gb       15     4/4        21.62      No     26     1     0   |
|                                                             1     1     0   |
|   0  MIG 2g.24gb       14     3/3        21.62      No     32     2     0   |
|                                                             2     2     0   |
|   0  MIG 3g.47gb        9     2/2        46.38      No     60     3     0   |
|                                                             3     3     0   |
|   0  MIG 4g.47gb        5     1/1        46.38      No     64     4     0   |
|                                                             4     4     0   |
|   0  MIG 7g.94gb        0     1/1        93.12      No     132    7     0   |
|                                                             8     7     1   |
""",
    "RTX-PRO-6000-BLACKWELL-SERVER": """
|   0  MIG 1g.24gb       14     4/4        23.62      No     46     1     1   |
|                                                             1     1     0   |
|   0  MIG 1g.24gb+me    21     1/1        23.62      No     46     1     1   |
|                                                             1     1     1   |
|   0  MIG 1g.24gb+gfx   47     4/4        23.62      No     46     1     1   |
|                                                             1     1     0   |
|   0  MIG 1g.24gb+me.all 65    1/1        23.62      No     46     4     4   |
|                                                             1     4     1   |
|   0  MIG 1g.24gb-me    67     4/4        23.62      No     46     0     0   |
|                                                             1     0     0   |
|   0  MIG 2g.48gb        5     2/2        47.38      No     94     2     2   |
|                                                             2     2     0   |
|   0  MIG 2g.48gb+gfx   35     2/2        47.38      No     94     2     2   |
|                                                             2     2     0   |
|   0  MIG 2g.48gb+me.all 64    1/1        47.38      No     94     4     4   |
|                                                             2     4     1   |
|   0  MIG 2g.48gb-me    66     2/2        47.38      No     94     0     0   |
|                                                             2     0     0   |
|   0  MIG 4g.96gb        0     1/1        95.12      No     188    4     4   |
|                                                             4     4     1   |
|   0  MIG 4g.96gb+gfx   32     1/1        95.12      No     188    4     4   |
|                                                             4     4     1   |
""",
}
EIGHT_SLICES = """
GPU  0 Profile ID 19 Placements: {0,1,2,3,4,5,6}:1
GPU  0 Profile ID 20 Placements: {0,1,2,3,4,5,6}:1
GPU  0 Profile ID 15 Placements: {0,2,4,6}:2
GPU  0 Profile ID 14 Placements: {0,2,4}:2
GPU  0 Profile ID  9 Placements: {0,4}:4
GPU  0 Profile ID  5 Placement : {0}:4
GPU  0 Profile ID  0 Placement : {0}:8
"""
PLACEMENTS = {
    "A100-SXM4-40GB": EIGHT_SLICES,
    "A100-SXM4-80GB": EIGHT_SLICES,
    "H100-SXM5-80GB": EIGHT_SLICES,
    "H100-NVL-94GB": EIGHT_SLICES,
    "A30": """
GPU  0 Profile ID 14 Placements: {0,1,2,3}:1
GPU  0 Profile ID 21 Placements: {0,1,2,3}:1
GPU  0 Profile ID  5 Placements: {0,2}:2
GPU  0 Profile ID  6 Placements: {0,2}:2
GPU  0 Profile ID  0 Placement : {0}:4
""",
    "RTX-PRO-6000-BLACKWELL-SERVER": """
GPU  0 Profile ID 14 Placements: {0,3,6,9}:3
GPU  0 Profile ID 21 Placements: {0,3,6,9}:3
GPU  0 Profile ID 47 Placements: {0,3,6,9}:3
GPU  0 Profile ID 65 Placements: {0,3,6,9}:3
GPU  0 Profile ID 67 Placements: {0,3,6,9}:3
GPU  0 Profile ID  5 Placements: {0,6}:6
GPU  0 Profile ID 35 Placements: {0,6}:6
GPU  0 Profile ID 64 Placements: {0,6}:6
GPU  0 Profile ID 66 Placements: {0,6}:6
GPU  0 Profile ID  0 Placement : {0}:12
GPU  0 Profile ID 32 Placement : {0}:12
""",
}
# Boards that print the same numbers as another, under the same profile names.
SAME_PROFILES = {
    "A100-PCIE-40GB": "A100-SXM4-40GB",
    "A100-PCIE-80GB": "A100-SXM4-80GB",
    "RTX-PRO-6000-BLACKWELL-WORKSTATION": "RTX-PRO-6000-BLACKWELL-SERVER",
}


@dataclass(frozen=True)
class PrintedProfile:
    """The two lines of one profile in ``-lgip``, and its line in ``-lgipp``."""

    name: str
    profile_id: int
    most: int
    gib: str
    sms: int
    copy_engines: int
    decoders: int
    encoders: int
    jpeg: int
    ofa: int
    starts: tuple[int, ...]
    size: int


def printed_profiles(board: str) -> dict[str, PrintedProfile]:
    """Return the rows that nvidia-smi prints on a board, by profile name."""
    placed = {
        int(match[1]): (tuple(int(start) for start in match[2].split(",")), int(match[3]))
        for match in re.finditer(r"Profile ID\s+(\d+) Placements? ?: \{([\d,]+)\}:(\d+)", PLACEMENTS[board])
    }
    row = re.compile(
        r"\|   0  MIG (\S+) +(\d+) +\d+/(\d+) +([\d.]+) +No +(\d+) +(\d+) +(\d+) +\|\n"
        r"\| +(\d+) +(\d+) +(\d+) +\|"
    )
    rows = {}
    for name, number, most, gib, *figures in row.findall(PROFILES[board]):
        sms, decoders, encoders, copy_engines, jpeg, ofa = (int(figure) for figure in figures)
        starts, size = placed[int(number)]
        rows[name] = PrintedProfile(
            name, int(number), int(most), gib, sms, copy_engines, decoders, encoders, jpeg, ofa, starts, size
        )
    return rows
