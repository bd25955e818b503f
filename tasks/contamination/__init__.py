"""What languages the lines of a text are in: counted, sampled for an audit, corrected, shown.

    pip install -r requirements-contamination.txt
    python -m tasks.contamination text/en.txt --language=en --output=contamination
    python -m tasks.contamination --config=configs/text.py --config.data.text_dir=text

After Blevins and Zettlemoyer (2022). `docs/how-to/contamination.md` explains it.
"""
