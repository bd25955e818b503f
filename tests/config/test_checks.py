"""A configuration is checked as a whole before anything runs, and every message names a field."""

import dataclasses
import math
import re

import pytest

from mlm_xling.config import Config
from mlm_xling.config.checks import resolve, resolve_flag
from mlm_xling.config.stored import changed_fields, fields, fingerprint, from_json, to_json
from mlm_xling.errors import InputError


def config(**changes) -> Config:
    """A valid configuration with fields set by their dotted names, `__` for the dot."""
    changed = Config()
    changed.data.text_dir = "text"
    for name, value in changes.items():
        *sections, field = name.split("__")
        holder = changed
        for section in sections:
            holder = getattr(holder, section)
        setattr(holder, field, value)
    return changed


def test_the_defaults_are_valid():
    assert resolve(config()) == config()


def test_lists_from_the_command_line_are_split_at_commas():
    resolved = resolve(config(languages=("en,fr, ru",), model__private=("layer_1,layer_2",)))

    assert resolved.languages == ("en", "fr", "ru")
    assert resolved.model.private == ("layer_1", "layer_2")


def test_a_dose_names_whose_lines_it_replaces():
    assert resolve(config(data__contamination="fr:1e-3")).data.contamination == "fr:0.001:en"


def test_resolving_leaves_the_given_configuration_alone():
    given = config(languages=("en,fr",))

    resolve(given)

    assert given.languages == ("en,fr",)


@pytest.mark.parametrize(
    "languages", [("pt-BR", "zh-Hant", "nds"), ("es-419", "es-4192"), ("en", "en2"), ("a", "b2")]
)
def test_tags_and_second_uses_are_languages(languages):
    assert resolve(config(languages=languages)).languages == languages


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"lab__cognates": ("e:b",)},
            r"config\.lab\.cognates=e:b: 'e:b' is not like f:b:0\.7, a language but a, an older",
        ),
        (
            {"lab__cognates": ("e:b:0.5", "e:c:0.5")},
            r"config\.lab\.cognates=e:b:0\.5,e:c:0\.5: e is listed twice before a colon",
        ),
        (
            {"lab__cognates": ("e:b:0.5", "b:e:0.5")},
            r"config\.lab\.cognates=.*: e takes words from itself, by way of others",
        ),
        (
            {"data__source": "lab", "languages": ("a",), "lab__cognates": ("f:b:0.5",)},
            r"config\.lab\.cognates=f:b:0\.5: f is not among config\.lab\.languages=a,b,c,d,e",
        ),
        ({"data__pairs": 8}, r"config\.data\.pairs=8: config\.data\.parallel must bring them"),
        (
            {"data__pairs": 8, "data__parallel": "p.tsv", "training__languages": ("en",)},
            r"config\.data\.pairs=8: a pair is of two languages, and one is trained on",
        ),
        (
            {"data__pairs": 8, "data__parallel": "p.tsv", "training__length": 15},
            r"config\.training\.length=15: .* make it even, and at least 8",
        ),
        ({"training__pair_control": "x"}, r"pair_control=x: must be one of shuffled, blocked"),
        (
            {"data__code_switching__probability": 0.3, "languages": ("en", "en2")},
            "code_switching: needs a second language",
        ),
        (
            {
                "data__parallel": "p.tsv",
                "data__pairs": 10,
                "training__short_steps": 100,
                "training__steps": 100,
            },
            r"pairs=10: no step reads them: of config\.training\.steps=100, 100 are short",
        ),
        ({"training__pair_control": "shuffled"}, r"pair_control=shuffled: has no effect without"),
        (
            {"data__pairs": 1, "data__parallel": "p", "training__pair_control": "shuffled"},
            r"pair_control=shuffled: a single pair .* has no other translation",
        ),
        (
            {
                "data__pairs": 9,
                "data__parallel": "p",
                "training__pair_share": 0.01,
                "training__steps": 20,
            },
            r"pairs=9: no step reads them: .*pair_share of the others is none",
        ),
        ({"training__pair_share": 0.0}, r"config\.training\.pair_share=0\.0: must be from 0\.001"),
        ({"data__contamination": "fr"}, r"contamination=fr: must be like fr:1e-3, fr~shuffled"),
        ({"data__contamination": "fr:0.6"}, r"contamination=fr:0\.6: 0\.6 must be from 0 to 0\.5"),
        (
            {"data__contamination": "ru:0.1"},
            r"contamination=ru:0\.1:en: 'ru' is not one of config\.languages=en,fr; config\.train",
        ),
        (
            {"languages": ("en", "en2"), "data__contamination": "en2:0.1"},
            r"contamination=en2:0\.1:en: both are one text",
        ),
        (
            {"languages": ("en", "en:shift", "fr"), "data__contamination": "en:shift:0.1:fr"},
            r"contamination=en:shift:0\.1:fr: 'en:shift' is derived, and lines are put in as",
        ),
        (
            {"languages": ("en:reverse", "fr"), "data__contamination": "fr~shuffled:0.1"},
            r"contamination=fr~shuffled:0\.1:en:reverse: 'en:reverse' is derived, and lines are",
        ),
        (
            {"languages": ("en", "en:shift"), "data__sources": ("en:shift:en.txt",)},
            r"data\.sources=en:shift:en\.txt: en:shift is derived and reads .*; say en:<source>",
        ),
        (
            {
                "data__contamination": "fr:0.1",
                "training__languages": ("en",),
                "vocabulary__kind": "disjoint",
            },
            r"contamination=fr:0\.1:en: with .*=disjoint the lines come in ids of 'en', and no",
        ),
        (
            {"data__equal_size": "tokens", "data__contamination": "fr:0.1"},
            r"contamination=fr:0\.1:en: does not go with config\.data\.equal_size",
        ),
        (
            {"training__languages": ("en", "ru")},
            r"config\.training\.languages=en,ru: 'ru' is not one of config\.languages=en,fr",
        ),
        (
            {"model__predict_own_ids": True},
            r"config\.model\.predict_own_ids: nothing is private.*model\.private",
        ),
        ({"languages": ()}, r"config\.languages=: needs at least one"),
        ({"languages": ("en,fr,en",)}, r"config\.languages=en,fr,en: en is listed twice"),
        ({"languages": ("en", "EN:shift")}, r"en and EN:shift are of one text; spell it alike"),
        ({"languages": ("English",)}, r"'English' is not a language code"),
        ({"languages": ("pt_BR",)}, r"'pt_BR' is not a language code \(BCP 47\) like en, pt-BR"),
        ({"languages": ("pt-BR", "pt-br")}, r"languages=pt-BR,pt-br: pt-BR is listed twice"),
        (
            {"evaluation__finetuning__targets": ("French",)},
            r"config\.evaluation\.finetuning\.targets=French: 'French' is not a language code",
        ),
        ({"data__source": "books"}, r"config\.data\.source=books: must be one of text"),
        ({"data__text_dir": ""}, r"config\.data\.text_dir: say where"),
        (
            {"data__source": "lab"},
            r"config\.languages=en: not among config\.lab\.languages=a,b,c,d,e",
        ),
        ({"lab__languages": ("abc",)}, r"config\.lab\.languages=abc: 'abc' is not a code of one"),
        (
            {"data__source": "text", "data__text_dir": "t", "languages": ("en", "en:syntax=de")},
            r"config\.languages=en:syntax=de: only the lab .* writes the words of en in another",
        ),
        ({"lab__web": ("f",)}, r"config\.lab\.web=f: not among config\.lab\.languages"),
        ({"lab__anchors": 1.5}, r"config\.lab\.anchors=1.5: must be from 0 to 1"),
        ({"lab__names": 1}, r"config\.lab\.names=1: must be from 2 to"),
        (
            {"lab__common_frequencies": -1.0},
            r"config\.lab\.common_frequencies=-1.0: must be from 0",
        ),
        ({"data__dev_fraction": 1.0}, r"config\.data\.dev_fraction=1\.0: must be at least 0"),
        ({"data__shuffle": "words"}, r"config\.data\.shuffle=words: must be one of"),
        (
            {"vocabulary__kind": "bytes"},
            r"config\.vocabulary\.kind=bytes: must be one of joint, union, disjoint",
        ),
        ({"vocabulary__size": 14}, r"config\.vocabulary\.size=14: must be from 15 to"),
        ({"model__heads": 5}, r"config\.model\.heads=5: does not divide config\.model\.width=768"),
        ({"model__private": ("layer_9",)}, r"config\.model\.private=layer_9: no such part"),
        (
            {"model__private": ("layer_0",)},
            r"layer_0: no such part; .* embeddings and layer_1 \.\.\.",
        ),
        ({"model__private_groups": ("en+fr",)}, r"private_groups: nothing is private"),
        (
            {"model__private": ("layer_1",), "model__private_groups": ("fr+ru",)},
            r"config\.model\.private_groups: 'ru' is not one of config\.languages=en,fr",
        ),
        (
            {"model__private": ("layer_1",), "model__private_groups": ("en+fr", "fr")},
            r"config\.model\.private_groups: fr stands in two groups",
        ),
        ({"data__sources": ("zh:c4",)}, r"config\.data\.sources=zh:c4: .* one of en,fr"),
        (
            {"data__disjoint_documents": True},
            r"config\.data\.disjoint_documents: config\.data\.parallel must tell",
        ),
        (
            {
                "data__disjoint_documents": True,
                "data__parallel": "rows.tsv",
                "data__sources": ("fr:c4",),
            },
            r"config\.data\.disjoint_documents: deals .* text files, and the text of fr is c4",
        ),
        (
            {"data__source": "c4", "data__code_switching__probability": 0.3},
            r"config\.data\.dictionary: config\.data\.code_switching needs translations",
        ),
        (
            {"data__equal_size": "words"},
            r"config\.data\.equal_size=words: must be one of sentences",
        ),
        ({"model__dtype": "int8"}, r"config\.model\.dtype=int8: must be one of"),
        ({"training__length": 600}, r"config\.training\.length=600: longer than"),
        (
            {"training__short_steps": 1, "training__short_length": 5},
            r"config\.training\.short_length=5: does not divide config\.training\.length=",
        ),
        ({"training__groups": 3, "mesh__data": 2}, r"config\.training\.groups=3: not divisible"),
        ({"training__groups": 3, "mesh__fsdp": 2}, r"config\.training\.groups=3: not divisible"),
        (
            {"optimizer__learning_rate": 0.0},
            r"optimizer\.learning_rate=0\.0: must be above 0",
        ),
        ({"optimizer__schedule": "step"}, r"config\.optimizer\.schedule=step: must be one of"),
        ({"mesh__data": -2}, r"config\.mesh\.data=-2: must be from 1 to .* or -1"),
        ({"training__replace_by_own_ids": True}, "every language has all ids"),
        (
            {"model__predict_own_ids": True, "model__private": ("layer_1",)},
            r"config\.model\.predict_own_ids: with .*=joint every language has all ids",
        ),
    ],
)
def test_what_is_wrong_is_named(changes, message):
    with pytest.raises(InputError, match=message):
        resolve(config(**changes))


ABSURD = {int: (-5, 10**12), float: (-5.0, 1e12, math.inf, -math.inf, math.nan)}
NUMBERS = [
    (name, absurd) for name, value in fields(Config()) for absurd in ABSURD.get(type(value), ())
]
LISTS = [
    (f"evaluation.{task}.{name}", absurd)
    for task in ("nli", "ner", "parsing")
    for name, kind in (("batch_sizes", int), ("learning_rates", float))
    for absurd in ABSURD[kind]
]


@pytest.mark.parametrize(("name", "absurd"), NUMBERS)
def test_no_number_may_be_absurd(name, absurd):
    with pytest.raises(InputError, match=f"config.{name}={re.escape(str(absurd))}: must be"):
        resolve(config(**{name.replace(".", "__"): absurd}))


@pytest.mark.parametrize(("name", "absurd"), LISTS)
def test_no_number_in_a_list_may_be_absurd(name, absurd):
    with pytest.raises(InputError, match=f"config.{name}={re.escape(str(absurd))}: needs numbers"):
        resolve(config(**{name.replace(".", "__"): (absurd,)}))


def test_json_keeps_everything():
    changed = resolve(config(model__private=("layer_2",), optimizer__eps=1e-8))

    assert from_json(to_json(changed)) == changed


def test_an_unknown_field_in_json_is_named():
    with pytest.raises(InputError, match=r"config\.model\.depth: no such field"):
        from_json('{"model": {"depth": 3}}')


def test_the_fingerprint_tells_configurations_apart():
    assert fingerprint(config()) == fingerprint(config())
    assert fingerprint(config()) != fingerprint(config(training__seed=1))


def test_a_resumed_run_may_be_longer_but_not_wider():
    longer, wider = config(training__steps=5), config(model__width=12)

    assert changed_fields(config(), longer) == []
    assert changed_fields(config(), wider) == [("model.width", 768, 12)]


def test_every_field_of_the_configuration_is_plain_data():
    for name, value in fields(Config()):
        assert isinstance(value, int | float | str | tuple), name
    assert dataclasses.is_dataclass(Config().model)


def test_where_the_text_is_must_be_told_by_what_reads_it_alone():
    """As `--plan` does not."""
    with pytest.raises(InputError, match=r"config\.data\.text_dir: say where"):
        resolve_flag(Config())

    assert resolve_flag(Config(), reads_text=False).languages == Config().languages


@pytest.mark.parametrize(
    ("overridden", "name"),
    [
        ((), "sep_emb"),
        (("vocabulary.size", "training.steps", "languages"), "sep_emb"),
        (("model.layers", "model.private"), "sep_emb but for model.private"),
        (
            ("vocabulary.kind", "model.private"),
            "sep_emb but for model.private and vocabulary.kind",
        ),
    ],
)
def test_a_row_is_not_called_by_its_name_alone_where_flags_made_another_of_it(overridden, name):
    config = Config(row="sep_emb")
    config.data.text_dir = "text"

    assert resolve_flag(config, overridden).row == name
    config.row = ""
    assert resolve_flag(config, overridden).row == ""
