"""What both libraries are given: weights by their names, ids, and lines of text."""

import zlib

import numpy as np

ROWS = 40
IDS = np.array([[0, 7, 11, 5, 2], [0, 9, 31, 2, 1]])
"""[batch length]; the last one is padding where there is any."""
REAL = np.array([[True] * 5, [True] * 4 + [False]])
LANGUAGES = ("ru", "en")
"""Languages of the two rows, where a model has embeddings of languages."""
WORDS = "le chat noir ne voit pas l'objet d'en haut the black cat never sees it 打开 文件 кот видит"
LINES = (
    "",
    " ",
    "Le chat noir, ne voit (pas) l'objet!",
    "  two  spaces\tand a tab ",
    "a line\r\n",
    "NFC é, NFD e\u0301, ligature ﬁ, full width ｗｉｄｅ",
    "zero\u200bwidth and\u200djoined, \ufeffmark, soft\u00adhyphen",
    "emoji 😀 and family 👩\u200d👩\u200d👧 and flag 🏳\ufe0f\u200d🌈",
    "打开文件，кот видит; क्षि ไทย",
    "<s> and [MASK] as text </s> <mask> [SEP]",
    "UPPER lower Straße İstanbul",
    "1,234.5 ½ 2³ №5 $€",
)


def weights(shapes):
    """Draws each tensor by NumPy's stable legacy generator, seeded by its name."""
    return {
        name: np.random.RandomState(zlib.crc32(name.encode()))
        .uniform(-0.5, 0.5, shape)
        .astype(np.float32)
        for name, shape in shapes.items()
    }
