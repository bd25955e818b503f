"""Encoders in Hugging Face's format: read into our own encoder, without PyTorch."""
