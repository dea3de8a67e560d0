"""Quiz of chapter 5, a first convolutional network."""

import math

from labkit.course.quiz import Question


def _batches_in_an_epoch():
    return math.ceil(10_000 / 64)


def _dropped_at_least_once():
    return round(64 * (1 - 0.5**20))


QUIZ = [
    Question(
        text="One step of training uses one batch of images. When in this step do the weights change?",
        key=lambda: "after the backward pass, which gives the gradients",
        distractors={
            "in the forward pass, layer by layer": "The forward pass only computes scores and the loss.",
            "whenever predict is called": "predict changes nothing, or its answers would depend on their order.",
            "when the epoch is over": "Once for each batch, not once an epoch.",
        },
        because="Forward for the loss, backward for its slopes, then one step by the optimizer.",
    ),
    Question(
        text="The job of a loss function is to tell the difference between …",
        key=lambda: "what the network says and what is right",
        distractors={
            "the weights before and after a step": "That is the step. The loss is what makes it necessary.",
            "training and validation images": "It is computed on both, and knows nothing of the other.",
            "two classes that look alike": "That is the network's own job.",
        },
        because="Minus the logarithm of the probability of the right class: 0 when the two are one.",
    ),
    Question(
        text="What does the optimizer do?",
        key=lambda: "it turns the gradients into changes of the weights",
        distractors={
            "it activates the units when certain weights are passed": "That is done by the activation function, for instance ReLU.",
            "it finds the best weights at once": "It takes small steps, each from one batch, and may never be there.",
            "it computes the loss": "The loss function does.",
        },
        because="SGD, RMSprop and Adam differ in how far each weight moves for the same gradient.",
    ),
    Question(
        text="10,000 training images in batches of 64: how many batches make one epoch?",
        key=_batches_in_an_epoch,
        distractors={
            1: "So it would be if the batch were the whole training set.",
            64: "That is the size of a batch.",
            156: "16 images are left over. They make a last, smaller batch.",
        },
        because="10,000 / 64 = 156.25, and the rest is a batch of its own.",
    ),
    Question(
        text="Dropout at 0.5 sets each activation of a layer to 0 with a chance of one half, drawn anew at every step of "
        "training. After 20 steps, how many of 64 units were, most likely, dropped at least once?",
        key=_dropped_at_least_once,
        distractors={
            32: "So many are dropped in one step, and others in the next.",
            20: "It is not one a step, but about half of them in each.",
            0: "A unit would have to be lucky 20 times in a row; all 64, always.",
        },
        because="The chance to be spared 20 times is 0.5 to the power of 20, one in a million. Each step drops some, and none "
        "is exempt.",
    ),
    Question(
        text="The training loss is 0.001 and falls, the validation loss is 0.6 and rises. What is this?",
        key=lambda: "overfitting",
        distractors={
            "a learning rate that is too high": "Then the training loss would not be near 0.",
            "good: the loss falls": "On images that the network knows. It will be used on others.",
            "too few epochs": "More of the same would widen the gap.",
        },
        because="It learns its images by heart. Watch the validation loss, not the training loss.",
    ),
]
