"""Detection of text encodings."""

import codecs
from dataclasses import dataclass
from typing import IO

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

    def note(self, path: object) -> str:
        """Return the sentence that reports a guess; empty where nothing was guessed."""
        if not self.is_guess:
            return ""
        name = "Windows-1252" if self.name == "cp1252" else "ISO 8859-1"
        return f"{path} is not in UTF-8; it is read as {name} (Western European)."

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


def encoding_of_stream(file: IO[bytes], size: int = 2**20) -> Encoding:
    """Detect what `encoding_of` detects, without holding the file in memory."""
    first = file.read(size)
    for mark, name in MARKS.items():
        if first.startswith(mark) and name != "utf-8":
            return Encoding(name, mark)
    for name in ("utf-8", "cp1252"):
        file.seek(0)
        decoder = codecs.getincrementaldecoder(name)()
        try:
            while block := file.read(size):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        has_mark = name == "utf-8" and first.startswith(codecs.BOM_UTF8)
        return Encoding(name, codecs.BOM_UTF8 if has_mark else b"", is_guess=name != "utf-8")
    return Encoding("latin-1", is_guess=True)
