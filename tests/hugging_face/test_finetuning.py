"""An imported encoder learns as ours does (tests/evaluation/finetuning/test_overfitting.py)."""

import json

import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from mlm_xling import load
from mlm_xling.config import TaskConfig
from mlm_xling.data.location import Location
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.finetuning.job import make_job
from mlm_xling.evaluation.finetuning.loop import run_grid
from mlm_xling.evaluation.finetuning.windows import Limits
from tests.evaluation.finetuning.test_overfitting import FILES, TIMES, folder
from tests.hugging_face import golden
from tests.hugging_face.folders import GOLDEN
from tests.labelled_fixtures import repeated

__all__ = ["folder"]
WIDER = {8: 64, 16: 128, 6: 32, 40: 500}
"""Dimensions of the small model of `golden.json`, and those here."""


@pytest.fixture(scope="module")
def encoder(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("hub")
    shapes = {
        name: [WIDER.get(size, size) for size in shape]
        for name, shape in GOLDEN["bert"]["shapes"].items()
        if "layer.1." not in name
    }
    drawn = golden.weights(shapes)
    for name, tensor in drawn.items():
        drawn[name] = 1 + 0 * tensor if "LayerNorm.weight" in name else tensor / 4
    save_file(drawn, place / "model.safetensors")
    sizes = {
        "vocab_size": 500,
        "hidden_size": 64,
        "intermediate_size": 128,
        "max_position_embeddings": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    (place / "config.json").write_text(json.dumps(GOLDEN["bert"]["config"] | sizes))
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # pyright: ignore[reportCallIssue]
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # pyright: ignore
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=special)
    tokenizer.train([str(folder / "a.txt")], trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))  # pyright: ignore
    tokenizer.save(str(place / "tokenizer.json"))
    return load(f"hf:{place}", overrides={"languages": ("a",)})


@pytest.mark.parametrize("task", ["ner"])
def test_two_hundred_sentences_of_the_lab_are_learnt_by_heart(folder, encoder, tmp_path, task):
    from tasks.labelled import labelled_table  # It brings TensorFlow.

    config, tokenizer, model, *_ = encoder.pretrained
    place = Location("train", "a", str(folder / FILES[task]), "")
    once = labelled_table(TASKS[task].kind, place, tokenizer)
    grid = TaskConfig("", "", "", (16,), (5e-3,), epochs=1)
    tables = {"train-a": repeated(once, TIMES[task]), "dev-a": once}
    limits = Limits(config.training.length, 2, tokenizer.special)
    job = make_job(TASKS[task], grid, tables, ("a",), limits, buckets=1, seed=0)
    said = []

    (outcome,) = run_grid(job, model, config.model, 1.0, tmp_path / "run", said.append)

    assert len(once) == 200
    assert outcome.dev_score(job.task.selection) == 1.0, said
