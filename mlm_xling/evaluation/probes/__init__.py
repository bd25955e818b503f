"""Evaluators of frozen encoders, a file each."""
