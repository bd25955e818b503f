"""Many runs that differ in a row, a pair of languages or a seed, and one report of them."""
