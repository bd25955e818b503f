"""Probes of frozen representations: plain functions from arrays to numbers."""
