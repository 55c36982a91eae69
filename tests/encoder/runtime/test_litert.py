"""LiteRT gives Keras's vectors, in this process and in others, without TensorFlow."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from musicemb.encoder.runtime.bundle import Bundle, read_bundle, seal_bundle
from musicemb.encoder.runtime.litert import BundleEncoder, load_encoder, require_runtime
from musicemb.encoder.runtime.litert_session import BATCH
from musicemb.errors import BundleError
from musicemb.settings import INT8_COSINE

pytestmark = [pytest.mark.keras, pytest.mark.processes]


def features(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 250, 96)).astype(np.float32)


@pytest.mark.parametrize("n", [0, 1, BATCH, 2 * BATCH + 3])
def test_litert_equals_keras(converted: Bundle, n: int) -> None:
    lite = BundleEncoder(converted, "litert").embed(features(n))
    keras = BundleEncoder(converted, "keras").embed(features(n))
    assert lite.shape == keras.shape == (n, 8)
    assert lite.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(lite, axis=1), 1, atol=1e-5)
    assert n == 0 or (lite * keras).sum(axis=1).min() >= 0.9999


def test_int8_is_near_and_what_auto_takes() -> None:
    shipped = load_encoder().bundle  # weights of the small network are too few to be made smaller
    heard = np.random.default_rng(9).normal(size=(9, *shipped.about["input_shape"])).astype(np.float32)
    small = BundleEncoder(shipped, "int8").embed(heard)
    assert [BundleEncoder(shipped, name).bundle_info.is_int8 for name in ("auto", "int8", "litert", "keras")] == [
        True,
        True,
        False,
        False,
    ]
    full = BundleEncoder(shipped, "litert").embed(heard)
    assert (small * full).sum(axis=1).min() >= INT8_COSINE
    np.testing.assert_array_equal(BundleEncoder(shipped).embed(heard), small)
    assert shipped.about["int8"]["cosine"] >= INT8_COSINE
    assert shipped.about["int8"]["of"] == "music"


def test_a_bundle_from_before_int8_runs_as_it_did(converted: Bundle, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(converted.folder, tmp_path / "older"))
    (folder / "encoder.int8.tflite").unlink()
    seal_bundle(folder)
    older = load_encoder(folder)
    assert older.id == converted.id
    expected = BundleEncoder(converted, "litert").embed(features(3))
    np.testing.assert_array_equal(older.embed(features(3)), expected)
    with pytest.raises(BundleError, match="has no int8 model"):
        load_encoder(folder, runtime="int8").embed(features(1))


def test_a_segment_s_vector_does_not_hang_on_its_company(converted: Bundle) -> None:
    encoder = BundleEncoder(converted, "litert")
    many = features(7)
    np.testing.assert_allclose(encoder.embed(many)[3:4], encoder.embed(many[3:4]), atol=1e-6)


def test_an_encoder_travels_by_its_folder(converted: Bundle) -> None:
    encoder = load_encoder(converted.folder)
    expected = encoder.embed(features(2))
    data = pickle.dumps(encoder)
    assert len(data) < 1000
    np.testing.assert_array_equal(pickle.loads(data).embed(features(2)), expected)


@pytest.mark.parametrize(
    "use", [lambda encoder: encoder.embed(features(1)), pickle.dumps, require_runtime], ids=["embed", "send", "require"]
)
def test_an_altered_network_is_refused_when_it_is_used(
    use: Callable[[BundleEncoder], object], tmp_path: Path, make_bundle: Callable[..., Bundle]
) -> None:
    bundle = make_bundle(tmp_path / "bundle", {"dense": np.ones((2, 2), np.float32)})
    for name in ("arrays.npz", "weights.npz"):
        sound = (bundle.folder / name).read_bytes()
        (bundle.folder / name).write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        if name == "weights.npz":
            assert load_encoder(bundle.folder).id == bundle.id, "who only asks for arrays need not wait"
        with pytest.raises(BundleError, match=f"was altered: {name}"):
            use(load_encoder(bundle.folder))
        (bundle.folder / name).write_bytes(sound)


def test_a_bundle_that_changed_is_noticed_in_a_worker(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> None:
    data = pickle.dumps(BundleEncoder(make_bundle(tmp_path / "small")))
    make_bundle(tmp_path / "small")  # other weights
    with pytest.raises(BundleError, match="changed during the scan"):
        pickle.loads(data)


def test_running_an_encoder_loads_neither_tensorflow_nor_librosa(converted: Bundle) -> None:
    code = (
        "import sys, numpy as np\n"
        "from musicemb.encoder.runtime.litert import load_encoder\n"
        f"load_encoder({str(converted.folder)!r}).embed(np.zeros((1, 250, 96), np.float32))\n"
        "print([m for m in ('tensorflow', 'keras', 'librosa', 'numba', 'scipy', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_a_litert_model_keras_serves(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> None:
    made = make_bundle(tmp_path / "small")
    assert load_encoder(made.folder).embed(features(1)).shape == (1, 8)
    with pytest.raises(BundleError, match="has no LiteRT model"):
        load_encoder(made.folder, runtime="litert").embed(features(1))


def test_a_broken_litert_model_is_one_line(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> None:
    made = make_bundle(tmp_path / "small")
    (made.folder / "encoder.tflite").write_bytes(b"not a model")
    seal_bundle(made.folder)
    with pytest.raises(BundleError, match="LiteRT cannot open"):
        BundleEncoder(read_bundle(made.folder)).embed(features(1))


def test_another_bundle_s_model_is_one_line(converted: Bundle, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(converted.folder, tmp_path / "mixed"))
    (folder / "encoder.int8.tflite").unlink()
    shutil.copy(load_encoder().bundle.folder / "encoder.tflite", folder)
    seal_bundle(folder)
    with pytest.raises(BundleError, match="not the network that its bundle describes"):
        load_encoder(folder).embed(features(1))
