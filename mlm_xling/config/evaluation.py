"""The fields that evaluation reads: probing of a frozen encoder, and fine-tuning."""

from dataclasses import dataclass, field

from mlm_xling.config.limits import checked, languages_or_none, number, one_of, positive, share
from mlm_xling.config.tasks import TasksConfig


@dataclass
class FinetuningConfig:
    """What all tasks have in common (docs/method.md section 5)."""

    source: str = ""
    """The language that is trained on; empty: the first of `languages`."""
    targets: tuple[str, ...] = checked((), languages_or_none)
    """Languages tested; empty: all but the source."""
    reinitialise: tuple[str, ...] = ()
    """Parts that begin as before pretraining, `embeddings` or `layer_5`: which of what was learnt
    does transfer need? Nothing that is private can be named, as it is not fine-tuned."""
    quick: bool = False
    """Use the small grids for small encoders that each task names, but for fields of the task that
    are given another value than their default."""
    teacher: str = ""
    """Who gives soft labels of the training data: the workdir of a run, or `hf:<folder>`, which is
    fine-tuned on it before (docs/how-to/distil-a-teacher.md); empty: nobody."""
    teacher_weight: float = number(0.5, 0, 1)
    """`a`, the weight of soft labels in the loss; right answers have the rest."""
    temperature: float = positive(2.0, 1_000)
    """`t`, by which the scores of teacher and student are divided in it."""
    then_gold: bool = False
    """All epochs on soft labels alone and then, from the best of them, all on right answers alone;
    `teacher_weight` says nothing."""
    permute_teacher: bool = False
    """A control: a sentence gets the soft labels of another one with as many words."""
    label_smoothing: float = share(0.0)
    """A control without a teacher: this share of every right answer is divided among all answers
    that are possible."""
    clip_norm: float = positive(1.0, 10**6)
    """Longest gradient."""
    windows: int = number(4, 1, 1_000)
    """A sentence to parse is encoded in at most so many overlapping windows of
    `training.length` tokens; words beyond count as wrong."""
    buckets: int = number(3, 1, 8)
    """Shapes of batches, each compiled once."""


@dataclass
class LexiconConfig:
    """Dictionary induction (docs/method.md section 6)."""

    train_words: int = number(5_000, 1, 10**7)
    """Source words of the dictionary on which the map is fitted."""
    test_words: int = number(1_500, 1, 10**7)
    """Other source words of the dictionary, which are looked up; a dictionary that is too small for
    both is divided in the same ratio."""
    stems: bool = True
    """Words that begin alike are forms of one word, which all fit the map or are all looked up;
    source words whose lemma the dictionary names go by that."""
    only: tuple[str, ...] = ()
    """Folders of other evaluations: only words that were looked up there are looked up."""
    words: int = number(50_000, 1, 10**7)
    """The most frequent words of a language, among which translations are sought."""
    sentences: int = number(500_000, 1, 10**9)
    """The most sentences of a language in which words are encoded in context."""


@dataclass
class ContextualConfig:
    """Alignment of words in context (docs/method.md section 6), and the maps that let a head on a
    frozen layer (`contextual_ner`, `contextual_parsing`) read the target; the rest of those is in
    `finetuning`, `ner` and `parsing`."""

    pairs: int = number(10_000, 1, 10**7)
    """Pairs of `data.parallel`, beyond those of `evaluation.pairs`, whose words are aligned by
    eflomal; or of `bitext`. Every tenth is kept for testing the map."""
    bitext: str = ""
    """A file `source words ||| target words` to use instead, for a single pair of languages."""
    links: str = ""
    """Links between the words of each pair of `bitext` by any other aligner, `0-0 1-2` a line."""


@dataclass
class PerplexityConfig:
    """Prediction of a text, token by token (docs/method.md section 6)."""

    text: str = ""
    """A text file, one sentence a line, in which `{language}` stands for the language."""
    sentences: int = number(200, 1, 10**9)
    """The most lines of `text` to read, without blank ones; a line of n tokens is read n times."""


@dataclass
class EvaluationConfig(TasksConfig):
    """Probing of a frozen encoder, and fine-tuning."""

    pairs: int = number(1_000, 4, 10**7)
    """Pairs of sentences that retrieval and CKA are measured on."""
    fit_pairs: int = number(500, 0, 10**7)
    """Further pairs, none of them among `pairs`, on which Procrustes is fitted and languages are
    centred; with 0 neither is done, and all pairs can be measured on."""
    pooling: str = one_of("mean", "weighted", "first", "last", "mean_with_specials")
    """The vector of a sentence: the `mean` of its tokens, or their mean `weighted` by position
    (Muennighoff, 2022), both without special tokens; or its `first` token (BERT's `[CLS]`) or its
    `last`, special ones included; or the `mean_with_specials` (as in mPLM-Sim)."""
    shrunk_maps: bool = False
    """Retrieval also fits maps in which directions that few pairs determine count for less
    (`p@1_procrustes_shrunk`): for fewer pairs than twice the width."""
    resamples: int = number(200, 0, 10**5)
    """Bootstrap resamples of the pairs for the intervals of CKA and of the similarity of languages;
    0 for none."""
    distances: tuple[str, ...] = ()
    """TSV tables of distances between languages, rows and columns named by language, or
    `lab:grammar` and `lab:lexicon`, as the lab's languages were drawn: the similarity of languages
    is correlated with each, beside what is computed of the sentences."""
    dev_chunks: int = number(256, 1, 10**7)
    """The most dev chunks of a language that perplexity is measured on."""
    during_pretraining: tuple[str, ...] = ()
    """Evaluators run at every `training.evaluate_every` steps; most need
    `data.parallel`."""
    finetuning: FinetuningConfig = field(default_factory=FinetuningConfig)
    lexicon: LexiconConfig = field(default_factory=LexiconConfig)
    contextual: ContextualConfig = field(default_factory=ContextualConfig)
    perplexity: PerplexityConfig = field(default_factory=PerplexityConfig)
