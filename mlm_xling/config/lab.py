"""The fields of the generated world."""

from dataclasses import dataclass

from mlm_xling.config.limits import LARGEST_SEED, checked, cognates, lab_languages, number


@dataclass
class LabConfig:
    """The generated world (docs/lab.md), for `data.source=lab`; it depends on no other section."""

    languages: tuple[str, ...] = checked(("a", "b", "c", "d", "e"), lab_languages)
    """All languages of the lab. `a` to `e` are increasingly distant from `a`; the grammar of any
    other code is drawn; `a:syntax=d` has the words of `a` and the grammar of `d`."""
    seed: int = number(0, 0, LARGEST_SEED)
    """Seed of the world, the words of its languages, and the texts."""
    sentences: int = number(60_000, 1, 10**9)
    """Number of monolingual sentences per language."""
    parallel_rows: int = number(4_000, 1, 10**7)
    anchors: float = number(0.4, 0, 1)
    """Share of word forms common to all languages: 0 none, not even punctuation; up to 0.25
    punctuation, then numbers, then names; beyond it a growing share of all other words (cognates; a
    fifth of them at 0.4), and with 1 every form and ending."""
    cognates: tuple[str, ...] = checked((), cognates)
    """`f:b:0.7`: of the content words that `anchors` leaves to each language, `f` writes seven
    tenths like `b`, so that some languages are related more closely than others."""
    common_frequencies: float = number(0.2, 0, 1)
    """How much languages agree on word frequencies (docs/lab.md)."""
    common_preferences: float = number(0.5, 0, 1)
    """How much languages agree on which words co-occur (docs/lab.md)."""
    web: tuple[str, ...] = ()
    """Languages with text of the domain `web` instead of `wiki`: other topics, another style."""
    variants: int = number(1, 1, 1_000)
    """Size of the lexicon: number of nouns and verbs for each of the ontology's 250."""
    names: int = number(40, 2, 10**6)
    """Number of given names; families, places, organisations and titles are half as many each. Half
    of each are in dev and test data only."""
    labelled: int = number(4_000, 1, 10**7)
    """Number of training sentences for NER and for parsing; dev and test: a quarter."""
    nli_pairs: int = number(60_000, 1, 10**7)
    """Number of training pairs for NLI; dev and test: a twelfth."""
