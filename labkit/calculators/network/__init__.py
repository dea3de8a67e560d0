"""Keras models, read as graphs of descriptions: the one corner of the room that imports Keras, and only when used."""

from labkit.calculators.network.descriptions import describe, register_layer
from labkit.calculators.network.walk import read

__all__ = ["describe", "read", "register_layer"]
