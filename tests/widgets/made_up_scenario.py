"""A scenario that depends on no other, with a name and a text that try to become markup."""

from __future__ import annotations

import altair as alt
import pandas as pd

from mig_explorer.errors import DoesNotFit
from mig_explorer.experiments import Experiment, Tenant
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.scenarios import Choice, ClaimVerdict, Figure, Number, Outcome, Scenario
from mig_explorer.workloads import triad

HOSTILE = '<script>alert("x")</script> &amp; \'"` \u202egnp.exe'
HEBREW = "\u05d3\u05e0\u05d4"
TEXT = "kubectl apply -f <file>\nsecond line\n"
LIMIT = 9


def studied(users: int, board: str, load: float) -> Outcome:
    """Double the users, and say so; more than nine do not fit."""
    if users > LIMIT:
        raise DoesNotFit(f"{users} users do not fit: there is room for {LIMIT}. Take fewer.")
    figures = [
        Figure(
            "users times two", 2.0 * users, "users", "counted", f"{board}, seed 7", 1.5 * users, 2.5 * users
        ),
        Figure("power of one slice", None, "W", "measured", "nobody published it"),
    ]
    answer = "yes" if users > 4 else "it depends" if users > 2 else "no"
    verdict = ClaimVerdict(
        "Twice as many is more.",
        answer,
        f"{2 * users} users with {HOSTILE}.",
        figures,
        reasons=["Two times more."],
        limits=["It is made up."],
        would_change=["Other users."],
        sources=["https://example.org/<a>"],
    )
    table = pd.DataFrame(
        {"user": [f"user {each}" for each in range(users)], "latency_p99_s": [0.001] * users}
    )
    table.attrs["provenance"] = "counted"
    rows = [{"users": each, "doubled": 2 * each} for each in range(users + 1)]
    chart = alt.Chart(alt.Data(values=rows), title=f"Twice {users}", width=300, height=120)
    drawn = chart.mark_line(color="#0072b2").encode(x="users:Q", y="doubled:Q")
    return Outcome(
        verdict,
        "twice" if load < 3 else "half",
        "Because two is two.",
        {"Users": table},
        {"Doubled": drawn},
        texts={"pods.yaml": TEXT},
    )


MADE_UP = Scenario(
    name="made_up",
    number=8,
    title="Made up",
    claim="Twice as many is more.",
    question="How many times as many?",
    choices=("half", "twice"),
    controls=(
        Number("users", "Users", 1, 12, 5),
        Choice("board", "GPU", ("A100-SXM4-40GB", "A30"), "A30"),
        Number("load", "Load", 0.5, 4.0, 1.0, 0.5, "requests/s"),
    ),
    study=studied,
)


def hostile_experiment(repeats: int = 1) -> Experiment:
    """Return an experiment of tenants with bad names, on a divided layout."""
    board = gpu("A100-SXM4-40GB")
    who = [Tenant(name, triad(elements=2**20)) for name in (HOSTILE, HEBREW)]
    layout = parse_layout(board, "3g.20gb@0[2c+1c] 2g.10gb@4")
    return Experiment(board, who * repeats, [Monolithic(), Mig(layout)])
