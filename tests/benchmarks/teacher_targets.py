"""Write what a published tagger hears in a folder of audio to one .npz file, as a teacher for training.

From a LiteRT tagger whose input is a window of mono samples and whose last layer gives classes (YAMNet, for one):

    python tests/benchmarks/teacher_targets.py --model yamnet.tflite --classes yamnet_classes.csv \\
        --data FOLDER -o yamnet.npz

From the wheel of musicnn 0.1.0 (both of its taggers; the wheel is read, not installed, and needs any TensorFlow 2):

    python tests/benchmarks/teacher_targets.py --musicnn musicnn-0.1.0-py3-none-any.whl --data FOLDER -o musicnn.npz

Every file holds `paths` (relative to FOLDER) and `offsets` (one more than paths: the windows of track i are rows
offsets[i] to offsets[i+1]) and `hop` (seconds between windows), as `musicemb/io/teacher_files.py` reads them, and then

- a tagger's: `classes`, `scores` (uint8, 255 times the probability), and the vector before the last layer, z-scored
  and projected on principal components: `vectors` (int8), `scale`, `mean`, `std`, `components`; a vector comes back as
  (vectors * scale) @ components * std + mean. `--basis FILE` takes classes, components and scale of another file, so
  that both can be concatenated; otherwise they are fitted on FOLDER.
- musicnn's: `msd` and `mtt` (uint8, 255 times the probability of 50 Last.fm and 50 MagnaTagATune tags), `msd_classes`,
  `mtt_classes`, and `pool` (float16, a row a track: mean over its windows of mean- and max-pooled features, 1 506).

`--check FILE` then compares with another file of the same teacher, on the paths that both have.

Needs numpy, soundfile and soxr; ai-edge-litert for a LiteRT tagger; tensorflow and librosa for musicnn.
"""

from __future__ import annotations

import argparse
import ast
import csv
import os
import pathlib
import sys
import tempfile
import time
import warnings
import zipfile

import numpy as np
import soundfile
import soxr

SUFFIXES = {".opus", ".ogg", ".wav", ".flac", ".mp3", ".aiff", ".aif"}
COMPONENTS = 96
MUSICNN_RATE, MUSICNN_HOP, MUSICNN_FFT, MUSICNN_BANDS, MUSICNN_FRAMES = 16000, 256, 512, 96, 187


def read_audio(file, rate, seconds):
    """The first `seconds` of a file as mono float32 samples at `rate`."""
    with soundfile.SoundFile(file) as sound:
        samples = sound.read(int(sound.samplerate * seconds), dtype="float32", always_2d=True).mean(1)
        own = sound.samplerate
    return soxr.resample(samples, own, rate).astype(np.float32) if own != rate else samples


def quantise_scores(probabilities):
    """Probabilities as uint8."""
    return np.rint(255 * np.clip(probabilities, 0, 1)).astype(np.uint8)


class LiteRtTagger:
    """A LiteRT model from a window of samples to class probabilities, with the vector before its last layer."""

    def __init__(self, model, classes, rate, hop, embedding=None, threads=1):
        from ai_edge_litert.interpreter import Interpreter

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # keeping all tensors is what a vector from inside needs
            self.interpreter = Interpreter(str(model), num_threads=threads, experimental_preserve_all_tensors=True)
        self.interpreter.allocate_tensors()
        given, taken = self.interpreter.get_input_details(), self.interpreter.get_output_details()
        if len(given) != 1 or given[0]["shape"].size not in (1, 2) or given[0]["dtype"] is not np.float32:
            shapes = [list(part["shape"]) for part in given]
            raise SystemExit(f"{model}: takes {shapes}, not one window of float samples")
        self.shape, self.input, self.output = given[0]["shape"], given[0]["index"], taken[0]["index"]
        self.window, self.rate, self.hop = int(self.shape[-1]), rate, round(hop * rate)
        self.seconds = hop
        with classes.open(newline="", encoding="utf-8") as stream:
            self.classes = [row[-1] for row in list(csv.reader(stream))[1:]]
        if int(taken[0]["shape"][-1]) != len(self.classes):
            raise SystemExit(f"{model}: {taken[0]['shape'][-1]} classes, but {classes} names {len(self.classes)}")
        self.embedding = self.find_embedding() if embedding is None else embedding

    def find_embedding(self):
        """Index of the last computed tensor that is one vector, of another width than the classes."""
        details = {part["index"]: part for part in self.interpreter.get_tensor_details()}
        chain, target = {}, self.output
        for step in self.interpreter._get_ops_details():
            chain.update(dict.fromkeys((int(i) for i in step["outputs"]), step["inputs"]))
        while target in chain:
            computed = [int(i) for i in chain[target] if int(i) in chain]
            if not computed:
                break
            target = computed[0]
            shape = details[target]["shape"]
            if np.prod(shape) == shape[-1] != len(self.classes):
                return target
        raise SystemExit("no vector before the last layer was found; name its tensor by --embedding")

    def hear(self, file, seconds):
        """(probabilities, vectors), a row a window."""
        samples = read_audio(file, self.rate, seconds)
        probabilities, vectors = [], []
        for start in range(0, max(1, len(samples) - self.window + 1), self.hop):
            part = samples[start : start + self.window]
            part = np.pad(part, (0, self.window - len(part)))
            self.interpreter.set_tensor(self.input, part.reshape(self.shape))
            self.interpreter.invoke()
            probabilities.append(self.interpreter.get_tensor(self.output).ravel().copy())
            vectors.append(self.interpreter.get_tensor(self.embedding).ravel().copy())
        return np.array(probabilities, np.float32), np.array(vectors, np.float32)

    def collect(self, heard, basis, keep):
        """The file's arrays, from what `hear` gave for each track."""
        if not heard:
            raise SystemExit("no audio file was read")
        probabilities, vectors = (np.concatenate(parts) for parts in zip(*heard, strict=True))
        if not (np.isfinite(vectors).all() and probabilities.min() >= 0 and probabilities.max() <= 1):
            raise SystemExit("the model's output is not a probability a class")
        if basis is not None:
            keep, parts = (
                [str(name) for name in basis["classes"]],
                {name: basis[name] for name in ("scale", "mean", "std", "components")},
            )
        else:
            keep, parts = keep or self.classes, fit_basis(vectors)
        missing = sorted(set(keep) - set(self.classes))
        if missing:
            raise SystemExit(f"no such classes: {', '.join(missing)}")
        projected = (vectors - parts["mean"]) / parts["std"] @ parts["components"].astype(np.float32).T
        return {
            "classes": np.array(keep),
            "scores": quantise_scores(probabilities[:, [self.classes.index(name) for name in keep]]),
            "vectors": np.clip(np.rint(projected / parts["scale"]), -127, 127).astype(np.int8),
            **parts,
        }


def fit_basis(vectors):
    """mean, std, principal components of z-scores, and the scale that brings the largest to 127."""
    mean, std = vectors.mean(0), vectors.std(0) + 1e-6
    scored = (vectors - mean) / std
    values, directions = np.linalg.eigh(scored.T @ scored / len(scored))
    components = directions[:, np.argsort(-values)[:COMPONENTS]].T.astype(np.float16)
    scale = np.abs(scored @ components.astype(np.float32).T).max(0) / 127 + 1e-9
    return {
        "scale": scale.astype(np.float32),
        "mean": mean.astype(np.float32),
        "std": std.astype(np.float32),
        "components": components,
    }


class Musicnn:
    """musicnn's two taggers (Pons and Serra 2019), built in TensorFlow 2 from the checkpoints in its wheel."""

    def __init__(self, wheel, threads=1):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import librosa
        import tensorflow

        self.tensorflow, self.librosa = tensorflow, librosa
        tensorflow.config.set_visible_devices([], "GPU")
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
        self.seconds = MUSICNN_FRAMES * MUSICNN_HOP / MUSICNN_RATE
        self.bands = librosa.filters.mel(sr=MUSICNN_RATE, n_fft=MUSICNN_FFT, n_mels=MUSICNN_BANDS)
        with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
            self.classes = self.read_classes(archive)
            self.taggers = {name: self.build(self.read_weights(archive, name, folder)) for name in self.classes}

    @staticmethod
    def read_classes(archive):
        """The tags of each tagger, from the wheel's configuration.py (parsed, not run)."""
        found = {}
        for node in ast.parse(archive.read("musicnn/configuration.py")).body:
            if isinstance(node, ast.Assign) and node.targets[0].id in ("MSD_LABELS", "MTT_LABELS"):
                found[node.targets[0].id[:3].lower()] = ast.literal_eval(node.value)
        return {name: found[name] for name in ("msd", "mtt")}

    def read_weights(self, archive, name, folder):
        """Variables of a checkpoint, by name."""
        target = pathlib.Path(folder) / name
        for part in (".index", ".data-00000-of-00001"):
            target.with_name(name + part).write_bytes(archive.read(f"musicnn/{name.upper()}_musicnn/{part}"))
        reader = self.tensorflow.train.load_checkpoint(str(target))
        return {key: reader.get_tensor(key) for key in reader.get_variable_to_shape_map() if "Adam" not in key}

    def build(self, weights):
        """A function from log-mel windows to (tag probabilities, mean-pooled features, max-pooled features)."""
        tf = self.tensorflow

        def name(kind, number):
            return f"{kind}_{number}" if number else kind

        def normalise(x, number):
            gamma, beta, mean, variance = (
                weights[f"{name('batch_normalization', number)}/{part}"]
                for part in ("gamma", "beta", "moving_mean", "moving_variance")
            )
            factor = gamma / np.sqrt(variance + 1e-3)
            return x * factor + (beta - mean * factor)

        def convolve(x, number, padding):
            kernel, bias = (weights[f"{name('conv2d', number)}/{part}"] for part in ("kernel", "bias"))
            return normalise(tf.nn.relu(tf.nn.conv2d(x, kernel, 1, padding) + bias), number + 1)

        def pad(x):
            return tf.pad(x, [[0, 0], [3, 3], [0, 0], [0, 0]])

        def connect(x, number):
            return x @ weights[f"{name('dense', number)}/kernel"] + weights[f"{name('dense', number)}/bias"]

        @tf.function(input_signature=[tf.TensorSpec([None, MUSICNN_FRAMES, MUSICNN_BANDS], tf.float32)])
        def tag(windows):
            x = normalise(windows[..., None], 0)
            front = [convolve(pad(x), i, "VALID") for i in (0, 1)] + [convolve(x, i, "SAME") for i in (2, 3, 4)]
            front = tf.concat([tf.reduce_max(part, 2) for part in front], 2)[..., None]
            middle = [front]
            for i in (5, 6, 7):
                made = tf.transpose(convolve(pad(middle[-1]), i, "VALID"), [0, 1, 3, 2])
                middle.append(made if i == 5 else made + middle[-1])
            features = tf.concat(middle, 2)[..., 0]
            highest, mean = tf.reduce_max(features, 1), tf.reduce_mean(features, 1)
            flat = tf.reshape(tf.stack([highest, mean], 2), [-1, 2 * features.shape[2]])
            hidden = normalise(tf.nn.relu(connect(normalise(flat, 9), 0)), 10)
            return tf.nn.sigmoid(connect(hidden, 1)), mean, highest

        return tag

    def hear(self, file, seconds):
        """(MSD probabilities, MTT probabilities, pooled MSD features of the track), a row a window but for the last."""
        samples = read_audio(file, MUSICNN_RATE, seconds)
        spectrum = np.abs(self.librosa.stft(samples, n_fft=MUSICNN_FFT, hop_length=MUSICNN_HOP)) ** 2
        frames = np.log10(10000 * (self.bands @ spectrum).T.astype(np.float32) + 1)
        starts = range(0, len(frames) - MUSICNN_FRAMES + 1, MUSICNN_FRAMES)
        if not starts:
            raise ValueError("shorter than 3 s")
        windows = np.stack([frames[start : start + MUSICNN_FRAMES] for start in starts])
        msd, mean, highest = (part.numpy() for part in self.taggers["msd"](windows))
        mtt = self.taggers["mtt"](windows)[0].numpy()
        return msd, mtt, np.concatenate([mean.mean(0), highest.mean(0)])

    def collect(self, heard, basis, keep):
        """The file's arrays, from what `hear` gave for each track."""
        msd, mtt, pool = zip(*heard, strict=True)
        return {
            "msd": quantise_scores(np.concatenate(msd)),
            "mtt": quantise_scores(np.concatenate(mtt)),
            "msd_classes": np.array(self.classes["msd"]),
            "mtt_classes": np.array(self.classes["mtt"]),
            "pool": np.array(pool).astype(np.float16),
        }


def compare(made, other):
    """Print how two files of one teacher agree on the paths that both have."""
    theirs = {str(path): i for i, path in enumerate(other["paths"])}
    common = [(i, theirs[str(path)]) for i, path in enumerate(made["paths"]) if str(path) in theirs]
    same = [(i, j) for i, j in common if np.diff(made["offsets"])[i] == np.diff(other["offsets"])[j]]
    print(f"{len(common)} paths in both, {len(same)} of them with as many windows")
    for name in [name for name in ("scores", "msd", "mtt", "vectors", "pool") if name in made and same]:
        pair = []
        for file, order in zip((made, other), zip(*same, strict=True), strict=True):
            bounds = np.arange(len(file["paths"]) + 1) if name == "pool" else file["offsets"]
            pair.append(np.concatenate([file[name][bounds[i] : bounds[i + 1]] for i in order]).astype(np.float64))
        ours, that = pair
        if name == "vectors":
            ours, that = ours * made["scale"], that * other["scale"]
        norm = np.maximum(np.linalg.norm(ours, axis=1) * np.linalg.norm(that, axis=1), 1e-9)
        cosine = (ours * that).sum(1) / norm
        print(
            f"  {name}: cosine mean {cosine.mean():.5f}, least {cosine.min():.5f}; "
            f"difference mean {np.abs(ours - that).mean():.4f}, largest {np.abs(ours - that).max():.3f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    teacher = parser.add_mutually_exclusive_group(required=True)
    teacher.add_argument("--model", type=pathlib.Path, help="a LiteRT tagger")
    teacher.add_argument("--musicnn", type=pathlib.Path, help="the wheel of musicnn 0.1.0")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of audio files, searched to its depth")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, help="the .npz file to write")
    parser.add_argument("--classes", type=pathlib.Path, help="CSV with a header whose last column names the classes")
    parser.add_argument("--keep", nargs="+", help="classes to keep (default: all, or the basis's)")
    parser.add_argument("--basis", type=pathlib.Path, help="take classes, components and scale of this .npz file")
    parser.add_argument("--embedding", type=int, help="index of the vector's tensor (default: found in the graph)")
    parser.add_argument("--rate", type=int, default=16000, help="sample rate that the tagger takes (default 16000)")
    parser.add_argument("--hop", type=float, default=1.95, help="seconds from window to window (default 1.95)")
    parser.add_argument("--seconds", type=float, default=120, help="hear so much of each file (default 120)")
    parser.add_argument("--only", type=pathlib.Path, help="text file of paths relative to the folder, one a line")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--check", type=pathlib.Path, help="compare with this .npz file")
    arguments = parser.parse_args()
    if arguments.model and not arguments.classes:
        parser.error("--model needs --classes")
    if arguments.only:
        paths = [line for line in arguments.only.read_text(encoding="utf-8").splitlines() if line.strip()]
    else:
        paths = sorted(
            file.relative_to(arguments.data).as_posix()
            for file in arguments.data.rglob("*")
            if file.suffix.lower() in SUFFIXES
        )
    if arguments.model:
        ears = LiteRtTagger(
            arguments.model, arguments.classes, arguments.rate, arguments.hop, arguments.embedding, arguments.threads
        )
    else:
        ears = Musicnn(arguments.musicnn, arguments.threads)
    kept, heard, begun = [], [], time.perf_counter()
    for count, path in enumerate(paths, 1):
        try:
            heard.append(ears.hear(arguments.data / path, arguments.seconds))
            kept.append(path)
        except (soundfile.SoundFileError, OSError, ValueError) as error:
            print(f"left out {path}: {error}", file=sys.stderr)
        if count % 50 == 0:
            print(f"{count} of {len(paths)}, {time.perf_counter() - begun:.0f} s", flush=True)
    if not heard:
        raise SystemExit(f"no audio file in {arguments.data} could be read")
    basis = None
    if arguments.basis:
        with np.load(arguments.basis) as stored:
            basis = dict(stored)
    made = {
        "paths": np.array(kept),
        "offsets": np.cumsum([0, *(len(parts[0]) for parts in heard)]).astype(np.int32),
        "hop": np.float64(ears.seconds),
        **ears.collect(heard, basis, arguments.keep),
    }
    np.savez_compressed(arguments.output, **made)
    print(f"{arguments.output}: {len(kept)} tracks, {made['offsets'][-1]} windows, {time.process_time():.0f} s of CPU")
    if arguments.check:
        with np.load(arguments.check) as other:
            compare(made, dict(other))
    return 0


if __name__ == "__main__":
    sys.exit(main())
