"""What is wrong with a command line is told in one line, before anything is written."""

import shutil

import pytest

from mlm_xling.results import FILE_NAME, append_results
from tests.data_fixtures import ROOT
from tests.reports.test_page import measured
from tests.robustness.programs import content, run_here

LONG = "x" * 300
PRETRAIN = [
    # Words that belong to no flag, flags without a value, values that are no flags' ...
    (["--config.languages=en,", "fr"], "'fr' belongs to no flag"),
    (["--config.evaluation.finetuning.quick", "false"], "'false' belongs to no flag"),
    (["train"], "'train' belongs to no flag"),
    (["--", "--workdir=x"], "'--workdir=x' belongs to no flag"),
    (["--workdir"], "Missing value for flag --workdir"),
    (["--workdir", "--config.model.layers=2"], "a flag, not a path; --workdir was given no value"),
    (["--wrokdir=x"], "Unknown command line flag 'wrokdir'"),
    (["--flagfile=nowhere"], "Unable to open flagfile"),
    (["--config.modle.width=1"], "modle"),
    (["--config.model=1"], "--config.model"),
    (["--config.model=none"], "--config.model=none"),
    (["--config.languages[0]=de"], "0 is not a valid index"),
    (["--config.model.layers[0]=3"], "does not support integer indexing"),
    (["--config.model.layers.x=3"], "model.layers.x"),
    (["--config.=3"], "Could not parse ''"),
    (["--config.__class__=3"], "__class__ not found"),
    # ... configuration files ...
    (["--config="], "Path to config file is an empty string"),
    (["--config=nowhere.py"], "--config: nowhere.py: no such file"),
    (["--config", "nowhere.py"], "--config: nowhere.py: no such file"),
    (["--config=~/nowhere.py"], "home/nowhere.py: no such file"),
    (["--config=~nobody-here/x.py"], "no user has this home folder"),
    (
        ["--config={root}/configs/text.py", "--config={root}/configs/demo.py"],
        "--config is given twice",
    ),
    (["--config={root}"], "Is a directory"),
    (["--config={root}/README.md"], "README.md"),
    (["--config={root}/mlm_xling/errors.py"], "has no attribute 'get_config'"),
    (["--config={tmp}/nothing.py"], "returns no mlm_xling.config.Config"),
    (["--config={tmp}/divides.py"], "divides.py:2: ZeroDivisionError"),
    (["--config={tmp}/raises.py"], "raises.py:2: ValueError: odd"),
    (["--config={root}/configs/text.py:en-fr"], "say <languages>/<row>"),
    (["--config={root}/configs/text.py:en/sep_emb"], "row sep_emb takes two or more"),
    # ... numbers ...
    (["--config.training.steps=1e3"], "config.training.steps=1e3"),
    (
        [
            "--workdir={tmp}/new/folders/run",
            "--config.training.groups=100000",
            "--config.training.batch_size=1000000",
        ],
        "config.training: ",
    ),
    (
        [
            "--config.training.groups=8",
            *(f"--config.model.{size}" for size in ("width=100000", "heads=1000", "layers=1000")),
        ],
        "GiB",
    ),
    (["--config.training.steps=1000000000000"], "config.training.steps=1000000000000: must be"),
    (["--config.training.seed=9223372036854775808"], "config.training.seed=9223372036854775808"),
    (["--config.training.seed=-1"], "config.training.seed=-1: must be from 0"),
    (["--config.optimizer.learning_rate=inf"], "config.optimizer.learning_rate=inf: must be"),
    (["--config.optimizer.learning_rate=nan"], "config.optimizer.learning_rate=nan: must be"),
    (["--config.optimizer.eps=1e-320"], "config.optimizer.eps=1e-320: must be at least 1e-30"),
    (["--config.optimizer.beta2=0.9999999999"], "config.optimizer.beta2=0.9999999999: must be"),
    (["--config.optimizer.warmup_steps=2147483648"], "config.optimizer.warmup_steps=2147483648"),
    (["--config.vocabulary.size=2147483648"], "config.vocabulary.size=2147483648: must be"),
    (["--config.model.layers=1000000000"], "config.model.layers=1000000000: must be"),
    (["--config.data.sampling_exponent=1000"], "config.data.sampling_exponent=1000.0: must be"),
    (["--config.lab.sentences=0"], "config.lab.sentences=0: must be"),
    (["--config.model.private=lowest_" + "9" * 5000 + "/8"], "no such part"),
    (["--config.evaluation.nli.batch_sizes=4,x"], "config.evaluation.nli.batch_sizes"),
    (["--config.evaluation.nli.batch_sizes=4,4"], "needs each number once"),
    (["--config.evaluation.ner.learning_rates=1e400"], "config.evaluation.ner.learning_rates=inf"),
    (["--config.mesh.tensor=3"], "config.model.heads=4: not divisible by config.mesh.tensor=3"),
    (["--config.mesh.fsdp=3"], "config.model.width=128: not divisible by config.mesh.fsdp=3"),
    # ... plans ...
    (["--plan="], "--plan=: no such chip; known are v3 v4 v5e v5p v6e tpu7x h100"),
    (["--plan=v9:2x2"], "--plan=v9: no such chip; known are v3"),
    (["--plan=v5e"], "--plan=v5e: write v5e:2x4"),
    (["--plan=v5e:3x3"], "--plan=v5e:3x3: there is no such slice; v5e has 1x1 2x2 2x4"),
    (["--plan=v5p:8"], "--plan=v5p:8: there is no such slice; v5p has 1x1x1 2x2x1"),
    (["--plan=h100:9"], "--plan=h100:9: there is no such slice; one machine has 1 to 8"),
    (["--plan=h100:8"], "groups=8 and batch_size=2 read as many tokens a step"),
    (["--plan=h100:8", "--config.mesh.data=1"], "does not make 8 devices"),
    (["--plan=h100:1", "--price=nan"], "--price=nan: must be a number above 0"),
    (["--plan=h100:1", "--price=-1"], "--price=-1.0: must be a number above 0"),
    (["--price=1"], "--price: has no effect without --plan"),
    # ... places ...
    (["--workdir="], "--workdir=: is empty"),
    (["--workdir= "], "--workdir=: is empty"),
    (["--workdir=~nobody-here/x"], "--workdir=~nobody-here/x: no user has this home folder"),
    (["--workdir={tmp}/file"], "file is no folder"),
    (["--workdir={tmp}/file/x"], "file is no folder"),
    (["--workdir={tmp}/dangling"], "dangling is no folder"),
    (["--workdir=/proc/x"], "--workdir=/proc/x: nothing can be written there"),
    (["--workdir=\udcff"], "--workdir=\\udcff: not UTF-8"),
    (["--config.data.text_dir=\udcff"], "config.data.text_dir=\\udcff: not UTF-8"),
    (["--workdir=[/x]/" + LONG], "the name is longer than 255 bytes"),
    (["--workdir={tmp}/results-folder"], "results.jsonl: must be a file"),
    (["--workdir={tmp}/vocabulary-file"], "vocabulary: must be a folder"),
    (["--config.data.cache_dir="], "config.data.cache_dir=: must not be empty"),
    (["--config.data.cache_dir={tmp}/file"], "config.data.cache_dir={tmp}/file: "),
    (["--config.data.cache_dir=~nobody-here"], "config.data.cache_dir=~nobody-here: no user"),
    (["--config.data.cache_dir={tmp}/cache-file"], "streams: must be a folder"),
    # ... and text, and what evaluators will read.
    (["--config.data.text_dir=nowhere"], "nowhere/en.txt: no such file"),
    (["--config.data.text_dir=~nobody-here"], "config.data.text_dir=~nobody-here: no user"),
    (["--config.data.sources=fr:a.txt,fr:b.txt"], "fr is listed twice"),
    (["--config.data.sources=fr:~nobody-here/x"], "no user has this home folder"),
    (["--config.data.sources=fr:nowhere.txt"], "config.data.sources=fr:nowhere.txt: neither"),
    (["--config.data.parallel=nowhere.tsv"], "config.data.parallel: nowhere.tsv: no such file"),
    (["{parallel}", "--config.evaluation.pairs=1000"], "config.evaluation.pairs + fit_pairs ask"),
    (["--config.data.pairs=8"], "config.data.pairs=8: config.data.parallel must bring them"),
    (["{parallel}", "{during}=nli"], "unknown evaluator 'nli'"),
    (["{during}=cka"], "config.data.parallel: evaluators need a file of parallel sentences"),
    (["{parallel}", "{during}=lexicon", "--config.data.dictionary=no"], "config.data.dictionary"),
    (
        ["{parallel}", "{during}=retrieval", "--config.data.retrieval=no.tsv"],
        "config.data.retrieval: no.tsv: no such file",
    ),
    (
        ["{parallel}", "{during}=lexicon", "{dictionary}", "--config.data.vectors=no"],
        "config.data.vectors: no/en.vec: no such file",
    ),
    (
        ["{parallel}", "{during}=contextual", "--config.evaluation.contextual.bitext=no"],
        "config.evaluation.contextual.bitext=no: no such file",
    ),
]
EVALUATE = [
    (["cka", "retrieval"], "'cka' belongs to no flag"),
    (["--evaluators=cka,", "retrieval"], "'retrieval' belongs to no flag"),
    (["--evaluators="], "unknown evaluator ''; known are cka"),
    (["--evaluators=cka,"], "unknown evaluator ''"),
    (["--models=random"], "models: 'random' is asked for; there are trained, untrained"),
    (["--models="], "models: nothing is asked for"),
    (["--checkpoint=last"], "best|latest"),
    (["--workdir="], "--workdir=: is empty"),
    (["--workdir=nowhere"], "nowhere: no best checkpoint"),
    (["--workdir={tmp}/file"], "file is no folder"),
    (["--workdir=~nobody-here/x"], "--workdir=~nobody-here/x: no user has this home folder"),
    (["--target_workdir={run}"], "--output: say where results of two models go"),
    (["--target_workdir=", "--output={tmp}/both"], "--target_workdir=: is empty"),
    (["--target_workdir=nowhere", "--output={tmp}/both"], "nowhere: no best checkpoint"),
    (["--output={tmp}/copy"], "output={tmp}/copy: is another run, whose results are there"),
    (["--beside="], "--beside=: is empty"),
    (["--beside={tmp}/other,,{run}"], "--beside=: is empty"),
    (["--beside=nowhere"], "beside=nowhere: no results there"),
    (["--beside={tmp}/other,{tmp}/other"], "other is listed twice"),
    (["--beside={run}"], "run is listed twice"),
    (["--baseline="], "baseline=: nothing is fine-tuned"),
    (["--baseline=nope"], "baseline=nope: nothing is fine-tuned"),
    (["--baseline=nope", "--evaluators=nli"], "no such checkpoint in the table; there are run;"),
    (["--baseline=nope", "--beside={tmp}/other"], "there are other"),
    (["--config.model.layers=3"], "config.model.layers: settled by training"),
    (["--config.model.layer=3"], "layer"),
    (["--config.evaluation=1"], "--config.evaluation=1"),
    (["--config.evaluation.pairs=x"], "config.evaluation.pairs=x"),
    (["--config.evaluation.pairs=-1"], "config.evaluation.pairs=-1: must be from 4"),
    (["--config.evaluation.resamples=1000000000"], "config.evaluation.resamples=1000000000"),
    (["--config.evaluation.lexicon[0]=1"], "Field 0 not found"),
    (["--config={root}/configs/text.py"], "--config: a run has its own; override single fields"),
    (["--config", "{root}/configs/text.py"], "--config: a run has its own"),
    (["--config.data.cache_dir="], "config.data.cache_dir=: must not be empty"),
    (["--config.data.cache_dir={tmp}/file"], "config.data.cache_dir={tmp}/file: "),
    (["--config.data.parallel=no.tsv"], "config.data.parallel: no.tsv: no such file"),
    (["--config.data.retrieval=no.tsv"], "config.data.retrieval: no.tsv: no such file"),
    (["--evaluators=lexicon", "{dictionary}", "--config.data.vectors=no"], "no/en.vec: no such"),
    (
        ["--evaluators=contextual,nli", "--config.evaluation.contextual.bitext=no"],
        "config.evaluation.contextual.bitext=no: no such file",
    ),
    (
        ["--evaluators=cka,parsing", "--config.evaluation.parsing.train=no.conllu"],
        "config.evaluation.parsing.train=no.conllu: no such file",
    ),
    (["--workdir={tmp}/results-folder"], "results.jsonl: must be a file"),
    (["--workdir={tmp}/report-file"], "report: must be a folder"),
]
COMMANDS = [
    ("tasks.lab.show", ["en"], "unrecognized arguments: en"),
    ("mlm_xling.config.reference", ["docs/reference.md"], "unrecognized arguments: docs"),
]
GOOD = [
    "--config={root}/configs/text.py",
    "--config.data.text_dir={text}",
    "--config.evaluation.pairs=12",
    "--config.evaluation.fit_pairs=8",
]
PLACES = {
    "{parallel}": "--config.data.parallel={text}/parallel.tsv",
    "{dictionary}": "--config.data.dictionary={tmp}/en-fr.txt",
    "{during}": "--config.evaluation.during_pretraining",
}


@pytest.fixture
def place(tmp_path, monkeypatch, text_dir, saved_run):
    """A home and working directory with odd things in it; fills in the places of a row."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "results-folder" / FILE_NAME).mkdir(parents=True)
    for folder, name in (
        ("vocabulary-file", "vocabulary"),
        ("cache-file", "streams"),
        ("report-file", "report"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("not a folder")
    for name, body in (
        ("nothing", "return {}"),
        ("divides", "1 / 0"),
        ("raises", "raise ValueError('odd')"),
    ):
        (tmp_path / f"{name}.py").write_text(f"def get_config():\n    {body}\n")
    (tmp_path / "en-fr.txt").write_text("de da\nki ki\n")
    shutil.copytree(saved_run, tmp_path / "run")
    (tmp_path / "copy" / "checkpoints").mkdir(parents=True)
    append_results(tmp_path / "other" / FILE_NAME, [measured("accuracy", None, evaluator="nli")])

    def fill(text: str) -> str:
        for name, value in PLACES.items():
            text = text.replace(name, value)
        values = {"root": ROOT, "tmp": tmp_path, "text": text_dir, "run": tmp_path / "run"}
        return text.format(**values)

    return fill


def require_one_line(ended, phrase: str) -> None:
    assert ended.status == 2, ended.error
    assert len(ended.error.splitlines()) == 1, ended.error
    assert phrase in ended.error
    assert ended.out == ""


@pytest.mark.parametrize(("words", "phrase"), PRETRAIN, ids=lambda part: str(part)[:60])
def test_bad_flags_of_pretraining(words, phrase, place, tmp_path, monkeypatch):
    before = content(tmp_path)
    names_file = any(word.partition("=")[0] == "--config" for word in words)

    ended = run_here(
        monkeypatch,
        "run_pretrain.py",
        *map(place, ["--workdir={tmp}/new", *([] if names_file else GOOD), *words]),
    )

    require_one_line(ended, place(phrase))
    assert content(tmp_path) == before


@pytest.mark.parametrize(("words", "phrase"), EVALUATE, ids=lambda part: str(part)[:60])
def test_bad_flags_of_evaluation(words, phrase, place, tmp_path, monkeypatch):
    before = content(tmp_path)

    ended = run_here(monkeypatch, "run_eval.py", *map(place, ["--workdir={run}", *words]))

    require_one_line(ended, place(phrase))
    assert content(tmp_path) == before


@pytest.mark.parametrize(("module", "words", "phrase"), COMMANDS)
def test_bad_words_for_a_module(module, words, phrase, monkeypatch):
    require_one_line(run_here(monkeypatch, module, *words), phrase)
