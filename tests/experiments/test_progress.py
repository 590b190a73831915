from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mig_explorer.experiments import Experiment, Tenant, tenants
from mig_explorer.experiments.progress import use_in_company
from mig_explorer.experiments.requests import Requests
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import GreenContexts, Mig, Monolithic, Mps, TimeSlicing
from mig_explorer.model.arrivals import Poisson
from mig_explorer.workloads import factories, matmul, triad

if TYPE_CHECKING:
    from mig_explorer.gpus import Gpu
    from mig_explorer.model import SharingMode

A100, GB10 = gpu("A100-SXM4-40GB"), gpu("GB10")
INSTANCES = Mig(parse_layout(A100, "3g.20gb@0[2c@0+1c@2] 3g.20gb@4"), inside=Mps())
WORKLOADS = {name: factory() for name, factory in factories().items()}
NAMES = sorted(WORKLOADS)
BOTH = {"tenants": [{"name": "ann"}, {"name": "bob"}], "board": {"sms": 108}}


def piece(*names: str, **more: Any) -> dict[str, Any]:
    each = dict.fromkeys(names, 1.0)
    return {"name": "a", "tenants": list(names), "at_once": 0, "step_seconds": each} | more


def requests(*rows: tuple[int, int, float, float]) -> Requests:
    tenant, place, began, ended = (np.array(each) for each in zip(*rows, strict=True))
    return Requests(tenant, place, began, began, ended)


def test_who_is_alone_at_first_uses_more_then() -> None:
    full = dict.fromkeys(("ann", "bob"), 1.0)
    mode = {"slices": [piece("ann", "bob", compute_seconds=full, compute_share=full)]}
    served = requests((0, 0, 0.0, 1.5), (1, 0, 0.5, 2.0))
    amounts = np.array([[[1.0], [1.0]], [[0.5], [0.25]]])
    found = use_in_company(BOTH, mode, served, amounts, np.linspace(0.0, 3.0, 7))
    assert found[0].tolist() == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert found[1].tolist() == [0.5, 0.375, 0.375, 0.25, 0.0, 0.0]


def test_slices_that_share_nothing_do_not_slow_each_other() -> None:
    full = dict.fromkeys(("ann", "bob"), 1.0)
    shared = {"compute_seconds": full, "compute_share": full}
    mode = {"slices": [piece("ann", **shared), piece("bob", **shared) | {"name": "b"}]}
    served = requests((0, 0, 0.0, 1.0), (1, 1, 0.5, 1.5))
    found = use_in_company(BOTH, mode, served, np.full((2, 2, 2), 0.5), np.linspace(0.0, 2.0, 5))
    assert found.tolist() == [[0.5, 1.0, 0.5, 0.0]] * 2


@pytest.mark.parametrize(
    ("board", "mode"),
    [
        *((A100, mode) for mode in (Monolithic(), TimeSlicing(), Mps(), GreenContexts(), INSTANCES)),
        (GB10, Mps(30)),
    ],
    ids=lambda each: getattr(each, "slug", getattr(each, "name", None)),
)
def test_no_more_is_ever_in_use_than_there_is(board: Gpu, mode: SharingMode) -> None:
    for number, name in list(enumerate(NAMES))[::3]:
        three = [WORKLOADS[NAMES[(number + each) % len(NAMES)]] for each in range(3)]
        mixed = [Tenant(f"tenant {each}", work) for each, work in enumerate(three)]
        for who in (tenants(WORKLOADS[name], 5), mixed):
            result = Experiment(board, who, [mode]).modelled()
            frame = result.over_time(100)
            assert frame["sm_use"].max() <= (84 / 108 if mode is INSTANCES else 1) + 1e-9
            assert frame["bandwidth_use"].max() <= 1 + 1e-9
            assert result.table["sm_active"].iloc[-1] <= (84 / 108 if mode is INSTANCES else 1) + 1e-9


def test_what_is_used_in_all_stays_the_same() -> None:
    each = 0.1 / triad(elements=2**22).cost.bytes * 1384.6e9
    who = [Tenant("ann", triad(elements=2**22), arrivals=Poisson(each)), Tenant("bob", matmul(size=512))]
    result = Experiment(A100, who, [Mps()], seconds=0.2).modelled()
    moved = {tenant["name"]: tenant["bytes"] for tenant in result.header["tenants"]}
    table: Any = result.table.set_index("tenant")
    total = sum(moved[name] * table.loc[name, "requests"] for name in moved) / 0.2 / 1384.6e9
    assert result.over_time(10)["bandwidth_use"].mean() == pytest.approx(total, rel=0.01)
