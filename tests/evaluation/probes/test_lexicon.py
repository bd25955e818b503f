"""Dictionary induction where the dictionary is known, and the files of vectors."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import ortho_group

from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import EVALUATORS, METRICS
from mlm_xling.evaluation.inputs.division import Dictionary
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.translations import read_dictionary, translations
from mlm_xling.evaluation.measures.induction import Questions, ranks
from mlm_xling.evaluation.measures.procrustes import unit
from mlm_xling.evaluation.probes.lexicon import evaluate_lexicon
from mlm_xling.evaluation.representations.fasttext import read_vectors
from mlm_xling.evaluation.representations.word_types import WordTable, WordVectors
from mlm_xling.evaluation.subject import FrozenEncoder, Subject
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.reports.selection import CURVES

WORDS, WIDTH = 300, 24
NOTHING: Any = None


class Known(FrozenEncoder):
    """An encoder whose words have the given vectors, static ones and those of layers."""

    def __init__(self, layers=None, **tables: WordTable):
        super().__init__(Pretrained(Config(), NOTHING, NOTHING, 0, None))
        self.tables, self.layers = tables, layers or {}

    def words(self, language, config):
        return WordVectors(self.tables[language], self.layers.get(language, ()))


@pytest.fixture
def planted():
    """Target vectors are the source's, rotated, shifted and shuffled; x7 means y7."""
    random = np.random.default_rng(0)
    source = random.normal(size=(WORDS, WIDTH)).astype(np.float32) + 1
    target = 3 * source @ ortho_group.rvs(WIDTH, random_state=0).astype(np.float32)
    order = random.permutation(WORDS)
    x = WordTable(tuple(f"x{i}" for i in range(WORDS)), source)
    y = WordTable(tuple(f"y{i}" for i in order), target[order])
    translations = {f"x{i}": (f"y{i}",) for i in range(WORDS)}
    names = list(translations)
    dictionary = Dictionary(
        train={name: translations[name] for name in names[:200]},
        test={name: translations[name] for name in names[200:]},
    )
    return x, y, dictionary


def measure(x, y, dictionary, together=False):
    """Results for English words `x` and French words `y`, of one encoder or of two."""
    source = Known(en=x, fr=y)
    target = source if together else Known(fr=y)
    given = {translations: {"fr": dictionary}}
    inputs = Inputs(source.pretrained, target.pretrained, given)
    return evaluate_lexicon(Subject(source, target, inputs))


def without(table, *words):
    """A table that lacks some words."""
    rows = [row for row, word in enumerate(table.words) if word not in words]
    return WordTable(tuple(table.words[row] for row in rows), table.vectors[rows])


def figures(*asked, **options):
    return {result.metric: (result.value, result.n) for result in measure(*asked, **options)}


def test_a_planted_dictionary_is_found_completely(planted):
    found = figures(*planted)

    for metric in ("word_p@1", "word_p@5", "word_mrr@10"):
        assert found[metric] == (1.0, 100)
    assert found["word_coverage"] == (1.0, 100)


def test_without_a_map_a_rotated_space_says_nothing(planted):
    assert figures(*planted, together=True)["word_p@1_raw"][0] < 0.1


def test_one_right_answer_of_several_is_enough(planted):
    x, y, dictionary = planted
    several = {word: ("y0", *right, "absent") for word, right in dictionary.test.items()}

    assert figures(x, y, Dictionary(dictionary.train, several))["word_p@1"] == (1.0, 100)


def test_words_without_a_vector_lower_the_coverage_and_are_not_asked(planted):
    x, y, dictionary = planted
    test = dictionary.test | {"unheard": ("y1",), "x1": ("unheard",)}

    found = figures(x, y, Dictionary(dictionary.train, test))

    assert found["word_coverage"] == (pytest.approx(100 / 102), 102)
    assert found["word_p@1"] == (1.0, 100)


def test_words_spelled_alike_are_counted_and_scored_apart(planted):
    x, y, dictionary = planted
    alike = WordTable(tuple(word.replace("x29", "y29") for word in x.words), x.vectors)
    renamed = {word.replace("x29", "y29"): right for word, right in dictionary.test.items()}

    found = figures(alike, y, Dictionary(dictionary.train, renamed))

    assert found["word_same_spelling"] == (0.1, 100)
    assert found["word_p@1_other"] == (1.0, 90)
    assert found["word_p@1_alike"] == (1.0, 10)


def test_the_headline_is_of_words_spelled_differently():
    first, *_ = EVALUATORS["lexicon"].metrics

    assert first == "word_p@1_other"
    assert CURVES["word P@1"] == ("word_p@1_other",)
    assert METRICS["word_p@1_alike"].baseline


def test_every_table_is_asked_and_searched_for_the_words_that_all_have(planted, tmp_path):
    x, y, dictionary = planted
    words = list(dictionary.test)
    layers = {
        "en": (without(x, *words[:10]), x),
        "fr": (without(y, f"y{words[20][1:]}"), without(y, "y0")),
    }
    (tmp_path / "en.vec").write_text(lines_of(without(x, *words[10:15])))
    (tmp_path / "fr.vec").write_text(lines_of(y))
    encoder = Known(layers, en=x, fr=y)
    encoder.pretrained.config.data.vectors = str(tmp_path)
    inputs = Inputs(encoder.pretrained, encoder.pretrained, {translations: {"fr": dictionary}})

    results = evaluate_lexicon(Subject(encoder, encoder, inputs, workdir=tmp_path))

    scores = [r for r in results if r.metric not in ("word_coverage", "word_same_spelling")]
    assert {(r.model, r.layer) for r in scores} == {
        ("trained", None), ("trained", 0), ("trained", 1), ("vectors", None)
    }  # fmt: skip
    assert {r.n for r in scores} == {100 - 10 - 5 - 1}
    assert len({r.items for r in scores}) == 1
    coverage = {(r.model, r.layer): r.value for r in results if r.metric == "word_coverage"}
    assert coverage == {
        ("trained", None): 1, ("trained", 0): 0.89, ("trained", 1): 1, ("vectors", None): 0.95
    }  # fmt: skip
    asked = read_dictionary(tmp_path / "lexicon.en-fr.tsv").pairs
    assert asked == {
        word: dictionary.test[word] for word in words if word not in {*words[:15], words[20]}
    }


def test_the_untrained_encoder_is_asked_the_words_that_supplied_vectors_leave(planted, tmp_path):
    x, y, dictionary = planted
    (tmp_path / "en.vec").write_text(lines_of(without(x, next(iter(dictionary.test)))))
    (tmp_path / "fr.vec").write_text(lines_of(y))
    encoder = Known(en=x, fr=y)
    encoder.pretrained.config.data.vectors = str(tmp_path)
    inputs = Inputs(encoder.pretrained, encoder.pretrained, {translations: {"fr": dictionary}})

    results = evaluate_lexicon(Subject(encoder, encoder, inputs, model="random"))

    assert {r.model for r in results} == {"random"}
    assert {r.n for r in results if r.metric == "word_p@1"} == {99}


def test_without_static_embeddings_words_of_several_subwords_are_asked(planted):
    x, y, dictionary = planted
    encoder = Known({"en": (x,), "fr": (y,)}, en=without(x, *list(dictionary.test)[:60]), fr=y)
    subject = Subject(
        encoder,
        encoder,
        Inputs(encoder.pretrained, encoder.pretrained, {translations: {"fr": dictionary}}),
    )

    def asked():
        return {r.n for r in evaluate_lexicon(subject) if r.metric == "word_p@1"}

    assert asked() == {40}
    encoder.pretrained.config.evaluation.lexicon.static = False
    assert asked() == {100}


def test_a_table_without_any_of_the_words_hinders_no_other(planted):
    x, y, dictionary = planted
    nothing = without(x, *dictionary.test)
    encoder = Known({"en": (x,), "fr": (y,)}, en=nothing, fr=y)
    inputs = Inputs(encoder.pretrained, encoder.pretrained, {translations: {"fr": dictionary}})

    results = evaluate_lexicon(Subject(encoder, encoder, inputs))

    assert {(r.layer, r.n) for r in results if r.metric == "word_p@1"} == {(0, 100)}


def lines_of(table):
    rows = zip(table.words, table.vectors.tolist(), strict=True)
    lines = [f"{word} {' '.join(map(str, values))}\n" for word, values in rows]
    return f"{len(lines)} {table.vectors.shape[1]}\n{''.join(lines)}"


def test_without_anything_to_ask_only_the_coverage_is_told(planted):
    x, y, dictionary = planted

    assert figures(x, y, Dictionary(dictionary.train, {"no": ("none",)})) == {
        "word_coverage": (0.0, 1)
    }
    assert set(figures(x, y, Dictionary({}, dictionary.test))) == {
        "word_coverage",
        "word_same_spelling",
    }


def test_intervals_lie_around_the_scores(planted):
    x, y, dictionary = planted
    noise = 3 * np.random.default_rng(1).normal(size=(WORDS, WIDTH)).astype(np.float32)
    noisy = WordTable(y.words, y.vectors + noise)

    found = measure(x, noisy, dictionary, together=True)
    intervals = [
        (r.low, r.value, r.high) for r in found if r.low is not None and r.high is not None
    ]

    assert {result.metric for result in found if result.low is not None} == {
        f"word_{score}{space}"
        for score in ("p@1", "p@1_other", "p@5", "mrr@10")  # none is spelled alike
        for space in ("", "_raw")
    }
    assert all(0 <= low <= value <= high <= 1 for low, value, high in intervals)
    assert any(low < value < high for low, value, high in intervals)


def looped_rank(sources, targets, word, answers, k=10):
    def near(row, others):
        return np.mean(sorted(others @ row)[-k:])

    scores = [
        2 * target @ sources[word] - near(sources[word], targets) - near(target, sources)
        for target in targets
    ]
    order = sorted(range(len(targets)), key=lambda row: -scores[row])
    place = min(order.index(row) for row in answers) + 1
    return place if place <= 10 else np.inf


def test_ranks_equal_a_loop_over_the_definition():
    random = np.random.default_rng(0)
    sources = unit(random.normal(size=(40, 5)))
    targets = unit(sources[:30] + 0.4 * random.normal(size=(30, 5)))
    questions = Questions([0, 3, 8, 35], [{0}, {3, 9}, {8}, {1}])

    expected = [looped_rank(sources, targets, *pair) for pair in zip(*questions, strict=True)]

    assert ranks(sources, targets, questions).tolist() == expected


@pytest.fixture
def vectors(tmp_path):
    def write(text):
        (tmp_path / "en.vec").write_text(text)
        return tmp_path / "en.vec"

    return write


def test_vectors_are_read_in_fasttexts_format(vectors):
    table = read_vectors(vectors("4 2\nThe 1 2\nthe 3 4\nnew york 5 6 \nlast 7 8\n"), limit=2)

    assert table.words == ("the", "new york")
    np.testing.assert_array_equal(table.vectors, [[1, 2], [5, 6]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("the 1 2\n", r"en.vec:1: the first line"),
        ("2 2\nthe 1 2\ncat 1\n", r"en.vec:3: not a word and 2 numbers"),
        ("1 2\nthe 1 x\n", r"en.vec:2: not a number"),
        ("0 2\n", r"en.vec: no vectors"),
    ],
)
def test_damaged_vectors_are_refused(vectors, text, message):
    with pytest.raises(InputError, match=message):
        read_vectors(vectors(text), limit=10)


def test_missing_vectors_are_named(tmp_path):
    with pytest.raises(InputError, match=r"config.data.vectors: .*en.vec: No such file"):
        read_vectors(tmp_path / "en.vec", limit=10)
