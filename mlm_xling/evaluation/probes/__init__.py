"""Evaluators of frozen encoders, one file each."""
