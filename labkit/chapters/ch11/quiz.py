"""Quiz of chapter 11, fine-tuning."""

from labkit.course.quiz import Question


def _block5_parameters() -> str:
    return f"{3 * (3 * 3 * 512 * 512 + 512):,}"


QUIZ = [
    Question(
        text="VGG16's last block has three convolutions of 512 filters, each 3×3 over 512 channels, with biases. How many "
        "parameters are tuned in it?",
        key=_block5_parameters,
        distractors={
            "2,359,808": "That is one of the three convolutions.",
            "7,077,888": "The biases are missing, 512 in each convolution.",
            "14,714,688": "That is the whole base. This block alone is nearly half of it.",
        },
        because="3·(3·3·512·512 + 512). Three of thirteen convolutions, but 48 % of the base's parameters.",
    ),
    Question(
        text="A head was trained with fit on a frozen base. Then the base's top block is set trainable, and fit is called "
        "again. What happens to that block?",
        key=lambda: "nothing: the training step was made at the first fit, without it",
        distractors={
            "it is tuned: the flags say so": "fit goes on with the training step it has. compile() makes a new one.",
            "Keras reports an error": "It says nothing, which is why one has to look at the weights.",
        },
        because="Unfreeze first, then compile, then fit. And compare the weights before and after.",
    ),
    Question(
        text="Why is the head trained before anything is unfrozen?",
        key=lambda: "a random head is wrong often and pushes the features in directions left to chance",
        distractors={
            "a random head cannot be trained together with other layers": "It can; the question is what it does to them.",
            "Keras allows one unfrozen part at a time": "Keras allows any.",
            "it makes the network smaller": "The network has the same layers either way.",
        },
        because="With p − label near zero, a trained head asks the features for small changes only.",
    ),
    Question(
        text="The network for cats and dogs is shown a bicycle and gives 0.98. What does that number mean?",
        key=lambda: "of cat and dog, dog; whether it is either was never asked",
        distractors={
            "it is a dog, with a probability of 98 %": "Only if it had to be a cat or a dog.",
            "the network is broken": "Its two probabilities must add up to 1, for bicycles, too.",
            "2 % of the image looks like a cat": "It is a statement about classes, not about areas.",
        },
        because="The network knows two answers. A third class, or a rule for when not to answer, has to be built.",
    ),
    Question(
        text="During fine-tuning the training loss falls, and the validation loss rises from the first epoch on. What do "
        "you try first?",
        key=lambda: "tune less: fewer layers, a lower rate, fewer epochs",
        distractors={
            "tune more layers": "That gives the network more room to learn the training images by heart.",
            "a higher rate": "Then it leaves what it knew even faster.",
            "train longer": "The curves have parted already.",
        },
        because="It learns the training images by heart and leaves what ImageNet taught it.",
    ),
]
