"""The numbers of chapter 11b that the reader works out with a pencil."""

from labkit.calculators import layers, parameters
from labkit.course.pencils import Pencil

PENCILS = (
    Pencil(
        id="11b-left",
        question="A class has 10 photographs of 8 crops. A fifth of the photographs is for validation, a fifth for "
        "testing. How many crops are left for training?",
        key=lambda: (10 - 2 - 2) * 8,
        mistakes={
            "Those are the photographs: each brings its crops.": lambda: 10 - 2 - 2,
            "You took one fifth away: validation and testing get one each.": lambda: (10 - 2) * 8,
            "That is one of the parts that are held back.": lambda: 2 * 8,
            "That is what both other parts get together.": lambda: (2 + 2) * 8,
        },
        because="Right: photographs are divided, and their crops follow.",
    ),
    Pencil(
        id="11b-head",
        question="You add a third class. How many numbers are trained in the head, on the same 1,280 features?",
        key=lambda: parameters(layers.Dense(3), (1280,)),
        mistakes={
            "Each class has a bias, too.": lambda: 1280 * 3,
            "You added one bias for all: each class has its own.": lambda: 1280 * 3 + 1,
            "That is for two classes.": lambda: parameters(layers.Dense(2), (1280,)),
            "Each class weighs every feature: three times as many weights.": lambda: 1280 + 3,
        },
        because="Right: a weight for each feature and class, and a bias for each class.",
    ),
)
