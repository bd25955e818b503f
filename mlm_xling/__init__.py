"""Masked language models over several languages, and what emerges inside them."""
