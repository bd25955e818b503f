"""Preparation of shards and tables from text and labelled files, once, in a separate process.

Only this package and `tasks/` use TensorFlow; others read its output.
"""
