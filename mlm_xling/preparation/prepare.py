"""Preparation: text -> vocabulary -> shards of chunks, once, in a separate process.

The training process calls `prepare`, which does not load TensorFlow; if there is work to do, it
runs this module as a program.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlm_xling.config import Config
from mlm_xling.config.stored import from_json
from mlm_xling.data.cache import cache_directory, clear_cache, digest, file_fingerprint
from mlm_xling.data.dictionaries import dictionary_files, translations
from mlm_xling.data.manifest import (
    FORMAT,
    Prepared,
    is_prepared,
    open_prepared,
    read_manifest,
)
from mlm_xling.data.parallel import configured_parallel, reserved
from mlm_xling.data.sources import check_sources, source_fingerprint
from mlm_xling.errors import InputError
from mlm_xling.preparation.lab import lab_world, with_local_files
from mlm_xling.preparation.pairs import choose_pairs
from mlm_xling.preparation.program import answer, as_settings, run_program
from mlm_xling.preparation.remote_text import named_by_url
from tasks.contamination.identifier import identifier
from tasks.quiet import load_tensorflow

NOT_PREPARED = {"cache_dir", "retrieval", "sampling_exponent", "vectors"}
"""Fields of `config.data` that do not affect prepared data."""
_OF_STREAMS = {"shuffle", "equal_size", "code_switching", "contamination", "pairs"}
"""Fields of `config.data` that do not affect the vocabulary, see `streams_directory`."""
BY_CONTENT = {"source", "sources", "text_dir", "parallel", "dictionary"}
"""Fields of `config.data` that are locations: only the content there counts."""


def prepare(config: Config) -> Prepared:
    """Returns the verified prepared directory of a configuration, creating it if missing.

    Raises:
      InputError: text is missing, empty or not UTF-8; the vocabulary does not fit the text; a
        language has fewer chunks than one batch; there are too few pairs; a file is truncated or
        altered; no space left.
    """
    clear_cache(config)
    local = with_local_files(config)
    with named_by_url(config, local):
        directory = streams_directory(local)
        if not is_prepared(directory):
            run_program("mlm_xling.preparation.prepare", as_settings(local))
    prepared = open_prepared(directory)
    _require_pairs(prepared, config)
    _require_enough(prepared, config)
    return prepared


def find_prepared(config: Config) -> Prepared:
    """Returns what another host has prepared and verified, in the cache shared by all hosts.

    Raises:
      InputError: it does not exist, so the cache is not shared.
    """
    directory = streams_directory(with_local_files(config))
    return Prepared(directory, read_manifest(directory))


def streams_directory(config: Config) -> Path:
    """Returns the directory of prepared streams, named by a fingerprint of their inputs.

    The order of languages does not matter.

    Raises:
      InputError: a text file or the parallel file is missing or damaged.
    """
    return cache_directory(config) / "streams" / digest(stream_inputs(config))


def stream_inputs(config: Config) -> dict[str, Any]:
    """Returns everything that determines prepared streams, with files as fingerprints.

    Raises:
      InputError: as `streams_directory`.
    """
    return {
        **_vocabulary_inputs(config),
        "shuffle": config.data.shuffle,
        "length": config.training.length,
        "equal_size": config.data.equal_size,
        "contamination": config.data.contamination,
        "code_switching": _code_switching_inputs(config),
        "parallel": _parallel_fingerprint(config),
        # Omitted without pairs, so that data prepared by older versions stays valid.
        **({"pairs": config.data.pairs} if config.data.pairs else {}),
    }


def vocabulary_directory(config: Config) -> Path:
    """Returns the directory of the vocabulary, which does not depend on the length.

    Raises:
      InputError: as `streams_directory`.
    """
    return cache_directory(config) / "vocabularies" / digest(_vocabulary_inputs(config))


def vocabulary_settings(config: Config) -> dict[str, Any]:
    """Returns what a vocabulary may depend on besides the text at a location, by dotted name."""
    sections = {"vocabulary": asdict(config.vocabulary), "data": _data_of_vocabulary(config)}
    if config.data.source == "lab":
        sections["lab"] = lab_world(config)
    return {
        f"{section}.{name}": value
        for section, values in sections.items()
        for name, value in values.items()
    }


def _vocabulary_inputs(config: Config) -> dict:
    return {
        **_data_of_vocabulary(config),
        "format": FORMAT,
        "text": {name: source_fingerprint(config.data, name) for name in config.languages},
        "reserved": digest(sorted(reserved(config, configured_parallel(config)))),
        "disjoint_documents": config.data.disjoint_documents and _parallel_fingerprint(config),
        "vocabulary": asdict(config.vocabulary),
    }


def _data_of_vocabulary(config: Config) -> dict[str, Any]:
    """Includes the whole section except the fields named above, so that new fields count."""
    left_out = NOT_PREPARED | _OF_STREAMS | BY_CONTENT
    return {name: value for name, value in asdict(config.data).items() if name not in left_out}


def _parallel_fingerprint(config: Config) -> str | None:
    path = config.data.parallel
    return file_fingerprint(Path(path).expanduser()) if path else None


def _code_switching_inputs(config: Config) -> object:
    data = config.data
    if not data.code_switching.probability:
        return None
    files = dictionary_files(data, config.languages)
    digests = {f"{a}-{b}": file_fingerprint(path) for (a, b), path in files.items()}
    return {**asdict(data.code_switching), "dictionaries": digests}


def _require_enough(prepared: Prepared, config: Config) -> None:
    for name in config.trained_languages:
        record = prepared.manifest.languages[name]
        if record.train.chunks < config.training.batch_size:
            raise InputError(
                f"config.training.batch_size={config.training.batch_size}: the text of {name!r} "
                f"fills only {record.train.chunks} chunks of {config.training.length} tokens"
            )
        if config.data.dev_fraction and not record.dev.chunks:
            raise InputError(
                f"config.data.dev_fraction={config.data.dev_fraction}: the dev documents of "
                f"{name!r} do not fill one chunk of {config.training.length} tokens; raise it, or "
                "set it to 0 to do without"
            )


def _require_pairs(prepared: Prepared, config: Config) -> None:
    trained = config.trained_languages
    if config.data.pairs and not prepared.manifest.pairs_of(trained):
        raise InputError(
            f"config.data.pairs={config.data.pairs}: config.data.parallel has no columns of two "
            f"languages that are trained on, {', '.join(trained)}"
        )


def main() -> int:
    """Runs the program; the result is the exit status."""
    config = from_json(sys.stdin.read())
    return answer(lambda: _prepare_here(config))


def check_inputs(config: Config) -> None:
    """Checks for problems that would stop preparation halfway.

    Raises:
      InputError: a file is missing, damaged or too small, or the language identifier is not
        installed.
    """
    check_sources(config.data, config.languages)
    if config.data.code_switching.probability:
        for language in config.languages:
            translations(config.data, config.languages, language)  # Called for its errors.
    if config.data.pairs:
        choose_pairs(config, configured_parallel(config))  # Likewise.
    for name in config.data.decontaminate:
        identifier().require(name, "config.data.decontaminate")


def _prepare_here(config: Config) -> None:
    check_inputs(config)
    load_tensorflow()
    from mlm_xling.preparation.writing import write_streams

    write_streams(config, streams_directory(config), vocabulary_directory(config))


if __name__ == "__main__":
    sys.exit(main())
