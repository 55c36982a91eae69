"""Distillation losses in keras.ops: the same under every backend.

Conventions
-----------
As in `losses`. `known` is 1 in the rows that a teacher has targets for; the others take no part.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from musicemb.encoder.training.losses import FAR, masked_mean

Tensor = Any


def relational(
    vectors: Tensor, teacher: Tensor, known: Tensor, tracks: Tensor, temperature: float, teacher_temperature: float
) -> Tensor:
    """Kullback-Leibler divergence of the neighbourhoods in a batch, teacher from student (Park et al. 2019).

    Each row's neighbourhood is the softmax over its cosines to all rows of other tracks; that segments of one track
    belong together is the unsupervised loss's business.

    Parameters
    ----------
    vectors : tensor [shape=(n, d)]
        Unit rows.
    teacher : tensor [shape=(n, e)]
        The teacher's vectors, of any length.
    known : tensor [shape=(n,)]
    tracks : tensor [shape=(n,)], int
    temperature, teacher_temperature : float
        Of the student's softmax and of the teacher's.

    Returns
    -------
    tensor [shape=()]
        Mean over the rows that have somebody to compare with; 0 where none has.
    """
    there = ops.greater(known, 0.5)
    other = ops.logical_not(ops.equal(tracks[:, None], tracks[None, :]))
    among = ops.logical_and(other, ops.logical_and(there[:, None], there[None, :]))
    teacher = unit_rows(teacher)
    wanted = ops.where(among, ops.matmul(teacher, ops.transpose(teacher)) / teacher_temperature, FAR)
    found = ops.where(among, ops.matmul(vectors, ops.transpose(vectors)) / temperature, FAR)
    share = ops.softmax(wanted, axis=1)
    apart = share * (ops.log_softmax(wanted, axis=1) - ops.log_softmax(found, axis=1))
    return masked_mean(ops.sum(ops.where(among, apart, 0.0), axis=1), ops.any(among, axis=1))


def soft_tags(logits: Tensor, probabilities: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy on a teacher's probabilities, mean over tags and over the rows that it knows.

    Parameters
    ----------
    logits, probabilities : tensor [shape=(n, n_tags)]
    known : tensor [shape=(n,)]

    Returns
    -------
    tensor [shape=()]
    """
    each = ops.relu(logits) - logits * probabilities + ops.softplus(-ops.abs(logits))
    return masked_mean(ops.mean(each, axis=1), ops.greater(known, 0.5))


def cosine_regression(found: Tensor, teacher: Tensor, known: Tensor) -> Tensor:
    """One less the cosine to the teacher's vector, mean over the rows that it knows.

    Parameters
    ----------
    found, teacher : tensor [shape=(n, e)]
    known : tensor [shape=(n,)]

    Returns
    -------
    tensor [shape=()]
        From 0 to 2.
    """
    cosine = ops.sum(unit_rows(found) * unit_rows(teacher), axis=1)
    return masked_mean(1.0 - cosine, ops.greater(known, 0.5))


def unit_rows(rows: Tensor) -> Tensor:
    """Rows of Euclidean length 1; a row of zeros stays one.

    Parameters
    ----------
    rows : tensor [shape=(n, e)]

    Returns
    -------
    tensor [shape=(n, e)]
    """
    return rows * ops.rsqrt(ops.sum(ops.square(rows), axis=1, keepdims=True) + 1e-12)
