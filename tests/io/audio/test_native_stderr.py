"""What C libraries write to standard error is silenced, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from decoded_audio import spoil

from musicemb.io.audio.native_stderr import silence_native_stderr


@pytest.mark.processes
def test_decoders_do_not_write_to_standard_error(originals: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(spoil(originals("mp3").read_bytes(), 0.3, 9_000))
    code = (
        "import sys; from pathlib import Path; from musicemb import errors\n"
        "from musicemb.io.audio.reader import read_audio\n"
        f"try: read_audio(Path({str(path)!r}), 16000)\nexcept errors.AudioError: pass\n"
        "print('alive', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "alive\n")


def test_standard_error_comes_back(capfd: pytest.CaptureFixture[str]) -> None:
    barrier = threading.Barrier(3)

    def inside() -> None:
        with silence_native_stderr():
            barrier.wait()
            os.write(2, b"unheard")
            barrier.wait()

    threads = [threading.Thread(target=inside) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.raises(KeyError), silence_native_stderr():
        raise KeyError
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
