"""The typed configuration of a run: every field, its default and its valid values.

`configs/*.py` build a `Config`, the command line overrides single fields
(`--config.optimizer.learning_rate=2e-4`), and `config.checks.resolve` validates the whole before
anything runs. Checkpoints store the resolved configuration as JSON. Fields that an evaluation may
change are in `config/evaluation.py`, those of the generated world in `config/lab.py`.
"""

from dataclasses import dataclass, field

from mlm_xling.config.contamination import contamination
from mlm_xling.config.evaluation import EvaluationConfig
from mlm_xling.config.lab import LabConfig
from mlm_xling.config.limits import (
    LARGEST_SEED,
    checked,
    languages,
    languages_or_none,
    named,
    number,
    one_of,
    positive,
    share,
)

TFDS = {
    "wikipedia": "wikipedia/20230601.{language}:1.0.0",
    "wiki40b": "wiki40b/{language}:1.3.0",
    "c4": "c4/multilingual:3.1.0",
}
"""Pinned builders of TensorFlow Datasets, by `data.source`."""
IN_EMBEDDINGS = ("positions", "specials")
"""Parts of the embeddings that can be private separately."""
SPECIALS = 14
"""XLM's: `<s>` (unused), `</s>`, `<pad>`, `<unk>`, then ten reserved, the second is the mask."""


@dataclass
class CodeSwitchingConfig:
    """Replacement of words in the training text by translations (docs/method.md section 4)."""

    probability: float = share(0.0)
    """Probability that a word in `data.dictionary` is replaced; 0 replaces nothing."""
    cap: float = share(0.15)
    """Maximum share of a sentence's words to replace, rounded at random to whole words."""
    versions: int = number(4, 1, 1_000)
    """Number of differently switched copies of the text; epochs alternate between them."""


@dataclass
class DataConfig:
    """Sources of monolingual text, and what is held out of training."""

    source: str = one_of("text", "lab", *TFDS)
    """`text` (files `<lang>.txt` in `text_dir`), `lab` (the generated world of section `lab`), or a
    TFDS builder: `wikipedia`, `wiki40b`, `c4`."""
    sources: tuple[str, ...] = ()
    """Other sources for single languages: `fr:c4` is a builder, `fr:crawl/fr.txt` a text file."""
    text_dir: str = ""
    """Folder of texts with one sentence per line and a blank line between documents; or the URL of
    one that fsspec reads (`gs://bucket/text`), which is copied to `cache_dir`."""
    equal_size: str = one_of("", "sentences", "tokens")
    """`sentences` or `tokens` leaves out documents at random until all languages have as much
    training text as the smallest."""
    dictionary: str = ""
    """Translations, one `source<TAB>target[<TAB>weight[<TAB>lemma]]` or `source target` per line: a
    file, or a folder (by default `text_dir`) of files named `en-fr.tsv`, `en-fr.txt`,
    `dictionary.en-fr.tsv` or, if it is the only one, with more in the name: `en-fr.0-5000.txt`."""
    code_switching: CodeSwitchingConfig = field(default_factory=CodeSwitchingConfig)
    parallel: str = ""
    """TSV of aligned sentences with a header of language codes. If given at pretraining, the pairs
    that evaluators will use are held out of the text, along with sentences that differ by a word. A
    column `en'` holds paraphrases of the column `en`. The lab provides its own."""
    pairs: int = number(0, 0, 10**8)
    """Number of rows of `parallel`, beyond those that evaluators use, to train on as pairs, for
    each two languages that have a column (docs/how-to/sentence-pairs.md)."""
    disjoint_documents: bool = False
    """Assigns documents that are translations of each other, according to `parallel`, to one
    language each, so that no language's text contains the translation of another's; text files
    only."""
    decontaminate: tuple[str, ...] = checked((), languages_or_none)
    """Languages whose lines are removed from the text of all others, as identified by
    `tasks.contamination` (docs/how-to/contamination.md)."""
    contamination: str = checked("", contamination)
    """`fr:1e-3` replaces that share of the training lines of the first language by lines of `fr`,
    which are removed from `fr`; `fr:1e-3:de` replaces lines of `de`. `fr~shuffled:1e-3` is the
    control, with the words of each line shuffled. Both must be languages of the run."""
    same_documents: bool = False
    """Lets a language and those derived from it (`en`, `en:shift`) read the same documents. By
    default each reads a separate part, so that no line is read in both."""
    retrieval: tuple[str, ...] = ()
    """TSV files like `parallel` (Tatoeba) to search in retrieval instead, one or more; maps are
    then fitted on all pairs of `parallel` that evaluation uses, except those with a sentence that
    is searched."""
    vectors: str = ""
    """Folder of `<lang>.vec`, vectors in fastText's text format: a baseline for the lexicon."""
    cache_dir: str = named("~/.cache/mlm_xling")
    """Folder of vocabularies and prepared shards, keyed by a fingerprint of their inputs."""
    shuffle: str = one_of("documents", "lines")
    """`documents` keeps the order of sentences within a document; `lines` is XLM's script."""
    dev_fraction: float = share(0.02)
    """Share of documents held out for perplexity, selected by hash."""
    seed: int = number(0, 0, LARGEST_SEED)
    """Seed of the vocabulary's sample, the order of the text, the words to switch and the lines of
    `contamination`. Runs with different training seeds share prepared data."""
    sampling_exponent: float = number(0.7, 0, 10)
    """A language of n sentences is sampled with probability proportional to n^exponent."""


@dataclass
class VocabularyConfig:
    """SentencePiece BPE."""

    kind: str = one_of("joint", "union", "disjoint")
    """`joint`: one model for all languages. `union`: one per language, equal pieces share an id.
    `disjoint`: one per language, no common ids but special tokens."""
    size: int = number(80_000, SPECIALS + 1, 10**7)
    """Number of ids of a SentencePiece model, XLM's fourteen special tokens included: of the joint
    one, or of each language's (40,000 in the paper)."""
    normal_form: str = one_of("NFC", "NFKC")
    """Unicode normal form of all text. Files are read in `NFC`: text, parallel sentences,
    dictionaries, labelled data, vectors. With `NFKC` the vocabulary also merges variants of
    characters (`ﬁ` is `fi`, full-width letters are letters). Held-out text is always compared in
    NFKC."""
    training_lines: int = number(1_000_000, 1, 10**9)
    """Maximum number of lines per language to train on; all languages contribute equally many."""


@dataclass
class ModelConfig:
    """XLM's encoder; the defaults are the paper's size (docs/method.md section 2)."""

    layers: int = number(8, 1, 1_000)
    heads: int = number(12, 1, 1_000)
    width: int = number(768, 1, 10**5)
    mlp: int = number(3072, 1, 10**6)
    dropout: float = share(0.1)
    attention_dropout: float = share(0.1)
    max_positions: int = number(512, 2, 10**6)
    positions: str = one_of("learned", "sinusoidal")
    language_embeddings: bool = False
    private: tuple[str, ...] = ()
    """Parts that each language has for itself: `embeddings` (with their LayerNorm, the tied softmax
    and its bias), or of these only `positions` or `specials` (the special tokens); `layer_1` ...
    `layer_<layers>`; `lowest_3/8` is the lowest three eighths of the layers, rounded to whole
    layers."""
    private_groups: tuple[str, ...] = ()
    """Languages that share private parts, such as `fr+es`; all others have their own."""
    predict_own_ids: bool = False
    """Restricts predictions to ids of the text's own language, if anything is private. Private
    embeddings have no other ids anyway; shared ones by default predict among those of all
    languages."""
    activation: str = one_of("gelu", "gelu_tanh", "relu")
    """Nonlinearity of the feed-forward layers: `gelu` is exact, `gelu_tanh` its approximation."""
    norm_eps: float = positive(1e-12, 1)
    """Epsilon that LayerNorm adds to the variance."""
    output_transform: bool = False
    """Adds a linear layer, the activation and a LayerNorm before the tied softmax, as in BERT."""
    dtype: str = one_of("auto", "float32", "bfloat16")
    """Type of activations: `float32`, `bfloat16`, or `auto` (bfloat16 on accelerators).
    Accelerators also round products of float32 matrices, unless
    `JAX_DEFAULT_MATMUL_PRECISION=highest`."""


@dataclass
class OptimizerConfig:
    """Adam with decoupled weight decay (docs/method.md section 3)."""

    learning_rate: float = positive(1e-4, 100)
    schedule: str = one_of("inverse_sqrt", "cosine")
    """`inverse_sqrt` (the paper) or `cosine` to zero over `training.steps`, for short runs."""
    warmup_steps: int = number(30_000, 0, 10**9)
    beta1: float = number(0.9, 0, 0.999999)
    beta2: float = number(0.999, 0, 0.999999)
    eps: float = positive(1e-6, 1)
    weight_decay: float = number(0.01, 0, 100)
    clip_norm: float = positive(5.0, 10**6)


@dataclass
class TrainingConfig:
    """A step reads `groups` x `batch_size` sequences of `length` tokens; groups are monolingual."""

    languages: tuple[str, ...] = checked((), languages_or_none)
    """Those of `config.languages` to train on; by default all. Vocabulary, hold-out and evaluation
    include the others, too."""
    steps: int = number(417_000, 1, 10**9)
    groups: int = number(8, 1, 10**5)
    batch_size: int = number(96, 1, 10**6)
    length: int = number(256, 2, 10**6)
    short_steps: int = number(0, 0, 10**9)
    """Number of initial steps that split sequences into shorter ones of `short_length` tokens, see
    `configs/text.py`."""
    short_length: int = number(16, 2, 10**6)
    pair_share: float = number(0.5, 0.001, 1)
    """Share of the steps after the short ones that read pairs (`data.pairs`), with as many tokens
    as any step."""
    pair_control: str = one_of("", "shuffled", "blocked")
    """Control experiment for `data.pairs`: `shuffled` pairs each sentence with the translation of
    another, `blocked` prevents attention to the other side."""
    init_from: str = ""
    """The workdir of a run with the same model, languages and vocabulary, whose best checkpoint
    initialises the parameters."""
    trainable: tuple[str, ...] = ()
    """Parts to train, as in `model.private`, or `language` (language embeddings), or `transform`
    (before the softmax); by default all. Other parts keep their initial values, random or from
    `init_from`."""
    masking_rate: float = number(0.15, 0.001, 1)
    """Probability that a token is selected, most often masked, and predicted. Dev perplexity is
    always measured with 15%."""
    replace_by_own_ids: bool = False
    """Replaces the one in ten masked tokens that becomes a random id by an id of the text's own
    language, as with private embeddings or layers, instead of any id."""
    seed: int = number(0, 0, LARGEST_SEED)
    log_every: int = number(50, 1, 10**9)
    checkpoint_every: int = number(2_000, 1, 10**9)
    evaluate_every: int = number(2_000, 1, 10**9)
    history: tuple[str, ...] = ()
    """Changes made by resumed runs, such as `optimizer.learning_rate=0.01 to step 400`. Written by
    the program; values you give are ignored."""

    @property
    def tokens_per_step(self) -> int:
        """Number of tokens of a step, including padding."""
        return self.groups * self.batch_size * self.length


@dataclass
class MeshConfig:
    """Number of devices along each mesh axis; `data` = -1 takes all that the others leave."""

    data: int = number(-1, 1, 10**6, besides=(-1,))
    fsdp: int = number(1, 1, 10**6)
    tensor: int = number(1, 1, 10**6)


@dataclass
class Config:
    """Everything that determines a run."""

    languages: tuple[str, ...] = checked(("en", "fr"), languages)
    """BCP 47 tags (`pt-BR`). A digit makes another language of the same text: `en2` is English.
    Rules after colons derive a language (docs/how-to/controlled-languages.md): `en:shift` has its
    own ids for English subwords, `en:reverse` reads sentences backwards, `en:permute` in random
    order; `en:shift:reverse` does both."""
    row: str = ""
    """The row that `configs/` filled in, and which of its fields were overridden. It is only a name
    for reports; the other fields determine what is trained."""
    origin: str = ""
    """Source of an encoder that was not trained here, `hf:<folder> <digest>` or
    `transformers:<folder> <digest>`. Written by the program; values you give are ignored."""
    data: DataConfig = field(default_factory=DataConfig)
    lab: LabConfig = field(default_factory=LabConfig)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    mesh: MeshConfig = field(default_factory=MeshConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)

    @property
    def trained_languages(self) -> tuple[str, ...]:
        """The languages whose text pretraining reads."""
        return self.training.languages or self.languages

    @property
    def source_language(self) -> str:
        """The language to fine-tune on."""
        return self.evaluation.finetuning.source or self.languages[0]

    @property
    def target_languages(self) -> tuple[str, ...]:
        """The languages to test on."""
        others = tuple(name for name in self.languages if name != self.source_language)
        return self.evaluation.finetuning.targets or others
