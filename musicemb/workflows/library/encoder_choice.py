"""Chooses the encoder for a library: the one given, else the one that the library was made with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import BundleError

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder


def open_encoder(folder: str | Path | None = None) -> Encoder:
    """The encoder of a bundle.

    Parameters
    ----------
    folder : str, Path or None
        A bundle's folder, or the name of one that came with the program; None is the default bundle.

    Returns
    -------
    Encoder
    """
    from musicemb.encoder.runtime.litert import load_encoder

    return load_encoder(folder)


def find_shipped(encoder_id: str) -> Path | None:
    """The bundle with an id, among those that came with the program and those that the user trained.

    Parameters
    ----------
    encoder_id : str

    Returns
    -------
    Path or None
        Its folder.
    """
    from musicemb.encoder.runtime.bundle import SETTINGS, read_bundle, shipped_bundles
    from musicemb.io.user_folders import encoders_folder

    for folder in (shipped_bundles(), encoders_folder()):
        for settings in sorted(folder.glob(f"*/{SETTINGS}")):
            with suppress(BundleError):
                if read_bundle(settings.parent, verify=False).id == encoder_id:
                    return settings.parent
    return None


@dataclass(frozen=True)
class EncoderSource:
    """Where encoders come from; tests bring their own."""

    load: Callable[[str | Path | None], Encoder] = open_encoder
    """Opens a bundle: by its folder or name, None is the default one."""
    find: Callable[[str], Path | None] = find_shipped
    """Finds the folder of the bundle with an id."""


def choose_encoder(
    catalogue: Catalogue, wanted: str | Path | None, source: EncoderSource, *, reembed: bool = False
) -> tuple[Encoder, str]:
    """The encoder to use: the one given, else the one the library was made with, else the default.

    Parameters
    ----------
    catalogue : Catalogue
    wanted : str, Path or None
        The bundle that is asked for: a folder, or the name of one that came with the program.
    source : EncoderSource
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
    active = catalogue.active_encoder
    if wanted is not None or reembed or active is None:
        return source.load(wanted), ""
    default = source.load(None)
    if default.id == active:
        return default, ""
    folder = source.find(active)
    if folder is not None:
        from musicemb.io.user_folders import encoders_folder

        # A library with an encoder that the user trained gets no notice of a newer default encoder.
        own = folder.is_relative_to(encoders_folder())
        return source.load(folder), "" if own else default.id
    name = next((name for id_, name, _ in catalogue.encoders() if id_ == active and name), "an encoder")
    raise BundleError(
        f"the library was made with {name} ({active}), which did not come with this program: name its folder with "
        f"--encoder FOLDER, or move the library to {default.name} with musicemb scan --reembed"
    )
