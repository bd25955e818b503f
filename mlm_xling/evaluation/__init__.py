"""Evaluation of frozen encoders: representations, probes, and the results file."""
