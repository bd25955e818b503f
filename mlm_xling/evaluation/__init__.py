"""What a frozen encoder knows: representations, probes, and the file of results."""
