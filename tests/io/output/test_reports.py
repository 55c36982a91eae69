"""A report lands whole, beside its pictures, or not at all."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from musicemb.errors import ConsentMissing, MusicembError
from musicemb.io.output.reports import MARK, check_report, picture_folder, picture_links, save_report

PNG = {"figures": b"\x89PNG one", "linear confusion": b"\x89PNG two"}


def test_links_lead_to_the_pictures(tmp_path: Path) -> None:
    report = tmp_path / "my result (1).md"
    links = picture_links(report, PNG)
    assert " " not in links["figures"]
    save_report(report, "text", PNG)
    for name, link in links.items():
        assert (report.parent / unquote(link)).read_bytes() == PNG[name]
    assert report.read_text() == f"{MARK.decode()}\n\ntext"
    assert not list(tmp_path.rglob("*.part"))
    save_report(report, "again", {"figures": b"\x89PNG three"})
    assert report.read_text().endswith("\n\nagain")
    assert (picture_folder(report) / "figures.png").read_bytes() == b"\x89PNG three"


def test_no_pictures_no_folder(tmp_path: Path) -> None:
    save_report(tmp_path / "a.md", "text", {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_what_could_not_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(MusicembError, match="its folder does not exist"):
        check_report(tmp_path / "absent" / "a.md")
    with pytest.raises(MusicembError, match="is a folder"):
        check_report(tmp_path)
    (tmp_path / "a_pictures").write_text("")
    with pytest.raises(MusicembError, match="is not a folder"):
        check_report(tmp_path / "a.md")
    with pytest.raises(MusicembError, match="is not a folder"):
        save_report(tmp_path / "a.md", "text", PNG)
    assert not (tmp_path / "a.md").exists()


def test_a_file_that_is_no_report_is_replaced_only_when_asked(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("my notes")
    with pytest.raises(ConsentMissing, match="--force"):
        check_report(notes)
    with pytest.raises(ConsentMissing):
        save_report(notes, "text", PNG)
    assert notes.read_text() == "my notes" and len(list(tmp_path.iterdir())) == 1
    save_report(notes, "text", PNG, force=True)
    save_report(notes, "again", PNG)
    assert notes.read_text().endswith("again")
