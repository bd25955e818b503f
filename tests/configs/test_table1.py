"""Each row of Table 1 trains what it says: which leaves are private, what a step changes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import lab, paper, text
from configs.table1 import ROWS, with_row
from mlm_xling.config import Config, ModelConfig, TrainingConfig, VocabularyConfig
from mlm_xling.config.checks import resolve
from mlm_xling.data.streams import Batch
from mlm_xling.errors import InputError
from mlm_xling.model.language_ids import language_ids
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program
from mlm_xling.vocabulary import train_vocabulary
from tests.data_fixtures import sentences

PRIVATE = {
    "default": (),
    "wiki_cc": (),
    "no_anchors": (),
    "default_anchors": (),
    "extra_anchors": (),
    "sep_emb": ("embeddings",),
    "sep_l1_3": ("layer_1", "layer_2"),
    "sep_l1_6": ("layer_1", "layer_2", "layer_3"),
    "sep_emb_l1_3": ("embeddings", "layer_1", "layer_2"),
    "sep_emb_l1_6": ("embeddings", "layer_1", "layer_2", "layer_3"),
    "monolingual": (),
    "en_en": ("embeddings",),
}
"""The private parts of each row in a model of four layers."""
EMBEDDINGS = {"token", "position", "norm/scale", "norm/bias", "output_bias"}
LAYER = {
    *(f"attention/{name}" for name in ("kernel", "bias", "output/kernel", "output/bias")),
    *(f"feed_forward/{part}/{name}" for part in ("inner", "outer") for name in ("kernel", "bias")),
    *(f"{norm}/{n}" for norm in ("attention_norm", "feed_forward_norm") for n in ("scale", "bias")),
}
SAMPLES = {name: sentences(name, 200) for name in ("en", "fr")}


def small(row: str, layers: int = 4) -> Config:
    config = Config(
        vocabulary=VocabularyConfig(size=160),
        model=ModelConfig(layers=layers, heads=1, width=4, mlp=8, max_positions=8, dropout=0.0),
        training=TrainingConfig(groups=2, batch_size=4, length=8),
    )
    config.optimizer.warmup_steps = 1
    config.data.text_dir, config.data.sources = "text", ()
    made = with_row(config, {"monolingual": "en/", "en_en": "en/"}.get(row, "en-fr/") + row)
    made.data.sources = ()
    return resolve(made)


def row_ids(config: Config):
    samples = {name: SAMPLES[name[:2]] for name in config.languages}
    vocabulary = train_vocabulary(samples, config.vocabulary)
    return vocabulary, language_ids(vocabulary, config)


def leaves(tree) -> dict[str, np.ndarray]:
    return {
        "/".join(str(getattr(entry, "key", entry)) for entry in path): np.asarray(leaf)
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def own_batch(ids, language: int) -> Batch:
    own = jnp.asarray(ids.own[ids.owner[language]])
    drawn = own[jax.random.randint(jax.random.key(0), (2, 4, 8), 14, len(own))]
    return Batch(drawn, jnp.full(2, language))


def test_every_row_says_here_what_is_private() -> None:
    assert set(PRIVATE) == set(ROWS)


@pytest.mark.parametrize("row", PRIVATE)
def test_a_row_has_exactly_these_private_leaves(row: str) -> None:
    config = small(row)
    _, ids = row_ids(config)
    program = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:1]))

    expected = set()
    for part in ("embeddings", "layer_1", "layer_2", "layer_3", "layer_4"):
        owner = "private" if part in PRIVATE[row] else "shared"
        inside = EMBEDDINGS if part == "embeddings" else LAYER
        expected |= {f"{part}/{owner}/{leaf}" for leaf in inside}
    params = jax.tree_util.tree_leaves_with_path(program.abstract_state.params)
    shapes = {"/".join(entry.key for entry in path): leaf.shape for path, leaf in params}
    assert set(shapes) == expected
    assert all(shape[0] == 2 for name, shape in shapes.items() if "/private/" in name)
    if "embeddings" in PRIVATE[row]:
        assert shapes["embeddings/private/token"] == (2, 80, 4)
        assert shapes["embeddings/private/output_bias"] == (2, 80)


@pytest.mark.slow
@pytest.mark.parametrize("row", ["default", *(row for row in PRIVATE if PRIVATE[row])])
def test_a_step_on_one_language_changes_its_own_and_the_shared_leaves_only(row: str) -> None:
    config = small(row, layers=3)
    _, ids = row_ids(config)
    program = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:1]))
    state = program.init()
    before = leaves(state.params)

    state, metrics = program.train(state, own_batch(ids, 1))

    assert np.isfinite(metrics.loss)
    for name, after in leaves(state.params).items():
        if "/private/" in name:
            assert before[name][0].tobytes() == after[0].tobytes(), name
            assert not np.array_equal(before[name][1], after[1]), name
        else:
            assert not np.array_equal(before[name], after), name


@pytest.mark.slow
def test_shared_embeddings_of_foreign_ids_learn_from_a_language_and_private_ones_do_not() -> None:
    """They are among what could have been predicted: docs/method.md section 3."""
    learned = {}
    for row in ("sep_l1_3", "sep_emb"):
        config = small(row, layers=3)
        config.optimizer.weight_decay = 0.0
        _, ids = row_ids(config)
        program = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:1]))
        state = program.init()
        before = leaves(state.params)
        after = leaves(program.train(state, own_batch(ids, 1))[0].params)
        owner = "shared" if row == "sep_l1_3" else "private"
        name = f"embeddings/{owner}/output_bias"
        foreign = np.setdiff1d(ids.own[0], ids.own[1]) if owner == "shared" else 0
        learned[row] = not np.array_equal(before[name][foreign], after[name][foreign])

    assert learned == {"sep_l1_3": True, "sep_emb": False}


def test_the_paper_has_80k_ids_or_40k_a_language_and_its_own_layers() -> None:
    default, separate = (paper.get_config(f"en-fr/{row}") for row in ("default", "sep_emb_l1_3"))
    assert (default.vocabulary.kind, default.vocabulary.size) == ("joint", 80_000)
    assert (separate.vocabulary.kind, separate.vocabulary.size) == ("disjoint", 40_000)
    assert resolve(separate).model.private == ("embeddings", "layer_1", "layer_2", "layer_3")
    assert resolve(paper.get_config("en-zh/sep_l1_6")).model.private[-1] == "layer_6"


def test_wiki_cc_takes_the_other_languages_from_common_crawl() -> None:
    config = resolve(paper.get_config("en-fr-zh/wiki_cc"))
    assert (config.data.source, config.data.sources) == ("wikipedia", ("fr:c4", "zh:c4"))
    assert config.data.equal_size == "sentences"


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_paper_is_valid(row: str) -> None:
    config = paper.get_config(("en/" if row in ("monolingual", "en_en") else "en-fr-ru/") + row)
    config.data.dictionary = "dictionaries"
    assert resolve(config).row == row


@pytest.mark.parametrize("names", ["en-pt-BR-zh-Hant", "en,pt-BR,zh-Hant"])
def test_tags_of_several_parts_are_languages(names: str) -> None:
    config = resolve(paper.get_config(f"{names}/sep_emb"))
    assert config.languages == ("en", "pt-BR", "zh-Hant")


def test_one_language_twice_may_be_of_several_parts() -> None:
    assert resolve(paper.get_config("es-419/en_en")).languages == ("es-419", "es-4192")


@pytest.mark.parametrize(("layers", "few", "most"), [(8, 3, 6), (12, 5, 9), (4, 2, 3), (24, 9, 18)])
def test_ranges_of_layers_keep_their_share_of_any_encoder(layers: int, few: int, most: int) -> None:
    for row, count in (("sep_l1_3", few), ("sep_l1_6", most)):
        private = small(row, layers).model.private
        assert private == tuple(f"layer_{i}" for i in range(1, count + 1))


def test_a_share_follows_the_layers_that_the_command_line_asks_for() -> None:
    config = text.get_config("en-fr/sep_l1_3")
    config.data.text_dir, config.model.layers = "text", 16
    assert len(resolve(config).model.private) == 6


@pytest.mark.parametrize(("row", "layers"), [("sep_l1_6", 2), ("sep_l1_3", 1)])
def test_a_share_that_leaves_nothing_private_or_nothing_shared_is_refused(row, layers) -> None:
    with pytest.raises(
        InputError, match=rf"private=lowest_\d/8: . of config.model.layers={layers}"
    ):
        small(row, layers)


def test_wiki_cc_on_text_asks_for_the_other_language(tmp_path) -> None:
    config = text.get_config("en-fr/wiki_cc")
    config.data.text_dir = str(tmp_path)
    with pytest.raises(InputError, match=r"config.data.sources=fr:: say <language>:<source>, such"):
        resolve(config)


def test_wiki_cc_in_the_lab_speaks_the_other_domain() -> None:
    assert lab.get_config("a-b-c/wiki_cc").lab.web == ("b", "c")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("en-fr/sep", r"en-fr/sep: say <languages>/<row>.*default wiki_cc .* sep_emb_l1_6"),
        ("sep_emb", "say <languages>/<row>, like en-fr/sep_emb"),
        ("en/sep_emb", "row sep_emb takes two or more, like en-fr/sep_emb"),
        ("en-fr/monolingual", "row monolingual takes one language, like en/monolingual"),
    ],
)
def test_an_unknown_row_or_a_wrong_number_of_languages_is_told(argument, message) -> None:
    with pytest.raises(InputError, match=message):
        text.get_config(argument)
