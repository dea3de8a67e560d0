"""Quiz of chapter 18, Where is it? A box."""

from labkit.chapters.ch18.exercises import giou_of_two, iou
from labkit.course.quiz import Question

IMAGE = 224

QUIZ = [
    Question(
        text="A network answers each image with the box (0, 0, 224, 224), the whole image of 224×224. The object is "
        "a box of 112×112. What is the IoU?",
        key=lambda: round(iou((0, 0, IMAGE, IMAGE), (50, 60, 50 + IMAGE // 2, 60 + IMAGE // 2)), 2),
        distractors={
            1.0: "The object is inside the box. But most of the box is not object.",
            0.5: "Half as wide and half as high: a quarter of the area.",
            0.0: "They share the whole object.",
        },
        because="112² of 224². IoU punishes a box that is too large just as one that is too small.",
    ),
    Question(
        text="You put global average pooling in front of the layer that regresses the box, as for a class. What happens?",
        key=lambda: "the mean IoU falls, for means have lost where anything was",
        distractors={
            "nothing, the box is a property of the whole image": "Shift the object: the box moves, the means stay.",
            "it no longer runs, the shapes do not fit": "They fit. That is what makes the mistake hard to see.",
            "only the size of the box gets worse": "The size can be guessed from means. It is the position that is lost.",
        },
        because="What is good for a class, not to care about the position, is the wrong thing for a box.",
    ),
    Question(
        text="Two boxes lie apart. One of them moves a little nearer to the other. What do IoU and GIoU do?",
        key=lambda: (
            "IoU stays 0, GIoU rises"
            if iou((0, 0, 2, 2), (5, 0, 7, 2)) == 0
            and giou_of_two((0, 0, 2, 2), (5, 0, 7, 2)) > giou_of_two((0, 0, 2, 2), (6, 0, 8, 2))
            else "both stay 0"
        ),
        distractors={
            "both rise": "Nothing shared is 0, near or far.",
            "both stay 0": "GIoU also looks at the box around both, and that gets smaller.",
            "IoU rises, GIoU stays −1": "GIoU is above −1 for any two boxes that have an area.",
        },
        because="That is why the IoU alone is a poor loss: where it is 0 it has no slope.",
    ),
    Question(
        text="A map that says what speaks for the class is bright on the head of a cat only. Its box will be",
        key=lambda: "too small, though it points at the cat",
        distractors={
            "right, for the head is the cat": "For the class perhaps. The box was drawn around the whole animal.",
            "too large": "Round the head it is smaller than round the animal.",
            "nowhere, the map is wrong": "It answers its own question: what speaks for the class?",
        },
        because="A classifier needs no more than what sets the classes apart. Nobody told it where the animal ends.",
    ),
    Question(
        text="An image is turned by 20° for augmentation. Where does the new box come from?",
        key=lambda: "from the turned mask: the tightest box around it",
        distractors={
            "the old box stays": "The animal has moved, its box has to move as well.",
            "the four corners of the old box, turned, and the box around them": "Its corners were empty, so that is too large.",
            "the old box, turned": "Then it would stand askew. Left, top, right and bottom cannot say that.",
        },
        because="Where only boxes are known, turn little, or use shifts, zooms and mirrors: with these, boxes move exactly.",
    ),
]
