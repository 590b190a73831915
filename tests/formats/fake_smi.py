"""A machine for shell scripts to run on: an ``nvidia-smi`` that keeps its instances, and a ``sudo``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from mig_explorer.gpus import Gpu

# What stands is a line "start size profile name id" an instance; "board" has one for each placement.
NVIDIA_SMI = r"""#!/bin/sh
cd "$(dirname "$0")/state" || exit 99
echo "$*" >> calls
create="" inside="" instance="" what=""
while [ $# -gt 0 ]; do
  case $1 in
    -i) shift; [ "$1" = "$(cat index)" ] || { echo "No devices were found"; exit 6; } ;;
    -cgi) shift; create=$1; what=create ;;
    -cci) shift; inside=$1; what=inside ;;
    -gi) shift; instance=$1 ;;
    -C) full=yes ;;
    -mig) shift; what=mode ;;
    -lgi | -dci | -dgi) what=$1 ;;
    mig) ;;
    *) echo "Invalid combination of input arguments."; exit 2 ;;
  esac
  shift
done
gpu=$(printf '%3s' "$(cat index)")
case $what in
  mode) echo "All done." ;;
  create)
    for each in $(echo "$create" | tr ',' ' '); do
      placed=$(awk -v profile="${each%%:*}" -v start="${each##*:}" \
        '$1 == start && ($3 == profile || $4 == profile)' board)
      [ -n "$placed" ] || { echo "Failed to create GPU instances: Invalid Argument"; exit 2; }
      echo "$placed" >> standing
      set -- $placed
      printf 'Successfully created GPU instance ID %2s on GPU %s using profile ' "$5" "$gpu"
      printf 'MIG %s (ID %2s)\n' "$4" "$3"
      if [ -n "${full:-}" ]; then echo "$5 full" >> computing; fi
    done ;;
  inside)
    awk -v id="$instance" '$5 == id { found = 1 } END { exit !found }' standing ||
      { echo "Not Found"; exit 6; }
    echo "$instance $inside" >> computing ;;
  -lgi)
    [ -s standing ] || { echo "No GPU instances found: Not Found"; exit 6; }
    line="+-------------------------------------------------------+"
    echo "$line"
    echo "| GPU instances:                                        |"
    echo "| GPU   Name             Profile  Instance   Placement  |"
    echo "|                          ID       ID       Start:Size |"
    echo "|=======================================================|"
    sort -n -k3 -k5 standing | while read -r start size profile name id; do
      printf '|%4s  MIG %-14s%4s%9s%11s:%-6s|\n' "${gpu# }" "$name" "$profile" "$id" "$start" "$size"
      echo "$line"
    done ;;
  -dci) [ -s computing ] || exit 6; : > computing ;;
  -dgi) [ -s computing ] && { echo "In use by another client"; exit 19; }; : > standing ;;
esac
exit 0
"""


class FakeMachine:
    """A folder with the two programs.

    Parameters
    ----------
    folder : pathlib.Path
        Empty.
    board : Gpu
        What its GPU is.
    index : int
        The GPU's index.
    backwards : bool
        Boards number their instances in different ways; this one counts from the right.
    """

    def __init__(self, folder: Path, board: Gpu, index: int = 0, *, backwards: bool = False) -> None:
        self.folder, self.state = folder, folder / "state"
        self.state.mkdir()
        places = [(start, each) for each in board.profiles.values() for start in each.starts]
        ids = range(len(places))
        self.board = [
            (start, each.memory_slices, 90 if each.profile_id is None else each.profile_id, each.name, number)
            for (start, each), number in zip(places, reversed(ids) if backwards else ids, strict=True)
        ]
        lines = (" ".join(map(str, row)) for row in self.board)
        (self.state / "board").write_text("\n".join(lines) + "\n")
        (self.state / "index").write_text(f"{index}\n")
        for name in ("calls", "standing", "computing"):
            (self.state / name).write_text("")
        for name, text in (("nvidia-smi", NVIDIA_SMI), ("sudo", '#!/bin/sh\nexec "$@"\n')):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.folder), os.environ["PATH"]])
        return subprocess.run(
            ["/bin/sh"],
            input=script,
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self) -> list[str]:
        return (self.state / "calls").read_text().splitlines()

    def standing(self) -> dict[str, str]:
        """Return what each GPU instance, ``"3g.20gb@4"``, was given to compute on: a list, "full" or ""."""
        inside = dict(line.split() for line in (self.state / "computing").read_text().splitlines())
        rows = (line.split() for line in (self.state / "standing").read_text().splitlines())
        return {f"{name}@{start}": inside.get(number, "") for start, _, _, name, number in rows}
