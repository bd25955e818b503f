"""Linked words, found without a model."""

from mlm_xling.evaluation.measures.word_lookup import found_by_lookup, most_often_linked


def test_a_word_is_looked_up_as_what_it_is_most_often_linked_to():
    words = ["cat", "Cat", "cat", "dog", "dog"]
    others = ["chat", "chat", "minou", "toutou", "chien"]

    assert most_often_linked(words, others) == {"cat": "chat", "dog": "toutou"}


def test_of_several_candidates_that_are_written_alike_none_is_found():
    words, others = ["cat", "dog", "dog", "Linux"], ["chat", "chien", "Chien", "linux"]

    found = found_by_lookup(words, others, {"cat": "chat", "dog": "chien"})

    assert found.tolist() == [True, False, False, True]


def test_without_a_dictionary_words_are_found_as_they_are_written():
    assert found_by_lookup(["cat", "Linux"], ["chat", "linux"], {}).tolist() == [False, True]
