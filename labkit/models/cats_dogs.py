"""Two networks that tell cats from dogs: the decks', and one made as networks are made since 2015."""

from __future__ import annotations

import keras
from keras import layers


def cats_dogs_convnet(input_shape: tuple[int, int, int] = (150, 150, 3), dropout: float = 0.0) -> keras.Sequential:
    """Return the lecture decks' network for cats and dogs: 3,453,121 parameters.

    >>> model = cats_dogs_convnet()
    >>> [layer.count_params() for layer in model.layers if layer.count_params()]
    [896, 18496, 73856, 147584, 3211776, 513]

    Four 3×3 convolutions, each with 2×2 max pooling after it, shrink a picture of 150×150 to 74, 36, 17 and 7. The
    7·7·128 = 6,272 numbers that are left go through two dense layers, of which the first holds 93 of 100 parameters.

    Pictures go in as they are read, 0 to 255: the first layer divides by 255, so that nobody can forget to.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``; at least 46×46, or nothing is left to flatten.
    dropout
        Share of the flattened numbers that each training step sets to zero, 0 to less than 1. The decks take 0.5 when
        they augment. With 0 there is no such layer.

    Returns
    -------
    keras.Sequential
        Built, not compiled; input ``(batch, height, width, channels)``, output ``(batch, 1)``: the probability of the
        class with label 1.

    Raises
    ------
    ValueError
        When ``input_shape`` is not three numbers or is too small, or ``dropout`` is out of range.

    References
    ----------
    F. Chollet, *Deep Learning with Python*, section 5.2 (2017), where the scaling is a step of the data pipeline.
    """
    _check(input_shape, 46, dropout)
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255, name="rescaling"),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(128, 3, activation="relu", name="conv3"),
            layers.MaxPooling2D(2, name="pool3"),
            layers.Conv2D(128, 3, activation="relu", name="conv4"),
            layers.MaxPooling2D(2, name="pool4"),
            layers.Flatten(name="flatten"),
            *([layers.Dropout(dropout, name="dropout")] if dropout else []),
            layers.Dense(512, activation="relu", name="dense1"),
            layers.Dense(1, activation="sigmoid", name="probability"),
        ],
        name="cats_dogs_convnet",
    )


def cats_dogs_resnet(input_shape: tuple[int, int, int] = (112, 112, 3), dropout: float = 0.3) -> keras.Model:
    """Return a small residual network for cats and dogs: 1,212,385 parameters.

    >>> model = cats_dogs_resnet()
    >>> [layer.output.shape[1:] for layer in model.layers if layer.name.startswith("sum")]
    [(28, 28, 64), (14, 14, 128), (7, 7, 256)]

    What differs from `cats_dogs_convnet`, and what it is there for:

    - blocks that compute F(x) + x: the gradient reaches the first layers undiminished;
    - batch normalization after every convolution: larger steps, and a little noise in each, which is a cure for
      learning by heart;
    - a mean over each feature map in place of the large dense layer: where in the picture the cat sits is no longer
      something to learn by heart, and most of the parameters are gone.

    Pictures go in as they are read, 0 to 255.

    Parameters
    ----------
    input_shape
        ``(height, width, channels)``; at least 32×32. The work grows with the area.
    dropout
        Share of the 256 means that each training step sets to zero, 0 to less than 1.

    Returns
    -------
    keras.Model
        Built, not compiled; input ``(batch, height, width, channels)``, output ``(batch, 1)``: the probability of the
        class with label 1.

    Raises
    ------
    ValueError
        When ``input_shape`` is not three numbers or is too small, or ``dropout`` is out of range.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016, figures 2 and 3. S. Ioffe,
    C. Szegedy, "Batch normalization", 2015. M. Lin, Q. Chen, S. Yan, "Network in network", 2014, section 3.2.
    """
    _check(input_shape, 32, dropout)
    pictures = keras.Input(input_shape)
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(pictures)
    x = _convolution(x, 32, 5, stride=2, name="stem")
    x = layers.ReLU(name="stem_relu")(x)
    for number, filters in enumerate((64, 128, 256), start=1):
        x = _residual_block(x, filters, number)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(pictures, layers.Dense(1, activation="sigmoid", name="probability")(x), name="cats_dogs_resnet")


def _residual_block(x: keras.KerasTensor, filters: int, number: int) -> keras.KerasTensor:
    """Return F(x) + x at half the size: two convolutions, and beside them one of 1×1 that only fits the shapes."""
    changed = _convolution(x, filters, 3, stride=2, name=f"conv{number}a")
    changed = layers.ReLU(name=f"relu{number}a")(changed)
    changed = _convolution(changed, filters, 3, stride=1, name=f"conv{number}b")
    shortcut = _convolution(x, filters, 1, stride=2, name=f"shortcut{number}")
    total = layers.Add(name=f"sum{number}")([changed, shortcut])
    return layers.ReLU(name=f"relu{number}")(total)


def _convolution(x: keras.KerasTensor, filters: int, size: int, stride: int, name: str) -> keras.KerasTensor:
    """Return a convolution and its normalization, whose offset makes a bias needless."""
    x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False, name=name)(x)
    # Keras's default, 0.99, averages over some 100 steps: with 2,000 pictures more than an epoch, in which the weights
    # have moved on.
    return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)


def _check(input_shape: tuple[int, int, int], smallest: int, dropout: float) -> None:
    if len(input_shape) != 3 or min(input_shape[:2]) < smallest or input_shape[2] < 1:
        raise ValueError(
            f"input_shape is {input_shape!r}; allowed is (height, width, channels), "
            f"with a height and a width of at least {smallest}"
        )
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is {dropout!r}; allowed is a share from 0 to less than 1")
