"""A row keeps its name until a field that makes it is overridden."""

from configs import controlled, demo
from configs.table1 import PAPER
from mlm_xling.config.rows import OF_ROWS
from mlm_xling.config.stored import fields

OF_ANY_ROW = {"languages", "row", "vocabulary.size", "lab.languages"}
"""Which languages, the name, and sizes that follow from the kind of vocabulary."""


def test_the_fields_in_which_rows_differ_are_those_that_make_one():
    configs = [demo.get_config(f"a-b/{row}") for row in PAPER]
    configs += [demo.get_config(f"a/{row}") for row in ("monolingual", "en_en")]
    configs += [controlled.get_config(f"a/{row}") for row in controlled.ROWS]
    first, *others = [dict(fields(config)) for config in configs]

    differing = {name for other in others for name in first if other[name] != first[name]}

    assert differing - OF_ANY_ROW == set(OF_ROWS) - {"model.private_groups"}
