"""Speed of the lab's monolingual text, on one core.

python -m benchmarks.lab
"""

import time

from mlm_xling.config import LabConfig
from tasks.lab.files import monolingual
from tasks.lab.realise import Language
from tasks.lab.world import World

SENTENCES = 100_000


def main() -> None:
    """Prints sentences and words a processor second, for each language."""
    lab = LabConfig(sentences=SENTENCES)
    world = World(lab)
    for code in lab.languages:
        language = Language(world, code, lab)
        start = time.process_time()
        text = list(monolingual(world, language, lab))
        seconds = time.process_time() - start
        words = sum(len(block.split()) for block in text)
        print(f"{code}: {SENTENCES / seconds:,.0f} sentences/s, {words / seconds:,.0f} words/s")


if __name__ == "__main__":
    main()
