"""A chart made for print that follows the page instead: its known colours become those of the style sheet."""

from __future__ import annotations

import math
from typing import Any

from mig_explorer.charts.theme import ON_PAGE, PRINTED, config

NEUTRAL = {PRINTED.ink: ON_PAGE.ink, PRINTED.quiet: ON_PAGE.quiet, PRINTED.line: ON_PAGE.line}
SERIES = {
    printed: shown for printed, shown in zip(PRINTED.others, ON_PAGE.others, strict=True) if printed != shown
}
SERIES |= {"#b5699a": "var(--rose)", "#8a7a00": "var(--olive)", "#7a68c9": "var(--violet)"}
WHITE = {"#fff", "#ffffff", "white"}
COLOURED = {"color", "fill", "stroke"}


def following(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a Vega-Lite chart in CSS variables: legible on a light page and on a dark one.

    What the chart does not set is set as in all charts of this package.
    Colours of the series stay where white is written on them, or where a scale mixes them. Numbers that JSON
    has not, NaN and infinities, become null.

    Parameters
    ----------
    spec : dict
        What an Altair chart's ``to_dict()`` gives.

    Examples
    --------
    >>> shown = following({"config": {"title": {"color": "#1c2330"}, "background": "#ffffff"}})
    >>> shown["config"]["title"]["color"], shown["config"]["background"]
    ('var(--ink)', 'transparent')
    """
    white = _uses_white(spec)
    colours = NEUTRAL if white else NEUTRAL | SERIES
    found: dict[str, Any] = _followed(spec, colours)
    if str(found.get("background", "")).lower() in WHITE:
        found["background"] = ON_PAGE.background
    given = found.get("config", {})
    if str(given.get("background", "")).lower() in WHITE:
        given["background"] = ON_PAGE.background
    found["config"] = _completed(given, config(ON_PAGE))
    return found


def _completed(given: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    """Return settings with the usual ones where nothing is set."""
    both = {
        name: _completed(given[name], usual[name])
        for name in given.keys() & usual.keys()
        if isinstance(given[name], dict) and isinstance(usual[name], dict)
    }
    return {**usual, **given, **both}


def _followed(value: Any, colours: dict[str, str]) -> Any:
    if isinstance(value, str):
        return colours.get(value, value)
    if isinstance(value, (list, tuple)):
        return [_followed(each, colours) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no such number, and Vega leaves out what is null
    if not isinstance(value, dict) or "ink" in value:
        return value  # a row's ink was chosen for its colour
    return {
        name: each if name in COLOURED and _is_mixed(each) else _followed(each, colours)
        for name, each in value.items()
    }


def _is_mixed(channel: Any) -> bool:
    """Say whether a scale works out colours between those that it is given."""
    return isinstance(channel, dict) and channel.get("type") == "quantitative" and channel.get("scale", True)


def _uses_white(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_uses_white(each) for name, each in value.items() if name != "background")
    if isinstance(value, (list, tuple)):
        return any(map(_uses_white, value))
    return isinstance(value, str) and value.lower() in WHITE
