"""Exported folders in `transformers` itself, where it is installed.

pip install -r requirements-transformers.txt
python -m pytest tests/hugging_face/test_export_in_transformers.py
"""

import numpy as np
import pytest

from mlm_xling.data.text import normal
from mlm_xling.hugging_face.export import write_folders
from tests.data_fixtures import LANGUAGES
from tests.hugging_face import golden
from tests.hugging_face.test_export import SAMPLES, VARIANTS, outputs, pretrained

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module", params=VARIANTS)
def loaded(request, tmp_path_factory):
    """An encoder, the language of the folder, and what `transformers` makes of it."""
    model, folder = pretrained(request.param), tmp_path_factory.mktemp("out") / "encoder"
    write_folders(model, folder, lambda languages, name: "")
    folder = folder / LANGUAGES[1] if (folder / LANGUAGES[1]).is_dir() else folder
    theirs = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    return model, theirs, transformers.AutoTokenizer.from_pretrained(folder)


def test_states_and_scores_are_equal(loaded):
    model, theirs, tokenizer = loaded
    language = LANGUAGES[1]
    own = model.vocabulary.ids_of(language) if model.encoder.own_ids else range(len(tokenizer))
    own = np.array(own)
    ids, states, scores = outputs(model, language, own)
    inputs = tokenizer([SAMPLES[language][0], "ba"], return_tensors="pt", padding=True)
    if named := getattr(theirs.config, "lang2id", None):
        inputs["langs"] = inputs["input_ids"] * 0 + named[language]

    with torch.no_grad():
        found = theirs(**inputs, output_hidden_states=True)

    assert list(inputs["input_ids"][0]) == ids
    hidden = np.stack([layer[0].numpy() for layer in found.hidden_states])
    np.testing.assert_allclose(hidden, np.asarray(states)[:, 0, 0], atol=1e-4)
    np.testing.assert_allclose(found.logits[0].numpy()[:, own], scores, atol=1e-4)


def test_the_tokenizer_encodes_as_the_vocabulary_and_knows_its_special_tokens(loaded):
    model, _, tokenizer = loaded
    language, special = LANGUAGES[1], model.vocabulary.special
    lines = [*SAMPLES[language][:100], *(line for line in golden.LINES if "</s>" not in line)]

    found = tokenizer(lines)

    expected = model.vocabulary.encode(list(map(normal, lines)), language)
    assert [ids[1:-1] for ids in found["input_ids"]] == expected
    assert set(found) == {"input_ids", "attention_mask"}
    assert tokenizer.mask_token_id == special.mask
    assert tokenizer.model_max_length == model.config.training.length
    assert set(tokenizer.all_special_ids) <= special.ids
    assert len(tokenizer) == model.vocabulary.size


def test_what_is_saved_again_is_the_same(loaded, tmp_path):
    _, theirs, tokenizer = loaded
    theirs.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)

    again = transformers.AutoTokenizer.from_pretrained(tmp_path)

    assert again(SAMPLES["fr"][:20])["input_ids"] == tokenizer(SAMPLES["fr"][:20])["input_ids"]
