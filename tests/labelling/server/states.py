"""What the page can look like: stores that are served to a browser, and how each state comes about."""

import contextlib
import json
import socket
import threading
from pathlib import Path

from skal.labelling import Answer, Draw, Store
from skal.labelling.server import Access
from skal.labelling.server.running import make_server
from skal.labelling.watching import Watch

CHROMIUM = Path("/usr/bin/chromium")
SIZES = {"wide": (1280, 800), "phone": (390, 780), "narrow": (320, 640)}
CLASSES = ["billing", "login", "shipping", "other"]
TEXTS = [
    "I was charged twice for my order last week, and the second payment has not come back yet.",
    "The page says that my password is wrong, although I have reset it twice today.",
    "Where is my parcel? It was to be here on Monday, and the tracking has not changed since.",
    "Can I have an invoice with the name of my company on it?",
    "The app asks for a code that never comes, so that I cannot sign in on my new phone.",
    "Please send the order to my office instead; nobody is at home during the day.",
    "Which plan do I need for a team of five, and can we change it later?",
    "My card was declined, but my bank says that nothing was asked of it.",
]


class Model:
    """What learns beside the page, as a test says it."""

    def __init__(self):
        self.now = {"state": "ready", "error": "", "n_learned": 40, "audit": 0.1}

    def status(self):
        return dict(self.now)

    def ask_for_round(self):
        self.now = {"state": "learning", "error": "", "n_learned": 40}


class Served:
    """A store that a thread serves, and the link to its page."""

    def __init__(self, store):
        self.store, self.model = store, Model()
        self.listening = socket.create_server(("127.0.0.1", 0))
        port = self.listening.getsockname()[1]
        self.server = make_server(store, Access((f"127.0.0.1:{port}",), port), self.model)
        self.address = f"http://127.0.0.1:{port}"
        self.link = self.link_of("owner")
        self.thread = threading.Thread(target=self.server.run, args=([self.listening],))
        self.thread.start()

    def link_of(self, name):
        store = self.store
        who = 1 if name == "owner" else store.team.known_or_new(name)
        return f"{self.address}/#{store.team.new_token(who)}"

    def close(self):
        self.server.should_exit = True
        self.thread.join()
        self.listening.close()
        self.store.close()


def table(folder, n=60):
    path = folder / "tickets.csv"
    rows = [f'{100 + i},"{TEXTS[i % len(TEXTS)]}",\n' for i in range(n)]
    path.write_text("ticket,text,topic\n" + "".join(rows))
    return path


@contextlib.contextmanager
def served(path, **options):
    """A store of a file, served, with random rows in its queue."""
    told = {"label": "topic", "classes": CLASSES, "seed": 0} | options
    store = Store.create(path, **told)
    store.desk.draw(40)
    made = Served(store)
    try:
        yield made
    finally:
        made.close()


def until_shown(page):
    page.locator("#item > *").first.wait_for()


def texts(folder):
    return table(folder), {"id": "ticket"}


def rows(folder):
    path = folder / "customers.csv"
    head = "name,age,city,plan,note,topic\n"
    note = "Has asked twice for another plan; was told to wait for the new year. " * 3
    path.write_text(
        head + "".join(f"Customer {i},{20 + i},Bergen,basic,{note},\n" for i in range(40))
    )
    return path, {}


def odd(folder):
    path = folder / "odd.jsonl"
    cells = [
        "שלום, העולם <b>bold</b>\u202e\u0007 end",
        "x" * 30_000,
        "",
        "<script>alert(1)</script>",
    ]
    path.write_text("".join(json.dumps({"text": c}) + "\n" for c in cells * 5))
    return path, {}


def numbers(folder):
    path = folder / "houses.csv"
    path.write_text("place,rooms,price\n" + "".join(f"Street {i},{i % 6},\n" for i in range(40)))
    return path, {"label": "price", "task": "regression", "classes": []}


def many(folder):
    return table(folder), {"id": "ticket", "classes": [f"topic {i}" for i in range(1, 41)]}


def images(folder):
    from PIL import Image, ImageDraw

    path = folder / "photos"
    path.mkdir()
    for i in range(20):
        image = Image.new("RGB", (640, 420), (70 + 9 * i, 130, 180 - 6 * i))
        ImageDraw.Draw(image).ellipse((200, 90, 440, 330), fill=(245, 240, 220))
        image.save(path / f"{i:02}.png")
    return path, {"label": "label", "classes": ["cat", "dog"]}


def answered(made, page, context):
    made.model.now = {"state": "cold", "error": "", "n_learned": 0, "audit": 0.1}
    page.evaluate(
        "const now = performance.now.bind(performance); performance.now = () => now() + ahead; var ahead = 0"
    )
    for key in [*"12341232", "Space"]:
        page.evaluate("ahead += 6_000")  # as fast as people read
        page.keyboard.press(key)
        page.locator("#saved[data-state=saved]").wait_for()
    page.get_by_text("9 of", exact=False).first.wait_for()


def editing(made, page, context):
    answered(made, page, context)
    page.keyboard.press("ArrowLeft")
    page.locator("#editing-text").wait_for()


def learned(made, page, context):
    """Twelve models, of which the last ones were measured by 30 random rows and more."""
    store, desk = made.store, made.store.desk
    pool, watched = store.pool(), made.store.desk.watched().tolist()
    reserve, rest = pool.items[pool.reserve].tolist(), pool.items[~pool.reserve].tolist()
    for n in range(12):
        number = desk.begin_round("Margin", {}, 0)
        draws = [Draw(item, "audit", 0.5, CLASSES[0]) for item in reserve[8 * n : 8 * n + 8]]
        said = [CLASSES[int(i % (n + 3) == 0)] for i in range(len(watched))]
        desk.finish_round(number, draws, {}, Watch(watched, said))
        desk.note_performance(number)
        for k, item in enumerate([*reserve[8 * n : 8 * n + 8], *rest[60 + 8 * n : 68 + 8 * n]]):
            wrong = k >= 8 or (k == 7 and n % 2) or (k == 6 and n < 5)
            desk.record(Answer(item, 1, "label", CLASSES[k % 4] if wrong else CLASSES[0]))
    page.reload()
    until_shown(page)
    if page.viewport_size["width"] < 760:
        page.locator("#panel-button").click()
    page.locator("#curve svg").wait_for()


def charted(made, page, context):
    learned(made, page, context)
    page.get_by_text("Show as a table").click()
    page.locator("#curve-rows").scroll_into_view_if_needed()


def failed(made, page, context):
    made.model.now = {
        "state": "failed",
        "error": "The model did not finish in 600 s.",
        "n_learned": 0,
    }
    page.locator("#banner-model").wait_for()


def offline(made, page, context):
    context.set_offline(True)
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.locator("#banner-offline").wait_for()


def full(made, page, context):
    told = {"code": "full", "message": "The disk is full.", "hint": ""}
    page.route("**/api/v1/events", lambda route: route.fulfill(status=507, json=told))
    page.keyboard.press("1")
    page.locator("#banner-full").wait_for()


def changed(made, page, context):
    path = made.store.desk.source_path()
    path.write_text("ticket,text,topic\n" + "1,other,\n" * 60)
    page.reload()
    page.get_by_role("heading", name="Labelling is paused").wait_for()


def conflict(made, page, context):
    told = {"code": "conflict", "message": "Item 3 was answered by others meanwhile.", "hint": "",
            "standing": [{"event": 1, "annotator": 9, "kind": "label", "value": "login"}]}  # fmt: skip
    page.route("**/api/v1/events", lambda route: route.fulfill(status=409, json=told), times=1)
    page.keyboard.press("1")
    page.locator("#ask[open]").wait_for()


def similar(made, page, context):
    page.locator("#add-button").click()
    page.locator("#ask-input").fill("Billing ")
    page.keyboard.press("Enter")
    page.get_by_text("very similar").wait_for()


def answer_all(page):
    while page.locator("#item .text").count():
        page.keyboard.press("1")
        page.locator("#saved[data-state=saved]").wait_for()


def finished(made, page, context):
    answer_all(page)
    page.get_by_role("heading", name="Nothing left to label").wait_for()


def unclassed(folder):
    return table(folder), {"classes": []}


def broken(folder):
    path = folder / "photos"
    path.mkdir()
    (path / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return path, {"label": "label", "classes": ["cat", "dog"], "audit_reserve": 0}


def shown_as_broken(made, page, context):
    page.get_by_text("Skip it.").wait_for()


def adding(made, page, context):
    page.locator("#add-button").click()
    page.locator("#ask-input").fill("refunds")


def skipping(made, page, context):
    page.keyboard.press("Shift+Space")
    page.locator("#ask[open]").wait_for()


def undone(made, page, context):
    answered(made, page, context)
    page.keyboard.press("u")
    page.locator("#history .gone").wait_for(state="attached")


def mistyped(made, page, context):
    page.locator("#number").fill("3 rooms")
    page.keyboard.press("Enter")
    page.get_by_text("Type a number").first.wait_for()


def slow(made, page, context):
    made.model.now = {"state": "slow", "error": "", "n_learned": 40}
    page.locator("#banner-model").wait_for()


def waiting(made, page, context):
    page.route("**/api/v1/leases", lambda route: route.fulfill(json={"leases": []}))
    page.reload()
    page.get_by_text("One moment").wait_for()


def others(made, page, context):
    kim = made.store.team.add("Kim")
    made.store.desk.lease(kim, "her page", 100)
    answer_all(page)
    page.get_by_text("Others have").wait_for()


def no_session(made, page, context):
    context.clear_cookies()
    page.reload()
    page.get_by_text("Open your link").wait_for()


def helped(made, page, context):
    page.keyboard.press("?")


def invited(made, page, context):
    page.keyboard.press("?")
    page.locator("#invite").click()
    page.locator("#ask-input").fill("Kim")
    page.keyboard.press("Enter")
    page.get_by_text("Link for Kim").wait_for()


def filtered(made, page, context):
    page.keyboard.press("/")
    page.keyboard.type("topic 3")


def panel(made, page, context):
    answered(made, page, context)
    if page.viewport_size["width"] < 760:
        page.locator("#panel-button").click()
    else:
        page.keyboard.press("p")


def long(folder):
    return table(folder, 600), {"id": "ticket"}


def few(folder):
    return table(folder, 12), {"id": "ticket", "audit_reserve": 0}


def nothing_yet(made, page, context):
    """As it is at first."""


def cold(made, page, context):
    made.model.now = {"state": "cold", "error": "", "n_learned": 0}
    page.get_by_text("No model yet").wait_for(state="attached")


STATES = {
    "first": (texts, nothing_yet), "cold": (texts, cold), "answered": (long, answered),
    "row": (rows, nothing_yet), "odd": (odd, nothing_yet), "number": (numbers, nothing_yet),
    "many": (many, filtered), "image": (images, nothing_yet), "editing": (texts, editing),
    "failed": (texts, failed), "offline": (texts, offline), "full": (texts, full),
    "changed": (texts, changed), "conflict": (texts, conflict), "similar": (texts, similar),
    "finished": (few, finished), "waiting": (texts, waiting), "others": (few, others),
    "session": (texts, no_session), "help": (texts, helped), "invited": (texts, invited), "panel": (texts, panel),
    "learned": (long, learned), "charted": (long, charted), "unclassed": (unclassed, nothing_yet),
    "broken": (broken, shown_as_broken), "adding": (texts, adding), "skipping": (texts, skipping),
    "undone": (texts, undone), "mistyped": (numbers, mistyped), "slow": (texts, slow),
}  # fmt: skip
