"""M4A: pictures and tables stay, and the audio is found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sounds
from tag_files import check_round_trip, put

from musicemb.errors import TagError


@pytest.mark.parametrize("faststart", [False, True])
def test_m4a_pictures_and_tables(tmp_path: Path, faststart: bool) -> None:
    av = pytest.importorskip("av")
    from mutagen.mp4 import MP4, MP4Cover

    path = sounds.write_music(tmp_path / "a.m4a", 3.0, title="T", genre="Rock")
    if faststart:  # the tables before the audio: they must follow when it moves
        with (
            av.open(str(path)) as source,
            av.open(str(tmp_path / "b.m4a"), "w", options={"movflags": "faststart"}) as to,
        ):
            stream = to.add_stream_from_template(source.streams[0])
            for packet in source.demux(source.streams[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    to.mux(packet)
        path = tmp_path / "b.m4a"
    file = MP4(path)
    file["covr"] = [MP4Cover(b"\x89PNG" + bytes(5000), MP4Cover.FORMAT_PNG)]
    file["trkn"], file["cpil"], file["tmpo"] = [(3, 9)], True, [120]
    file["----:com.apple.iTunes:MOOD"] = [b"calm", b"blue"]
    file.save(padding=lambda info: 0)
    content = path.read_bytes()
    assert (content.index(b"moov") < content.index(b"mdat")) == faststart

    def decoded() -> Any:
        with av.open(str(path)) as opened:
            return [frame.to_ndarray().tobytes() for frame in opened.decode(audio=0)]

    others, sound = dict(MP4(path).tags), decoded()
    check_round_trip(path)
    put(path, "Jazz")
    now = dict(MP4(path).tags)
    assert {key: now[key] for key in others if key != "\xa9gen"} == {k: v for k, v in others.items() if k != "\xa9gen"}
    assert decoded() == sound


def test_a_fragmented_mp4_is_left_alone(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    source = sounds.write_music(tmp_path / "a.m4a", 2.0)
    path = tmp_path / "b.m4a"
    flags = {"movflags": "frag_keyframe+empty_moov"}
    with av.open(str(source)) as opened, av.open(str(path), "w", format="mp4", options=flags) as to:
        stream = to.add_stream_from_template(opened.streams[0])
        for packet in opened.demux(opened.streams[0]):
            if packet.dts is not None:
                packet.stream = stream
                to.mux(packet)
    with pytest.raises(TagError, match="fragmented"):
        put(path, "Jazz")
