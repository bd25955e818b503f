"""The vocabulary: XLM's ids, nothing lost on the way there and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import VocabularyConfig
from mlm_xling.errors import InputError
from mlm_xling.vocabulary import SPECIALS, UNKNOWN, Vocabulary, train_vocabulary
from tests.data_fixtures import LANGUAGES, sentences

SAMPLES = {language: sentences(language, 300) for language in LANGUAGES}
VOCABULARY = train_vocabulary(SAMPLES, VocabularyConfig(size=150))
SEPARATE = {
    kind: train_vocabulary(SAMPLES, VocabularyConfig(kind=kind, size=80))
    for kind in ("union", "disjoint")
}
KINDS = {"joint": VOCABULARY, **SEPARATE}
ALPHABET = sorted({letter for lines in SAMPLES.values() for line in lines for letter in line})


def size(vocabulary_size: int) -> VocabularyConfig:
    return VocabularyConfig(size=vocabulary_size)


def test_has_the_size_that_was_asked_for() -> None:
    assert VOCABULARY.size == 150


def test_specials_come_first_in_the_order_of_xlm() -> None:
    assert VOCABULARY.pieces[:4] == ("<s>", "</s>", "<pad>", "<unk>")
    assert VOCABULARY.pieces[5] == "<special1>"


@given(words=st.lists(st.text(ALPHABET, min_size=1), min_size=1))
def test_text_comes_back_with_its_case_and_characters(words: list[str]) -> None:
    text = " ".join(" ".join(words).split())
    ids = VOCABULARY.encode([text], "en")[0]
    assert VOCABULARY.decode(ids, "en") == text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_comes_back_in_every_kind_and_language(kind: str, language: str) -> None:
    vocabulary, own = KINDS[kind], set(KINDS[kind].ids_of(language).tolist())
    for line, ids in zip(
        SAMPLES[language], vocabulary.encode(SAMPLES[language], language), strict=True
    ):
        assert vocabulary.decode(ids, language) == line
        assert set(ids) <= own


def strings_of(language: str) -> set[str]:
    """The pieces of a language's own model, which `disjoint` names with a prefix."""
    vocabulary = SEPARATE["disjoint"]
    names = [vocabulary.pieces[i] for i in vocabulary.ids_of(language)[SPECIALS:]]
    assert all(name.startswith(f"{language}:") for name in names)
    return {name.removeprefix(f"{language}:") for name in names}


def test_a_union_shares_exactly_the_identical_pieces() -> None:
    vocabulary = SEPARATE["union"]
    shared = set(vocabulary.ids_of("en")) & set(vocabulary.ids_of("fr"))
    identical = strings_of("en") & strings_of("fr")
    assert {vocabulary.pieces[i] for i in shared if i >= SPECIALS} == identical
    assert identical
    assert vocabulary.size == SPECIALS + len(strings_of("en") | strings_of("fr"))


def test_disjoint_languages_share_the_specials_and_have_an_unbroken_range_each() -> None:
    vocabulary = SEPARATE["disjoint"]
    english, french = vocabulary.ids_of("en"), vocabulary.ids_of("fr")
    assert set(english) & set(french) == set(range(SPECIALS))
    assert vocabulary.size == 2 * 80 - SPECIALS
    for ids in (english, french):
        assert ids[:SPECIALS].tolist() == list(range(SPECIALS))
        assert ids[SPECIALS:].tolist() == list(range(ids[SPECIALS], ids[-1] + 1))


def test_an_id_of_another_language_cannot_be_decoded() -> None:
    with pytest.raises(IndexError, match="is not an id of 'en'"):
        SEPARATE["disjoint"].decode([SEPARATE["disjoint"].size - 1], "en")


@given(texts=st.lists(st.text()))
def test_no_text_can_spell_a_special(texts: list[str]) -> None:
    texts += ["</s>", "<s> <pad> <special1>"]
    for ids in VOCABULARY.encode(texts, "en"):
        assert all(i >= SPECIALS or i == UNKNOWN for i in ids)


def test_a_character_never_seen_is_unknown() -> None:
    assert UNKNOWN in VOCABULARY.encode(["ba☃"], "en")[0]


def test_batches_and_single_sentences_give_the_same_ids() -> None:
    lines = SAMPLES["fr"]
    assert VOCABULARY.encode(lines, "fr") == [VOCABULARY.encode([line], "fr")[0] for line in lines]


def test_training_is_reproducible_to_the_byte() -> None:
    again = train_vocabulary(dict(reversed(SAMPLES.items())), size(150))
    assert again.fingerprint == VOCABULARY.fingerprint
    assert train_vocabulary(SAMPLES, size(151)).fingerprint != VOCABULARY.fingerprint


@pytest.mark.parametrize("kind", KINDS)
def test_is_the_same_after_saving_and_loading(tmp_path: Path, kind: str) -> None:
    KINDS[kind].save(tmp_path / "vocabulary")
    loaded = Vocabulary.load(tmp_path / "vocabulary")
    assert loaded.fingerprint == KINDS[kind].fingerprint
    assert loaded.encode(SAMPLES["en"], "en") == KINDS[kind].encode(SAMPLES["en"], "en")


@pytest.mark.parametrize("before", [SEPARATE["union"], None])
def test_another_or_a_damaged_vocabulary_is_replaced(
    tmp_path: Path, before: Vocabulary | None
) -> None:
    if before:
        before.save(tmp_path / "v")
    else:
        (tmp_path / "v").mkdir()
    VOCABULARY.save(tmp_path / "v")
    assert Vocabulary.load(tmp_path / "v").fingerprint == VOCABULARY.fingerprint


def test_kinds_have_different_fingerprints() -> None:
    assert len({vocabulary.fingerprint for vocabulary in KINDS.values()}) == 3


def test_an_altered_model_is_refused(tmp_path: Path) -> None:
    VOCABULARY.save(tmp_path / "vocabulary")
    model = tmp_path / "vocabulary" / "joint.model"
    model.write_bytes(model.read_bytes().replace(b"<special9>", b"<special0>"))
    with pytest.raises(InputError, match=r"vocabulary.*altered|damaged"):
        Vocabulary.load(tmp_path / "vocabulary")


def test_a_missing_vocabulary_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere/vocabulary.json: no such file"):
        Vocabulary.load(tmp_path / "nowhere")


def test_too_large_a_size_names_the_largest_possible() -> None:
    with pytest.raises(
        InputError, match=r"config.vocabulary.size=99999: .* at most (\d+)"
    ) as error:
        train_vocabulary(SAMPLES, size(99_999))
    largest = int(str(error.value).split()[-1])
    assert train_vocabulary(SAMPLES, size(largest)).size == largest


def test_too_small_a_size_names_the_smallest_possible() -> None:
    with pytest.raises(InputError, match=r"config.vocabulary.size=15: .* at least (\d+)") as error:
        train_vocabulary(SAMPLES, size(15))
    smallest = int(str(error.value).split()[-1])
    assert train_vocabulary(SAMPLES, size(smallest)).size == smallest


def test_nfkc_takes_variants_of_characters_for_the_same():
    plain = train_vocabulary(SAMPLES, VocabularyConfig(size=150))
    folded = train_vocabulary(SAMPLES, VocabularyConfig(size=150, normal_form="NFKC"))
    (line,) = SAMPLES["en"][:1]
    wide = line.translate({code: code + 0xFEE0 for code in range(ord("a"), ord("z") + 1)})

    assert wide != line
    assert folded.encode([wide], "en") == folded.encode([line], "en") == plain.encode([line], "en")
    assert UNKNOWN in plain.encode([wide], "en")[0]
    assert [wide[a:b] for a, b in folded.encode_spans(wide, "en").spans] == [
        wide[a:b] for a, b in folded.encode_spans(line, "en").spans
    ]


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_a_tab_is_a_space(form):
    config = VocabularyConfig(size=150, normal_form=form)
    tabs = {name: [line.replace(" ", "\t") for line in lines] for name, lines in SAMPLES.items()}
    vocabulary, (line, *_) = train_vocabulary(SAMPLES, config), tabs["en"]

    assert train_vocabulary(tabs, config).fingerprint == vocabulary.fingerprint
    assert vocabulary.encode(tabs["en"], "en") == vocabulary.encode(SAMPLES["en"], "en")
    spans = vocabulary.encode_spans(line, "en").spans
    assert spans == vocabulary.encode_spans(SAMPLES["en"][0], "en").spans
    assert not any("\t" in line[begin:end] for begin, end in spans)


@pytest.mark.parametrize("line", ["word " * 40_000, "a" * 200_000, "\u0e01" * 70_000])
def test_lines_that_sentencepiece_would_leave_out_are_cut(line):
    vocabulary = train_vocabulary({"en": [line]}, VocabularyConfig(size=SPECIALS + 6))

    _, *others = vocabulary.encode([line[:1000]], "en")[0]
    assert UNKNOWN not in others  # The mark of a space is too rare here to be a piece.


@pytest.mark.parametrize("text", ["▁", " "])
def test_text_without_a_character_is_told(text):
    with pytest.raises(InputError, match="the text of 'en' has no character to learn pieces from"):
        train_vocabulary({"en": [text]}, VocabularyConfig(kind="union", size=60))
