"""The typed configuration of a run: every field, its default and what it may hold, once.

`configs/*.py` build a `Config`, the command line overrides single fields
(`--config.optimizer.learning_rate=2e-4`), and `config.checks.resolve` checks the whole before
anything runs. A checkpoint stores the resolved configuration as JSON. What an evaluation may
change stands in `config/evaluation.py`.
"""

from dataclasses import dataclass, field

from mlm_xling.config.contamination import contamination
from mlm_xling.config.evaluation import EvaluationConfig
from mlm_xling.config.limits import (
    LARGEST_SEED,
    checked,
    cognates,
    lab_languages,
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
"""Builders of TensorFlow Datasets by `data.source`, pinned."""
IN_EMBEDDINGS = ("positions", "specials")
"""Parts of the embeddings that can be private without the others."""
SPECIALS = 14
"""XLM's: `<s>` (unused), `</s>`, `<pad>`, `<unk>`, then ten reserved, the second is the mask."""


@dataclass
class CodeSwitchingConfig:
    """Words of the training text replaced by translations (docs/method.md section 4)."""

    probability: float = share(0.0)
    """Chance of each word that `data.dictionary` knows to be replaced; 0 replaces nothing."""
    cap: float = share(0.15)
    """Largest share of the words of a sentence that changes, rounded at random to whole words."""
    versions: int = number(4, 1, 1_000)
    """Differently switched copies of the text to prepare; the epochs take turns with them."""


@dataclass
class DataConfig:
    """Where monolingual text comes from, and what is kept out of training."""

    source: str = one_of("text", "lab", *TFDS)
    """`text` (files `<lang>.txt` in `text_dir`), `lab` (the generated world of section `lab`), or
    a TFDS builder: `wikipedia`, `wiki40b`, `c4`."""
    sources: tuple[str, ...] = ()
    """Other sources of single languages: `fr:c4` is a builder, `fr:crawl/fr.txt` a text file."""
    text_dir: str = ""
    """One sentence a line, a blank line between documents. A folder, or the URL of one that fsspec
    reads (`gs://bucket/text`), of which copies go to `cache_dir`."""
    equal_size: str = one_of("", "sentences", "tokens")
    """`sentences` or `tokens` cuts the training text of every language to the smallest one's."""
    dictionary: str = ""
    """Translations, `source<TAB>target[<TAB>weight[<TAB>lemma]]` or `source target` a line: a file,
    or a folder (by default `text_dir`) of files named `en-fr.tsv`, `en-fr.txt`,
    `dictionary.en-fr.tsv` or, if it is the only one, with more in the name: `en-fr.0-5000.txt`."""
    code_switching: CodeSwitchingConfig = field(default_factory=CodeSwitchingConfig)
    parallel: str = ""
    """TSV of aligned sentences with a header of language codes. Given at pretraining, the pairs
    that evaluators will use are held out of the text, with what differs by a word. A column `en'`
    holds paraphrases of the column `en`. The lab brings its own."""
    pairs: int = number(0, 0, 10**8)
    """So many rows of `parallel`, beyond those that evaluators use, are trained on as pairs, for
    every two languages that have a column (docs/how-to/sentence-pairs.md)."""
    disjoint_documents: bool = False
    """Deals documents that are translations of each other, as `parallel` tells, to one language
    each, so that no language's text holds the translation of another's; text files alone."""
    decontaminate: tuple[str, ...] = checked((), languages_or_none)
    """Languages: lines in them are left out of the text of the others, as `tasks.contamination`
    identifies them (docs/how-to/contamination.md)."""
    contamination: str = checked("", contamination)
    """`fr:1e-3` replaces that share of the training lines of the first language by lines of `fr`,
    which `fr` then lacks; `fr:1e-3:de` those of `de`. `fr~shuffled:1e-3` is the control: the words
    of each line in random order. Both must be languages of the run."""
    same_documents: bool = False
    """Lets a language and those derived from it (`en`, `en:shift`) read the same documents. By
    default each reads its own part of them, so that no line is read in both."""
    retrieval: tuple[str, ...] = ()
    """TSV files like `parallel` (Tatoeba) in which retrieval searches instead, one or more; maps
    are then fitted on all pairs of `parallel` that evaluation uses, but for those with a sentence
    that is searched."""
    vectors: str = ""
    """Folder of `<lang>.vec`, word vectors in fastText's text format: a baseline of the lexicon."""
    cache_dir: str = named("~/.cache/mlm_xling")
    """Vocabularies and prepared shards, keyed by a fingerprint of what made them."""
    shuffle: str = one_of("documents", "lines")
    """`documents` keeps the order of sentences inside a document; `lines` is XLM's script."""
    dev_fraction: float = share(0.02)
    """Share of documents held out for perplexity, chosen by hash."""
    seed: int = number(0, 0, LARGEST_SEED)
    """Draws the vocabulary's sample, the order of the text, the words that are switched and the
    lines of `contamination`. Runs of other seeds of training share what was prepared."""
    sampling_exponent: float = number(0.7, 0, 10)
    """A language of n sentences is drawn with probability proportional to n^exponent."""


@dataclass
class LabConfig:
    """The generated world (docs/lab.md), for `data.source=lab`; it depends on no other section."""

    languages: tuple[str, ...] = checked(("a", "b", "c", "d", "e"), lab_languages)
    """All that the lab speaks. `a` to `e` are ever farther from `a`; the grammar of any other
    code is drawn."""
    seed: int = number(0, 0, LARGEST_SEED)
    """Draws the world, the words of its languages, and the texts."""
    sentences: int = number(60_000, 1, 10**9)
    """Monolingual, for each language."""
    parallel_rows: int = number(4_000, 1, 10**7)
    anchors: float = number(0.4, 0, 1)
    """How many word forms all languages share: 0 none, not even punctuation; up to 0.25
    punctuation, then numbers, then names; beyond it a growing share of all other words
    (cognates; a fifth of them at 0.4), with 1 every form and ending."""
    cognates: tuple[str, ...] = checked((), cognates)
    """`f:b:0.7`: of the content words that `anchors` leaves to each language, `f` writes seven
    tenths as `b` does. So some languages are related more closely than others."""
    common_frequencies: float = number(0.2, 0, 1)
    """How far languages agree in how often words occur (docs/lab.md)."""
    common_preferences: float = number(0.5, 0, 1)
    """How far languages agree in what words occur with (docs/lab.md)."""
    web: tuple[str, ...] = ()
    """Languages whose text is of the domain `web`, other topics in another style, not `wiki`."""
    variants: int = number(1, 1, 1_000)
    """Size of the lexicon: so many nouns and verbs for each of the ontology's 250."""
    names: int = number(40, 2, 10**6)
    """Given names; families, places, organisations and titles are half as many each. Half of each
    are in dev and test data only."""
    labelled: int = number(4_000, 1, 10**7)
    """Training sentences of NER and of parsing; dev and test: a quarter."""
    nli_pairs: int = number(60_000, 1, 10**7)
    """Training pairs of NLI; dev and test: a twelfth."""


@dataclass
class VocabularyConfig:
    """SentencePiece BPE."""

    kind: str = one_of("joint", "union", "disjoint")
    """`joint`: one model for all languages. `union`: one a language, equal pieces are one id.
    `disjoint`: one a language, no id in common but the special tokens."""
    size: int = number(80_000, SPECIALS + 1, 10**7)
    """Ids of one SentencePiece model, XLM's fourteen special tokens included: of the joint one, or
    of each language's (40,000 in the paper)."""
    normal_form: str = one_of("NFC", "NFKC")
    """Unicode's normal form of all text. Files are read in `NFC`: text, parallel sentences,
    dictionaries, labelled data, vectors. With `NFKC` the vocabulary takes variants of characters
    for the same, too (`ﬁ` is `fi`, full-width letters are letters). What is held out of the text is
    compared in NFKC in any case."""
    training_lines: int = number(1_000_000, 1, 10**9)
    """The most lines of each language to train on; all languages give equally many."""


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
    ones."""
    private_groups: tuple[str, ...] = ()
    """Languages that have their private parts together, like `fr+es`; the others are alone."""
    predict_own_ids: bool = False
    """Predicts among the ids of the text's own language only, where anything is private. Private
    embeddings have no others anyway; shared ones predict among those of all languages."""
    activation: str = one_of("gelu", "gelu_tanh", "relu")
    """The nonlinearity of the feed-forward part: `gelu` is exact, `gelu_tanh` its approximation."""
    norm_eps: float = positive(1e-12, 1)
    """What LayerNorm adds to the variance."""
    output_transform: bool = False
    """A linear layer, the activation and a LayerNorm before the tied softmax, as in BERT."""
    dtype: str = one_of("auto", "float32", "bfloat16")
    """Type of activations: `float32`, `bfloat16`, or `auto` (bfloat16 on accelerators). What
    matrices of float32 multiply accelerators round, too, without
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
    """A step sees `groups` x `batch_size` sequences of `length` tokens; groups are monolingual."""

    languages: tuple[str, ...] = checked((), languages_or_none)
    """Those of `config.languages` that are trained on; by default all. Vocabulary, hold-out and
    evaluation know the others, too."""
    steps: int = number(417_000, 1, 10**9)
    groups: int = number(8, 1, 10**5)
    batch_size: int = number(96, 1, 10**6)
    length: int = number(256, 2, 10**6)
    short_steps: int = number(0, 0, 10**9)
    """So many first steps cut sequences into shorter ones of `short_length` tokens, see
    `configs/text.py`."""
    short_length: int = number(16, 2, 10**6)
    pair_share: float = number(0.5, 0.001, 1)
    """Share of the steps after the short ones that read pairs (`data.pairs`), of as many tokens as
    any step."""
    pair_control: str = one_of("", "shuffled", "blocked")
    """Control experiment on `data.pairs`: `shuffled` gives each sentence the translation of another
    one, `blocked` keeps attention from the other side."""
    init_from: str = ""
    """The workdir of a run of the same model, languages and vocabulary: parameters begin as those
    of its best checkpoint."""
    trainable: tuple[str, ...] = ()
    """Parts that are trained, as in `model.private`, or `language`, its embeddings, or `transform`,
    that before the softmax; by default all. The others stay as they begin, drawn at random or taken
    from `init_from`."""
    replace_by_own_ids: bool = False
    """Replaces the one in ten masked tokens that becomes a random id by one of the text's own
    language, as where embeddings or layers are private, and not by any id."""
    seed: int = number(0, 0, LARGEST_SEED)
    log_every: int = number(50, 1, 10**9)
    checkpoint_every: int = number(2_000, 1, 10**9)
    evaluate_every: int = number(2_000, 1, 10**9)
    history: tuple[str, ...] = ()
    """What resumed runs have changed, like `optimizer.learning_rate=0.01 to step 400`. The run
    writes it; what you give is passed over."""


@dataclass
class MeshConfig:
    """Devices along each mesh axis; `data` = -1 takes all that the others leave."""

    data: int = number(-1, 1, 10**6, besides=(-1,))
    fsdp: int = number(1, 1, 10**6)
    tensor: int = number(1, 1, 10**6)


@dataclass
class Config:
    """Everything that determines a run."""

    languages: tuple[str, ...] = checked(("en", "fr"), languages)
    """BCP 47 tags (`pt-BR`). A digit makes another language of the same text: `en2` is English.
    Rules after colons derive one (docs/how-to/controlled-languages.md): `en:shift` has its own ids
    for English subwords, `en:reverse` reads sentences backwards, `en:permute` in orders drawn by
    chance; `en:shift:reverse` does both."""
    row: str = ""
    """The row of Table 1 that `configs/` filled in. It is a name for reports; the other fields
    decide what is trained."""
    origin: str = ""
    """Where an encoder comes from that was not trained here, `hf:<folder> <digest>` or
    `transformers:<folder> <digest>`. The program writes it; what you give is passed over."""
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
