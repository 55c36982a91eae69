"""A float LiteRT model with its large kernels stored in 8 bits: a quarter of the size, its arithmetic still float.

LiteRT unpacks constant kernels when it opens the model. For networks whose activations cannot be rounded, such as a
tagger's whose batch normalisation is folded (a few channels reach 20 where most stay below 0.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 40_000
"""Bytes of a float kernel from which it is rounded: below are first and depthwise convolutions, together a 70th of a
MobileNet's size, whose rounding would cost its vectors more than that of all others."""


def quantise_weights(model: bytes, *, least: int = LEAST) -> bytes:
    """Store kernels as int8 with a scale per output channel, and an operation that unpacks them.

    Parameters
    ----------
    model : bytes
        A float LiteRT model.
    least : int
        Bytes of a kernel from which it is rounded.

    Returns
    -------
    bytes
        A LiteRT model with the same inputs and outputs.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    # Operation -> axis of output channels of its kernel.
    axes = {
        schema.BuiltinOperator.CONV_2D: 0,
        schema.BuiltinOperator.DEPTHWISE_CONV_2D: 3,
        schema.BuiltinOperator.FULLY_CONNECTED: 0,
    }
    parsed = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    graph = parsed.subgraphs[0]
    unpack = schema.OperatorCodeT()
    unpack.builtinCode = unpack.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    unpack.version = 3  # the first with a scale per channel
    parsed.operatorCodes.append(unpack)
    unpacking: list[Any] = []
    for operator in graph.operators:
        code = parsed.operatorCodes[operator.opcodeIndex]
        axis = axes.get(max(code.builtinCode, code.deprecatedBuiltinCode))
        if axis is None:
            continue
        place = int(operator.inputs[1])
        tensor = graph.tensors[place]
        data = parsed.buffers[tensor.buffer].data
        if data is None or tensor.type != schema.TensorType.FLOAT32 or len(data) < least:
            continue
        kernel = np.frombuffer(bytes(bytearray(data)), np.float32).reshape(tensor.shape)
        codes, scales = round_kernel(kernel, axis)
        packed = schema.TensorT()
        packed.name, packed.shape, packed.type = tensor.name + b"/int8", tensor.shape, schema.TensorType.INT8
        packed.buffer = _store(parsed, schema, codes)
        packed.quantization = schema.QuantizationParametersT()
        packed.quantization.scale = scales
        packed.quantization.zeroPoint = np.zeros(len(scales), np.int64)
        packed.quantization.quantizedDimension = axis
        graph.tensors.append(packed)
        parsed.buffers[tensor.buffer].data = None
        tensor.buffer = _store(parsed, schema, None)
        step = schema.OperatorT()
        step.opcodeIndex = len(parsed.operatorCodes) - 1
        step.inputs, step.outputs = np.array([len(graph.tensors) - 1], np.int32), np.array([place], np.int32)
        step.builtinOptionsType, step.builtinOptions = (
            schema.BuiltinOptions.DequantizeOptions,
            (schema.DequantizeOptionsT()),
        )
        unpacking.append(step)
    graph.operators = [*unpacking, *graph.operators]
    builder = flatbuffers.Builder(len(model))
    builder.Finish(parsed.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def round_kernel(kernel: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A kernel as int8 codes with a scale per channel.

    Parameters
    ----------
    kernel : ndarray, float32
    axis : int
        Of the channels.

    Returns
    -------
    codes : ndarray, same shape, int8
        -127 to 127.
    scales : ndarray [shape=(n_channels,)], float32
        kernel = codes * scale, to half a scale.
    """
    others = tuple(other for other in range(kernel.ndim) if other != axis)
    scales = np.maximum(np.abs(kernel).max(axis=others), 1e-12) / 127
    shape = [1] * kernel.ndim
    shape[axis] = -1
    codes = np.clip(np.rint(kernel / scales.reshape(shape)), -127, 127).astype(np.int8)
    return codes, scales.astype(np.float32)


def round_weights(weights: Mapping[str, NDArray[np.float32]], *, least: int = LEAST) -> dict[str, NDArray[np.float32]]:
    """Weights whose large kernels are values that int8 can say, so that `quantise_weights` changes nothing.

    What is fitted on top of them then goes by what the small model will give.

    Parameters
    ----------
    weights : mapping
        By name; a kernel's last axis is that of its output channels, as Keras has them.
    least : int
        Bytes of a kernel from which it is rounded.

    Returns
    -------
    dict
    """
    rounded = {}
    for name, value in weights.items():
        if name.endswith("/kernel") and value.nbytes >= least and "depthwise" not in name:
            codes, scales = round_kernel(value, value.ndim - 1)
            value = codes.astype(np.float32) * scales
        rounded[name] = value
    return rounded


def _store(parsed: Any, schema: Any, values: NDArray[Any] | None) -> int:
    """Number of a new buffer."""
    buffer = schema.BufferT()
    if values is not None:
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    parsed.buffers.append(buffer)
    return len(parsed.buffers) - 1
