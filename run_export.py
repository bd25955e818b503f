"""Writes the encoder of a run as a folder that transformers can load.

python run_export.py --workdir=runs/en-fr --to=exported/en-fr
"""

from absl import flags

from mlm_xling.console import run_program

WORKDIR = flags.DEFINE_string("workdir", None, "Folder of run_pretrain.py.")
TO = flags.DEFINE_string("to", None, "Folder to be made.")
CHECKPOINT = flags.DEFINE_enum("checkpoint", "best", ["best", "latest"], "Which one to export.")
flags.mark_flags_as_required(["workdir", "to"])


def export_run() -> None:
    """Exports, and prints the destination."""
    from mlm_xling.library import export  # Imports JAX.

    print(f"exported {export(WORKDIR.value or '', TO.value or '', CHECKPOINT.value)}")


if __name__ == "__main__":
    run_program(export_run)
