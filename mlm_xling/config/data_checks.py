"""Validation of `config.data`: sources of text, and what is inserted into it."""

from mlm_xling.config.contamination import parse_contamination
from mlm_xling.config.fields import TFDS, Config
from mlm_xling.errors import require
from mlm_xling.languages import (
    DERIVATIONS,
    derivations,
    text_language,
    underived,
    words_and_grammar,
)
from mlm_xling.paths import user_path


def check_data(config: Config) -> None:
    """Validates `config.data` against the languages of a configuration.

    Raises:
      InputError: names the first invalid field, and what would be valid.
    """
    _check_sources(config)
    if config.data.disjoint_documents:
        _check_disjoint(config)
    _check_contamination(config)
    if config.data.pairs:
        _check_pairs(config)


def _check_sources(config: Config) -> None:
    data, read = config.data, set(map(underived, config.languages))
    for entry in data.sources:
        language, _, source = entry.partition(":")
        rule, _, _ = source.partition(":")
        require(
            rule not in DERIVATIONS,
            f"config.data.sources={entry}: {language}:{rule} is derived and reads the text of "
            f"{language}; say {language}:<source>",
        )
        require(
            language in read and bool(source),
            f"config.data.sources={entry}: say <language>:<source>, such as fr:c4 or "
            f"fr:crawl/fr.txt; the language must be one of {','.join(sorted(read))}",
        )
        user_path(source, f"config.data.sources={language}")
    named = [entry.partition(":")[0] for entry in data.sources]
    for language in named:
        require(
            named.count(language) == 1,
            f"config.data.sources={','.join(data.sources)}: {language} is listed twice",
        )
    elsewhere = set(named)
    require(
        data.source != "text" or bool(data.text_dir or config.origin) or elsewhere == read,
        "config.data.text_dir: say where the text files <lang>.txt are",
    )
    for name in config.languages:
        words, _ = words_and_grammar(name)
        require(
            words == name or data.source == "lab",
            f"config.languages={name}: only the lab (config.data.source=lab) writes the words of "
            f"{words} in another grammar",
        )
    for name in config.languages if data.source == "lab" else ():
        require(
            text_language(name) in config.lab.languages,
            f"config.languages={name}: not among config.lab.languages="
            f"{','.join(config.lab.languages)}",
        )
    for name in config.lab.web:
        require(
            name in config.lab.languages,
            f"config.lab.web={name}: not among config.lab.languages="
            f"{','.join(config.lab.languages)}",
        )
    for name in (part for entry in config.lab.cognates for part in entry.split(":")[:2]):
        require(
            name in config.lab.languages,
            f"config.lab.cognates={','.join(config.lab.cognates)}: {name} is not among "
            f"config.lab.languages={','.join(config.lab.languages)}",
        )
    require(
        not data.code_switching.probability or bool(data.dictionary) or data.source not in TFDS,
        "config.data.dictionary: config.data.code_switching needs translations",
    )
    require(
        not data.code_switching.probability or len(set(map(text_language, config.languages))) > 1,
        "config.data.code_switching: needs a second language to translate words into",
    )


def _check_disjoint(config: Config) -> None:
    data, field = config.data, "config.data.disjoint_documents"
    require(
        bool(data.parallel) or data.source == "lab",
        f"{field}: config.data.parallel must tell which documents are translations",
    )
    elsewhere = dict(entry.split(":", 1) for entry in data.sources)
    for language in config.languages:
        require(
            not derivations(language),
            f"{field}: derived languages like {language} are not supported here",
        )
        source = elsewhere.get(language, data.source)
        require(
            source not in TFDS,
            f"{field}: deals the documents of text files, and the text of {language} is {source}",
        )


def _check_contamination(config: Config) -> None:
    data = config.data
    found = parse_contamination(data.contamination, config.languages[0])
    if found is None:
        return
    field = f"config.data.contamination={found}"
    for name in (found.donor, found.recipient):
        require(
            name in config.languages,
            f"{field}: {name!r} is not one of config.languages={','.join(config.languages)}; "
            "config.training.languages says which of them are trained on",
        )
        require(
            not derivations(name),
            f"{field}: {name!r} is derived, and lines are put in as they are written; name a "
            "language that is not, as in fr:1e-3:en",
        )
    trained = config.trained_languages
    require(
        config.vocabulary.kind != "disjoint" or found.donor in trained,
        f"{field}: with config.vocabulary.kind=disjoint the lines come in ids of "
        f"{found.recipient!r}, and no text has ids of {found.donor!r}; use another vocabulary",
    )
    require(
        text_language(found.donor) != text_language(found.recipient),
        f"{field}: both are one text; another language must give the lines",
    )
    for name, used in (
        ("equal_size", bool(data.equal_size)),
        ("code_switching", bool(data.code_switching.probability)),
    ):
        require(not used, f"{field}: does not go with config.data.{name}; leave one out")


def _check_pairs(config: Config) -> None:
    field, length = f"config.data.pairs={config.data.pairs}", config.training.length
    require(
        bool(config.data.parallel) or config.data.source == "lab",
        f"{field}: config.data.parallel must bring them",
    )
    require(
        len(config.trained_languages) > 1,
        f"{field}: a pair is of two languages, and one is trained on",
    )
    require(
        length % 2 == 0 and length >= 8,
        f"config.training.length={length}: config.data.pairs puts the sides of a pair into halves "
        "of it; make it even, and at least 8",
    )
