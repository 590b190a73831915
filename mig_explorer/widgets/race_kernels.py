"""How the kernels of a race fare: running, correct or failed, for the page and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mig_explorer.widgets.race_events import Event, RaceEvents


def kernels(events: RaceEvents) -> dict[str, Any]:
    """Say how every kernel that is run stands: waiting, running, correct or failed.

    Returns
    -------
    dict
        ``states``: for each mode ``[tenant, slice, state, words]`` with tenant and slice as numbers;
        ``words``: the count; ``terms``: what all figures are.
    """
    numbers = {tenant["name"]: index for index, tenant in enumerate(events.experiment["tenants"])}
    with_kernels = {each["name"] for each in events.experiment["tenants"] if each.get("kernel", True)}
    state: dict[tuple[str, str, str], tuple[str, str]] = {}
    sizes = set()
    for event in events.all:
        key = (event.get("mode", ""), event.get("tenant", ""), event.get("slice", ""))
        if event["kind"] == "kernel-started":
            state[key] = ("running", "")
        elif event["kind"] == "kernel-failed":
            state[key] = ("failed", event["cause"])
        elif event["kind"] == "kernel-checked":
            state[key] = ("correct", "") if event["correct"] else ("failed", "the result is wrong")
            sizes.add(size_words(event["parameters"]))
    states = [
        [
            [numbers[tenant], index, *state.get((slug, tenant, place["name"]), ("waiting", ""))]
            for index, place in enumerate(mode["slices"])
            for tenant in place["tenants"]
            if tenant in with_kernels
        ]
        for slug, mode in events.modes.items()
    ]
    every = [entry[2] for mode in states for entry in mode]
    time = events.experiment["provenance"].get("time", "unknown")
    if not every:
        terms = f"{time.capitalize()} time; no kernels; seed {events.experiment['seed']}."
        return {"states": states, "words": "kernels: none, only times are known", "terms": terms}
    how = events.experiment["provenance"].get("kernels", "unknown")
    size = "several sizes" if len(sizes) > 1 else next(iter(sizes), "")
    at = f" at {size}" if size else ""
    correct, failed = every.count("correct"), every.count("failed")
    lost = f", {failed} failed" if failed else ""
    return {
        "states": states,
        "words": f"kernels: {how}{at}, {correct} of {len(every)} results correct{lost}",
        "terms": f"{time.capitalize()} time; kernels {how}{at}; seed {events.experiment['seed']}.",
    }


def size_words(parameters: Mapping[str, Any]) -> str:
    """Say a workload's size shortly; powers of two as such from 2^10.

    Examples
    --------
    >>> size_words({"elements": 2**18, "repeats": 1}), size_words({"size": 256}), size_words({})
    ('2^18 elements', 'size 256', '')
    """
    for name, value in parameters.items():
        if name != "repeats" and isinstance(value, int):
            power = value.bit_length() - 1
            text = f"2^{power}" if value == 1 << power and power >= 10 else f"{value}"
            return f"{text} {name}" if name.endswith("s") else f"{name} {text}"
    return ""


def failures(events: RaceEvents, cause: BaseException | None = None) -> list[dict[str, str]]:
    """Say in words which tenants lost their kernels, where and why, and what else stopped the race."""
    titles = {slug: mode["title"] for slug, mode in events.modes.items()}
    said = [
        {
            "headline": f"{each['tenant']} on {each['slice']} failed ({titles[each['mode']]}).",
            "detail": f"{_sentence(each['cause'])} The other slices were finished, and their rows are kept.",
        }
        for each in kernel_failures(events.all)
    ]
    if cause is not None:
        why = _sentence(str(cause) or type(cause).__name__)
        said.append({"headline": "The race stopped.", "detail": f"{why} What came before it is kept."})
    return said


def kernel_failures(events: Iterable[Event]) -> list[dict[str, str]]:
    """Collect mode, tenant, slice and cause of every kernel that failed or gave a wrong result.

    Examples
    --------
    >>> kernel_failures(
    ...     [{"kind": "kernel-failed", "mode": "m", "tenant": "t", "slice": "s", "cause": "killed"}]
    ... )
    [{'mode': 'm', 'tenant': 't', 'slice': 's', 'cause': 'killed'}]
    """
    found = {}
    for event in events:
        if event["kind"] == "kernel-failed" or (event["kind"] == "kernel-checked" and not event["correct"]):
            place = (event["mode"], event["tenant"], event["slice"])
            found[place] = event.get(
                "cause", f"The result is wrong: largest error {event.get('max_error', 'unknown')}."
            )
    return [
        {"mode": mode, "tenant": tenant, "slice": place, "cause": cause}
        for (mode, tenant, place), cause in found.items()
    ]


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
