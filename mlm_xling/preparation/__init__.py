"""From text and labelled files to shards and tables, once, in a process of its own.

The only room with TensorFlow, beside `tasks/`; the other rooms read what it leaves.
"""
