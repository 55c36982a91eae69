"""AdamW with a learning rate of its own for each part of the network, and averaged weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from musicemb.settings import TrainingSettings


class ScaledAdamW(keras.optimizers.AdamW):  # type: ignore[misc]
    """AdamW (Loshchilov & Hutter 2019) whose learning rate is multiplied by a factor for each variable.

    Parameters
    ----------
    factors : dict
        Path of a variable -> factor; 1 for all others.
    options : object
        As AdamW takes them.
    """

    def __init__(self, factors: dict[str, float], **options: Any) -> None:
        super().__init__(**options)
        self.factors = factors
        self._factor_of: Sequence[float] = ()

    def build(self, variables: Any) -> None:
        """Make the optimizer's variables.

        Parameters
        ----------
        variables : list of keras.Variable
        """
        super().build(variables)
        self._factor_of = [self.factors.get(variable.path, 1.0) for variable in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Step one variable.

        Parameters
        ----------
        gradient, variable : tensor
        learning_rate : tensor
        """
        super().update_step(gradient, variable, learning_rate * self._factor_of[self._get_variable_index(variable)])


def make_optimizer(network: Any, settings: TrainingSettings) -> Any:
    """The optimizer of a training.

    Parameters
    ----------
    network : keras.Model
        Its layer "embedding" goes by `settings.embedding_rate`, all its others by `settings.trunk_rate`; heads on it
        by the learning rate itself.
    settings : TrainingSettings

    Returns
    -------
    keras.optimizers.Optimizer
    """
    options: dict[str, Any] = {
        "learning_rate": settings.learning_rate,
        "weight_decay": settings.weight_decay,
        "clipnorm": 5.0,
    }
    if settings.averaging:
        options |= {"use_ema": True, "ema_momentum": settings.averaging, "ema_overwrite_frequency": None}
    if settings.trunk_rate == settings.embedding_rate == 1:
        optimizer = keras.optimizers.AdamW(**options)
    else:
        of_embedding = {v.path for v in network.trainable_variables if "embedding" in v.path.split("/")}
        factors = {
            variable.path: settings.embedding_rate if variable.path in of_embedding else settings.trunk_rate
            for variable in network.trainable_variables
        }
        optimizer = ScaledAdamW(factors, **options)
    # Decay pulls on kernels only: shrinking norms and biases helps nothing.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


@contextmanager
def averaged(model: Any) -> Iterator[None]:
    """Within it a model has its averaged weights, where the training keeps such; behind it those that go on learning.

    Parameters
    ----------
    model : keras.Model
        Compiled, and stepped at least once.

    Yields
    ------
    None
    """
    if not model.optimizer.use_ema:
        yield
        return
    variables = model.trainable_variables
    learning = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    model.optimizer.finalize_variable_values(variables)
    try:
        yield
    finally:
        for variable, value in zip(variables, learning, strict=True):
            variable.assign(value)
