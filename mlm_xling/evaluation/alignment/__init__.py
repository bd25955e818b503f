"""Which word of a sentence translates which of the other: aligners, their files, their links."""
