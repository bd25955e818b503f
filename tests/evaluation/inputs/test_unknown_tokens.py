"""Sentences in characters that the vocabulary lacks are warned of."""

from typing import Any

from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, parallel_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.model.pretrained import Pretrained

NO_ENCODER: Any = None


def warnings(config, prepared, english, french):
    model = Pretrained(config, prepared.vocabulary(), NO_ENCODER, 3, None)
    rows = ParallelRows({"en": english, "fr": french}, {"en": [], "fr": []})
    inputs = Inputs(model, model, {parallel_rows: rows})
    inputs[warn_of_unknown_tokens]
    return inputs.warnings


def test_text_in_other_characters_is_warned_of_by_its_share(prepared_config, prepared):
    known, foreign = "ba de ki lo mu", "\u5c71\u5ddd \u8349\u6728"
    english = [known] * 30

    assert warnings(prepared_config, prepared, english, ["b\xe9 da"] * 30) == []
    assert warnings(prepared_config, prepared, english, ["b\xe9 da"] * 29 + [foreign]) == []
    (warning,) = warnings(prepared_config, prepared, english, [foreign] * 30)
    assert warning.startswith("parallel sentences of 'fr': ")
    assert "% of the tokens are unknown to the vocabulary of the model" in warning
