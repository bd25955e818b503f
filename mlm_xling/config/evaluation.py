"""Configuration fields for evaluation: probing of a frozen encoder, and fine-tuning."""

from dataclasses import dataclass, field

from mlm_xling.config.limits import checked, languages_or_none, number, one_of, positive, share
from mlm_xling.config.tasks import TasksConfig


@dataclass
class FinetuningConfig:
    """Settings common to all tasks (docs/method.md section 5)."""

    source: str = ""
    """The language to train on; empty: the first of `languages`."""
    targets: tuple[str, ...] = checked((), languages_or_none)
    """The languages to test on; empty: all but the source."""
    reinitialise: tuple[str, ...] = ()
    """Parts to reset to their state before pretraining, `embeddings` or `layer_5`: which of what
    was learnt does transfer need? Private parts are not allowed, as they are not fine-tuned."""
    quick: bool = False
    """Use each task's small grid for small encoders; fields of the task that are set to other than
    their default are kept."""
    teacher: str = ""
    """Teacher that provides soft labels of the training data: the workdir of a run, or
    `hf:<folder>`. It is fine-tuned on that data first (docs/how-to/distil-a-teacher.md); empty:
    none."""
    teacher_weight: float = number(0.5, 0, 1)
    """`a`, the weight of soft labels in the loss; gold answers have the rest."""
    temperature: float = positive(2.0, 1_000)
    """`t`, which divides the scores of teacher and student in the loss."""
    then_gold: bool = False
    """Train all epochs on soft labels alone, then, from the best of them, all epochs on gold
    answers alone; `teacher_weight` is ignored."""
    permute_teacher: bool = False
    """A control: each sentence gets the soft labels of another one with as many words."""
    label_smoothing: float = share(0.0)
    """A control without a teacher: the share of the gold answer's probability that is spread over
    all possible answers."""
    clip_norm: float = positive(1.0, 10**6)
    """Maximum gradient norm; longer gradients are clipped."""
    windows: int = number(4, 1, 1_000)
    """Maximum number of overlapping windows of `training.length` tokens for a sentence to parse;
    words beyond them count as wrong."""
    buckets: int = number(3, 1, 8)
    """Number of batch shapes, each compiled once."""


@dataclass
class LexiconConfig:
    """Dictionary induction (docs/method.md section 6)."""

    train_words: int = number(5_000, 1, 10**7)
    """Number of source words of the dictionary to which the map is fitted."""
    test_words: int = number(1_500, 1, 10**7)
    """Number of other source words of the dictionary to look up; a dictionary that is too small for
    both is divided in the same ratio."""
    stems: bool = True
    """Treat words that begin alike as forms of one word, which all fit the map or are all looked
    up; source words with a lemma in the dictionary are grouped by that instead."""
    only: tuple[str, ...] = ()
    """Folders of other evaluations: only words that were looked up in all of them are looked up."""
    words: int = number(50_000, 1, 10**7)
    """Number of most frequent words of a language among which translations are searched."""
    sentences: int = number(500_000, 1, 10**9)
    """Maximum number of sentences per language in which words are encoded in context."""


@dataclass
class ContextualConfig:
    """Alignment of words in context (docs/method.md section 6), with maps that let a head on a
    frozen layer (`contextual_ner`, `contextual_parsing`) read the target; other settings of these
    heads are in `finetuning`, `ner` and `parsing`."""

    pairs: int = number(10_000, 1, 10**7)
    """Number of pairs of `data.parallel`, beyond `evaluation.pairs`, whose words are aligned by
    eflomal; or of pairs of `bitext`. Every tenth is held out to test the map."""
    bitext: str = ""
    """A file `source words ||| target words` to use instead, for a single pair of languages."""
    links: str = ""
    """Word links of `bitext` from any other aligner, one line such as `0-0 1-2` per pair."""


@dataclass
class PerplexityConfig:
    """Prediction of a text, token by token (docs/method.md section 6)."""

    text: str = ""
    """A text file, one sentence per line; `{language}` is replaced by the language."""
    sentences: int = number(200, 1, 10**9)
    """Maximum number of non-blank lines of `text` to read; a line of n tokens is read n times."""


@dataclass
class EvaluationConfig(TasksConfig):
    """Probing of a frozen encoder, and fine-tuning."""

    pairs: int = number(1_000, 4, 10**7)
    """Number of sentence pairs to measure retrieval and CKA on."""
    fit_pairs: int = number(500, 0, 10**7)
    """Number of further pairs, disjoint from `pairs`, on which Procrustes maps are fitted and
    languages are centred; 0 disables both, and all pairs can be measured on."""
    pooling: str = one_of("mean", "weighted", "first", "last", "mean_with_specials")
    """The vector of a sentence: the `mean` of its tokens, or their mean `weighted` by position
    (Muennighoff, 2022), both without special tokens; its `first` token (BERT's `[CLS]`) or its
    `last`, special ones included; or the `mean_with_specials` (as in mPLM-Sim)."""
    shrunk_maps: bool = False
    """Whether retrieval also fits maps with less weight on directions that few pairs determine
    (`p@1_procrustes_shrunk`): for fewer pairs than twice the width."""
    resamples: int = number(200, 0, 10**5)
    """Number of bootstrap resamples of the pairs, for the intervals of CKA and of language
    similarity; 0 for no intervals."""
    distances: tuple[str, ...] = ()
    """TSV tables of distances between languages, rows and columns named by language, or
    `lab:grammar` and `lab:lexicon`, the distances with which the lab's languages were drawn.
    Language similarity is correlated with each, and with distances computed from the sentences."""
    dev_chunks: int = number(256, 1, 10**7)
    """Maximum number of dev chunks per language for perplexity."""
    during_pretraining: tuple[str, ...] = ()
    """Evaluators to run every `training.evaluate_every` steps, as far as they train nothing."""
    finetuning: FinetuningConfig = field(default_factory=FinetuningConfig)
    lexicon: LexiconConfig = field(default_factory=LexiconConfig)
    contextual: ContextualConfig = field(default_factory=ContextualConfig)
    perplexity: PerplexityConfig = field(default_factory=PerplexityConfig)
