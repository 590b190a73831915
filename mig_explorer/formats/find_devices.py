"""A piece of shell that finds the MIG devices of one GPU, for scripts that cannot know the UUIDs."""

from __future__ import annotations

MIG_UUIDS = """\
# The UUIDs of the MIG devices of one profile on GPU $gpu, one a line, as nvidia-smi -L lists them.
mig_uuids() {
  nvidia-smi -L | awk -v gpu="$gpu:" -v profile="$1" \\
    '$1 == "GPU" { here = ($2 == gpu) }
     here && $1 == "MIG" && $2 == profile { sub(/\\)$/, "", $NF); print $NF }'
}
"""
"""Defines ``mig_uuids PROFILE``; the variable ``gpu`` has to hold the index of the GPU."""
