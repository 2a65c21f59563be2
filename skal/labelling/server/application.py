"""The routes of the server, and the permissions for each."""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from skal.labelling import standing
from skal.labelling.answers import Answer
from skal.labelling.making import CACHE
from skal.labelling.server import page
from skal.labelling.server.access import Access, Model
from skal.labelling.server.guard import Guard
from skal.labelling.server.images import image
from skal.labelling.server.refusals import Refusal, of_store, refusal
from skal.labelling.server.requests import INTEGERS, Said, query_integer
from skal.labelling.store import Store
from skal.labelling.trouble import StoreError

Endpoint = Callable[[Request], Awaitable[Response]]
EXPORTS = ("csv", "tsv", "parquet", "xlsx", "jsonl", "json")
MONTH = 30 * 24 * 3600
LATER = 5  # items fewer while the first typical rows are looked for
NO_TOKEN = 200  # characters: longer ones are no secrets of ours


@dataclass(frozen=True)
class Api:
    """The endpoints of the page, which read and write a store."""

    store: Store
    access: Access
    model: Model | None = None

    # ------------------------------------------------------------------ who
    async def annotator(self, request: Request) -> dict[str, Any]:
        """Return the annotator of the cookie; refuse an unknown one."""
        token = request.cookies.get(self.access.cookie, "")
        known = None
        if token and len(token) <= NO_TOKEN:
            known = await run_in_threadpool(self.store.team.by_token, token)
        if known is None:
            raise Refusal(401, "no_session", "This cookie is not known.")
        return known

    async def owner(self, request: Request) -> dict[str, Any]:
        """Return the annotator if it is an owner."""
        known = await self.annotator(request)
        if known["role"] != "owner":
            raise Refusal(403, "not_owner", "Only the owner may do this.")
        return known

    async def open_session(self, request: Request) -> Response:
        """Exchange a secret for a cookie that scripts cannot read."""
        said = await Said.of(request, "token")
        token = said.text("token", most=NO_TOKEN)
        known = await run_in_threadpool(self.store.team.by_token, token)
        if known is None:
            raise Refusal(401, "no_session", "This link is not valid.")
        response = JSONResponse({"name": known["name"], "role": known["role"]})
        response.set_cookie(
            self.access.cookie, token, max_age=MONTH, path="/", httponly=True,
            samesite="strict", secure=self.access.secure,
        )  # fmt: skip
        return response

    # ------------------------------------------------------------------ items
    async def task(self, request: Request) -> Response:
        """Return the task: file, label column and classes."""
        known = await self.annotator(request)
        settings = await run_in_threadpool(self.store.settings)
        shown = ("task", "store_uuid", "label", "id", "classes", "overlap")
        told = {name: settings[name] for name in shown}
        file = self.store.folder.name.removesuffix(".skal")
        return JSONResponse({**told, "file": file, "annotator": known})

    async def lease(self, request: Request) -> Response:
        """Lease items to this annotator, with their cells."""
        known = await self.annotator(request)
        said = await Said.of(request, "client", "n")
        client, n = said.text("client", most=64), said.integer("n", most=100, otherwise=8)
        if self.model is not None and self.model.status().get("first_pending"):
            n = max(1, n - LATER)  # of random rows, since better ones come in a moment
        leases = await run_in_threadpool(self.store.desk.lease, known["id"], client, n)
        items = [lease["item"] for lease in leases]
        shown = await run_in_threadpool(self.store.desk.show, items)
        cells = {row["item"]: row for row in shown}
        there = [lease for lease in leases if lease["item"] in cells]
        return JSONResponse({"leases": [{**_shown(x), **cells[x["item"]]} for x in there]})

    async def renew(self, request: Request) -> Response:
        """Renew leases, and return those that are still held."""
        known = await self.annotator(request)
        ids = (await Said.of(request, "ids")).integers("ids", most=100)
        held = await run_in_threadpool(self.store.desk.renew, known["id"], ids)
        return JSONResponse({"held": held})

    async def release(self, request: Request) -> Response:
        """Give an item back."""
        known = await self.annotator(request)
        lease = int(request.path_params["id"])
        was_held = await run_in_threadpool(self.store.desk.release, known["id"], lease)
        return JSONResponse({"held": was_held})

    async def item(self, request: Request) -> Response:
        """Return the cells of one item."""
        await self.annotator(request)
        return JSONResponse(await self._shown(request))

    async def item_image(self, request: Request) -> Response:
        """Return the image of an item."""
        await self.annotator(request)
        shown = await self._shown(request)
        if shown["name"] is None:
            raise Refusal(404, "no_image", "This item is not an image.")
        folder = self.store.desk.source_path()
        content, kind = await run_in_threadpool(image, folder, shown["name"])
        return Response(content, media_type=kind)

    async def _shown(self, request):
        shown = await run_in_threadpool(self.store.desk.show, [int(request.path_params["id"])])
        if not shown:
            raise Refusal(404, "no_item", "There is no such item.")
        return shown[0]

    # ------------------------------------------------------------------ answers
    async def record(self, request: Request) -> Response:
        """Store an answer: 201 once it is on the disk, 200 if it was stored before."""
        known = await self.annotator(request)
        said = await Said.of(
            request, "uuid", "item", "kind", "value", "reason", "undoes", "seconds", "client"
        )
        kind = said.text("kind", most=10)
        if kind not in ("label", "skip"):
            raise Refusal(400, "wrong_field", "'kind' must be label or skip.")
        answer = Answer(
            said.integer("item"), known["id"], kind, said.label("value"),
            reason=said.text("reason", most=1000, needed=False) or None,
            undoes=said.integer("undoes") if said.has("undoes") else None,
            seconds=said.seconds("seconds"), uuid=said.text("uuid", most=64),
        )  # fmt: skip
        client = said.text("client", most=64, needed=False)
        return _recorded(await run_in_threadpool(self.store.desk.record, answer, client))

    async def undo(self, request: Request) -> Response:
        """Withdraw an answer."""
        known = await self.annotator(request)
        said = await Said.of(request, "uuid", "client")
        uuid, client = said.text("uuid", most=64), said.text("client", most=64, needed=False)
        event = int(request.path_params["id"])
        done = await run_in_threadpool(self.store.desk.undo, event, known["id"], uuid, client)
        return _recorded(done)

    async def history(self, request: Request) -> Response:
        """Return the last answers of this annotator."""
        known = await self.annotator(request)
        n = query_integer(request, "n", most=200, otherwise=50) or 0
        before = query_integer(request, "before", most=INTEGERS, otherwise=None)
        events = await run_in_threadpool(self.store.desk.history, known["id"], n, before)
        return JSONResponse({"events": events})

    async def progress(self, request: Request) -> Response:
        """Return the progress of the labelling."""
        await self.annotator(request)
        told = await run_in_threadpool(self.store.progress)
        today = await run_in_threadpool(self.store.desk.performance)
        return JSONResponse({**told, "performance": standing.told(today)})

    async def rounds(self, request: Request) -> Response:
        """Return the model's last rounds, state and curve, and the advice whether to go on."""
        await self.annotator(request)
        rounds = await run_in_threadpool(self.store.desk.rounds)
        told = {
            "rounds": rounds,
            "model": None if self.model is None else self.model.status(),
            "curve": await run_in_threadpool(self.store.desk.curve),
            "advice": await run_in_threadpool(self.store.desk.advice),
        }
        return JSONResponse(told)

    async def ask_for_round(self, request: Request) -> Response:
        """Start a fit, also after a failed one."""
        await self.annotator(request)
        await Said.of(request)
        if self.model is None:
            raise Refusal(409, "no_model", "There is no model for these labels.")
        self.model.ask_for_round()
        return JSONResponse({"model": self.model.status()}, 202)

    # ------------------------------------------------------------------ the owner
    async def export(self, request: Request) -> Response:
        """Return an export, which is written for each request and removed after it."""
        await self.owner(request)
        kind = request.query_params.get("kind", "csv")
        if kind not in EXPORTS:
            raise Refusal(400, "wrong_field", f"'kind' must be one of {', '.join(EXPORTS)}.")
        folder = tempfile.TemporaryDirectory(prefix="export-", dir=self.store.folder / CACHE)
        path = Path(folder.name) / f"labels.{kind}"
        try:
            await run_in_threadpool(self.store.export, path)
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))

    async def change_settings(self, request: Request) -> Response:
        """Add a class, or change how many people answer each item."""
        said = await Said.of(request, "add_class", "sure", "overlap")
        await self.owner(request)
        if said.has("add_class"):
            name, sure = said.text("add_class", most=1000), said.flag("sure")
            await run_in_threadpool(self.store.add_class, name, sure=sure)
        if said.has("overlap"):
            await run_in_threadpool(self.store.set_overlap, said.integer("overlap", most=1000))
        return await self.task(request)

    async def add_annotator(self, request: Request) -> Response:
        """Return a link for an annotator, new or known, once; it replaces an earlier link."""
        await self.owner(request)
        name = (await Said.of(request, "name")).text("name", most=100)
        known = await run_in_threadpool(self.store.team.known_or_new, name)
        token = await run_in_threadpool(self.store.team.new_token, known)
        return JSONResponse({"id": known, "name": name.strip(), "link": f"/#{token}"}, 201)

    async def health(self, request: Request) -> Response:
        """Report that the server is running."""
        return JSONResponse({"ok": True})


def make_application(
    store: Store, access: Access, model: Model | None = None, *, seconds: float = 10.0
) -> ASGIApp:
    """Return the application of a store; `seconds` limits the time to receive a body."""
    api = Api(store, access, model)
    routes = [
        _route("/session", POST=api.open_session),
        _route("/task", GET=api.task),
        _route("/leases", POST=api.lease),
        _route("/leases/renew", POST=api.renew),
        _route("/leases/{id:int}", DELETE=api.release),
        _route("/events", POST=api.record),
        _route("/events/{id:int}/undo", POST=api.undo),
        _route("/history", GET=api.history),
        _route("/progress", GET=api.progress),
        _route("/rounds", GET=api.rounds, POST=api.ask_for_round),
        _route("/items/{id:int}", GET=api.item),
        _route("/items/{id:int}/image", GET=api.item_image),
        _route("/export", GET=api.export),
        _route("/settings", PATCH=api.change_settings),
        _route("/annotators", POST=api.add_annotator),
        _route("/health", GET=api.health),
    ]
    handlers: dict[Any, Any] = {Refusal: _refused, StoreError: _refused, HTTPException: _refused}
    app = Starlette(
        routes=[Mount("/api/v1", routes=routes), *page.routes()], exception_handlers=handlers
    )
    return Guard(app, access.hosts, seconds=seconds, schemes=(access.scheme,))


def _route(path: str, **endpoints: Endpoint) -> Route:
    """Return a route with an endpoint for each method."""

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return Route(path, answer, methods=list(endpoints))


async def _refused(request: Request, error: Exception) -> Response:
    """Convert an error to a response."""
    if isinstance(error, StoreError):
        return refusal(of_store(error))
    if isinstance(error, HTTPException):
        return refusal(Refusal(error.status_code, "not_there", f"{error.detail}."))
    if isinstance(error, Refusal):
        return refusal(error)
    raise error


def _shown(lease):
    """Remove the model's prediction from a lease, because it would bias people."""
    return {name: lease[name] for name in ("id", "item", "expires")}


def _recorded(recorded):
    lease = recorded.lease and _shown(recorded.lease)
    told = {"event": recorded.event, "repeated": recorded.repeated, "lease": lease}
    return JSONResponse(told, 200 if recorded.repeated else 201)
