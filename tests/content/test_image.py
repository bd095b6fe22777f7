"""Reading pictures of every kind, refusing bad ones, and what the encoders make of them."""

from __future__ import annotations

import io
import urllib.request

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

from graphrec.common.errors import EncoderError, InputError
from graphrec.content.descriptors import ClassicalImageEncoder
from graphrec.content.image import open_image
from graphrec.content.image_file import quiet, read_picture


def gradient(width: int = 80, height: int = 60) -> Image.Image:
    x = np.linspace(0, 255, width, dtype=np.uint8)
    return Image.fromarray(np.stack([np.tile(x, (height, 1)), np.full((height, width), 90, np.uint8)] * 2, 2)[..., :3])


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "CMYK", "LA", "I;16"])
def test_modes_become_rgb(tmp_path, mode):
    image = gradient()
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    else:
        image = image.convert("L").convert(mode) if mode in ("1", "LA") else image.convert(mode)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    image.save(path)
    read = read_picture(path)
    assert (read.mode, read.size) == ("RGB", (80, 60))
    pixels = np.asarray(read.convert("L"), dtype=int)
    assert pixels[:, -20:].mean() > pixels[:, :20].mean() + 40  # the gradient is still there


def test_orientation_and_transparency(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side
    gradient().save(tmp_path / "turned.jpg", exif=exif)
    assert read_picture(tmp_path / "turned.jpg").size == (60, 80)
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert np.asarray(read_picture(tmp_path / "clear.png")).min() == 255


def test_bad_files_are_refused_with_a_reason(tmp_path):
    data = io.BytesIO()
    gradient(200, 200).save(data, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(data.getvalue()[:900])
    (tmp_path / "text.jpg").write_text("this is no image")
    (tmp_path / "empty.jpg").write_bytes(b"")
    Image.new("1", (8_000, 8_000)).save(tmp_path / "large.png")
    Image.new("1", (14_000, 14_000)).save(tmp_path / "bomb.png")
    with quiet():
        for name in ("cut.jpg", "text.jpg", "empty.jpg"):
            with pytest.raises(InputError, match="not a readable image"):
                read_picture(tmp_path / name)
        with pytest.raises(InputError, match="more than 50 million"):
            read_picture(tmp_path / "large.png")
        with pytest.raises(InputError, match="too many pixels"):
            read_picture(tmp_path / "bomb.png")
        with pytest.raises(InputError, match="no such file"):
            read_picture(tmp_path / "none.png")


def test_descriptors_tell_colour_and_direction():
    encoder = ClassicalImageEncoder()
    stripes = np.kron(np.indices((1, 24))[1] % 2 * 255, np.ones((96, 4))).astype(np.uint8)
    upright, lying = Image.fromarray(stripes).convert("RGB"), Image.fromarray(stripes.T).convert("RGB")
    red, dark_red, blue = (Image.new("RGB", (50, 70), c) for c in ((220, 20, 20), (190, 20, 20), (20, 20, 220)))
    vectors = encoder.encode([upright, lying, red, dark_red, blue])
    assert (vectors.shape, vectors.dtype, encoder.dim) == ((5, 544), np.float32, 544)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    similar = vectors @ vectors.T
    assert similar[2, 3] > similar[2, 4] + 0.1
    assert similar[0, 1] < 0.9  # the same pixels, turned
    assert (encoder.encode([red]) == vectors[2]).all()


def test_a_network_with_own_weights(tmp_path):
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None, num_classes=7)
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    encoder = open_image("resnet18:mine.safetensors", tmp_path)
    image = gradient(300, 300)
    vectors = encoder.encode([image, Image.new("RGB", (40, 400), "red")])
    assert (vectors.shape, encoder.dim) == ((2, 512), 512)
    body = torch.nn.Sequential(*list(network.children())[:-1]).train(False)
    transform = torchvision.models.ResNet18_Weights.DEFAULT.transforms()
    with torch.inference_mode():
        expected = body(transform(image)[None]).flatten()
    assert vectors[0] == pytest.approx(expected.numpy(), abs=1e-4)

    again = open_image("resnet18:mine.safetensors", tmp_path)
    assert again.fingerprint == encoder.fingerprint
    network.conv1.weight.data[0, 0, 0, 0] += 1
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    assert open_image("resnet18:mine.safetensors", tmp_path).fingerprint != encoder.fingerprint

    with pytest.raises(EncoderError, match="do not fit resnet34"):
        open_image("resnet34:mine.safetensors", tmp_path)
    (tmp_path / "mine.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(EncoderError, match="not a readable safetensors file"):
        open_image("resnet18:mine.safetensors", tmp_path)
    with pytest.raises(EncoderError, match="no image network 'resnet19'"):
        open_image("resnet19", tmp_path)


def test_state_dicts_that_hold_weights_and_nothing_else(tmp_path):
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None, num_classes=7)
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    image, state = gradient(300, 300), network.state_dict()
    expected = open_image("resnet18:mine.safetensors", tmp_path)
    torch.save(state, tmp_path / "new.pt")
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    wrapped = {"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}}
    torch.save(wrapped, tmp_path / "wrapped.pth")
    for name in ("new.pt", "old.pth", "wrapped.pth"):
        encoder = open_image(f"resnet18:{name}", tmp_path)
        assert encoder.fingerprint == expected.fingerprint
        assert (encoder.encode([image]) == expected.encode([image])).all()
    torch.save(network, tmp_path / "whole.pt")  # a program, not weights
    (tmp_path / "cut.pt").write_bytes((tmp_path / "new.pt").read_bytes()[:9_000])
    (tmp_path / "empty.pt").write_bytes(b"")
    for name in ("whole.pt", "cut.pt", "empty.pt", "none.pt"):
        with pytest.raises(EncoderError, match="is not a readable state dict"):
            open_image(f"resnet18:{name}", tmp_path)
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(EncoderError, match="holds no state dict"):
        open_image("resnet18:list.pt", tmp_path)


def test_damaged_exif_data_do_not_cost_the_picture(tmp_path):
    data = io.BytesIO()
    gradient().save(data, "JPEG")
    exif = b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff" + b"\x99" * 40
    size = (len(exif) + 2).to_bytes(2, "big")
    (tmp_path / "a.jpg").write_bytes(data.getvalue()[:2] + b"\xff\xe1" + size + exif + data.getvalue()[2:])
    with quiet():
        assert read_picture(tmp_path / "a.jpg").size == (80, 60)


def test_large_pictures_are_shrunk_while_read(tmp_path):
    gradient(1_500, 2_400).save(tmp_path / "a.png")
    gradient(1_500, 2_400).save(tmp_path / "a.jpg")
    gradient(600, 20_000).save(tmp_path / "strip.png")
    assert read_picture(tmp_path / "a.png").size == (750, 1_200)
    assert 512 <= min(read_picture(tmp_path / "a.jpg").size) < 1_500
    assert read_picture(tmp_path / "a.png", 1_024).size == (1_500, 2_400)
    assert read_picture(tmp_path / "strip.png").width >= 300


def test_auto_without_weights_says_what_it_uses_instead(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))  # nothing cached
    for name in ("http_proxy", "https_proxy"):  # and nowhere to get it from
        monkeypatch.setenv(name, "127.0.0.1:9")
    # urllib remembers the proxies of its first use for good.
    monkeypatch.setattr(urllib.request, "_opener", None)
    assert open_image("auto", tmp_path).name == "classical-colour-gradient"
    assert "classical colour and gradient descriptors" in caplog.text
    with pytest.raises(EncoderError, match="weights of resnet50 are unavailable"):
        open_image("resnet50", tmp_path)
    # Nobody waits for the same again: the weights are there now, and are not looked for.
    cached = tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    cached.parent.mkdir(parents=True, exist_ok=True)
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), cached)
    assert open_image("auto", tmp_path).name == "classical-colour-gradient"


def test_auto_refuses_a_damaged_cached_file(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cached = tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"cut off")
    assert open_image("auto", tmp_path).name == "classical-colour-gradient"
    assert "unavailable" in caplog.text
