"""Conversion of SentencePiece BPE to `tokenizer.json` of `tokenizers`: same merges, same ids.

Both repeatedly merge the two neighbours whose union comes first in the vocabulary, the leftmost
first. SentencePiece ranks unions, `tokenizers` ranks pairs; so each pair of pieces that forms a
piece becomes a merge, in the order of the pieces formed.
"""

from collections.abc import Iterator, Mapping

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, processors

from mlm_xling.vocabulary import END, SPECIALS, UNKNOWN, Vocabulary

_SPACE = "▁"


def bpe_tokenizer(vocabulary: Vocabulary, language: str, normal_form: str) -> Tokenizer:
    """Creates the tokenizer of a language, with the ids of the whole vocabulary.

    It encodes text like `vocabulary.encode` on the text in NFC, and wraps it in `</s>`. But text
    that spells a special token (`</s>`) becomes that token, as in all tokenizers of this library.

    Args:
      normal_form: `config.vocabulary.normal_form`.
    """
    ids = vocabulary.own_pieces(language)
    special, named = list(ids)[:SPECIALS], set(ids.values())
    # Normalised text has no spaces, so these names never occur in it.
    others = {f" {name}": i for i, name in enumerate(vocabulary.pieces) if i not in named}
    made = Tokenizer(
        models.BPE(ids | others, list(_merges(ids)), unk_token=special[UNKNOWN], fuse_unk=True)
    )
    made.normalizer = _normalizer(normal_form)  # pyright: ignore[reportAttributeAccessIssue]
    made.decoder = _decoder()  # pyright: ignore[reportAttributeAccessIssue]
    made.add_special_tokens(special)
    wrap = special[END]
    made.post_processor = processors.TemplateProcessing(  # pyright: ignore
        single=f"{wrap} $A {wrap}",
        pair=f"{wrap} $A {wrap} $B {wrap}",
        special_tokens=[(wrap, END)],
    )
    return made


def _merges(ids: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yields all pairs of pieces that form a piece; pieces are in the order of their training."""
    for piece in list(ids)[SPECIALS:]:
        for cut in range(1, len(piece)):
            if (left := piece[:cut]) in ids and (right := piece[cut:]) in ids:
                yield left, right


def _normalizer(normal_form: str) -> normalizers.Sequence:
    """Returns the normaliser: tabs become spaces, and words are separated by a single `▁`."""
    return normalizers.Sequence(
        [
            normalizers.NFC(),
            *([normalizers.NFKC()] if normal_form == "NFKC" else []),
            normalizers.Replace("\t", " "),
            normalizers.Replace(Regex(r"\A +| +\z"), ""),
            normalizers.Replace(Regex(" +"), " "),
            normalizers.Prepend(_SPACE),
            normalizers.Replace(" ", _SPACE),
            normalizers.Replace(Regex(rf"{_SPACE}+\z"), ""),
        ]
    )


def _decoder() -> decoders.Sequence:
    return decoders.Sequence(
        [decoders.Replace(_SPACE, " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
