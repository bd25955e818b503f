"""Measures: functions from arrays to numbers."""
