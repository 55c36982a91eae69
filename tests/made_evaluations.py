"""Evaluations as they come out, made by hand: what reports and charts are tried on."""

from __future__ import annotations

import math

from musicemb.records import Evaluation, Figure, SoundEvaluation

HALF = Figure(0.5, 0.4, 0.6)
UNKNOWN = Figure(math.nan, math.nan, math.nan)

GUESSES = {
    "tracks": 40,
    "enough": False,
    "classes": ["blues", "jazz"],
    "threshold": 0.6,
    "figures": {"coverage": HALF, "accuracy of guesses": UNKNOWN},
    "bins": [{"confidence": 0.4, "right": 0.3, "low": math.nan, "high": math.nan, "tracks": 20}] * 2,
    "risk": [{"coverage": 0.5, "risk": 0.1, "low": 0.0, "high": 0.2}] * 2,
    "curve": [{"threshold": 0.5, "coverage": HALF, "accuracy": UNKNOWN}],
}

FOUND = Evaluation(
    encoder_id="id",
    encoder_name="one",
    data="data",
    corpus="",
    split="val",
    classes=("blues", "jazz"),
    tracks=40,
    artists=20,
    results={"encoder": {"precision@5": HALF, "AMI": UNKNOWN}, "commonest genre": {"linear accuracy": HALF}},
    differences={"commonest genre": {"linear accuracy": Figure(-0.1, -0.2, 0.1)}},
    groups={"encoder": {"clusters": 2, "largest share": 0.5, "k-means largest share": 0.5}},
    f1={"blues": 0.5, "jazz": 0.5},
    confusion=((10, 10), (5, 15)),
    guesses=GUESSES,
    damaged={"encoder": {"a 10 s cut": HALF}},
    corpora={},
    by_class={"precision@5": {"blues": HALF, "jazz": UNKNOWN}, "linear F1": {"blues": HALF}},
    dense_confusion=((10, 10), (0, 20)),
)

SOUNDS = SoundEvaluation(
    encoder_id="id",
    encoder_name="one",
    dataset="esc10",
    files=40,
    tested=0,
    groups=20,
    folds=5,
    classes=("dog", "rain"),
    results={"encoder": {"linear macro-F1": HALF, "dense accuracy": HALF}},
    differences={"MFCC statistics": {"linear macro-F1": Figure(0.1, -0.1, 0.3)}},
    f1={"dog": 0.5, "rain": 0.5},
    confusion=((10, 10), (5, 15)),
    published={},
    by_class={"linear F1": {"dog": HALF, "rain": UNKNOWN}, "dense F1": {"dog": HALF, "rain": HALF}},
    dense_confusion=((10, 10), (0, 20)),
)
