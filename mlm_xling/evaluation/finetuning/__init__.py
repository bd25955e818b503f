"""Fine-tuning on one language, tested on others: NLI, NER and dependency parsing."""
