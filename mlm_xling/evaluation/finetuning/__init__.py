"""Fine-tuning on one language, testing on others: NLI, NER and dependency parsing."""
