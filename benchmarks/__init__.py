"""Speed against named peers, run by hand: `python -m benchmarks.<name>`."""
