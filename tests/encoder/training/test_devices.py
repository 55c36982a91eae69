"""Every backend takes the same steps, and two devices those of one."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from laws import cases
from paths import with_tests_on_path
from tiny_training import batches, network

from musicemb.encoder.networks.weights import read_weights
from musicemb.encoder.training.devices import Devices, open_devices, prepare_network
from musicemb.errors import MusicembError, SettingsError

pytestmark = pytest.mark.keras

STEPS = """
import json, os, sys
if os.environ["KERAS_BACKEND"] == "tensorflow":
    import tensorflow as tf
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
else:
    sys.modules["tensorflow"] = None  # its import fails: nothing may ask for it
import numpy as np
from tiny_training import SOUNDS, TEACHERS, batches, network, taught_batches, training
from musicemb.encoder.training.devices import open_devices
from musicemb.encoder.networks.network import embed_in_batches
from musicemb.encoder.training.loop import train_network
from musicemb.encoder.networks.weights import write_weights
found = []
for count, changes in json.loads(sys.argv[1]):
    devices = open_devices(count)
    teachers = TEACHERS if changes.pop("teachers", False) else []
    settings = training(**{"epochs": 2, **{k: tuple(v) if isinstance(v, list) else v for k, v in changes.items()}})
    with devices.scope():
        trained = network()
    if sys.argv[2]:
        write_weights(trained, dict(np.load(sys.argv[2])))
    made = taught_batches if teachers else batches
    reports = list(train_network(trained, made, settings, n_labels=4, teachers=teachers, devices=devices))
    vectors = embed_in_batches(trained, SOUNDS.repeat(32, axis=1))
    found.append({
        "losses": [report.loss for report in reports],
        "distances": [[report.neighbour, report.distant, report.active] for report in reports],
        "vectors": np.asarray(vectors).tolist(),
        "parts": [report.parts for report in reports],
        "devices": devices.count,
    })
print(json.dumps(found))
"""


def interpreter(backend: str) -> str:
    """A Python that has the backend: this one, or the one that MUSICEMB_PYTHON_<BACKEND> names."""
    named = os.environ.get(f"MUSICEMB_PYTHON_{backend.upper()}")
    if named:
        return named
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; MUSICEMB_PYTHON_{backend.upper()} may name a Python that has it")
    return sys.executable


def train(backend: str, jobs: list[tuple[int, dict[str, Any]]], start: Path | None = None) -> list[dict[str, Any]]:
    """Losses and vectors of small trainings (devices, changes of settings), one by one in a process of their own."""
    environment = {
        **with_tests_on_path(),
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if backend == "jax":
        environment["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
    command = [interpreter(backend), "-c", STEPS, json.dumps(jobs), str(start or "")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


TAUGHT = {
    "teachers": True, "label_weight": 1.0, "relation_weights": [1.0, 0.0], "tag_weights": [2.0],
    "vector_weights": [0.5], "averaging": 0.8, "trunk_rate": 0.5, "embedding_rate": 0.7,
}  # fmt: skip
TRIPLET = {"loss": "triplet", "margin": 1.0, "semi_hard": False}


SHARED = [{"label_weight": 1.0}, {"loss": "triplet", "margin": 1.0}]
"""Settings whose steps two devices share: each takes 20 s to compile, so that a quick run tries the usual loss only."""

CHANGES = [{}, TRIPLET, TAUGHT]


@pytest.fixture(scope="module")
def by_tensorflow(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Stored weights, and what TensorFlow makes of them with each of `CHANGES`."""
    # Keras draws fresh weights by another generator on each backend, so all start from the same stored ones.
    start = tmp_path_factory.mktemp("weights") / "start.npz"
    np.savez(start, **read_weights(network()))
    return start, train("tensorflow", [(1, changes) for changes in CHANGES], start)


@pytest.mark.processes
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_take_the_steps_of_tensorflow(backend: str, request: pytest.FixtureRequest) -> None:
    interpreter(backend)  # skips before TensorFlow's part is made
    start, expected = request.getfixturevalue("by_tensorflow")
    for found, wanted in zip(train(backend, [(1, changes) for changes in CHANGES], start), expected, strict=True):
        # Ten steps in float32: only the order of sums differs, measured at 2e-7 of the loss and of a cosine.
        assert found["losses"] == pytest.approx(wanted["losses"], rel=1e-4)
        for here, there in zip(found["parts"], wanted["parts"], strict=True):
            assert here == pytest.approx(there, rel=1e-3, abs=1e-5)
        cosines = (np.array(found["vectors"]) * np.array(wanted["vectors"])).sum(axis=1)
        assert cosines.min() > 0.9999


def test_one_device_is_the_default_and_more_than_there_are_is_one_line() -> None:
    assert open_devices().count == open_devices(1).count == open_devices("all").count == 1
    with pytest.raises(MusicembError, match=r"8 devices were requested, but tensorflow finds 1 \(CPU:0\)"):
        open_devices(8)


def test_a_backend_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setitem(sys.modules, "keras", None)  # as without JAX: its import fails
    with pytest.raises(MusicembError, match=r"Keras cannot run on 'jax'.*set KERAS_BACKEND to"):
        open_devices()


def test_torch_refuses_several_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keras.backend.backend", lambda: "torch")
    with pytest.raises(MusicembError, match="several devices need JAX or TensorFlow, but Keras runs on torch"):
        open_devices(2)


def test_a_batch_that_cannot_be_shared_equally_is_one_line() -> None:
    batch = next(batches(0))
    with pytest.raises(SettingsError, match="24 segments cannot be shared equally by 7 devices"):
        Devices(names=("x",) * 7, strategy=object(), backend="jax").step(None, batch.features, batch.features)


@pytest.mark.parametrize("members", [1, 2])
def test_normalisation_sees_the_batch_of_all_devices_in_every_member(members: int) -> None:
    import keras

    trained = network(members, "resnet18")
    inner = [layer for layer in trained.layers if isinstance(layer, keras.Model)] or [trained]
    assert len(inner) == members
    for count in (2, 1):
        prepare_network(trained, Devices(names=("x",) * count, strategy=None, backend="tensorflow"))
        for member in inner:
            found = [one for one in member.layers if isinstance(one, keras.layers.BatchNormalization)]
            assert found and all(one.synchronized == (count > 1) for one in found)


@pytest.mark.processes
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("changes", cases(SHARED, SHARED[:1]), ids=str)
def test_two_devices_take_the_steps_of_one(backend: str, changes: dict[str, Any]) -> None:
    one, two = train(backend, [(1, changes), (2, changes)])
    assert (one["devices"], two["devices"]) == (1, 2)
    # Only the order of sums differs, in float32: over two epochs measured at 2e-7 of the loss.
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-4)
    for found, wanted in zip(two["distances"], one["distances"], strict=True):
        assert found == pytest.approx(wanted, abs=2e-3)
