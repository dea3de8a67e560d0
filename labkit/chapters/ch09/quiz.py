"""Quiz of chapter 9, augmentation."""

from labkit.course.quiz import Question

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
        text="RandomRotation takes a part of a full turn. Which number turns an image by up to 27° to either side?",
        key=lambda: 27 / 360,
        distractors={
            27: "That would be 27 full turns.",
            0.15: "That is 54°: the range from one end to the other, not up to either side.",
            0.3: "That is 27 of 90 degrees; a full turn has 360.",
        },
        because="27/360.",
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
        text="In training with augmentation, why can the accuracy that fit prints be lower than what evaluate then gives "
        "on the very same images?",
        key=lambda: "fit saw them changed, and evaluate sees them as they are",
        distractors={
            "it overfits": "An overfitted network is better on its training images.",
            "evaluate takes other images": "The same ones were asked for. It is how they are shown that differs.",
        },
        because="Augmentation and dropout are off in evaluate. And fit takes the accuracy during the epoch.",
    ),
]
