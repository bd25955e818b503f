"""Encoders in Hugging Face's format: read without PyTorch, run by `transformers`, or written."""
