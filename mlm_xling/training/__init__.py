"""From streams to a trained encoder: one step, one loop, one kind of checkpoint."""
