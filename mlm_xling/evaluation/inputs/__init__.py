"""Inputs of evaluators: parallel sentences, dictionaries, linked words, labelled data."""
