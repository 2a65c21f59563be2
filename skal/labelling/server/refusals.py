"""Error responses: a code for the page, a message for a person, and a hint."""

from typing import Any

from starlette.responses import JSONResponse

from skal.labelling.trouble import Conflict, SimilarClass, StoreError

STATUS = {
    "conflict": 409,
    "similar_class": 409,
    "source_changed": 409,
    "read_only": 409,
    "unknown_class": 422,
    "full": 507,
    "away": 503,
}
HINTS = {
    "conflict": "Compare both answers, and choose one.",
    "similar_class": "Use the existing class, or send the request again with sure: true.",
    "source_changed": "Labelling is paused until the file is restored, or accepted with --rebind.",
    "read_only": "Open the page of the process that can write.",
    "unknown_class": "Choose one of the classes, or add this one.",
    "full": "The page keeps the answer, and sends it again when there is space.",
    "away": "The page keeps the answer, and sends it again when the database is back.",
    "no_session": "Open the link that you were given.",
    "not_owner": "Ask the owner.",
    "too_slow": "Send the request again.",
}


class Refusal(Exception):
    """A refused request, with its status, code and message."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


def refusal(refused: Refusal, *, close: bool = False) -> JSONResponse:
    """Return the response to a refused request."""
    told = {
        "code": refused.code,
        "message": refused.message,
        "hint": HINTS.get(refused.code, ""),
        **refused.more,
    }
    headers = {"connection": "close"} if close else None
    return JSONResponse(told, status_code=refused.status, headers=headers)


def of_store(error: StoreError) -> Refusal:
    """Convert an error of the store to a refusal."""
    more: dict[str, Any] = {}
    if isinstance(error, Conflict):
        more["standing"] = error.standing
    if isinstance(error, SimilarClass):
        more["similar"] = error.similar
    return Refusal(STATUS.get(error.code, 400), error.code, str(error), **more)
