"""The chapters: all that the library knows of one chapter stands in its folder, ``chNN``.

``claims.yml`` holds what its sources state, ``exercises.py`` its exercises, ``quiz.py`` its quiz, ``experiments.py``
what it trains and records, ``project.py`` its project, if it has one. Nothing imports a chapter by name;
`labkit.course` finds it by its folder.
"""
