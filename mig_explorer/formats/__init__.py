"""Layouts written in the languages of the tools that make them real or that use them, and read back."""

from mig_explorer.formats.document import Document, Export, Format, Where
from mig_explorer.formats.registry import formats, read_layout, write_layout

__all__ = ["Document", "Export", "Format", "Where", "formats", "read_layout", "write_layout"]
