"""The loss LeNet-5 was trained with, registered with Keras like its layers."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="labkit")
class MaximumAPosteriori(keras.losses.Loss):
    """The paper's loss: near to the right code, and nearer to it than to the others.

    >>> import numpy as np
    >>> loss = MaximumAPosteriori(rubbish_penalty=1.0)
    >>> distances = np.array([[0.0, 20.0, 30.0]], "float32")
    >>> round(float(loss(np.array([0]), -distances)), 4)  # 0 + log(e⁻¹ + e⁰ + e⁻²⁰ + e⁻³⁰)
    0.3133

    For distances y and the right class D it is y_D + log(e⁻ʲ + Σᵢ e^(−yᵢ)), averaged over the batch. The first term
    pulls F6 to the right code; the second pushes it from all others, but hardly from those that are much farther than
    j. Read as a cross-entropy, there is one class more than codes, "rubbish", whose distance is always j.

    Without it (j → ∞) this is the usual cross-entropy of the logits −y, which asks for the order of the distances and
    not for small ones. With these codes that is too little: two codes differ in so many numbers that a trace of each
    digit in F6 settles the order. The units stay near zero, where they are straight lines, and the network is hardly
    better than a linear classifier. A small j is content only when F6 shows the code itself.

    Parameters
    ----------
    rubbish_penalty : float
        The paper's j, a positive number. The paper names no value; 1 is ours.

    Raises
    ------
    ValueError
        When ``rubbish_penalty`` is not positive.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", *Proceedings
    of the IEEE* 86(11), 1998, equation 9.
    """

    def __init__(self, rubbish_penalty: float = 1.0, name: str = "maximum_a_posteriori", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        if not rubbish_penalty > 0:
            raise ValueError(f"rubbish_penalty is {rubbish_penalty!r}; allowed is a positive number")
        self.rubbish_penalty = float(rubbish_penalty)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image: labels (batch,), outputs of ``EuclideanRBF`` (batch, classes)."""
        rubbish = keras.ops.full_like(y_pred[:, :1], -self.rubbish_penalty)
        with_rubbish = keras.ops.concatenate([y_pred, rubbish], axis=-1)
        labels = keras.ops.reshape(y_true, (-1,))
        return keras.losses.sparse_categorical_crossentropy(labels, with_rubbish, from_logits=True)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same loss again."""
        return {**super().get_config(), "rubbish_penalty": self.rubbish_penalty}
