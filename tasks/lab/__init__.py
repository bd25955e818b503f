"""The lab: a small generated world whose translations, trees and entailments are known.

    ontology  what there is and who does what to whom, written by hand
    world     how often, in which topic, with which preferences, drawn from a seed
    meanings  documents and single sentences as tables of concepts, drawn from the world
    grammar   languages as typed data; order: where their words stand
    lexicon   word forms of a language; anchors: which of them all languages share
    realise   meanings -> words of a language, with trees and names
    files     all of it as files in the usual formats

NumPy only: nothing here knows SeqIO, and nothing that reads the files knows the lab.
"""
