"""Studies: many runs that differ in a row, a pair of languages or a seed, with one report."""
