"""MBID and ISRC, for tracks that an older version scanned."""

from __future__ import annotations

import os
from pathlib import Path

from made_tracks import embedded
from tag_files import IDENTIFIED, identified_file

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import FoundFile, TrackTags
from musicemb.workflows.library.identifiers import fill_identifiers


def test_only_files_that_are_as_they_were_are_read(own_library: Path, tmp_path: Path) -> None:
    files = [identified_file(tmp_path / f"{number}.mp3") for number in range(3)]
    files.append(tmp_path / "junk.mp3")
    files[-1].write_bytes(b"no tag at all" * 50)
    with open_catalogue(own_library) as catalogue:
        ids = []
        for number, path in enumerate(files):
            found = path.stat()
            track = embedded(path, seed=number, file=FoundFile(path, found.st_size, found.st_mtime_ns))
            ids.append(catalogue.put_track(track, "first"))
        with catalogue.transaction() as connection:
            connection.execute("DELETE FROM identifier")  # as an older version left it
        assert catalogue.without_identifiers() == set(ids)
        os.utime(files[1], ns=(1, 1))  # changed since: the scan will read it
        files[2].unlink()
        stages = list(fill_identifiers(catalogue))
        assert [stage.text for stage in stages] == ["reading identifiers in the tags of 4 files"]
        assert catalogue.identifiers() == {ids[0]: IDENTIFIED}
        assert catalogue.without_identifiers() == {ids[1], ids[2]}
        catalogue.retag_track(ids[1], FoundFile(files[1], 5, 5), TrackTags(mbid="m", isrc="i"))
        assert catalogue.identifiers()[ids[1]] == ("m", "i")
        catalogue.forget_tracks(ids)
        assert catalogue.identifiers() == {}
        assert list(fill_identifiers(catalogue)) == []


def test_identifiers_are_no_change_of_tags() -> None:
    assert TrackTags("a", mbid="x") == TrackTags("a", mbid="y")
