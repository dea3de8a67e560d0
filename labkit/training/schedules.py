"""Learning rates that change while a network is trained."""

from __future__ import annotations

import keras
from keras import ops

from labkit.arguments import whole_number


@keras.saving.register_keras_serializable(package="labkit")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Raise the learning rate in a straight line to a peak, then lower it in a straight line to zero.

    >>> rate = OneCycle(peak=0.004, steps=100, rise=0.25)
    >>> [round(float(rate(step)), 4) for step in (0, 25, 50, 100)]
    [0.0, 0.004, 0.0027, 0.0]

    The first steps are small while the weights are still random and the gradients large; the long fall at the end lets
    the weights settle. In between, a rate that would be too high for all of training saves time.

    Parameters
    ----------
    peak : float
        The highest learning rate, above 0.
    steps : int
        Steps of the whole training, at least 1: epochs times steps an epoch.
    rise : float
        The share of the steps on which it rises, above 0 and below 1.

    Raises
    ------
    ValueError
        If one of them is out of range.

    References
    ----------
    L. N. Smith, *A disciplined approach to neural network hyper-parameters: Part 1*, 2018, section 4.
    """

    def __init__(self, peak: float, steps: int, rise: float = 0.15) -> None:
        super().__init__()
        if not peak > 0:
            raise ValueError(f"peak is {peak!r}; allowed is a number above 0")
        steps = whole_number("steps", steps)
        if not 0 < rise < 1:
            raise ValueError(f"rise is {rise!r}; allowed is a number between 0 and 1")
        self.peak, self.steps, self.rise = peak, steps, rise

    def __call__(self, step):
        """Give the learning rate of a step; 0 after the last."""
        done = ops.cast(step, "float32") / self.steps
        rising, falling = done / self.rise, (1 - done) / (1 - self.rise)
        return self.peak * ops.maximum(ops.minimum(rising, falling), 0.0)

    def get_config(self) -> dict[str, float]:
        """Return what builds it again."""
        return {"peak": self.peak, "steps": self.steps, "rise": self.rise}
