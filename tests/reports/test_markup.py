"""Names hold what they hold: nothing in them is markup, on the page or on the screen."""

import html
import re

import rich.console
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlm_xling.reports.screen import console_table, print_tables
from mlm_xling.reports.sections import Section, markdown
from mlm_xling.reports.tables import Table, as_markdown
from tests.reports.test_page import measured

ODD = ["[/x]", "[red]x", ":smile:", "a|b", "*x*", "_x_", "`x`", "<b>", "&lt;", "~~x~~", "\\*", "\\"]
RENDER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(markdown: str) -> str:
    """What a reader of rendered Markdown sees."""
    text = re.sub(r"</?(p|strong|h1|table|thead|tbody|tr|th|td)[^>]*>", "", RENDER.render(markdown))
    return html.unescape(text)


@given(st.text(st.sampled_from("ab1 _*`[]()<>|\\&#$~!-+=.:;/\"'é\n"), min_size=1))
def test_a_reader_of_the_markdown_sees_the_text_itself(text):
    plain = " ".join(text.split())

    assert shown(f"x {as_markdown(text)}").strip() == f"x {plain}".strip()


def test_titles_cells_and_warnings_are_shown_as_they_are():
    for text in ODD:
        table = Table(["name", text], [[text, text]], frozenset({(0, 1)}))
        page = shown(markdown([Section(1, text, [text], [text], table=table)]))

        assert page.count(text) == 6, page


def test_odd_names_are_on_the_screen_as_they_are(capsys):
    for text in ODD:
        results = [measured(model=text), measured("accuracy", None, evaluator="nli")]
        print_tables(results, {text: results})

        # The model's column, the run's line for its language and for the difference, a title.
        assert capsys.readouterr().out.count(text) == 4


def test_figures_without_a_layer_are_on_the_screen():
    supplied = measured("word_p@1_other", None, 0.75, evaluator="lexicon", model="vectors")
    console = rich.console.Console(width=100)
    words = [measured("word_p@1_other", 2, evaluator="lexicon"), supplied]
    with console.capture() as captured:
        console.print(console_table(words))

    assert re.search(r"trained +vectors +n *\n", captured.get())
    assert re.search(r"word P@1 +50\.0 L2 +75\.0 +1,000 *\n", captured.get())
