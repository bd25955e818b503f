"""Planning of a run on unavailable devices: whether it fits, what binds it, what it costs."""
