"""Documents have what a model can learn from: topics, preferences, Zipf's law, co-reference."""

import numpy as np
import pytest

from mlm_xling.config import LabConfig
from tasks.lab import ontology, words
from tasks.lab.discourse import documents
from tasks.lab.meanings import MENTIONS
from tasks.lab.ontology import DOMAINS, TOPICS
from tasks.lab.usage import Usage
from tasks.lab.world import NAMED, World


@pytest.fixture(scope="module")
def text(usage: Usage) -> tuple[np.ndarray, np.ndarray]:
    return documents(usage, "wiki", 20_000, np.random.default_rng(0))


def test_a_document_keeps_its_topic(text: tuple[np.ndarray, np.ndarray]) -> None:
    made, document = text
    topics = {(number, topic) for number, topic in zip(document, made["topic"], strict=True)}
    assert len(topics) == document[-1] + 1


def test_subjects_tell_documents_of_one_topic_from_others(
    text: tuple[np.ndarray, np.ndarray],
) -> None:
    made, _ = text
    heads = made["main"]["subject"]["head"]
    share = np.array(
        [np.bincount(heads[made["topic"] == t], minlength=500) for t in range(len(TOPICS))]
    )
    share = share / share.sum(1, keepdims=True)
    overlap = [np.minimum(share[i], share[j]).sum() for i in range(len(TOPICS)) for j in range(i)]
    assert max(overlap) < 0.75
    assert np.mean(overlap) < 0.6


def test_verbs_take_only_what_suits_them(world: World, text: tuple[np.ndarray, np.ndarray]) -> None:
    main = text[0]["main"]
    kinds = ("", *ontology.CLASSES)
    for verb in words.verbs():
        rows = main[main["verb"] == world.number("verb", verb.gloss)]
        for phrase, allowed in (("subject", verb.subjects), ("object", verb.objects)):
            heads = rows[phrase]["head"]
            heads = heads[(heads > 0) & ~world.is_a("pronoun")[heads]]
            assert {kinds[kind] for kind in world.classes[heads]} <= set(allowed)


def test_no_two_nouns_are_used_alike(world: World, text: tuple[np.ndarray, np.ndarray]) -> None:
    main = text[0]["main"]
    used = np.zeros((len(world.concepts), len(world.concepts)))
    np.add.at(used, (main["object"]["head"], main["verb"]), 1)
    profiles = used[world.of("noun")]
    profiles = profiles[profiles.sum(1) > 50]
    profiles = profiles / np.linalg.norm(profiles, axis=1, keepdims=True)
    likeness = profiles @ profiles.T - np.eye(len(profiles))
    assert len(profiles) > 40
    assert np.mean(likeness.max(1) > 0.99) < 0.1


def test_frequencies_are_zipfian(world: World, text: tuple[np.ndarray, np.ndarray]) -> None:
    heads = np.concatenate([text[0]["main"][name]["head"] for name in ("subject", "object")])
    heads = heads[world.is_a("noun")[heads]]
    counts = np.sort(np.bincount(heads))[::-1]
    counts = counts[counts > 0][:100]
    slope = np.polyfit(np.log(np.arange(1, len(counts) + 1)), np.log(counts), 1)[0]
    assert -1.3 < slope < -0.5


def test_pronouns_stand_for_the_last_subject_of_their_document(
    world: World, text: tuple[np.ndarray, np.ndarray]
) -> None:
    made, document = text
    it, he, she, they = world.of("pronoun")
    subject, last = made["main"]["subject"], {}
    seen = set()
    for row, number in enumerate(document):
        head = subject["head"][row]
        if not world.is_a("pronoun")[head]:
            last[number] = head, subject["plural"][row]
            continue
        antecedent, plural = last[number]
        person = world.classes[antecedent] == 1
        expected = they if plural else it if not person else he if antecedent % 2 else she
        assert head == expected
        seen.add(head)
    assert seen == {it, he, she, they}


def test_nouns_are_definite_once_they_are_known(
    world: World, text: tuple[np.ndarray, np.ndarray]
) -> None:
    made, document = text
    known: set[tuple[int, int]] = set()
    for row in range(3000):
        phrase = made["main"]["subject"][row]
        if world.is_a("noun")[phrase["head"]]:
            mention = int(document[row]), int(phrase["head"])
            assert not phrase["definite"] or row == 0 or mention in known
        for clause, name in MENTIONS:
            known.add((int(document[row]), int(made[clause][name]["head"][row])))


def test_names_of_several_categories_share_their_frames(
    world: World, text: tuple[np.ndarray, np.ndarray]
) -> None:
    """The verb and the role say more than chance of what is named, and far less than all."""
    main = text[0]["main"]
    categories = np.stack([world.is_a(category) for category in NAMED])
    right = named = 0
    for role in ("subject", "object"):
        counts = np.zeros((len(world.concepts), len(NAMED)))
        for number, category in enumerate(categories):
            np.add.at(counts[:, number], main["verb"][category[main[role]["head"]]], 1)
        right, named = right + counts.max(1).sum(), named + counts.sum()
    assert named > 5_000
    assert 0.5 < right / named < 0.85


def test_no_category_of_names_is_more_than_half_of_them(
    world: World, text: tuple[np.ndarray, np.ndarray]
) -> None:
    heads = np.concatenate([text[0]["main"][role]["head"] for role in ("subject", "object")])
    counts = [world.is_a(category)[heads].sum() for category in NAMED]
    assert max(counts) < 0.5 * sum(counts)
    assert min(counts) > 0.1 * sum(counts)


def test_domains_differ_in_topics_and_style(usage: Usage) -> None:
    wiki, web = (
        documents(usage, domain, 5_000, np.random.default_rng(0))[0] for domain in ("wiki", "web")
    )
    of_web = [TOPICS.index(topic) for topic in DOMAINS["web"]]
    assert np.isin(wiki["topic"], of_web).mean() < 0.3
    assert np.isin(web["topic"], of_web).mean() > 0.7
    assert web["question"].mean() > 2 * wiki["question"].mean()


def test_more_variants_make_more_words_of_the_same_kinds() -> None:
    many = LabConfig(variants=3)
    small, large = World(LabConfig()), World(many)
    for category in ("noun", "verb"):
        assert len(large.of(category)) == 3 * len(small.of(category))
    made, _ = documents(Usage(large, many), "wiki", 2_000, np.random.default_rng(0))
    glosses = {large.concepts[head].gloss for head in made["main"]["subject"]["head"]}
    assert {"farmer", "farmer2", "farmer3"} & glosses
