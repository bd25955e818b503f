"""The text whose tokens are to be predicted, by language."""

from itertools import islice
from pathlib import Path

from mlm_xling.data.text import read_lines
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.languages import find_file, text_language
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.word_order import reordered

LANGUAGE = "{language}"


def text_to_predict(inputs: Inputs) -> dict[str, list[str]]:
    """Reads the first non-blank lines of `config.evaluation.perplexity.text`.

    Raises:
      InputError: no text is specified, or a file is missing or empty.
    """
    config = inputs.source.config
    field, settings = "config.evaluation.perplexity.text", config.evaluation.perplexity
    if not settings.text:
        raise InputError(f"{field}: name a text file, in which {LANGUAGE} stands for the language")
    languages = dict.fromkeys((*config.languages, *inputs.target.config.languages))
    if len(set(map(text_language, languages))) > 1 and LANGUAGE not in settings.text:
        raise InputError(
            f"{field}={settings.text}: one file for {', '.join(languages)}; write {LANGUAGE} in "
            "its name, or name one language by config.languages"
        )
    found = {}
    for language in languages:
        path = Path(settings.text.replace(LANGUAGE, text_language(language))).expanduser()
        lines = (line.strip() for _, line in read_lines(find_file(path.parent, path.name), field))
        chosen = islice(filter(None, lines), settings.sentences)
        found[language] = [reordered(line, language) for line in chosen]
        if not found[language]:
            raise InputError(f"{path}: empty; {field} names it")
    return found


def models_that_predict(inputs: Inputs) -> tuple[Pretrained, Pretrained]:
    """Returns both models.

    Raises:
      InputError: one has no masked-LM head or no mask token.
    """
    for model in (inputs.source, inputs.target):
        if not model.predicts or model.vocabulary.special.mask is None:
            raise InputError(
                f"perplexity: {model.config.origin} has no masked-LM head or no mask "
                "token, so it predicts nothing"
            )
    return inputs.source, inputs.target
