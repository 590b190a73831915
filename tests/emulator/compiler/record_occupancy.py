"""Records what NVIDIA's occupancy header answers, for machines that do not have it.

``python -m tests.emulator.compiler.record_occupancy``, where ``nvidia_header`` finds the headers and there is
g++. The tests compare our rules with this recording everywhere, and with the header itself where it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.emulator.compiler.nvidia_header import Answer, Case, ask, build_probe, cases, include_folder

RECORDING = Path(__file__).with_name("occupancy.csv")
CASES_EACH = 400
SEED = 4


def main() -> int:
    """Write the recording; its first lines say where it comes from."""
    include = include_folder()
    if include is None:
        sys.stderr.write("cuda_occupancy.h and cccl/ were not found; set CUDA_INCLUDE to their folder.\n")
        return 1
    asked = list(cases(CASES_EACH, SEED))
    with TemporaryDirectory() as folder:
        answers = ask(build_probe(include, Path(folder)), asked)
    header = (
        "# What NVIDIA's cuda_occupancy.h answers for the devices of cuda/__device/arch_traits.h; of cases "
        "drawn by nvidia_header.cases.\n"
        f"{','.join((*Case._fields, *Answer._fields))}\n"
    )
    rows = [",".join(map(str, (*case, *answer))) for case, answer in zip(asked, answers, strict=True)]
    RECORDING.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
