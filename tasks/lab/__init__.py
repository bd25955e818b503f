"""The lab: a small generated world whose translations, trees and entailments are known.

    ontology    what there is and who does what to whom, written by hand; words: the same, typed
    world       how often, in which topic, with which preferences, drawn from a seed
    meanings    sentences as tables of concepts; documents: drawn from the world
    grammar     languages as typed data; order: where their words stand
    lexicon     word forms of a language, and which of them all languages share
    realise     meanings -> sentences of a language; trees: with dependencies and names
    entailment  premises and hypotheses; bitext, dictionary: translations
    files       all of it as files in the usual formats

NumPy only: nothing here knows SeqIO, and nothing that reads the files knows the lab.
"""
