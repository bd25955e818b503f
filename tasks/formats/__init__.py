"""Files of labelled data as people have them: CoNLL-U, BIO columns, TSV pairs."""
