"""What the listener's own genre words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GenreAliases:
    """The listener's own aliases of genres (of `core.genres.aliases.make_aliases`)."""

    folds: Mapping[str, str] = field(default_factory=dict)
    """Squeezed word (`core.genres.aliases.squeeze`) -> folded genre, "" for a word that is none."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Folded genre -> how the listener writes it."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """Folded genre -> folded genre that it belongs to, "" for a family: before the table that comes with the program
    (`core.genres.families`)."""


NO_ALIASES = GenreAliases()
"""Of a listener who has none."""
