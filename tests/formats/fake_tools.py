"""Runs a script beside programs that only write down how they were called."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

LISTING = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-0)
  MIG 3g.20gb     Device  0: (UUID: MIG-0-3g)
  MIG 1c.3g.20gb  Device  1: (UUID: MIG-0-1c)
  MIG 1g.5gb      Device  2: (UUID: MIG-0-1g-a)
  MIG 1g.5gb      Device  3: (UUID: MIG-0-1g-b)
  MIG 1g.5gb+me   Device  4: (UUID: MIG-0-me)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-1)
  MIG 3g.20gb     Device  0: (UUID: MIG-1-3g)
  MIG 1g.5gb      Device  1: (UUID: MIG-1-1g)
GPU 10: NVIDIA A30 (UUID: GPU-10)
  MIG 2g.12gb     Device  0: (UUID: MIG-10-2g)
"""

# One write a call, for the two ends of a pipe run at once.
NOTING = """\
#!/bin/sh
call="${0##*/}"
for each; do call="$call\t$each"; done
printf "%s\\n" "$call" >> "$CALLS"
"""


def run_script(text: str, folder: Path, *programs: str, arguments: tuple[str, ...] = ()) -> list[list[str]]:
    """Run a script of bash to its end and return how it called these programs, each call a list."""
    tools = folder / "tools"
    tools.mkdir()
    for each in programs:
        _program(tools / each, f'{NOTING}[ -z "$SAID" ] || echo "$SAID"\n')
    _program(tools / "nvidia-smi", '#!/bin/sh\n[ "$*" = -L ] && printf "%s" "$LISTING"\n')
    script = folder / "script.sh"
    script.write_text(text, encoding="utf-8")
    calls = folder / "calls"
    calls.touch()
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "CALLS": str(calls), "LISTING": LISTING, "SAID": ""}
    finished = subprocess.run(
        [_bash(), str(script), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise AssertionError(finished.stderr)
    return [line.split("\t") for line in calls.read_text(encoding="utf-8").splitlines()]


def check_syntax(text: str) -> None:
    """Raise unless bash can parse a script."""
    parsed = subprocess.run([_bash(), "-n"], input=text, capture_output=True, text=True, check=False)
    assert (parsed.returncode, parsed.stderr) == (0, ""), text


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _bash() -> str:
    found = shutil.which("bash")
    assert found is not None
    return found
