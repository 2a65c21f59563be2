"""Errors as answers: a code for the page, a sentence for a person, and what to do."""

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
    "conflict": "Look at both answers, and choose.",
    "similar_class": "Take the class that is there, or send it again with sure: true.",
    "source_changed": "Labelling pauses until the file is as it was, or bound anew.",
    "read_only": "Open the page of the process that writes.",
    "unknown_class": "Choose one of the classes, or add this one.",
    "full": "The answer is kept on the page, and sent again once there is room.",
    "away": "The answer is kept on the page, and sent again once the data base is back.",
    "no_session": "Open the link that you were given.",
    "not_owner": "Ask the owner.",
    "too_slow": "Send it again.",
}


class Refusal(Exception):
    """A request that is not answered, with its status, its code and a sentence."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


def refusal(refused: Refusal, *, close: bool = False) -> JSONResponse:
    """The answer to a request that was refused."""
    told = {
        "code": refused.code,
        "message": refused.message,
        "hint": HINTS.get(refused.code, ""),
        **refused.more,
    }
    headers = {"connection": "close"} if close else None
    return JSONResponse(told, status_code=refused.status, headers=headers)


def of_store(error: StoreError) -> Refusal:
    """What the store refuses, as an answer."""
    more: dict[str, Any] = {}
    if isinstance(error, Conflict):
        more["standing"] = error.standing
    if isinstance(error, SimilarClass):
        more["similar"] = error.similar
    return Refusal(STATUS.get(error.code, 400), error.code, str(error), **more)
