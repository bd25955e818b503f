"""Captions that explain the measurements in a report's overview."""

from collections.abc import Iterable

from mlm_xling.results import RANDOM, Result

_OF_EVALUATOR = {
    "cka": (
        "CKA compares mean-pooled translations; it is biased upward when there are few sentences "
        "for the width, so read it beside the debiased estimate and permuted pairs."
    ),
    "retrieval": (
        "P@1 is the share of sentences whose nearest neighbour is the translation, the mean of "
        "both directions: by cosine (raw), after removing each language's mean (centred), and "
        "after an orthogonal map (Procrustes); means and maps come from other sentences than those "
        "measured. 'Without a model': the better of what the words, numbers and signs that "
        "translations share find (TF-IDF), and what pieces of words do that are spelled alike."
    ),
    "lexicon": (
        "Word P@1 is the share of words whose nearest word of the other language is a translation; "
        "'without a model': that is spelled more like it than any other word."
    ),
    "contextual": (
        "Aligned P@1 is the share of words, linked by an aligner, whose nearest word among all "
        "linked words of the same sentences is their link: as the encoder has them (raw), and "
        "after an orthogonal map from the words of other sentences. 'Without a model': the better "
        "of what is found as it is written, and by a dictionary of the links that fit the map."
    ),
}
_WITHOUT_MODEL = (
    "What an encoder finds says something about meaning only as far as it goes beyond that and the "
    "untrained encoder."
)
_UNTRAINED = "The untrained encoder has the same architecture and was never trained."
_LAYERS = (
    "Layers are chosen by the same measure on other items, those that means and maps come from, so "
    "that no figure is the best of several; where neither end is better, as of language identity, "
    "no layer is chosen."
)


def overview_caption(results: Iterable[Result]) -> str:
    """Returns the explanation of the measurements in an overview by layer."""
    results = list(results)
    layered = {result.evaluator for result in results if result.layer is not None}
    said = [text for name, text in _OF_EVALUATOR.items() if name in layered]
    if layered & set(_OF_EVALUATOR) - {"cka"}:
        said.append(_WITHOUT_MODEL)
    if any(result.model == RANDOM for result in results):
        said.append(_UNTRAINED)
    return " ".join([*said, _LAYERS])
