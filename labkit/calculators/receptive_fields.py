"""How much of the image one number in a layer sees, and where.

Along each axis a receptive field is an interval of input places. The place i of a map sees the input from
``start + i·jump`` to ``stop + i·jump``; a window of span k (with dilation), stride s and padding p before makes of that

    start ← start − p·jump,    stop ← stop + (k − 1 − p)·jump,    jump ← jump·s,

so that the size grows by (k − 1)·jump (Araujo, Norris & Sim, *Computing Receptive Fields of Convolutional Neural
Networks*, Distill 2019, equations 1 and 2). The jump is the effective stride. Where branches meet, the field is the
smallest interval that holds them all. After global pooling or a dense layer every number sees what all places of the
map saw, as far as it lies in the image: see ``labkit/calculators/sight.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labkit.calculators.field import Extent, ReceptiveField, by
from labkit.calculators.graph import Graph
from labkit.calculators.layers.base import Shape
from labkit.calculators.sight import Sight, passed_on, picture
from labkit.calculators.to_graph import as_graph

__all__ = ["Answer", "Extent", "ReceptiveField", "all_fields", "by", "receptive_field"]

Answer = ReceptiveField | Exception
"""A field, or why there is none."""


def all_fields(graph: Graph) -> list[Answer]:
    """Return the receptive field of every node; where there is none, the error that says why.

    >>> from labkit.calculators.layers import Conv2D, MaxPooling2D
    >>> [str(field) for field in all_fields(as_graph([Conv2D(8, 3), MaxPooling2D(2)], (28, 28, 1)))]
    ['1×1', '3×3', '4×4']
    """
    inputs = sum(not node.inputs for node in graph.nodes)
    several = ValueError(f"the model has {inputs} inputs; allowed is one") if inputs > 1 else None
    sights: list[Sight | Exception] = []
    for index, node in enumerate(graph.nodes):
        before: Sequence[Sight | Exception] = [sights[i] for i in node.inputs]
        reason = next((sight for sight in before if isinstance(sight, Exception)), None)
        if not node.inputs:
            sights.append(several or picture(node.shape or ()))
        else:
            sights.append(reason or passed_on(graph, index, before))  # type: ignore[arg-type]
    return [sight if isinstance(sight, Exception) else sight.answer for sight in sights]


def receptive_field(model: Any, layer: Any, input_shape: Shape | None = None) -> ReceptiveField:
    """Return what one number in ``layer`` sees of the image.

    >>> from labkit.calculators.layers import Conv2D, MaxPooling2D
    >>> convnet = [Conv2D(32, 3), MaxPooling2D(2), Conv2D(64, 3), MaxPooling2D(2), Conv2D(64, 3, name="conv3")]
    >>> field = receptive_field(convnet, "conv3", input_shape=(28, 28, 1))
    >>> field.size, field.effective_stride, field.working
    ((18, 18), (4, 4), '10 + (3 − 1)·4 = 18')

    Parameters
    ----------
    model
        A Keras model, or a list of descriptions from :mod:`labkit.calculators.layers`.
    layer
        The layer, or its name.
    input_shape
        ``(height, width, channels)``, where the model does not say it itself.

    Returns
    -------
    ReceptiveField
        Its ``size``, ``effective_stride``, ``start`` and ``working``; over branches the bounding interval, with each
        branch's own in ``branches``.

    Raises
    ------
    ValueError
        When there is no such layer, branches with different effective strides meet, or the model has several inputs.
    UnknownLayerError
        When there is no rule for a layer on the way (a ``TypeError``).

    References
    ----------
    Araujo, Norris & Sim, Distill 2019, doi:10.23915/distill.00021.
    """
    graph = as_graph(model, input_shape)
    answer = all_fields(graph)[graph.find(layer)]
    if isinstance(answer, Exception):
        raise answer
    return answer
