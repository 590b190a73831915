"""Records what every curated kernel compiles to, for machines without numba-cuda.

``python -m tests.emulator.compiler.record_kernels`` with ``mig_explorer[cuda]`` installed; no GPU is needed.
Run it when a kernel is new or changed: a record of another kernel than the present one is not used.
"""

from __future__ import annotations

import json
import re
import sys

from mig_explorer.emulator.compiler.recorded import RECORD, recording
from mig_explorer.errors import MigExplorerError
from mig_explorer.workloads import factories


def main() -> int:
    """Write the record into the package."""
    works = [factory().for_emulation() for factory in factories().values()]
    try:
        record = recording((work.kernel, work.inputs(seed=1)) for work in works)
    except MigExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    text = json.dumps(record, indent=2)
    # One list of numbers a line.
    text = re.sub(r"\[\s+((?:\d+,\s+)*\d+)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)
    RECORD.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(record['kernels'])} kernels recorded in {RECORD.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
