"""Validation of the fields of a request."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from skal.labelling.server.refusals import Refusal

INTEGERS = 2**53  # beyond, a browser's numbers are not whole


@dataclass(frozen=True)
class Said:
    """The fields of a JSON object, each read with its type."""

    fields: Mapping[str, Any]

    @classmethod
    async def of(cls, request: Request, *names: str) -> "Said":
        """Read the body of a request, which can have these fields and no others."""
        try:
            fields = json.loads(await request.body() or b"{}", parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise Refusal(400, "no_json", "The body is not JSON.") from None
        if not isinstance(fields, dict):
            raise Refusal(400, "no_json", "The body is not a JSON object.")
        unknown = sorted(fields.keys() - set(names))
        if unknown:
            raise Refusal(400, "unknown_field", f"The field {unknown[0]!r} is not known.")
        return cls(fields)

    def text(self, name: str, *, most: int, needed: bool = True) -> str:
        """Read a string of limited length; empty if it is optional and missing."""
        value = self.fields.get(name)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or len(value) > most or (needed and not value):
            raise Refusal(400, "wrong_field", f"{name!r} must be a text of 1 to {most} characters.")
        return value

    def integer(self, name: str, *, most: int = INTEGERS, otherwise: int | None = None) -> int:
        """Read a whole number of at least 0."""
        value = self.fields.get(name, otherwise)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise Refusal(400, "wrong_field", f"{name!r} must be a whole number up to {most}.")
        return value

    def has(self, name: str) -> bool:
        """Return whether a field is present and not null."""
        return self.fields.get(name) is not None

    def seconds(self, name: str) -> float | None:
        """Read a number of seconds, or None."""
        value = self.fields.get(name)
        if value is None:
            return None
        real = isinstance(value, int | float) and not isinstance(value, bool)
        if not real or not math.isfinite(value) or not 0 <= value < 1e9:
            raise Refusal(400, "wrong_field", f"{name!r} must be a number of seconds.")
        return float(value)

    def integers(self, name: str, *, most: int) -> list[int]:
        """Read a list of whole numbers with limited length."""
        values = self.fields.get(name)
        whole = isinstance(values, list) and len(values) <= most
        if not whole or not all(type(v) is int and 0 <= v <= INTEGERS for v in values or ()):
            raise Refusal(400, "wrong_field", f"{name!r} must be a list of whole numbers.")
        return list(values or ())

    def flag(self, name: str) -> bool:
        """Read a boolean; False if it is missing."""
        value = self.fields.get(name, False)
        if not isinstance(value, bool):
            raise Refusal(400, "wrong_field", f"{name!r} must be true or false.")
        return value

    def label(self, name: str) -> str | float | None:
        """Read a string, a number, or None."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise Refusal(400, "wrong_field", f"{name!r} must be a text or a number.")
        if isinstance(value, str) and len(value) > 1000:
            raise Refusal(400, "wrong_field", f"{name!r} is too long.")
        return value


def query_integer(request: Request, name: str, *, most: int, otherwise: int | None) -> int | None:
    """Read a whole number from the query string."""
    value = request.query_params.get(name)
    if value is None:
        return otherwise
    if not value.isascii() or not value.isdecimal() or len(value) > 16 or int(value) > most:
        raise Refusal(400, "wrong_field", f"{name!r} must be a whole number up to {most}.")
    return int(value)


def _no_constant(name):
    raise ValueError(name)  # NaN and Infinity are no JSON
