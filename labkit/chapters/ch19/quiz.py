"""Quiz of chapter 19, How many, and where? Detection."""

from labkit.chapters.ch19.exercises import average_precision, suppress
from labkit.course.quiz import Question
from labkit.ops import box_iou

TWO_CATS = [(0, 0, 40, 40), (10, 0, 50, 40)]  # 30 columns of 50 shared

QUIZ = [
    Question(
        text="Two cats lie so close that their true boxes have an IoU of 0.6. The detector finds both exactly. "
        "Suppression at a threshold of 0.5 leaves",
        key=lambda: (
            "one of them: the other is lost"
            if box_iou(TWO_CATS[:1], TWO_CATS[1:])[0, 0] == 0.6 and suppress(TWO_CATS, [0.9, 0.8], 0.5) == [0]
            else "both"
        ),
        distractors={
            "both, for they are two animals": "Suppression does not see animals, only boxes and scores.",
            "neither": "The surest box is always kept.",
            "both, with a lower score": "Scores are not changed here; that would be a gentler kind of suppression.",
        },
        because="That is its price. A higher threshold keeps both, and keeps more double boxes elsewhere.",
    ),
    Question(
        text="A detector finds all 4 animals with its 4 surest boxes. Then it adds 96 boxes at random, with lower scores. "
        "Its average precision",
        key=lambda: (
            "stays 1: they come after everything has been found"
            if average_precision([True] * 4 + [False] * 96, 4) == 1
            else "falls"
        ),
        distractors={
            "falls to 0.04": "That is the precision when all boxes count. The curve reaches a recall of 1 before them.",
            "falls to a half": "Only the precision at a recall that is reached counts, and 1 is reached after four boxes.",
            "cannot be told without the IoU": "The first four are right; that is all it takes.",
        },
        because="So reports keep boxes of low scores, and whoever uses a detector chooses a threshold for the score.",
    ),
    Question(
        text="Why not simply train the 756 logits with the plain cross-entropy?",
        key=lambda: "hundreds of easy empty places would outweigh the few with an animal",
        distractors={
            "cross-entropy cannot be computed for two classes": "It can, for any number of yes-or-no answers.",
            "its slope is 0 where nothing is there": "There is a slope at each empty place: that is just what adds up.",
            "it cannot be used with a frozen backbone": "The loss knows nothing of the backbone.",
        },
        because="Focal loss makes an easy place cheap: at p = 0.1 a hundredth of its cross-entropy, and less below.",
    ),
    Question(
        text="AP@.5 is 0.90 and AP@.75 is 0.55. What does that say?",
        key=lambda: "most animals are found, but many boxes do not sit well",
        distractors={
            "a quarter of the animals is missing": "Then AP@.5 would be low as well.",
            "the scores are wrong": "The order of the scores is the same for both; it is the overlap that is asked for.",
            "there are too many double boxes": "They would lower both numbers.",
        },
        because="The same boxes are judged twice; only how well they must sit differs.",
    ),
    Question(
        text="Two animals have boxes that belong to the same map, and their middles fall into the same cell. What can its place learn?",
        key=lambda: "one box only, here that of the smaller animal",
        distractors={
            "both boxes, one for each class": "A place has one logit for each class, but only four distances.",
            "the mean of both boxes": "Nothing is averaged: the smaller one is written over the larger.",
            "neither": "One of them is written down.",
        },
        because="Finer maps make that rare; anchors and queries are other ways out.",
    ),
]
