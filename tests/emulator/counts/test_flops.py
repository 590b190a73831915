from __future__ import annotations

import numpy as np
import pytest

from mig_explorer.emulator.counts.flops import work


@pytest.mark.parametrize(
    ("name", "dtype", "metric", "amount"),
    [
        ("add", "float32", "flops_fp32", 1),
        ("iadd", "float32", "flops_fp32", 1),
        ("sub", "float64", "flops_fp64", 1),
        ("mul", "float16", "flops_fp16", 1),
        ("fma", "float32", "flops_fp32", 2),
        ("add", "complex64", "flops_fp32", 2),
        ("mul", "complex128", "flops_fp64", 6),
        ("truediv", "float32", "special_fp32", 1),
        ("floordiv", "float64", "special_fp64", 1),
        ("pow", "float64", "special_fp64", 1),
        ("exp", "float32", "special_fp32", 1),
        ("abs", "complex64", "special_fp32", 1),
    ],
)
def test_what_is_work(name, dtype, metric, amount):
    assert work(name, np.dtype(dtype)) == (metric, amount)


@pytest.mark.parametrize("name", ["lt", "eq", "cast", "max", "fmin", "neg", "abs", "floor", "isnan", "selp"])
def test_comparisons_casts_and_signs_are_no_flops(name):
    assert work(name, np.dtype("float32")) is None


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
def test_integers_are_no_flops(dtype):
    assert work("add", np.dtype(dtype)) is None
