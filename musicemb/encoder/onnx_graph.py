"""The graph of a float LiteRT model in ONNX, operation by operation; its weights stay in the LiteRT model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from musicemb.errors import BundleError

_OPSET, _IR = 17, 8
"""What ONNX Runtime reads from 1.12 on."""
_TO_CHANNELS_FIRST, _TO_CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]
_LARGE = 64
"""Bytes from which a constant is left in the LiteRT model."""


def convert_to_onnx(model: Path) -> bytes:
    """The graph of a float LiteRT model as an ONNX model whose weights lie in that file.

    Parameters
    ----------
    model : Path
        The ONNX model has to lie beside it.

    Returns
    -------
    bytes

    Raises
    ------
    BundleError
        Where it has an operation that is not translated.
    """
    return _Translation(model).model()


class _Translation:
    """Walks the operations; images are kept channels first, as ONNX has them, until something else is needed."""

    def __init__(self, model: Path) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._path = model
        self._schema = schema
        self._data = model.read_bytes()
        self._view = schema.Model.GetRootAs(self._data, 0)
        self._parsed = schema.ModelT.InitFromObj(self._view)
        self._graph = self._parsed.subgraphs[0]
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._first: set[int] = set()
        """Tensors of the LiteRT model whose ONNX tensor is channels first."""

    def model(self) -> bytes:
        from onnx import TensorProto, helper

        codes = {value: name for name, value in vars(self._schema.BuiltinOperator).items() if name.isupper()}
        for operator in self._graph.operators:
            code = self._parsed.operatorCodes[operator.opcodeIndex]
            name = codes.get(max(code.builtinCode, code.deprecatedBuiltinCode), "?")
            translate = getattr(self, f"_{name.lower()}", None)
            if translate is None:
                raise BundleError(f"{self._path}: {name} has no translation to ONNX")
            translate(operator, operator.builtinOptions)
        source, target = int(self._graph.inputs[0]), int(self._graph.outputs[0])
        result = self._last(target)
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info(_name(source), TensorProto.FLOAT, self._shape(source))],
            [helper.make_tensor_value_info(result, TensorProto.FLOAT, self._shape(target))],
            list(self._constants.values()),
        )
        made = helper.make_model(graph, producer_name="musicemb", opset_imports=[helper.make_opsetid("", _OPSET)])
        made.ir_version = _IR
        data: bytes = made.SerializeToString()
        return data

    def _shape(self, tensor: int) -> list[int]:
        return [int(size) for size in self._graph.tensors[tensor].shape]

    def _values(self, tensor: int) -> Any:
        """Of a small constant, such as a shape."""
        stored = self._parsed.buffers[self._graph.tensors[tensor].buffer].data
        if stored is None or self._graph.tensors[tensor].type != self._schema.TensorType.INT32:
            raise BundleError(f"{self._path}: a shape is not constant")
        return np.frombuffer(bytes(bytearray(stored)), np.int32)

    def _weights(self, tensor: int) -> str:
        """Name of a constant, which stays where it lies in the LiteRT model."""
        from onnx import TensorProto

        held = self._graph.tensors[tensor]
        if held.type != self._schema.TensorType.FLOAT32:
            raise BundleError(f"{self._path}: its weights are not floats")
        if _name(tensor) not in self._constants:
            buffer = self._view.Buffers(held.buffer)
            place = buffer._tab.Offset(4)
            if not place:
                raise BundleError(f"{self._path}: a weight is computed")
            made = TensorProto(name=_name(tensor), data_type=TensorProto.FLOAT, dims=self._shape(tensor))
            start, length = buffer._tab.Vector(place), buffer.DataLength()
            if length < _LARGE:
                made.raw_data = self._data[start : start + length]
            else:
                made.data_location = TensorProto.EXTERNAL
                for key, value in (("location", self._path.name), ("offset", start), ("length", length)):
                    entry = made.external_data.add()
                    entry.key, entry.value = key, str(value)
            self._constants[made.name] = made
        return _name(tensor)

    def _numbers(self, name: str, values: list[int]) -> str:
        from onnx import TensorProto, helper

        self._constants[name] = helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
        return name

    def _put(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _image(self, tensor: int) -> str:
        """Name of a tensor, channels first."""
        if tensor in self._first:
            return _name(tensor)
        return self._turn(_name(tensor), f"{_name(tensor)}/image", _TO_CHANNELS_FIRST)

    def _last(self, tensor: int) -> str:
        """Name of a tensor as LiteRT has it."""
        if tensor not in self._first:
            return _name(tensor)
        return self._turn(_name(tensor), f"{_name(tensor)}/last", _TO_CHANNELS_LAST)

    def _turn(self, name: str, turned: str, order: list[int]) -> str:
        if not any(node.output[0] == turned for node in self._nodes):
            self._put("Transpose", [name], turned, perm=order)
        return turned

    def _activate(self, name: str, output: str, options: Any) -> None:
        """The activation that LiteRT fuses with an operation."""
        kinds = self._schema.ActivationFunctionType
        fused = options.fusedActivationFunction if options is not None else kinds.NONE
        if fused == kinds.RELU:
            self._put("Relu", [name], output)
        elif fused == kinds.RELU6:
            self._constants |= {"zero": _number("zero", 0.0), "six": _number("six", 6.0)}
            self._put("Clip", [name, "zero", "six"], output)
        elif fused == kinds.NONE:
            self._put("Identity", [name], output)
        else:
            raise BundleError(f"{self._path}: a fused activation has no translation to ONNX")

    def _convolve(self, operator: Any, options: Any, order: list[int], groups: int) -> None:
        source, kernel, bias = (int(place) for place in operator.inputs)
        output = int(operator.outputs[0])
        turned = self._turn(self._weights(kernel), f"{_name(kernel)}/kernel", order)
        inputs = [self._image(source), turned, self._weights(bias)]
        made = self._put(
            "Conv",
            inputs,
            f"{_name(output)}/raw",
            group=groups,
            strides=[options.strideH, options.strideW],
            dilations=[options.dilationHFactor, options.dilationWFactor],
            auto_pad=self._padding(options),
        )
        self._activate(made, _name(output), options)
        self._first.add(output)

    def _padding(self, options: Any) -> str:
        return "SAME_UPPER" if options.padding == self._schema.Padding.SAME else "VALID"

    def _conv_2d(self, operator: Any, options: Any) -> None:
        self._convolve(operator, options, _TO_CHANNELS_FIRST, 1)

    def _depthwise_conv_2d(self, operator: Any, options: Any) -> None:
        self._convolve(operator, options, [3, 0, 1, 2], self._shape(int(operator.inputs[0]))[3])

    def _average_pool_2d(self, operator: Any, options: Any) -> None:
        output = int(operator.outputs[0])
        made = self._put(
            "AveragePool",
            [self._image(int(operator.inputs[0]))],
            f"{_name(output)}/raw",
            kernel_shape=[options.filterHeight, options.filterWidth],
            strides=[options.strideH, options.strideW],
            auto_pad=self._padding(options),
            count_include_pad=0,
        )
        self._activate(made, _name(output), options)
        self._first.add(output)

    def _add(self, operator: Any, options: Any) -> None:
        one, other = (int(place) for place in operator.inputs)
        output = int(operator.outputs[0])
        image = one in self._first and other in self._first
        if (one in self._first) != (other in self._first) or self._shape(one) != self._shape(other):
            raise BundleError(f"{self._path}: an addition of unlike tensors has no translation to ONNX")
        self._activate(self._put("Add", [_name(one), _name(other)], f"{_name(output)}/raw"), _name(output), options)
        if image:
            self._first.add(output)

    def _reshape(self, operator: Any, options: Any) -> None:
        del options
        output = int(operator.outputs[0])
        shape = self._numbers(f"{_name(output)}/shape", self._shape(output))
        self._put("Reshape", [self._last(int(operator.inputs[0])), shape], _name(output))

    def _reduce(self, kind: str, operator: Any, options: Any) -> None:
        source, output = int(operator.inputs[0]), int(operator.outputs[0])
        axes = [int(axis) for axis in self._values(int(operator.inputs[1]))]
        if options.keepDims:
            raise BundleError(f"{self._path}: a reduction that keeps its axes has no translation to ONNX")
        if source in self._first:
            if sorted(axes) != [1, 2]:
                raise BundleError(f"{self._path}: a reduction over channels has no translation to ONNX")
            axes = [2, 3]
        self._put(kind, [_name(source)], _name(output), axes=axes, keepdims=0)

    def _mean(self, operator: Any, options: Any) -> None:
        self._reduce("ReduceMean", operator, options)

    def _reduce_max(self, operator: Any, options: Any) -> None:
        self._reduce("ReduceMax", operator, options)

    def _concatenation(self, operator: Any, options: Any) -> None:
        output = int(operator.outputs[0])
        parts = [self._last(int(place)) for place in operator.inputs]
        self._activate(self._put("Concat", parts, f"{_name(output)}/raw", axis=options.axis), _name(output), options)

    def _fully_connected(self, operator: Any, options: Any) -> None:
        source, kernel, bias = (int(place) for place in operator.inputs)
        output = int(operator.outputs[0])
        inputs = [self._last(source), self._weights(kernel)] + ([self._weights(bias)] if bias >= 0 else [])
        self._activate(self._put("Gemm", inputs, f"{_name(output)}/raw", transB=1), _name(output), options)

    def _l2_normalization(self, operator: Any, options: Any) -> None:
        output = int(operator.outputs[0])
        made = self._put("LpNormalization", [self._last(int(operator.inputs[0]))], f"{_name(output)}/raw", axis=-1, p=2)
        self._activate(made, _name(output), options)


def _name(tensor: int) -> str:
    return f"t{tensor}"


def _number(name: str, value: float) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor(name, TensorProto.FLOAT, [], [value])
