from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.emulator.names import INDICES, Names

WORDS = st.text("_abdehiklnoprstuvx", min_size=1, max_size=12)
OURS = st.sampled_from(
    ["thread_x", "_thread_number", "kept_a", "__kept_a", "running", "local_", "unset_unset"]
)


@given(st.sets(WORDS | OURS), WORDS)
def test_no_name_given_is_taken(taken, variable):
    names = Names.avoiding(taken)
    given_names = {
        names.thread,
        names.running,
        names.kept(variable),
        names.unset(variable),
        names.local(variable),
    }
    given_names |= {each for kind in INDICES for each in names.indices(kind)}
    assert len(given_names) == 5 + 12
    assert not given_names & taken


def test_without_a_clash_names_are_plain():
    assert Names.avoiding({"thread", "x", "total"}).index("threadIdx", "x") == "thread_x"


def test_a_parameter_gets_a_name_nobody_has():
    assert Names.argument("n", {"n", "n_argument", "n_argument_"}) == "n_argument__"
