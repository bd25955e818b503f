"""The typed configuration of a run; every default stands here, once.

`configs/*.py` build a `Config`, the command line overrides single fields
(`--config.optimizer.learning_rate=2e-4`), and `validate` checks the whole before
anything runs. A checkpoint stores the resolved configuration as JSON.
"""

from dataclasses import dataclass, field

PAPER_LAYERS = 8
"""Of which Table 1 makes the lower three or six private."""


@dataclass
class CodeSwitchingConfig:
    """Words of the training text replaced by translations (METHOD.md section 4, Extra anchors)."""

    probability: float = 0.0
    """Of each word that `data.dictionary` knows; 0 switches nothing."""
    cap: float = 0.15
    """At most this share of the words of a sentence changes."""
    versions: int = 4
    """Differently switched copies of the text to prepare; the epochs take turns with them."""


@dataclass
class DataConfig:
    """Where monolingual text comes from, and what is kept out of training."""

    source: str = "text"
    """`text` (files `<lang>.txt` in `text_dir`), `lab` (the generated world of section `lab`), or
    a TFDS builder: `wikipedia`, `wiki40b`, `c4`."""
    sources: tuple[str, ...] = ()
    """Other sources of single languages: `fr:c4` is a builder, `fr:crawl/fr.txt` a text file."""
    text_dir: str = ""
    """One sentence a line, a blank line between documents."""
    equal_size: str = ""
    """`sentences` or `tokens` cuts the training text of every language to the smallest one's."""
    dictionary: str = ""
    """Translations, `source<TAB>target[<TAB>weight]` a line: a file, or a folder (by default
    `text_dir`) of files named `en-fr.tsv`, `en-fr.txt` or `dictionary.en-fr.tsv`."""
    code_switching: CodeSwitchingConfig = field(default_factory=CodeSwitchingConfig)
    parallel: str = ""
    """TSV of aligned sentences with a header of language codes. Given at pretraining, the rows
    that the evaluators will use are held out of the text. A column `en'` holds paraphrases of the
    column `en`. The lab brings its own."""
    retrieval: tuple[str, ...] = ()
    """TSV files like `parallel` (Tatoeba) in which retrieval searches instead, one or more; maps
    are then fitted on all rows of `parallel` that evaluation uses."""
    vectors: str = ""
    """Folder of `<lang>.vec`, word vectors in fastText's text format: a baseline of the lexicon."""
    cache_dir: str = "~/.cache/mlm_xling"
    """Vocabularies and prepared shards, keyed by a fingerprint of what made them."""
    shuffle: str = "documents"
    """`documents` keeps the order of sentences inside a document; `lines` is XLM's script."""
    dev_fraction: float = 0.02
    """Share of documents held out for perplexity, chosen by hash."""
    sampling_exponent: float = 0.7
    """A language of n sentences is drawn with probability proportional to n^exponent."""


@dataclass
class LabConfig:
    """The generated world (docs/lab.md), for `data.source=lab`; it does not depend on any field
    outside this section."""

    languages: tuple[str, ...] = ("a", "b", "c", "d", "e")
    """All that the lab speaks. `a` to `e` are ever farther from `a`; the grammar of any other
    code is drawn."""
    seed: int = 0
    """Draws the world, the words of its languages, and the texts."""
    sentences: int = 60_000
    """Monolingual, for each language."""
    parallel_rows: int = 4_000
    anchors: float = 0.4
    """How many word forms all languages share: 0 none, not even punctuation; up to 0.25
    punctuation, then numbers, then names; beyond it a growing share of all other words
    (cognates; a fifth of them at 0.4), with 1 every form and ending."""
    web: tuple[str, ...] = ()
    """Languages whose text is of the domain `web`, other topics in another style, not `wiki`."""
    variants: int = 1
    """Size of the lexicon: so many nouns and verbs for each of the ontology's 250."""
    names: int = 40
    """Given names; families, places and organisations are half as many each."""
    labelled: int = 4_000
    """Training examples of each labelled task; dev and test have a quarter each."""


@dataclass
class VocabularyConfig:
    """SentencePiece BPE."""

    kind: str = "joint"
    """`joint`: one model for all languages. `union`: one a language, equal pieces are one id.
    `disjoint`: one a language, no id in common but the special tokens."""
    size: int = 80_000
    """Ids of one SentencePiece model, XLM's fourteen special tokens included: of the joint one, or
    of each language's (40,000 in the paper)."""
    training_lines: int = 1_000_000
    """At most so many lines of each language; all languages give equally many."""


@dataclass
class ModelConfig:
    """XLM's encoder; the defaults are the paper's size (METHOD.md section 2)."""

    layers: int = PAPER_LAYERS
    heads: int = 12
    width: int = 768
    mlp: int = 3072
    dropout: float = 0.1
    attention_dropout: float = 0.1
    max_positions: int = 512
    positions: str = "learned"
    language_embeddings: bool = False
    private: tuple[str, ...] = ()
    """Parts that each language has for itself: `embeddings` (with their LayerNorm, the tied softmax
    and its bias), `layer_1` ... `layer_<layers>`."""
    private_groups: tuple[str, ...] = ()
    """Languages that have their private parts together, like `fr+es`; the others are alone."""
    dtype: str = "auto"
    """Of activations: `float32`, `bfloat16`, or `auto` (bfloat16 on accelerators)."""


@dataclass
class OptimizerConfig:
    """Adam with decoupled weight decay (METHOD.md section 3)."""

    learning_rate: float = 1e-4
    schedule: str = "inverse_sqrt"
    """`inverse_sqrt` (the paper) or `cosine` to zero over `training.steps`, for short runs."""
    warmup_steps: int = 30_000
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-6
    weight_decay: float = 0.01
    clip_norm: float = 5.0


@dataclass
class TrainingConfig:
    """A step sees `groups` x `batch_size` x `length` tokens; a group holds one language."""

    steps: int = 417_000
    groups: int = 8
    batch_size: int = 96
    length: int = 256
    short_steps: int = 0
    """So many first steps cut rows into rows of `short_length` tokens, see `configs/text.py`."""
    short_length: int = 16
    seed: int = 0
    log_every: int = 50
    checkpoint_every: int = 2_000
    evaluate_every: int = 2_000


@dataclass
class MeshConfig:
    """Devices along each mesh axis; `data` = -1 takes all that the others leave."""

    data: int = -1
    fsdp: int = 1
    tensor: int = 1


@dataclass
class TaskConfig:
    """A task to fine-tune on: where its labelled data lies, and the grid of settings.

    A location is a file, `tfds:<builder>[/<configuration>]` or `lab:<file of the lab>`; in it
    `{language}` stands for the language. Training and dev data are in the source language, test
    data in each target.
    """

    train: str
    dev: str
    test: str
    batch_sizes: tuple[int, ...]
    learning_rates: tuple[float, ...]
    """Of the encoder, and of the head too where it has none of its own."""
    head_learning_rates: tuple[float, ...] = ()
    schedule: str = "linear"
    """`linear`: warm-up, then decay to zero; `constant`."""
    warmup: float = 0.1
    """Share of the updates; for `linear`."""
    epochs: int = 10
    epoch_examples: int = 0
    """An epoch ends after so many examples; 0: after all."""


def _nli() -> TaskConfig:
    return TaskConfig(
        train="tfds:multi_nli",
        dev="tfds:xnli",
        test="tfds:xnli",
        batch_sizes=(4, 8),
        learning_rates=(1.25e-6, 2.5e-6, 5e-6),
        head_learning_rates=(5e-6, 2.5e-5, 1.25e-4),
        schedule="constant",
        epochs=200,
        epoch_examples=20_000,
    )


def _ner() -> TaskConfig:
    builder = "tfds:wikiann/{language}"
    return TaskConfig(builder, builder, builder, (16, 32), (2e-5, 3e-5, 5e-5))


def _parsing() -> TaskConfig:
    source, target = (f"tfds:universal_dependencies/{{language}}_{name}" for name in ("ewt", "gsd"))
    return TaskConfig(source, source, target, (16, 32), (2e-5, 3e-5, 5e-5))


@dataclass
class FinetuningConfig:
    """What the evaluators `nli`, `ner` and `parsing` have in common (METHOD.md section 5)."""

    source: str = ""
    """The language that is trained on; empty: the first of `languages`."""
    targets: tuple[str, ...] = ()
    """Languages tested; empty: all but the source."""
    quick: bool = False
    """The small grids for small encoders, `mlm_xling.evaluation.finetuning.grid`."""
    clip_norm: float = 1.0
    """Longest gradient."""
    windows: int = 4
    """A sentence to parse is encoded in at most so many overlapping windows of
    `training.length` tokens; words beyond count as wrong."""
    buckets: int = 3
    """Shapes of batches, each compiled once."""


@dataclass
class LexiconConfig:
    """Dictionary induction (METHOD.md section 6)."""

    train_words: int = 5_000
    """Source words of the dictionary on which the map is fitted ..."""
    test_words: int = 1_500
    """... and others that are looked up; a smaller dictionary is divided in the same ratio."""
    words: int = 50_000
    """The most frequent words of a language, among which translations are sought."""
    sentences: int = 500_000
    """At most so many sentences a language in which words are encoded in context."""


@dataclass
class ContextualConfig:
    """Alignment of words in context (METHOD.md section 6), and the maps that let a head on a frozen
    layer (`contextual_ner`, `contextual_parsing`) read the target; the rest of those is in
    `finetuning`, `ner` and `parsing`."""

    pairs: int = 10_000
    """Sentences of `data.parallel`, beyond those of `evaluation.pairs`, whose words are aligned by
    eflomal; or of `bitext`. Every tenth is kept for testing the map."""
    bitext: str = ""
    """A file `source words ||| target words` to use instead, for a single pair of languages."""
    links: str = ""
    """Alignments of the rows of `bitext` by any other aligner, `0-0 1-2` a line."""


@dataclass
class EvaluationConfig:
    """Probing of a frozen encoder, and fine-tuning."""

    pairs: int = 1_000
    """Parallel rows that retrieval and CKA are measured on."""
    fit_pairs: int = 500
    """Further rows, disjoint from `pairs`, on which Procrustes is fitted."""
    resamples: int = 200
    """Bootstrap resamples of the pairs for the intervals of CKA; 0 for none."""
    dev_chunks: int = 256
    """At most so many dev chunks a language for perplexity."""
    during_pretraining: tuple[str, ...] = ()
    """Evaluators run at every `training.evaluate_every` steps; they need `data.parallel`."""
    finetuning: FinetuningConfig = field(default_factory=FinetuningConfig)
    nli: TaskConfig = field(default_factory=_nli)
    ner: TaskConfig = field(default_factory=_ner)
    parsing: TaskConfig = field(default_factory=_parsing)
    lexicon: LexiconConfig = field(default_factory=LexiconConfig)
    contextual: ContextualConfig = field(default_factory=ContextualConfig)


@dataclass
class Config:
    """Everything that determines a run."""

    languages: tuple[str, ...] = ("en", "fr")
    """A digit makes another language of the same text: `en2` is English once more."""
    row: str = ""
    """The row of Table 1 by which `configs/` filled in the fields; a label, they decide."""
    data: DataConfig = field(default_factory=DataConfig)
    lab: LabConfig = field(default_factory=LabConfig)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    mesh: MeshConfig = field(default_factory=MeshConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
