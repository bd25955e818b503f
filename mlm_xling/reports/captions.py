"""Captions that explain the tables of a report."""

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
        "after an orthogonal map (Procrustes); means and maps are fitted on other sentences. "
        "'Without a model' is the better of two baselines: TF-IDF of words, numbers and "
        "punctuation, and TF-IDF of character n-grams within words."
    ),
    "lexicon": (
        "Word P@1 is the share of words whose nearest word of the other language is a translation; "
        "'without a model' is the share whose most similarly spelled word is one."
    ),
    "contextual": (
        "Aligned P@1 is the share of words, linked by an aligner, whose nearest word among all "
        "linked words of the same sentences is their link: without a map (raw), and after an "
        "orthogonal map fitted on words of other sentences. 'Without a model' is the better of two "
        "baselines: words spelled alike, and a dictionary of the links that the map is fitted on."
    ),
}
_WITHOUT_MODEL = (
    "Figures are evidence of shared meaning only if they exceed that baseline and the untrained "
    "encoder."
)
_UNTRAINED = "The untrained encoder has the same architecture and was never trained."
_LAYERS = (
    "Layers are chosen by the same measure on other items, those that means and maps are fitted "
    "on, so that no figure is the best of several. If neither high nor low is better, as for "
    "language identity, no layer is chosen."
)
TRANSFER_CAPTION = (
    "Fine-tuned on labelled data of the source language, tested on the others. Each number is the "
    "mean over the two settings of the grid that are best on source dev data, with a 95% interval "
    "from resampling test sentences, or premises with all their pairs; Δ is the mean difference to "
    "{baseline} over languages. In brackets is the paper's number, if a checkpoint is named after "
    "a row of Table 1. 'untrained': the same architecture, not pretrained, fine-tuned the same "
    "way. The other names are baselines, which learn from the same training data but need no "
    "encoder; each is explained with the metrics of its task, and the best of a column is in bold."
)
TEACHER_CAPTION = (
    " 'teacher': the encoder that was fine-tuned first and gave the others soft labels."
)
PERPLEXITY_CAPTION = (
    "On held-out text, of the same masked tokens at every step. A uniform guess scores the number "
    "of ids that a token is predicted among; only perplexities over the same ids compare."
)
PREDICTION_CAPTION = (
    "Each token of the text is hidden once, and predicted from all others of its sentence. "
    "Pseudo-perplexity, exp of the mean -log p of a token, is comparable only between models with "
    "the same tokenizer; bits per character are always comparable. Intervals resample sentences."
)
ANCHORS_CAPTION = (
    "Types are the different ids in a language's training text, without special tokens; shared "
    "types also occur in the text of another language. Shared tokens are the running tokens with "
    "such ids: the anchor points of the run."
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
