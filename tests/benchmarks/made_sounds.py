"""Makes tracks of speech, noise or next to nothing, for sound_heads.py: what is in them needs nobody's label.

    apt-get download asterisk-core-sounds-{en,es,fr,it,ru}-g722 asterisk-prompt-{es-co,fr-armelle} klettres-data
    for each: dpkg-deb -x PACKAGE.deb SPEECH/PACKAGE
    python tests/benchmarks/made_sounds.py --speech SPEECH --music DIR --work FOLDER

Speech is that of people who read out a telephone's prompts (Asterisk's sounds, CC BY-SA, GPL or BSD) or the letters
and syllables of their language (KLettres, GPL), in some 25 voices: utterances of one voice in random order with pauses,
as they are, in noise, or over an excerpt of the tracker modules in DIR (music without voices), 6 to 14 dB below. Noise
is synthesised: white to brown, through filters, steady, gusty, crackling or humming. "Nothing" is the same kinds of
noise and hum, and dither, as a silent passage of a recording has them: at -57 to -48 dBFS, just above what a scan takes
for silence.

FOLDER gets FLAC files (16 kHz, 16 bits) and made.csv: path, kind, and group (a voice, or a family of noises), by
which folds are drawn.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.datasets.music import share_of

RATE, SECONDS = 16_000, 15.0
TRACKS_PER_VOICE = 6
NOISES = {
    "white": 0.0,
    "pink": -1.0,
    "brown": -2.0,
    "blue": 1.0,
    "low": -3.0,
}
"""Families of noise, by the power of the frequency that their spectrum follows."""
TEXTURES = ("steady", "gusty", "band", "crackling", "humming")
PER_TEXTURE = 4


def read_sound(path: Path) -> np.ndarray:
    """Samples of any file that FFmpeg opens, mono at `RATE`."""
    import av

    parts = []
    try:
        with av.open(str(path)) as opened:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            for frame in opened.decode(audio=0):
                parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
            parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    except av.error.FFmpegError as problem:  # KLettres has a few that are no Ogg
        print("left out:", path, problem.strerror)
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def find_voices(folder: Path) -> dict[str, list[Path]]:
    """A folder of the packages -> its sounds: each was spoken by one person."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".g722", ".gsm", ".ogg"):
            continue
        parts = path.relative_to(folder).parts
        at = parts.index("klettres") if "klettres" in parts else parts.index("sounds")
        if "silence" in parts or "beep" in path.stem:
            continue
        found.setdefault(f"{parts[0]}/{parts[at + 1]}", []).append(path)
    return {name: paths for name, paths in found.items() if len(paths) >= 20}


def scaled(samples: np.ndarray, db: float) -> np.ndarray:
    """Brought to a root mean square of `db` below full scale."""
    return samples * (10 ** (db / 20) / max(float(np.sqrt(np.mean(samples**2))), 1e-9))


def speak(paths: list[Path], random: np.random.Generator) -> np.ndarray:
    """Utterances of a voice, one after the other, with pauses of up to a second."""
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < SECONDS * RATE:
        said = read_sound(paths[random.integers(len(paths))])
        if len(said) > 0.1 * RATE and np.abs(said).max() > 0.01:
            parts += [scaled(said, -23.0), np.zeros(int(random.uniform(0.05, 1.0) * RATE), np.float32)]
    return np.concatenate(parts)[: int(SECONDS * RATE)]


def noise(family: str, texture: str, random: np.random.Generator) -> np.ndarray:
    """Noise of a family, at full scale."""
    n = int(SECONDS * RATE)
    frequency = np.fft.rfftfreq(n, 1 / RATE)
    spectrum = random.standard_normal(len(frequency)) + 1j * random.standard_normal(len(frequency))
    spectrum *= np.maximum(frequency, 30.0) ** (NOISES[family] / 2)
    if texture == "band":
        middle, width = np.exp(random.uniform(np.log(300), np.log(4000))), random.uniform(0.3, 1.0)
        spectrum *= np.exp(-0.5 * (np.log2(np.maximum(frequency, 1) / middle) / width) ** 2)
    samples = np.fft.irfft(spectrum, n)
    time = np.arange(n) / RATE
    if texture == "gusty":
        slow = np.interp(time, np.arange(0, SECONDS + 1, 0.7), random.uniform(-15, 0, int((SECONDS + 1) / 0.7) + 1))
        samples *= 10 ** (slow / 20)
    if texture == "crackling":
        clicks = (random.random(n) < 20 / RATE) * random.exponential(1.0, n)
        decay = np.exp(-np.arange(200) / random.uniform(10, 60))
        samples = scaled(samples, -25) + np.convolve(clicks * random.choice([-1, 1], n), decay)[:n] * 0.3
    if texture == "humming":
        base = random.choice([50.0, 60.0])
        tones = sum(np.sin(2 * np.pi * base * k * time + random.uniform(0, 6)) / k for k in (1, 2, 3, 4, 6, 8))
        samples = scaled(samples, -25) + scaled(np.asarray(tones), -25 + random.uniform(-6, 6))
    return samples / np.abs(samples).max()


def make_speech(folder: Path, beds: list[Path], random: np.random.Generator) -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, group and samples of tracks with speech."""
    for voice, paths in find_voices(folder).items():
        for number in range(TRACKS_PER_VOICE):
            samples = speak(paths, random)
            if number % 3 == 1:
                family, texture = random.choice(list(NOISES)), random.choice(TEXTURES)
                samples = samples + scaled(noise(family, texture, random), -23 - random.uniform(10, 25))
            elif number % 3 == 2:
                bed = np.resize(read_sound(beds[random.integers(len(beds))]), len(samples))
                samples = samples + scaled(bed, -23 - random.uniform(6, 14))
            yield f"speech-{voice.replace('/', '-')}-{number}", voice, scaled(samples, random.uniform(-28, -18))


def make_noise(random: np.random.Generator, *, loud: bool) -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, group and samples of tracks with noise, or next to nothing."""
    kind = "noise" if loud else "nothing"
    for family in NOISES:
        for texture in TEXTURES:
            for number in range(PER_TEXTURE):
                level = random.uniform(-35, -12) if loud else random.uniform(-57, -48)
                samples = scaled(noise(family, texture, random), level)
                if not loud:  # the dither of 16 bits, as a CD has it
                    samples = samples + (random.random(len(samples)) - random.random(len(samples))) / 2**15
                yield f"{kind}-{family}-{texture}-{number}", f"{family} {texture}", samples


def main() -> None:
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--music", type=Path, required=True, help="folder of tracker modules' excerpts (make_extra.py)")
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    beds = sorted(path for path in arguments.music.rglob("*.opus") if share_of(path.stem, salt="bed") < 0.1)
    rows: list[dict[str, Any]] = []
    made = {
        "speech": make_speech(arguments.speech, beds, np.random.default_rng(1)),
        "noise": make_noise(np.random.default_rng(2), loud=True),
        "nothing": make_noise(np.random.default_rng(3), loud=False),
    }
    for kind, tracks in made.items():
        for name, group, samples in tracks:
            path = arguments.work / f"{name}.flac"
            soundfile.write(path, np.clip(samples, -1, 1), RATE, subtype="PCM_16")
            rows.append({"path": path.name, "kind": kind, "group": group})
    with (arguments.work / "made.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "kind", "group"])
        writer.writeheader()
        writer.writerows(rows)
    print({kind: sum(row["kind"] == kind for row in rows) for kind in made})


if __name__ == "__main__":
    main()
