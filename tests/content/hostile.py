"""Files that should break a reader of pictures or sounds, made on the spot.

Tests load it by ``runpy.run_path(Path(__file__).with_name("hostile.py"))``; there are no packages of tests.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

#: Of the names that :func:`make` returns: odd files which are pictures or sounds all the same.
FINE = {
    "image-exif.jpg", "image-animated.gif", "image-animated.webp", "image-cmyk.jpg", "image-16-bit.png",
    "image-palette.png", "image-trailing.jpg", "image-named.wav", "audio-8-channels.wav", "audio-claims-4-gb.wav",
    "audio-cut.wav", "audio-24-bit.wav", "audio-named.jpg", "audio-click.wav", "audio-loud.wav",
}  # fmt: skip
#: Names whose file is either refused or read, as system and library go: root may read everything.
EITHER = {"image-forbidden.png", "image-no-palette.gif", "image-exotic.bmp", "audio-cut.ogg", "audio-cut.mp3"}


def make(folder: Path) -> dict[str, Path]:
    """Fill a folder; return name → path. A name begins with what the file claims to be: ``image-`` or ``audio-``."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {**_images(), **_sounds(folder)}
    for name, data in written.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in (*written, *_things(folder))}


def _picture(kind: str, mode: str = "RGB", **options: object) -> bytes:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(data, kind, **options)
    return data.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, *chunks: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + _chunk(b"IEND", b"")


def _images() -> dict[str, bytes]:
    jpeg, png, webp, gif = (_picture(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF"))
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    animated, moving = io.BytesIO(), io.BytesIO()
    frames[0].save(animated, "GIF", save_all=True, append_images=frames[1:])
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    deep = io.BytesIO()
    Image.fromarray((np.arange(2_400, dtype=np.uint16) * 27).reshape(40, 60)).save(deep, "PNG")
    exif = b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff" + b"\x99" * 40
    damaged = bytearray(png)
    damaged[len(png) // 2 : len(png) // 2 + 64] = bytes(64)
    text = b"Comment\x00\x00" + zlib.compress(bytes(80_000_000), 9)
    return {
        "image-cut.jpg": jpeg[: len(jpeg) // 2],
        "image-cut.png": png[: len(png) // 2],
        "image-cut.webp": webp[: len(webp) // 2],
        "image-cut.gif": gif[:20],
        "image-head.jpg": jpeg[:20],
        "image-empty.jpg": b"",
        "image-zeros.png": bytes(4_096),
        "image-text.jpg": b"this is no image",
        "image-page.png": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
        "image-drawing.svg": b'<svg xmlns="urn:x" width="9" height="9"><rect width="9" height="9"/></svg>',
        "image-script.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
        "image-bomb.png": _png(50_000, 50_000, _chunk(b"IDAT", zlib.compress(bytes(1_000_000)))),
        "image-large.png": _png(9_000, 9_000, _chunk(b"IDAT", zlib.compress(bytes(1_000_000)))),
        "image-comment-bomb.png": _png(8, 8, _chunk(b"zTXt", text), _chunk(b"IDAT", zlib.compress(bytes(200)))),
        "image-nothing.png": _png(0, 0, _chunk(b"IDAT", zlib.compress(b""))),
        "image-dot.png": _png(1, 1, _chunk(b"IDAT", zlib.compress(bytes(4)))),
        "image-line.png": _png(2, 200_000, _chunk(b"IDAT", zlib.compress(bytes(7 * 200_000)))),
        "image-damaged.png": bytes(damaged),
        "image-no-palette.gif": b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0) + gif[13 + 768 :],
        "image-exotic.bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 2**31 - 1, -9, 1, 24, *[0] * 6),
        "image-tags.tif": b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\x00\x01\x04\x00\xff\xff\xff\xff\xff\xff\xff\xff" * 9,
        "image-exif.jpg": jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:],
        "image-animated.gif": animated.getvalue(),
        "image-animated.webp": moving.getvalue(),
        "image-cmyk.jpg": _picture("JPEG", "CMYK"),
        "image-16-bit.png": deep.getvalue(),
        "image-palette.png": _picture("PNG", "P", transparency=3),
        "image-trailing.jpg": jpeg + b"\x00garbage" * 500,
        "image-named.wav": png,
    }


def _tone(seconds: float = 0.5, rate: int = 16_000) -> np.ndarray:
    return (0.3 * np.sin(np.arange(int(seconds * rate)) * 0.17)).astype(np.float32)


def _wav(samples: bytes, rate: int = 16_000, channels: int = 1, claimed: int | None = None) -> bytes:
    size = len(samples) if claimed is None else claimed
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2 % 2**32, channels * 2 % 2**16, 16)
    riff = min(size + 36, 2**32 - 1)
    return (
        b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt \x10\0\0\0" + head + b"data" + struct.pack("<I", size) + samples
    )


def _sounds(folder: Path) -> dict[str, bytes]:
    def encoded(samples: np.ndarray, kind: str, subtype: str | None = None, rate: int = 16_000) -> bytes:
        file = folder / "part"
        soundfile.write(file, samples, rate, format=kind, subtype=subtype)
        data = file.read_bytes()
        file.unlink()
        return data

    long = _tone(3)
    flac, ogg, mp3, wav = (encoded(long, kind) for kind in ("FLAC", "OGG", "MP3", "WAV"))
    pcm = (long * 32_767).astype("<i2").tobytes()
    broken = np.where(np.arange(8_000) == 4_000, np.nan, _tone())
    endless = bytearray(flac)
    endless[21] |= 0x0F  # STREAMINFO: 2³⁶ − 1 samples
    endless[22:26] = b"\xff" * 4
    return {
        "audio-cut.flac": flac[: len(flac) // 2],
        "audio-cut.ogg": ogg[: len(ogg) // 2],
        "audio-cut.mp3": mp3[: len(mp3) // 2],
        "audio-head.flac": flac[:30],
        "audio-head.wav": wav[:30],
        "audio-endless.flac": bytes(endless),
        "audio-empty.wav": b"",
        "audio-zeros.mp3": bytes(4_096),
        "audio-text.mp3": b"this is no sound",
        "audio-score.mid": b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0",
        "audio-0-seconds.wav": _wav(b""),
        "audio-silent.flac": encoded(np.zeros(8_000, np.float32), "FLAC"),
        "audio-nan.wav": encoded(broken, "WAV", "FLOAT"),
        "audio-infinite.wav": encoded(np.where(np.isnan(broken), -np.inf, broken), "WAV", "FLOAT"),
        "audio-beyond.wav": encoded(_tone() * np.float32(1e37), "WAV", "FLOAT"),
        "audio-1-hz.wav": _wav(pcm, rate=1),
        "audio-4-ghz.wav": _wav(pcm, rate=2**32 - 1),
        "audio-0-channels.wav": _wav(pcm, channels=0),
        "audio-65535-channels.wav": _wav(pcm, channels=65_535),
        "audio-8-channels.wav": encoded(np.stack([long * k / 8 for k in range(8)], axis=1), "WAV"),
        "audio-claims-4-gb.wav": _wav(pcm, claimed=2**32 - 1),
        "audio-cut.wav": wav[: len(wav) // 2],
        "audio-24-bit.wav": encoded(long, "WAV", "PCM_24", 96_000),
        "audio-named.jpg": wav,
        "audio-click.wav": encoded(np.ones(1, np.float32), "WAV"),
        "audio-loud.wav": encoded(_tone() * np.float32(1e5), "WAV", "FLOAT"),
    }


def _things(folder: Path) -> list[str]:
    """Make what is no regular file."""
    (folder / "image-folder.jpg").mkdir()
    (folder / "audio-folder.wav").mkdir()
    os.mkfifo(folder / "image-pipe.jpg")
    os.mkfifo(folder / "audio-pipe.wav")
    links = {
        "image-circle.jpg": "image-circle.jpg",
        "image-nowhere.jpg": "nothing-there.jpg",
        "image-device.png": "/dev/zero",
        "audio-device.wav": "/dev/zero",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    (folder / "image-forbidden.png").write_bytes(_picture("PNG"))
    (folder / "image-forbidden.png").chmod(0)
    return [
        "image-folder.jpg", "audio-folder.wav", "image-pipe.jpg", "audio-pipe.wav", *links, "image-forbidden.png",
        "image-" + "long" * 100 + ".jpg",
    ]  # fmt: skip
