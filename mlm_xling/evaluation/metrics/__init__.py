"""Scores of predictions, each a ratio of sums over sentences, so that all can be resampled."""
