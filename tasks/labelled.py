"""From a location to a table, through the SeqIO task of its kind."""

from mlm_xling.data.labelled import Table, make_table
from mlm_xling.preparation.prepare_labelled import Location
from mlm_xling.vocabulary import Vocabulary
from tasks.ner import ner_task
from tasks.nli import nli_task
from tasks.parsing import parsing_task

TASKS = {"nli": nli_task, "ner": ner_task, "parsing": parsing_task}


def labelled_table(task: str, location: Location, vocabulary: Vocabulary) -> Table:
    """Reads and encodes all sentences of a location.

    Raises:
      InputError: there are none, or they are not in their format.
    """
    made = TASKS[task](location, vocabulary)
    dataset = made.get_dataset(None, location.split, shuffle=False, trim_output_features=False)
    columns: dict[str, list[list]] = {name: [] for name in made.output_features}
    for example in dataset.as_numpy_iterator():
        for name, cells in columns.items():
            value = example[name]
            is_text = value.dtype == object
            cells.append([item.decode() for item in value] if is_text else value.tolist())
    return make_table(columns)
