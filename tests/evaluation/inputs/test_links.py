"""Links: the format of files, joining two directions, keeping one-to-one links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.links import grow_diag_final_and, one_to_one, read_links

links = st.frozensets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


def test_a_line_holds_the_links_of_a_sentence(tmp_path):
    (tmp_path / "links").write_text("0-0 1-2\n\n10-3\n")

    assert read_links(tmp_path / "links") == [{(0, 0), (1, 2)}, frozenset(), {(10, 3)}]


@pytest.mark.parametrize("entry", ["0", "0-", "a-b", "0:0", "-1-0"])
def test_what_is_no_link_is_named_with_its_line(tmp_path, entry):
    (tmp_path / "links").write_text(f"0-0\n0-0 {entry}\n")

    with pytest.raises(InputError, match=rf"links:2: '{entry}' is not a link"):
        read_links(tmp_path / "links")


def test_neighbours_of_agreed_links_are_taken_in():
    forward = frozenset({(0, 0), (1, 1), (3, 0)})
    backward = frozenset({(0, 0), (1, 2)})

    # (1, 1) and then (1, 2) grow from (0, 0); (3, 0) has a new source word only.
    assert grow_diag_final_and(forward, backward) == {(0, 0), (1, 1), (1, 2)}


def test_far_links_are_taken_in_if_both_words_are_new():
    assert grow_diag_final_and(frozenset({(0, 0), (5, 5)}), frozenset({(0, 0), (4, 0)})) == {
        (0, 0),
        (5, 5),
    }


@given(links, links)
def test_the_joined_links_lie_between_intersection_and_union(forward, backward):
    joined = grow_diag_final_and(forward, backward)

    assert forward & backward <= joined <= forward | backward


@given(links, links)
def test_no_word_is_left_out_that_both_could_have_linked(forward, backward):
    joined = grow_diag_final_and(forward, backward)

    for source, target in forward | backward:
        assert any(source == s or target == t for s, t in joined)


@given(links)
def test_directions_that_agree_stay_as_they_are(both):
    assert grow_diag_final_and(both, both) == both


@given(links)
def test_one_to_one_links_share_no_word_with_any_link(found):
    kept = one_to_one(found)

    assert kept == sorted(
        link
        for link in found
        if sum(link[0] == other[0] for other in found) == 1
        and sum(link[1] == other[1] for other in found) == 1
    )
