"""What is raised where there is no rule for a layer."""

from __future__ import annotations


class UnknownLayerError(TypeError):
    """A calculator was asked about a layer (or a kind of layer, by its name) that it has no rule for."""

    def __init__(self, question: str, layer: object, why: str = "is not known"):
        kind = layer if isinstance(layer, str) else type(layer).__name__
        super().__init__(
            f"the {question} of {kind} {why}; allowed are the layers of "
            f"labkit.calculators.layers, or a class of your own that is registered"
        )
