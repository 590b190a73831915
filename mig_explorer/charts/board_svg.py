"""A still picture of a layout as SVG: for saved notebooks, documents and places without JavaScript.

The widget draws the same shapes in the page; ``tests/ui/test_explorer_shape.py`` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from mig_explorer.charts.palette import COLOURS, INKS, assign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mig_explorer.gpus import Gpu
    from mig_explorer.layouts import GpuInstance, Layout

WIDTH, TOP, LEFT, GAP, BETWEEN, RADIUS = 820, 62, 108, 6, 8, 6
COMPUTE_HEIGHT, MEMORY_HEIGHT = 50, 44
INK, INK2, SLOT, HATCH, PAPER = "#1c2330", "#566171", "#eef1f5", "#aab3bf", "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
QUIET = {"font-size": "11", "fill": INK2}
MIDDLE = {"text-anchor": "middle"}
HALO = {"paint-order": "stroke", "stroke": PAPER, "stroke-width": "4"}
LETTER = 0.62
"""Width of an average letter in parts of its height: enough to decide whether a label fits on one line."""
PIECE_TOP, PIECE_SIDE = 27, 5
"""Where the compute instances of a divided instance begin below its edge, and what is left beside each."""
MOST_LINES = 3


@dataclass(frozen=True)
class _Columns:
    """Where the columns of a board lie: one a memory slice, a compute slice over one or more of them."""

    count: int
    span: int

    @property
    def width(self) -> float:
        return (WIDTH - LEFT - (self.count - 1) * GAP - 1) / self.count

    def x(self, column: int) -> float:
        return LEFT + column * (self.width + GAP)

    def across(self, columns: int) -> float:
        return columns * self.width + (columns - 1) * GAP


def outline(x: float, y: float, compute_width: float, memory_width: float) -> str:
    """Return the path around an instance: its compute slices above, its memory slices below, one shape.

    Parameters
    ----------
    x, y : float
        Upper left corner, in pixels.
    compute_width, memory_width : float
        Widths of the two rows in pixels, both from `x` on; the compute row is never the wider one.

    Examples
    --------
    >>> outline(0, 0, 80, 80)[:44]
    'M6,0H74a6,6 0 0 1 6,6V96a6,6 0 0 1 -6,6H6a6,'
    >>> outline(0, 0, 80, 166).count("a6,6"), outline(0, 0, 80, 80).count("a6,6")
    (6, 4)
    """
    r = RADIUS
    shoulder, bottom = y + COMPUTE_HEIGHT + BETWEEN, y + COMPUTE_HEIGHT + BETWEEN + MEMORY_HEIGHT
    right, inner = x + memory_width, x + compute_width
    step = ""
    if compute_width < memory_width:
        step = f"V{_n(shoulder - r)}a{r},{r} 0 0 0 {r},{r}H{_n(right - r)}a{r},{r} 0 0 1 {r},{r}"
    return (
        f"M{_n(x + r)},{_n(y)}H{_n(inner - r)}a{r},{r} 0 0 1 {r},{r}{step}"
        f"V{_n(bottom - r)}a{r},{r} 0 0 1 -{r},{r}"
        f"H{_n(x + r)}a{r},{r} 0 0 1 -{r},-{r}V{_n(y + r)}a{r},{r} 0 0 1 {r},-{r}z"
    )


def board_svg(layout: Layout, colours: Mapping[str, int] | None = None) -> str:
    """Draw a layout: memory slices under compute slices, to scale, an instance one outline over both.

    Parameters
    ----------
    layout : Layout
        What to draw; a board without MIG gives its name and one sentence.
    colours : mapping of str to int, optional
        For each instance's name the index of its colour; by default as `palette.assign` gives them out.

    Returns
    -------
    str
        SVG text, the same for the same layout, without scripts, styles from outside or links.

    Examples
    --------
    >>> from mig_explorer.gpus import gpu
    >>> from mig_explorer.layouts import Layout
    >>> picture = board_svg(Layout(gpu("A100-SXM4-40GB")).place("3g.20gb", start=0))
    >>> picture[:4], "stranded" in picture
    ('<svg', True)
    """
    board = layout.gpu
    height = TOP + COMPUTE_HEIGHT + BETWEEN + MEMORY_HEIGHT + 14 if board.has_mig else TOP
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH + 24} {height}",
            "width": str(WIDTH + 24),
            "height": str(height),
            "role": "img",
            "font-family": FONT,
        },
    )
    ET.SubElement(svg, "title").text = f"{board.name}: {layout if board.has_mig else 'no MIG'}"
    ET.SubElement(svg, "rect", {"width": "100%", "height": "100%", "fill": PAPER})
    picture = ET.SubElement(svg, "g", {"transform": "translate(12,0)"})
    _text(picture, (0, 26), board.name, {"font-size": "14", "fill": INK, "font-weight": "600"})
    if board.has_mig:
        _text(picture, (WIDTH, 26), str(layout), {**QUIET, "text-anchor": "end"})
        _draw_board(picture, layout, colours or assign(each.name for each in layout.instances))
    else:
        _text(picture, (0, 46), f"{board.name} has no MIG: it cannot be cut into slices.", QUIET)
    return ET.tostring(svg, encoding="unicode")


def _draw_board(picture: ET.Element, layout: Layout, colours: Mapping[str, int]) -> None:
    board = layout.gpu
    columns = _Columns(board.memory_slices, board.memory_slices_per_compute_slice)
    hatch = ET.SubElement(
        ET.SubElement(picture, "defs"),
        "pattern",
        {
            "id": "mig-hatch",
            "width": "6",
            "height": "6",
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
    )
    ET.SubElement(hatch, "path", {"d": "M0,0V6", "stroke": HATCH, "stroke-width": "2"})
    _label_rows(picture, board)
    memory_y = TOP + COMPUTE_HEIGHT + BETWEEN
    for each in range(columns.count):
        _text(picture, (columns.x(each) + columns.width / 2, TOP - 9), str(each), {**QUIET, **MIDDLE})
    free = (
        ("compute", layout.free_compute_slices, layout.stranded.compute, TOP, COMPUTE_HEIGHT, columns.span),
        ("memory", layout.free_memory_slices, layout.stranded.memory, memory_y, MEMORY_HEIGHT, 1),
    )
    for _, slices, stranded, y, height, span in free:
        for each in slices:
            x, width = columns.x(each * span), columns.across(span)
            lost = each in stranded
            fill = {"fill": "url(#mig-hatch)", "stroke": HATCH} if lost else {"fill": SLOT}
            _rectangle(picture, (x, y, width, height), fill)
            if lost:
                _text(picture, (x + width / 2, y + height / 2 + 4), "stranded", {**QUIET, **MIDDLE, **HALO})
    for instance in layout.instances:
        _draw_instance(picture, columns, instance, colours[instance.name] % len(COLOURS))


def _label_rows(picture: ET.Element, board: Gpu) -> None:
    memory_y = TOP + COMPUTE_HEIGHT + BETWEEN
    for y, name, count in ((TOP, "Compute", board.compute_slices), (memory_y, "Memory", board.memory_slices)):
        _text(picture, (0, y + 20), name, {"font-size": "12", "fill": INK, "font-weight": "600"})
        _text(picture, (0, y + 35), f"{count} slices", QUIET)


def _draw_instance(picture: ET.Element, columns: _Columns, instance: GpuInstance, colour: int) -> None:
    x, ink = columns.x(instance.start), INKS[colour]
    over, under = columns.across(len(instance.compute_slices) * columns.span), columns.across(instance.size)
    ET.SubElement(picture, "path", {"d": outline(x, TOP, over, under), "fill": COLOURS[colour]})
    for line, part in enumerate(broken(instance.profile.name, over - 16, 13)):
        _text(
            picture,
            (x + 9, TOP + 20 + 15 * line),
            part,
            {"font-size": "13", "fill": ink, "font-weight": "600"},
        )
    if not instance.filled:
        _draw_pieces(picture, columns, instance, ink)
    seen, count = instance.resources, len(instance.compute_instances)
    shared = (f"shared by {count}",) if count > 1 else () if count else ("idle",)
    facts = (memory_words(seen.memory_mib), sms_words(seen.sms), *shared)
    bottom = TOP + COMPUTE_HEIGHT + BETWEEN + MEMORY_HEIGHT
    lines = fact_lines(facts, under - 16, 11)
    for line, part in enumerate(reversed(lines)):
        _text(picture, (x + 9, bottom - 10 - 14 * line), part, {**QUIET, "fill": ink})


def _draw_pieces(picture: ET.Element, columns: _Columns, instance: GpuInstance, ink: str) -> None:
    y, height = TOP + PIECE_TOP, COMPUTE_HEIGHT - PIECE_TOP - PIECE_SIDE
    edge = {"fill": "none", "stroke": ink, "stroke-width": "1.2"}
    held = [each for piece in instance.compute_instances for each in piece.compute_slices]
    idle = [each for each in range(instance.profile.compute_slices) if each not in held]
    for start, size, name in (
        *((each.start, each.size, each.name) for each in instance.compute_instances),
        *((each, 1, "") for each in idle),
    ):
        left = columns.x(instance.start + start * columns.span)
        x, width = piece_box(left, columns.across(size * columns.span))
        _rectangle(
            picture, (x, y, width, height), edge if name else {**edge, "stroke-dasharray": "3 3"}, radius=4
        )
        label = name if len(name) * 11 * LETTER <= width - 4 else name.partition(".")[0]
        if label:
            middle = {"font-size": "11", "fill": ink, **MIDDLE}
            _text(picture, (x + width / 2, y + height / 2 + 4), label, middle)


def piece_box(x: float, width: float) -> tuple[float, float]:
    """Return where a compute instance is drawn inside its compute slices: its left edge and its width.

    Examples
    --------
    >>> piece_box(100, 80)
    (105, 70)
    """
    return x + PIECE_SIDE, width - 2 * PIECE_SIDE


def fact_lines(facts: Sequence[str], width: float, size: float) -> tuple[str, ...]:
    """Set facts on one line, else one a line, else each broken into words; what is too much is left out.

    Parameters
    ----------
    facts : sequence of str
        The most important first.
    width, size : float
        Room for a line and height of the letters, in pixels.

    Examples
    --------
    >>> fact_lines(("19.5 GiB", "42 SMs"), 200, 11), fact_lines(("19.5 GiB", "42 SMs"), 70, 11)
    (('19.5 GiB · 42 SMs',), ('19.5 GiB', '42 SMs'))
    >>> fact_lines(("memory unknown", "SMs unknown"), 60, 11)
    ('memory', 'unknown')
    """
    joined = " · ".join(facts)
    if len(joined) * size * LETTER <= width:
        return (joined,)
    lines: list[str] = []
    for fact in facts:
        parts = [fact] if len(fact) * size * LETTER <= width else fact.rsplit(" ", 1)
        if len(lines) + len(parts) > MOST_LINES:
            break
        lines += parts
    return tuple(lines)


def memory_words(mib: int | None) -> str:
    """Write an amount of memory with its unit, or that it is unknown.

    Examples
    --------
    >>> memory_words(19968), memory_words(None)
    ('19.5 GiB', 'memory unknown')
    """
    return "memory unknown" if mib is None else f"{gib(mib)} GiB"


def sms_words(sms: int | None) -> str:
    """Write a number of streaming multiprocessors, or that it is unknown.

    Examples
    --------
    >>> sms_words(42), sms_words(None)
    ('42 SMs', 'SMs unknown')
    """
    return "SMs unknown" if sms is None else f"{sms} SMs"


def broken(name: str, width: float, size: float) -> tuple[str, ...]:
    """Break a profile's name before its ``+`` if it is wider than there is room.

    Examples
    --------
    >>> broken("1g.5gb+me", 60, 13), broken("1g.5gb+me", 160, 13)
    (('1g.5gb', '+me'), ('1g.5gb+me',))
    """
    head, plus, tail = name.partition("+")
    if not plus or len(name) * size * LETTER <= width:
        return (name,)
    return head, plus + tail


def gib(mib: int) -> str:
    """Write an amount of memory in GiB as ``nvidia-smi mig -lgip`` rounds it, without idle zeros.

    Parameters
    ----------
    mib : int
        Memory in MiB.

    Examples
    --------
    >>> gib(4864), gib(9856), gib(19968)
    ('4.75', '9.62', '19.5')
    """
    return f"{mib / 1024:.2f}".rstrip("0").rstrip(".")


def _rectangle(
    picture: ET.Element,
    box: tuple[float, float, float, float],
    fill: Mapping[str, str],
    radius: float = RADIUS,
) -> None:
    places = dict(zip(("x", "y", "width", "height", "rx"), (*box, radius), strict=True))
    ET.SubElement(picture, "rect", {name: _n(value) for name, value in places.items()} | dict(fill))


def _text(picture: ET.Element, at: tuple[float, float], text: str, style: Mapping[str, str]) -> None:
    ET.SubElement(picture, "text", {"x": _n(at[0]), "y": _n(at[1]), **style}).text = text


def _n(value: float) -> str:
    return f"{round(value, 2):g}"
