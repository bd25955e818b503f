"""Word vectors supplied by the user, a baseline for dictionary induction."""

from pathlib import Path

from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.evaluation.inputs.translations import translations
from mlm_xling.evaluation.representations.fasttext import read_vectors
from mlm_xling.evaluation.representations.word_types import WordTable
from mlm_xling.languages import find_file, text_language


def vectors(inputs: Inputs) -> dict[str, WordTable]:
    """Reads the vectors of all languages with a dictionary, by the language of their text.

    Empty if `config.data.vectors` is not set.

    Raises:
      InputError: a file is missing or damaged.
    """
    config = inputs.source.config
    if not config.data.vectors:
        return {}
    folder = Path(config.data.vectors).expanduser()
    names = (config.languages[0], *map(language_of, inputs[translations]))
    return {
        language: read_vectors(
            find_file(folder, f"{language}.vec"), config.evaluation.lexicon.words
        )
        for language in dict.fromkeys(map(text_language, names))
    }
