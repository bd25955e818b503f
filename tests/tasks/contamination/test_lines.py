"""Which lines an identifier is asked about, and what of them."""

import pytest

from tasks.contamination.lines import LETTERS, Kind, examine


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("The quick brown fox jumps over the lazy dog.", Kind.TEXT),
        ("ध्वनि को सुनने के लिए यहाँ क्लिक करें और प्रतीक्षा करें।", Kind.TEXT),
        ("敏捷的棕色狐狸跳过了那只懒惰的狗然后就跑远了。", Kind.TEXT),
        ("Yes, of course.", Kind.SHORT),
        ("x" * LETTERS, Kind.TEXT),
        ("x" * (LETTERS - 1), Kind.SHORT),
        ("12.5 + 7 = 19.5 !!!", Kind.NONE),
        ("https://www.example.org/a/very/long/address/of/a/page.html", Kind.NONE),
        ('<a class="reference" id="here"><b></b></a>', Kind.NONE),
        ("for (i = 0; i < n; i++) { a[i] += b[i] * c[i]; }", Kind.NONE),
    ],
)
def test_a_line_is_text_or_short_or_no_language(line, kind):
    assert examine(line)[0] is kind


def test_addresses_and_markup_are_not_asked_about():
    around = "Write to us soon", "or read <i>all of it</i> slowly and with as much care as you can"

    _, asked = examine(f"{around[0]} me@example.org {around[1]} www.a.example")

    text = " ".join(around).replace("<i>", "").replace("</i>", "")
    assert asked.split() == text.split()


def test_a_line_of_capitals_is_made_small():
    assert examine("PLEASE READ THE MANUAL FIRST")[1] == "please read the manual first"
