"""One sentence in all languages of the default lab, with glosses and trees, as Markdown.

python -m tasks.lab.show
"""

import argparse

import numpy as np

from mlm_xling.config import LabConfig
from tasks.lab.meanings import MEANING
from tasks.lab.realise import Language
from tasks.lab.trees import Token, analyse
from tasks.lab.world import World


def example(world: World) -> np.ndarray:
    """The old farmer did not sell 3 horses to Given0, that (the farmer) owned a cart."""
    made = np.zeros(1, MEANING)
    main, relative = made["main"], made["relative"]
    for phrase, values in {
        "subject": {"head": ("noun", "farmer"), "adjective": ("adjective", "happy")},
        "object": {"head": ("noun", "horse"), "numeral": ("number", "3")},
        "oblique": {"head": ("given", "Given0"), "adposition": ("adposition", "to")},
    }.items():
        for part, word in values.items():
            main[phrase][part] = world.number(*word)
    main["verb"], relative["verb"] = world.number("verb", "sell"), world.number("verb", "own")
    main["subject"]["definite"] = main["object"]["plural"] = main["negated"] = True
    main["tense"] = relative["tense"] = 1
    relative["object"]["head"] = world.number("noun", "cart")
    made["extraposed"] = True
    return made


def table(tokens: list[Token]) -> str:
    """A sentence as a Markdown table, a word a column."""
    words = ["", *(token.form for token in tokens)]
    heads = ["root", *(token.form for token in tokens)]
    rows = [
        words,
        ["---"] * len(words),
        ["gloss", *(token.gloss for token in tokens)],
        ["is", *(f"{token.upos} {token.relation}" for token in tokens)],
        ["of", *(heads[token.head] if token.head else "" for token in tokens)],
        ["name", *(token.entity if token.entity != "O" else "" for token in tokens)],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def show() -> str:
    """The example in every language."""
    lab = LabConfig()
    world = World(lab)
    made = example(world)
    parts = []
    for code in lab.languages:
        (tokens,) = analyse(Language(world, code, lab), made)
        text = " ".join(token.form for token in tokens)
        parts.append(f"**{code}**: {text}\n\n{table(tokens)}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__).parse_args()
    print(show())
