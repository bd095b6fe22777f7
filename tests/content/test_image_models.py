"""Vision models of transformers: pooling, the space of texts, and why others are refused."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers as t
from PIL import Image
from safetensors.torch import load_file, save_file

from graphrec.common.errors import EncoderError, InputError
from graphrec.content.encoder import SpaceEncoder
from graphrec.content.image import open_image

TINY = runpy.run_path(str(Path(__file__).with_name("tiny.py")))
SPACES = ("clip", "siglip", "chinese_clip")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("vision")
    for kind in ("vit", "resnet", *SPACES):
        TINY[kind](root / kind)
    return root


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (n, 64, 3), dtype=np.uint8)) for n in (40, 64, 90)]


def pixels(folder: Path, images: list[Image.Image]) -> torch.Tensor:
    return t.AutoImageProcessor.from_pretrained(folder)(images=images, return_tensors="pt")["pixel_values"]


@pytest.mark.parametrize("kind", ["vit", "resnet", *SPACES])
def test_finite_and_independent_of_the_batch(models, pictures, kind):
    encoder = open_image(kind, models)
    vectors = encoder.encode(pictures)
    assert (vectors.shape, vectors.dtype, encoder.kind) == ((3, encoder.dim), np.float32, "pretrained")
    assert encoder.encode(pictures[1:2])[0] == pytest.approx(vectors[1], abs=1e-5)
    assert np.linalg.norm(vectors[0] - vectors[1]) > 1e-3
    assert encoder.encode([]).shape == (0, encoder.dim)
    assert encoder.encode(pictures * 12)[33:] == pytest.approx(vectors, abs=1e-5)  # more than go through together
    assert isinstance(encoder, SpaceEncoder) == (kind in SPACES)


def test_the_pooled_output_or_the_mean_of_the_patches(models, pictures, tmp_path):
    folder = models / "vit"
    with torch.inference_mode():
        out = t.ViTModel.from_pretrained(folder).train(False)(pixels(folder, pictures))
    assert open_image("vit", models).encode(pictures) == pytest.approx(out.pooler_output.numpy(), abs=1e-5)
    TINY["vit"](tmp_path / "bare", pooler=False)
    with torch.inference_mode():
        states = t.ViTModel.from_pretrained(tmp_path / "bare", add_pooling_layer=False).train(False)(
            pixels(folder, pictures)
        )
    encoder = open_image("bare", tmp_path)
    # transformers fills the missing pooler with other noise each time: it must not be used.
    assert encoder.encode(pictures) == pytest.approx(states.last_hidden_state.mean(dim=1).numpy(), abs=1e-5)


def test_pictures_and_texts_in_one_space(models, pictures):
    folder = models / "clip"
    encoder = open_image(str(folder), Path())
    assert isinstance(encoder, SpaceEncoder)
    model = t.CLIPModel.from_pretrained(folder).train(False)
    with torch.inference_mode():
        seen = model.get_image_features(pixel_values=pixels(folder, pictures)).pooler_output
        read = model.get_text_features(input_ids=torch.tensor([[0, 4, 5, 12, 2]])).pooler_output
    seen, read = (torch.nn.functional.normalize(v, dim=1).numpy() for v in (seen, read))
    assert encoder.encode(pictures) == pytest.approx(seen, abs=1e-5)
    vectors = encoder.encode_text(["a red car", "a blue cat of a high sound", "a cat " * 50])
    assert vectors[0] == pytest.approx(read[0], abs=1e-5)  # padding beside longer texts does not count
    assert vectors.shape == (3, encoder.dim)
    assert encoder.encode_text([]).shape == (0, encoder.dim)


def test_texts_of_siglip_are_padded_as_in_its_training(models):
    folder = models / "siglip"
    model = t.SiglipModel.from_pretrained(folder).train(False)
    ids = torch.tensor([[0, 4, 5, 12, 2, *[1] * 7]])
    with torch.inference_mode():
        read = model.get_text_features(input_ids=ids).pooler_output[0]
    found = open_image("siglip", models).encode_text(["a red car"])[0]
    assert found == pytest.approx((read / read.norm()).numpy(), abs=1e-5)


def test_without_a_tokenizer_pictures_only(tmp_path, pictures, caplog):
    folder = TINY["clip"](tmp_path / "clip")
    for file in folder.glob("token*"):
        file.unlink()
    encoder = open_image("clip", tmp_path)
    assert "no tokenizer" in caplog.text
    assert not isinstance(encoder, SpaceEncoder)
    assert np.isfinite(encoder.encode(pictures)).all()


def test_the_fingerprint_covers_weights_preprocessing_and_tokenizer(tmp_path):
    folder = TINY["clip"](tmp_path / "clip")
    prints = {open_image("clip", tmp_path).fingerprint}
    assert open_image(str(folder), Path("elsewhere")).fingerprint in prints
    config = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps(config | {"image_mean": [0.1, 0.2, 0.3]}))
    prints.add(open_image("clip", tmp_path).fingerprint)
    words = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(words.replace('"red": 5', '"red": 6').replace('"blue": 6', '"blue": 5'))
    prints.add(open_image("clip", tmp_path).fingerprint)
    state = load_file(folder / "model.safetensors")
    state["visual_projection.weight"] += 1
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    prints.add(open_image("clip", tmp_path).fingerprint)
    assert len(prints) == 4


def test_large_inputs_are_read_large(models, tmp_path):
    Image.new("RGB", (3_000, 3_600), "red").save(tmp_path / "large.jpg")
    encoder = open_image("vit", models)
    assert 512 <= min(encoder.read(tmp_path / "large.jpg").size) < 1_024
    folder = TINY["vit"](tmp_path / "fine")
    t.ViTImageProcessor(size={"height": 1_024, "width": 1_024}).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    state = load_file(folder / "model.safetensors")
    state["embeddings.position_embeddings"] = torch.zeros(1, 1_025, 16)
    state["embeddings.patch_embeddings.projection.weight"] = torch.zeros(16, 3, 32, 32)
    (folder / "config.json").write_text(json.dumps(config | {"image_size": 1_024, "patch_size": 32}))
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    assert min(open_image("fine", tmp_path).read(tmp_path / "large.jpg").size) >= 1_024
    with pytest.raises(InputError, match="no such file"):
        encoder.read(tmp_path / "none.jpg")


def test_what_is_no_vision_model_is_refused(tmp_path, models, monkeypatch):
    with pytest.raises(EncoderError, match="not a directory"):
        open_image("./nowhere", tmp_path)
    with pytest.raises(EncoderError, match="no image encoder 'mymodel'") as error:
        open_image("mymodel", tmp_path)
    for way in ("classical", "resnet50:WEIGHTS", "directory", "ORG/NAME"):
        assert way in str(error.value)
    with pytest.raises(EncoderError, match="did you mean 'resnet18'"):
        open_image("resnet-18", tmp_path)
    TINY["whisper"](tmp_path / "whisper")
    with pytest.raises(EncoderError, match=r"cannot be loaded as an image encoder|does not work as an image encoder"):
        open_image("whisper", tmp_path)
    folder = TINY["vit"](tmp_path / "cut")
    state = load_file(folder / "model.safetensors")
    del state["layernorm.weight"]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match="lacks 1 weights"):
        open_image("cut", tmp_path)
    t.ViTImageProcessor(size={"height": 64, "width": 64}).save_pretrained(TINY["vit"](tmp_path / "misfit"))
    with pytest.raises(EncoderError, match=r"'misfit' does not work as an image encoder: Input image size \(64\*64\)"):
        open_image("misfit", tmp_path)


def test_damaged_weights_are_told(tmp_path, pictures):
    folder = TINY["vit"](tmp_path / "nan")
    state = load_file(folder / "model.safetensors")
    state["layernorm.weight"][:] = float("nan")
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match="NaN or infinite vectors"):
        open_image("nan", tmp_path)
