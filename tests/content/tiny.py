"""Small transformers models of pictures and sounds with random weights, saved as people save theirs.

Tests load it by ``runpy.run_path(Path(__file__).with_name("tiny.py"))``; there are no packages of tests. Every maker
fills a folder and returns it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers as t

WORDS = ["<s>", "<pad>", "</s>", "<unk>", "a", "red", "blue", "picture", "of", "sound", "low", "high", "car", "cat"]
_LAYERS = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
_VISION = {**_LAYERS, "image_size": 32, "patch_size": 8}
_TEXT = {**_LAYERS, "vocab_size": len(WORDS), "max_position_embeddings": 12}
_SPECIAL = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}


def _save(folder: Path, model: Any, *parts: Any, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    for value in model.state_dict().values():
        if value.is_floating_point() and value.ndim:
            value.copy_(torch.randn(value.shape) * 0.2)
    for name, value in model.state_dict().items():
        if name.endswith("running_var"):  # a variance is positive
            value.fill_(1.0)
    for part in (model, *parts):
        part.save_pretrained(folder)
    return folder


def tokenizer(length: int = 12) -> Any:
    """A tokenizer of whole words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return t.PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        model_max_length=length,
    )  # fmt: skip


def _size(side: int = 32) -> dict[str, int]:
    return {"height": side, "width": side}


def vit(folder: Path, *, pooler: bool = True) -> Path:
    """ViT, with or without the weights of its pooler."""
    model = t.ViTModel(t.ViTConfig(**_VISION), add_pooling_layer=pooler)
    return _save(folder, model, t.ViTImageProcessor(size=_size()))


def resnet(folder: Path) -> Path:
    """ResNet, a convolutional network."""
    config = t.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    return _save(folder, t.ResNetModel(config), t.ViTImageProcessor(size=_size()))


def clip(folder: Path) -> Path:
    """CLIP, with its tokenizer."""
    text = t.CLIPTextConfig(**_TEXT, **_SPECIAL)
    config = t.CLIPConfig(text_config=text.to_dict(), vision_config=_VISION, projection_dim=8)
    processor = t.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=_size())
    return _save(folder, t.CLIPModel(config), processor, tokenizer())


def siglip(folder: Path) -> Path:
    """SigLIP, whose texts are padded to their full length."""
    text = {**_TEXT, "projection_size": 16, **_SPECIAL}
    config = t.SiglipConfig(text_config=text, vision_config=_VISION)
    return _save(folder, t.SiglipModel(config), t.SiglipImageProcessor(size=_size()), tokenizer())


def chinese_clip(folder: Path) -> Path:
    """Chinese-CLIP, which reads texts by a BERT."""
    text = {**_TEXT, "type_vocab_size": 2, "pad_token_id": 1}
    config = t.ChineseCLIPConfig(text_config=text, vision_config=_VISION, projection_dim=8)
    return _save(
        folder, t.ChineseCLIPModel(config), t.ChineseCLIPImageProcessor(size=_size(), crop_size=_size()), tokenizer()
    )


def ast(folder: Path) -> Path:
    """Audio Spectrogram Transformer, of windows of 1.28 seconds."""
    config = t.ASTConfig(**_LAYERS, max_length=128, num_mel_bins=32, frequency_stride=16, time_stride=16)
    extractor = t.ASTFeatureExtractor(max_length=128, num_mel_bins=32)
    return _save(folder, t.ASTModel(config), extractor)


def whisper(folder: Path) -> Path:
    """Whisper, of windows of two seconds."""
    config = t.WhisperConfig(
        vocab_size=len(WORDS), num_mel_bins=16, d_model=16, encoder_layers=2, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32,
        max_source_positions=100, max_target_positions=8, decoder_start_token_id=0, **_SPECIAL,
    )  # fmt: skip
    return _save(folder, t.WhisperModel(config), t.WhisperFeatureExtractor(feature_size=16, chunk_length=2))


def wav2vec2(folder: Path) -> Path:
    """wav2vec 2.0, which hears samples."""
    config = t.Wav2Vec2Config(
        **_LAYERS, conv_dim=(16, 16), conv_kernel=(10, 8), conv_stride=(5, 4), num_feat_extract_layers=2,
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    return _save(folder, t.Wav2Vec2Model(config), t.Wav2Vec2FeatureExtractor())


def clap(folder: Path, *, fusion: bool = False) -> Path:
    """CLAP, of windows of two seconds at 48 kHz, with its tokenizer; fused: the kind that knows long clips."""
    audio = {
        "window_size": 4, "num_mel_bins": 16, "spec_size": 64, "patch_size": 4, "patch_stride": [4, 4],
        "num_classes": 4, "hidden_size": 32, "projection_dim": 16, "depths": [1, 1], "num_attention_heads": [2, 2],
        "patch_embeds_hidden_size": 16, "enable_fusion": fusion, "enable_patch_fusion": fusion,
        "fusion_type": "aff_2d" if fusion else None,
    }  # fmt: skip
    text = {**_TEXT, "max_position_embeddings": 14, "type_vocab_size": 1, "projection_dim": 16, **_SPECIAL}
    config = t.ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    extractor = t.ClapFeatureExtractor(feature_size=16, max_length_s=2, truncation="fusion" if fusion else "rand_trunc")
    return _save(folder, t.ClapModel(config), extractor, tokenizer())
