"""Losses on a batch of segment vectors, in keras.ops: the same under every backend.

Conventions
-----------
`vectors` are unit rows, shape (n, d). `tracks` and `artists` are integer ids, shape (n,). Two rows of
one track are anchor and neighbour; rows of other tracks are distants, unless they share the artist,
who may well sound alike: such pairs are left out on both sides. Artist -1 is unknown and equals nobody.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from musicemb.records import Floats
from musicemb.settings import TrainingSettings

Tensor = Any

FAR = -1e9
"""Stands for a similarity that takes no part."""


def pair_masks(tracks: Tensor, artists: Tensor) -> tuple[Tensor, Tensor]:
    """Which pairs of a batch are neighbours and which are distants.

    Parameters
    ----------
    tracks, artists : tensor [shape=(n,)], int

    Returns
    -------
    neighbours, distants : tensor [shape=(n, n)], bool
    """
    same_track = ops.equal(tracks[:, None], tracks[None, :])
    known = ops.greater_equal(artists, 0)
    same_artist = ops.logical_and(ops.equal(artists[:, None], artists[None, :]), known[:, None])
    itself = ops.cast(ops.eye(ops.shape(tracks)[0]), "bool")
    neighbours = ops.logical_and(same_track, ops.logical_not(itself))
    distants = ops.logical_not(ops.logical_or(same_track, same_artist))
    return neighbours, distants


def nt_xent(vectors: Tensor, tracks: Tensor, artists: Tensor, temperature: float) -> Tensor:
    """Normalised temperature-scaled cross-entropy (SimCLR, Chen et al. 2020) with several neighbours.

    Parameters
    ----------
    vectors : tensor [shape=(n, d)]
    tracks, artists : tensor [shape=(n,)], int
    temperature : float

    Returns
    -------
    tensor [shape=()]
        Mean over all anchor-neighbour pairs of -log(e^s / (e^s + sum over distants of e^s')).
    """
    neighbours, distants = pair_masks(tracks, artists)
    similarity = ops.matmul(vectors, ops.transpose(vectors)) / temperature
    far = ops.logsumexp(ops.where(distants, similarity, FAR), axis=1, keepdims=True)
    pair_loss = ops.softplus(far - similarity)
    return masked_mean(pair_loss, neighbours)


def triplet_margin(
    vectors: Tensor, tracks: Tensor, artists: Tensor, margin: float, *, semi_hard: bool, draws: Tensor
) -> Tensor:
    """Triplet loss with a margin on squared distances (Tile2Vec; FaceNet's semi-hard distants).

    Parameters
    ----------
    vectors : tensor [shape=(n, d)]
    tracks, artists : tensor [shape=(n,)], int
    margin : float
    semi_hard : bool
        True: the nearest distant that is farther than the neighbour, or the farthest one where none
        is (Schroff et al. 2015). False: one distant per anchor, drawn by `draws` (Jean et al. 2019).
    draws : tensor [shape=(n,)], float
        Uniform in [0, 1); which distant each anchor gets when `semi_hard` is False.

    Returns
    -------
    tensor [shape=()]
        Mean over anchor-neighbour pairs.
    """
    neighbours, distants = pair_masks(tracks, artists)
    distance = squared_distances(vectors)
    if semi_hard:
        # far[a, p]: for the pair (a, p), the nearest distant of a beyond p; shape (n, n, n) -> (n, n)
        beyond = ops.logical_and(distants[:, None, :], ops.greater(distance[:, None, :], distance[:, :, None]))
        nearest = ops.min(ops.where(beyond, distance[:, None, :], -FAR), axis=2)
        farthest = ops.max(ops.where(distants, distance, FAR), axis=1, keepdims=True)
        far = ops.where(ops.any(beyond, axis=2), nearest, farthest)
    else:
        count = ops.cumsum(ops.cast(distants, "int32"), axis=1)
        draws = ops.convert_to_tensor(draws)
        wanted = ops.cast(ops.floor(draws * ops.cast(count[:, -1], draws.dtype)), "int32") + 1
        chosen = ops.logical_and(distants, ops.equal(count, wanted[:, None]))
        far = ops.sum(ops.where(chosen, distance, 0.0), axis=1, keepdims=True)
    usable = ops.logical_and(neighbours, ops.any(distants, axis=1, keepdims=True))
    return masked_mean(ops.relu(distance - far + margin), usable)


def supervised_contrastive(vectors: Tensor, tracks: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020) over the labelled rows.

    Parameters
    ----------
    vectors : tensor [shape=(n, d)]
    tracks : tensor [shape=(n,)], int
        Rows of one track are no pair here: that they agree is the unsupervised loss's business.
    labels : tensor [shape=(n,)], int
        -1 is unlabelled.
    temperature : float

    Returns
    -------
    tensor [shape=()]
        0 where no two labelled tracks share a label.
    """
    other = ops.logical_not(ops.equal(tracks[:, None], tracks[None, :]))
    labelled = ops.greater_equal(labels, 0)
    among = ops.logical_and(other, ops.logical_and(labelled[:, None], labelled[None, :]))
    alike = ops.logical_and(among, ops.equal(labels[:, None], labels[None, :]))
    similarity = ops.matmul(vectors, ops.transpose(vectors)) / temperature
    total = ops.logsumexp(ops.where(among, similarity, FAR), axis=1, keepdims=True)
    share = ops.cast(alike, vectors.dtype) / ops.maximum(ops.sum(ops.cast(alike, vectors.dtype), 1, keepdims=True), 1.0)
    per_anchor = ops.sum(share * (total - similarity), axis=1)
    return masked_mean(per_anchor, ops.any(alike, axis=1))


def cross_entropy(logits: Tensor, shares: Tensor, weights: Tensor) -> Tensor:
    """Class-weighted cross-entropy over the labelled rows.

    Parameters
    ----------
    logits : tensor [shape=(n, n_classes)]
    shares : tensor [shape=(n, n_classes)]
        What part of each class a row is, 1 in all; a row of zeros is unlabelled.
    weights : tensor [shape=(n_classes,)]
        Weight per class.

    Returns
    -------
    tensor [shape=()]
        0 where no row is labelled.
    """
    weighted = ops.multiply(shares, weights)  # NumPy rows too, under any back end
    return -ops.sum(weighted * ops.log_softmax(logits, axis=-1)) / ops.maximum(ops.sum(weighted), 1e-6)


def distance_report(vectors: Tensor, tracks: Tensor, artists: Tensor, margin: float) -> tuple[Tensor, Tensor, Tensor]:
    """The figures that the thesis logged: distances of neighbours and distants, and the share of triplets with a loss.

    Parameters
    ----------
    vectors : tensor [shape=(n, d)]
    tracks, artists : tensor [shape=(n,)], int
    margin : float

    Returns
    -------
    neighbour, distant : tensor [shape=()]
        Mean squared distances, 0 to 4.
    active : tensor [shape=()]
        Share of (neighbour, mean distant) pairs within the margin.
    """
    neighbours, distants = pair_masks(tracks, artists)
    distance = squared_distances(vectors)
    far = ops.cast(distants, distance.dtype)
    mean_far = ops.sum(distance * far, axis=1, keepdims=True) / ops.maximum(ops.sum(far, axis=1, keepdims=True), 1.0)
    active = ops.cast(ops.greater(distance - mean_far + margin, 0.0), distance.dtype)
    return masked_mean(distance, neighbours), masked_mean(distance, distants), masked_mean(active, neighbours)


def measure_vectors(
    vectors: Floats, tracks: NDArray[np.int64], artists: NDArray[np.int64], settings: TrainingSettings
) -> tuple[float, float, float, float]:
    """The unsupervised loss and the distances of given vectors, such as held-out ones.

    Parameters
    ----------
    vectors : ndarray [shape=(n, d)], float32
        Unit rows.
    tracks, artists : ndarray [shape=(n,)], int
    settings : TrainingSettings
        Say which loss; where it draws distants at random, the draw is always the same.

    Returns
    -------
    loss, neighbour, distant, active : float
        As in `distance_report`.
    """
    ids, makers = tracks.astype(np.int32), artists.astype(np.int32)
    if settings.loss == "triplet":
        draws = np.random.default_rng(0).random(len(ids)).astype(np.float32)
        loss = triplet_margin(vectors, ids, makers, settings.margin, semi_hard=settings.semi_hard, draws=draws)
    else:
        loss = nt_xent(vectors, ids, makers, settings.temperature)
    told = (loss, *distance_report(vectors, ids, makers, settings.margin))
    loss, neighbour, distant, active = (float(ops.convert_to_numpy(value)) for value in told)
    return loss, neighbour, distant, active


def squared_distances(vectors: Tensor) -> Tensor:
    """Squared Euclidean distances of unit rows.

    Parameters
    ----------
    vectors : tensor [shape=(n, d)]

    Returns
    -------
    tensor [shape=(n, n)]
        0 to 4.
    """
    return ops.maximum(2.0 - 2.0 * ops.matmul(vectors, ops.transpose(vectors)), 0.0)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of the values that a mask keeps; 0 where it keeps none.

    Parameters
    ----------
    values : tensor
    mask : tensor of the same shape, bool

    Returns
    -------
    tensor [shape=()]
    """
    kept = ops.cast(mask, values.dtype)
    return ops.sum(ops.where(mask, values, 0.0)) / ops.maximum(ops.sum(kept), 1.0)
