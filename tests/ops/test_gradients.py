import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import ops


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 4), st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_dense_forward_and_backward_equal_tensorflow(batch, features, units, seed):
    """A batch of 0 stands for one vector without a batch axis."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(batch, features) if batch else features)
    weights, bias = generator.normal(size=(features, units)), generator.normal(size=units)
    values = [tf.constant(v) for v in (x, weights, bias)]
    with tf.GradientTape() as tape:
        tape.watch(values)
        expected = tf.tensordot(values[0], values[1], 1) + values[2]
        upstream = generator.normal(size=expected.shape)
        loss = tf.reduce_sum(expected * upstream)
    gradients = tape.gradient(loss, values)
    np.testing.assert_allclose(ops.dense(x, weights, bias), expected, rtol=1e-12, atol=1e-12)
    back = ops.dense_backward(upstream, x, weights)
    for ours, theirs in zip((back.x, back.weights, back.bias), gradients, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_every_backward_pass_passes_the_check():
    generator = np.random.default_rng(0)
    x, kernels = generator.normal(size=(5, 6)), generator.normal(size=(3, 2))
    options = {"stride": 2, "padding": "same"}
    upstream = generator.normal(size=ops.correlate2d(x, kernels, **options).shape)
    back = ops.correlate2d_backward(upstream, x, kernels, **options)
    assert ops.check_gradient(lambda v: (ops.correlate2d(v, kernels, **options) * upstream).sum(), x, back.x)
    assert ops.check_gradient(lambda v: (ops.correlate2d(x, v, **options) * upstream).sum(), kernels, back.kernels)
    assert ops.check_gradient(
        lambda v: (ops.correlate2d(x, kernels, v, **options) * upstream).sum(), np.zeros(1), back.bias
    )
    for pool, backward in [
        (ops.max_pool2d, ops.max_pool2d_backward),
        (ops.average_pool2d, ops.average_pool2d_backward),
    ]:
        upstream = generator.normal(size=pool(x, 2, padding="same").shape)
        gradient = backward(upstream, x, 2, padding="same").x
        check = ops.check_gradient(lambda v, p=pool, u=upstream: (p(v, 2, padding="same") * u).sum(), x, gradient)
        assert check, str(check)


def test_a_wrong_gradient_is_found_where_it_is_wrong():
    x = np.arange(6.0).reshape(2, 3)
    wrong = 2 * x
    wrong[1, 2] += 0.01
    check = ops.check_gradient(lambda v: (v**2).sum(), x, wrong)
    assert not check
    assert check.worst == (1, 2)
    assert check.largest_error == pytest.approx(0.01 / 10.01, rel=1e-3)
    assert "at index (1, 2): claimed 10.01, measured 10" in str(check)
    assert str(check) in check._repr_html_()


def test_the_check_leaves_the_point_as_it_was():
    x = np.array([1.0, 2.0])
    ops.check_gradient(lambda v: v.sum(), x, np.ones(2))
    np.testing.assert_array_equal(x, [1, 2])


def test_gradients_show_themselves():
    back = ops.dense_backward([1.0, 10.0], x=[5.0, 7.0], weights=[[1.0, 2.0], [3.0, 4.0]])
    assert str(back).splitlines()[1] == "∂loss/∂weights: shape (2, 2), largest 70"
    assert back._repr_html_().count("<tr>") == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ops.correlate2d_backward(np.ones((3, 3)), np.ones((5, 5)), np.ones((2, 2))),
            r"upstream has shape \(3, 3\); allowed is that of the output, \(4, 4\)",
        ),
        (lambda: ops.dense([1, 2], [[1], [2], [3]]), r"weights has shape \(3, 1\); allowed is .*2 features of x"),
        (
            lambda: ops.dense([1, 2], [[1], [2]], bias=[1, 2]),
            r"bias has shape \(2,\); allowed is one number for each of the 1 units",
        ),
        (lambda: ops.dense(np.ones((1, 2, 3)), np.ones((3, 1))), r"x has shape \(1, 2, 3\); allowed is"),
        (
            lambda: ops.dense_backward([1, 2], [1, 2], [[1], [2]]),
            r"upstream has shape \(2,\); allowed is that of the output, \(1,\)",
        ),
        (lambda: ops.check_gradient(np.sum, [1, 2], [1]), r"gradient has shape \(1,\); allowed is that of at, \(2,\)"),
        (lambda: ops.check_gradient(np.sum, [1, 2], [1, 1], step=0), "step is 0; allowed is a number above 0"),
        (
            lambda: ops.check_gradient(lambda v: v, [1, 2], [1, 1]),
            r"loss's result has shape \(2,\); allowed is one number",
        ),
        (lambda: ops.col2im(np.ones((4, 4)), (5, 5), 2), r"columns has shape \(4, 4\); allowed is \(4, 16\)"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_gradients_unpack_in_the_order_of_their_names():
    back = ops.correlate2d_backward([[1.0]], x=[[5.0, 7.0]], kernels=[[2.0, 3.0]])
    x, kernels, bias = back
    assert (x is back.x, kernels is back.kernels, bias is back.bias) == (True, True, True)
    (x,) = ops.max_pool2d_backward([[10]], [[1, 3], [4, 2]])
    np.testing.assert_array_equal(x, [[0, 0], [10, 0]])
