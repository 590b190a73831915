from __future__ import annotations

from mig_explorer.gpus import gpu
from mig_explorer.model import Monolithic


def test_everybody_queues_for_the_whole_board() -> None:
    (server,) = Monolithic().servers(gpu("A100-SXM4-40GB"), ["ann", "bob"])
    assert (server.name, server.profile, server.slice.sms) == ("whole GPU", None, 108)
    assert (server.compute, server.memory) == (tuple(range(7)), tuple(range(8)))
    assert (server.tenants, server.at_once) == (("ann", "bob"), 1)


def test_words() -> None:
    mode = Monolithic()
    assert (mode.slug, mode.title, mode.subtitle) == ("monolithic", "Monolithic", "one tenant after another")
