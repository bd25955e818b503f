"""Determines what is left out of each language's text, before anything is written."""

import dataclasses

from mlm_xling.config import TFDS, Config
from mlm_xling.data.dev_text import block_size
from mlm_xling.data.evaluated import evaluated
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.parallel import ParallelText
from mlm_xling.data.sources import source_of, text_files
from mlm_xling.languages import underived
from mlm_xling.preparation.decontaminating import foreign_lines
from mlm_xling.preparation.disjoint import Dealt, deal_documents


def leave_out(config: Config, text: ParallelText | None) -> dict[str, LeftOut]:
    """Returns what is left out of the text of each language.

    That is what `data.parallel` reserves; with `data.disjoint_documents`, what others have; with
    `data.decontaminate`, what is in other languages. It also sets the block size of dev text.

    Args:
      text: `configured_parallel(config)`.

    Raises:
      InputError: there are too few pairs to evaluate on, a language would have nothing left, or the
        language identifier is not installed.
    """
    found = _leave_out_evaluated(config, text)
    if not config.data.decontaminate:
        return found
    return {
        language: dataclasses.replace(others, foreign=foreign_lines(config.data, language))
        for language, others in found.items()
    }


def _leave_out_evaluated(config: Config, text: ParallelText | None) -> dict[str, LeftOut]:
    parts = _parts(config)
    if text is None:
        return {
            language: LeftOut(block=_block(config, language), part=part)
            for language, part in parts.items()
        }
    dealt = deal_documents(config, text) if config.data.disjoint_documents else {}
    found = {}
    for language, used in evaluated(config, text).items():
        others = dealt.get(language, Dealt())
        block = _block(config, language, others.documents)
        found[language] = LeftOut(
            used.reserved, used.near, *others, part=parts[language], block=block
        )
    return found


def _parts(config: Config) -> dict[str, tuple[int, int]]:
    """Returns (index, number) of the part of its documents that each language reads.

    Only derived languages, and the one from which they are derived, divide their text.
    """
    sharing: dict[str, list[str]] = {}
    for language in sorted(config.languages):
        sharing.setdefault(underived(language), []).append(language)
    if config.data.same_documents:
        return dict.fromkeys(config.languages, (0, 1))
    return {
        language: (names.index(language), len(names))
        for names in sharing.values()
        for language in names
    }


def _block(config: Config, language: str, left_out: frozenset[int] = frozenset()) -> int:
    data = config.data
    if source_of(data, language) in TFDS or not data.dev_fraction:
        return 0
    return block_size(text_files(data, language), data.dev_fraction, left_out)
