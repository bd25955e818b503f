"""Pretraining: from token streams to a trained encoder."""
