"""What evaluators read: parallel sentences, dictionaries, linked words, labelled data."""
