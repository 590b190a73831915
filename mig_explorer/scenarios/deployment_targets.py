"""Where a layout is handed out: which of the generated files a target takes, and in how many steps.

The files are those of `mig_explorer.formats`; this module only chooses among them and counts.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.formats import read_layout, write_layout
from mig_explorer.scenarios.sources import document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mig_explorer.formats import Document
    from mig_explorer.layouts import Layout

PROGRAMS = ("sudo", "nvidia-smi", "nvidia-ctk", "kubectl", "helm", "docker", "podman", "srun")

APPLY = re.compile(r"nvidia-mig-parted apply \S+ \S+ -c \S+")

Part = tuple[str, tuple[str, ...]]
"""A format, and the names of the documents that are taken of it, with ``*``."""


@dataclass(frozen=True)
class Target:
    """A place where GPUs are handed out.

    Parameters
    ----------
    name : str
        What it is called.
    setup : tuple of Part
        What makes the slices and offers them.
    use : tuple of Part
        What one job or student then runs; it is no step.
    """

    name: str
    setup: tuple[Part, ...]
    use: tuple[Part, ...] = ()


CREATE: Part = ("nvidia-smi", ("mig-create.sh",))
OPERATOR: Part = ("gpu-operator", ("mig-configmap.yaml", "gpu-operator.sh"))

TARGETS = (
    Target("bare metal", (CREATE,)),
    Target("mig-parted service", (("mig-parted", ("mig-parted.yaml",)),)),
    Target("containers", (CREATE, ("docker", ("cdi.sh",))), (("docker", ("docker.sh",)),)),
    Target(
        "Kubernetes single",
        (CREATE, ("device-plugin", ("device-plugin-single.yaml", "device-plugin*"))),
        (("pods", ("pods-single.yaml",)),),
    ),
    Target(
        "Kubernetes mixed",
        (CREATE, ("device-plugin", ("device-plugin-mixed.yaml", "device-plugin*"))),
        (("pods", ("pods-mixed.yaml",)),),
    ),
    Target("Kubernetes DRA", (CREATE, ("dra", ("dra.yaml",)))),
    Target("EKS", (OPERATOR,), (("pods", ("pods-mixed.yaml",)),)),
    Target(
        "Slurm",
        (CREATE, ("slurm", ("gres.conf", "slurm.conf", "cgroup.conf"))),
        (("slurm", ("job.sh",)),),
    ),
    Target("JupyterHub", (OPERATOR, ("kubespawner", ("values.yaml",)))),
)


@dataclass(frozen=True)
class Delivery:
    """What a target makes of a layout.

    Parameters
    ----------
    target : Target
        The target.
    status : str
        ``"unchanged"``, ``"moved"`` (the same devices at other starts) or ``"refused"``.
    why : str
        Why it is refused, or where it goes instead; empty if unchanged.
    documents : tuple of Document
        Those of the set-up, then those of the use; only what could be written.
    files, commands : int
        Configuration files to put in place, and commands to run, of the set-up; 0 where it is refused.
    """

    target: Target
    status: str
    why: str = ""
    documents: tuple[Document, ...] = ()
    files: int = 0
    commands: int = 0

    @property
    def steps(self) -> int:
        """Files and commands of the set-up."""
        return self.files + self.commands


@dataclass
class _Found:
    documents: list[Document] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    noted: int = 0


def deliver(layout: Layout, target: Target) -> Delivery:
    """Return what a target makes of a layout.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.scenarios.deployment_layouts import layout_named
    >>> board = gpu("A100-SXM4-40GB")
    >>> single = target_named("Kubernetes single")
    >>> deliver(layout_named(board, "smallest slices"), single).status
    'unchanged'
    >>> print(deliver(layout_named(board, "three sizes"), single).why)
    There is no file for the strategy single: it wants MIG devices that are all alike, and here are 3g.20gb,
    2g.10gb, 1g.5gb.
    """
    setup, use = _collected(layout, target.setup), _collected(layout, target.use)
    documents = tuple({each.filename: each for each in (*setup.documents, *use.documents)}.values())
    missing = [*setup.missing, *use.missing, *_without_cloud(layout, target)]
    if missing:
        return Delivery(target, "refused", missing[0], documents)
    moved = _moved(layout, target)
    return Delivery(
        target,
        "moved" if moved else "unchanged",
        moved,
        documents,
        files=sum(each.language != "bash" for each in setup.documents),
        commands=setup.noted + sum(len(commands(each.text)) for each in _scripts(setup.documents)),
    )


def _scripts(documents: Iterable[Document]) -> list[Document]:
    return [each for each in documents if each.language == "bash"]


def target_named(name: str) -> Target:
    """Return the target of that name.

    Raises
    ------
    InvalidExperiment
        If there is none.

    Examples
    --------
    >>> [name for name, _ in target_named("Slurm").setup]
    ['nvidia-smi', 'slurm']
    """
    for each in TARGETS:
        if each.name == name:
            return each
    raise InvalidExperiment(
        f"There is no target {name!r}. Known: {', '.join(each.name for each in TARGETS)}."
    )


def commands(script: str) -> tuple[str, ...]:
    r"""Return the commands of a script that set something up: no comments, functions, variables or runs.

    Lines that go on count once, and so does a pipe; ``docker run`` and ``podman run`` are what is run on the
    slices, not how they are set up.

    Examples
    --------
    >>> commands("set -eu\nsudo nvidia-smi -i 0 -mig 1\n# no\nkubectl get \\\n  nodes\ndocker run x\n")
    ('sudo nvidia-smi -i 0 -mig 1', 'kubectl get nodes')
    """
    lines = re.sub(r"\\\n\s*", "", re.sub(r"(?ms)^\w+\(\) \{.*?^\}$", "", script)).splitlines()
    found = (line for line in lines if line.split(" ", 1)[0] in PROGRAMS)
    return tuple(line for line in found if not re.match(r"(docker|podman) run ", line) and "srun" not in line)


def _collected(layout: Layout, parts: Iterable[Part]) -> _Found:
    found = _Found()
    for name, patterns in parts:
        export = write_layout(layout, name)
        names = [each.filename for each in export.documents]
        absent = [each for each in patterns if "*" not in each and each not in names]
        if absent:
            told = [note for note in export.notes if "no file for the strategy single" in note]
            found.missing.append((told or list(export.notes))[0])
        found.documents += [
            each
            for each in export.documents
            if any(fnmatch.fnmatch(each.filename, pattern) for pattern in patterns)
        ]
        found.noted += any(APPLY.search(note) for note in export.notes if name == "mig-parted")
    return found


def _without_cloud(layout: Layout, target: Target) -> list[str]:
    instances = document("deployment_facts")["eks_instances"]
    if target.name != "EKS" or layout.gpu.name in instances:
        return []
    return [f"No EC2 instance type with {layout.gpu.name} is known here."]


def _moved(layout: Layout, target: Target) -> str:
    """Return where mig-parted would put the devices, by our model of the driver; empty if where they are."""
    if not any(name in ("mig-parted", "gpu-operator") for name, _ in target.setup):
        return ""
    (file,) = write_layout(layout, "mig-parted").documents
    again = read_layout(layout.gpu, "mig-parted", file.text)
    return "" if again == layout else f"The driver would choose the starts, by our model {again}."
