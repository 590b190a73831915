"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import settings

# The machines that run the tests differ and are shared: what an example takes says nothing.
settings.register_profile("mig_explorer", deadline=None)
settings.load_profile("mig_explorer")
