"""The lab: a small generated world whose translations, trees and entailments are known.

    ontology    what there is and who does what to whom, written by hand; words: the same, typed
    world       concepts and what is true of them; usage: how often each is spoken of, with what
    meanings    sentences as tables of concepts; discourse: documents drawn from a usage
    grammar     languages as typed data; order: where their words stand
    lexicon     word forms of a language, and which of them all languages share
    realise     meanings -> sentences of a language; trees: with dependencies and names
    entailment  premises and hypotheses; versions: what says more, or the opposite
    bitext      parallel sentences; dictionary: translations of words
    files       all of it as files in the usual formats

NumPy only: nothing here knows SeqIO, and nothing that reads the files knows the lab.
"""
