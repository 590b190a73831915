"""One-file reports: an experiment or a scenario with all its figures, to be read offline and printed."""

from mig_explorer.reports.writing import html, write

__all__ = ["html", "write"]
