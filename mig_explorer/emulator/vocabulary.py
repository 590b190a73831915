"""What the native engine reads: the parts of Python and of `numba.cuda` that it rewrites.

What no kernel can have is refused by name. What Numba's CUDA target can compile, and this engine can't
rewrite, runs lane by lane instead. To add a construct, add it here and where it is rewritten (`lower`).
"""

from __future__ import annotations

import ast

STATEMENTS = (
    ast.Assign,
    ast.AnnAssign,
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
    ast.Slice,
)
UNKNOWN_OPERATORS = (ast.MatMult, ast.In, ast.NotIn, ast.Is, ast.IsNot)
NO_KERNEL_HAS = (
    *(ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith, ast.Await, ast.ClassDef, ast.Dict, ast.DictComp),
    *(ast.GeneratorExp, ast.Global, ast.Import, ast.ImportFrom, ast.JoinedStr, ast.List, ast.ListComp),
    *(ast.MatMult, ast.Nonlocal, ast.Set, ast.SetComp, ast.Try, ast.With, ast.Yield, ast.YieldFrom),
)
"""What Numba's CUDA target does not compile either: it needs memory of its own, or Python at run time."""

BUILTINS = {"abs", "bool", "float", "int", "len", "max", "min", "pow", "range", "round"}
ARRAY_ATTRIBUTES = {"ndim", "shape", "size", "strides", "itemsize", "nbytes", "T", "real", "imag"}
RESERVED = {"math", "np", "range", "run_grid"}
"""Names the rewritten source needs for itself."""

NUMPY_FUNCTIONS = {
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "hypot", "sinh", "cosh", "tanh"),
    *("arcsinh", "arccosh", "arctanh", "deg2rad", "radians", "rad2deg", "degrees", "log", "log2", "log10"),
}
"""NumPy's functions that Numba's CUDA target has for numbers (its ``ufuncs`` module)."""

BARRIERS = {"syncthreads", "syncwarp"}
VOTES = {"syncthreads_count", "syncthreads_and", "syncthreads_or"}
FENCES = {"threadfence", "threadfence_block", "threadfence_system", "nanosleep"}
ATOMICS = {
    **{f"atomic.{name}": 3 for name in ("add", "sub", "and_", "or_", "xor", "inc", "dec", "exch")},
    **{f"atomic.{name}": 3 for name in ("max", "min", "nanmax", "nanmin", "compare_and_swap")},
    "atomic.cas": 4,
}
"""How many arguments each takes."""
FUNCTIONS = {"fma": 3, "cbrt": 1, "popc": 1, "brev": 1, "clz": 1, "ffs": 1, "selp": 3}

_WORDS: dict[type[ast.AST], str] = {
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
