"""One trial of a search: a short training that writes nothing, judged on held-out tracks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from musicemb.errors import DatasetError
from musicemb.records import Floats
from musicemb.settings import EncoderSettings
from musicemb.workflows.training.prepare import TrainingData
from musicemb.workflows.training.probe import ALONE, make_probe
from musicemb.workflows.training.start import open_training

TRIAL_STEPS = 25
"""Steps between two looks at the clock and at the held-out tracks."""

STAGES = 10
"""Times that a trial is judged, the last one at its end: enough to give up on a bad one early."""

Trial = Callable[[EncoderSettings], Iterator[tuple[float, float]]]


def make_trial(data: TrainingData, minutes: float, devices: int | Literal["all"] | None = None) -> Trial:
    """A function that trains with given settings on prepared data.

    Parameters
    ----------
    data : TrainingData
    minutes : float
        Of training per trial; what judging takes comes on top.
    devices : int or "all", optional

    Returns
    -------
    callable
        EncoderSettings -> iterator of (share of the training done, precision@5 of the held-out tracks
        among the held-out), the last one at a share of 1. Labels that a training saw take no part in it.

    Raises
    ------
    DatasetError
        Where too few labels are held out to judge by.
    """
    probe = make_probe(data, alone=True)
    if probe is None:
        raise DatasetError(
            "a search is judged by the labels of held-out tracks, and fewer than two labels are held out; give a "
            "collection with genres and a split val, or more artists"
        )

    def trial(settings: EncoderSettings) -> Iterator[tuple[float, float]]:
        from musicemb.encoder.networks.network import embed_in_batches, forget_networks

        forget_networks()  # what the trial before left behind
        opened = open_training(data, shorten(settings, minutes), devices)

        def embed(features: Floats) -> Floats:
            return embed_in_batches(opened.network, features)

        seconds, stage = 0.0, 0
        for report in opened.run():
            seconds += report.seconds
            done = max(seconds / (minutes * 60), report.epoch / report.epochs)
            if stage < int(done * STAGES) < STAGES:
                stage = int(done * STAGES)
                yield done, probe(embed)[ALONE]
        yield 1.0, probe(embed)[ALONE]

    return trial


def shorten(settings: EncoderSettings, minutes: float) -> EncoderSettings:
    """The same training within minutes, in short epochs; the learning rate falls accordingly.

    Parameters
    ----------
    settings : EncoderSettings
    minutes : float

    Returns
    -------
    EncoderSettings
    """
    training = settings.training
    steps = min(TRIAL_STEPS, training.steps_per_epoch)
    epochs = math.ceil(training.epochs * training.steps_per_epoch / steps)
    return replace(
        settings, training=replace(training, minutes=minutes, steps_per_epoch=steps, epochs=epochs, patience=0)
    )
