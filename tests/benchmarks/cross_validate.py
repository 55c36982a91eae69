"""Cross-validates recipes that learn from labels: five encoders each, every one without a fifth of the artists.

    python tests/benchmarks/cross_validate.py --data DIR --settings-of BUNDLE --work FOLDER
    python tests/benchmarks/cross_validate.py --data DIR --settings-of BUNDLE --work FOLDER --ablation [ROW ...]

A label-trained encoder cannot be judged on tracks that it was taught with; every track is therefore
judged by the one encoder that never met its artist, among the tracks of its own fold (spaces of
different encoders are not comparable). Baselines are asked in the same way, and differences are
paired. Folds that stand in FOLDER already are not trained again.

The first form writes FOLDER/cross_validation.json. The second asks one question a row: the recipe with
one thing changed (`ROWS`), each of `--seeds`, at a smaller budget where --change says so; it
writes FOLDER/ablation.json, with the difference to the unchanged recipe of the same seed, and with the mean
over seeds where a row has several. Processes can share the rows; `--gather` writes them all together then.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.core.evaluation.baselines import choose_metric
from musicemb.core.evaluation.bootstrap import BootstrapStatistic
from musicemb.core.evaluation.metrics import draw_all, figures, paired_differences, score_statistics
from musicemb.core.evaluation.probes import standardise
from musicemb.datasets.classes import eligible_classes, fold_classes
from musicemb.datasets.music import fold_of
from musicemb.encoder.runtime.bundle import SETTINGS, find_bundle, read_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.encoder.runtime.random_encoder import UntrainedEncoder
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.io.audio.bliss import has_bliss
from musicemb.records import Encoder, Example
from musicemb.settings import EncoderSettings
from musicemb.workflows.datasets.examples import music_examples, read_examples
from musicemb.workflows.embedding.dataset_vectors import (
    DescribedFile,
    EncoderVector,
    MfccVector,
    describe_files,
    describe_with_bliss,
)
from musicemb.workflows.evaluation.collect import BLISS, default_cache
from musicemb.workflows.training.prepare import TrainingData, prepare_training
from musicemb.workflows.training.retrain import retrain_encoder
from musicemb.workflows.training.start import open_training

FOLDS = 5
CORPUS = "panda"

BASE = "base"
THESIS: Mapping[str, Any] = {
    "training.loss": "triplet", "training.semi_hard": False, "training.margin": 1.0, "training.radius": 5.0,
    "training.label_weight": 0.0, "segments.length": 5.0, "segments.hop": 5.0,
    "augmentation.tilt_db": 0.0, "augmentation.noise_share": 0.0, "augmentation.lowpass_share": 0.0,
    "augmentation.time_masks": 0, "augmentation.band_masks": 0, "augmentation.band_shift": 0.0,
    "augmentation.time_stretch": 0.0, "augmentation.mix_share": 0.0,
}  # fmt: skip
UNTAUGHT: Mapping[str, Any] = {"training.relation_weights": [0.0], "training.tag_weights": [0.0]}
"""Rows are of the recipe without teachers, whatever --teacher names, except where they say so."""
TAUGHT: Mapping[str, Any] = {"training.relation_weights": [1.0], "training.tag_weights": [1.0]}
ROWS: Mapping[str, Mapping[str, Any]] = {
    BASE: {},
    "thesis": THESIS,
    "thesis, with teachers": {**THESIS, **TAUGHT},
    "with teachers": TAUGHT,
    "no labels": {"training.label_weight": 0.0},
    "one genre a track": {"training.all_genres": False},
    "semi-hard triplets": {"training.loss": "triplet"},
    "radius of 8 s": {"training.radius": 8.0},
    "temperature 0.2": {"training.temperature": 0.2},
    "segments of 2 s": {"segments.length": 2.0, "segments.hop": 2.0},
    "segments of 8 s": {"segments.length": 8.0, "segments.hop": 8.0},
    "MFCC": {"front_end.features": "mfcc"},
    "windows of 64 ms": {"front_end.n_fft": 1024},
    "64 mel bands": {"front_end.n_mels": 64},
    "no shift, no stretch": {"augmentation.band_shift": 0.0, "augmentation.time_stretch": 0.0},
    "shift and stretch": {"augmentation.band_shift": 3.0, "augmentation.time_stretch": 0.15},
    "no mixing": {"augmentation.mix_share": 0.0},
    "no noise, no low-pass": {"augmentation.noise_share": 0.0, "augmentation.lowpass_share": 0.0},
    "no augmentation": {
        "augmentation.tilt_db": 0.0, "augmentation.noise_share": 0.0, "augmentation.lowpass_share": 0.0,
        "augmentation.time_masks": 0, "augmentation.band_masks": 0, "augmentation.band_shift": 0.0,
        "augmentation.time_stretch": 0.0, "augmentation.mix_share": 0.0,
    },
    "labels count thrice": {"training.label_weight": 3.0},
    "dropout 0.3": {"network.dropout": 0.3},
    "two members": {"network.members": 2, "network.dimensions": 256},
}  # fmt: skip
"""Question -> settings that answer it, beside those of the recipe."""


def change_settings(settings: EncoderSettings, changes: Mapping[str, Any]) -> EncoderSettings:
    """Settings with some of them changed; a change is called "section.field"."""
    for name, value in changes.items():
        section, field = name.split(".")
        value = tuple(value) if isinstance(value, list) else value
        settings = replace(settings, **{section: replace(getattr(settings, section), **{field: value})})
    return settings


def train_folds(
    data: Path, settings: EncoderSettings, folder: Path, folds: Sequence[int] = range(FOLDS), **start: Any
) -> list[Encoder]:
    """For each fold the encoder that never met its artists."""
    found = []
    for fold in folds:
        out = folder / f"fold{fold}"
        if not (out / SETTINGS).is_file():
            events = retrain_encoder(
                music_examples(data),
                settings,
                out=out,
                name=out.name,
                held_out=lambda example, fold=fold: fold_of(example.group, FOLDS) == fold,
                resume=True,
                workers=0,
                watch=False,
                **start,
            )
            for event in events:
                if isinstance(event, EpochReport):
                    print(f"{out} epoch {event.epoch} loss {event.loss:.3f} {event.probe}", flush=True)
        found.append(load_encoder(out))
    return found


def train_quickly(
    data: Path, settings: EncoderSettings, paths: list[Path], folder: Path, **start: Any
) -> list[np.ndarray]:
    """Vectors of the labelled tracks by each fold's encoder, of which no bundle is written."""
    from musicemb.encoder.networks.network import embed_in_batches, forget_networks

    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for fold in range(FOLDS):
        place = folder / f"fold{fold}.npy"
        if not place.is_file():
            forget_networks()
            events = prepare_training(
                music_examples(data),
                settings,
                held_out=lambda e, fold=fold: fold_of(e.group, FOLDS) == fold,
                workers=0,
                **start,
            )
            prepared = next(event for event in events if isinstance(event, TrainingData))
            opened = open_training(prepared, settings)
            for report in opened.run():
                print(f"{folder.name}, fold {fold}, epoch {report.epoch}: loss {report.loss:.3f}", flush=True)
            frames = {e.path: f for e, f in zip(prepared.train_examples, prepared.train.frames, strict=True)}
            frames |= {e.path: f for e, f in zip(prepared.val_examples, prepared.validation.frames, strict=True)}
            few = replace(prepared.validation, frames=[frames[path] for path in paths])
            network, front_end = opened.network, prepared.front_end
            np.save(place, few.embed_tracks(lambda segments: embed_in_batches(network, segments), front_end))  # noqa: B023
        found.append(np.load(place))
    return found


def start_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """What trainings start and learn from beside the collection; targets of held-out artists are never read."""
    extra = [example for folder in arguments.extra for example in read_examples(folder)]
    return {"teachers": arguments.teacher, "extra": extra, "start_trunk": arguments.start_trunk}


def describe(extractor: object, paths: list[Path]) -> np.ndarray:
    """Track vectors in the order of the paths."""
    if extractor == BLISS:
        done = describe_with_bliss(paths, cache=default_cache())
    else:
        done = describe_files(paths, extractor, cache=default_cache())
    found = {event.path: event.vectors[0] for event in done if isinstance(event, DescribedFile)}
    return np.stack([found[path] for path in paths])


class Judge:
    """The labelled tracks, and what baselines make of them."""

    def __init__(self, data: Path) -> None:
        examples = [e for e in fold_classes(read_examples(data)) if e.corpus == CORPUS]
        self.classes = eligible_classes(examples)
        self.examples: list[Example] = [e for e in examples if e.split != "test" and e.label in self.classes]
        self.folds = np.array([fold_of(e.group, FOLDS) for e in self.examples])
        self.paths = [e.path for e in self.examples]

    def draw(self, vectors: Any, **options: Any) -> dict[str, BootstrapStatistic]:
        """Figures on draws of artists, always the same ones."""
        found, _ = score_statistics(vectors, self.examples, self.folds, **options)
        return draw_all(found, [e.group for e in self.examples])

    def draw_baseline(self, extractor: object) -> dict[str, BootstrapStatistic]:
        """Those of a description that has learned nothing."""
        vectors, metric = describe(extractor, self.paths), "cosine"
        if not isinstance(extractor, EncoderVector):
            known = [i for i, e in enumerate(self.examples) if e.split == "train"]
            (vectors,) = standardise(vectors[known], vectors)[1:]
            metric = choose_metric(vectors[known], [self.examples[i] for i in known])
        return self.draw(vectors, within_folds=True, metric=metric)


def told(drawn: Mapping[str, Any]) -> dict[str, str]:
    """Figures as text."""
    return {name: str(figure) for name, figure in drawn.items()}


def mean_of_seeds(several: Sequence[Mapping[str, BootstrapStatistic]]) -> dict[str, BootstrapStatistic]:
    """Figures averaged over trainings that differ in their seed only, on the same draws of artists."""
    return {
        name: BootstrapStatistic(
            float(np.mean([one[name].value for one in several])),
            np.mean([one[name].draws for one in several], axis=0),
            first.centred,
        )
        for name, first in several[0].items()
    }


def cross_validate_recipe(arguments: argparse.Namespace, settings: EncoderSettings, judge: Judge) -> dict[str, Any]:
    """The recipe beside its baselines."""
    encoders = train_folds(arguments.data, settings, arguments.work, **start_of(arguments))
    own = judge.draw([describe(EncoderVector(e), judge.paths) for e in encoders])
    bundle = encoders[0].bundle
    random = UntrainedEncoder(bundle.settings, bundle.front_end)
    document = {
        "recipe": read_bundle(find_bundle(arguments.settings_of)).name,
        "minutes_per_fold": arguments.minutes,
        "encoders": [encoder.id for encoder in encoders],
        "tracks": len(judge.examples),
        "classes": list(judge.classes),
        "encoder": told(figures(own)),
    }
    baselines = {"MFCC statistics": MfccVector(), "random network": EncoderVector(random)}
    for name, extractor in (baselines | ({BLISS: BLISS} if has_bliss() else {})).items():
        theirs = judge.draw_baseline(extractor)
        document[name] = told(figures(theirs))
        document[f"encoder minus {name}"] = told(paired_differences(own, theirs))
    return document


def cross_validate_rows(arguments: argparse.Namespace, settings: EncoderSettings, judge: Judge) -> dict[str, Any]:
    """One question a row, each beside the unchanged recipe."""
    names = [BASE, *(name for name in arguments.ablation or ROWS if name != BASE)]
    mfcc = judge.draw_baseline(MfccVector())
    drawn: dict[tuple[str, int], dict[str, BootstrapStatistic]] = {}
    for seed in arguments.seeds:
        for name in names:
            changed = change_settings(settings, {**UNTAUGHT, **ROWS[name], "training.seed": seed})
            folder = arguments.work / f"{name}, seed {seed}"
            if arguments.gather and len(list(folder.glob("*.npy"))) < FOLDS:
                continue
            drawn[name, seed] = judge.draw(
                train_quickly(arguments.data, changed, judge.paths, folder, **start_of(arguments))
            )
            print(name, seed, drawn[name, seed]["precision@5"].figure, flush=True)
    rows: list[dict[str, Any]] = []
    for name in names:
        seeds = [seed for seed in arguments.seeds if (name, seed) in drawn]
        for some in [*([seed] for seed in seeds), *([seeds] if len(seeds) > 1 else [])]:
            here, base = (mean_of_seeds([drawn[one, seed] for seed in some]) for one in (name, BASE))
            row = {"row": name, "seeds": some, "changes": dict(ROWS[name]), "figures": told(figures(here))}
            row["minus MFCC statistics"] = told(paired_differences(here, mfcc))
            row["minus base"] = told(paired_differences(here, base))
            rows.append(row)
    training, network = settings.training, settings.network
    return {
        "tracks": len(judge.examples),
        "steps": training.epochs * training.steps_per_epoch,
        "widths": list(network.widths),
        "members": network.members,
        "MFCC statistics": told(figures(mfcc)),
        "rows": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--settings-of", required=True)
    parser.add_argument("--minutes", type=float, help="per fold; default: the epochs of the settings")
    parser.add_argument("--change", action="append", default=[], metavar="SECTION.FIELD=JSON", help="of the recipe")
    parser.add_argument("--ablation", nargs="*", choices=list(ROWS), metavar="ROW", help="of: " + "; ".join(ROWS))
    parser.add_argument("--only", type=int, nargs="+", metavar="FOLD", help="train these folds and write no figures")
    parser.add_argument("--gather", action="store_true", help="with --ablation: only of what was trained already")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--teacher", type=Path, action="append", default=[], help="file to distil from, in every fold")
    parser.add_argument("--extra", type=Path, action="append", default=[], help="folder of music that only teaches")
    parser.add_argument("--start-trunk", type=Path, help="LiteRT file of a published tagger")
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    settings = read_bundle(find_bundle(arguments.settings_of)).settings
    changes: dict[str, Any] = {name: json.loads(value) for name, value in (c.split("=", 1) for c in arguments.change)}
    if arguments.minutes is not None:
        changes |= {"training.minutes": arguments.minutes, "training.epochs": 1000}
    settings = change_settings(settings, changes)
    if arguments.only:
        train_folds(arguments.data, settings, arguments.work, arguments.only, **start_of(arguments))
        return
    judge = Judge(arguments.data)
    if arguments.ablation is None:
        document, name = cross_validate_recipe(arguments, settings, judge), "cross_validation.json"
    else:
        document, name = cross_validate_rows(arguments, settings, judge), "ablation.json"
    (arguments.work / name).write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
