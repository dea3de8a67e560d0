"""Stores the kernels of a LiteRT file in fewer bits; the network computes with float32 as before.

`labkit.training.to_tflite` with ``"int8 weights"`` rounds all kernels to 8 bits. In EfficientNet-Lite0 the kernels that
narrow the maps, and those that filter each map by itself, suffer from it: logits move by as much as 0.8, and of half of
all photographs the five most probable classes change their order. Here these are kept in 16 bits, and the 1×1 kernels
that widen, three fifths of all weights, in 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST = 1024  # weights of a kernel for which it is worth it


def with_smaller_weights(content: bytes) -> bytes:
    """Return a LiteRT file whose kernels are stored as int8 or float16, each with an operation that unpacks it.

    Parameters
    ----------
    content : bytes
        A float32 file as `labkit.training.to_tflite` gives it. Its last convolution is stored as int8, and so are 1×1
        convolutions with more filters than channels; all other kernels are stored as float16.
    """
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    kinds = schema.BuiltinOperator
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    (graph,) = model.subgraphs
    unpack = schema.OperatorCodeT(builtinCode=kinds.DEQUANTIZE, deprecatedBuiltinCode=kinds.DEQUANTIZE, version=3)
    model.operatorCodes.append(unpack)
    convolutions = [
        operator
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode in (kinds.CONV_2D, kinds.DEPTHWISE_CONV_2D)
    ]
    added = []
    for operator in convolutions:
        packed = graph.tensors[operator.inputs[1]]
        buffer = model.buffers[packed.buffer]
        kernel = np.frombuffer(bytes(buffer.data), np.float32).reshape(packed.shape)
        if kernel.size < FEWEST:
            continue
        graph.tensors.append(schema.TensorT(shape=packed.shape, type=packed.type, name=packed.name + b"/unpacked"))
        filters, *window, channels = kernel.shape
        if operator is convolutions[-1] or (window == [1, 1] and filters > channels):
            codes, scales = rounded(kernel)
            packed.type = schema.TensorType.INT8
            packed.quantization = schema.QuantizationParametersT(scale=scales, zeroPoint=np.zeros(filters, np.int64))
        else:
            codes = kernel.astype(np.float16)
            packed.type = schema.TensorType.FLOAT16
        buffer.data = np.frombuffer(codes.tobytes(), np.uint8)
        place, new = operator.inputs[1], len(graph.tensors) - 1
        operator.inputs[1] = new
        added.append(
            schema.OperatorT(
                opcodeIndex=len(model.operatorCodes) - 1,
                inputs=np.array([place], np.int32),
                outputs=np.array([new], np.int32),
                builtinOptionsType=schema.BuiltinOptions.DequantizeOptions,
                builtinOptions=schema.DequantizeOptionsT(),
            )
        )
    graph.operators = added + graph.operators
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def rounded(kernel: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A kernel as whole numbers from −127 to 127, and for each filter (the first axis) the size of one.

    >>> codes, scales = rounded(np.array([[0.5, -1.27], [0.0, 0.0]], np.float32))
    >>> codes.tolist(), np.allclose(scales, [0.01, 1])
    ([[50, -127], [0, 0]], True)
    """
    most = np.abs(kernel).max(axis=tuple(range(1, kernel.ndim)))
    scales = np.where(most == 0, 1, most / 127).astype(np.float32)
    return np.round(kernel / scales.reshape(-1, *[1] * (kernel.ndim - 1))).astype(np.int8), scales
