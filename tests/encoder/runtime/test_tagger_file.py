"""A published tagger's file: its weights, proven on its own graph; and every other file refused in a line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_tagger import WIDTH, write_tagger
from paths import TESTS

from musicemb.core.signal.features import compute_features, make_front_end
from musicemb.encoder.networks.mobilenet import LAYERS
from musicemb.encoder.networks.trunk import TAGGER_FRONT_END
from musicemb.encoder.runtime.tagger_file import CLOSEST, prove_trunk, read_trunk
from musicemb.errors import BundleError
from musicemb.records import Floats
from musicemb.settings import SegmentSettings

pytestmark = pytest.mark.keras

YAMNET = TESTS.parents[1] / "shared" / "teacher" / "yamnet.tflite"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tensorflow")
    pytest.importorskip("ai_edge_litert")
    return write_tagger(tmp_path_factory.mktemp("taggers") / "made.tflite")


@pytest.fixture(scope="module")
def hear() -> Callable[[Floats], Floats]:
    front_end = make_front_end(TAGGER_FRONT_END, SegmentSettings(length=0.96, hop=0.96))
    return lambda samples: compute_features(samples, front_end)


def test_a_made_tagger_s_weights_give_what_its_own_graph_gives(made: Path, hear: Callable[[Floats], Floats]) -> None:
    trunk = read_trunk(made)
    assert trunk.width == WIDTH
    assert trunk.weights["layer14_pointwise/kernel"].shape == (1, 1, 128, 128)
    assert trunk.about == {
        "name": "made",
        "file": "made.tflite",
        "sha256": hashlib.sha256(made.read_bytes()).hexdigest(),
        "licence": "unknown",
    }
    assert prove_trunk(made, trunk, hear) <= CLOSEST


def test_yamnet_s_weights_give_what_its_own_graph_gives(hear: Callable[[Floats], Floats]) -> None:
    if not YAMNET.is_file():
        pytest.skip(f"{YAMNET} is not here")
    trunk = read_trunk(YAMNET)
    assert (trunk.name, trunk.licence, trunk.width) == ("YAMNet", "Apache-2.0", 1.0)
    assert sum(value.size for value in trunk.weights.values()) == 3_195_456
    assert prove_trunk(YAMNET, trunk, hear) <= CLOSEST


def test_weights_that_were_read_wrongly_are_found_out(made: Path, hear: Callable[[Floats], Floats]) -> None:
    trunk = read_trunk(made)
    wrong = {**trunk.weights, "layer7_depthwise/kernel": trunk.weights["layer7_depthwise/kernel"][::-1]}
    with pytest.raises(BundleError, match="its own graph and its weights in our network give different values"):
        prove_trunk(made, replace(trunk, weights=wrong), hear)


def test_another_front_end_is_found_out(tmp_path: Path, made: Path, hear: Callable[[Floats], Floats]) -> None:
    other = write_tagger(tmp_path / "other.tflite", offset=0.01)
    with pytest.raises(BundleError, match="its log-mel values differ from ours by"):
        prove_trunk(other, read_trunk(other), hear)


def test_other_networks_are_refused(tmp_path: Path, made: Path) -> None:
    with pytest.raises(BundleError, match="it is not a MobileNet v1 of 14 layers like YAMNet"):
        read_trunk(write_tagger(tmp_path / "short.tflite", layers=LAYERS[:5]))
    with pytest.raises(BundleError, match="its layer1_conv differs from that of MobileNet v1 in YAMNet"):
        read_trunk(write_tagger(tmp_path / "linear.tflite", activation="relu6"))
    wide = tuple((2 * channels, stride) if place == 8 else (channels, stride) for place, (channels, stride) in
                 enumerate(LAYERS))  # fmt: skip
    with pytest.raises(BundleError, match="its layer9_pointwise differs from"):
        read_trunk(write_tagger(tmp_path / "wide.tflite", layers=wide))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused_in_one_line(tmp_path: Path, made: Path, share: float) -> None:
    data = made.read_bytes()
    (tmp_path / "cut.tflite").write_bytes(data[: int(share * len(data))])
    with pytest.raises(BundleError, match=r"cut\.tflite cannot be a trunk: it is") as refusal:
        read_trunk(tmp_path / "cut.tflite")
    assert "\n" not in str(refusal.value)


def test_what_is_no_litert_file_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    (tmp_path / "text.tflite").write_text("TFL3 is what it is not" * 10)
    with pytest.raises(BundleError, match="it is not a LiteRT file; give the LiteRT file of YAMNet"):
        read_trunk(tmp_path / "text.tflite")
    with pytest.raises(BundleError, match=r"cannot read .*gone.tflite: No such file"):
        read_trunk(tmp_path / "gone.tflite")


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_refused_or_read_never_worse(tmp_path: Path, made: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(made.read_bytes())
    for place in rng.integers(8, len(data), 2000):
        data[place] = rng.integers(256)
    (tmp_path / "hit.tflite").write_bytes(bytes(data))
    try:
        read_trunk(tmp_path / "hit.tflite")
    except BundleError as refusal:
        assert "\n" not in str(refusal)
