"""Parallel sentences with linked words: from files, from an aligner, from parallel rows."""

import builtins
import copy
import random
from pathlib import Path
from typing import Any

import pytest

from mlm_xling.data.parallel import all_rows, read_parallel
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs import aligned_words as module
from mlm_xling.evaluation.inputs.aligned_words import aligned_words
from mlm_xling.evaluation.inputs.bitext import aligned_links, read_bitext, with_eflomal
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.word_order import reordered
from mlm_xling.words import split_words

NOTHING: Any = None
PAIR = "en", "fr"


def diagonal(source, target):
    """An aligner that links words of equal number."""
    lengths = [min(len(x), len(y)) for x, y in zip(source, target, strict=True)]
    links = [frozenset((i, i) for i in range(length)) for length in lengths]
    return list(zip(links, links, strict=True))


@pytest.fixture
def files(tmp_path):
    (tmp_path / "bitext").write_text("a b ||| x y z\nc ||| v\nd e ||| w\n")
    (tmp_path / "links").write_text("0-1 1-0 1-2\n0-0\n\n")
    return tmp_path / "bitext", tmp_path / "links"


def test_links_of_a_file_are_reduced_to_one_to_one(files):
    bitext = read_bitext(*files, aligner=diagonal, limit=2, languages=PAIR)

    assert [text.words for text in bitext.source] == [["a", "b"], ["c"]]
    assert [text.text for text in bitext.target] == ["x y z", "v"]
    assert bitext.links == [[(0, 1)], [(0, 0)]]


@pytest.mark.parametrize("space", "\u00a0\u202f\u3000")
def test_links_of_words_at_a_space_that_not_all_aligners_cut_are_refused(files, space):
    files[0].write_text(f"a b ||| x y z\nc ||| v\nd e ||| w{space}!\n")

    with pytest.raises(InputError, match=rf"bitext:3: has the space U\+{ord(space):04X}, and"):
        read_bitext(*files, aligner=diagonal, limit=9, languages=PAIR)
    bitext = read_bitext(files[0], None, diagonal, limit=9, languages=PAIR)
    assert bitext.target[2].words == ["w", "!"]


def test_without_a_file_of_links_the_aligner_is_asked(files):
    assert read_bitext(files[0], None, diagonal, limit=9, languages=PAIR).links == [
        [(0, 0), (1, 1)],
        [(0, 0)],
        [(0, 0)],
    ]


def test_a_pair_with_a_sentence_of_an_earlier_one_is_passed_over(files):
    files[0].write_text("a b ||| x y\na b ||| v\nc ||| x y\nd ||| w\nd ||| w\ne ||| u\n")
    files[1].write_text("0-0\n0-0\n0-0\n0-0\n0-0\n\n")

    bitext = read_bitext(*files, aligner=diagonal, limit=3, languages=PAIR)

    assert [text.words for text in bitext.source] == [["a", "b"], ["d"], ["e"]]
    assert bitext.links == [[(0, 0)], [(0, 0)], []]


def test_words_stand_in_the_order_of_their_language_with_the_links_they_had(files):
    source, target = "the black cat sleeps now", "le chat noir dort maintenant"
    files[0].write_text(f"{source} ||| {target}\n")
    files[1].write_text("1-2 2-1 3-3\n")
    languages = "en:reverse", "fr:permute:reverse"

    bitext = read_bitext(*files, aligner=diagonal, limit=1, languages=languages)

    (x,), (y,), (links,) = bitext.source, bitext.target, bitext.links
    assert x.text == "now sleeps cat black the"
    assert y.text == reordered(target, "fr:permute:reverse") != target
    linked = {(x.words[i], y.words[j]) for i, j in links}
    assert linked == {("black", "noir"), ("cat", "chat"), ("sleeps", "dort")}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bitext", "a b x y\n", r"bitext:1: not `source words \|\|\| target words`"),
        ("bitext", "", r"bitext: no pairs"),
        ("links", "0-1\n", r"links: 1 lines for the 3 pairs of .*bitext"),
        ("links", "0-1\n0-1\n\n", r"links:2: link 0-1, but the pair has 1 and 1 words"),
        ("links", "0-1\nx\n\n", r"links:2: 'x' is not a link"),
    ],
)
def test_files_that_do_not_fit_are_refused(files, name, text, message):
    (files[0].parent / name).write_text(text)

    with pytest.raises(InputError, match=message):
        read_bitext(*files, aligner=diagonal, limit=9, languages=PAIR)


def test_eflomal_finds_a_word_for_word_translation():
    pytest.importorskip("eflomal", reason="eflomal is compiled on installation, so it is optional")
    words = ["red", "green", "blue", "cat", "dog", "house", "tree", "sun", "moon", "star"]
    rng = random.Random(0)
    source = [rng.sample(words, 4) for _ in range(300)]
    target = [[word.upper()[::-1] for word in reversed(row)] for row in source]

    links = aligned_links(source, target, with_eflomal)

    rows = zip(source, target, links, strict=True)
    found = {(s[i], t[j]) for s, t, row in rows for i, j in row}
    right = sum(x.upper()[::-1] == y for x, y in found)
    assert right / len(found) > 0.8
    assert right == 10


def test_a_missing_aligner_is_told_with_the_way_around(monkeypatch):
    real = builtins.__import__

    def without(name, *args):
        if name == "eflomal":
            raise ImportError
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(InputError, match="pip install eflomal"):
        with_eflomal([["a"]], [["b"]])


@pytest.fixture
def model(prepared_config):
    config = copy.deepcopy(prepared_config)
    config.model.width = 4
    return Pretrained(config, NOTHING, NOTHING, 0, None)


def test_a_target_without_a_column_is_warned_of(model, monkeypatch):
    monkeypatch.setattr(module, "with_eflomal", diagonal)
    model.config.languages = ("en", "fr", "de")
    inputs = Inputs(model, model)

    assert list(aligned_words(inputs)) == ["fr"]
    assert any("no column 'de'; nothing is measured" in line for line in inputs.warnings)


def test_rows_beyond_those_that_are_tested_on_are_aligned(model, monkeypatch):
    monkeypatch.setattr(module, "with_eflomal", diagonal)
    rows = all_rows(read_parallel(Path(model.config.data.parallel)), 10**6)

    (bitext,) = aligned_words(Inputs(model, model)).values()

    assert [text.text for text in bitext.source] == rows["en"][12:]
    assert [text.words for text in bitext.source] == [
        split_words(line, "en") for line in rows["en"][12:]
    ]
    assert len(bitext.links) == len(rows["en"]) - 12


def test_a_tenth_of_the_pairs_tests_the_map_and_pretraining_saw_none_of_it(
    model, prepared, monkeypatch
):
    monkeypatch.setattr(module, "with_eflomal", diagonal)
    model = model._replace(data_dir=prepared.directory)
    inputs = Inputs(model, model)

    (bitext,) = aligned_words(inputs).values()

    assert [i for i, tested in enumerate(bitext.tested) if tested] == [0, 10, 20]
    assert bitext.seen_fraction(tested=True) == 0
    assert bitext.seen_fraction(tested=False) == pytest.approx(18 / 25)  # 7 fit other maps
    assert inputs.warnings == []


def see(monkeypatch, *numbers):
    """Makes the English sentences of these pairs seen ones."""
    monkeypatch.setattr(module, "with_eflomal", diagonal)
    monkeypatch.setattr(
        module,
        "seen_sentences",
        lambda _, columns: {
            name: [name == "en" and i in numbers for i in range(len(lines))]
            for name, lines in columns.items()
        },
    )


def test_seen_pairs_fit_the_map_where_enough_others_test_it(model, monkeypatch):
    see(monkeypatch, 5, 10)
    inputs = Inputs(model, model)

    (bitext,) = aligned_words(inputs).values()

    assert [i for i, tested in enumerate(bitext.tested) if tested] == [0, 20]
    assert bitext.seen_fraction(tested=True) == 0
    assert inputs.warnings == []


def test_a_test_that_pretraining_saw_is_told(model, monkeypatch):
    see(monkeypatch, 0, 10)
    inputs = Inputs(model, model)

    (bitext,) = aligned_words(inputs).values()

    assert bitext.seen_fraction(tested=True) == pytest.approx(2 / 3)
    assert "pretraining saw 2 of the 3 pairs that test" in inputs.warnings[0]


def test_too_few_rows_are_refused(model, monkeypatch):
    monkeypatch.setattr(module, "with_eflomal", diagonal)
    model.config.evaluation.contextual.pairs = 5

    with pytest.raises(InputError, match="5 aligned sentences, too few"):
        aligned_words(Inputs(model, model))


def test_a_bitext_serves_one_pair_of_languages_only(model):
    model.config.languages = ("en", "fr", "de")
    model.config.evaluation.contextual.bitext = "bitext"

    with pytest.raises(InputError, match="aligns one pair, but the models have en, fr, de"):
        aligned_words(Inputs(model, model))


def nothing(*_):
    return frozenset()


def but_those_tested(number, words):
    return nothing() if number % 10 == 0 else frozenset((i, i) for i in range(len(words)))


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (nothing, "0 linked words in the 25 sentences that fit maps, too few; at least 20"),
        (but_those_tested, "0 linked words in the 3 sentences that test maps, too few"),
    ],
)
def test_too_few_linked_words_are_refused(model, monkeypatch, link, said):
    monkeypatch.setattr(
        module,
        "with_eflomal",
        lambda x, _: [(links, links) for links in (link(i, words) for i, words in enumerate(x))],
    )

    with pytest.raises(InputError, match=said):
        aligned_words(Inputs(model, model))


def test_few_words_for_the_width_are_told(model, monkeypatch):
    monkeypatch.setattr(module, "with_eflomal", diagonal)
    model.config.model.width = 500
    inputs = Inputs(model, model)

    aligned_words(inputs)

    assert "less than 2 x the width 500" in inputs.warnings[-1]
    assert "raise config.evaluation.contextual.pairs" in inputs.warnings[-1]
