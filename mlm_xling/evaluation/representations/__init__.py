"""From encoders to arrays: sentences, words in context, words of a vocabulary."""
