"""What reports call the models that were measured, in the words of `--models`."""

from mlm_xling.results import RANDOM, RANDOM_TARGET

_SHOWN = {RANDOM: "untrained", RANDOM_TARGET: "untrained target"}


def shown_model(model: str) -> str:
    """Returns the name of a result's model for tables and figures."""
    return _SHOWN.get(model, model)
