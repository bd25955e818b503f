"""Alignment of words in context: a map per layer, fitted on automatically aligned words.

`aligned_p@1` is the share of held-out linked words whose nearest word in the other language, among
all linked words of the held-out sentences, is the one they are linked to; `_raw` without a map. As
model-free baselines, `lexical_aligned_p@1` matches words verbatim, and `lookup_aligned_p@1` uses a
dictionary of the links that fit the map. Several words come from one sentence, so intervals are
from resampled sentences. The same maps let a head trained on the source encoder read the target
encoder: see `layer_maps`.
"""

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.aligned_words import aligned_words, words_to_align
from mlm_xling.evaluation.inputs.bitext import Bitext
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.evaluation.measures import retrieval
from mlm_xling.evaluation.measures.contextual_map import ContextualMap
from mlm_xling.evaluation.measures.intervals import clustered_interval
from mlm_xling.evaluation.measures.word_lookup import found_by_lookup, most_often_linked
from mlm_xling.evaluation.probes.retrieval import DIRECTIONS
from mlm_xling.evaluation.representations.word_tokens import tokens, word_states
from mlm_xling.evaluation.subject import Subject
from mlm_xling.languages import share_strings
from mlm_xling.results import Result

BASELINES = {"lexical": "as it is written", "lookup": "by a dictionary of links"}
"""Model-free baselines: name in results -> name in titles."""
TESTED = 2_000
"""Maximum number of words."""


class WordPairs(NamedTuple):
    """States of linked words; row i of both sides is one link."""

    source: Float32[np.ndarray, "layer word embed"]
    target: Float32[np.ndarray, "layer word other_embed"]
    held_out: Bool[np.ndarray, " word"]
    sentence: Int[np.ndarray, " word"]
    """Index of the sentence pair that each word comes from."""
    items: list[str]
    """Identifies each word and where it occurs."""
    words: list[tuple[str, str]]
    """Each as written in the sentences of both sides."""

    @property
    def tested(self) -> Int[np.ndarray, " tested"]:
        """The words that are looked up."""
        return np.flatnonzero(self.held_out)[:TESTED]

    @property
    def of_choice(self) -> "WordPairs":
        """The words that fit maps; those of every other sentence are held out to select a layer."""
        fitted = np.flatnonzero(~self.held_out)
        sentence = self.sentence[fitted]
        return WordPairs(
            self.source[:, fitted],
            self.target[:, fitted],
            np.unique(sentence, return_inverse=True)[1] % 2 == 1,
            sentence,
            [self.items[row] for row in fitted],
            [self.words[row] for row in fitted],
        )


def evaluate_contextual(subject: Subject) -> list[Result]:
    """Computes P@1 between linked words at every layer, mapped and, within one encoder, raw."""
    results, first = [], subject.config.languages[0]
    for target, bitext in subject.inputs[aligned_words].items():
        pairs = word_pairs(subject, target, bitext)
        sentence = pairs.sentence[pairs.tested]
        result = functools.partial(
            subject.result,
            "contextual",
            pair=(first, target),
            n=len(sentence),
            seen=bitext.seen_fraction(tested=True),
            items=[pairs.items[row] for row in pairs.tested],
        )
        comparable = share_strings(first, language_of(target))
        if len(sentence) and subject.baselines and comparable:
            for name, metric, hits in _without_model(pairs):
                interval = clustered_interval(hits, sentence, subject.seed)
                found = result(metric, layer=None, value=hits.mean(), interval=interval)
                results.append(replace(found, model=name, step=0))
        choices = _hits(subject, pairs.of_choice)
        for (metric, layer), hits in _hits(subject, pairs).items():
            interval = clustered_interval(hits, sentence, subject.seed)
            choice = choices.get((metric, layer))
            choice = None if choice is None else choice.mean()
            results.append(
                result(metric, layer=layer, value=hits.mean(), interval=interval, choice=choice)
            )
    return results


def _without_model(pairs: WordPairs) -> Iterator[tuple[str, str, Bool[np.ndarray, " word"]]]:
    """Yields baselines, their metrics, and whether each tested word was found."""
    tested = [pairs.words[row] for row in pairs.tested]
    fitting = [pairs.words[row] for row in np.flatnonzero(~pairs.held_out)]
    for direction, turn in (("forward", 1), ("backward", -1)):
        words, others = ([pair[::turn][side] for pair in tested] for side in (0, 1))
        fitted, linked = ([pair[::turn][side] for pair in fitting] for side in (0, 1))
        for name, dictionary in (("lexical", {}), ("lookup", most_often_linked(fitted, linked))):
            hits = found_by_lookup(words, others, dictionary)
            yield name, f"{name}_aligned_p@1_{direction}", hits


def _hits(subject: Subject, pairs: WordPairs) -> dict[tuple[str, int], Bool[np.ndarray, " word"]]:
    """Returns, by metric and layer, whether the link of each tested word was found."""
    chosen, found = pairs.tested, {}
    if not len(chosen) or pairs.held_out.all():  # Too few to select a layer.
        return {}
    for layer, mapping in enumerate(layer_maps(pairs)):
        x, y = pairs.source[layer][chosen], pairs.target[layer][chosen]
        spaces = {"": (x, np.asarray(mapping(y)))} | ({"_raw": (x, y)} if subject.together else {})
        for space, vectors in spaces.items():
            for direction, hits in retrieval.retrieve(*vectors)._asdict().items():
                found[f"aligned_p@1{space}_{direction}", layer] = hits
    return found


def word_pairs(subject: Subject, target: str, bitext: Bitext) -> WordPairs:
    """Encodes both sides of a bitext and extracts the first subword of every linked word."""
    rows = zip(bitext.source, bitext.target, bitext.links, strict=True)
    first = subject.config.languages[0]
    sides = (subject.source.pretrained, first), (subject.target.pretrained, language_of(target))
    sentences, wanted, sentence, items, words = ([], []), ([], []), [], [], []
    for number, (text, other, links) in enumerate(rows):
        pair = [tokens(*side, of) for side, of in zip(sides, (text, other), strict=True)]
        kept = [link for link in links if all(pair[i].first[link[i]] >= 0 for i in (0, 1))]
        for i in (0, 1):
            sentences[i].append(pair[i])
            wanted[i].append([pair[i].first[link[i]] for link in kept])
        sentence += [number] * len(kept)
        items += [f"{text.text}\t{other.text}\t{i}-{j}" for i, j in kept]
        words += [(text.words[i], other.words[j]) for i, j in kept]
    x, y = (word_states(*sides[i], sentences[i], wanted[i]) for i in (0, 1))
    numbers = np.array(sentence, np.int64)
    return WordPairs(x, y, np.array(bitext.tested, bool)[numbers], numbers, items, words)


def layer_maps(pairs: WordPairs) -> tuple[ContextualMap, ...]:
    """Fits the map from the target's to the source's space at every layer.

    A head on frozen layer i of the source encoder reads the target encoder through the i-th map:
    `head(maps[i](target_states))`.
    """
    fitted = ~pairs.held_out
    return tuple(
        ContextualMap.fit(y[fitted], x[fitted])
        for x, y in zip(pairs.source, pairs.target, strict=True)
    )


EVALUATOR = Evaluator(
    "contextual",
    evaluate_contextual,
    {
        f"aligned_p@1{suffix}_{direction}": Metric(
            f"aligned word P@1 {name} {way}",
            percent=True,
            curve=curve,
            beside=tuple(f"{baseline}_aligned_p@1_{direction}" for baseline in BASELINES),
        )
        for suffix, name, curve in (("", "mapped", "aligned P@1"), ("_raw", "raw", "aligned raw"))
        for direction, way in DIRECTIONS.items()
    }
    | {
        f"{name}_aligned_p@1_{direction}": Metric(
            f"aligned word P@1 {title} {way}", percent=True, baseline=True
        )
        for name, title in BASELINES.items()
        for direction, way in DIRECTIONS.items()
    },
    needs=(aligned_words,),
    checks=(words_to_align,),
)
