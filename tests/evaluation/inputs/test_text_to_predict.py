"""The text whose tokens are predicted."""

import copy
from typing import Any

from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.text_to_predict import text_to_predict
from mlm_xling.model.pretrained import Pretrained

NO_ENCODER: Any = None


def test_languages_of_one_text_need_one_file_and_read_it_in_their_own_order(
    prepared_config, prepared, tmp_path
):
    config = copy.deepcopy(prepared_config)
    config.languages = ("en", "en:reverse", "en2")
    config.evaluation.perplexity.text = str(tmp_path / "text.txt")
    (tmp_path / "text.txt").write_text("ba de ki\n\nlo mu\n")
    model = Pretrained(config, prepared.vocabulary(), NO_ENCODER, 0, None)

    found = text_to_predict(Inputs(model, model))

    assert found["en"] == found["en2"] == ["ba de ki", "lo mu"]
    assert found["en:reverse"] == ["ki de ba", "mu lo"]
