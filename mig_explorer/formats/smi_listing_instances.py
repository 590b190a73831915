"""Reads ``nvidia-smi mig -lgi`` and ``-lci``: the GPU instances and compute instances that stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mig_explorer.formats.smi_listing_lines import matches

GPU_INSTANCES = "nvidia-smi mig -lgi"
COMPUTE_INSTANCES = "nvidia-smi mig -lci"

_NAME = r"MIG (?P<name>[\w.+-]{1,40})"
_GPU_INSTANCE = re.compile(
    rf"(?P<gpu>\d{{1,4}}) {_NAME} (?P<profile>\d{{1,4}}) (?P<id>\d{{1,4}}) "
    r"(?P<start>\d{1,4}):(?P<size>\d{1,4})",
    re.ASCII,
)
_COMPUTE_INSTANCE = re.compile(
    rf"(?P<gpu>\d{{1,4}}) (?P<holder>\d{{1,4}}) {_NAME} (?P<profile>\d{{1,4}})\*? (?P<id>\d{{1,4}})"
    r"( (?P<start>\d{1,4}):(?P<size>\d{1,4}))?",
    re.ASCII,
)
_GPU_INSTANCE_HEADINGS = re.compile(r"GPU instances:|GPU Name Profile Instance Placement|ID ID Start:Size")
_COMPUTE_INSTANCE_HEADINGS = re.compile(
    r"Compute instances:|GPU GPU Name Profile Instance( Placement)?|Instance ID ID( Start:Size)?|ID"
)


@dataclass(frozen=True)
class GpuInstanceRow:
    """A GPU instance.

    Parameters
    ----------
    gpu : int
        Index of its GPU.
    name : str
        Profile, ``"3g.20gb"``.
    profile_id : int
        Its id, as ``-cgi`` takes it.
    instance_id : int
        The id the driver gave; it does not tell the start.
    start, size : int
        Memory slices.
    """

    gpu: int
    name: str
    profile_id: int
    instance_id: int
    start: int
    size: int


@dataclass(frozen=True)
class ComputeInstanceRow:
    """A compute instance.

    Parameters
    ----------
    gpu, gpu_instance_id : int
        Which GPU instance it is in.
    name : str
        ``"1c.3g.20gb"``, or the GPU instance's profile if it fills it.
    profile_id : int
        Its id, as ``-cci`` takes it.
    instance_id : int
        Its number in its GPU instance.
    start, size : int or None
        As printed. Old drivers print none, and drivers differ in what they count (a real H100 printed 0:4 for
        the one compute instance of a 3g GPU instance), so this is for information only.
    """

    gpu: int
    gpu_instance_id: int
    name: str
    profile_id: int
    instance_id: int
    start: int | None
    size: int | None


def read_gpu_instances(text: str) -> tuple[GpuInstanceRow, ...]:
    """Read what ``nvidia-smi mig -lgi`` printed, for one GPU or several.

    Raises
    ------
    UnreadableDocument
        If a line is none of this listing, or says why there is none; the message has the line.

    Examples
    --------
    >>> read_gpu_instances("|   0  MIG 3g.20gb          9        2          4:4     |")
    (GpuInstanceRow(gpu=0, name='3g.20gb', profile_id=9, instance_id=2, start=4, size=4),)
    >>> read_gpu_instances("No GPU instances found: Not Found")
    ()
    """
    return tuple(
        GpuInstanceRow(
            int(row["gpu"]),
            row["name"],
            int(row["profile"]),
            int(row["id"]),
            int(row["start"]),
            int(row["size"]),
        )
        for row in matches(text, _GPU_INSTANCE, _GPU_INSTANCE_HEADINGS, GPU_INSTANCES)
    )


def read_compute_instances(text: str) -> tuple[ComputeInstanceRow, ...]:
    """Read what ``nvidia-smi mig -lci`` printed, for one GPU or several.

    Raises
    ------
    UnreadableDocument
        If a line is none of this listing, or says why there is none; the message has the line.

    Examples
    --------
    >>> row = read_compute_instances(
    ...     "|   0      2       MIG 1c.3g.20gb       0         1          1:1     |"
    ... )[0]
    >>> row.gpu_instance_id, row.name, row.instance_id, row.start
    (2, '1c.3g.20gb', 1, 1)
    """
    return tuple(
        ComputeInstanceRow(
            int(row["gpu"]),
            int(row["holder"]),
            row["name"],
            int(row["profile"]),
            int(row["id"]),
            None if row["start"] is None else int(row["start"]),
            None if row["size"] is None else int(row["size"]),
        )
        for row in matches(text, _COMPUTE_INSTANCE, _COMPUTE_INSTANCE_HEADINGS, COMPUTE_INSTANCES)
    )
