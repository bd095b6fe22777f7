"""Files that should break a reader: each is refused with a reason or read, and the process lives on."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from graphrec.common.errors import InputError
from graphrec.content.audio import MfccEncoder
from graphrec.content.audio_file import read_wave
from graphrec.content.descriptors import ClassicalImageEncoder
from graphrec.content.image_file import quiet

HOSTILE = runpy.run_path(str(Path(__file__).with_name("hostile.py")))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return HOSTILE["make"](tmp_path_factory.mktemp("hostile"))


def outcome(encoder, path: Path) -> np.ndarray | str:
    """The vector, or the reason why there is none; any other error goes on."""
    try:
        value = encoder.read(path)
    except InputError as error:
        return error.message
    return encoder.encode([value])[0]


@pytest.mark.parametrize(("prefix", "opened"), [("image-", ClassicalImageEncoder), ("audio-", MfccEncoder)])
def test_refused_with_a_reason_or_read(files, prefix, opened):
    encoder, wrong = opened(), []
    with quiet():
        results = {name: outcome(encoder, path) for name, path in files.items() if name.startswith(prefix)}
    assert len(results) > 28
    for name, result in results.items():
        if isinstance(result, str):
            good = name not in HOSTILE["FINE"] and len(result) > 5 and "\n" not in result
        else:
            good = name in HOSTILE["FINE"] | HOSTILE["EITHER"] and np.isfinite(result).all() and result.any()
        wrong += [] if good else [(name, result if isinstance(result, str) else result[:3])]
    assert not wrong


def test_the_reasons_say_what_is_wrong(files):
    image, audio = ClassicalImageEncoder(), MfccEncoder()
    expected = {
        "image-bomb.png": "too many pixels",
        "image-large.png": "9000×9000 pixels are more than 50 million",
        "image-line.png": "a line, not a picture",
        "image-script.jpg": "unknown format",
        "image-folder.jpg": "a folder, not a file",
        "image-pipe.jpg": "a device or a pipe",
        "image-device.png": "a device or a pipe",
        "image-nowhere.jpg": "no such file",
        "image-cut.jpg": "not a readable image",
        "audio-cut.flac": "not a readable sound file",
        "audio-pipe.wav": "a device or a pipe",
        "audio-0-seconds.wav": "no samples",
        "audio-nan.wav": "NaN or infinite",
        "audio-infinite.wav": "NaN or infinite",
        "audio-beyond.wav": "beyond 1e+10",
        "audio-1-hz.wav": "a sample rate of 1 Hz",
    }
    with quiet():
        found = {name: outcome(image if name.startswith("image") else audio, files[name]) for name in expected}
    assert {name: reason for name, reason in expected.items() if reason not in str(found[name])} == {}


def test_sounds_at_the_rate_of_an_encoder_are_refused_alike(files):
    for name, path in files.items():
        if not name.startswith("audio-"):
            continue
        try:
            wave = read_wave(path, 48_000)
        except InputError:
            assert name not in HOSTILE["FINE"]
        else:
            assert name in HOSTILE["FINE"] | HOSTILE["EITHER"]
            assert np.isfinite(wave).all()
