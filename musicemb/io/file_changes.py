"""Reports changes on disk as they happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from musicemb.errors import MusicembError

TICK = 1.0
"""Seconds after which a watcher reports, even where nothing happened."""

POLL_SECONDS = 5.0
"""Least time between two looks at all files, where they are looked at again and again."""

_NO_MUSIC = (
    ".jpg .jpeg .png .gif .webp .txt .log .nfo .cue .m3u .m3u8 .xspf .pls .pdf .lrc .md5 .sfv .json .xml .html .db "
    ".ini .part .tmp .crdownload .sqlite .sqlite-wal .sqlite-shm "
)
"""Suffixes that say nothing of music; a folder's name may end in anything else."""


def watch_folders(folders: Sequence[Path], *, poll: bool = False, tick: float = TICK) -> Iterator[set[Path]]:
    """Watch folders and all below them.

    Parameters
    ----------
    folders : sequence of Path
        That are there; files too.
    poll : bool
        Check every file at intervals, if the system reports no changes: folders of other machines.
    tick : float
        Seconds.

    Yields
    ------
    set of Path
        What came, changed or went and may be music, after each tick; often nothing.

    Raises
    ------
    MusicembError
        Where they cannot be watched.
    """
    import watchfiles

    try:
        for changes in watchfiles.watch(
            *folders,
            watch_filter=None,
            debounce=round(tick * 1000),
            rust_timeout=round(tick * 1000),
            yield_on_timeout=True,
            force_polling=poll,
            poll_delay_ms=round(max(tick, POLL_SECONDS) * 1000) if poll else 300,
            ignore_permission_denied=True,
        ):
            yield {Path(text) for _, text in changes if may_be_music(Path(text))}
    except FileNotFoundError:
        return  # one of them went away before it was watched
    except OSError as error:
        raise MusicembError(
            f"the folders cannot be watched: {error.strerror or error}; raise fs.inotify.max_user_watches, or look at "
            "them again and again with --poll"
        ) from None


def may_be_music(path: Path) -> bool:
    """Whether a change at a path can matter to a library.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
        True for music, for what may be a folder's name, and for the file that shuts a folder out.
    """
    if path.name == ".nomusic":
        return True
    return not path.name.startswith(".") and f"{path.suffix.lower() or None} " not in _NO_MUSIC
