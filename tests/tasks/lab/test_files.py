"""The lab's files: reproducible, in the usual formats, and true to each other."""

from collections import Counter
from pathlib import Path

import conllu
import numpy as np
import pytest

from mlm_xling.config import LabConfig
from mlm_xling.data.parallel import read_parallel
from mlm_xling.data.text import read_documents
from tasks.lab.bitext import content, parallel_meanings, paraphrased
from tasks.lab.dictionary import CONTENT, dictionary
from tasks.lab.discourse import singles
from tasks.lab.files import monolingual, write_labelled, write_text
from tasks.lab.order import INDEX, SLOTS, Slot
from tasks.lab.realise import Language
from tasks.lab.show import show
from tasks.lab.trees import analyse
from tasks.lab.usage import Usage
from tasks.lab.world import World

ROOT = Path(__file__).resolve().parents[3]


def write(lab: LabConfig, directory: Path) -> Path:
    directory.mkdir()
    write_text(lab, directory, lambda text: None)
    write_labelled(lab, directory, lambda text: None)
    return directory


@pytest.fixture(scope="module")
def folder(lab: LabConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(lab, tmp_path_factory.mktemp("lab") / "made")


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_the_same_seed_gives_the_same_bytes(lab: LabConfig, folder: Path, tmp_path: Path) -> None:
    assert contents(write(lab, tmp_path / "again")) == contents(folder)


def test_another_seed_gives_other_text(lab: LabConfig, world: World, folder: Path) -> None:
    other = LabConfig(seed=1, sentences=600)
    language = Language(World(other), "a", other)
    assert "".join(monolingual(World(other), language, other)) != (folder / "a.txt").read_text()


def test_a_language_has_the_text_it_would_have_alone(lab: LabConfig, folder: Path) -> None:
    alone = LabConfig(sentences=lab.sentences, languages=("b",))
    language = Language(World(alone), "b", alone)
    assert "".join(monolingual(World(alone), language, alone)) == (folder / "b.txt").read_text()


def test_every_language_has_its_sentences(lab: LabConfig, folder: Path) -> None:
    for code in lab.languages:
        documents = list(read_documents(folder / f"{code}.txt"))
        assert sum(len(document.split("\n")) for document in documents) == lab.sentences
        assert len(documents) > lab.sentences / 14


def test_documents_of_two_languages_are_not_translations(
    world: World, languages: dict[str, Language], lab: LabConfig
) -> None:
    """All anchors make `a` and `b` one language, and still their texts differ."""
    shared = LabConfig(sentences=2_000, anchors=1.0)
    texts = [
        "".join(monolingual(world, Language(world, code, shared), shared)).split("\n")
        for code in "ab"
    ]
    longer = [{line for line in text if len(line.split()) > 6} for text in texts]
    assert len(longer[0] & longer[1]) < 0.02 * len(longer[0])


def test_parallel_rows_say_the_same_in_the_files(lab: LabConfig, folder: Path) -> None:
    text = read_parallel(folder / "parallel.tsv")
    assert tuple(text.header) == lab.languages
    assert len(text.rows) == lab.parallel_rows
    for column in zip(*text.rows, strict=True):
        assert len(set(column)) > 0.99 * len(text.rows)


def test_parallel_rows_can_be_told_apart_by_their_content(world: World, usage: Usage) -> None:
    bags = content(world, parallel_meanings(usage, 1_500, np.random.default_rng(0)))
    for place, bag in enumerate(bags[:200]):
        for other in bags[place + 1 :]:
            common = (Counter(bag) & Counter(other)).total()
            assert common < max(len(bag), len(other)) - 1
    near = [
        max(len({*bag} & {*other}) / len({*bag} | {*other}) for other in bags if other is not bag)
        for bag in bags[:200]
    ]
    assert np.mean(np.array(near) > 0.7) < 0.05


def test_few_sentences_of_the_text_are_parallel_rows(
    world: World, usage: Usage, languages: dict[str, Language]
) -> None:
    lab = LabConfig(sentences=20_000)
    rng = np.random.default_rng([lab.seed, 5])
    reserved = set(languages["a"].sentences(parallel_meanings(usage, lab.parallel_rows, rng)))
    lines = "".join(monolingual(world, languages["a"], lab)).split("\n")
    assert np.mean([line in reserved for line in lines if line]) < 0.005


def test_the_dictionary_agrees_with_parallel_sentences(
    world: World, usage: Usage, languages: dict[str, Language]
) -> None:
    made = singles(usage, "wiki", 500, np.random.default_rng(0))
    made["main"]["negated"] = made["relative"]["negated"] = made["second"]["negated"] = False
    spoken = {}
    for code, language in languages.items():
        concepts, cells = language.places(made)
        register = made["register"].astype(int)[:, None]
        spoken[code] = concepts, language.forms[concepts, register, cells]
    for source, target in (("a", "b"), ("c", "e"), ("e", "a"), ("d", "c")):
        entries = {
            (e.source, e.target) for e in dictionary(world, languages[source], languages[target])
        }
        concepts, words = spoken[source]
        places = np.isin(concepts, np.concatenate([world.of(name) for name in CONTENT]))
        for word, translation in zip(words[places], spoken[target][1][places], strict=True):
            assert (word.strip(), translation.strip()) in entries


def test_dictionary_weights_are_shares(world: World, languages: dict[str, Language]) -> None:
    totals: dict[str, float] = {}
    for entry in dictionary(world, languages["a"], languages["e"]):
        totals[entry.source] = totals.get(entry.source, 0) + entry.weight
    assert list(totals.values()) == pytest.approx([1.0] * len(totals))


def test_a_dictionary_names_the_lemmas_of_trees(
    world: World, usage: Usage, languages: dict[str, Language], folder: Path
) -> None:
    lines = (folder / "dictionary.e-c.tsv").read_text().splitlines()
    lemma = {line.split("\t")[0]: line.split("\t")[3] for line in lines}
    made = singles(usage, "wiki", 500, np.random.default_rng(0))
    tokens = [token for tokens in analyse(languages["e"], made) for token in tokens]
    known = [token for token in tokens if token.form in lemma]
    assert all(lemma[token.form] == token.lemma for token in known)
    assert len({token.lemma for token in known}) > 100
    assert len({*lemma.values()}) < 0.3 * len(lemma)


def test_a_paraphrase_keeps_the_content(world: World, usage: Usage) -> None:
    made = parallel_meanings(usage, 300, np.random.default_rng(0))
    again = paraphrased(world, made, np.random.default_rng(1))
    assert content(world, made) == content(world, again)


def test_most_paraphrases_are_said_differently(folder: Path) -> None:
    rows = read_parallel(folder / "paraphrases.d.tsv").rows
    assert np.mean([one != other for one, other in rows]) > 0.5


def test_labelled_files_are_in_their_formats(lab: LabConfig, folder: Path) -> None:
    for code in lab.languages:
        for split, share, of_pairs in (
            ("train", 1, 1), ("dev", 1 / 4, 1 / 12), ("test", 1 / 4, 1 / 12)
        ):  # fmt: skip
            name, count = f"{code}-{split}", lab.labelled * share
            assert len(conllu.parse((folder / "trees" / f"{name}.conllu").read_text())) == count
            blocks = (folder / "ner" / f"{name}.txt").read_text().strip().split("\n\n")
            assert len(blocks) == count
            lines = (folder / "nli" / f"{name}.tsv").read_text().splitlines()
            assert lines[0] == "premise\thypothesis\tlabel"
            assert len(lines) == 1 + lab.nli_pairs * of_pairs


def test_test_sets_say_the_same_in_all_languages(folder: Path) -> None:
    def columns(code: str) -> tuple[list[str], list[int]]:
        labels = [line.split("\t")[2] for line in (folder / "nli" / f"{code}-test.tsv").open()]
        blocks = (folder / "ner" / f"{code}-test.txt").read_text().strip().split("\n\n")
        return labels, [block.count("\tB-") for block in blocks]

    assert all(columns(code) == columns("a") for code in "bcde")
    assert (folder / "nli" / "a-train.tsv").read_text() != (
        folder / "nli" / "b-train.tsv"
    ).read_text()


def test_places_hold_at_most_one_word(world: World, languages: dict[str, Language]) -> None:
    for language in languages.values():
        assert all(sorted(row) == list(range(len(SLOTS))) for row in language.orders)
    assert INDEX[Slot("main", "", "verb")] == 0


def test_the_example_of_the_documentation_is_not_stale() -> None:
    assert show().strip() in (ROOT / "docs" / "lab.md").read_text()
