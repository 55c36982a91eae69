"""Fits heads for speech and noise to made audio, measures them on voices and noises held out, adds them to a bundle.

    python tests/benchmarks/sound_heads.py --made FOLDER --data DIR --extra DIR --teacher yamnet.npz
        [--other DIR ...] [--bundle BUNDLE] [--write]

FOLDER is what made_sounds.py writes; music that is neither stands against it: the split `train` of DIR and the tracker
modules of the other DIR, without what the teacher gives a mean probability of speech of `DOUBTFUL` and more. Every
answer that is judged comes from a head that was fitted without a fifth of the voices, noises and artists. Panda's
`val`, which no head is fitted on, the sound events of DIR (ESC-10) by class and the files of --other are asked
afterwards.

Whether next to nothing can be told from noise is measured, too: segments are brought to one level before the network
hears them, so that only the colour of the two may differ. --write adds the heads to the bundle, whose id stays.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from cross_validate import describe

from musicemb.core.sound_tags.heads import LEAST_AUC, TagTargets, apply_tag_heads, fit_tag_heads, rank_area
from musicemb.core.sound_tags.vocabulary import SoundTag
from musicemb.core.training.targets import match_paths
from musicemb.encoder.runtime.added_heads import write_added_heads
from musicemb.encoder.runtime.bundle import find_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.teacher_files import read_teacher
from musicemb.records import TagHeads
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.dataset_vectors import EncoderVector

FOLDS = 5
DOUBTFUL = 0.05
SURE = 0.5
"""Probability from which a word is told."""
WORDS = ("speech", "noise")
MUSIC = "music"
ORIGIN = "made audio: free recordings of speech, synthesised noise, against music (tests/benchmarks/sound_heads.py)"
RANK = np.linspace(0, 1, 21, dtype=np.float32)
"""Quantiles of a head whose probability is meant as it is: hardly any music has any, so that its ranks say nothing."""


def fit(vectors: np.ndarray, kinds: np.ndarray, groups: Sequence[str], words: Sequence[str] = WORDS) -> TagHeads:
    """Heads that say of each word whether a track is of that kind."""
    truth = np.stack([kinds == word for word in words], axis=1).astype(np.float32)
    tags = tuple(SoundTag(word, "sound", ()) for word in words)
    heads = fit_tag_heads(vectors, TagTargets(tags, truth), groups)
    return replace(heads, quantiles=np.tile(RANK, (len(heads.names), 1)))


def cross_fit(
    vectors: np.ndarray, kinds: np.ndarray, groups: Sequence[str], words: Sequence[str] = WORDS
) -> np.ndarray:
    """Probability of each word by a head that met no track of the group."""
    order = {group: at for at, group in enumerate(sorted(set(groups)))}
    folds = np.array([order[group] % FOLDS for group in groups])
    told = np.zeros((len(vectors), len(words)), np.float32)
    for fold in range(FOLDS):
        taught, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        heads = fit(vectors[taught], kinds[taught], [groups[row] for row in taught], words)
        found = apply_tag_heads(vectors[asked], heads)
        for column, name in enumerate(heads.names):
            told[asked, words.index(name)] = found[:, column]
    return told


def show(word: str, told: np.ndarray, truth: np.ndarray) -> None:
    """How well a word is told, and how far its probability keeps its word."""
    sure = told >= SURE
    edges = np.array([0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0001])
    at = np.digitize(told, edges) - 1
    bins = ", ".join(
        f"{edges[i]:.2f}-{min(edges[i + 1], 1):.2f}: {told[at == i].mean():.3f} said, {truth[at == i].mean():.3f} are "
        f"({int((at == i).sum())})"
        for i in range(len(edges) - 1)
        if (at == i).any()
    )
    gap = sum(abs(told[at == i].mean() - truth[at == i].mean()) * (at == i).mean() for i in set(at.tolist()))
    found, wrong = int((sure & truth).sum()), int((sure & ~truth).sum())
    print(
        f"{word}: AUC {rank_area(told, truth):.4f}; from {SURE} on {found} of {int(truth.sum())} are found, {wrong} of "
        f"{int((~truth).sum())} others taken for it; calibration error {gap:.4f}"
    )
    print(f"  {bins}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--made", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--extra", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--other", type=Path, action="append", default=[])
    parser.add_argument("--bundle", default=None)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    bundle = find_bundle(arguments.bundle)
    encoder = load_encoder(bundle)
    with (arguments.made / "made.csv").open() as file:
        made = list(csv.DictReader(file))
    examples = read_examples(arguments.data)
    teacher = read_teacher(arguments.teacher)
    column = teacher.tag_names.index("Speech")
    rows = match_paths(teacher.paths, [one.path.as_posix() for one in examples]).tolist()
    bounds = teacher.offsets
    doubtful = {
        one.path
        for one, row in zip(examples, rows, strict=True)
        if row >= 0 and bounds[row + 1] > bounds[row]
        and teacher.tags[bounds[row] : bounds[row + 1], column].mean() / 255 >= DOUBTFUL
    }  # fmt: skip
    music = [one for one in examples if one.split == "train" and one.corpus != "esc10" and one.path not in doubtful]
    modules = sorted((arguments.extra / "module").glob("*.opus"))
    paths = [*(arguments.made / row["path"] for row in made), *(one.path for one in music), *modules]
    groups = [*(row["group"] for row in made), *(one.group for one in music), *(path.stem for path in modules)]
    kinds = np.array([*(row["kind"] for row in made), *[MUSIC] * (len(music) + len(modules))])
    vectors = describe(EncoderVector(encoder), paths)
    print({kind: int((kinds == kind).sum()) for kind in dict.fromkeys(kinds.tolist())}, "left out:", len(doubtful))

    # Of noise and next to nothing the vectors know one thing: they are taught as one word.
    apart = np.flatnonzero(np.isin(kinds, ["noise", "nothing"]))
    told = cross_fit(vectors[apart], kinds[apart], [groups[row] for row in apart], ("nothing",))[:, 0]
    area = f"{rank_area(told, kinds[apart] == 'nothing'):.3f}" if told.any() else f"below {LEAST_AUC}, so no head"
    print(f"next to nothing against noise: AUC {area}")
    joined = np.where(kinds == "nothing", "noise", kinds)
    told = cross_fit(vectors, joined, groups)
    for at, word in enumerate(WORDS):
        show(word, told[:, at], joined == word)
    for kind in dict.fromkeys(kinds.tolist()):
        sure = ", ".join(f"{word} {(told[kinds == kind, at] >= SURE).mean():.3f}" for at, word in enumerate(WORDS))
        print(f"  of {kind} is taken for: {sure}")
    voices = sorted({group for group, kind in zip(groups, kinds, strict=True) if kind == "speech"})
    of = np.array(groups)
    worst = sorted((float((told[of == voice, 0] >= SURE).mean()), voice) for voice in voices)[:3]
    print(f"  {len(voices)} voices, those least often found: {worst}")

    heads = fit(vectors, joined, groups)
    others = {"panda, val": [one.path for one in examples if one.corpus == "panda" and one.split == "val"]}
    for one in examples:
        if one.corpus == "esc10":
            others.setdefault(f"ESC-10, {one.label}", []).append(one.path)
    for folder in arguments.other:
        others[folder.name] = sorted(path for path in folder.rglob("*") if path.suffix in (".opus", ".wav", ".flac"))
    for name, some in others.items():
        found = apply_tag_heads(describe(EncoderVector(encoder), some), heads)
        sure = ", ".join(f"{word} {(found[:, at] >= SURE).mean():.3f}" for at, word in enumerate(heads.names))
        print(f"{name}, {len(some)} files: taken for {sure}")
    print("folds:", FOLDS, "heads:", heads.names, "areas:", heads.areas.round(4))
    if arguments.write:
        write_added_heads(bundle, heads, ORIGIN)
        print(f"{bundle} has {', '.join(heads.names)} now; its id is still {load_encoder(bundle).id}")


if __name__ == "__main__":
    main()
