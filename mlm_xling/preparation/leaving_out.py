"""What is left out of the text of each language, found before anything is written."""

from collections.abc import Iterator
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.near_duplicates import NearDuplicates
from mlm_xling.data.parallel import ParallelText, read_parallel, reserved, sentences_of
from mlm_xling.data.text import sentence_hash
from mlm_xling.preparation.disjoint import Dealt, deal_documents


def leave_out(config: Config) -> dict[str, LeftOut]:
    """Finds what `data.parallel` reserves and, with `data.disjoint_documents`, what others have.

    Raises:
      InputError: the parallel file is missing or damaged, or a language would have nothing left.
    """
    if not config.data.parallel:
        return {language: LeftOut() for language in config.languages}
    text = read_parallel(Path(config.data.parallel).expanduser())
    dealt = deal_documents(config, text) if config.data.disjoint_documents else {}
    found = {}
    for language, hashes in reserved(config).items():
        near = NearDuplicates(_reserved_sentences(text, language, hashes), language)
        others = dealt.get(language, Dealt())
        found[language] = LeftOut(hashes, near, *others)
    return found


def _reserved_sentences(text: ParallelText, language: str, hashes: frozenset[int]) -> Iterator[str]:
    sentences = (sentence for _, sentence in sentences_of(language, text))
    return (sentence for sentence in sentences if sentence_hash(sentence) in hashes)
