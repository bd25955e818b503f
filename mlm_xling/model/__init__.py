"""The encoder, whose parts are shared by all languages or private to each."""
