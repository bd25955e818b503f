"""The model card of an exported encoder: description, usage, and results."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import langcodes

from mlm_xling.config import Config
from mlm_xling.config.stored import fields
from mlm_xling.data.manifest import Manifest
from mlm_xling.languages import primary_subtag
from mlm_xling.model.owners import describe_private
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.reports.captions import TRANSFER_CAPTION
from mlm_xling.reports.languages import is_between_languages
from mlm_xling.reports.runs import find_baseline
from mlm_xling.reports.sections import Section, markdown
from mlm_xling.reports.selection import by_pair, newest, seen_notes
from mlm_xling.reports.tables import (
    Table,
    anchor_table,
    as_markdown,
    chosen_layers,
    perplexity_table,
)
from mlm_xling.reports.transfer import is_transfer, rows_of, transfer_table
from mlm_xling.results import TRAINED, Result

_HEAD = """---
{languages}# license: choose one that the training text allows
library_name: transformers
pipeline_tag: fill-mask
tags:
- xlm
---
"""
_USE = """
```python
from transformers import AutoModelForMaskedLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{name}")
model = AutoModelForMaskedLM.from_pretrained("{name}")
inputs = tokenizer("...", return_tensors="pt")
{languages}outputs = model(**inputs, output_hidden_states=True)
```
"""
_USE_LANGUAGE = """\
# Without the language of each token, its embedding would be missing.
inputs["langs"] = inputs["input_ids"] * 0 + model.config.lang2id["{language}"]
"""
_OWN = "this encoder"
_FIELDS = ["field", "value"]
_CONFIGURATION = "Fields that differ from the defaults of mlm_xling; paths are reduced to names."
_DATA = (
    "Training text by language. Shared types and tokens are those whose id also occurs in another "
    "language's text."
)


def model_card(
    pretrained: Pretrained,
    manifest: Manifest | None,
    results: Sequence[Result],
    languages: Sequence[str],
    name: str,
) -> str:
    """Returns the `README.md` of an exported folder.

    Args:
      manifest: manifest of the prepared text, if it still exists.
      results: results of the run; those of other steps are ignored.
      languages: languages of the folder, possibly a subset of the encoder's.
      name: name of the folder.
    """
    config = pretrained.config
    known = config.languages if config.training.init_from else config.trained_languages
    codes = dict.fromkeys(_codes([language for language in languages if language in known]))
    told = "".join(f'- "{code}"\n' for code in codes)  # YAML parses a bare `no` as false.
    embedded = config.model.language_embeddings and len(languages) > 1
    given = _USE_LANGUAGE.format(language=languages[0]) if embedded else ""
    return (
        _HEAD.format(languages=f"language:\n{told}" if told else "")
        + f"\n# {as_markdown(name)}\n\n{as_markdown(_what(pretrained, languages))}\n"
        + _USE.format(name=name, languages=given)
        + "\n"
        + markdown(_sections(pretrained, manifest, results))
    )


def _codes(languages: Sequence[str]) -> Iterator[str]:
    """Yields codes known to the Hub; the lab's languages are letters, which are not."""
    codes = map(primary_subtag, languages)
    return (code for code in codes if len(code) > 1 and langcodes.tag_is_valid(code))


def _what(pretrained: Pretrained, languages: Sequence[str]) -> str:
    config = pretrained.config
    others = [language for language in config.languages if language not in languages]
    with_others = f", with the parts of {languages[0]}" if others else ""
    unread = [language for language in config.languages if language not in config.trained_languages]
    told = (
        f" Its vocabulary includes {', '.join(unread)}, which it was not trained on."
        if unread
        else ""
    )
    if begun := config.training.init_from:
        told = f" Training started from the parameters of another run, {Path(begun).name}."
    return (
        f"A masked language model (XLM's encoder, depth {config.model.layers}, width "
        f"{config.model.width}) trained with mlm_xling on {', '.join(config.trained_languages)}"
        f"{with_others}; {describe_private(config.model)}. Sequences have at most "
        f"{config.training.length} tokens.{told}"
    )


def _sections(
    pretrained: Pretrained, manifest: Manifest | None, results: Sequence[Result]
) -> list[Section]:
    rows = list(_configuration(pretrained.config))
    sections = [Section(2, "Configuration", [], [_CONFIGURATION], table=Table(_FIELDS, rows))]
    if manifest is not None:
        sections.append(Section(2, "Data", [], [_DATA], table=anchor_table(manifest)))
    step = f"Step {pretrained.step:,}, seed {pretrained.config.training.seed}"
    if pretrained.perplexity is not None:
        step += (
            f"; dev perplexity {pretrained.perplexity:,.2f} on the language that selects the step"
        )
    own = [r for r in results if r.step == pretrained.step or r.model != TRAINED]
    shown = [r for r in newest(own) if not is_between_languages(r)]
    sections.append(Section(2, "Results", seen_notes(shown), [f"{step}."]))
    return sections + list(_tables(shown))


def _configuration(config: Config) -> Iterator[list[str]]:
    """Yields non-default settings, with only the last part of paths, for privacy."""
    usual = dict(fields(Config()))
    for name, value in fields(config):
        if value == usual[name] or name.startswith(("evaluation.", "mesh.", "data.cache_dir")):
            continue
        entries = map(str, value if isinstance(value, tuple) else (value,))
        if name.startswith("data."):
            entries = (re.sub(r"[^:]*/", "", entry) for entry in entries)
        yield [name, ", ".join(entries)]


def _tables(results: list[Result]) -> Iterator[Section]:
    if (table := perplexity_table(results)).rows:
        yield Section(3, "Dev perplexity", table=table)
    probed = [r for r in results if not is_transfer(r) and r.evaluator != "perplexity"]
    for (source, target), of_pair in by_pair(probed).items():
        if (table := chosen_layers(of_pair)).rows:
            yield Section(3, f"{source}-{target}, at the chosen layers", table=table)
    if rows := rows_of(_OWN, results):
        baseline = find_baseline(_OWN, rows) or rows[0].name
        sources = dict.fromkeys(one.source for one in results if is_transfer(one))
        caption = f"Source: {', '.join(sources)}. " + TRANSFER_CAPTION.format(baseline=baseline)
        table = transfer_table(rows, baseline)
        yield Section(3, "Zero-shot transfer", paragraphs=[caption], table=table)
