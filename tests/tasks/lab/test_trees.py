"""Trees are Universal Dependencies, names are where the meanings put them."""

import conllu
import numpy as np
import pytest

from tasks.lab.discourse import singles
from tasks.lab.meanings import MEANING
from tasks.lab.realise import Language
from tasks.lab.trees import Token, analyse, tagged
from tasks.lab.trees import conllu as in_conllu
from tasks.lab.usage import Usage
from tasks.lab.world import ENTITIES, World

CODES = ["a", "b", "c", "d", "e"]


@pytest.fixture(scope="module")
def made(usage: Usage) -> np.ndarray:
    return singles(usage, "wiki", 1_000, np.random.default_rng(3))


@pytest.fixture(scope="module")
def analysed(languages: dict[str, Language], made: np.ndarray) -> dict[str, list[list[Token]]]:
    return {code: list(analyse(language, made)) for code, language in languages.items()}


def crossing(tokens: list[Token]) -> bool:
    arcs = [sorted((i, token.head)) for i, token in enumerate(tokens, 1) if token.head]
    return any(a < c < b < d for a, b in arcs for c, d in arcs)


@pytest.mark.parametrize("code", CODES)
def test_trees_have_one_root_and_no_cycle(code: str, analysed) -> None:
    text = "".join(map(in_conllu, analysed[code]))
    for sentence in conllu.parse(text):
        tree = sentence.to_tree()  # raises unless there is exactly one root
        reached = 0
        stack = [tree]
        while stack:
            node = stack.pop()
            reached += 1
            stack += node.children
        assert reached == len(sentence)


@pytest.mark.parametrize("code", CODES)
def test_words_of_a_tree_are_those_of_the_sentence(code: str, analysed, languages, made) -> None:
    told = [" ".join(token.form for token in tokens) for tokens in analysed[code]]
    assert told == languages[code].sentences(made)


def test_relations_go_with_the_categories_of_words(analysed) -> None:
    upos = {
        "nsubj": {"NOUN", "PROPN", "PRON"},
        "obj": {"NOUN", "PROPN"},
        "obl": {"NOUN", "PROPN"},
        "amod": {"ADJ"},
        "det": {"DET"},
        "case": {"ADP"},
        "nummod": {"NUM"},
        "punct": {"PUNCT"},
        "root": {"VERB"},
        "conj": {"VERB"},
        "advcl": {"VERB"},
        "acl:relcl": {"VERB"},
        "cc": {"CCONJ"},
        "mark": {"SCONJ"},
        "aux": {"AUX"},
        "advmod": {"ADV", "PART"},
        "discourse": {"PART"},
        "flat": {"PROPN", "NOUN"},
    }
    seen: dict[str, set[str]] = {}
    for sentences in analysed.values():
        for tokens in sentences:
            for token in tokens:
                seen.setdefault(token.relation, set()).add(token.upos)
    assert seen.keys() == upos.keys()
    assert all(seen[relation] <= upos[relation] for relation in upos)


def test_some_languages_have_crossing_arcs(analysed) -> None:
    shares = {code: np.mean(list(map(crossing, analysed[code]))) for code in CODES}
    assert shares["a"] == shares["b"] == shares["c"] == 0
    assert all(0.005 < shares[code] < 0.1 for code in "de")


def test_a_word_and_its_head_are_the_same_concepts_in_all_languages(analysed) -> None:
    def dependencies(tokens: list[Token]) -> set[tuple[str, str, str]]:
        glosses = ["", *(token.gloss.partition("-")[0] for token in tokens)]
        return {
            (glosses[i], token.relation, glosses[token.head])
            for i, token in enumerate(tokens, 1)
            if token.relation in ("nsubj", "obj", "obl", "amod", "nummod", "root", "conj", "advcl")
        }

    for sentences in zip(*analysed.values(), strict=True):
        assert len({frozenset(dependencies(tokens)) for tokens in sentences}) == 1


@pytest.mark.parametrize("code", CODES)
def test_entities_are_the_names_of_the_meaning(code: str, world: World, analysed, made) -> None:
    kinds = {
        gloss: ENTITIES[category] for gloss, category in world.concepts if category in ENTITIES
    }
    for tokens, meaning in zip(analysed[code], made, strict=True):
        for before, token in zip([None, *tokens], tokens, strict=False):
            kind = kinds.get(token.gloss.partition("-")[0])
            if token.entity.startswith("B-"):
                assert token.entity == f"B-{kind}"
            elif token.entity.startswith("I-"):
                assert token.relation == "flat"
                assert before is not None
                assert before.entity == f"B-{token.entity[2:]}"
            else:
                assert kind is None  # Titles of books name no entity, either.
        heads = [meaning["main"][name]["head"] for name in ("subject", "object", "oblique")]
        named = sum(world.concepts[head].category in ENTITIES for head in heads)
        assert sum(token.entity[0] == "B" for token in tokens) >= named


def test_some_names_are_ambiguous_without_their_context(world: World, languages) -> None:
    forms = languages["b"].forms[:, 0, 0]
    for name, place in world.homonyms.items():
        assert forms[name] == forms[place]
        assert world.concepts[name].category != world.concepts[place].category


def test_tags_are_two_columns(analysed) -> None:
    lines = tagged(analysed["a"][0]).splitlines()
    assert [line.split("\t")[0] for line in lines[:-1]] == [t.form for t in analysed["a"][0]]
    assert lines[-1] == ""


def test_grammars_do_what_they_say(world: World, languages: dict[str, Language]) -> None:
    def glosses(code: str) -> str:
        (tokens,) = analyse(languages[code], simple)
        return " ".join(token.gloss for token in tokens)

    simple = np.zeros(1, MEANING)
    main = simple["main"]
    main["verb"], main["tense"], main["negated"] = world.number("verb", "feed"), 1, True
    main["subject"]["head"], main["subject"]["plural"] = world.number("noun", "farmer"), True
    main["object"]["head"] = world.number("noun", "horse")
    main["object"]["adjective"] = world.number("adjective", "old")
    simple["question"] = True

    assert glosses("a") == "farmer-plural not feed-past a old horse whether ?"
    assert glosses("b") == glosses("a")
    assert glosses("c") == "feed-past-verb-plural not farmer-plural a horse old ?"
    assert glosses("d") == "farmer-plural old horse not feed did whether ?"
    assert glosses("e") == (
        "whether feed-past-negation-verb-plural farmer-plural horse-accusative old ?"
    )
