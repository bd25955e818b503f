"""Encoders in Hugging Face's format: read into our own without PyTorch, run there, written."""
