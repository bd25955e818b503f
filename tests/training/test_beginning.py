"""A run that begins with what another has learnt, and trains some parts of it."""

import copy
from pathlib import Path

import jax
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config
from mlm_xling.config.checks import resolve
from mlm_xling.config.stored import to_json
from mlm_xling.errors import InputError
from mlm_xling.model.language_ids import same_ids
from mlm_xling.results import FILE_NAME, read_results
from mlm_xling.training import beginning
from mlm_xling.training.beginning import dev_text_seen, initial_state, require_beginning
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.checkpointing import load_pretrained
from mlm_xling.training.loop import train
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program
from tests.data_fixtures import prepare_here, trained_in_seconds

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def config(prepared_config, prepared) -> Config:
    """English alone is read; embeddings are private."""
    changed = trained_in_seconds(prepared_config, steps=3, evaluate_every=3)
    changed.model.private = ("embeddings",)
    changed.training.languages = ("en",)
    return changed


@pytest.fixture(scope="module")
def first(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    train(config, folder)
    return folder


def going_on_from(config: Config, folder, **changes) -> Config:
    changed = copy.deepcopy(config)
    changed.training.init_from = str(folder)
    vars(changed.training).update(changes)
    return changed


def parameters(workdir) -> dict:
    return nnx.to_pure_dict(nnx.state(load_pretrained(workdir, "latest").encoder))


def test_a_language_learns_embeddings_for_a_body_that_stays(config, first, tmp_path):
    """Artetxe et al. (2020)."""
    second = going_on_from(config, first, languages=("fr",), trainable=("embeddings",))

    train(second, tmp_path)

    before, after = parameters(first), parameters(tmp_path)
    jax.tree.map(np.testing.assert_array_equal, before["layer_1"], after["layer_1"])
    for old, new in zip(
        jax.tree.leaves(before["embeddings"]), jax.tree.leaves(after["embeddings"]), strict=True
    ):
        np.testing.assert_array_equal(old[0], new[0])  # English, which is not read.
    tokens = (each["embeddings"]["private"]["token"][1] for each in (before, after))
    assert not np.array_equal(*tokens)


def test_what_a_run_began_with_has_read_stays_known(config, first, tmp_path):
    """Also to the run that begins with that one, and after it went on."""
    train(going_on_from(config, first, length=8), tmp_path / "second")
    probed = []

    def make_probe(model):
        probed.append(model.earlier_data)
        return lambda trained: []

    for _ in range(2):
        train(going_on_from(config, tmp_path / "second"), tmp_path / "third", make_probe)

    own, second, third = map(load_pretrained, (first, tmp_path / "second", tmp_path / "third"))

    assert own.earlier_data == ()
    assert second.data_dir != own.data_dir
    assert second.earlier_data == (own.data_dir,)
    assert (third.data_dir, third.earlier_data) == (own.data_dir, (second.data_dir, own.data_dir))
    assert probed == [third.earlier_data] * 2
    assert {result.seen for result in read_results(tmp_path / "third" / FILE_NAME)} == {None}


def test_of_dev_text_it_is_unknown_whether_another_text_had_it(prepared, tmp_path):
    same, own = (prepared.directory,), prepared.manifest.dev_seen

    assert dev_text_seen(prepared, ()) == dev_text_seen(prepared, same) == own
    for others in ((tmp_path,), (*same, None)):
        assert dev_text_seen(prepared, others) == {"en": None, "fr": None}


def test_a_checkpoint_that_does_not_tell_what_was_read_before_is_not_believed(config, tmp_path):
    begun = going_on_from(config, "runs/first")

    own, other = (Metadata(1, to_json(one), "", "", str(tmp_path)) for one in (config, begun))

    assert (own.texts, other.texts) == ((tmp_path,), (tmp_path, None))


@pytest.mark.parametrize(
    ("section", "changes", "message"),
    [
        ("model", {"width": 32}, r"config\.model\.width: the run of .* has 16, not 32"),
        ("model", {"private": ()}, r"config\.model\.private: the run of .* has \('embeddings',\)"),
        (None, {"languages": ("fr", "en")}, r"config\.languages: the run of .* has \('en', 'fr'\)"),
        ("vocabulary", {"size": 140}, r"config\.vocabulary\.size: the run of .* has 200, not 140"),
        ("vocabulary", {"kind": "union"}, r"config\.vocabulary\.kind: the run of .* has 'joint'"),
        ("vocabulary", {"normal_form": "NFKC"}, r"config\.vocabulary\.normal_form: the run of .*"),
    ],
)
def test_another_model_or_vocabulary_is_refused_by_the_name_of_the_field(
    config, first, section, changes, message
):
    other = going_on_from(config, first)
    vars(getattr(other, section) if section else other).update(changes)

    with pytest.raises(InputError, match=message):
        require_beginning(other, Path("new"))


def test_dropout_may_be_another(config, first):
    other = going_on_from(config, first)
    other.model.dropout = 0.3

    require_beginning(other, Path("new"))


def test_a_vocabulary_made_before_is_refused_if_it_is_another_one(config, first):
    other = going_on_from(config, first)
    other.data.dev_fraction = 0.3
    require_beginning(other, Path("new"))  # Whether it differs only its making can tell.
    prepare_here(other)

    with pytest.raises(InputError, match=r"data\.dev_fraction: .* has 0\.1, not 0\.3, and another"):
        require_beginning(other, Path("new"))


def test_the_same_vocabulary_may_be_made_in_another_way(config, first):
    other = going_on_from(config, first)
    other.vocabulary.training_lines -= 1  # The text has fewer.
    require_beginning(other, Path("new"))
    prepare_here(other)

    require_beginning(other, Path("new"))


def test_another_vocabulary_is_refused_at_last_when_it_has_been_made(config, first):
    other = going_on_from(config, first)
    program = make_program(other, same_ids(other.vocabulary.size, other), make_mesh(other.mesh))

    with pytest.raises(InputError, match=r"init_from=.*: its vocabulary is another one; give both"):
        initial_state(other, program, "another fingerprint")


def test_a_folder_without_a_run_is_named(config, tmp_path):
    with pytest.raises(InputError, match=r"config.training.init_from=.*: no checkpoint in it"):
        require_beginning(going_on_from(config, tmp_path), tmp_path / "new")


def test_a_run_goes_on_where_what_it_began_with_is_gone(config, first, tmp_path):
    require_beginning(going_on_from(config, tmp_path / "gone"), first)


def test_parts_that_cannot_be_trained_are_refused(config):
    other = copy.deepcopy(config)
    other.training.trainable = ("layer_7",)

    with pytest.raises(InputError, match=r"trainable=layer_7: no such part; .* embeddings layer_1"):
        resolve(other)


def test_every_part_of_an_encoder_can_be_named(config):
    whole = copy.deepcopy(config)
    whole.model.language_embeddings = whole.model.output_transform = True
    program = make_program(whole, same_ids(50, whole), make_mesh(whole.mesh, jax.devices()[:1]))
    whole.training.trainable = tuple(program.abstract_state.params)

    assert {"language", "transform"} < set(resolve(whole).training.trainable)


def test_hosts_that_read_different_checkpoints_of_a_run_that_trains_are_refused(
    config, first, tmp_path, monkeypatch
):
    monkeypatch.setattr(beginning, "said_by_all", lambda step: [step, "6"])

    with pytest.raises(InputError, match=r"init_from=.*: hosts read different checkpoints"):
        train(going_on_from(config, first), tmp_path)
