from __future__ import annotations

import ast

import pytest
from numba.cuda import libdevicefuncs

from mig_explorer.emulator.libdevice import FORMS, counterpart


@pytest.mark.parametrize("name", sorted(FORMS))
def test_each_function_takes_what_numba_says_it_takes_and_gives_that_too(name):
    form, kinds = FORMS[name]
    returned, arguments = libdevicefuncs.functions[f"__nv_{name}"]
    assert kinds == tuple(str(each.ty) for each in arguments)
    assert str(returned) in form or "gpu_" in form or name == "fast_fdividef"


def test_a_function_without_a_counterpart_or_with_too_little_has_no_form():
    x = ast.Name("x", ast.Load())
    assert counterpart("nextafter", [x, x]) is None
    assert counterpart("pow", [x]) is None
