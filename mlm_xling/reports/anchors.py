"""What the training texts of the languages have in common, as a table."""

from mlm_xling.data.manifest import Manifest
from mlm_xling.reports.tables import Table

CAPTION = (
    "Types are the different ids in a language's training text, special tokens left out; shared "
    "ones occur in the text of another language, too. Shared tokens are the running tokens with "
    "such ids: the anchor points of the run."
)


def anchor_table(manifest: Manifest) -> Table:
    """A row for each language."""
    header = ["language", "sentences", "tokens", "types", "shared types", "shared tokens (%)"]
    rows = []
    for language, record in manifest.languages.items():
        anchors, train = record.anchors, record.train
        counts = (train.sentences, train.tokens, anchors.types, anchors.shared_types)
        shared = f"{100 * anchors.shared_tokens:.1f}"
        rows.append([language, *(f"{count:,}" for count in counts), shared])
    return Table(header, rows)
