from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import Cost, Launch, mlp, rounding_tolerance
from tests.workloads.counting import counted
from tests.workloads.emulated import emulated


def test_cost_of_one_layer_of_two_neurons_counted_by_hand():
    # Three samples of two neurons with two products and two additions each.
    # Four weights, two biases, six inputs, six outputs: 18 float32.
    assert mlp(batch=3, layers=1, width=2).cost == Cost(
        flops=24, bytes=72, launches=1, working_set_bytes=72, precision="fp32"
    )


@pytest.mark.parametrize(("batch", "layers", "width"), [(1, 1, 1), (2, 3, 5), (3, 2, 33)])
def test_the_cost_is_what_the_kernel_does(batch, layers, width):
    work = mlp(batch=batch, layers=layers, width=width)
    tally = counted(work)
    assert (tally.flops, tally.bytes) == (work.cost.flops, work.cost.bytes)


@pytest.mark.parametrize(("width", "threads"), [(1, 32), (32, 32), (33, 64), (128, 128), (256, 256)])
def test_one_block_a_sample_of_whole_warps(width, threads):
    launch = mlp(batch=7, width=width).launch
    assert launch == Launch(grid=(7,), block=(threads,), shared_bytes=2048)


@given(st.integers(1, 9), st.integers(1, 6), st.integers(1, 256), st.integers(0, 2**32))
@settings(max_examples=40)
def test_it_is_right_at_any_size_and_seed(batch, layers, width, seed):
    assert emulated(mlp(batch=batch, layers=layers, width=width), seed).correct


def test_the_reference_is_a_network_with_relu_between_its_layers():
    work = mlp(batch=1, layers=2, width=2)
    arguments = work.inputs(3)
    (sample,), (first, second), (bias, other) = (each.tolist() for each in arguments[:3])
    hidden = [max(0.0, sample[0] * first[0][j] + sample[1] * first[1][j] + bias[j]) for j in range(2)]
    expected = [hidden[0] * second[0][j] + hidden[1] * second[1][j] + other[j] for j in range(2)]
    assert work.reference(arguments)[3] == pytest.approx(np.array([expected]), rel=1e-14)


def test_the_weights_into_a_neuron_are_positive_and_sum_to_one():
    samples, weights, biases, _ = mlp(layers=3, width=200).inputs(7)
    assert weights.min() > 0
    assert weights.astype(np.float64).sum(axis=1) == pytest.approx(np.ones((3, 200)), rel=2.0**-24)
    assert np.abs(biases).max() <= samples.max() + 1e-3 <= 1.5 + 1e-3


def test_relu_has_something_to_do_in_every_hidden_layer():
    samples, weights, biases, _ = mlp(layers=4).inputs(7)
    for layer in range(3):
        before = samples @ weights[layer] + biases[layer]
        assert 0.05 < np.mean(before < 0) < 0.6
        samples = np.maximum(before, 0)


def test_the_tolerance_of_one_layer_is_that_of_its_dot_product():
    # No input and no bias above 1.5, weights that sum to 1: 130 roundings of at most 3.
    tolerance = mlp(layers=1, width=128).tolerance
    assert (tolerance.rtol, tolerance.atol) == (0, 3 * rounding_tolerance(130).rtol)


def _with(layers, change):
    work = mlp(batch=8, layers=layers, width=128)
    arguments = work.inputs(1)
    changed = change([each.copy() for each in arguments])
    arguments[3][:] = work.reference(changed)[3]
    return work.check(arguments, work.reference(arguments)).correct


def test_what_only_the_first_of_four_layers_does_wrong_is_caught():
    def forget_the_last_weight(arguments):
        arguments[1][0, -1, :] = 0
        return arguments

    def forget_the_bias(arguments):
        arguments[2][0] = 0
        return arguments

    assert _with(4, lambda arguments: arguments)
    assert not _with(4, forget_the_last_weight)
    assert not _with(4, forget_the_bias)


def test_a_network_without_relu_is_caught():
    work = mlp(batch=8, layers=2, width=64)
    samples, weights, biases, outputs = arguments = work.inputs(1)
    outputs[:] = (samples @ weights[0] + biases[0]) @ weights[1] + biases[1]
    assert not work.check(arguments, work.reference(arguments)).correct


@pytest.mark.parametrize(
    ("parameter", "value", "most", "why", "example"),
    [
        ("width", 257, 256, "a block has a thread for each neuron of a layer", 128),
        ("width", 0, 256, "a block has a thread for each neuron of a layer", 128),
        ("layers", 32768, 32767, "the index of a weight must fit 32 bits", 4),
        ("batch", 2**23, 8388607, "the index of an activation must fit 32 bits", 32),
    ],
)
def test_a_network_that_is_too_large_is_refused(parameter, value, most, why, example):
    with pytest.raises(InvalidWorkload) as caught:
        mlp(**{parameter: value})
    assert str(caught.value) == (
        f"mlp({parameter}={value}): {parameter} must be a whole number from 1 to {most} ({why}). "
        f"mlp({parameter}={example}) would work."
    )


def test_title():
    assert mlp(repeats=50).title == "MLP inference, batch 32, 4 layers of 128, 50 launches"
