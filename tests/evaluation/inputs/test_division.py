"""How a dictionary is divided: nothing that fits a map tells what is looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import LexiconConfig
from mlm_xling.evaluation.inputs.division import Entries, divide, of_choice, stems
from mlm_xling.evaluation.inputs.translations import read_single_words
from tests.data_fixtures import REAL_DATA

LETTERS = "abcdefghij"


def distinct(count):
    """Words without a common stem, and a translation of each."""
    words = [f"{a}{b}{c}" for a in LETTERS for b in LETTERS for c in LETTERS][:count]
    return {word: (word.upper(),) for word in words}


def parts_of(pairs, lemmas=None, **config):
    return divide(Entries(pairs, lemmas or {}), LexiconConfig(**config))


def test_the_parts_share_no_source_word_and_keep_all_translations():
    pairs = {word: (other, f"{other}{other}") for word, (other,) in distinct(300).items()}

    parts = parts_of(pairs, train_words=100, test_words=30)

    assert (len(parts.train), len(parts.test)) == (100, 30)
    assert parts.train | parts.test == dict(list(pairs.items())[:130])


def test_a_small_dictionary_is_divided_in_the_same_ratio():
    parts = parts_of(distinct(65))

    assert (len(parts.train), len(parts.test)) == (50, 15)


def test_the_order_of_a_word_in_the_file_does_not_decide_its_part():
    pairs = distinct(1000)
    parts = parts_of(pairs)
    backwards = parts_of(dict(reversed(pairs.items())))

    late = [word >= "f" for word in parts.test]
    assert 0.4 < sum(late) / len(late) < 0.6
    assert set(parts.test) == set(backwards.test)


def test_forms_and_words_with_a_translation_in_common_are_one_item_and_others_their_own():
    pairs = {"cat": ("Katze",), "cats": ("Katzen",), "tom": ("Katze",), "dog": ("Hund",)}
    parts = parts_of(pairs, train_words=2, test_words=2)

    cat, cats, tom, dog, *unknown = parts.components_of(["cat", "cats", "tom", "dog", "x", "y"])

    assert cat == cats == tom
    assert {cat, dog, *unknown} == {"cat", "dog", "x", "y"}


WORDS = st.text("abc", min_size=1, max_size=6)
DICTIONARIES = st.dictionaries(
    WORDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=40
)


def told(words, lemmas, by_stem):
    """What a map fitted on these words has met."""
    for word, others in words.items():
        yield from (("target", other) for other in others)
        yield from (("form", lemma) for lemma in lemmas.get(word, (word,)))
        if by_stem:
            yield from (("target", stem) for other in others for stem in stems(other))
            yield from (("form", stem) for stem in stems(word) if word not in lemmas)


@given(DICTIONARIES, st.dictionaries(WORDS, st.tuples(WORDS), max_size=20), st.booleans())
def test_no_translation_lemma_or_stem_stands_on_both_sides(pairs, lemmas, by_stem):
    parts = parts_of(pairs, lemmas, train_words=2, test_words=10, stems=by_stem)

    assert not set(told(parts.train, lemmas, by_stem)) & set(told(parts.test, lemmas, by_stem))


def test_no_lemma_stands_on_both_sides_where_a_layer_is_chosen():
    words = distinct(400)
    lemmas = {word: (str(number % 100),) for number, word in enumerate(words)}
    config = LexiconConfig(train_words=400, test_words=0)

    choice = of_choice(divide(Entries(words, lemmas), config), config)

    fitted, looked_up = (
        set(told(side, lemmas, config.stems)) for side in (choice.train, choice.test)
    )
    assert looked_up
    assert not fitted & looked_up


def flooded(pairs):
    """Components by flooding, one after the other."""
    left = dict(pairs)
    while left:
        component, found = set(), {next(iter(left))}
        while found != component:
            component, reached = found, {other for word in found for other in left[word]}
            found = {word for word in left if reached & set(left[word])}
        yield component
        left = {word: others for word, others in left.items() if word not in component}


@given(DICTIONARIES)
def test_components_are_those_of_the_graph_of_words_and_translations(pairs):
    """Whole ones are looked up, and none is left out for which there is room."""
    parts = parts_of(pairs, train_words=50, test_words=50, stems=False)

    left = round(len(pairs) / 2) - len(parts.test)
    assert left >= 0
    for component in flooded(pairs):
        assert component <= set(parts.test) or not component & set(parts.test)
        assert component <= set(parts.test) or len(component) > left


def test_a_giant_component_fits_the_map():
    giant = dict.fromkeys(map("".join, zip(LETTERS, LETTERS, strict=True)), ("x",))
    parts = parts_of(giant | distinct(5), train_words=10, test_words=5)

    assert set(parts.train) == set(giant)
    assert len(parts.test) == 5


@pytest.mark.parametrize(
    ("word", "other", "share"),
    [
        ("cat", "cats", True),
        ("cat", "catch", False),
        ("work", "working", True),
        ("translate", "translation", True),
        ("inter", "international", False),
        ("открыть", "открываю", True),
        ("книга", "книгами", True),
        ("an", "and", False),
        ("文件", "文件夹", False),
    ],
)
def test_words_share_a_stem_that_begin_alike_and_end_soon(word, other, share):
    assert bool(set(stems(word)) & set(stems(other))) == share


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="needs the real dictionaries")
@pytest.mark.parametrize("language", ["de", "fr", "ru", "zh"])
def test_a_real_dictionary_leaves_hundreds_of_words_to_look_up(language):
    entries = read_single_words(REAL_DATA / "dict" / f"en-{language}.txt")

    assert len(divide(entries, LexiconConfig()).test) > 600
