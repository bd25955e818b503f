"""Words and their subwords, against the text that the subwords spell."""

from mlm_xling.evaluation.inputs.subwords import Segmenter
from mlm_xling.tokenizer import Encoded
from mlm_xling.vocabulary import SPECIALS, UNKNOWN, Vocabulary


class Pairs(Vocabulary):
    """Subwords of two characters, the first with the mark of the space; `?` is unknown."""

    def __init__(self):
        self.numbers = {}

    def encode(self, sentences, language):
        return [[i for word in line.split() for i in self._word(word)] for line in sentences]

    def encode_spans(self, text, language):
        (ids,), end, spans = self.encode([text], language), len(text) - len(text.lstrip()), []
        for piece in (piece for word in text.split() for piece in self._pieces(word)):
            spans.append((end, end := end + len(piece)))
        return Encoded(ids, spans)

    def spell(self, ids):
        names = {number: piece for piece, number in self.numbers.items()}
        return "".join(names[i] for i in ids)

    def _word(self, word):
        return [UNKNOWN if "?" in p else self._number(p) for p in self._pieces(word)]

    def _pieces(self, word):
        return ["", *(word[i : i + 2] for i in range(0, len(word), 2))]

    def _number(self, piece):
        return self.numbers.setdefault(piece, SPECIALS + len(self.numbers))


def spelled(sentence):
    """(word, text of its subwords) of every word found."""
    vocabulary = Pairs()
    stretches = Segmenter(vocabulary, "xx")(sentence)
    assert [i for s in stretches for i in s.ids] == vocabulary.encode([sentence], "xx")[0]
    return [
        (span.word, vocabulary.spell(stretch.ids[span.start : span.stop]))
        for stretch in stretches
        for span in stretch.words
    ]


def test_words_are_runs_of_letters_in_lower_case():
    assert spelled("Le chat, (noir)!!") == [("le", "Le"), ("chat", "chat")]
    assert spelled("abcd--efgh 1234") == [("abcd", "abcd"), ("efgh", "efgh")]


def test_an_apostrophe_ends_a_word():
    assert spelled("d'objets") == [("objets", "objets")]
    assert spelled("qu''ella") == [("qu", "qu"), ("ella", "ella")]


def test_a_word_whose_edge_is_inside_a_subword_is_passed_over():
    assert spelled("abc,") == []
    assert spelled("abcd,") == [("abcd", "abcd")]


def test_what_has_an_unknown_character_is_passed_over():
    assert spelled("ab??cd efgh") == [("efgh", "efgh")]


def test_words_of_unspaced_scripts_are_those_whose_edges_are_edges_of_subwords():
    assert spelled("打开文件") == [("打开", "打开"), ("文件", "文件")]
    assert spelled("我打开文件") == []


def test_scripts_are_told_apart_within_a_stretch():
    assert [word for word, _ in spelled("word文件,AB")] == ["word", "文件"]


def test_a_word_keeps_its_marks():
    assert spelled("लड़का चाय") == [("लड़का", "लड़का"), ("चाय", "चाय")]
