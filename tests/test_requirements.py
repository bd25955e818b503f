"""The pins of the environments: what prepares text must do it to the byte in both."""

import re

from tests.data_fixtures import ROOT

OLDER_FOR_BEAM = {"pillow", "protobuf", "pyarrow", "python-dateutil"}
"""None of them touches text."""


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.M))


def test_beam_prepares_with_the_versions_of_the_local_preparation():
    local, beam = pins("requirements.txt"), pins("requirements-beam.txt")

    unlike = {name for name in local.keys() & beam.keys() if local[name] != beam[name]}

    assert unlike == OLDER_FOR_BEAM
    assert {"sentencepiece", "seqio", "array_record", "icu4py"} <= local.keys() & beam.keys()


def test_beam_is_tested_with_the_tools_of_the_other_tests():
    other = pins("requirements.txt") | pins("requirements-dev.txt")

    tools = pins("requirements-beam-dev.txt")

    assert tools == {name: other[name] for name in tools}
