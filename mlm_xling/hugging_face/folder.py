"""Folders written by `save_pretrained`: their location, JSON files and tensors."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32
from safetensors import SafetensorError, safe_open

from mlm_xling.errors import InputError
from mlm_xling.paths import user_path

PREFIX, OUTSIDE = "hf:", "transformers:"
"""Prefixes of a `--workdir` for such folders: read into our encoder, or run by `transformers`."""
CONFIG, TOKENIZER, WEIGHTS = "config.json", "tokenizer.json", "model.safetensors"
INDEX = f"{WEIGHTS}.index.json"
TOKENIZER_NAMES = ("special_tokens_map.json", "tokenizer_config.json")
"""Files that name the special tokens; the later one takes precedence."""
_HUB_NAME = r"[\w.-]+(/[\w.-]+)?"
_OF_TASK = r"\w+For(?:(?:Token|Sequence)Classification|QuestionAnswering|MultipleChoice)\w*"
"""Architectures of `transformers` with a head that a task has trained."""


def is_imported(place: str | Path) -> bool:
    """Returns whether a `--workdir` is an encoder in Hugging Face's format."""
    return str(place).startswith((PREFIX, OUTSIDE))


def find_folder(place: str) -> Path:
    """Returns the folder of `hf:<folder>` or `transformers:<folder>`.

    If it is a name on the Hub, it is downloaded.

    Raises:
      InputError: there is neither.
    """
    prefix, _, name = place.partition(":")
    path = user_path(name, prefix)
    if path.is_dir():
        return path
    if path.exists() or not re.fullmatch(_HUB_NAME, name):
        raise InputError(f"{place}: no such folder")
    import huggingface_hub  # Slow to import, and not needed for folders.

    wanted = [CONFIG, TOKENIZER, *TOKENIZER_NAMES, "*.safetensors", INDEX]
    wanted += ["*.model", "vocab.*", "merges.txt"] if place.startswith(OUTSIDE) else []
    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=wanted))
    except Exception as error:  # Its own errors, those of two HTTP libraries, and the system's.
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise InputError(
            f"{place}: no such folder, and the Hub cannot be asked for a model of this "
            f"name ({reason}); give a folder that save_pretrained wrote"
        ) from None


def require_no_task(place: str) -> None:
    """Checks that no task was learnt whose head would be dropped, when a task is to be learnt here.

    Raises:
      InputError: there is no such folder, or it has a head of a task.
    """
    folder = find_folder(place)
    if found := re.search(_OF_TASK, str(read_json(folder / CONFIG).get("architectures"))):
        raise InputError(
            f"{folder / CONFIG}: {found[0]} has learnt another task or other labels, and its head "
            "cannot be used; give an encoder alone, which learns the task here first "
            f"(AutoModel.from_pretrained('{folder}').save_pretrained of transformers writes one)"
        )


def read_json(path: Path) -> dict[str, Any]:
    """Reads a file that contains a JSON object.

    Raises:
      InputError: it is missing, or contains something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; {_REMEDIES.get(path.name, '')}") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error})") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a JSON object")
    return content


_REMEDIES = {
    CONFIG: "is this a folder that save_pretrained wrote?",
    TOKENIZER: "AutoTokenizer.from_pretrained(folder).save_pretrained(folder) of transformers "
    "writes it, for models that have a fast tokenizer",
}


class Tensors:
    """The tensors of a model, in one file or several."""

    def __init__(self, folder: Path):
        """Opens the files; tensors are read on demand.

        Raises:
          InputError: a file is missing, not in safetensors format, or truncated.
        """
        self._folder = folder
        self.files = _files(folder)
        self._opened = [_opened(path) for path in self.files]
        self._where = {name: file for file in self._opened for name in file.keys()}  # noqa: SIM118
        self.prefix = ""
        """Prefix of the names of the encoder's tensors, which `read` prepends."""

    def __iter__(self) -> Iterator[str]:
        return (name.removeprefix(self.prefix) for name in self._where)

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self._where or name in self._where

    def read(self, name: str, *shape: int) -> Float32[np.ndarray, "..."]:
        """Reads a tensor as float32, regardless of the stored type.

        Raises:
          InputError: there is no such tensor, or it has another shape.
        """
        full = self.prefix + name if self.prefix + name in self._where else name
        if full not in self._where:
            raise InputError(f"{self._folder}: the weights lack {full}, which {CONFIG} asks for")
        found = tuple(self._where[full].get_slice(full).get_shape())
        if found != shape:
            raise InputError(
                f"{self._folder}: {full} has the shape {_shown(found)}, but {CONFIG} means "
                f"{_shown(shape)}"
            )
        return np.asarray(self._where[full].get_tensor(full), np.float32)


def _files(folder: Path) -> list[Path]:
    if (folder / INDEX).is_file():
        names = read_json(folder / INDEX).get("weight_map")
        if not isinstance(names, dict) or not all(isinstance(n, str) for n in names.values()):
            raise InputError(f"{folder / INDEX}: has no weight_map of file names")
        return [folder / name for name in sorted(set(names.values()))]
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if pickled := sorted(folder.glob("*.bin")):
        model = next(iter(read_json(folder / CONFIG).get("architectures") or ()), "AutoModel")
        raise InputError(
            f"{pickled[0]}: a pickle, which could run any program; convert it where transformers "
            f'is installed: python -c "import transformers as t; m = t.{model}.from_pretrained('
            f"'{folder}'); m.save_pretrained('{folder}')\""
        )
    raise InputError(f"{folder / WEIGHTS}: no such file; the weights must be safetensors")


def _opened(path: Path) -> Any:
    try:
        return safe_open(path, framework="flax")  # NumPy has no bfloat16.
    except FileNotFoundError:
        raise InputError(f"{path}: no such file, but {INDEX} names it") from None
    except SafetensorError as error:
        raise InputError(f"{path}: not a complete safetensors file ({error})") from None


def _shown(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "()"
