"""Weights of a Keras model as named arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import BundleError

MEMBER = "member"
"""What the name of a member of an ensemble begins with."""


def read_weights(model: Any) -> dict[str, NDArray[Any]]:
    """All weights of a model by name.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    dict
        "layer/variable", or "member/layer/variable" where there are several members -> array.
    """
    from keras import ops

    # `weights`, not `variables`: those hold the states of random generators too (dropout, recurrent
    # cells), whose names count up through a process. A copy: under torch the array shares memory with
    # the weights that go on learning.
    return {_key(variable): np.array(ops.convert_to_numpy(variable)) for variable in model.weights}


def write_weights(model: Any, weights: dict[str, NDArray[Any]]) -> None:
    """Put weights back by name.

    Parameters
    ----------
    model : keras.Model
    weights : dict
        As `read_weights` gives them.

    Raises
    ------
    BundleError
        Where a weight is missing or of another shape.
    """
    for variable in model.weights:
        found = weights.get(_key(variable))
        if found is None or tuple(found.shape) != tuple(variable.shape):
            raise BundleError(f"weights do not fit the network: {_key(variable)} is missing or of another shape")
        variable.assign(found)


def _key(variable: Any) -> str:
    # The last two parts: layer and variable. A subclassed parent model would put its own name in front.
    parts = variable.path.split("/")
    member = [part for part in parts[:-2] if part.startswith(MEMBER)]
    return "/".join([*member[-1:], *parts[-2:]])
