"""The other side of `benchmarks.imported`: the same batches through `transformers` on PyTorch."""

import json
import sys
import time

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from transformers import AutoModel  # pyright: ignore[reportMissingImports]

PADDING = -1


def main() -> None:
    """Answers each line on the standard input by the seconds of wall and processor of a round."""
    folder, path = sys.argv[1:]
    torch.set_num_threads(2)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    batches = [torch.from_numpy(array).long() for array in np.load(path).values()]
    _round(model, batches[:1])
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter(), time.process_time()
        _round(model, batches)
        print(json.dumps([time.perf_counter() - began[0], time.process_time() - began[1]]))
        sys.stdout.flush()


def _round(model: torch.nn.Module, batches: list[torch.Tensor]) -> None:
    with torch.inference_mode():
        for ids in batches:
            real = ids != PADDING
            states = model(
                torch.where(real, ids, 0), attention_mask=real.long(), output_hidden_states=True
            ).hidden_states
            weights = real[..., None].float()
            np.stack([(layer * weights).sum(1).numpy() for layer in states])


if __name__ == "__main__":
    main()
