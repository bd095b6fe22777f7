"""Small transformers models of language with random weights, saved as people save theirs.

Tests load it by ``runpy.run_path(Path(__file__).with_name("tiny.py"))``; there are no packages of tests. Every maker
fills a folder and returns it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers as t

END, PAD = "<|end|>", "<|pad|>"
TEMPLATE = "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}<assistant>"


def _save(folder: Path, model: Any, *parts: Any, seed: int = 0, spread: float = 0.3) -> Path:
    torch.manual_seed(seed)
    for value in model.state_dict().values():
        if value.is_floating_point() and value.ndim > 1:
            value.copy_(torch.randn(value.shape) * spread)
    for part in (model, *parts):
        part.save_pretrained(folder)
    return folder


def bytes_tokenizer(length: int) -> Any:
    """A tokenizer of bytes, with an end."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    whole = Tokenizer(models.BPE({letter: n for n, letter in enumerate(letters)}, []))
    whole.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    whole.decoder = decoders.ByteLevel()
    return t.PreTrainedTokenizerFast(
        tokenizer_object=whole, eos_token=END, pad_token=PAD, model_max_length=length, chat_template=TEMPLATE
    )


def writer(folder: Path, *, length: int = 1024, template: bool = True, seed: int = 0) -> Path:
    """A causal model (Llama) that writes bytes."""
    tokenizer = bytes_tokenizer(length)
    if not template:
        tokenizer.chat_template = None
    config = t.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=length, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, tie_word_embeddings=False,
    )  # fmt: skip
    return _save(folder, t.LlamaForCausalLM(config), tokenizer, seed=seed)


def judge(folder: Path, labels: list[str], *, words: tuple[str, ...] = ("good", "bad", "film")) -> Path:
    """A sequence classifier (BERT) whose first word decides: word n speaks for label n, where there is one."""
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").parent.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocab) + "\n", "utf-8")
    tokenizer = t.BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=32)
    config = t.BertConfig(
        vocab_size=len(vocab), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=32, num_labels=len(labels), id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)}, pad_token_id=0,
    )  # fmt: skip
    return _save(folder, t.BertForSequenceClassification(config), tokenizer)


def listener(folder: Path) -> Path:
    """Whisper, of windows of two seconds, that writes bytes."""
    tokenizer = bytes_tokenizer(64)
    size, end = len(tokenizer), tokenizer.eos_token_id
    config = t.WhisperConfig(
        vocab_size=size, num_mel_bins=16, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_source_positions=100,
        max_target_positions=24, decoder_start_token_id=end, bos_token_id=end, eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id, suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    extractor = t.WhisperFeatureExtractor(feature_size=16, chunk_length=2)
    return _save(folder, t.WhisperForConditionalGeneration(config), tokenizer, extractor)


def spelling_listener(folder: Path) -> Path:
    """wav2vec 2.0 with a head for letters."""
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz"]
    folder.mkdir(parents=True, exist_ok=True)
    import json

    (folder / "vocab.json").write_text(json.dumps({letter: n for n, letter in enumerate(letters)}), "utf-8")
    tokenizer = t.Wav2Vec2CTCTokenizer(str(folder / "vocab.json"))
    config = t.Wav2Vec2Config(
        vocab_size=len(letters), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        conv_dim=(16, 16), conv_kernel=(10, 8), conv_stride=(5, 4), num_feat_extract_layers=2,
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2, pad_token_id=0,
    )  # fmt: skip
    return _save(folder, t.Wav2Vec2ForCTC(config), tokenizer, t.Wav2Vec2FeatureExtractor())


def voice(folder: Path) -> Path:
    """VITS, which speaks letters."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    letters = ["<pad>", "<unk>", *"abcdefghijklmnopqrstuvwxyz "]
    (folder / "vocab.json").write_text(json.dumps({letter: n for n, letter in enumerate(letters)}), "utf-8")
    tokenizer = t.VitsTokenizer(
        str(folder / "vocab.json"), pad_token="<pad>", unk_token="<unk>", phonemize=False, is_uroman=False
    )
    config = t.VitsConfig(
        vocab_size=len(letters), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, flow_size=8,
        spectrogram_bins=9, upsample_initial_channel=16, upsample_rates=[4, 4], upsample_kernel_sizes=[8, 8],
        resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]], prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1, posterior_encoder_num_wavenet_layers=1, duration_predictor_num_flows=1,
        duration_predictor_flow_bins=4, duration_predictor_filter_channels=8, depth_separable_num_layers=1,
        use_stochastic_duration_prediction=False,
    )  # fmt: skip
    return _save(folder, t.VitsModel(config), tokenizer, spread=0.05)
