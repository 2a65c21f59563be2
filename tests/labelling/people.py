"""Four people who label one file at once, as the tests of both databases need them."""

import random
import threading
import time

from skal.labelling import Answer, Conflict


class Person(threading.Thread):
    """Labels until the goal is reached or nothing is left; remembers what was acknowledged."""

    def __init__(self, store, who, goal, seed):
        super().__init__()
        self.desk, self.who, self.goal = store.desk, who, goal
        self.rng, self.said, self.uuids, self.error = random.Random(seed), {}, [], None
        self.shown = []

    def run(self):
        try:
            while len(self.said) < self.goal and self.one():
                pass
        except BaseException as error:
            self.error = error

    def one(self):
        """One step; whether there is something left to do."""
        client = f"{self.who}"
        leases = self.desk.lease(self.who, client, 4)
        if not leases:
            return False
        self.shown += [lease["item"] for lease in leases]
        doing, item = self.rng.random(), leases[0]["item"]
        if self.said and doing < 0.05:
            undone = self.rng.choice(list(self.said))
            if self.send(Answer(undone, self.who, "undo", undoes=self.said[undone])):
                del self.said[undone]
        elif doing < 0.1:
            self.desk.release(self.who, leases[-1]["id"])
        elif doing < 0.13:
            time.sleep(0.002)  # long enough for the clock of the test to end leases
        else:
            kind = "skip" if doing < 0.18 else "label"
            value = self.rng.choice("ab") if kind == "label" else None
            if event := self.send(Answer(item, self.who, kind, value)):
                self.said[item] = event
        return True

    def send(self, answer):
        """The number of the event; one in twenty answers is lost, and sent again."""
        try:
            recorded = self.desk.record(answer, f"{self.who}")
            if self.rng.random() < 0.05:
                again = self.desk.record(answer, f"{self.who}")
                assert again.repeated
                assert again.event == recorded.event
        except Conflict:
            return None
        self.uuids.append(answer.uuid)
        return recorded.event


class Hurried:
    """A clock that goes a minute in a millisecond."""

    def __init__(self):
        self.start = time.monotonic()

    def __call__(self):
        return 1e6 + (time.monotonic() - self.start) * 60_000 / 20


def label_by_four(stores, rows, overlap, hurried):
    """500 labels by each, through stores of one base; then what is left, and all of it checked."""
    store = stores[0]
    store.desk.draw(rows)
    ids = [1, *(store.team.add(name) for name in ("Kim", "Lee", "Max"))]
    people = [Person(stores[seed % len(stores)], who, 500, seed) for seed, who in enumerate(ids)]
    done = threading.Event()
    rounds = threading.Thread(target=swap_until, args=(store, done))
    rounds.start()
    for person in people:
        person.start()
    for person in people:
        person.join()
    done.set()
    rounds.join()
    assert [person.error for person in people] == [None] * 4
    assert store.check() == []
    events = store.events()
    holds = events[events["holds"]]
    answers = holds.groupby("item")["annotator"].nunique()
    assert answers.max() <= overlap
    assert len(holds) == len(holds.drop_duplicates(["item", "annotator"]))
    assert events["uuid"].is_unique
    assert {*events["uuid"]} == {uuid for person in people for uuid in person.uuids}
    for person in people:
        mine = holds[holds["annotator"] == store.team.all()[person.who - 1]["name"]]
        assert {*mine["item"]} == {*person.said}
    if not hurried and overlap == 1:
        assert (answers == 1).all()
    finish(store, ids)
    events = store.events()
    answers = events[events["holds"]].groupby("item")["annotator"].nunique()
    assert len(answers) == rows
    assert (answers == overlap).all()  # exactly so many people
    assert store.check() == []


def swap_until(store, done):
    """Rounds that replace the queue meanwhile."""
    while not done.wait(0.05):
        number = store.desk.begin_round("Random", {}, 0)
        store.desk.finish_round(number, store.desk.sample(300, "cold"))


def finish(store, ids):
    """Answer what is left, whoever may."""
    store.desk.draw(10_000)
    for who in ids * 2:
        while leases := store.desk.lease(who, f"{who}", 8):
            for lease in leases:
                store.desk.record(Answer(lease["item"], who, "label", "a"))
