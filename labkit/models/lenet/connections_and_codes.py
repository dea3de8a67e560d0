"""LeNet-5's two fixed tables: which maps C3's filters look at, and the image that stands for each digit."""

from __future__ import annotations

import numpy as np


def _marked(rows: str, mark: str) -> np.ndarray:
    """Where a text image bears a mark: (rows, columns), bool."""
    return np.array([[sign == mark for sign in row] for row in rows.split()])


# As Table I of the paper: a row for each map of S2, a column for each map of C3.
_TABLE_I = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""

C3_CONNECTIONS: np.ndarray = _marked(_TABLE_I, "X").T
"""Which of S2's 6 maps each of C3's 16 filters looks at: (16, 6), bool.

>>> C3_CONNECTIONS.sum(axis=1)  # six filters look at three maps, nine at four, the last at all six
array([3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6])

LeCun et al. 1998, Table I.
"""
C3_CONNECTIONS.flags.writeable = False

_DIGITS = """
    ....... ....... ....... ....... ....... ....... ....... ....... ....... .......
    ..###.. ...#... .#####. .#####. .....#. ####### ..####. ####### .#####. .#####.
    .#...#. ..##... #.....# #.....# ....##. #...... .#..... ......# #.....# #.....#
    #.....# .#.#... ......# ......# ...#.#. #...... #...... .....#. #.....# #.....#
    #.....# ...#... ......# ......# ..#..#. #...... #...... .....#. #.....# #.....#
    #.....# ...#... .....#. ..####. .#...#. ######. #.####. ....#.. .#####. .######
    #.....# ...#... ....#.. ......# #....#. ......# ##....# ....#.. #.....# ......#
    #.....# ...#... ...#... ......# ####### ......# #.....# ...#... #.....# ......#
    #.....# ...#... ..#.... ......# .....#. ......# #.....# ...#... #.....# ......#
    .#...#. ...#... .#..... #.....# .....#. #.....# #.....# ..#.... #.....# .....#.
    ..###.. .#####. ####### .#####. .....#. .#####. .#####. ..#.... .#####. .####..
    ....... ....... ....... ....... ....... ....... ....... ....... ....... .......
"""

# Twelve rows of ten digits, each seven pixels wide: digits first, then rows, then columns.
DIGIT_CODES: np.ndarray = np.where(_marked(_DIGITS, "#").reshape(12, 10, 7).transpose(1, 0, 2), 1, -1).astype("float32")
"""An image of each digit, +1 for ink and −1 for paper: (10, 12, 7), float32.

>>> print("\\n".join("".join("#" if pixel > 0 else "." for pixel in row) for row in DIGIT_CODES[7]))
.......
#######
......#
.....#.
.....#.
....#..
....#..
...#...
...#...
..#....
..#....
.......

The 12·7 = 84 pixels are what F6's 84 units are to show when the network sees that digit. The paper drew its codes in
this manner (LeCun et al. 1998, Figure 3), for all characters of the keyboard, so that those that look alike have codes
that are alike. The drawings here are our own: any two digits differ in 6 pixels at least (3 and 8).
"""
DIGIT_CODES.flags.writeable = False
