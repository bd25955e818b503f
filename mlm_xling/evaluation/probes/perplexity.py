"""How well a masked language model predicts a text, masking one token at a time.

`pseudo_perplexity` is exp of the mean -log p of a token (Salazar et al., 2020), so it is only
comparable between models with the same tokenizer; `bits_per_character` divides the same sum by the
number of characters, and is comparable between any. Lines with a token unknown to the tokenizer are
skipped, since unknown tokens are easy to predict.
"""

import math
import sys
from collections.abc import Callable

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.text_to_predict import models_that_predict, text_to_predict
from mlm_xling.evaluation.measures.ratio import Ratio, bootstrap_interval, ratio
from mlm_xling.evaluation.representations.predictions import token_nats
from mlm_xling.evaluation.subject import Subject
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.results import TRAINED, Result


def evaluate_perplexity(subject: Subject) -> list[Result]:
    """Computes both for every language of the source model, and for others of the target."""
    text, results = subject.inputs[text_to_predict], []
    for language, lines in text.items():
        known = language in subject.source.languages
        model = (subject.source if known else subject.target).pretrained
        results += _of_language(subject, model, language, lines)
    return results


def _of_language(
    subject: Subject, model: Pretrained, language: str, lines: list[str]
) -> list[Result]:
    encoded = model.vocabulary.encode(lines, language)
    unknown = model.vocabulary.special.unknown
    kept = [i for i, ids in enumerate(encoded) if ids and unknown not in ids]
    if len(kept) < len(lines) and subject.model == TRAINED:
        print(
            f"{language}: {len(lines) - len(kept)} of {len(lines)} lines have a token that is "
            "unknown, or none, and are left out",
            file=sys.stderr,
        )
    if not kept:
        return []
    nats = [float(one.sum()) for one in token_nats(model, language, [encoded[i] for i in kept])]
    kept_lines = [lines[i] for i in kept]
    a_token = ratio(list(zip(nats, (len(encoded[i]) for i in kept), strict=True)))
    a_character = ratio(list(zip(nats, map(len, kept_lines), strict=True)))
    return [
        _result(subject, metric, language, kept_lines, measured, shown)
        for metric, measured, shown in (
            ("pseudo_perplexity", a_token, _exp),
            ("bits_per_character", a_character, _bits),
        )
    ]


def _exp(nats: float) -> float:
    return math.exp(min(nats, 700.0))


def _bits(nats: float) -> float:
    return nats / math.log(2)


def _result(
    subject: Subject,
    metric: str,
    language: str,
    lines: list[str],
    nats: Ratio,
    shown: Callable[[float], float],
) -> Result:
    low, high = bootstrap_interval([nats], subject.seed)
    return subject.result(
        "perplexity",
        metric,
        (language, language),
        None,
        shown(nats.value),
        (shown(low), shown(high)),
        n=len(lines),
        seen=None,
        items=lines,
    )


EVALUATOR = Evaluator(
    "perplexity",
    evaluate_perplexity,
    {
        "pseudo_perplexity": Metric("pseudo-perplexity", ranked=False, curve="pseudo-perplexity"),
        "bits_per_character": Metric("bits per character", ranked=False, curve="bits/character"),
    },
    needs=(models_that_predict, text_to_predict),
    checks=(text_to_predict,),
    reads_parameters=True,
)
