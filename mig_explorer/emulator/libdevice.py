"""CUDA's libdevice functions that have a counterpart in Python's math module or among the intrinsics."""

from __future__ import annotations

import ast

_UNARY = {
    **{name: f"math.{name}({{}})" for name in ("acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil")},
    **{
        name: f"math.{name}({{}})" for name in ("cos", "cosh", "erf", "erfc", "exp", "expm1", "fabs", "floor")
    },
    **{name: f"math.{name}({{}})" for name in ("lgamma", "log", "log10", "log1p", "sin", "sinh")},
    **{name: f"math.{name}({{}})" for name in ("sqrt", "tan", "tanh", "trunc")},
    "tgamma": "math.gamma({})",
    "log2": "math.log2({})",
    "exp2": "2.0 ** {}",
    "exp10": "10.0 ** {}",
    "rsqrt": "1.0 / math.sqrt({})",
    "rcp_rn": "1.0 / {}",
    "sqrt_rn": "math.sqrt({})",
    "cbrt": "gpu_cbrt({})",
}
_BINARY = {
    **{name: f"math.{name}({{}}, {{}})" for name in ("atan2", "copysign", "fmod", "hypot", "pow")},
    "fmax": "gpu_larger({}, {})",
    "fmin": "gpu_smaller({}, {})",
}
_FAST = {"cosf", "exp10f", "expf", "log10f", "log2f", "logf", "powf", "sinf", "tanf"}
_SINGLE = {"rcp_rn": "frcp_rn", "sqrt_rn": "fsqrt_rn"}
_DOUBLE = {"rcp_rn": "drcp_rn", "sqrt_rn": "dsqrt_rn"}
_WIDE = {"math.ceil", "math.floor", "math.trunc"}


def _forms() -> dict[str, tuple[str, tuple[str, ...]]]:
    forms: dict[str, tuple[str, tuple[str, ...]]] = {}
    for arity, table in ((1, _UNARY), (2, _BINARY)):
        for name, form in table.items():
            forms[_DOUBLE.get(name, name)] = (f"np.float64({form})", ("float64",) * arity)
            forms[_SINGLE.get(name, f"{name}f")] = (f"np.float32({form})", ("float32",) * arity)
    forms |= {f"fast_{name}": forms[name] for name in sorted(_FAST)}
    forms["fast_fdividef"] = ("{} / {}", ("float32",) * 2)
    for suffix, kind in (("", "float64"), ("f", "float32")):
        forms[f"fma{suffix}"] = ("gpu_fma({}, {}, {})", (kind,) * 3)
    for suffix, kind in (("", "int32"), ("ll", "int64")):
        for name in ("popc", "clz", "ffs"):
            forms[f"{name}{suffix}"] = (f"np.int32(gpu_{name}({{}}))", (kind,))
        forms[f"brev{suffix}"] = (f"np.{kind}(gpu_brev({{}}))", (kind,))
        prefix = suffix
        forms[f"{prefix}abs" if prefix else "abs"] = (f"np.{kind}(abs({{}}))", (kind,))
        for name in ("max", "min"):
            forms[f"{prefix}{name}"] = (f"np.{kind}({name}({{}}, {{}}))", (kind,) * 2)
    return forms


FORMS = _forms()
"""From a function's name to its form and the types of its arguments."""


def counterpart(name: str, arguments: list[ast.expr]) -> tuple[ast.expr, frozenset[str]] | None:
    """Return the expression for a call of a libdevice function and its intrinsics; None if there is none.

    Examples
    --------
    >>> call, needed = counterpart("rsqrtf", [ast.Name("x")])
    >>> ast.unparse(call), needed
    ('np.float32(1.0 / math.sqrt(np.float32(x)))', frozenset())
    """
    form, kinds = FORMS.get(name, ("", ()))
    if not form or len(kinds) != len(arguments):
        return None
    given = [f"np.{kind}({ast.unparse(each)})" for kind, each in zip(kinds, arguments, strict=True)]
    tree = ast.parse(form.format(*given), mode="eval").body
    used = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id.startswith("gpu_")}
    return tree, frozenset(each.removeprefix("gpu_") for each in used)
