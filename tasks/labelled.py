"""From a location to a table, through the SeqIO task of its kind."""

from mlm_xling.data.labelled import Table, make_table
from mlm_xling.data.location import Location
from mlm_xling.tokenizer import Tokenizer
from tasks.entities import entities_task
from tasks.pairs import pairs_task
from tasks.trees import trees_task

KINDS = {"trees": trees_task, "entities": entities_task, "pairs": pairs_task}


def labelled_table(kind: str, location: Location, vocabulary: Tokenizer) -> Table:
    """Reads and encodes all sentences of a location.

    Args:
      kind: one of `KINDS`.

    Raises:
      InputError: there are none, or they are not in their format.
    """
    made = KINDS[kind](location, vocabulary)
    dataset = made.get_dataset(None, location.split, shuffle=False, trim_output_features=False)
    columns: dict[str, list[list]] = {name: [] for name in made.output_features}
    for example in dataset.as_numpy_iterator():
        for name, cells in columns.items():
            value = example[name]
            is_text = value.dtype == object
            cells.append([item.decode() for item in value] if is_text else value.tolist())
    return make_table(columns)
