"""An open catalogue, with its encoder and its vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder, Guess
    from musicemb.workflows.library.encoder_choice import EncoderSource
    from musicemb.workflows.similarity.library_vectors import Space


class OpenedLibrary:
    """The base of queries and updates. Use it in a `with` block, or `close` it.

    Parameters
    ----------
    catalogue : Catalogue
        Opened; closed together with the library.
    encoder : str, Path, Encoder or None
        What to use in place of the library's own encoder: a bundle's folder or name, or an opened encoder.
    source : EncoderSource, optional
        Where bundles are looked for. Default: those that came with the program and those that the user trained.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        encoder: str | Path | Encoder | None = None,
        source: EncoderSource | None = None,
    ) -> None:
        self.catalogue = catalogue
        self._wanted, self._source = encoder, source
        self._encoder: Encoder | None = None
        self._space: tuple[object, Space] | None = None

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        encoder: str | Path | Encoder | None = None,
        source: EncoderSource | None = None,
        read_only: bool = False,
        create: bool = True,
    ) -> Self:
        """Open a library.

        Parameters
        ----------
        path : str, Path or None
            The catalogue's file. None is the one that MUSICEMB_LIBRARY names, else the user's own.
        encoder, source
            As for the class.
        read_only : bool
            For queries only: works on a file that cannot be written.
        create : bool
            Make a library where there is none (never with `read_only`).

        Returns
        -------
        Library

        Raises
        ------
        MusicembError
            Where the catalogue cannot be opened, or the user's configuration or file of genre aliases is broken.
        """
        from musicemb.io.catalogue.catalogue import open_catalogue
        from musicemb.workflows.genres.vocabulary import load_aliases
        from musicemb.workflows.library.configuration import load_configuration

        configuration = load_configuration()
        catalogue = open_catalogue(
            path, read_only=read_only, create=create, aliases=load_aliases(), configuration=configuration
        )
        return cls(catalogue, encoder=encoder, source=source)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the catalogue; calling it twice is harmless."""
        self._space = None
        self.catalogue.close()

    def choose_encoder(self, *, reembed: bool = False) -> tuple[Encoder, str]:
        """The encoder to use: the one given, else the one the library was made with, else the default; opened once.

        Parameters
        ----------
        reembed : bool
            The library is to move to another encoder, so what it was made with does not matter.

        Returns
        -------
        encoder : Encoder
        newer : str
            Id of the bundle that took its place as the default since; "" where none did.

        Raises
        ------
        BundleError
            Where the library's own encoder did not come with the program, and is not named.
        """
        from musicemb.workflows.library.encoder_choice import EncoderSource, choose_encoder

        if self._wanted is not None and not isinstance(self._wanted, str | Path):
            return self._wanted, ""
        return choose_encoder(self.catalogue, self._wanted, self._source or EncoderSource(), reembed=reembed)

    @property
    def encoder(self) -> Encoder:
        """The encoder that queries use, as `choose_encoder` finds it; opened once."""
        if self._encoder is None:
            self._encoder, _ = self.choose_encoder()
        return self._encoder

    def guess_otherwise(
        self,
        *,
        vocabulary: Sequence[str] | None = None,
        max_genres: int | None = None,
        min_confidence: float | None = None,
    ) -> dict[int, Guess] | None:
        """The guesses that other preferences than those of the last scan would give; see `workflows.genres.decide`.

        Parameters
        ----------
        vocabulary, max_genres, min_confidence
            As for `workflows.genres.decide.guess_otherwise`.

        Returns
        -------
        dict of track id to Guess, or None
            None where they are the same.
        """
        from musicemb.workflows.genres.decide import guess_otherwise
        from musicemb.workflows.genres.vocabulary import GuessPreferences

        def anew(preferences: GuessPreferences) -> dict[int, Guess]:
            from musicemb.settings import GuessSettings
            from musicemb.workflows.genres.guess import guess_all
            from musicemb.workflows.genres.inputs import load_guess_inputs

            inputs = load_guess_inputs(self.catalogue, self.encoder.id, self.encoder.genre_head)
            return guess_all(inputs, GuessSettings(), preferences)

        return guess_otherwise(
            self.catalogue, anew, vocabulary=vocabulary, max_genres=max_genres, min_confidence=min_confidence
        )

    def _opened_space(self) -> Space:
        """The vectors to compare with: read once, and again if the catalogue has changed since."""
        from musicemb.workflows.similarity.library_vectors import open_space

        state = self.catalogue.revision()
        if self._space is None or self._space[0] != state:
            self._space = state, open_space(self.catalogue)
        return self._space[1]
