"""What is left out of the text of each language, found before anything is written."""

from collections.abc import Iterator

from mlm_xling.config import Config
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.near_duplicates import NearDuplicates
from mlm_xling.data.parallel import ParallelText, reserved, sentences_of
from mlm_xling.data.text import sentence_hash
from mlm_xling.preparation.disjoint import Dealt, deal_documents


def leave_out(config: Config, text: ParallelText | None) -> dict[str, LeftOut]:
    """Finds what `data.parallel` reserves and, with `data.disjoint_documents`, what others have.

    Args:
      text: `configured_parallel(config)`.

    Raises:
      InputError: too few pairs to evaluate on, or a language would have nothing left.
    """
    if text is None:
        return {language: LeftOut() for language in config.languages}
    dealt = deal_documents(config, text) if config.data.disjoint_documents else {}
    found = {}
    for language, hashes in reserved(config, text).items():
        near = NearDuplicates(_reserved_sentences(text, language, hashes), language)
        others = dealt.get(language, Dealt())
        found[language] = LeftOut(hashes, near, *others)
    return found


def _reserved_sentences(text: ParallelText, language: str, hashes: frozenset[int]) -> Iterator[str]:
    sentences = (sentence for _, sentence in sentences_of(language, text))
    return (sentence for sentence in sentences if sentence_hash(sentence) in hashes)
