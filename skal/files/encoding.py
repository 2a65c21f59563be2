"""Detection of text encodings."""

import codecs
from dataclasses import dataclass

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


@dataclass(frozen=True)
class Encoding:
    """Store the encoding of a text, its byte order mark, and whether the encoding is a guess."""

    name: str = "utf-8"
    mark: bytes = b""
    is_guess: bool = False

    def decoded(self, content: bytes) -> bytes:
        """Decode a file's content to UTF-8, without byte order mark."""
        body = content[len(self.mark) :]
        text = body if self.name == "utf-8" else body.decode(self.name).encode()
        if b"\0" in text:
            raise ValueError(
                "it contains NUL characters, like binary files and UTF-16 without a byte order mark"
            )
        return text

    def encoded(self, text: bytes) -> bytes:
        """Encode UTF-8 as the content of a file, with its byte order mark."""
        body = text if self.name == "utf-8" else text.decode().encode(self.name)
        return self.mark + body


def encoding_of(content: bytes) -> Encoding:
    """Detect UTF-8, or UTF-16 with a byte order mark; otherwise guess Western European."""
    for mark, name in MARKS.items():
        if content.startswith(mark):
            content[len(mark) :].decode(name)
            return Encoding(name, mark)
    for name in ("utf-8", "cp1252"):
        try:
            content.decode(name)
        except UnicodeDecodeError:
            continue
        return Encoding(name, is_guess=name != "utf-8")
    return Encoding("latin-1", is_guess=True)  # every byte is a letter in it
