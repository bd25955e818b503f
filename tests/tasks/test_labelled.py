"""Labelled data through SeqIO: labels stay with their words, from files and from TFDS."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import VocabularyConfig
from mlm_xling.data.location import Location
from mlm_xling.errors import InputError
from mlm_xling.evaluation.finetuning.examples import gather, tagging_examples
from mlm_xling.evaluation.finetuning.tasks.ner import TASK
from mlm_xling.evaluation.finetuning.tasks.nli import TASK as NLI
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.results import fingerprint_items
from mlm_xling.vocabulary import UNKNOWN, XLM_SPECIAL, train_vocabulary
from tasks import records
from tasks.labelled import labelled_table
from tests.data_fixtures import LANGUAGES, sentences
from tests.labelled_fixtures import write_labelled
from tests.test_hub_tokenizer import read

LIMITS = Limits(16, 1, XLM_SPECIAL)
ALPHABETS = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "fr": "abcéèêçàùœ'’«»",
    "de": "abcäöüßABC",
    "ru": "абвгдежзийклмнопрстуфхцчшщ",
    "zh": "的一是不了人我在有他这中大来上国",
}
ODD = ["😀", "👩‍👩‍👧", "\u200b", "\u200d", "\ufeff", "\u00ad", " ", "\u3000", "e\u0301", "🏳️‍🌈", ""]


@pytest.fixture(scope="module")
def vocabulary():
    """A vocabulary of made-up words in five alphabets; what is odd is not in it."""
    letters = [" ".join(alphabet) for alphabet in ALPHABETS.values()] * 50
    return train_vocabulary({"en": sentences("en", 100), "xx": letters}, VocabularyConfig(size=250))


def words_of(alphabet):
    return st.lists(
        st.text(alphabet, min_size=1, max_size=9) | st.sampled_from(ODD), min_size=1, max_size=30
    )


@pytest.mark.parametrize("language", ALPHABETS)
@given(data=st.data())
def test_labels_survive_encoding_whatever_the_words(vocabulary, language, data):
    words = data.draw(words_of(ALPHABETS[language]))
    ids, subwords = (np.array(n) for n in records.word_ids(words, vocabulary, language))
    labels = np.arange(len(words), dtype=np.int32)[:, None]

    examples = list(tagging_examples(ids, subwords, labels, 0, LIMITS))

    (back,) = gather(examples, [example.targets for example in examples], [len(words)])
    assert back.tolist() == labels.tolist()
    read = [e.windows[0][position] for e in examples for position in e.position]
    starts = len(ids) - subwords.sum() + np.cumsum([0, *subwords[:-1]])
    assert read == ids[starts].tolist()


@pytest.mark.parametrize("language", sorted(set(ALPHABETS) - {"zh"}))
@given(data=st.data())
def test_where_spaces_separate_words_each_is_encoded_by_itself(vocabulary, language, data):
    words = data.draw(words_of(ALPHABETS[language]))
    alone = [ids or [UNKNOWN] for ids in vocabulary.encode(words, language)]

    ids, subwords = records.word_ids(words, vocabulary, language, [False] * len(words))

    assert ids == [i for of_word in alone for i in of_word]
    assert subwords == [len(of_word) for of_word in alone]


@pytest.mark.parametrize("language", ["zh", "zh:reverse"])
@given(words=st.lists(st.text(ALPHABETS["zh"], min_size=1, max_size=3), min_size=1, max_size=20))
def test_where_none_do_the_text_is_encoded_as_it_is_written(vocabulary, language, words):
    ids, subwords = records.word_ids(words, vocabulary, language)

    assert ids == vocabulary.encode(["".join(words)], "zh")[0]
    places = len(ids) - sum(subwords) + np.cumsum([0, *subwords[:-1]])
    assert all(vocabulary.decode([ids[place]], "zh") for place in places)


@given(words=words_of(ALPHABETS["zh"]))
def test_where_none_do_words_that_the_tokenizer_deletes_take_no_ids_from_others(words):
    ids, subwords = records.word_ids(words, read("bert"), "zh")

    assert len(subwords) == len(words)
    assert min(subwords) >= 0
    assert 0 < sum(subwords) <= len(ids)


def test_spaces_of_a_tree_are_heeded(vocabulary, tmp_path):
    row = "{}\t{}\t_\tNOUN\t_\t_\t{}\t{}\t_\t{}\n"
    lines = [("的一", 0, "root", "_"), ("是", 1, "obj", "SpaceAfter=No"), ("人", 1, "obj", "_")]
    text = "".join(row.format(i, *line) for i, line in enumerate(lines, 1))
    (tmp_path / "test.conllu").write_text(text + "\n")
    place = str(tmp_path / "test.conllu")

    table = labelled_table("trees", location("test", "zh", place), vocabulary)

    assert table.columns["ids"][0].tolist() == vocabulary.encode(["的一 是人"], "zh")[0]


@pytest.mark.parametrize("word", ["", " ", "\u3000"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_word_that_encodes_to_nothing_becomes_the_unknown_token(vocabulary, word, language):
    if vocabulary.encode([word], language) == [[]]:
        ids, subwords = records.word_ids(["a", word, "b"], vocabulary, language)
        assert ids[len(ids) - sum(subwords[1:])] == UNKNOWN
    assert all(records.word_ids(["a", word], vocabulary, language)[1])


def location(split="test", language="fr", place="", field="config.evaluation.x.test"):
    return Location(split, language, place, field)


@pytest.mark.parametrize(
    ("kind", "suffix", "column"),
    [("trees", "conllu", "relations"), ("entities", "bio", "tags"), ("pairs", "tsv", "label")],
)
def test_files_become_tables(vocabulary, tmp_path, kind, suffix, column):
    write_labelled(tmp_path, 4)
    place = str(tmp_path / f"dev-{LANGUAGES[0]}.{suffix}")

    table = labelled_table(kind, location("dev", "en", place), vocabulary)

    assert len(table) == 4
    assert all(isinstance(label, str) for cell in table.strings(column) for label in cell)
    if kind == "pairs":
        texts = [line.split() for line in sentences("en", 4, 2)]
        assert table.columns["hypothesis"][0].tolist() == vocabulary.encode([texts[0][-1]], "en")[0]
        assert [len(cell) for cell in table.strings("label")] == [1] * 4
    else:
        words = [line.split() for line in sentences("en", 4, 2)]
        assert [len(cell) for cell in table.columns["subwords"]] == list(map(len, words))
        assert table.strings("words") == words


def mocked(example, *others):
    """TFDS with made-up examples; real builders tell the features."""
    asked = []

    def as_dataset(builder, split, **options):
        asked.append((builder.info.full_name, split))
        signature = tf.nest.map_structure(tf.type_spec_from_value, example)
        return tf.data.Dataset.from_generator(
            lambda: [example, *others], output_signature=signature
        )

    return tfds.testing.mock_data(as_dataset_fn=as_dataset), asked


def strings(*values):
    return tf.constant(list(values))


def test_words_are_kept_as_written_but_for_their_normal_form(vocabulary, tmp_path):
    words = ["Straße", "STRASSE", "e\u0301te\u0301", "été", "1,000", "%", " "]
    path = tmp_path / "odd.bio"
    path.write_text("".join(f"{word}\tB-X\n" for word in words))

    table = labelled_table("entities", location("test", "fr", str(path)), vocabulary)

    assert table.strings("words") == [["Straße", "STRASSE", "été", "été", "1,000", "%", " "]]


def test_wikiann_of_tfds(vocabulary):
    example = {"tokens": strings("Anna", "sleeps"), "tags": tf.constant([1, 0], tf.int64)}
    mock, asked = mocked(example)
    with mock:
        table = labelled_table(
            "entities", location("dev", "fr", "tfds:wikiann/fr:1.0.0"), vocabulary
        )

    assert table.strings("tags") == [["B-PER", "O"]]
    assert asked == [("wikiann/fr/1.0.0", "validation")]


def test_conll2003_of_tfds(vocabulary):
    example = {"tokens": strings("EU"), "ner": tf.constant([3], tf.int64)}
    mock, asked = mocked(example)
    with mock:
        table = labelled_table(
            "entities", location("dev", "en", "tfds:conll2003:1.0.0"), vocabulary
        )

    assert table.strings("tags") == [["B-ORG"]]
    assert asked == [("conll2003/conll2003/1.0.0", "dev")]


def test_iob1_of_a_file_and_of_tfds_is_told_in_one_line(vocabulary, tmp_path, capsys):
    path = tmp_path / "iob1.txt"
    path.write_text("EU\tI-ORG\nsays\tO\n")
    example = {"tokens": strings("EU", "says"), "ner": tf.constant([4, 0], tf.int64)}
    places = [str(path), "tfds:conll2003:1.0.0"]
    mock, _ = mocked(example)
    with mock:
        tables = [
            labelled_table("entities", location("train", "en", place, "field"), vocabulary)
            for place in places
        ]

    assert [table.strings("tags") for table in tables] == [[["B-ORG", "O"]]] * 2
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if "IOB1" in line] == [
        f"{path}: tags in IOB1, converted to BIO",
        "field=tfds:conll2003:1.0.0: tags in IOB1, converted to BIO",
    ]


def test_all_entities_of_a_file_reach_the_scorer(vocabulary, tmp_path):
    """Sentences that are much longer than any window lose none, too."""
    kept = "-DOCSTART- -X- O O\n\n" + 90 * "Anna x I-PER\nSmith x I-PER\nof x O\n" + "\n"
    path = tmp_path / "some.conll"
    path.write_text(kept + "Paris x I-LOC\nLyon x B-LOC\n")

    table = labelled_table("entities", location("test", "fr", str(path)), vocabulary)

    said = TASK.contents(table)
    assert said == "2 sentences, 272 words, 92 entities"
    labels = TASK.labels(table)
    gold = [target[:, None] for target in TASK.targets(table, labels)]
    examples = TASK.examples(table, labels, LIMITS)
    read = gather(examples, [example.targets for example in examples], TASK.words(table))
    assert TASK.scores(table, labels, read)["f1"].denominator.sum() == 2 * 92
    assert all((a == b).all() for a, b in zip(read, gold, strict=True))


def test_universal_dependencies_of_tfds_lose_ranges_and_subtypes(vocabulary):
    example = {
        "tokens": strings("du", "de", "le", "."),
        "head": strings("None", "2", "0", "2"),
        "deprel": strings("_", "case:x", "root", "punct"),
        "upos": tf.constant([17, 1, 5, 12], tf.int64),
    }
    place = "tfds:universal_dependencies/fr_gsd:1.0.1"
    mock, asked = mocked(example)
    with mock:
        table = labelled_table("trees", location(place=place), vocabulary)

    assert table.columns["heads"][0].tolist() == [2, 0, 2]
    assert table.strings("relations") == [["case", "root", "punct"]]
    assert table.strings("upos") == [["ADP", "DET", "PUNCT"]]
    assert asked == [("universal_dependencies/fr_gsd/1.0.1", "test")]


@pytest.mark.parametrize(
    ("words", "heads", "message"),
    [
        (["a", "b"], ["2", "1"], "fr_gsd:1.0.1: sentence 1, word 1: a sentence without a root"),
        (["_", "_"], ["2", "0"], "fr_gsd:1.0.1: most words are '_'"),
    ],
)
def test_trees_of_tfds_with_a_cycle_or_without_words_are_told(vocabulary, words, heads, message):
    example = {
        "tokens": strings(*words),
        "head": strings(*heads),
        "deprel": strings("dep", "dep"),
        "upos": tf.constant([0, 0], tf.int64),
    }
    mock, _ = mocked(example)
    place = location(place="tfds:universal_dependencies/fr_gsd:1.0.1")
    with mock, pytest.raises(InputError, match=message):
        labelled_table("trees", place, vocabulary)


XNLI = {
    "premise": {"en": tf.constant("a cat"), "fr": tf.constant("un chat")},
    "hypothesis": {"language": strings("en", "fr"), "translation": strings("a dog", "un chien")},
    "label": tf.constant(2, tf.int64),
}


@pytest.mark.parametrize("language", ["fr", "fr2", "fr-CA"])
def test_xnli_of_tfds_in_one_language(vocabulary, language):
    mock, asked = mocked(XNLI)
    with mock:
        table = labelled_table("pairs", location("test", language, "tfds:xnli:1.1.0"), vocabulary)

    assert table.columns["premise"][0].tolist() == vocabulary.encode(["un chat"], "fr")[0]
    assert table.columns["hypothesis"][0].tolist() == vocabulary.encode(["un chien"], "fr")[0]
    assert table.strings("label") == [["contradiction"]]
    assert asked == [("xnli/1.1.0", "test")]


def test_pairs_are_identified_by_their_text_whatever_the_vocabulary(vocabulary, tmp_path):
    other = train_vocabulary({"en": sentences("en", 100)}, VocabularyConfig(size=150))

    def identified(vocabulary, *sides):
        path = tmp_path / "pairs.tsv"
        rows = ["\t".join((*pair, "neutral")) for pair in zip(sides[::2], sides[1::2], strict=True)]
        path.write_text("\n".join(["premise\thypothesis\tlabel", *rows]))
        table = labelled_table("pairs", location(place=str(path)), vocabulary)
        return fingerprint_items(NLI.sentences(table))

    first = identified(vocabulary, "a cat", "a dog", "one", "two")
    assert identified(other, "one", "two", "a cat", "a dog") == first
    assert identified(vocabulary, "a cat", "a dog", "one", "three") != first


def test_pairs_on_which_annotators_did_not_agree_are_passed_over(vocabulary):
    """SNLI of TFDS has -1 as their label."""
    undecided = XNLI | {"label": tf.constant(-1, tf.int64)}
    mock, _ = mocked(undecided, XNLI, undecided)
    with mock:
        table = labelled_table("pairs", location("test", "fr", "tfds:xnli:1.1.0"), vocabulary)

    assert table.strings("label") == [["contradiction"]]


def test_a_language_that_xnli_lacks_is_told(vocabulary):
    mock, _ = mocked(XNLI)
    with mock, pytest.raises(InputError, match="no 'xx' in it; there are en, fr"):
        labelled_table("pairs", location("test", "xx", "tfds:xnli:1.1.0"), vocabulary)


def test_a_language_that_tfds_lacks_is_told(vocabulary):
    place = location("test", "xx", "tfds:wikiann/xx:1.0.0")

    with pytest.raises(InputError, match=r"x.test=tfds:wikiann/xx:1.0.0: TFDS has no") as error:
        labelled_table("entities", place, vocabulary)
    assert "\n" not in str(error.value)
