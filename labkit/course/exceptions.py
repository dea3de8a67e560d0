"""What an exception in an answer usually means, in one sentence for somebody who meets it for the first time."""

from __future__ import annotations

import re

import numpy as np

# What an array has, such as `shape`, and a list or a tuple does not.
OF_AN_ARRAY = "|".join(name for name in dir(np.ndarray) if not name.startswith("_"))

# The first entry whose type and text both match is told. Texts are those of CPython 3.11 to 3.14 and NumPy 1.26 to 2.
USUAL_MEANING: tuple[tuple[str, str, str], ...] = (
    (
        "IndexError",
        "only integers|arrays used as indices",
        "An index has to be a whole number: divide with `//`, or wrap it in `int(…)`.",
    ),
    (
        "IndexError",
        "too many indices",
        "The array has fewer axes than you wrote indices: print its `.shape`.",
    ),
    (
        "IndexError",
        "",
        "An index ran past the end: look at the last round of your loop, and at where the last window begins.",
    ),
    (
        "KeyError",
        "",
        "The dictionary has no such key: look at how it is spelt, or use `.get(key, 0)`.",
    ),
    (
        "ValueError",
        "truth value of an array",
        "`if`, `and`, `or` take one yes or no, and this is a whole array: use `np.where`, `np.maximum`, `&` or `|`.",
    ),
    (
        "ValueError",
        "`target` and `output` must have the same",
        "The loss compares labels and outputs of different forms: `keras.utils.to_categorical` makes a row of each "
        "label; the sparse loss takes plain numbers.",
    ),
    (
        "ValueError",
        "read-only",
        "You write into an array that may only be read: work on a copy, `x = x.copy()`.",
    ),
    (
        "ValueError",
        "could not be broadcast|could not broadcast|[Ii]ncompatible shapes|inconsistent shapes|shape-mismatch",
        "Two arrays of different shapes meet: print the `.shape` of both just before this line.",
    ),
    (
        "ValueError",
        "matmul|shapes .* not aligned",
        "The rows of a matrix product do not fit its columns: perhaps `*` is meant, or one of the two has to "
        "be transposed.",
    ),
    (
        "ValueError",
        "inhomogeneous|with a sequence",
        "The rows of your list differ in length, or a list stands where one number should.",
    ),
    (
        "ValueError",
        "cannot reshape",
        "The new shape holds another number of values than the array: is a side odd, or not divisible?",
    ),
    (
        "ValueError",
        "unpack",
        "The number of names left of `=` is not the number of values on its right.",
    ),
    (
        "ValueError",
        "invalid literal|could not convert string",
        "This text is no number.",
    ),
    (
        "ValueError",
        "zero-size|empty (sequence|array|slice|range)|arg is an empty",
        "Something is empty that should not be: an index or a condition chose nothing.",
    ),
    (
        "ValueError",
        "incompatible with the layer",
        "What came in has another shape than the layer expects: print the `.shape` of both, and look at `keras.Input`.",
    ),
    (
        "(AxisError|ValueError)",
        "axis .* out of bounds",
        "The array has no such axis: axes are counted from 0, print its `.shape`.",
    ),
    (
        r"(_?UFunc\w*Error|TypeError)",
        "Cannot cast ufunc",
        "An array keeps its type when it is changed in place: make it `x.astype(float)` first, or write `x = "
        "x * …` instead of `x *= …`.",
    ),
    (
        r"_?UFunc\w*Error",
        "",
        "NumPy cannot do this with these types: print the `.dtype` of both.",
    ),
    (
        "OverflowError",
        "out of bounds|too large to convert",
        "This type of number cannot hold the value, a byte holds 0 to 255: calculate in a larger type first, "
        "such as `int` or `float`.",
    ),
    (
        "TypeError",
        "positional argument|unexpected keyword|missing .* argument",
        "A function is called with other arguments than it takes: compare the line of its `def` with the call.",
    ),
    (
        "(TypeError|AttributeError)",
        "NoneType",
        "Something is `None` here: a function without `return`, or a list method such as `append` and `sort`, "
        "gives back nothing.",
    ),
    (
        "TypeError",
        "not subscriptable|not iterable|has no len",
        "A single number, or a function, stands where a list or an array should.",
    ),
    (
        "TypeError",
        "not callable",
        "Something that is no function is called: look for a missing operator before `(`, or a variable with "
        "a function's name.",
    ),
    (
        "TypeError",
        "interpreted as an integer|indices must be|only integer",
        "A whole number is needed here: divide with `//`, or wrap it in `int(…)`.",
    ),
    (
        "TypeError",
        "multiply sequence|unsupported operand .*'list'|can only concatenate|"
        r"list\W+ and|'list'",
        "A Python list cannot be calculated with as an array can: begin with `x = np.asarray(x)`, or use a loop.",
    ),
    (
        "TypeError",
        "unsupported operand|not supported between|must be real number|ufunc .* not supported",
        "These types cannot be calculated with or compared: print `type(…)` of both.",
    ),
    (
        "TypeError",
        "does not support item assignment",
        "A tuple or a text cannot be changed: make a list or an array of it first.",
    ),
    (
        "AttributeError",
        f"'(list|tuple)' object has no attribute '({OF_AN_ARRAY})'",
        "A Python list is not an array: begin with `x = np.asarray(x)`.",
    ),
    (
        "AttributeError",
        "'(list|tuple)' object has no attribute",
        "A list or a tuple has nothing of this name. Its entries are reached by their number: `x[0]` is the first.",
    ),
    (
        "AttributeError",
        "module .* has no attribute",
        "The module has nothing of this name: look at how it is spelt.",
    ),
    (
        "AttributeError",
        "",
        "There is nothing of this name in the object: look at how it is spelt, and at `type(…)` of the object.",
    ),
    (
        "UnboundLocalError",
        "",
        "A variable is used before it is given a value: set it before the loop.",
    ),
    (
        "NameError",
        "",
        "This name is not known: look at how it is spelt, and run the cell that defines or imports it.",
    ),
    (
        "ZeroDivisionError",
        "",
        "You divide by 0: take care of the case in which there is nothing to divide by.",
    ),
    (
        "(ModuleNotFoundError|ImportError)",
        "",
        "The module is not installed, or is spelt in another way; NumPy is all that an exercise needs, unless "
        "it says so.",
    ),
    (
        "RecursionError",
        "",
        "A function calls itself without end: the case in which it stops is missing or is never reached.",
    ),
    (
        "MemoryError",
        "",
        "An array became far too large: print the shape you ask for.",
    ),
    (
        "(StopIteration|RuntimeError)",
        "StopIteration|^$",
        "`next` was called when nothing was left.",
    ),
    (
        r"Unicode\w+",
        "",
        'These bytes are no text: compare them with bytes, `b"…"`.',
    ),
    (
        "FileNotFoundError",
        "",
        "There is no such file: the arguments hold all that is needed.",
    ),
    (
        "NotImplementedError",
        "",
        "This line is still to be replaced by your code.",
    ),
    (
        "AssertionError",
        "",
        "An `assert` in your own code does not hold with this input.",
    ),
    (
        "SystemExit",
        "",
        "`sys.exit()` and `exit()` end the whole program: use `return`.",
    ),
    (
        "KeyboardInterrupt",
        "",
        "Your code raised it itself: use `return`.",
    ),
    (
        "InvalidArgumentError",
        "Incompatible shapes",
        "Two shapes do not fit each other. Perhaps the model gives something else than it is compared with: print "
        "`model.output_shape`.",
    ),
    (
        "InvalidArgumentError",
        "",
        "TensorFlow was given shapes or types that do not fit: print the `.shape` of what goes in.",
    ),
)


def usual_meaning(raised: str, reason: str) -> str:
    """Say what an exception usually means.

    Parameters
    ----------
    raised : str
        The name of its type.
    reason : str
        Its text.

    Returns
    -------
    str
        One sentence; empty for exceptions that are not known here.

    Examples
    --------
    >>> usual_meaning("NameError", "name 'nq' is not defined")
    'This name is not known: look at how it is spelt, and run the cell that defines or imports it.'
    """
    for kind, text, meaning in USUAL_MEANING:
        if re.fullmatch(kind, raised) and re.search(text, reason):
            return meaning
    return ""
