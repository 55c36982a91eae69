"""Fits a bundle's tag heads anew to what published taggers say, and adds them to it; its id stays.

    python tests/benchmarks/teacher_heads.py --data DIR --teacher FILE [FILE ...] [--extra DIR --extra-teacher FILE ...]
        [--bundle BUNDLE] [--write]

They learn from the split `train` of DIR and from the folder --extra (made by make_extra.py), of which the FILES
(teacher_targets.py) tell what the taggers hear. Each is judged on artists that it never met, in five folds, against
the tenth of the tracks that the taggers are surest of; what does not reach `heads.LEAST_AUC` is left out. Genres are
asked about panda's labels too, with the taggers themselves beside the heads: a head that learned them well is as good
as they are, and no better. Words that the bundle got in another way (speech, noise) stay as they are.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from cross_validate import describe
from find import read_truth

from musicemb.core.genres.families import ancestors_of
from musicemb.core.genres.names import fold_genre
from musicemb.core.sound_tags.heads import TagTargets, apply_tag_heads, fit_tag_heads, rank_area
from musicemb.encoder.runtime.added_heads import ADDED, join_heads, write_added_heads
from musicemb.encoder.runtime.bundle import find_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.records import TagHeads
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.dataset_vectors import EncoderVector

KEPT = ("speech", "noise")
"""Heads that sound_heads.py fits."""
ORIGIN = "YAMNet's and musicnn's answers averaged over tracks (teacher_heads.py); speech and noise: sound_heads.py"


def together(one: TagTargets, two: TagTargets) -> TagTargets:
    """The targets of two collections that the same taggers know."""
    if one.tags != two.tags:
        raise SystemExit("the files of --teacher and --extra-teacher are of different taggers")
    return TagTargets(one.tags, np.concatenate([one.values, two.values]))


def is_of(label: str, genre: str) -> bool:
    """Whether a label of the collection names a genre, or one that belongs to it."""
    return any(genre in (fold, *ancestors_of(fold)) for fold in fold_genre(label))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, nargs="+", required=True)
    parser.add_argument("--extra", type=Path)
    parser.add_argument("--extra-teacher", type=Path, nargs="+", default=())
    parser.add_argument("--bundle", default=None)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    bundle = find_bundle(arguments.bundle)
    encoder = load_encoder(bundle)
    music = [one for one in read_examples(arguments.data) if one.corpus != "esc10"]
    examples = [one for one in music if one.split == "train"]
    paths, groups = [one.path for one in examples], [one.group for one in examples]
    targets = read_truth(paths, arguments.teacher)
    if arguments.extra:
        with (arguments.extra / "list.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        more = [arguments.extra / row["output"] for row in rows]
        targets = together(targets, read_truth(more, arguments.extra_teacher))
        paths, groups = paths + more, groups + [f"{row['repository']}/{Path(row['path']).parent}" for row in rows]
    vectors = describe(EncoderVector(encoder), paths)
    heads = fit_tag_heads(vectors, targets, groups)
    print(f"{len(paths)} tracks, {len(targets.tags)} words, {len(heads.names)} kept, mean AUC {heads.areas.mean():.3f}")
    for kind in dict.fromkeys(heads.kinds):
        of_it = [f"{n} {a:.2f}" for n, a, k in zip(heads.names, heads.areas, heads.kinds, strict=True) if k == kind]
        print(f"  {kind}: {', '.join(of_it)}")
    print("  left out:", ", ".join(tag.name for tag in targets.tags if tag.name not in heads.names) or "none")

    judged = [one for one in music if one.split == "val" and one.label]
    told = apply_tag_heads(describe(EncoderVector(encoder), [one.path for one in judged]), heads)
    truth = read_truth([one.path for one in judged], arguments.teacher)
    print(f"genres against the labels of {len(judged)} tracks of `val`: head, taggers, tracks")
    for at, (name, kind) in enumerate(zip(heads.names, heads.kinds, strict=True)):
        right = np.array([is_of(one.label, name) for one in judged])
        if kind == "genre" and right.sum() >= 5:
            column = truth.values[:, [tag.name for tag in truth.tags].index(name)]
            known = np.isfinite(column)
            print(
                f"  {name}: {rank_area(told[:, at], right):.2f}, {rank_area(column[known], right[known]):.2f}, "
                f"{int(right.sum())}"
            )
    if arguments.write:
        own = encoder.tag_heads
        kept = [] if own is None else [at for at, name in enumerate(own.names) if name in KEPT]
        if own is not None and kept:
            others = TagHeads(
                names=tuple(own.names[at] for at in kept),
                kinds=tuple(own.kinds[at] for at in kept),
                weights=own.weights[:, kept],
                bias=own.bias[kept],
                mean=own.mean,
                scale=own.scale,
                quantiles=own.quantiles[kept],
                areas=own.areas[kept],
            )
            heads = join_heads(heads, others)
        write_added_heads(bundle, heads, ORIGIN)
        print(f"{bundle / ADDED}: {len(heads.names)} words; the id is still {load_encoder(bundle).id}")


if __name__ == "__main__":
    main()
