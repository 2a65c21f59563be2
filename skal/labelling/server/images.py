"""Images of a folder, checked before a browser decodes them."""

import stat
import warnings
from pathlib import Path

from skal.labelling.server.refusals import Refusal

MOST_BYTES = 50 * 10**6
MOST_PIXELS = 50 * 10**6
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def image(folder: Path, name: str) -> tuple[bytes, str]:
    """Return the bytes of an image inside a folder, and their media type."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Refusal(404, "no_image", "This image is not there.")
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Refusal(404, "no_image", "This image is not there.")
        if found.st_size > MOST_BYTES:
            raise Refusal(413, "large_image", f"This image has more than {MOST_BYTES} bytes.")
        kind = _kind(path)
        return path.read_bytes(), kind
    except OSError:
        raise Refusal(404, "no_image", "This image is not there.") from None


def _kind(path):
    """Return the media type from the header of an image, without decoding it."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=list(KINDS)) as opened:
                width, height, kind = *opened.size, opened.format
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError):
        raise Refusal(415, "broken_image", "This is not a PNG, JPEG, GIF or WebP image.") from None
    if width * height > MOST_PIXELS:
        raise Refusal(413, "large_image", f"This image has more than {MOST_PIXELS} pixels.")
    return KINDS[kind or ""]
