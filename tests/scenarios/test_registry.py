import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import mig_explorer as mig
from mig_explorer import scenarios
from mig_explorer.errors import InvalidExperiment
from mig_explorer.scenarios import Choice, Scenario, every, named
from mig_explorer.scenarios import registry as finding

EVERY = every()
FOLDER = Path(scenarios.__file__).parent


def test_they_come_in_the_order_of_their_numbers():
    numbers = [each.number for each in EVERY.values()]
    assert numbers[:2] == [1, 2]
    assert all(before < after for before, after in pairwise(numbers))


@pytest.mark.parametrize("name", EVERY)
def test_a_scenario_is_found_by_the_name_of_its_file(name):
    scenario = EVERY[name]
    assert scenario.name == name
    assert (FOLDER / f"{name}.py").is_file() or (FOLDER / name / "__init__.py").is_file()
    assert getattr(scenarios, name) is scenario
    assert named(name) is scenario
    assert name in dir(scenarios)


@pytest.mark.parametrize("name", EVERY)
def test_what_a_page_shows_of_it_is_there(name):
    scenario = EVERY[name]
    assert scenario.title
    assert scenario.claim.endswith(".")
    assert scenario.question.endswith("?")
    assert len(set(scenario.choices)) == len(scenario.choices) > 1
    controls = [each.name for each in scenario.controls]
    assert len(set(controls)) == len(controls)
    for each in scenario.controls:
        assert each.label
        assert each.checked(each.default) == each.default
        if isinstance(each, Choice):
            assert len(set(each.options)) == len(each.options)


def test_a_name_that_is_nearly_right_is_pointed_to():
    with pytest.raises(InvalidExperiment) as refused:
        named("quality_of_servise")
    assert str(refused.value) == "there is no scenario 'quality_of_servise'. Nearest: quality_of_service."


def test_a_name_that_is_far_from_all_is_refused_as_well():
    with pytest.raises(InvalidExperiment, match=r"^there is no scenario 'xyzzy'\. "):
        named("xyzzy")


def test_the_package_has_no_other_names():
    with pytest.raises(AttributeError) as missing:
        scenarios.xyzzy  # noqa: B018 - it is the reading that fails
    assert str(missing.value) == "module 'mig_explorer.scenarios' has no attribute 'xyzzy'"
    assert set(scenarios.__all__) < set(dir(scenarios))
    assert mig.scenarios is scenarios


def test_only_a_scenario_of_the_name_of_its_file_counts(tmp_path, monkeypatch):
    package = tmp_path / "made_up_scenarios"
    package.mkdir()
    (package / "__init__.py").write_text("")
    body = "from mig_explorer.scenarios.scenario import Scenario\n"
    one = 'Scenario("{name}", {number}, "T", "C.", "Q?", ("a", "b"), (), lambda: None)\n'
    (package / "late.py").write_text(f"{body}late = {one.format(name='late', number=2)}")
    (package / "early.py").write_text(f"{body}early = {one.format(name='early', number=1)}")
    (package / "helper.py").write_text(f"{body}other = {one.format(name='other', number=3)}")
    (package / "same.py").write_text("same = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(finding, "PACKAGE", "made_up_scenarios")
    assert list(every()) == ["early", "late"]
    assert all(isinstance(each, Scenario) for each in every().values())


def test_the_package_is_loaded_only_when_it_is_asked_for():
    said = "import sys, mig_explorer; print('mig_explorer.scenarios' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
