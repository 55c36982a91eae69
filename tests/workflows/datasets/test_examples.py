"""The label rules that training uses, on a collection and on the scanned library."""

from __future__ import annotations

from pathlib import Path

from musicemb.workflows.datasets.examples import music_examples

ROWS = """path,corpus,genre,all_genres
a.wav,panda,hip-hop,Rap; R&B
b.wav,panda,R&B,R&B
c.wav,panda,,Pop/Rock; International
d.wav,panda,pop,Pop
e.wav,mine,pop,Pop; Rock
f.wav,esc10,rain,
"""


def test_genres_are_spelled_as_labels_are(tmp_path: Path) -> None:
    (tmp_path / "tracks.csv").write_text(ROWS)
    for name in "abcdef":
        (tmp_path / f"{name}.wav").touch()
    found = {example.path.stem: example for example in music_examples(tmp_path)}
    assert sorted(found) == ["a", "b", "c", "d", "e"]  # rain is no music
    assert found["a"].genres == ("hip-hop", "R&B")
    assert found["c"].genres == ("pop/rock", "world")
    assert (found["d"].label, found["d"].genres) == ("pop/rock", ("pop/rock",))
    # Only where the border is known to be noise are words folded into wider ones.
    assert (found["e"].label, found["e"].genres) == ("pop", ("pop", "rock"))
