"""Sound events without a probe: what lies near each file, and which groups they fall into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.core.evaluation.baselines import choose_metric
from musicemb.core.evaluation.bootstrap import Statistic
from musicemb.core.evaluation.clustering_scores import measure_grouping
from musicemb.core.evaluation.metrics import retrieval_statistics
from musicemb.core.evaluation.probes import standardise
from musicemb.core.vectors.pca import fit_projection, project
from musicemb.records import Projection
from musicemb.workflows.evaluation.sound_scores import Exam, over
from musicemb.workflows.evaluation.systems import COMPONENTS

MOST_SEARCHED = 5_000
"""Files of a fold that are searched among; of more, as many drawn by chance: all pairs of a fold of DCASE
are 2.6 GB, and nothing narrower would be learned of them."""


def space_statistics(
    vectors: Sequence[NDArray[Any]], exam: Exam, projection: Projection | None, *, learned: bool
) -> tuple[dict[str, Statistic], Mapping[str, Statistic]]:
    """Retrieval within each fold, and clusters of what the folds hold out by the product's own rule.

    A file is the mean of its channels. Its gallery is the files of other sessions (clips) in its own fold, which an
    encoder that this dataset trained has heard none or all of.

    Parameters
    ----------
    vectors : sequence of ndarray [shape=(n_channels, d)]
        Of each row of the exam.
    exam : Exam
    projection : Projection or None
        Space to cluster in; None: a PCA fitted on the development files, as of a baseline.
    learned : bool
        False: standardise on the development files, and take the better of cosine and Euclidean there.

    Returns
    -------
    retrieval : dict
        "precision@5" and "1-nn", each also as macro mean (see `core.evaluation.metrics`), over all rows of the exam.
    groups : mapping
        "AMI", "AMI clustered", "coverage" (see `core.evaluation.clustering_scores`) and "AMI k-means", for draws of
        halves.
    """
    means = np.stack([channels.mean(axis=0) for channels in vectors])
    metric = None
    if not learned:
        taught = list(exam.taught)
        (means,) = standardise(means[taught], means)[1:]
        few = _some(taught)
        metric = choose_metric(means[few], [exam.examples[row] for row in few])
        projection = fit_projection(means[taught].astype(np.float32), COMPONENTS)
    parts = {fold: _some(rows) for fold, rows in exam.folds.items()}
    rows = [row for some in parts.values() for row in some]
    folds = np.array([fold for fold, some in parts.items() for _ in some], np.int64)
    examples = [exam.examples[row] for row in rows]
    found = retrieval_statistics(means[rows], examples, metric=metric or "cosine", folds=folds)
    retrieval = {name: over([(rows, one)]) for name, one in found.items()}

    space = project(means[rows].astype(np.float32), projection)
    groups, _ = measure_grouping(space, [one.label for one in examples], range(len(rows)))
    return retrieval, {name: over([(rows, one)]) for name, one in groups.items()}


def _some(rows: Sequence[int]) -> list[int]:
    if len(rows) <= MOST_SEARCHED:
        return list(rows)
    return sorted(np.random.default_rng(0).permutation(np.asarray(rows))[:MOST_SEARCHED].tolist())
