"""Export of a pretrained encoder to folders that `transformers`, and `hf:`, can load."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from safetensors.numpy import save_file

from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.hugging_face.folder import CONFIG, TOKENIZER, WEIGHTS
from mlm_xling.hugging_face.sentencepiece_bpe import bpe_tokenizer
from mlm_xling.hugging_face.xlm import require_xlm, xlm_config, xlm_tensors
from mlm_xling.languages import derivations
from mlm_xling.model.encoder import Encoder
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.paths import require_folder
from mlm_xling.vocabulary import END, MASK, PAD, START, UNKNOWN, Vocabulary

Card = Callable[[Sequence[str], str], str]
"""Returns the model card of a folder, given its languages and name."""
_CARD = "README.md"


def folders_of(pretrained: Pretrained) -> dict[str, tuple[str, ...]]:
    """Returns the subfolders of an encoder with their languages: "" is a folder of all languages.

    Languages with private parts, or their own tokenizer or ids, have one subfolder each; that of
    `en:shift` is `en_shift`, since not every file system allows colons.
    """
    config = pretrained.config
    shifted = any("shift" in derivations(language) for language in config.languages)
    if config.model.private or config.vocabulary.kind != "joint" or shifted:
        return {language.replace(":", "_"): (language,) for language in config.languages}
    return {"": config.languages}


def require_new(folder: Path, field: str) -> None:
    """Checks, before anything is loaded, that a folder can be created.

    Raises:
      InputError: it already exists, or cannot be written.
    """
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{field}={folder}: already exists; delete it, or choose another")
    require_folder(folder, field)


def write_folders(pretrained: Pretrained, target: Path, card: Card) -> None:
    """Writes an encoder into a new folder, which is created atomically.

    Args:
      target: folder for the files, or for one subfolder per language according to `folders_of`.

    Raises:
      InputError: XLM cannot represent the encoder, or there is no space left.
    """
    require_xlm(pretrained.config)
    with whole_directory(target) as partial:
        if partial is None:
            raise InputError(f"{target}: already exists; delete it, or choose another")
        for name, languages in folders_of(pretrained).items():
            folder = partial / name
            folder.mkdir(exist_ok=True)
            _write_folder(pretrained, languages, folder)
            text = card(languages, "-".join(filter(None, (target.name, name))))
            (folder / _CARD).write_text(text, encoding="utf-8")


def _write_folder(pretrained: Pretrained, languages: Sequence[str], folder: Path) -> None:
    config, vocabulary, encoder, *_ = pretrained
    assert isinstance(vocabulary, Vocabulary)
    assert isinstance(encoder, Encoder)
    _write_json(folder / CONFIG, xlm_config(config, languages, vocabulary.size))
    tensors = xlm_tensors(encoder, config, languages)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    tokenizer = bpe_tokenizer(vocabulary, languages[0], config.vocabulary.normal_form)
    tokenizer.save(str(folder / TOKENIZER))
    _write_json(
        folder / "tokenizer_config.json", _tokenizer_config(vocabulary, config.training.length)
    )


def _tokenizer_config(vocabulary: Vocabulary, length: int) -> dict[str, object]:
    pieces = vocabulary.pieces
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": length,
        # XLM takes token types for word ids; the default would pass it some.
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": pieces[START],
        "eos_token": pieces[END],
        "cls_token": pieces[END],
        "sep_token": pieces[END],
        "pad_token": pieces[PAD],
        "unk_token": pieces[UNKNOWN],
        "mask_token": pieces[MASK],
        "clean_up_tokenization_spaces": False,
    }


def _write_json(path: Path, values: dict[str, object]) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
