"""Trains on a machine that has no audio, no TensorFlow and no LiteRT: Keras with JAX or PyTorch and NumPy are enough.

    python tests/benchmarks/train_cached.py pack PACK --data DIR [--extra DIR] [--teacher FILE ...] --settings JSON
    KERAS_BACKEND=jax python tests/benchmarks/train_cached.py train PACK --folds 0 1 2 3 4 full --seeds 1 2 -o OUT
    python tests/benchmarks/train_cached.py finish OUT/full-seed1.npz --data DIR ... -o BUNDLE
    python tests/benchmarks/train_cached.py judge OUT --data DIR -o cross_validation.json

`pack` decodes a collection here and puts into a folder what a training needs: frames (an excerpt from the middle of
each track, coarser where --step says so, in pieces that stay below --piece MiB), tracks, settings, what teachers say
of the excerpts, and a published tagger's trunk. `train` runs there: a fold is held out as cross_validate.py does it,
"full" holds out the split val; it writes vectors of all tracks and the history of each training, weights where
all of the folds teach (or with --keep-weights). `finish` makes a bundle of the weights here: projection, genre head,
conversion, card. `judge` writes the figures of the folds as cross_validate.py does.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.core.signal.features import count_frames, make_front_end
from musicemb.datasets.music import fold_of
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.io.teacher_files import read_teacher
from musicemb.records import Example, FrontEnd, Teacher
from musicemb.settings import EncoderSettings, from_dict, to_dict
from musicemb.workflows.training.prepare import TrainingData, assemble_training
from musicemb.workflows.training.start import open_training
from musicemb.workflows.training.teachers import EXTRA, admit_extra, join_teachers

FOLDS = 5
FULL = "full"
TRACKS, ARRAYS, TRUNK = "tracks.json", "arrays.npz", "trunk.npz"


def read_settings(file: Path, changes: Sequence[str] = ()) -> EncoderSettings:
    """Settings from JSON (what it leaves out is default), some of them changed ("section.field=JSON")."""
    whole = to_dict(EncoderSettings())
    for section, values in json.loads(file.read_text()).items():
        whole[section] = {**whole[section], **values}
    for change in changes:
        name, value = change.split("=", 1)
        section, field = name.split(".")
        whole[section][field] = json.loads(value)
    return from_dict(EncoderSettings, whole)


def held_out_of(fold: str) -> Any:
    """Which examples a training does not see: a fold, or the split val."""
    if fold == FULL:
        return None
    return lambda example: fold_of(example.group, FOLDS) == int(fold)


def read_collection(arguments: argparse.Namespace) -> tuple[list[Example], list[Example]]:
    """The collection without its test split (and without corpora that are left out), and extra music."""
    from musicemb.workflows.datasets.examples import music_examples, read_examples

    examples = [
        example
        for example in music_examples(arguments.data)
        if example.split != "test" and example.corpus not in getattr(arguments, "leave_out", ())
    ]
    return examples, [example for folder in arguments.extra for example in read_examples(folder)]


def pack(arguments: argparse.Namespace) -> None:
    """Decode, cut and write what `train` reads."""
    from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames, load_frames

    settings = read_settings(arguments.settings, arguments.change)
    if arguments.start_trunk is not None:
        settings = fit_trunk(arguments.start_trunk, settings, arguments.pack)
    front_end = make_front_end(settings.front_end, settings.segments)
    examples, extra = read_collection(arguments)
    extra = admit_extra(extra, [], lambda _: False)
    roots = [arguments.data, *arguments.extra]
    ready = []
    for event in cache_frames([e.path for e in (*examples, *extra)], front_end, workers=arguments.workers):
        if isinstance(event, FramesReady):
            ready.append(event)
        else:
            print("left out:", event.path, event.reason, flush=True)
    frames = load_frames(ready)
    per_second = front_end.settings.sample_rate / front_end.settings.hop
    most, length = round(arguments.seconds * per_second), count_frames(front_end)
    folder = arguments.pack
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    begins: dict[str, tuple[float, float]] = {}
    piece, room = 0, 0
    file = (folder / "frames0.bin").open("wb")
    for example in (*examples, *extra):
        if example.path not in frames or len(frames[example.path]) < length:
            continue
        codes = np.asarray(frames[example.path])
        first = max(0, (len(codes) - most) // 2)
        codes = codes[first : first + most]
        coarse = np.rint(codes.astype(np.float32) / arguments.step).astype(np.uint8)
        change = coarse.copy()
        change[1:] -= coarse[:-1]
        coder = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
        data = coder.compress(change.tobytes()) + coder.flush()
        if room + len(data) > arguments.piece * 2**20:
            piece, room = piece + 1, 0
            file.close()
            file = (folder / f"frames{piece}.bin").open("wb")
        file.write(data)
        name = next(example.path.relative_to(root) for root in roots if example.path.is_relative_to(root)).as_posix()
        row = {k: v for k, v in asdict(example).items() if k != "path"}
        rows.append({**row, "path": name, "piece": piece, "bytes": len(data), "frames": len(codes)})
        begins[name] = (first / per_second, len(codes) / per_second)
        room += len(data)
    file.close()
    read = join_teachers([read_teacher(path) for path in arguments.teacher])
    teachers = [pack_teacher(teacher, begins, folder) for teacher in read]
    np.savez_compressed(folder / ARRAYS, filterbank=front_end.filterbank)
    document = {"settings": to_dict(settings), "step": arguments.step, "teachers": teachers, "tracks": rows}
    (folder / TRACKS).write_text(json.dumps(document))
    size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    print(f"{len(rows)} tracks in {piece + 1} pieces, {size:.1f} MiB in all", flush=True)


def pack_teacher(teacher: Teacher, begins: dict[str, tuple[float, float]], folder: Path) -> str:
    """Write what a teacher says of the excerpts alone; the name of its file."""
    wanted = []
    offsets, paths = [0], []
    for row, path in enumerate(teacher.paths):
        if path not in begins:
            continue
        begin, seconds = begins[path]
        first, last = (int(teacher.offsets[i]) for i in (row, row + 1))
        first = min(first + round(begin / teacher.hop), last - 1)
        windows = np.arange(first, min(last, first + max(1, round(seconds / teacher.hop))))
        wanted.append((row, windows))
        offsets.append(offsets[-1] + len(windows))
        paths.append(path)
    rows = np.array([row for row, _ in wanted], dtype=np.int64)
    windows = np.concatenate([some for _, some in wanted])
    arrays: dict[str, Any] = {"paths": np.array(paths), "offsets": np.array(offsets), "hop": np.float64(teacher.hop)}
    vectors = teacher.vectors[rows] if teacher.of_tracks else teacher.vectors[windows]
    if vectors.shape[1]:
        arrays["pool" if teacher.of_tracks else "vectors"] = vectors.astype(np.float16)
    if teacher.tag_names:
        arrays |= {"scores": teacher.tags[windows], "classes": np.array(teacher.tag_names)}
    place = folder / f"{teacher.name}.npz"
    np.savez_compressed(place, **arrays)
    return place.name


def fit_trunk(file: Path, settings: EncoderSettings, folder: Path) -> EncoderSettings:
    """Write a published tagger's trunk and what is known of it; settings with the features that it needs."""
    from musicemb.encoder.networks.trunk import refuse_misfit, with_trunk, write_trunk
    from musicemb.encoder.runtime.tagger_file import read_trunk

    trunk = read_trunk(file)
    settings = with_trunk(settings, trunk)
    refuse_misfit(settings, trunk)
    folder.mkdir(parents=True, exist_ok=True)
    write_trunk(folder / TRUNK, trunk)
    return settings


def read_pack(
    folder: Path, settings: EncoderSettings
) -> tuple[list[Example], dict[Path, Any], FrontEnd, list[Teacher], dict[str, Any]]:
    """Examples, frames, front-end, teachers, and what else assembling takes."""
    document = json.loads((folder / TRACKS).read_text())
    with np.load(folder / ARRAYS) as stored:
        bank = stored["filterbank"]
    bands = settings.front_end.n_mels if settings.front_end.features == "log-mel" else settings.front_end.n_mfcc
    front_end = FrontEnd(
        settings.front_end, settings.segments, bank, np.zeros(bands, np.float32), np.ones(bands, np.float32)
    )
    pieces: dict[int, Any] = {}
    examples, frames = [], {}
    for row in document["tracks"]:
        if row["piece"] not in pieces:
            pieces[row["piece"]] = (folder / f"frames{row['piece']}.bin").open("rb")
        data = pieces[row["piece"]].read(row["bytes"])
        change = np.frombuffer(zlib.decompress(data, -15), dtype=np.uint8).reshape(row["frames"], -1)
        codes = np.cumsum(change, axis=0, dtype=np.uint8).astype(np.int64) * document["step"]
        known = {f.name: row[f.name] for f in dataclasses.fields(Example) if f.name != "path"}
        example = Example(path=Path(row["path"]), **{**known, "genres": tuple(known["genres"])})
        examples.append(example)
        frames[example.path] = np.minimum(codes, 255).astype(np.uint8)
    for file in pieces.values():
        file.close()
    teachers = [read_teacher(folder / name) for name in document["teachers"]]
    options: dict[str, Any] = {}
    if (folder / TRUNK).is_file():
        from musicemb.encoder.networks.trunk import load_trunk

        options["trunk"] = load_trunk(folder / TRUNK)
    return examples, frames, front_end, teachers, options


def assemble(pack_folder: Path, settings: EncoderSettings, fold: str) -> tuple[TrainingData, list[Example], Any]:
    """Training data of a pack, all its examples, and their frames."""
    examples, frames, front_end, teachers, options = read_pack(pack_folder, settings)
    held_out = held_out_of(fold)
    own = [e for e in examples if e.corpus != EXTRA]
    more = [e for e in examples if e.corpus == EXTRA]
    more = admit_extra(more, own, held_out or (lambda e: e.split == "val"))
    events = list(
        assemble_training([*own, *more], frames, settings, front_end, held_out=held_out, teachers=teachers, **options)
    )
    for event in events[:-1]:
        print(event if len(str(event)) < 300 else f"{str(event)[:300]} ...", flush=True)
    data = events[-1]
    assert isinstance(data, TrainingData)
    return data, examples, frames


def train(arguments: argparse.Namespace) -> None:
    """Train folds and seeds, one after the other; what stands in the folder already is not trained again."""
    from musicemb.encoder.networks.network import embed_in_batches, forget_networks
    from musicemb.encoder.networks.weights import read_weights

    stored = from_dict(EncoderSettings, json.loads((arguments.pack / TRACKS).read_text())["settings"])
    if arguments.settings is not None:
        stored = read_settings(arguments.settings)
    whole = to_dict(stored)
    for change in arguments.change:
        name, value = change.split("=", 1)
        section, field = name.split(".")
        whole[section][field] = json.loads(value)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for seed in arguments.seeds:
        whole["training"]["seed"] = seed
        settings = from_dict(EncoderSettings, whole)
        for fold in arguments.folds:
            place = arguments.output / f"{fold if fold == FULL else 'fold' + fold}-seed{seed}.npz"
            if place.exists():
                continue
            forget_networks()
            data, examples, frames = assemble(arguments.pack, settings, fold)
            opened = open_training(data, settings)
            history: list[EpochReport] = []
            for report in opened.run():
                history.append(report)
                parts = " ".join(f"{name} {value:.3f}" for name, value in report.parts.items())
                print(
                    f"{place.stem} epoch {report.epoch}: loss {report.loss:.3f} {parts}; {report.seconds:.1f} s, "
                    f"waiting {report.waiting:.0%}",
                    flush=True,
                )
            network = opened.network
            everything = replace(data.validation, frames=[frames[e.path] for e in examples])
            vectors = everything.embed_tracks(lambda segments: embed_in_batches(network, segments, 512), data.front_end)  # noqa: B023
            arrays: dict[str, Any] = {
                "paths": np.array([e.path.as_posix() for e in examples]),
                "vectors": vectors.astype(np.float16),
                "band_mean": data.front_end.band_mean,
                "band_std": data.front_end.band_std,
                "history": np.array(json.dumps([asdict(report) for report in history])),
                "settings": np.array(json.dumps(to_dict(settings))),
            }
            if fold == FULL or arguments.keep_weights:
                arrays |= {f"weight/{name}": value for name, value in read_weights(network).items()}
            draft = place.with_suffix(".part.npz")
            np.savez(draft, **arrays)
            draft.replace(place)


def finish(arguments: argparse.Namespace) -> None:
    """Make a bundle of weights that were trained elsewhere."""
    from musicemb.encoder.networks.weights import write_weights
    from musicemb.records import Problem
    from musicemb.workflows.embedding.cached_frames import FramesReady
    from musicemb.workflows.training.prepare import prepare_training
    from musicemb.workflows.training.retrain import write_trained

    with np.load(arguments.weights, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    settings = from_dict(EncoderSettings, json.loads(str(arrays["settings"])))
    history = [EpochReport(**report) for report in json.loads(str(arrays["history"]))]
    examples, extra = read_collection(arguments)
    options = {} if arguments.start_trunk is None else {"start_trunk": arguments.start_trunk}
    for event in prepare_training(
        examples,
        settings,
        held_out=held_out_of(arguments.fold),
        teachers=arguments.teacher,
        extra=extra,
        workers=arguments.workers,
        **options,
    ):
        if not isinstance(event, FramesReady | Problem | TrainingData):
            print(event, flush=True)
    assert isinstance(event, TrainingData)
    front_end = replace(event.front_end, band_mean=arrays["band_mean"], band_std=arrays["band_std"])
    data = replace(event, front_end=front_end)
    opened = open_training(data, settings)
    write_weights(opened.network, {k.removeprefix("weight/"): v for k, v in arrays.items() if k.startswith("weight/")})
    out = arguments.output.absolute()
    about = {"trained_by": "train_cached"}
    written = write_trained(data, opened, history, out=out, name=arguments.name or out.name, about=about)
    print(written.bundle.folder, written.bundle.id, written.no_runtime or "converted", flush=True)


def judge(arguments: argparse.Namespace) -> None:
    """The figures of cross-validated vectors, beside MFCC statistics."""
    from cross_validate import Judge, mean_of_seeds, told

    from musicemb.core.evaluation.metrics import figures, paired_differences
    from musicemb.workflows.embedding.dataset_vectors import MfccVector

    court = Judge(arguments.data)
    names = [path.relative_to(arguments.data).as_posix() for path in court.paths]
    drawn = []
    for seed in arguments.seeds:
        folds = []
        for fold in range(FOLDS):
            with np.load(arguments.results / f"fold{fold}-seed{seed}.npz", allow_pickle=False) as stored:
                rows = dict(zip(stored["paths"].tolist(), stored["vectors"], strict=True))
            folds.append(np.stack([rows[name] for name in names]).astype(np.float32))
        drawn.append(court.draw(folds))
    mfcc = court.draw_baseline(MfccVector())
    document: dict[str, Any] = {
        "tracks": len(names),
        "classes": list(court.classes),
        "MFCC statistics": told(figures(mfcc)),
    }
    several = [(f"seed {seed}", one) for seed, one in zip(arguments.seeds, drawn, strict=True)]
    if len(drawn) > 1:
        several.append(("mean of seeds", mean_of_seeds(drawn)))
    for name, one in several:
        document[name] = told(figures(one))
        document[f"{name} minus MFCC statistics"] = told(paired_differences(one, mfcc))
    arguments.output.write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    collection = argparse.ArgumentParser(add_help=False)
    collection.add_argument("--data", type=Path, required=True)
    collection.add_argument("--extra", type=Path, action="append", default=[], help="folder of music that only teaches")
    collection.add_argument("--teacher", type=Path, action="append", default=[], help="in the order of their weights")
    collection.add_argument("--start-trunk", type=Path, help="LiteRT file of a published tagger")
    collection.add_argument("--workers", type=int, help="processes that decode")
    one = commands.add_parser("pack", parents=[collection])
    one.add_argument("pack", type=Path)
    one.add_argument("--settings", type=Path, required=True)
    one.add_argument("--change", action="append", default=[], metavar="SECTION.FIELD=JSON")
    one.add_argument("--leave-out", action="append", default=[], metavar="CORPUS")
    one.add_argument("--seconds", type=float, default=1e9, help="most of a track, from its middle")
    one.add_argument("--step", type=int, default=1, help="half decibels that a code stands for")
    one.add_argument("--piece", type=float, default=60.0, help="most MiB of a file")
    one.set_defaults(run=pack)
    two = commands.add_parser("train")
    two.add_argument("pack", type=Path)
    two.add_argument("--settings", type=Path, help="instead of the pack's; features must be the same")
    two.add_argument("--change", action="append", default=[], metavar="SECTION.FIELD=JSON")
    two.add_argument("--folds", nargs="+", default=[FULL], choices=[*map(str, range(FOLDS)), FULL])
    two.add_argument("--seeds", type=int, nargs="+", default=[1])
    two.add_argument("--keep-weights", action="store_true", help="of folds too")
    two.add_argument("-o", "--output", type=Path, required=True)
    two.set_defaults(run=train)
    three = commands.add_parser("finish", parents=[collection])
    three.add_argument("weights", type=Path)
    three.add_argument("--fold", default=FULL, choices=[*map(str, range(FOLDS)), FULL])
    three.add_argument("--name")
    three.add_argument("-o", "--output", type=Path, required=True)
    three.set_defaults(run=finish)
    four = commands.add_parser("judge")
    four.add_argument("results", type=Path)
    four.add_argument("--data", type=Path, required=True)
    four.add_argument("--seeds", type=int, nargs="+", default=[1])
    four.add_argument("-o", "--output", type=Path, required=True)
    four.set_defaults(run=judge)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
