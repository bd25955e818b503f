"""Words that are shown: which they are, and what was found for them."""

import numpy as np
import pytest

from mlm_xling.evaluation.inputs.division import Dictionary
from mlm_xling.evaluation.probes.lexicon import evaluate_lexicon
from mlm_xling.evaluation.subject import Subject
from tests.evaluation.probes.known_words import Known, planted

__all__ = ["planted"]


def examples(*asked, **options):
    """What is shown of a measurement, see `measure`."""
    x, y, dictionary = asked
    encoder = Known(en=(x, x), fr=(y, y))
    subject = Subject(encoder, encoder, encoder.inputs(dictionary), **options)
    results = evaluate_lexicon(subject)
    (found,) = subject.examples
    assert found.result in results
    return found


def test_words_are_shown_evenly_over_their_frequency_with_what_was_found(planted):
    found = examples(*planted)

    names = [word for word in planted[0].words if word in planted[2].test]
    shown = [lookup.text for lookup in found.chosen]
    assert (shown[0], shown[-1], len(shown)) == (names[0], names[-1], 20)
    for lookup in found.chosen:
        assert lookup.found[0].text == lookup.text.replace("x", "y")
        assert lookup.found[0] == lookup.answers[0]
        assert lookup.found[0].cosine == pytest.approx(1)
    assert found.mistakes == ()


def test_translations_meet_in_the_plane_after_the_map_and_not_before(planted):
    found = examples(*planted)

    assert len(found.pairs) == 100
    assert all(word.replace("x", "y") == other for word, other in found.pairs)
    distances = {
        plane.mapped: np.linalg.norm(np.subtract(plane.source, plane.target), axis=1).max()
        for plane in found.planes
    }
    assert distances[True] < 1e-3 < 0.5 < distances[False]


def test_of_a_wrong_dictionary_the_mistakes_are_shown(planted):
    x, y, dictionary = planted
    wrong = Dictionary(dictionary.train, dict.fromkeys(dictionary.test, ("y0",)))

    found = examples(x, y, wrong)

    assert len(found.mistakes) == 10
    for mistake in found.mistakes:
        assert mistake.found[0].text == mistake.text.replace("x", "y")
        assert mistake.found[0].cosine == pytest.approx(1)
        assert [answer.text for answer in mistake.answers] == ["y0"]


def test_of_an_untrained_encoder_only_the_plane_is_kept_and_while_it_trains_nothing(planted):
    untrained = examples(*planted, model="random")

    assert untrained.planes
    assert untrained.chosen == untrained.mistakes == ()
    with pytest.raises(ValueError, match="not enough values"):
        examples(*planted, brief=True)
