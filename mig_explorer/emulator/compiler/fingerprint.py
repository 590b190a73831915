"""Telling whether a kernel is still the one that something was recorded of."""

from __future__ import annotations

import hashlib
import inspect
import io
import textwrap
import tokenize
from types import FunctionType, ModuleType
from typing import Any

import numba

from mig_explorer.emulator.source import python_function

_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}
_BLOCKS = {tokenize.INDENT: "<indent>", tokenize.DEDENT: "<dedent>"}


def fingerprint(kernel: Any) -> str:
    """Return a short text that changes when what the kernel compiles to may change.

    It covers the kernel's source with its decorator, the constants that it reads from its module or closure,
    and the device functions that it calls; not comments, docstrings, line breaks or the place in the file.

    Parameters
    ----------
    kernel
        A ``@cuda.jit`` kernel, or a plain function written like one.

    Examples
    --------
    >>> from mig_explorer.emulator.compiler import fingerprint as this
    >>> len(fingerprint(this.fingerprint))
    16
    """
    said = "\n".join(_described(python_function(kernel), seen=[]))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _described(function: FunctionType, seen: list[FunctionType]) -> list[str]:
    if function in seen:
        return []
    seen.append(function)
    said = [_without_layout(textwrap.dedent(inspect.getsource(function)))]
    for name, value in _outer_values(function):
        inner = getattr(value, "py_func", None) or getattr(value, "fn", None) or value
        if isinstance(inner, FunctionType):
            said += [f"{name}:", *_described(inner, seen)]
        elif hasattr(value, "tobytes"):
            said.append(f"{name} = {value.dtype} {value.shape} {value.tobytes().hex()}")
        elif isinstance(value, numba.types.Type) or not (isinstance(value, ModuleType) or callable(value)):
            said.append(f"{name} = {value!r}")
    return said


def _outer_values(function: FunctionType) -> list[tuple[str, Any]]:
    """Return what the function reads from its closure and its module, by name."""
    found = {
        name: function.__globals__[name]
        for name in function.__code__.co_names
        if name in function.__globals__
    }
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    found |= {name: cell.cell_contents for name, cell in cells}
    return sorted(found.items())


def _without_layout(source: str) -> str:
    """Return the source's words, without comments and docstrings."""
    words: list[str] = []
    statement: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in _BLOCKS:
            words.append(_BLOCKS[token.type])
        elif token.type == tokenize.NEWLINE:
            words += [] if _is_docstring(statement) else [*statement, "<end>"]
            statement = []
        elif token.type not in _LAYOUT:
            statement.append(token.string)
    return " ".join(words)


def _is_docstring(statement: list[str]) -> bool:
    return len(statement) == 1 and statement[0].endswith(('"', "'"))
