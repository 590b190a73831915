"""Inference of a small neural network for a batch of samples: the job that can't fill a large GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import cuda, float32

from mig_explorer.workloads.check import Tolerance, rounding_tolerance
from mig_explorer.workloads.cost import Cost
from mig_explorer.workloads.launch import Launch
from mig_explorer.workloads.sizes import REPEATS, VECTOR, Limit, repeated, whole_number
from mig_explorer.workloads.workload import Arguments, Reference, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_WIDTH = 256
LARGEST = 1.5
"""No input and no bias is larger."""

WARP = 32
BATCH = Limit(VECTOR.most // MOST_WIDTH, "the index of an activation must fit 32 bits")
LAYERS = Limit(VECTOR.most // MOST_WIDTH**2, "the index of a weight must fit 32 bits")
WIDTH = Limit(MOST_WIDTH, "a block has a thread for each neuron of a layer")


@cuda.jit
def mlp_kernel(
    inputs: NDArray[np.float32],
    weights: NDArray[np.float32],
    biases: NDArray[np.float32],
    outputs: NDArray[np.float32],
) -> None:
    """Take one sample through all layers for each block, a neuron for each thread."""
    activations = cuda.shared.array((2, MOST_WIDTH), float32)
    sample = cuda.blockIdx.x
    neuron = cuda.threadIdx.x
    layers, width = biases.shape
    if neuron < width:
        activations[0, neuron] = inputs[sample, neuron]
    cuda.syncthreads()
    now = 0
    for layer in range(layers):
        if neuron < width:
            total = biases[layer, neuron]
            for k in range(width):
                total += activations[now, k] * weights[layer, k, neuron]
            if layer < layers - 1:
                total = max(total, float32(0.0))
            activations[1 - now, neuron] = total
        cuda.syncthreads()
        now = 1 - now
    if neuron < width:
        outputs[sample, neuron] = activations[now, neuron]


def mlp(batch: int = 32, layers: int = 4, width: int = 128, repeats: int = 1) -> Workload:
    """Return inference of a multilayer perceptron: all layers equally wide, ReLU between them.

    A layer computes ``max(0, W a + b)``, the last one without the ``max``. A block takes one sample through
    the whole network, so a small batch has few blocks: 32 of them leave 76 of the 108 SMs of an A100 idle.

    One launch does ``2 w^2`` FLOPs for each of ``s`` samples and ``l`` layers of ``w`` neurons (a product and
    an addition for each weight; the sum starts at the bias, and ``max`` is no FLOP). Compulsory are
    ``4 l w (w + 1) + 8 s w`` bytes: weights and biases once, one input and one output a sample. Every block
    reads all weights; after the first they mostly come from the L2, and are not counted again.

    The weights into a neuron are positive and sum to 1, and no input and no bias is larger than 1.5, so a
    layer adds at most ``g (A + 1.5)`` to the error that it hands on, with ``A`` its largest possible input
    and ``g`` the bound of ``w + 1`` roundings. The tolerance is what that comes to over all layers, absolute,
    for results may cancel.

    Parameters
    ----------
    batch
        Samples in one launch.
    layers
        Layers of the network.
    width
        Neurons of each layer, and numbers in each input and output.
    repeats
        Launches in one request.

    Raises
    ------
    InvalidWorkload
        If a parameter is not a whole number of at least 1, or is too large.

    References
    ----------
    N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, section 3.1.

    Examples
    --------
    >>> work = mlp(batch=32, layers=4, width=128)
    >>> work.launch.grid, work.launch.block, work.cost.flops, work.cost.bytes
    ((32,), (128,), 4194304, 296960)
    """
    batch = whole_number("mlp", "batch", batch, limit=BATCH, example=32)
    layers = whole_number("mlp", "layers", layers, limit=LAYERS, example=4)
    width = whole_number("mlp", "width", width, limit=WIDTH, example=128)
    repeats = whole_number("mlp", "repeats", repeats, limit=REPEATS, example=100)
    moved = 4 * layers * width * (width + 1) + 8 * batch * width

    def inputs(generator: np.random.Generator) -> Arguments:
        samples = generator.random((batch, width), dtype=np.float32) + np.float32(0.5)
        raw = generator.random((layers, width, width)) + 0.5
        weights = (raw / raw.sum(axis=1, keepdims=True)).astype(np.float32)
        biases = (generator.random((layers, width)) * 2 * LARGEST - LARGEST).astype(np.float32)
        return samples, weights, biases, np.full((batch, width), np.nan, dtype=np.float32)

    return Workload(
        name="mlp",
        title=repeated(f"MLP inference, batch {batch:,}, {layers:,} layers of {width}", repeats),
        teaches="A small model has a block a sample, so most SMs of a whole GPU idle and slices serve more.",
        factory="mig_explorer.workloads.mlp:mlp",
        parameters={"batch": batch, "layers": layers, "width": width, "repeats": repeats},
        kernel=mlp_kernel,
        launch=Launch(grid=(batch,), block=(-(-width // WARP) * WARP,), shared_bytes=2 * 4 * MOST_WIDTH),
        cost=Cost(
            flops=2 * batch * layers * width**2 * repeats,
            bytes=moved * repeats,
            launches=repeats,
            working_set_bytes=moved,
            precision="fp32",
        ),
        tolerance=_tolerance(layers, width),
        repeats=repeats,
        emulation_limits={"batch": 256, "layers": 8, "repeats": 1},
        make_inputs=inputs,
        make_reference=_reference,
        note="The modelled time takes an SM's speed as proportional to the blocks it holds, so for a small "
        "batch it is an upper end; the lower one is the model's saturated time.",
    )


def _tolerance(layers: int, width: int) -> Tolerance:
    """Return the worst absolute error after all layers; a weight's own rounding is one more."""
    step = rounding_tolerance(width + 2).rtol
    error, largest = 0.0, LARGEST
    for _ in range(layers):
        error += step * (largest + error + LARGEST)
        largest += LARGEST
    return Tolerance(rtol=0.0, atol=error)


def _reference(arguments: Arguments) -> Reference:
    samples, weights, biases, _ = arguments
    activations = samples.astype(np.float64)
    for layer in range(len(weights)):
        if layer > 0:
            activations = np.maximum(activations, 0)
        activations = activations @ weights[layer].astype(np.float64) + biases[layer].astype(np.float64)
    return {3: activations}
