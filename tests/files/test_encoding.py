"""Detection of encodings: of a stream as of the whole content."""

import io

import pytest

from skal.files.encoding import encoding_of, encoding_of_stream

CONTENTS = [
    b"",
    b"a,b",
    "é–€ж".encode(),
    "é–€ж".encode("utf-8-sig"),
    "é–€".encode("cp1252"),
    b"\x81\xe9",
    "é".encode()[:1],
    "a,b".encode("utf-16"),
    "a,b".encode("utf-16-be"),
]


@pytest.mark.parametrize("size", [3, 2**20])
@pytest.mark.parametrize("content", CONTENTS)
def test_a_stream_has_the_encoding_of_its_content(content, size):
    assert encoding_of_stream(io.BytesIO(content), size) == encoding_of(content)
