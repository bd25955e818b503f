"""Words: unambiguous within a language, shared between languages as far as anchors say."""

import itertools

import numpy as np
import pytest

from mlm_xling.config import LabConfig
from tasks.lab.discourse import singles
from tasks.lab.lexicon import ALL_ANCHORS, Lexicon, script_of, shared_words
from tasks.lab.realise import Language
from tasks.lab.usage import Usage
from tasks.lab.world import NAMES, World


def words(lexicon: Lexicon) -> set[str]:
    return {form.strip() for form in lexicon.table().ravel() if form}


def speak(world: World, anchors: float, codes: str) -> list[set[str]]:
    made = singles(Usage(world, LabConfig()), "wiki", 3_000, np.random.default_rng(0))
    said = [Language(world, code, LabConfig(anchors=anchors)).sentences(made) for code in codes]
    return [{word for sentence in sentences for word in sentence.split()} for sentences in said]


def test_without_anchors_languages_share_no_character(world: World) -> None:
    said = speak(world, 0.0, "abcdef")
    letters = [set("".join(of_language)) for of_language in said]
    for one, other in itertools.combinations(letters, 2):
        assert not one & other


def test_all_anchors_make_the_lexicons_identical(world: World) -> None:
    """But for he, she and it, which are one word in e."""
    lexicons = [Lexicon(world, code, 0, anchors=1.0) for code in "abcde"]
    _, he, she, _ = map(int, world.of("pronoun"))
    for number in (he, she):
        lexicons[-1].stems[number] = lexicons[0].stems[number]
    for lexicon in lexicons[1:]:
        assert lexicon.stems == lexicons[0].stems
        assert lexicon.endings == lexicons[0].endings


def test_with_all_anchors_languages_of_one_grammar_are_the_same(world: World) -> None:
    a, b = speak(world, 1.0, "ab")
    assert a == b


def test_a_quarter_of_all_anchors_are_names_numbers_and_punctuation(world: World) -> None:
    shared = shared_words(world, 0, ALL_ANCHORS)
    categories = {world.concepts[number].category for number in shared if isinstance(number, int)}
    assert categories == {"mark", "number", *NAMES}
    assert len(shared) == sum(len(world.of(category)) for category in categories)
    a, b = speak(world, ALL_ANCHORS, "ab")
    stems = Lexicon(world, "a", 0, 0.25).stems
    named = {form for number in shared for form in stems[int(number)]}
    assert a & b <= named
    assert {".", "?", ","} <= a & b


def test_more_anchors_keep_those_that_fewer_have(world: World) -> None:
    dials = [0.0, 0.1, 0.25, 0.3, 0.6, 1.0]
    sets = [shared_words(world, 0, dial) for dial in dials]
    assert all(fewer < more for fewer, more in itertools.pairwise(sets))
    assert not sets[0]


def test_a_language_can_have_the_words_of_one_and_the_grammar_of_another(world: World) -> None:
    lab = LabConfig(anchors=0.0)
    mixed, words_of, grammar_of = (Language(world, code, lab) for code in ("b:syntax=d", "b", "d"))
    made = singles(Usage(world, LabConfig()), "wiki", 300, np.random.default_rng(0))

    assert np.array_equal(mixed.forms, words_of.forms)
    assert mixed.grammar == grammar_of.grammar != words_of.grammar
    for ours, theirs in zip(mixed.places(made), grammar_of.places(made), strict=True):
        assert np.array_equal(ours, theirs)
    assert np.array_equal(mixed.spoken_order(made), grammar_of.spoken_order(made))


@pytest.mark.parametrize("code", ["a", "c", "e", "qz"])
def test_a_form_belongs_to_one_concept(world: World, code: str) -> None:
    lexicon = Lexicon(world, code, 0, anchors=0.25)
    owner: dict[str, int] = {}
    same_word = {*world.homonyms, *world.of("pronoun")}
    for number, forms in enumerate(lexicon.table().reshape(len(world.concepts), -1)):
        if number not in same_word:
            for form in {*forms} - {""}:
                assert owner.setdefault(form, number) == number


@pytest.mark.parametrize("code", ["a", "b", "e", "f"])
@pytest.mark.parametrize("anchors", [0.0, 0.1, 0.2, 0.4, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_however_much_is_shared_homonyms_are_one_word_and_so_are_pronouns_without_gender(
    world: World, code: str, anchors: float, seed: int
) -> None:
    lexicon = Lexicon(world, code, seed, anchors, cognates=("f:a:0.5",))

    assert all(lexicon.stems[name] == lexicon.stems[p] for name, p in world.homonyms.items())
    it, he, she, _ = (lexicon.stems[number] for number in world.of("pronoun"))
    assert len({it, he, she}) == (3 if lexicon.grammar.gender else 1)


def test_some_words_have_a_synonym(world: World) -> None:
    stems = Lexicon(world, "b", 0, 0.25).stems
    assert 0.04 < np.mean([len({*stems[number]}) - 1 for number in world.of("noun")]) < 0.25


def test_scripts_of_any_two_languages_are_disjoint() -> None:
    codes = ["a", "b", "c", "d", "e", "f", "z", "aa", "az", "zz"]
    for one, other in itertools.combinations(codes, 2):
        both = [set("".join(script_of(code).__dict__.values())) for code in (one, other)]
        assert not both[0] & both[1]


def test_names_are_written_like_all_other_words(world: World) -> None:
    """Capitals would tell names from words in scripts that have them."""
    for code in "abcde":
        assert all(form == form.lower() for form in words(Lexicon(world, code, 0, 0.4)))


def test_another_seed_draws_other_words(world: World) -> None:
    one, other = (words(Lexicon(world, "b", seed, 0.0)) for seed in (0, 1))
    assert len(one & other) < 0.1 * len(one)


def test_cognates_are_words_of_an_older_language_in_the_share_that_is_asked_for(
    world: World,
) -> None:
    cognates = ("f:b:0.5", "g:f:0.5")
    b, f, g = (Lexicon(world, code, 0, 0.25, cognates).stems for code in "bfg")
    content = np.concatenate([world.of(name) for name in ("noun", "verb", "adjective", "adverb")])

    def alike(one: list, other: list) -> float:
        return float(np.mean([one[number] == other[number] for number in content]))

    assert alike(f, b) == pytest.approx(0.5, abs=0.01)
    assert alike(g, f) == pytest.approx(0.5, abs=0.01)
    assert alike(g, b) == pytest.approx(0.25, abs=0.06)


def test_without_cognates_of_its_own_a_language_is_as_it_was(world: World) -> None:
    assert Lexicon(world, "b", 0, 0.4, ("f:b:0.5",)).stems == Lexicon(world, "b", 0, 0.4).stems
