"""Quiz of chapter 9, augmentation."""

from labkit.course.quiz import Question


def _crops(large: int, small: int) -> int:
    return 2 * (large - small + 1) ** 2


QUIZ = [
    Question(
        text="Which of these changes may you make to images of handwritten digits?",
        key=lambda: "turn them by up to 10°",
        distractors={
            "mirror them left to right": "A mirrored 3 is no digit, and a mirrored 2 is nearly a 5.",
            "turn them by up to 180°": "Then a 6 becomes a 9 and keeps the label 6.",
            "mirror them top to bottom": "Few digits survive that: 0, 1, 3 and 8 at best.",
        },
        because="People write at a slant, so such digits occur, and each still is what it was.",
    ),
    Question(
        text="Images of 72×72 are cropped to 64×64 at random positions, and mirrored or not. How many different images "
        "can come of one?",
        key=lambda: _crops(72, 64),
        distractors={
            128: "8·8·2; but the crop has 9 positions along each side: 0, 1, …, 8.",
            81: "Nine by nine positions; and each may be mirrored.",
            64: "Eight by eight; there is one position more along each side, and the mirror doubles them.",
        },
        because="9·9·2. They are very much alike, so they are not worth as much as 162 photographs.",
    ),
    Question(
        text="An image of width 150 is shifted by at most 0.2 of its width. By how many pixels, at most?",
        key=lambda: round(0.2 * 150),
        distractors={
            20: "That would be 20 pixels; 0.2 is a part of the width.",
            15: "The shift goes up to 0.2 either way, not 0.2 in all.",
            60: "That is the range from one end to the other.",
        },
        because="0.2·150, to either side.",
    ),
    Question(
        text="You augment 1,000 photographs fivefold, shuffle the 5,000 files, and set 1,000 of them aside for "
        "validation. The validation accuracy is",
        key=lambda: "too high: nearly all of these images have a sibling in training",
        distractors={
            "right: no file is in both parts": "No file, but the same cat, on the same sofa, turned by a few degrees.",
            "too low: augmented images are harder": "They are; but the network has been trained on their siblings.",
        },
        because="Split first, then augment, and only the training part.",
    ),
    Question(
        text="Why does a network that is trained with augmentation often have a lower accuracy on its training images "
        "than on the validation images?",
        key=lambda: "the training images are made harder, the validation images are not",
        distractors={
            "it overfits": "An overfitted network is better on its training images.",
            "the validation images were seen in training": "They were not. It is the training images that are changed.",
        },
        because="Augmentation and dropout are off in validation. And fit takes the training accuracy during the epoch.",
    ),
]
