"""``python -m mig_explorer``: the same as the command ``mig-explorer``."""

from __future__ import annotations

from mig_explorer.cli import main

if __name__ == "__main__":
    main(prog_name="mig-explorer")
