"""Cross-validates a recipe that learns from labels: five encoders, each without a fifth of the artists.

    python tests/benchmarks/cross_validate.py --data DIR --settings-of BUNDLE --work FOLDER

A label-trained encoder cannot be judged on tracks that it was taught with; every track is therefore
judged by the one encoder that never met its artist, among the tracks of its own fold (spaces of
different encoders are not comparable). Baselines are asked in the same way, and differences are
paired. Folds that stand in FOLDER already are not trained again. Writes FOLDER/cross_validation.json.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from musicemb.core.baselines import choose_metric
from musicemb.core.metrics import draw_all, figures, paired_differences, score_statistics
from musicemb.core.probes import standardise
from musicemb.datasets.classes import eligible_classes, fold_classes
from musicemb.datasets.music import fold_of
from musicemb.encoder.bundle import SETTINGS, find_bundle, read_bundle
from musicemb.encoder.checkpoints import EpochReport
from musicemb.encoder.runtime import load_encoder
from musicemb.encoder.untrained import UntrainedEncoder
from musicemb.records import Encoder
from musicemb.workflows.describe import Described, EncoderVector, MfccVector, describe_files
from musicemb.workflows.evaluate import read_examples
from musicemb.workflows.examples import music_examples
from musicemb.workflows.gather import default_cache
from musicemb.workflows.retrain import retrain_encoder

FOLDS = 5
CORPUS = "panda"


def train_fold(arguments: argparse.Namespace, fold: int) -> Encoder:
    """The encoder that never met the artists of a fold."""
    out = arguments.work / f"fold{fold}"
    if not (out / SETTINGS).is_file():
        settings = read_bundle(find_bundle(arguments.settings_of)).settings
        if arguments.minutes is not None:
            settings = replace(settings, training=replace(settings.training, minutes=arguments.minutes, epochs=1000))
        events = retrain_encoder(
            music_examples(arguments.data),
            settings,
            out=out,
            name=out.name,
            held_out=lambda example: fold_of(example.group, FOLDS) == fold,
            resume=True,
            workers=0,
        )
        for event in events:
            if isinstance(event, EpochReport):
                print(f"fold {fold} epoch {event.epoch} loss {event.loss:.3f} {event.probe}", flush=True)
    return load_encoder(out)


def describe(describer: object, paths: list[Path]) -> np.ndarray:
    """Track vectors in the order of the paths."""
    done = describe_files(paths, describer, cache=default_cache())
    found = {event.path: event.vectors[0] for event in done if isinstance(event, Described)}
    return np.stack([found[path] for path in paths])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--settings-of", required=True)
    parser.add_argument("--minutes", type=float, help="per fold; default: the epochs of the settings")
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    bundle_name = read_bundle(find_bundle(arguments.settings_of)).name
    examples = [e for e in fold_classes(read_examples(arguments.data)) if e.corpus == CORPUS]
    classes = eligible_classes(examples)
    examples = [e for e in examples if e.split != "test" and e.label in classes]
    folds = np.array([fold_of(e.group, FOLDS) for e in examples])
    paths, groups = [e.path for e in examples], [e.group for e in examples]

    encoders = [train_fold(arguments, fold) for fold in range(FOLDS)]
    found, _ = score_statistics([describe(EncoderVector(e), paths) for e in encoders], examples, folds)
    own = draw_all(found, groups)
    bundle = encoders[0].bundle
    random = UntrainedEncoder(bundle.settings, bundle.front_end)
    others = {"MFCC statistics": MfccVector(), "random network": EncoderVector(random)}
    document = {
        "recipe": bundle_name,
        "minutes_per_fold": arguments.minutes,
        "encoders": [encoder.id for encoder in encoders],
        "tracks": len(examples),
        "classes": list(classes),
        "encoder": {name: str(figure) for name, figure in figures(own).items()},
    }
    for name, describer in others.items():
        vectors, metric = describe(describer, paths), "cosine"
        if isinstance(describer, MfccVector):
            taught = [i for i, e in enumerate(examples) if e.split == "train"]
            (vectors,) = standardise(vectors[taught], vectors)[1:]
            metric = choose_metric(vectors[taught], [examples[i] for i in taught])
        found, _ = score_statistics(vectors, examples, folds, within_folds=True, metric=metric)
        theirs = draw_all(found, groups)
        document[name] = {key: str(figure) for key, figure in figures(theirs).items()}
        gap = paired_differences(own, theirs)
        document[f"encoder minus {name}"] = {key: str(figure) for key, figure in gap.items()}
    (arguments.work / "cross_validation.json").write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
