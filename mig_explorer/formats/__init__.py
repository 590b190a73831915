"""Layouts written in the languages of the tools that make them real."""
