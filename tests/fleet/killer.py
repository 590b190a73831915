"""A case whose worker ends before it gives a row."""

from __future__ import annotations

import os
from typing import NoReturn

from mig_explorer.fleet import Case


class Killer(Case):
    def run(self) -> NoReturn:
        os._exit(3)
