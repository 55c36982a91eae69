"""A published tagger's LiteRT file: its MobileNet trunk, dequantised, and the proof that it was read rightly.

YAMNet's file holds weights of 8 bits with a scale per channel and lets LiteRT round activations as they come, which
costs its vectors a quarter of their direction. Its weights times their scales make a better network than the file; so
a proof compares with the file's own graph, its weights dequantised in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.encoder.networks.mobilenet import LAYERS
from musicemb.encoder.networks.trunk import TAGGER_FRONT_END, Trunk, load_trunk, place_trunk, with_trunk
from musicemb.errors import BundleError
from musicemb.records import Floats
from musicemb.settings import EncoderSettings

KNOWN = {"687f226c147a2caab4706fbbab5e9cecb14b9a368264bf61108078b1fddf68f5": ("YAMNet", "Apache-2.0")}
"""SHA-256 of a file -> its model, and the licence of that."""

CLOSEST = 1e-3
"""Most that a channel of the trunk may differ from the file's own graph."""

CLOSEST_FRONT_END = 0.1
"""Most that a log-mel value may differ from the file's own, whose filters are rounded to 8 bits (YAMNet: 0.043)."""


def read_trunk(path: Path) -> Trunk:
    """Read the trunk of a tagger's LiteRT file.

    Parameters
    ----------
    path : Path
        MobileNet v1 as YAMNet has it, of any width, batch normalisation folded; weights float or of 8 bits. Or a
        trunk that `write_trunk` wrote (.npz).

    Returns
    -------
    Trunk

    Raises
    ------
    BundleError
        Where the file cannot be read, or holds something else.
    """
    with _refusing(path):
        data = path.expanduser().read_bytes()
        if data[:4] == b"PK\3\4":
            return load_trunk(path.expanduser())
        model = _parse(data)
        weights = _read_layers(model)
    digest = hashlib.sha256(data).hexdigest()
    name, licence = KNOWN.get(digest, (path.stem, "unknown"))
    width = weights["layer1_conv/kernel"].shape[-1] / LAYERS[0][0]
    return Trunk(name, path.name, digest, licence, width, weights)


def prove_trunk(path: Path, trunk: Trunk, hear: Callable[[Floats], Floats]) -> float:
    """Compare a trunk, placed in a network, with the file's own graph; likewise the front-end.

    Parameters
    ----------
    path : Path
    trunk : Trunk
        Read from this file.
    hear : callable
        Features of samples by the front-end of `TAGGER_FRONT_END`: (n_samples,) -> (n_frames, n_bands).

    Returns
    -------
    float
        Most that a channel differs.

    Raises
    ------
    BundleError
        Where either differs by more than rounding.
    """
    import keras

    from musicemb.encoder.networks.network import build_network, embed_in_batches

    settings = with_trunk(EncoderSettings(), trunk)
    samples = _chirp(15_600)
    with _refusing(path):
        log_mel, expected = _run(path.expanduser().read_bytes(), samples)
        features = log_mel.reshape(1, -1, TAGGER_FRONT_END.n_mels)
    off = float(np.abs(features[0] - hear(samples)).max())
    if off > CLOSEST_FRONT_END:
        raise _refusal(path, f"its log-mel values differ from ours by {off:.2g}")
    network = build_network(settings, *features.shape[1:])
    place_trunk(network, trunk)
    found = embed_in_batches(keras.Model(network.input, network.get_layer("pool").output), features, size=1)
    error = float(np.abs(found.ravel() - expected.ravel()).max())
    if error > CLOSEST:
        raise _refusal(path, f"its own graph and its weights in our network give different values (by {error:.2g})")
    return error


def dequantise_file(data: bytes) -> bytes:
    """The same graph with float weights instead of those of 8 bits.

    Parameters
    ----------
    data : bytes
        A LiteRT file.

    Returns
    -------
    bytes
        Likewise.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = _parse(data)
    for tensor in model.subgraphs[0].tensors:
        if tensor.type == schema.TensorType.INT8 and model.buffers[tensor.buffer].data is not None:
            stored = schema.BufferT()
            stored.data = np.frombuffer(_values(model, tensor).tobytes(), np.uint8)
            model.buffers.append(stored)
            tensor.buffer = len(model.buffers) - 1
            tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
    builder = flatbuffers.Builder(len(data) * 4)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _run(data: bytes, samples: Floats) -> tuple[Floats, Floats]:
    """What the file's own graph, weights dequantised, gives in front of its first layer and behind its last."""
    from ai_edge_litert.interpreter import Interpreter

    model = _parse(data)
    before, behind = _ends(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that all tensors take memory
        interpreter = Interpreter(
            model_content=dequantise_file(data), num_threads=1, experimental_preserve_all_tensors=True
        )
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    interpreter.set_tensor(source["index"], samples.reshape(source["shape"]))
    interpreter.invoke()
    return interpreter.get_tensor(before).copy(), interpreter.get_tensor(behind).copy()


def _parse(data: bytes) -> Any:
    from ai_edge_litert import schema_py_generated as schema

    if data[4:8] != b"TFL3":
        raise ValueError("it is not a LiteRT file")
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))


def _convolutions(model: Any) -> list[tuple[str, Any]]:
    """Kind and operator of all convolutions, and of the mean behind them."""
    from ai_edge_litert import schema_py_generated as schema

    kinds = {
        schema.BuiltinOperator.CONV_2D: "conv",
        schema.BuiltinOperator.DEPTHWISE_CONV_2D: "depthwise",
        schema.BuiltinOperator.MEAN: "mean",
    }
    found = []
    for operator in model.subgraphs[0].operators:
        code = model.operatorCodes[operator.opcodeIndex]
        kind = kinds.get(max(code.builtinCode, code.deprecatedBuiltinCode))
        if kind:
            found.append((kind, operator))
    return found


def _ends(model: Any) -> tuple[int, int]:
    operators = _convolutions(model)
    return int(operators[0][1].inputs[0]), int(operators[-1][1].outputs[0])


def _read_layers(model: Any) -> dict[str, NDArray[np.float32]]:
    """Weights by the names of ours; ValueError where the layers are not ours."""
    operators = _convolutions(model)
    kinds = [kind for kind, _ in operators]
    if kinds != ["conv", *["depthwise", "conv"] * (len(LAYERS) - 1), "mean"]:
        raise ValueError("it is not a MobileNet v1 of 14 layers like YAMNet")
    weights: dict[str, NDArray[np.float32]] = {}
    channels, width = 1, 0.0
    for place, (kind, operator) in enumerate(operators[:-1]):
        number = 1 + (place + 1) // 2
        name = "layer1_conv" if place == 0 else f"layer{number}_{'depthwise' if kind == 'depthwise' else 'pointwise'}"
        kernel = _values(model, model.subgraphs[0].tensors[operator.inputs[1]]).transpose(1, 2, 3, 0)
        bias = _values(model, model.subgraphs[0].tensors[operator.inputs[2]])
        width = width or kernel.shape[-1] / LAYERS[0][0]
        wide, stride = LAYERS[number - 1]
        wide = max(1, round(wide * width))
        size = 1 if place and kind == "conv" else 3
        shape = (size, size, channels, 1) if kind == "depthwise" else (size, size, channels, wide)
        steps = stride if size == 3 else 1
        if kernel.shape != shape or not _is_plain(operator.builtinOptions, steps):
            raise ValueError(f"its {name} differs from that of MobileNet v1 in YAMNet")
        weights |= {f"{name}/kernel": kernel, f"{name}/bias": bias}
        channels = kernel.shape[2] if kind == "depthwise" else kernel.shape[3]
    return weights


def _is_plain(options: Any, stride: int) -> bool:
    from ai_edge_litert import schema_py_generated as schema

    return bool(
        options.fusedActivationFunction == schema.ActivationFunctionType.RELU
        and options.padding == schema.Padding.SAME
        and (options.strideH, options.strideW) == (stride, stride)
        and (options.dilationHFactor, options.dilationWFactor) == (1, 1)
    )


def _values(model: Any, tensor: Any) -> NDArray[np.float32]:
    """Numbers of a tensor of constants, dequantised; those of 8 bits are symmetric about 0."""
    from ai_edge_litert import schema_py_generated as schema

    kinds: dict[int, Any] = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT8: np.int8}
    stored = model.buffers[tensor.buffer].data
    if tensor.type not in kinds or stored is None:
        raise ValueError("its weights are neither float32 nor int8")
    values = np.frombuffer(bytes(bytearray(stored)), kinds[tensor.type]).reshape(tensor.shape).astype(np.float32)
    if tensor.type == schema.TensorType.INT8:
        scale = np.asarray(tensor.quantization.scale, dtype=np.float32)
        if np.any(tensor.quantization.zeroPoint):
            raise ValueError("its weights of 8 bits are not symmetric about 0")
        shape = [1] * values.ndim
        if len(scale) > 1:
            shape[tensor.quantization.quantizedDimension] = -1
        values = values * scale.reshape(shape)
    if not np.isfinite(values).all():
        raise ValueError("its weights hold values that are not numbers")
    return values


def _chirp(count: int) -> Floats:
    """A test sound with energy in all bands: a rising tone in noise."""
    time = np.arange(count) / TAGGER_FRONT_END.sample_rate
    tone = 0.3 * np.sin(2 * np.pi * (100 + 3000 * time) * time)
    return np.asarray(tone + 0.05 * np.random.default_rng(0).standard_normal(count), dtype=np.float32)


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn every error of a damaged file into one line, since flatbuffers are read without checks."""
    try:
        yield
    except ImportError as problem:
        raise BundleError(f"reading {path} needs LiteRT: pip install ai-edge-litert") from problem
    except OSError as problem:
        raise BundleError(f"cannot read {path}: {problem.strerror}") from problem
    except ValueError as problem:
        raise _refusal(path, str(problem) if str(problem).startswith("it") else "it is damaged") from problem
    except Exception as problem:
        raise _refusal(path, "it is damaged") from problem


def _refusal(path: Path, reason: str) -> BundleError:
    return BundleError(
        f"{path} cannot be a trunk: {reason}; give the LiteRT file of YAMNet, or of a network of the same shape"
    )
