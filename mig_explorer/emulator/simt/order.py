"""The order of a program's segments: loops in one piece, and what follows them after them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mig_explorer.emulator.simt.program import Jump, Segment, redirected, successors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def fused(start: Any, segments: Mapping[Any, Segment]) -> dict[Any, Segment]:
    """Return the segments without those that only jump, those that can only follow each other in one.

    Parameters
    ----------
    start
        The first label.
    segments
        By label.

    Examples
    --------
    >>> from mig_explorer.emulator.simt.lines import Line
    >>> from mig_explorer.emulator.simt.program import Exit
    >>> pieces = {"a": Segment((), Jump("b"), Line(1)), "b": Segment((), Exit(Line(2)), Line(2))}
    >>> fused("a", pieces)
    {'a': Segment(instructions=(), end=Exit(line=2), line=1, keeps=(), ticks=0)}
    """

    def final(label: Any) -> Any:
        seen = {label}
        while not segments[label].instructions:
            end = segments[label].end
            if not isinstance(end, Jump) or end.to in seen:
                break
            label = end.to
            seen.add(label)
        return label

    ends = {label: final(label) for label in segments}
    threaded = {label: replace(each, end=redirected(each.end, ends)) for label, each in segments.items()}
    reached: dict[Any, Segment] = {}
    todo = [start]
    while todo:
        label = todo.pop()
        if label not in reached:
            reached[label] = threaded[label]
            todo.extend(successors(threaded[label].end))
    arrivals = Counter(after for each in reached.values() for after in successors(each.end))
    arrivals[start] += 1
    for label in list(reached):
        piece = reached.get(label)
        while piece is not None and isinstance(piece.end, Jump):
            after = piece.end.to
            if arrivals[after] != 1 or after == label:
                break
            following = reached.pop(after)
            piece = replace(
                piece, instructions=(*piece.instructions, *following.instructions), end=following.end
            )
            reached[label] = piece
    return reached


def order(start: Any, following: Mapping[Any, tuple[Any, ...]]) -> list[Any]:
    """Return the labels that can be reached, so that each loop is one stretch and begins with its head.

    It is a weak topological order (Bourdoncle 1993): strongly connected parts in topological order, each
    ordered in the same way without the edges back to its head.

    Parameters
    ----------
    start
        The first label.
    following
        Where each label may lead.

    Examples
    --------
    >>> order("a", {"a": ("loop",), "loop": ("end", "body"), "body": ("loop",), "end": ()})
    ['a', 'loop', 'body', 'end']
    """
    reached: set[Any] = set()
    todo = [start]
    while todo:
        label = todo.pop()
        if label not in reached:
            reached.add(label)
            todo.extend(following[label])
    return _ordered([start], reached, following)


def _ordered(entries: Iterable[Any], labels: set[Any], following: Mapping[Any, tuple[Any, ...]]) -> list[Any]:
    result: list[Any] = []
    for part in _components(entries, labels, following):
        result += [part[0], *_ordered(*_inside(part, following), following)]
    return result


def _inside(part: list[Any], following: Mapping[Any, tuple[Any, ...]]) -> tuple[list[Any], set[Any]]:
    """Return what a loop consists of besides its head, and what of it comes right after the head."""
    inner = set(part[1:])
    return [each for each in following[part[0]] if each in inner], inner


def with_latches(start: Any, segments: Mapping[Any, Segment]) -> dict[Any, Segment]:
    """Return the segments, and for each loop with several ways back one place where these come together.

    Lanes that are done with a round wait there for those that are not: it is last in the order, while the
    loop's head is first.

    Parameters
    ----------
    start
        The first label.
    segments
        By label.
    """
    following = {label: successors(each.end) for label, each in segments.items()}
    result = dict(segments)
    for loop in _loops(start, following):
        head = loop[0]
        back = [label for label in loop if head in following[label]]
        if len(back) > 1:
            latch = ("latch", head)
            result[latch] = Segment((), Jump(head), segments[back[-1]].line)
            for label in back:
                ways = {each: each for each in successors(result[label].end)} | {head: latch}
                result[label] = replace(result[label], end=redirected(result[label].end, ways))
    return result


def spinning(segments: Sequence[Segment], live: Sequence[set[str]]) -> set[int]:
    """Return the segments of loops in which lanes wait for others to write memory.

    Such a loop reads memory and carries nothing from one round to the next.

    Parameters
    ----------
    segments
        Of a program, the first being its start.
    live
        The registers that each segment, or what follows it, needs.
    """
    following = {number: successors(each.end) for number, each in enumerate(segments)}
    found: set[int] = set()
    for loop in _loops(0, following):
        instructions = [each for number in loop for each in segments[number].instructions]
        written = {name for each in instructions for name in each.targets}
        meets = {getattr(segments[number].end, "target", None) for number in loop}
        if any(each.ticks for each in instructions) and not live[loop[0]] & (written | meets):
            found.update(loop)
    return found


def _loops(start: Any, following: Mapping[Any, tuple[Any, ...]]) -> Iterator[list[Any]]:
    """Yield each loop, the head first, and the loops inside it."""
    todo = [([start], set(following))]
    while todo:
        for part in _components(*todo.pop(), following):
            if len(part) > 1 or part[0] in following[part[0]]:
                yield part
                todo.append(_inside(part, following))


def _components(
    entries: Iterable[Any], labels: set[Any], following: Mapping[Any, tuple[Any, ...]]
) -> list[list[Any]]:
    """Return the strongly connected parts in topological order, each with the label it is entered by first.

    Tarjan's algorithm, without recursion: a kernel of many branches is deeper than Python's stack.
    """
    number: dict[Any, int] = {}
    lowest: dict[Any, int] = {}
    open_labels: list[Any] = []
    is_open: set[Any] = set()
    parts: list[list[Any]] = []

    def begin(label: Any) -> tuple[Any, Any]:
        number[label] = lowest[label] = len(number)
        open_labels.append(label)
        is_open.add(label)
        return label, iter([each for each in following[label] if each in labels])

    for entry in entries:
        stack = [] if entry in number else [begin(entry)]
        while stack:
            label, rest = stack[-1]
            for after in rest:
                if after not in number:
                    stack.append(begin(after))
                    break
                if after in is_open:
                    lowest[label] = min(lowest[label], number[after])
            else:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    lowest[above] = min(lowest[above], lowest[label])
                if lowest[label] == number[label]:
                    at = open_labels.index(label)
                    parts.append(open_labels[at:])
                    del open_labels[at:]
                    is_open.difference_update(parts[-1])
    return parts[::-1]
