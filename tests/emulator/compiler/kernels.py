"""Kernels that show what a compiler decides."""

from __future__ import annotations

from numba import cuda, float32

SCALE = 3


@cuda.jit(device=True)
def square(x):
    return x * x


@cuda.jit
def squares(values, out):
    i = cuda.grid(1)
    if i < values.size:
        out[i] = square(values[i]) * SCALE


@cuda.jit
def reversed_block(values, out):
    mine = cuda.shared.array(0, float32)
    t = cuda.threadIdx.x
    mine[t] = values[t]
    cuda.syncthreads()
    out[t] = mine[cuda.blockDim.x - 1 - t]


@cuda.jit(max_registers=24)
def sixteen_at_once(values, out):
    i = cuda.grid(1)
    a, b, c, d = values[i], values[i + 1], values[i + 2], values[i + 3]
    e, f, g, h = values[i + 4], values[i + 5], values[i + 6], values[i + 7]
    k, m, n, p = values[i + 8], values[i + 9], values[i + 10], values[i + 11]
    q, r, s, t = values[i + 12], values[i + 13], values[i + 14], values[i + 15]
    cuda.syncthreads()
    out[i], out[i + 1], out[i + 2], out[i + 3] = a * m, b * n, c * p, d * q
    out[i + 4], out[i + 5], out[i + 6], out[i + 7] = e * r, f * s, g * t, h * k
    out[i + 8], out[i + 9], out[i + 10] = k, m, n


@cuda.jit(debug=True, opt=False)
def debugged(values, out):
    out[0] = values[0]


@cuda.jit(link=["other.cu"])
def linked(values, out):
    out[0] = values[0]


@cuda.jit
def wrong(values, out):
    out[0] = values.nothing
