"""Simple English and French sentences for `make demo`, until you bring your own text.

    python -m tasks.demo_text DIRECTORY

writes `en.txt` and `fr.txt`, whose documents are drawn independently, and `parallel.tsv`.
"""

import itertools
import random
import sys
from pathlib import Path

TOPICS = {
    "kitchen": {
        "who": [("the cook", "le cuisinier"), ("the baker", "le boulanger"),
                ("the guest", "l'invité")],
        "does": [("cuts", "coupe"), ("tastes", "goûte"), ("burns", "brûle"), ("sells", "vend")],
        "what": [("the bread", "le pain"), ("the soup", "la soupe"), ("the fish", "le poisson"),
                 ("the apple", "la pomme"), ("the cheese", "le fromage")],
        "where": [("in the kitchen", "dans la cuisine"), ("at the market", "au marché")],
    },
    "school": {
        "who": [("the teacher", "le professeur"), ("the child", "l'enfant"),
                ("the girl", "la fille")],
        "does": [("reads", "lit"), ("writes", "écrit"), ("forgets", "oublie"),
                 ("explains", "explique")],
        "what": [("the book", "le livre"), ("the letter", "la lettre"), ("the story", "l'histoire"),
                 ("the question", "la question"), ("the poem", "le poème")],
        "where": [("at school", "à l'école"), ("in the library", "dans la bibliothèque")],
    },
    "farm": {
        "who": [("the farmer", "le fermier"), ("the dog", "le chien"), ("the boy", "le garçon")],
        "does": [("follows", "suit"), ("feeds", "nourrit"), ("finds", "trouve"),
                 ("watches", "regarde")],
        "what": [("the horse", "le cheval"), ("the cow", "la vache"), ("the bird", "l'oiseau"),
                 ("the sheep", "le mouton"), ("the cat", "le chat")],
        "where": [("in the field", "dans le champ"), ("near the river", "près de la rivière")],
    },
}  # fmt: skip
WHEN = [("today", "aujourd'hui"), ("often", "souvent"), ("in the morning", "le matin"),
        ("every day", "chaque jour"), ("in winter", "en hiver")]  # fmt: skip
NAMES = ["Anna", "Paul", "Maria", "Omar", "Lena"]
DOCUMENTS, SENTENCES = 400, 12


def sentence(topic: str, random_source: random.Random) -> tuple[str, str]:
    """One meaning in both languages."""
    parts = [random_source.choice(TOPICS[topic][role]) for role in ("who", "does", "what", "where")]
    if random_source.random() < 0.3:
        parts[0] = (name := random_source.choice(NAMES), name)
    if random_source.random() < 0.5:
        parts.append(random_source.choice(WHEN))
    english, french = (" ".join(words) for words in zip(*parts, strict=True))
    return f"{english[0].upper()}{english[1:]}.", f"{french[0].upper()}{french[1:]}."


def documents(language: int, seed: str) -> str:
    """Documents of one topic each, a blank line between them."""
    random_source = random.Random(seed)
    made = []
    for _ in range(DOCUMENTS):
        topic = random_source.choice(list(TOPICS))
        lines = (sentence(topic, random_source)[language] for _ in range(SENTENCES))
        made.append("\n".join(lines))
    return "\n\n".join(made) + "\n"


def write(directory: Path, pairs: int = 600) -> None:
    """Writes the three files."""
    directory.mkdir(parents=True, exist_ok=True)
    for index, language in enumerate(("en", "fr")):
        (directory / f"{language}.txt").write_text(documents(index, language), encoding="utf-8")
    random_source = random.Random("parallel")
    drawn = (sentence(random_source.choice(list(TOPICS)), random_source) for _ in itertools.count())
    unique = list(dict(itertools.islice(drawn, 3 * pairs)).items())[:pairs]
    rows = ["en\tfr", *("\t".join(pair) for pair in unique)]
    (directory / "parallel.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
