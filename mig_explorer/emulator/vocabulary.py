"""What the emulator reads: the parts of Python and of `numba.cuda` that it rewrites.

Everything else is refused by name. To add a construct, add it here and where it is rewritten (`lower`).
"""

from __future__ import annotations

import ast

STATEMENTS = (
    ast.Assign,
    ast.AugAssign,
    ast.For,
    ast.While,
    ast.If,
    ast.Expr,
    ast.Pass,
    ast.Break,
    ast.Continue,
    ast.Return,
)
EXPRESSIONS = (
    ast.BoolOp,
    ast.BinOp,
    ast.UnaryOp,
    ast.IfExp,
    ast.Compare,
    ast.Call,
    ast.Constant,
    ast.Attribute,
    ast.Subscript,
    ast.Name,
    ast.Tuple,
)
REFUSED_OPERATORS = (ast.MatMult, ast.In, ast.NotIn, ast.Is, ast.IsNot)

BUILTINS = {"abs", "bool", "float", "int", "len", "max", "min", "pow", "range", "round"}
ARRAY_ATTRIBUTES = {"ndim", "shape", "size"}
RESERVED = {"math", "np", "range", "run_block", "run_grid"}
"""Names the rewritten source needs for itself."""

CUDA = (
    "cuda.threadIdx, blockIdx, blockDim, gridDim, grid, gridsize, shared.array, local.array, "
    "syncthreads and atomic.add"
)

_WORDS: dict[type[ast.AST], str] = {
    ast.AnnAssign: "an annotated assignment",
    ast.Assert: "an assert statement",
    ast.AsyncFor: "async for",
    ast.AsyncFunctionDef: "a nested function",
    ast.AsyncWith: "async with",
    ast.Await: "await",
    ast.ClassDef: "a class",
    ast.Delete: "del",
    ast.Dict: "a dict",
    ast.DictComp: "a comprehension",
    ast.FunctionDef: "a nested function",
    ast.GeneratorExp: "a generator expression",
    ast.Global: "global",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.In: "the operator in",
    ast.Is: "the operator is",
    ast.IsNot: "the operator is not",
    ast.JoinedStr: "an f-string",
    ast.Lambda: "a lambda",
    ast.List: "a list",
    ast.ListComp: "a comprehension",
    ast.MatMult: "the operator @",
    ast.Match: "match",
    ast.NamedExpr: "the operator :=",
    ast.Nonlocal: "nonlocal",
    ast.NotIn: "the operator not in",
    ast.Raise: "raise",
    ast.Set: "a set",
    ast.SetComp: "a comprehension",
    ast.Slice: "a slice",
    ast.Starred: "a starred expression",
    ast.Try: "try",
    ast.With: "with",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}


def in_words(node: ast.AST) -> str:
    """Return what a construct is called.

    Examples
    --------
    >>> in_words(ast.parse("assert x").body[0])
    'an assert statement'
    """
    return _WORDS.get(type(node), type(node).__name__)
