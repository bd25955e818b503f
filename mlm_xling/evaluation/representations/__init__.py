"""Representations: vectors of sentences, words in context, and words of a vocabulary."""
