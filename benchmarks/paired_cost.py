"""What pairs cost: a step on sentence pairs against a step on text of as many tokens.

    python -m benchmarks.paired_cost lab

Shapes are those of `benchmarks.private_cost`, with half the length a side, and so are the times:
medians of steps taken in turns, in processor seconds.
"""

import json
import sys
from typing import Any

from benchmarks.private_cost import SHAPES, halves, repeater, row_config, times  # Before JAX.

# isort: split
import jax
import jax.numpy as jnp

from mlm_xling.data.streams import Batch
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program


def main(shape: str, rounds: int = 25) -> None:
    """Prints times and their ratio as JSON, a row a line."""
    model, vocabulary, training = SHAPES[shape]
    ids = jax.random.randint(
        jax.random.key(0), (4, training.batch_size, training.length // 2), 14, vocabulary
    )
    pairs = Batch(ids, jnp.array([0, 1, 0, 1]))
    text = Batch(ids.reshape(2, training.batch_size, training.length), jnp.arange(2))
    for row in ("no_anchors", "sep_emb_l1_3"):
        config = row_config(row, model, training)
        owned = halves(vocabulary, separate=bool(config.model.private))
        program = make_program(config, owned, make_mesh(config.mesh, jax.devices()[:1]))
        updates: dict[str, Any] = {
            "text": repeater(program, program.train, text),
            "pairs": repeater(program, program.train_on_pairs, pairs),
        }
        seconds = times(updates, rounds)
        ratio = round(seconds["pairs"] / seconds["text"], 3)
        print(json.dumps({"row": row, "seconds": seconds, "ratio": ratio}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
