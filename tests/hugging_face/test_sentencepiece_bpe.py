"""The tokenizer of an exported folder against SentencePiece, which the encoder was trained with."""

import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import SentencePieceNormalizer

from mlm_xling.bpe import spaced
from mlm_xling.config import VocabularyConfig
from mlm_xling.data.text import normal
from mlm_xling.hugging_face.sentencepiece_bpe import bpe_tokenizer
from mlm_xling.vocabulary import SPECIALS, train_vocabulary
from tests.data_fixtures import LANGUAGES, REAL_DATA, sentences
from tests.hugging_face import golden

SAMPLES = {language: sentences(language, 300) for language in LANGUAGES}
KINDS = {
    kind: train_vocabulary(SAMPLES, VocabularyConfig(kind=kind, size=size))
    for kind, size in (("joint", 150), ("union", 80), ("disjoint", 80))
}
SYLLABLES = train_vocabulary(
    {"en": ["".join(random.Random(i).choices("ab ", k=40)) for i in range(300)]},
    VocabularyConfig(size=120),
)
REAL = REAL_DATA / "mono" / "wesnoth"


tokenizer_of = cache(bpe_tokenizer)


def normalizer_of(normal_form):
    """What a tokenizer does to a text before it is cut into pieces."""
    return tokenizer_of(KINDS["joint"], "en", normal_form).normalizer.normalize_str


def unlike(vocabulary, language, lines, normal_form="NFC"):
    """The lines that are not encoded as the vocabulary encodes them in normal form."""
    tokenizer = tokenizer_of(vocabulary, language, normal_form)
    found = tokenizer.encode_batch_fast(list(lines), add_special_tokens=False)
    expected = vocabulary.encode([normal(line) for line in lines], language)
    pairs = zip(lines, found, expected, strict=True)
    return [line for line, encoded, own in pairs if encoded.ids != own]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_vocabulary_encodes_with_the_same_ids(kind, language):
    lines = [*SAMPLES[language], *sentences(language, 300, seed=1), *SAMPLES["en"][:50]]
    odd = [line for line in golden.LINES if "</s>" not in line]

    assert not unlike(KINDS[kind], language, lines + odd)


@given(st.text("ab▁ ", max_size=40))
def test_pieces_that_overlap_themselves_are_joined_in_the_same_order(text):
    assert not unlike(SYLLABLES, "en", [text])


@given(st.text(max_size=8))
def test_any_text_at_all_is_encoded_with_the_same_ids(text):
    assert not unlike(KINDS["joint"], "en", [text])


def test_a_text_that_spells_a_special_token_becomes_that_token():
    assert unlike(KINDS["joint"], "en", ["ba </s> de"]) == ["ba </s> de"]


@pytest.mark.parametrize(("form", "rule"), [("NFC", "identity"), ("NFKC", "nfkc")])
def test_text_is_normalised_as_sentencepiece_does_it(form, rule):
    ours, theirs = normalizer_of(form), SentencePieceNormalizer(
        rule_name=rule, add_dummy_prefix=True, escape_whitespaces=True,
        remove_extra_whitespaces=True,
    )  # fmt: skip
    letters = [normal(chr(code)) for code in range(1, 0x3300)]
    texts = [*golden.LINES, *(f" a{letter}  {letter}" for letter in letters)]

    odd = [text for text in texts if ours(text) != theirs.normalize(spaced(normal(text)))]

    assert odd == ([" a㋿  ㋿"] if form == "NFKC" else [])


def test_of_nfkc_odd_stacks_of_marks_are_taken_otherwise():
    assert normalizer_of("NFKC")("℆\u030f") != SentencePieceNormalizer(
        rule_name="nfkc", add_dummy_prefix=True, escape_whitespaces=True
    ).normalize("℆\u030f")


def test_a_text_is_wrapped_as_sentences_and_pairs_of_them_were_in_training():
    tokenizer = bpe_tokenizer(KINDS["joint"], "en", "NFC")
    ba, de = (KINDS["joint"].encode([word], "en")[0] for word in ("ba", "de"))

    assert tokenizer.encode("ba").ids == [1, *ba, 1]
    assert tokenizer.encode("ba", "de").ids == [1, *ba, 1, *de, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_text_comes_back(kind):
    tokenizer = bpe_tokenizer(KINDS[kind], "fr", "NFC")

    for line in SAMPLES["fr"][:50]:
        assert tokenizer.decode(tokenizer.encode(line).ids) == line


@pytest.mark.parametrize("kind", KINDS)
def test_every_id_has_a_name_and_those_of_other_languages_occur_in_no_text(kind):
    vocabulary = KINDS[kind]
    tokenizer = bpe_tokenizer(vocabulary, "en", "NFC")
    own = set(vocabulary.ids_of("en"))

    names = {i: tokenizer.id_to_token(i) for i in range(vocabulary.size)}

    assert len(set(names.values())) == vocabulary.size
    for number in set(names) - own:
        assert number not in tokenizer.encode(names[number]).ids
    assert list(names.values())[:SPECIALS] == list(vocabulary.pieces[:SPECIALS])


@pytest.mark.skipif(not REAL.is_dir(), reason="needs real text")
def test_ten_thousand_real_sentences_of_five_languages_are_encoded_with_the_same_ids():
    lines = {
        name: [line for line in (REAL / f"{name}.txt").read_text().split("\n") if line.strip()]
        for name in ("de", "en", "fr", "ru", "zh")
    }
    samples = {name: found[2_000:2_500] for name, found in lines.items()}
    vocabulary = train_vocabulary(samples, VocabularyConfig(size=4_000))

    for name, found in lines.items():
        assert len(found[:2_000]) == 2_000
        assert not unlike(vocabulary, name, found[:2_000])
