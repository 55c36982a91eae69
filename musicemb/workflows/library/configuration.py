"""The settings in force for a library: from the configuration, from earlier scans, and from the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicemb.io.user_folders import configuration_file
from musicemb.settings.configuration import KEYS, Configuration, Source, read_configuration
from musicemb.workflows.genres.vocabulary import REMEMBERED, remembered_preferences

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def load_configuration() -> Configuration:
    """The settings in the user's config.toml and the environment.

    Returns
    -------
    Configuration

    Raises
    ------
    SettingsError
        Where one of them says something that cannot be.
    """
    return read_configuration(configuration_file(), os.environ)


def remembered(catalogue: Catalogue) -> dict[str, Any]:
    """The settings that a library remembers of its scans.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    dict of str to object
        By key of the configuration; None where it remembers nothing.
    """
    words, most, sure = remembered_preferences(catalogue)
    excluded = catalogue.preference(REMEMBERED["exclude"])
    return {
        "roots": tuple(str(root) for root in catalogue.roots()) or None,
        "exclude": tuple(json.loads(excluded)) if excluded else None,
        "vocabulary": words,
        "max_genres": most,
        "min_confidence": sure,
        "mixes": catalogue.remembered_mixes,
    }


def what_holds(configuration: Configuration, catalogue: Catalogue | None) -> dict[str, tuple[Any, tuple[Source, ...]]]:
    """Every key with its value and its source.

    Parameters
    ----------
    configuration : Configuration
    catalogue : Catalogue or None
        None: there is no library yet.

    Returns
    -------
    dict of str to (value, sources)
    """
    known = {} if catalogue is None else remembered(catalogue)
    return {name: configuration.in_force(name, remembered=known.get(name)) for name in KEYS}


def roots_to_scan(catalogue: Catalogue) -> list[Path]:
    """The folders of a scan without PATHS: those of earlier scans, and those in the configuration.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    list of Path
    """
    known = remembered(catalogue)["roots"]
    named = catalogue.configuration.value("roots", remembered=known)
    return list(dict.fromkeys(Path(root).expanduser().absolute() for root in named))


def excluded_globs(catalogue: Catalogue, typed: Sequence[str], *, forget: bool = False) -> tuple[str, ...]:
    """The globs that a scan excludes: those of the configuration, of earlier scans, and of the command line, which are
    stored.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    typed : sequence of str
    forget : bool
        Forget those of earlier scans first.

    Returns
    -------
    tuple of str
    """
    name = REMEMBERED["exclude"]
    if forget:
        catalogue.prefer(name, "")
    before = remembered(catalogue)["exclude"] or ()
    kept = tuple(dict.fromkeys([*before, *typed]))
    if kept != before:
        catalogue.prefer(name, json.dumps(kept, ensure_ascii=False))
    return tuple(catalogue.configuration.value("exclude", remembered=kept or None))
