"""Quizzes whose answer keys are computed, shown by jupyterquiz.

>>> from labkit.course import all_questions
>>> question = all_questions("02")[0]
>>> len(question.choices()) >= 3
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.course.claims import show
from labkit.course.discovery import chapter_part, chapters_with


@dataclass(frozen=True)
class Question:
    """A multiple-choice question.

    Attributes
    ----------
    text : str
        The question, plain text or HTML.
    key : callable
        Computes the right choice when the quiz is shown, with the code that the chapter teaches.
    distractors : mapping of value to str
        The wrong choices, each with what to say to whoever picks it.
    because : str
        What to say to whoever picks the right one.
    """

    text: str
    key: Callable[[], Any]
    distractors: Mapping[Any, str]
    because: str

    def choices(self) -> list[tuple[str, bool, str]]:
        """All choices as (text, is it right, feedback), numbers by size and words by letter: place tells nothing.

        Raises
        ------
        ValueError
            If a distractor equals the computed key: the question would have two right answers.
        """
        right = self.key()
        if right in self.distractors:
            raise ValueError(f"distractors of {self.text!r} hold {right!r}, which is the right answer")
        feedback = {**self.distractors, right: self.because}
        return [(show(value), value == right, feedback[value]) for value in sorted(feedback)]


def all_questions(chapter: str) -> Sequence[Question]:
    """The questions of a chapter.

    Parameters
    ----------
    chapter : str
        Its number with two digits.

    Raises
    ------
    ValueError
        If that chapter has no quiz.
    """
    quiz = chapter_part(chapter, "quiz")
    if quiz is None:
        raise ValueError(f"chapter is {chapter!r}; there are quizzes for {', '.join(chapters_with('quiz'))}")
    return quiz.QUIZ


# jupyterquiz takes MathJax to be there in full as soon as anything bears its name, and fetches another copy from a
# content network if it is not. In this frame its program meets a stand-in: the page's own MathJax, once it can typeset.
# The choices keep their keys: without the attribute, JupyterLab's shortcuts take an arrow for "next cell".
FRAME = """(function () {
document.addEventListener("focusin", ({ target }) => {
    if (target.closest(".Quiz")) target.setAttribute("data-lm-suppress-shortcuts", "true");
});
const MathJax = {
    version: "3",
    typeset: elements => window.MathJax && window.MathJax.typesetPromise && window.MathJax.typesetPromise(elements),
};
%s
})();"""


# jupyterquiz writes its feedback in dark green or red on whatever is behind it, which may be a dark page, and hides the
# radio buttons, so that whoever comes with the keyboard could not see where they are.
STYLE = """<style>
.Quiz .Feedback { margin: 0; border-radius: 10px; color: var(--jq-text-color); }
.Quiz .Feedback.correct { background: var(--jq-correct-color); padding: .5em; }
.Quiz .Feedback.incorrect { background: var(--jq-incorrect-color); padding: .5em; }
.Quiz .MCButton:focus-within { outline: 3px solid #e69f00; outline-offset: 2px; }
</style>"""


def show_quiz(chapter: str) -> None:
    """Show the quiz of a chapter, in JupyterLab, on Colab and in the published book alike.

    Nothing is fetched and nothing is sent: questions, key and program are in the page.

    Parameters
    ----------
    chapter : str
        Its number with two digits.

    Raises
    ------
    ValueError
        If that chapter has no quiz.
    """
    from IPython import get_ipython
    from IPython.display import HTML, Javascript, display
    from IPython.utils.capture import capture_output
    from jupyterquiz import display_quiz

    questions = [_for_jupyterquiz(question) for question in all_questions(chapter)]
    if get_ipython() is None:
        print("A quiz can be shown in a notebook only.")
        return
    with capture_output() as shown:
        # Text on these colours reaches a contrast of 7:1, in the feedback as well.
        colors = {
            "--jq-multiple-choice-bg": "#2f3b59",
            "--jq-correct-color": "#0f5a2d",
            "--jq-incorrect-color": "#8c1d14",
        }
        display_quiz(questions, shuffle_answers=False, max_width=720, colors=colors)
    box, program = (output.data for output in shown.outputs)
    # jupyterquiz leaves its box open, which would draw the rest of a published page into it.
    left_open = box["text/html"].count("<div") - box["text/html"].count("</div>")
    display(HTML(box["text/html"] + left_open * "</div>" + STYLE))
    display(Javascript(FRAME % program["application/javascript"]))


def _for_jupyterquiz(question: Question) -> dict[str, Any]:
    """Put a question in jupyterquiz's terms; the feedback says right or wrong, not by colour alone."""
    return {
        "question": question.text,
        "type": "multiple_choice",
        "answers": [
            {"answer": text, "correct": right, "feedback": f"{'Right.' if right else 'Not that one.'} {feedback}"}
            for text, right, feedback in question.choices()
        ],
    }
