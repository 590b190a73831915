"""The scenario on deployment: steps counted another way, who refuses what, and lines that fit the board."""

from __future__ import annotations

from collections import Counter

import pytest

from mig_explorer.errors import InvalidExperiment
from mig_explorer.formats import read_layout, write_layout
from mig_explorer.gpus import gpu
from mig_explorer.scenarios import deployment_checklist as checklist
from mig_explorer.scenarios.deployment import GPUS, deployment
from mig_explorer.scenarios.deployment_layouts import LAYOUTS, layout_named
from mig_explorer.scenarios.deployment_targets import TARGETS, commands, deliver, target_named
from mig_explorer.scenarios.sources import READ, document, sources

A100 = gpu("A100-SXM4-40GB")
COMPUTE_INSTANCES = (
    "NVIDIA's device plugin and DRA driver know only MIG devices that fill their GPU instance, so they "
    "cannot offer "
    "2c.3g.20gb, 1c.3g.20gb."
)
SINGLE = (
    "There is no file for the strategy single: it wants MIG devices that are all alike, and here are "
    "3g.20gb, "
    "2g.10gb, 1g.5gb."
)


@pytest.mark.parametrize(
    ("board", "layout", "statuses", "answer", "right"),
    [
        ("A100-SXM4-40GB", "smallest slices", (9, 0, 0), "yes", "all of them"),
        ("A100-SXM4-40GB", "three sizes", (8, 0, 1), "it depends", "more than half"),
        ("A100-SXM4-40GB", "two halves", (9, 0, 0), "yes", "all of them"),
        ("A100-SXM4-40GB", "divided", (4, 0, 5), "it depends", "half or fewer"),
        ("A100-SXM4-40GB", "placed by hand", (5, 3, 1), "it depends", "more than half"),
        ("A30", "smallest slices", (8, 0, 1), "it depends", "more than half"),
        ("GB10", "smallest slices", (0, 0, 9), "no", "none"),
    ],
)
def test_who_takes_a_layout(board, layout, statuses, answer, right):
    found = deployment(gpu=board, layout=layout)
    counts = Counter(found.tables["Targets"]["status"])
    assert tuple(counts[each] for each in ("unchanged", "moved", "refused")) == statuses
    assert [each.value for each in found.verdict.figures[:3]] == list(statuses)
    assert (found.verdict.answer, found.right_choice) == (answer, right)


def test_the_commands_are_those_that_the_scripts_run():
    seven = layout_named(A100, "smallest slices")
    steps = {each.name: deliver(seven, each) for each in TARGETS}
    assert {name: (each.files, each.commands) for name, each in steps.items()} == {
        "bare metal": (0, 2),  # the mode, the instances
        "mig-parted service": (1, 1),
        "containers": (0, 4),  # as bare metal, then the CDI file, generated and listed
        "Kubernetes single": (3, 6),  # as bare metal, then namespace, ConfigMap, chart and label
        "Kubernetes mixed": (3, 6),
        "Kubernetes DRA": (1, 2),
        "EKS": (1, 4),  # ConfigMap, patch, label, look
        "Slurm": (3, 2),
        "JupyterHub": (2, 4),
    }


def test_the_count_agrees_with_the_lines_that_begin_with_sudo():
    for name in LAYOUTS:
        layout = layout_named(A100, name)
        script = write_layout(layout, "nvidia-smi").documents[0].text
        begin = [line for line in script.splitlines() if line.startswith("sudo ")]
        assert list(commands(script)) == begin
        assert deliver(layout, target_named("bare metal")).commands == len(begin)


def test_functions_variables_and_runs_are_no_commands():
    script = "f() {\n  sudo a\n}\nx=$(f)\ndocker run a\npodman run b\nsudo nvidia-smi -L\nsrun c\nexec d\n"
    assert commands(script) == ("sudo nvidia-smi -L",)


def test_what_is_moved_has_the_same_devices():
    layout = layout_named(A100, "placed by hand")
    (file,) = write_layout(layout, "mig-parted").documents
    again = read_layout(A100, "mig-parted", file.text)
    assert again != layout
    assert Counter(each.profile.name for each in again.instances) == Counter(
        each.profile.name for each in layout.instances
    )
    assert deliver(layout, target_named("EKS")).why == (
        "The driver would choose the starts, by our model 1g.5gb@0 1g.5gb@1 3g.20gb@4."
    )


@pytest.mark.parametrize(
    ("board", "layout", "target", "why"),
    [
        (
            "A100-SXM4-40GB",
            "divided",
            "Kubernetes DRA",
            COMPUTE_INSTANCES,
        ),
        (
            "A100-SXM4-40GB",
            "three sizes",
            "Kubernetes single",
            SINGLE,
        ),
        ("A30", "two halves", "EKS", "No EC2 instance type with A30 is known here."),
        ("GB10", "two halves", "Slurm", "GB10 has no MIG, so nvidia-smi has nothing to create on it."),
    ],
)
def test_a_refusal_says_why(board, layout, target, why):
    found = deployment(gpu=board, layout=layout, target=target)
    assert f"{target}: {why}" in found.verdict.reasons
    assert found.explanation == f"{target} refuses this layout: {why}"
    assert found.verdict.figures[3].value is None


def test_what_would_change_the_answer_turns_with_it():
    alike, mixed = deployment(), deployment(layout="three sizes")
    assert alike.verdict.reasons == (
        "The slices are whole GPU instances, all alike, and stand where the driver would put them too.",
    )
    assert alike.verdict.would_change[0] == "Slices of different sizes: the strategy single refuses them."
    assert mixed.verdict.would_change[0] == (
        "Slices that are all alike: then the strategy single takes them too."
    )


def test_the_files_are_those_of_the_formats():
    found = deployment(target="JupyterHub")
    layout = layout_named(A100, LAYOUTS[0])
    written = {
        each.filename: each.text
        for name in ("gpu-operator", "kubespawner")
        for each in write_layout(layout, name).documents
    }
    assert list(found.texts) == ["mig-configmap.yaml", "gpu-operator.sh", "values.yaml"]
    assert all(written[name] == text for name, text in found.texts.items())


def test_a_spark_has_no_layout_and_keeps_what_the_device_plugin_shares():
    found = deployment()
    assert found.verdict.headline == (
        "By the files generated here nine of nine targets take 7 × 1g.5gb of an A100-SXM4-40GB unchanged, "
        "in 2 to 9 "
        "steps of set-up. No instance survives a reboot, and a GB10 has no MIG at all: two of nine targets "
        "get files "
        "for sharing it by time slicing or MPS (Kubernetes single, Kubernetes mixed), the others none."
    )
    spark = found.tables["GB10 without MIG"].set_index("target")["what_remains"]
    assert (
        spark["Kubernetes mixed"]
        == "device-plugin-time-slicing.yaml, device-plugin-mps.yaml, device-plugin.sh"
    )
    assert spark["bare metal"] == "the whole GPU, without any file"
    texts = deployment(gpu="GB10", target="Kubernetes mixed").texts
    assert set(texts) == set(spark["Kubernetes mixed"].split(", "))


def test_the_checklist_knows_the_generations():
    said = {board: {each["say"] for each in checklist.lines(gpu(board))} for board in GPUS}
    reset = "Switching MIG mode on resets the GPU: it has to be idle."
    assert [reset in said[board] for board in GPUS] == [True, True, True, False, False]
    lost = "Neither MIG mode nor the instances survive a reboot: both have to be made again."
    assert [lost in said[board] for board in GPUS] == [False, False, False, True, False]
    assert {each["topic"] for each in checklist.lines(gpu("GB10"))} == {"no MIG"}


def test_the_checklist_agrees_with_the_notes_of_the_scripts():
    for board in GPUS[:4]:
        notes = " ".join(write_layout(layout_named(gpu(board), "two halves"), "nvidia-smi").notes)
        say = {each["say"] for each in checklist.lines(gpu(board))}
        assert ("needs no reset" in notes) == ("Switching MIG mode on needs no reset." in say)


def test_every_line_has_a_source_and_names_targets_that_there_are():
    names = {each.name for each in TARGETS}
    used = set()
    for line in document(checklist.FACTS)["checklist"]:
        assert line["targets"] == "all" or set(line["targets"]) <= names
        assert line["sources"]
        used |= set(line["sources"])
    for target in names:
        assert checklist.lines(A100, target)
        assert checklist.behind(A100, target)
    known = sources(checklist.FACTS)
    assert used <= set(known)
    assert all(each.url.startswith("https://") and each.read in READ for each in known.values())


def test_the_table_names_the_driver_that_the_board_needs():
    table = checklist.table(A100)
    assert table[table["topic"] == "driver"]["say"].tolist() == [
        f"Needs driver {A100.value('min_driver_mig')} or later."
    ]


def test_every_setting_gives_a_verdict():
    for board in GPUS:
        for layout in LAYOUTS:
            found = deployment(gpu=board, layout=layout)
            assert all(table.attrs["provenance"] for table in found.tables.values())


def test_the_same_settings_give_the_same_words():
    assert str(deployment(target="EKS").verdict) == str(deployment(target="EKS").verdict)


def test_what_is_not_known_is_refused():
    with pytest.raises(InvalidExperiment) as caught:
        deployment(target="Slurn")
    assert str(caught.value) == (
        "target is bare metal, mig-parted service, containers, Kubernetes single, Kubernetes mixed, "
        "Kubernetes DRA, "
        "EKS, Slurm or JupyterHub, not 'Slurn'. Nearest: Slurm."
    )
    with pytest.raises(InvalidExperiment) as caught:
        target_named("Nomad")
    assert str(caught.value) == (
        "There is no target 'Nomad'. Known: bare metal, mig-parted service, containers, Kubernetes single, "
        "Kubernetes mixed, Kubernetes DRA, EKS, Slurm, JupyterHub."
    )
    with pytest.raises(InvalidExperiment) as caught:
        layout_named(A100, "thirds")
    assert str(caught.value) == (
        "A100-SXM4-40GB has no layout 'thirds' here. Known: smallest slices, three sizes, two halves, one "
        "slice, "
        "divided, placed by hand."
    )
