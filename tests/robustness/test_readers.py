"""Every reader of files, fed with anything: a value, or one line with file and line number."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlm_xling.data.dictionaries import read_entries
from mlm_xling.data.distances import read_distances
from mlm_xling.data.parallel import read_parallel
from mlm_xling.data.text import check_text, read_documents
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs import translations
from mlm_xling.evaluation.inputs.bitext import Sentences, read_bitext
from mlm_xling.evaluation.inputs.links import Links, read_links
from mlm_xling.evaluation.representations.fasttext import read_vectors
from mlm_xling.results import read_results
from tasks.formats.bio import read_tagged
from tasks.formats.conllu import read_trees
from tasks.formats.nli_tsv import read_pairs

SOUND = {
    "text": "A cat sleeps.\nIt wakes.\n\nA dog barks.\n",
    "parallel": "en\tfr\nA cat.\tUn chat.\nA dog.\tUn chien.\n",
    "trees": (
        "# sent_id = 1\n1\tCats\tcat\tNOUN\tNNS\tNumber=Plur\t2\tnsubj\t_\t_\n"
        "2\tsleep\tsleep\tVERB\tVBP\t_\t0\troot\t_\tSpaceAfter=No\n\n"
        "1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\t_\tADP\t_\t_\t2\tcase\t_\t_\n"
        "2\tle\t_\tDET\t_\t_\t0\troot\t_\t_\n\n"
    ),
    "entities": "Anna\tB-PER\nSmith\tI-PER\nsleeps\tO\n\nen:Paris B-LOC\n",
    "pairs": "premise\thypothesis\tlabel\nA cat.\tA pet.\tentailment\nA cat.\tA dog.\tneutral\n",
    "dictionary": "cat\tchat\ndogs\tchiens\t0.5\tdog\nthe la\n",
    "vectors": "2 2\nthe 0.5 1\ncat -1e-3 2\n",
    "distances": "\ten\tfr\tru\nen\t0\t1\t0.5\nfr\t1\t0\t0.25\nru\t\t0.25\t0\n",
    "links": "0-0 1-2\n\n2-1\n",
    "bitext": "a cat ||| un chat\na dog ||| un chien\n",
    "results": (
        '{"evaluator": "cka", "metric": "cka", "model": "trained", "source": "en", "target": "fr", '
        '"layer": 1, "value": 0.5, "low": null, "high": null, "n": 8, "step": 3, "seed": 0, '
        '"config": "abc", "seen": 0.0, "setting": null, "items": null}\n'
    ),
}


def unlinked(source: Sentences, target: Sentences) -> list[tuple[Links, Links]]:
    """Aligns no word."""
    return [(frozenset(), frozenset())] * len(source)


READERS: dict[str, Callable[[Path], object]] = {
    "text": lambda path: (check_text([path]), list(read_documents(path))),
    "parallel": read_parallel,
    "trees": read_trees,
    "entities": lambda path: read_tagged(path, lambda line: None),
    "pairs": lambda path: read_pairs(path, "en"),
    "dictionary": lambda path: (list(read_entries(path)), translations.read_single_words(path)),
    "vectors": lambda path: read_vectors(path, 10),
    "distances": lambda path: read_distances(path, ("en", "fr", "ru")),
    "links": read_links,
    "bitext": lambda path: read_bitext(path, None, unlinked, 10, ("en", "fr")),
    "results": read_results,
}
ABOUT_THE_WHOLE = re.compile(
    r"empty|no sentence|no pair|no pairs|no vectors|no pair of single words|no pair of 'en'"
)
"""Where there is no line to name."""
QUICK = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@st.composite
def damaged(draw: st.DrawFn, sound: str) -> bytes:
    """A sound file, of which a few stretches were replaced by something else."""
    content = sound.encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = draw(st.integers(start, min(len(content), start + 8)))
        content = content[:start] + draw(ODD) + content[stop:]
    return content


SIGNS = ["\t", "\n", "\r\n", "\r", " ", "\t\t", "\n\n", "\0", "\ufeff", "\u2028", "#", "# text = x"]
WORDS = ["_", "-", "0", "-1", "1.1", "1-9", "9" * 5000, "nan", "inf", "1e999", "|||", ":", "="]
JSON = ["[", "[" * 5000, "{}", "null", "true", '"', ","]
ODD = st.one_of(
    st.binary(max_size=4),
    st.text(max_size=4).map(lambda text: text.encode(errors="surrogatepass")),
    st.sampled_from([*SIGNS, *WORDS, *JSON]).map(str.encode),
)


def read(kind: str, folder: Path, content: bytes) -> None:
    path = folder / f"some.{kind}"
    path.write_bytes(content)
    try:
        READERS[kind](path)
    except InputError as error:
        message = str(error)
        assert "\n" not in message
        assert re.search(rf"{re.escape(path.name)}:\d+: ", message) or (
            path.name in message and ABOUT_THE_WHOLE.search(message)
        ), message


@pytest.mark.parametrize("kind", READERS)
@QUICK
@given(content=st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_line(kind: str, tmp_path: Path, content: bytes) -> None:
    read(kind, tmp_path, content)


@pytest.mark.parametrize("kind", READERS)
@QUICK
@given(data=st.data())
def test_a_damaged_file_gives_a_value_or_a_line(
    kind: str, tmp_path: Path, data: st.DataObject
) -> None:
    read(kind, tmp_path, data.draw(damaged(SOUND[kind])))


@pytest.mark.parametrize("kind", READERS)
def test_a_folder_or_no_file_is_told_in_a_line(kind: str, tmp_path: Path) -> None:
    if kind == "results":  # A missing file holds no results.
        return
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match=re.escape(str(place))):
            READERS[kind](place)


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "results"])
def test_marks_line_breaks_and_blank_lines_of_other_systems_change_nothing(
    kind: str, tmp_path: Path
) -> None:
    path, sound = tmp_path / "some", SOUND[kind]
    path.write_text(sound, encoding="utf-8")
    plain = READERS[kind](path)

    # A blank line of a file of links is a pair without any.
    after = b"" if kind == "links" else b"\r\n\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + sound.replace("\n", "\r\n").encode() + after)

    assert repr(READERS[kind](path)) == repr(plain)
