"""A music library as one object."""

from __future__ import annotations

from musicemb.library.exchange import Exchange
from musicemb.library.playlists import Playlists
from musicemb.library.reviews import Reviews
from musicemb.library.serving import Serving
from musicemb.library.updates import Updates
from musicemb.library.upkeep import Upkeep


class Library(Playlists, Reviews, Serving, Updates, Exchange, Upkeep):
    """A catalogue together with the encoder that it was made with. Use it in a `with` block, or `close` it.

    The user's genre aliases are loaded when it is opened. The vectors that `similar` and `playlist` compare with are
    kept until the catalogue changes, so that a second query is quick. One object serves one thread; several may have
    the same file open.

    Attributes
    ----------
    catalogue : Catalogue
        For what this class has no method for.

    Examples
    --------
    >>> with Library.open("library.sqlite") as library:  # doctest: +SKIP
    ...     for event in library.scan(["~/Music"]):
    ...         print(event)
    ...     library.similar("code monkey", n=10)
    """
