"""Whether a linear classifier can tell which of two languages a sentence is in.

It measures how much of a representation is language rather than content. `language_identity` is the
accuracy of a logistic regression on mean-pooled parallel sentences, `_permuted` with random labels,
i.e. the accuracy to expect of a space without language information. Chance is one half.
Translations of each other are in the same fold of the cross-validation, so content cannot help.

There is none of centred vectors: after exact centring no linear classifier is better than chance,
whatever the encoder, and with estimated means what remains is their sampling error.

Neither end is better, so no layer is selected. Intervals resample pairs, since answers on a
sentence and on its translation are not independent. It applies within one encoder only: between
two, any classifier can tell which one it reads.
"""

import numpy as np
from jaxtyping import Bool, Float, Int

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.evaluation.measures.intervals import clustered_interval
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import Result

FOLDS = 5
Rows = Float[np.ndarray, "sentence embed"]


def evaluate_language_identity(subject: Subject) -> list[Result]:
    """Computes accuracy at every layer, with true and with permuted labels."""
    if not subject.together:
        return []
    rows, results = subject.inputs[parallel_rows], []
    for target in rows.targets:
        for pairs in subject.layer_pairs(rows, target):
            spaces = {
                "": told_apart(pairs.x, pairs.y),
                "_permuted": told_apart(pairs.x, pairs.y, np.random.default_rng(subject.seed)),
            }
            for suffix, hits in spaces.items():
                results.append(
                    subject.on_rows(
                        "language_identity",
                        f"language_identity{suffix}",
                        rows,
                        target,
                        pairs.layer,
                        hits.mean(),
                        clustered_interval(hits, pair_numbers(pairs.x), subject.seed),
                    )
                )
    return results


def told_apart(
    x: Rows, y: Rows, permuted: np.random.Generator | None = None
) -> Bool[np.ndarray, " sentences_of_both"]:
    """Returns for each sentence of both languages whether the other folds' classifier is right.

    Args:
      x: sentences of one language; `y` has their translations.
      permuted: if given, swaps the labels of random pairs.
    """
    # Importing it takes as long as importing JAX, and most programs do not need it.
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    vectors = np.concatenate([x, y]).astype(np.float64)
    labels = np.repeat([0, 1], [len(x), len(y)])
    if permuted is not None:
        # Within pairs, so that every fold has as many of each as without.
        swapped = permuted.random(len(x)) < 0.5
        labels = np.concatenate([swapped, ~swapped]).astype(labels.dtype)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
    folds = GroupKFold(min(FOLDS, len(x)))
    return cross_val_predict(probe, vectors, labels, groups=pair_numbers(x), cv=folds) == labels


def pair_numbers(x: Rows) -> Int[np.ndarray, " sentences_of_both"]:
    """Returns the index of each sentence's pair, with one language before the other."""
    return np.tile(np.arange(len(x)), 2)


def warn_of_two_encoders(inputs: Inputs) -> None:
    """Warns that nothing will be measured between two encoders."""
    if not inputs.together:
        inputs.warn("language_identity: tells languages of one encoder apart; of two, nothing is")


EVALUATOR = Evaluator(
    "language_identity",
    evaluate_language_identity,
    {
        "language_identity": Metric("Language told", percent=True, ranked=False, curve="language"),
        "language_identity_permuted": Metric(
            "Language told, labels permuted", percent=True, baseline=True
        ),
    },
    needs=(parallel_rows, warn_of_unknown_tokens),
    checks=(parallel_rows, warn_of_two_encoders),
)
