"""Tapping: reading what comes out of a layer while its model runs, without building another model."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import tensorflow as tf

from labkit.explain.finding_layers import Place, find_layer

_MISSING = object()
_changing = threading.Lock()  # held while a layer's call is exchanged, never while a model runs


class Tap:
    """What tapped layers gave while the model ran; filled by :func:`tap`."""

    def __init__(self, places: Iterable[Place]):
        self.places = tuple(places)
        self._outputs: dict[int, list[Any]] = {id(place.layer): [] for place in self.places}

    def calls(self, layer: Any) -> list[Any]:
        """Return all that a layer gave, in the order of its calls: several where the model uses it several times."""
        return self._outputs[id(self._place(layer).layer)]

    def __getitem__(self, layer: Any) -> Any:
        """Return what a layer gave in its last call."""
        return self.call(layer, -1)

    def call(self, layer: Any, number: int) -> Any:
        """Return what a layer gave in call ``number``, from 0; ``-1`` is the last.

        Raises
        ------
        ValueError
            When the model did not call the layer (so often) in this pass.
        """
        place, outputs = self._place(layer), self.calls(layer)
        if not outputs:
            raise ValueError(
                f"layer {place.name} was not called in this pass; call the model directly, as in model(images), and "
                f"not by predict, which runs a program recorded before"
            )
        if not -len(outputs) <= number < len(outputs):
            raise ValueError(f"call is {number}; {place.name} was called {len(outputs)} times, from 0")
        return outputs[number]

    def _place(self, layer: Any) -> Place:
        for place in self.places:
            if layer in (place.name, place.layer.name) or layer is place.layer:
                return place
        raise KeyError(f"{layer!r} is not tapped; tapped are {', '.join(place.name for place in self.places)}")


@contextmanager
def tap(model: Any, layers: Any, on_output: Callable[[Any, Any], None] | None = None) -> Iterator[Tap]:
    """Read the outputs of some layers while a model runs; afterwards the model is as it was.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="hidden"), keras.layers.Dense(2)])
    >>> with tap(model, "hidden") as seen:
    ...     _ = model(tf.ones((5, 4)))
    >>> seen["hidden"].shape
    TensorShape([5, 3])

    The layer's ``call`` is wrapped on this one object, so it makes no difference how the model was built: Sequential,
    functional, nested, a class, or read from a file. Inside a ``tf.function`` that is traced within the ``with``, what
    is read are that function's own tensors.

    What a tapped layer hands on is the very tensor that is read, and no other layer has it: its gradient holds what
    flows through this layer, also where the layer itself changes nothing and its input is used elsewhere too.

    Parameters
    ----------
    model
        Any Keras model. It has to be called directly, ``model(images)``, inside the ``with``.
    layers
        One layer or several: names as :func:`~labkit.explain.finding_layers.find_layer` takes them, or layers.
    on_output
        Called with each layer and its output, as it comes; ``lambda layer, output: tape.watch(output)`` records no
        more of the pass than what comes after the layer.

    Raises
    ------
    ValueError
        When a layer is not found.
    """
    several = layers if isinstance(layers, list | tuple) else [layers]
    taps = Tap(find_layer(model, layer) for layer in several)

    def read(layer: Any, original: Callable, *args: Any, **kwargs: Any) -> Any:
        output = tf.nest.map_structure(_own, original(*args, **kwargs))
        if on_output is not None:
            on_output(layer, output)
        taps._outputs[id(layer)].append(output)
        return output

    with ExitStack() as undo:
        for layer in {id(place.layer): place.layer for place in taps.places}.values():
            undo.enter_context(_listening(layer, read))
        yield taps


class _Listened:
    """What stands in place of a layer's ``call`` while somebody listens; each hears what their own thread calls."""

    def __init__(self, layer: Any):
        # Written past Keras's own setattr, which would take it for a part of the layer's state.
        self.before = layer.__dict__.get("call", _MISSING)
        self.layer, self.original = layer, layer.call
        self.listeners: list[tuple[int, Callable]] = []
        functools.update_wrapper(self, self.original)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        call = self.original
        for thread, around in tuple(self.listeners):
            if thread == threading.get_ident():
                call = functools.partial(around, self.layer, call)
        return call(*args, **kwargs)


@contextmanager
def _listening(layer: Any, around: Callable) -> Iterator[None]:
    """Have ``around(layer, original_call, *args, **kwargs)`` run in place of a layer's call, for a while.

    Who stops listening takes away only what is theirs, so that threads and the order of the ends make no difference;
    the last gives the layer back what it had.
    """
    mine = (threading.get_ident(), around)
    with _changing:
        listened = layer.__dict__.get("call")
        if not isinstance(listened, _Listened):
            listened = layer.__dict__["call"] = _Listened(layer)
        listened.listeners.append(mine)
    try:
        yield
    finally:
        with _changing:
            listened.listeners.remove(mine)
            if not listened.listeners and layer.__dict__.get("call") is listened:
                if listened.before is _MISSING:
                    del layer.__dict__["call"]
                else:
                    layer.__dict__["call"] = listened.before


def _own(output: Any) -> Any:
    """A tensor that nobody else has, with the mask of the one it was made from."""
    if not isinstance(output, tf.Tensor):
        return output
    own = tf.identity(output)
    mask = getattr(output, "_keras_mask", None)
    if mask is not None:
        own._keras_mask = mask
    return own
