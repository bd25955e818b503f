"""Tables and figures made from `results.jsonl`, as Markdown, HTML and PNG."""
