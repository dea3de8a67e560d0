"""Exercises and projects as assignments that other programs hand out, collect and grade.

What leaves the teacher's machine holds no solution: `recorded` keeps what the solution and the listed mistakes gave, as
data, and `banks` what else a check needs.
"""
