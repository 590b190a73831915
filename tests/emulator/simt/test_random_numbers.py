from __future__ import annotations

import numpy as np
from numba import cuda
from numba.cuda import random

from tests.emulator.simt.launching import launch


@cuda.jit
def draws(states, out):
    i = cuda.grid(1)
    for k in range(out.shape[1]):
        out[i, k] = random.xoroshiro128p_uniform_float64(states, i)


def test_random_numbers_of_numba():
    states = np.zeros(64, random.xoroshiro128p_dtype)
    random.init_xoroshiro128p_states_cpu(states, 1, 0)
    words = [[int(state["s0"]), int(state["s1"])] for state in states]
    out = np.zeros((64, 50))
    launch(draws, 2, 32, states, out)
    assert out.min() >= 0
    assert out.max() < 1
    assert abs(out.mean() - 0.5) < 0.02
    assert out[:, 0].tolist() == [(sum(word) % 2**64 >> 11) / 2**53 for word in words]
