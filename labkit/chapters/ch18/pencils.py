"""The numbers of chapter 18 that the reader works out with a pencil."""

from labkit.chapters.ch18.exercises import giou_of_two, iou
from labkit.course.pencils import Pencil

BOX = (3, 2, 7, 5)
A, B = (0, 0, 4, 4), (1, 1, 5, 3)
LEFT, RIGHT = (0, 0, 2, 2), (6, 0, 8, 2)
STILL, MOVED = (0, 0, 40, 40), (4, 0, 44, 40)
ERRORS = (0.5, 3.0)


def smooth_l1(error: float, beta: float = 1.0) -> float:
    """Smooth L1 of one error."""
    return error**2 / (2 * beta) if abs(error) < beta else abs(error) - beta / 2


PENCILS = (
    Pencil(
        id="18-box",
        question="How many pixels has the box (3, 2, 7, 5)?",
        key=lambda: (BOX[2] - BOX[0]) * (BOX[3] - BOX[1]),
        mistakes={
            "You counted the column 7 and the row 5: right and bottom lie just outside.": lambda: 5 * 4,
            "You read 7 and 5 as width and height: they are right and bottom.": lambda: 7 * 5,
            "That is its width plus its height: multiply.": lambda: 4 + 3,
        },
        because="Right: 4 columns, 3 to 6, and 3 rows, 2 to 4.",
    ),
    Pencil(
        id="18-iou",
        question="And the IoU of (0, 0, 4, 4) and (1, 1, 5, 3)?",
        key=lambda: iou(A, B),
        decimals=2,
        mistakes={
            "What they share stands twice in your denominator: 16 + 8 − 6.": lambda: 6 / 24,
            "That is the share of the first box: divide by what both cover.": lambda: 6 / 16,
            "That is the share of the second box: divide by what both cover.": lambda: 6 / 8,
            "You divided by the box around both: 5 · 4, of which 2 belong to neither.": lambda: 6 / 20,
            "That is Dice, 2 · 6 / 24.": lambda: 12 / 24,
            "That is what they share, in pixels: divide it by what both cover.": lambda: 6.0,
        },
        because="Right: 6 of 18.",
    ),
    Pencil(
        id="18-shift",
        question="A box of 40 × 40 pixels lies 4 pixels too far to the right. What is its IoU with the true one?",
        key=lambda: iou(STILL, MOVED),
        decimals=2,
        mistakes={
            "That is the share of the box that is right; what is covered in vain counts, too.": lambda: 36 / 40,
            "They share 36 columns, and cover 44 together: you took off 4 twice from the 40.": lambda: 32 / 40,
        },
        because="Right: 36 of 44 columns. A tenth of its width off, and a fifth of the IoU is gone, nearly.",
    ),
    Pencil(
        id="18-giou",
        question="And the GIoU of (0, 0, 2, 2) and (6, 0, 8, 2), which lie further apart?",
        key=lambda: giou_of_two(LEFT, RIGHT),
        decimals=2,
        mistakes={
            "That is the IoU. Half of the box around both is covered by neither.": lambda: 0.0,
            "The uncovered share is subtracted.": lambda: 0.5,
            "You divided what is uncovered, 8, by what both cover. Divide by the hull, 16.": lambda: -1.0,
            "Your hull ends where the second box begins. It is the box around both, 8 wide.": lambda: -(12 - 8) / 12,
            "That is the width of the gap. It has 4 columns and 2 rows, so 8 pixels.": lambda: -4 / 16,
            "That is the loss, 1 − GIoU.": lambda: 1.5,
        },
        because="Right: 0 − 8/16.",
    ),
    Pencil(
        id="18-smooth",
        question="What is the smooth L1 of two errors, 0.5 and 3, added up (β = 1)?",
        key=lambda: sum(map(smooth_l1, ERRORS)),
        decimals=3,
        mistakes={
            "That is L1, without the smooth part: below 1 it is half the square.": lambda: sum(ERRORS),
            "You squared both: from 1 on it is the error less a half.": lambda: sum(error**2 / 2 for error in ERRORS),
            "The square is halved.": lambda: 0.25 + 2.5,
            "From 1 on a half is taken off, so that both parts meet.": lambda: 0.125 + 3,
        },
        because="Right: 0.125 + 2.5.",
    ),
)
