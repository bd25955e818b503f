"""Tokenizers of Hugging Face against `transformers`, see `tests/hugging_face/make_golden.py`."""

from functools import partial

import pytest
from tokenizers import Tokenizer, models, normalizers

from mlm_xling.errors import InputError
from mlm_xling.hub_tokenizer import HubTokenizer, is_hub_tokenizer
from mlm_xling.running_text import encode_text, first_subwords, joined
from tests.hugging_face import golden
from tests.hugging_face.folders import GOLDEN, HERE, TOKENIZERS


def read(name):
    text = (HERE / "tokenizers" / f"{name}.json").read_text()
    return HubTokenizer(text, 400, GOLDEN["tokenizers"][name]["named"])


@pytest.fixture(params=TOKENIZERS)
def name(request):
    return request.param


def test_ids_of_lines_and_what_wraps_them_are_those_of_transformers(name):
    tokenizer = read(name)

    encoded = tokenizer.encode(golden.LINES, "en")

    wrapped = [tokenizer.special.wrap(ids) for ids in encoded]
    assert wrapped == GOLDEN["tokenizers"][name]["ids"]


def test_two_texts_are_joined_as_transformers_joins_them(name):
    tokenizer = read(name)
    special = tokenizer.special

    one, other = tokenizer.encode(["chat noir", "black cat"], "en")

    joined_ids = special.wrap([*one, *special.between, *other])
    assert joined_ids == GOLDEN["tokenizers"][name]["pair"]


def test_spans_belong_to_the_same_ids(name):
    tokenizer = read(name)
    for line, ids in zip(golden.LINES, tokenizer.encode(golden.LINES, "en"), strict=True):
        found = tokenizer.encode_spans(line, "en")

        assert found.ids == ids
        assert all(0 <= begin <= end <= len(line) for begin, end in found.spans)
        begun = [begin for begin, end in found.spans if begin < end]
        assert begun == sorted(begun)


def llama_2():
    """A tokenizer that puts the mark of a space before any text, even before a space."""
    pieces = {piece: number for number, piece in enumerate(["<unk>", "▁", "a", "b", "▁a"])}
    made = Tokenizer(models.BPE(pieces, [("▁", "a")], unk_token="<unk>"))
    made.normalizer = normalizers.Sequence(  # pyright: ignore[reportAttributeAccessIssue]
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    made.add_special_tokens(["<unk>"])
    return HubTokenizer(made.to_str(), len(pieces), {})


@pytest.mark.parametrize("made", [llama_2, *(partial(read, name) for name in TOKENIZERS)])
def test_words_that_are_encoded_apart_have_the_ids_of_the_text(made):
    tokenizer = made()

    encoded = tokenizer.encode(tokenizer.apart(["ab", "a", "b"]), "en")

    assert [i for ids in encoded for i in ids] == tokenizer.encode(["ab a b"], "en")[0]


def test_the_first_subword_of_each_word_is_the_one_that_transformers_names(name):
    tokenizer = read(name)
    text = joined(golden.WORDS.split(" "), "en")
    encoded = tokenizer.encode_spans(text.text, "en")

    found = first_subwords(text.spans, encoded.spans)

    opened = len(tokenizer.special.opening)
    expected = [place - opened for place in GOLDEN["tokenizers"][name]["words"]]
    # Where the mark of the space is a subword of its own, transformers names the mark.
    marks = [number for number, (begin, end) in enumerate(encoded.spans) if begin == end]
    assert found == [place + (place in marks) for place in expected]


def test_the_mark_of_a_space_alone_stands_for_no_character():
    found = read("xlm-roberta").encode_spans("☃ ☃", "en")

    assert [end - begin for begin, end in found.spans] == [0, 1, 0, 1]


@pytest.mark.parametrize("deleted", ["\u3000", "\u200b", "\u200e", "\ufeff"])
def test_a_word_that_is_deleted_is_read_at_a_neighbour_or_at_the_unknown_token(deleted):
    tokenizer = read("bert")

    def read_at(*words):
        ids, first = encode_text(joined(words, "zh"), tokenizer, "zh")
        return [ids[place] for place in first]

    ((a,),) = tokenizer.encode(["a"], "zh")
    assert read_at(deleted, "a", deleted) == [a, a, a]
    assert read_at(deleted, deleted) == [tokenizer.special.unknown] * 2
    assert encode_text(joined([], "zh"), tokenizer, "zh") == ([], []), "there is no word"


def test_special_tokens_are_told_apart(name):
    special = read(name).special
    named = GOLDEN["tokenizers"][name]["named"]

    ((masked, unknown),) = read(name).encode([named["mask_token"] + named["unk_token"]], "en")

    assert (masked, unknown) == (special.mask, special.unknown)
    assert {masked, unknown, *special.opening, *special.closing} <= special.ids
    assert len(special.ids) == 5


def test_a_saved_tokenizer_is_read_again_and_an_altered_one_is_known(name, tmp_path):
    tokenizer = read(name)
    tokenizer.save(tmp_path / "kept")

    again = HubTokenizer.load(tmp_path / "kept")

    assert is_hub_tokenizer(tmp_path / "kept")
    assert again.fingerprint == tokenizer.fingerprint
    assert again.encode(golden.LINES, "en") == tokenizer.encode(golden.LINES, "en")
    (file,) = (tmp_path / "kept").iterdir()
    file.write_text(file.read_text().replace('"size": 400', '"size": 401'))
    with pytest.raises(InputError, match="altered"):
        HubTokenizer.load(tmp_path / "kept")
