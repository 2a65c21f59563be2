"""The page in a real browser: by keys, through reloads, kills, lost networks, and in each state."""

import io
import os
import re
import signal
import subprocess
import sys
import tarfile
from collections import Counter

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import sync_playwright

from skal.labelling import Answer, Store
from skal.labelling.server.page import FILES, STATIC
from tests.labelling.server.states import CHROMIUM, SIZES, STATES, served, table, until_shown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: there is no {CHROMIUM}"),
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def context(browser):
    made = browser.new_context(viewport={"width": 1280, "height": 800})
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def tickets(tmp_path):
    with served(table(tmp_path), id="ticket") as made:
        yield made


@pytest.fixture
def page(tickets, context):
    """The page of the tickets, of which nothing may go wrong unseen."""
    opened, errors = context.new_page(), []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(tickets.link)
    until_shown(opened)
    yield opened
    assert errors == []


def shown(page):
    return page.locator("#item").inner_text()


def saved(page):
    page.locator("#saved[data-state=saved]").wait_for()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
        saved(page)


def held(store):
    events = store.events()
    return events[events["holds"]]


def test_it_is_light_and_asks_nobody_else(tickets, context):
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(tickets.link)
    until_shown(page)
    of_page = [url for url in asked if "/api/" not in url]
    assert len(of_page) <= 4
    first = [url.removeprefix(tickets.address) for url in asked]
    assert first.index("/api/v1/leases") <= 6
    assert all(url.startswith(tickets.address) for url in asked)
    assert sum(len((STATIC / name).read_bytes()) for name, _ in FILES.values()) <= 60_000
    assert page.url == f"{tickets.address}/"  # without the secret
    assert said == []


def test_labels_by_keys(page, tickets):
    press(page, "1", "2", "3", "1")
    first = shown(page)
    press(page, "4")
    assert shown(page) != first
    press(page, "Space")
    events = held(tickets.store)
    assert events["value"].tolist()[:5] == ["billing", "login", "shipping", "billing", "other"]
    assert events["kind"].tolist()[5] == "skip"
    assert events["item"].is_unique
    assert events["seconds"].between(0, 60).all()
    page.locator("#count", has_text="6 of 60").wait_for()


def test_the_curve_and_its_table(browser, tmp_path):
    make, arrive = STATES["charted"]
    path, options = make(tmp_path)
    context = browser.new_context(viewport=dict(zip(("width", "height"), SIZES["wide"])))
    with served(path, **options) as made:
        opened = context.new_page()
        opened.goto(made.link)
        until_shown(opened)
        arrive(made, opened, context)
        today, points = made.store.desk.performance(), made.store.desk.curve()
        assert opened.locator("#accuracy").inner_text() == f"{round(100 * today.value)}%"
        assert f"from {today.n_rows} random rows" in opened.locator("#accuracy-note").inner_text()
        assert opened.locator("#advice").inner_text() == made.store.desk.advice()
        line = opened.locator("#curve .line").get_attribute("points")
        assert len(line.split()) == len(points)
        rows = opened.locator("#curve-rows tbody tr").all_inner_texts()
        assert rows[0].split()[0] == str(points[-1]["labels"])
        assert len(rows) == len(points)
    context.close()


def test_somebody_is_invited(page, tickets, browser):
    STATES["invited"][1](tickets, page, None)
    link = re.search(r"http\S+#\S+", page.locator("#ask-text").inner_text())[0]
    other = browser.new_context()
    hers = other.new_page()
    hers.goto(link)
    until_shown(hers)
    assert hers.locator("#who").inner_text() == "Kim"
    other.close()


def test_a_skip_with_a_reason(page, tickets):
    page.keyboard.press("Shift+Space")
    page.keyboard.type("is not English 1")  # keys in a field answer nothing
    page.keyboard.press("Enter")
    saved(page)
    page.get_by_text("Skipped").first.wait_for()
    saved(page)
    assert held(tickets.store)["reason"].tolist() == ["is not English 1"]


@pytest.mark.parametrize("key", ["u", "Backspace", "Control+z"])
def test_undo(page, tickets, key):
    press(page, "1")
    before = shown(page)
    press(page, "2", key)
    assert shown(page) == before
    press(page, "3")
    assert held(tickets.store)["value"].tolist() == ["billing", "shipping"]
    assert len(tickets.store.events()) == 4


def test_an_undo_at_once(page, tickets):
    before = shown(page)
    for key in ("1", "u", "2", "u", "3"):
        page.keyboard.press(key)
    saved(page)
    assert held(tickets.store)["value"].tolist() == ["shipping"]
    press(page, "u")
    assert shown(page) == before


def test_an_earlier_answer_is_changed(page, tickets):
    press(page, "1", "2", "3")
    next_one = shown(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Your answer: login").wait_for()
    press(page, "4")
    assert shown(page) == next_one
    by_item = held(tickets.store).set_index("item")["value"]
    assert sorted(by_item.tolist()) == ["billing", "other", "shipping"]
    assert by_item.index.is_unique


@pytest.mark.parametrize("reload", [False, True])
def test_an_undone_correction_leaves_what_was_said_before(page, tickets, reload):
    press(page, "1", "2")
    next_one = shown(page)
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Your answer: login").wait_for()
    press(page, "3")
    if reload:
        page.reload()
        until_shown(page)
        page.get_by_role("button", name="Undo shipping").wait_for()
    press(page, "u")
    page.get_by_role("button", name="Undo login").wait_for()
    page.locator("#item").get_by_text(next_one.splitlines()[0]).wait_for()
    assert held(tickets.store)["value"].tolist() == ["billing", "login"]


def test_an_old_answer_is_undone_from_the_list(page, tickets):
    press(page, "1", "2", "3")
    page.get_by_role("button", name="Undo billing").click()
    saved(page)
    page.locator("#history .gone").wait_for()
    assert sorted(held(tickets.store)["value"]) == ["login", "shipping"]
    press(page, "4")
    assert len(held(tickets.store)) == 3


def test_a_reload_gets_its_own_leases_back(page, tickets):
    press(page, "1")
    before = shown(page)
    page.reload()
    until_shown(page)
    assert shown(page) == before
    page.get_by_role("button", name="Undo billing").wait_for()
    press(page, "u", "2")
    assert held(tickets.store)["value"].tolist() == ["login"]


def test_two_people_get_different_items(page, tickets, browser):
    theirs = browser.new_context()
    other = theirs.new_page()
    other.goto(tickets.link_of("Kim"))
    until_shown(other)
    assert other.locator("#who").inner_text() == "Kim"
    assert not other.locator("#add-button").is_visible()
    for _ in range(6):
        press(page, "1")
        press(other, "2")
    events = held(tickets.store)
    assert events["item"].is_unique
    assert events.groupby("annotator").size().tolist() == [6, 6]
    theirs.close()


def test_offline_and_back(page, tickets, context):
    press(page, "1")
    context.set_offline(True)
    for key in ("2", "3", "4"):
        page.keyboard.press(key)
    page.get_by_text("Offline · 3 kept").wait_for()
    page.get_by_text("server cannot be reached").wait_for()
    assert len(held(tickets.store)) == 1
    context.set_offline(False)
    saved(page)
    assert sorted(held(tickets.store)["value"]) == ["billing", "login", "other", "shipping"]
    assert not page.locator("#banner-offline").is_visible()


def test_a_lost_acknowledgement_counts_once(page, tickets):
    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/api/v1/events", lose, times=2)
    press(page, "1", "2")
    assert held(tickets.store)["value"].tolist() == ["billing", "login"]
    assert len(tickets.store.events()) == 2


def test_answers_wait_for_a_full_disk_and_survive_a_closed_page(page, tickets, context):
    told = {"code": "full", "message": "The disk is full.", "hint": ""}
    context.route("**/api/v1/events", lambda route: route.fulfill(status=507, json=told))
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.get_by_text("Not saved · 2 kept").wait_for()
    page.reload()
    page.get_by_text("Not saved · 2 kept").wait_for()
    page.keyboard.press("u")
    page.keyboard.press("3")
    context.unroute("**/api/v1/events")
    saved(page)
    assert held(tickets.store)["value"].tolist() == ["billing", "shipping"]


LEASE = """fetch("/api/v1/leases", {
    method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({client: sessionStorage.getItem("skal-client"), n: 2}),
}).then((answer) => answer.json())"""


def test_a_conflict_is_shown_and_chosen(page, tickets):
    kim = tickets.store.team.add("Kim")
    for lease, value in zip(page.evaluate(LEASE)["leases"], ("login", "other")):
        tickets.store.desk.release(1, lease["id"])
        tickets.store.desk.record(Answer(lease["item"], kim, "label", value))
    page.keyboard.press("1")
    page.get_by_text("Their answer: login").wait_for()
    page.get_by_role("button", name="Use mine").click()
    saved(page)
    page.keyboard.press("1")
    page.get_by_text("Their answer: other").wait_for()
    page.get_by_role("button", name="Keep theirs").click()
    saved(page)
    assert held(tickets.store)["value"].tolist() == ["other", "billing"]


def test_new_classes(page, tickets):
    page.locator("#add-button").click()
    page.locator("#ask-input").fill("refunds 1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="refunds 1").wait_for()
    page.locator("#add-button").click()
    page.locator("#ask-input").fill("BILLING")
    page.keyboard.press("Enter")
    page.get_by_text("very similar").wait_for()
    page.get_by_role("button", name="Keep billing").click()
    page.locator("#item").focus()
    press(page, "5")
    assert tickets.store.settings()["classes"][4:] == ["refunds 1"]
    assert held(tickets.store)["value"].tolist() == ["refunds 1"]


def test_keys_that_answer_nothing(page, tickets):
    page.keyboard.down("1")
    page.keyboard.down("1")  # held down: it repeats
    page.keyboard.up("1")
    page.keyboard.press("9")  # of no class
    page.keyboard.press("Control+1")
    saved(page)
    assert len(tickets.store.events()) == 1
    page.keyboard.press("?")
    page.locator("#single").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.get_by_role("button", name="login").first.focus()
    page.keyboard.press("Space")  # presses the button
    saved(page)
    assert held(tickets.store)["value"].tolist() == ["billing", "login"]


def test_a_click_leaves_the_keys_to_the_page(page, tickets):
    page.get_by_role("button", name="login").click()
    press(page, "Space")
    page.locator("#add-button").click()
    page.locator("#ask-input").fill("refunds")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="refunds").wait_for()
    press(page, "Space")
    page.locator("#help-button").click()
    page.keyboard.press("Space")  # presses Close, and no other control of the help
    press(page, "5")
    assert held(tickets.store)["kind"].tolist() == ["label", "skip", "skip", "label"]


def test_numbers_are_typed_at_once_and_keys_work_beside_them(tmp_path, context):
    path, options = STATES["number"][0](tmp_path)
    with served(path, **options) as made:
        page = context.new_page()
        page.goto(made.link)
        until_shown(page)
        assert page.get_by_label("price").is_visible()
        for keys in ("3.5", "-2", "4,25"):
            page.keyboard.type(keys)
            press(page, "Enter")
        press(page, "Space", "u", "u")
        assert held(made.store)["value"].tolist() == ["3.5", "-2.0"]


@pytest.mark.parametrize(("state", "first"), [("row", 2), ("odd", 1)])
def test_rows_are_numbered_as_in_the_file(state, first, tmp_path, context):
    path, options = STATES[state][0](tmp_path)
    with served(path, **options) as made:
        page = context.new_page()
        page.goto(made.link)
        until_shown(page)
        item = made.store.desk.lease(1, page.evaluate("sessionStorage.getItem('skal-client')"))[0]
        row = made.store.desk.show([item["item"]])[0]["row"]
        assert page.locator("#item .place").inner_text() == f"Row {row + first}"


def test_a_model_that_failed_is_told_and_tried_again(page, tickets):
    tickets.model.now = {"state": "failed", "error": "It ran out of memory.", "n_learned": 0}
    told = page.locator("#banner-model")
    told.wait_for(timeout=8_000)  # it is asked every three seconds, and machines are slow
    assert "It ran out of memory." in told.inner_text()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("learning from your labels").wait_for()
    assert tickets.model.now["state"] == "learning"


def test_a_changed_file_pauses_and_goes_on_once_it_is_back(page, tickets):
    press(page, "1")
    path = tickets.store.desk.source_path()
    content, seen = path.read_bytes(), path.stat()
    path.write_text("ticket,text,topic\n1,other,\n")
    for _ in range(8):
        page.keyboard.press("2")
    page.get_by_role("heading", name="Labelling is paused").wait_for()
    page.keyboard.press("3")
    page.get_by_text("Paused", exact=True).wait_for()  # and nothing is kept
    n = len(tickets.store.events())
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    saved(page)
    page.locator("#item .text").wait_for()
    press(page, "4")
    assert len(tickets.store.events()) == n + 1
    assert held(tickets.store)["value"].tolist()[-1] == "other"


SERVE = "from skal.__main__ import main; main()"


def start(path):
    """`skal label`, and the link that it prints."""
    command = [sys.executable, "-c", SERVE, "label", str(path), "--label", "topic", "--classes",
               "billing,login", "--no-browser"]  # fmt: skip
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    for line in server.stderr:
        if found := re.search(r"http://\S+", line):
            return server, found[0]
    raise AssertionError("no link was printed")


def test_a_killed_server_and_the_open_page_go_on(tmp_path, context):
    path = table(tmp_path)
    server, link = start(path)
    page = context.new_page()
    page.goto(link)
    until_shown(page)
    press(page, "1", "2")
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stderr.close()
    page.keyboard.press("1")
    page.get_by_text("Offline · 1 kept").wait_for()
    server, again = start(path)
    try:
        assert again == link
        saved(page)
        press(page, "2")
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait()
        server.stderr.close()
    with Store.open(tmp_path / "tickets.csv.skal") as store:
        assert held(store)["value"].tolist() == ["billing", "login", "billing", "login"]
        assert store.check() == []


@pytest.mark.parametrize("state", STATES)
def test_each_state_fits_and_has_no_barrier(state, tmp_path, browser, axe):
    make, arrive = STATES[state]
    source, options = make(tmp_path)
    found = Counter()
    with served(source, **options) as made:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.goto(made.link)
        until_shown(page)
        arrive(made, page, context)
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                for rule in barriers(page, axe):
                    found[f"{width} {scheme} {rule}"] += 1
        context.close()
    assert found == {}


def barriers(page, axe):
    page.evaluate(f"{axe};0")
    told = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    return [f"{rule['id']} {rule['nodes'][0]['target']}" for rule in told["violations"]]


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """axe-core as npm has it; no part of skal."""
    folder = tmp_path_factory.mktemp("axe")
    try:
        told = subprocess.run(
            ["npm", "pack", "--silent", "axe-core@4"], cwd=folder, capture_output=True, timeout=120, check=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        pytest.skip("npm does not bring axe-core")
    with tarfile.open(folder / told.stdout.split()[-1]) as archive:
        packed = archive.extractfile("package/axe.min.js")
        return io.TextIOWrapper(packed, "utf-8").read()
