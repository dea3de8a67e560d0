"""Quiz of chapter 11b, your own images."""

from labkit.course.quiz import Question


def _crops_for_validation() -> str:
    photographs, crops_each, share = 40, 6, 0.25
    return f"{round(share * photographs)} photographs, {round(share * photographs) * crops_each} crops"


QUIZ = [
    Question(
        text="From 40 photographs you cut 6 crops each. A quarter is for validation. What do you draw?",
        key=_crops_for_validation,
        distractors={
            "60 of the 240 crops": "Then nearly every photograph lends crops to both sides, and the network has seen its "
            "light, its background and its camera.",
            "1 or 2 crops of every photograph": "Then every photograph is on both sides.",
        },
        because="What belongs together stays together. The same number of crops, but no photograph on both sides.",
    ),
    Question(
        text="All your mugs stand on the kitchen table, all your bowls on the grass. Validation accuracy: 100 %. What has "
        "the network learned?",
        key=lambda: "that cannot be told: mug or bowl, or table or grass",
        distractors={
            "to tell mugs from bowls": "Table or grass would have given the same 100 %.",
            "table or grass": "It may be so. Put a mug on the grass and ask it.",
        },
        because="Where two things always come together, no accuracy tells which of them is used. Photograph each class on "
        "each background.",
    ),
    Question(
        text="The training images were turned upright by EXIF; the program that uses the network opens files with PIL's "
        "`Image.open` alone. What happens?",
        key=lambda: "photographs from a turned phone go in lying on their side, without any error",
        distractors={
            "Image.open turns them upright": "It reads EXIF's tag and leaves the pixels as they are. "
            "`ImageOps.exif_transpose` turns them.",
            "Keras refuses them": "The shape fits after resizing, and nothing else is looked at.",
        },
        because="An image has to go in as the training images did: turning, size, cutting, range.",
    ),
    Question(
        text="You hand on mug_or_bowl.keras without another file. What is missing?",
        key=lambda: "which output is the mug: a saved network has numbers, not names",
        distractors={
            "the weights": "They are in the file, with the layers.",
            "the normalization": "It is a layer of the network, so it is in the file.",
        },
        because="Class names are in alphabetical order here, which nobody can guess. Write them beside the network.",
    ),
]
