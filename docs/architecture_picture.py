"""The picture of the guide's page "How it is built", drawn from the code.

Boxes are the rooms of `skal`, in layers: a room lies above all that it imports.  Grey arrows are
imports, read from the code's syntax trees; coloured ones are the calls from room to room of one
`query`, watched as it runs.
"""

import ast
import sys
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import skal
from skal.strategies import Margin

ROOT = Path(skal.__file__).parent
WIDTH, HEIGHT = 0.96, 0.72  # of a box; rooms are one apart
LETTERS = 19  # of a line in a box
# Where a room stands in its layer.  A room that is not named here takes the next free place.
PLACES = {
    "pools": 0,
    "kernels": 1,
    "models": 2,
    "selection": 3,
    "metrics": 4,
    "model_selection": 5,
    "files": 6,
    "datasets": 7,
    "nets": -0.05,
    "state": 1.15,
    "display": 4.7,
    "strategies": 3.1,
    "learner": 1.6,
    "testing": 0.3,
    "tables": 1.6,
    "experiments": 3.4,
    "labelling": 4.6,
    "cli": 5.7,
}
OLD = ("views",)  # old names, kept for one release: not drawn
LIGHT = {
    "paper": "white",
    "ink": "#1f2328",
    "box": "#eef2f6",
    "line": "#8b949e",
    "call": "#c2410c",
}
DARK = {
    "paper": "#14181e",
    "ink": "#e6edf3",
    "box": "#28313b",
    "line": "#8b949e",
    "call": "#ff9d5c",
}


def draw(*, dark=False):
    """Draw the rooms, their imports and the calls of a query."""
    colours = DARK if dark else LIGHT
    imports = room_imports()
    levels = layers(imports)
    places = positions(levels)
    size = (10.4, 10.4)
    figure, ax = plt.subplots(figsize=size, facecolor=colours["paper"], layout="constrained")
    # A function that is handed down and called from below is no call of its own.
    calls = {
        (caller, called): name
        for (caller, called), name in query_calls().items()
        if levels[caller] > levels[called]
    }
    for above, below in sorted(needed(imports) - calls.keys()):
        arrow(ax, places[above], places[below], colours["line"])
    for number, ((caller, called), name) in enumerate(calls.items(), start=1):
        arrow(ax, places[caller], places[called], colours["call"], f"{number}  {name}")
    for room, place in places.items():
        box(ax, place, room, first_line(room), colours)
    left, top = -WIDTH / 2 - 0.1, max(levels.values()) + HEIGHT / 2 + 0.05
    right = max(x for x, _ in places.values()) + WIDTH / 2 + 0.1
    low_layer(ax, left + 0.1, right - 0.1, colours)
    legend(ax, left + 0.1, top - 0.05, colours)
    ax.set(xlim=(left, right), ylim=(-1.1, top))
    ax.set_axis_off()
    return figure


# ---------------------------------------------------------------------- what the code says
def room_of(file):
    """state for skal/state/view.py; None for the low layer and the top package."""
    room = Path(file).relative_to(ROOT).parts[0].removesuffix(".py")
    return None if room.startswith("_") else room


def room_imports():
    """The rooms that each room imports."""
    files = [file for file in sorted(ROOT.rglob("*.py")) if room_of(file) not in (None, *OLD)]
    imports = {room_of(file): set() for file in files}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            imports[room_of(file)] |= {room for name in names for room in named(name)}
    return {room: others & imports.keys() - {room} for room, others in imports.items()}


def named(name):
    """The room of a dotted name of skal's; `skal.ActiveLearner` is the learner's."""
    package, *rest = name.split(".")
    if package != "skal" or not rest:
        return []
    return ["learner" if rest[0] == "ActiveLearner" else rest[0]]


def layers(imports):
    """How high each room stands: above all that it imports, and as low as that allows."""
    levels = {}
    while len(levels) < len(imports):
        free = [room for room in imports if room not in levels and imports[room] <= levels.keys()]
        if not free:
            raise ValueError(f"Rooms import each other: {sorted(imports.keys() - levels.keys())}.")
        levels |= {room: 1 + max((levels[o] for o in imports[room]), default=-1) for room in free}
    return levels


def needed(imports):
    """Imports that no chain of other imports tells already."""

    def reached(room):
        return imports[room].union(*(reached(other) for other in imports[room]))

    return {
        (room, other)
        for room, others in imports.items()
        for other in others
        if not any(other in reached(between) for between in others - {other})
    }


def query_calls():
    """The calls from room to room while a learner is asked, as they come first.

    Each has the name of the first object that it makes, or else of the first function.
    """
    X, y = load_digits(return_X_y=True)
    y = [label if i < 100 else None for i, label in enumerate(y)]
    learner = skal.ActiveLearner(LogisticRegression(max_iter=1000), Margin()).fit(X / 16, y)
    calls = {}

    def watch(frame, event, _):
        if event != "call" or not (called := frame_room(frame)):
            return
        caller = frame.f_back
        while caller and not frame_room(caller):
            caller = caller.f_back
        if caller and frame_room(caller) != called:
            calls.setdefault((frame_room(caller), called), []).append(frame.f_code.co_qualname)

    sys.setprofile(watch)
    try:
        learner.query(batch_size=5)
    finally:
        sys.setprofile(None)
    return {rooms: short_name(names) for rooms, names in calls.items()}


def short_name(names):
    """QueryState, where QueryState.__init__ is among the names; else the first function's."""
    made = [name.removesuffix(".__init__") for name in names if name.endswith(".__init__")]
    return (made or names)[0].rpartition(".")[2]


def frame_room(frame):
    """The room whose code a frame runs; None outside skal, and in its low layer."""
    file = Path(frame.f_code.co_filename)
    return room_of(file) if file.is_relative_to(ROOT) else None


def first_line(room):
    """What a room says of itself."""
    file = ROOT / room / "__init__.py"
    file = file if file.exists() else ROOT / f"{room}.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))).splitlines()[0]
    return text.replace("`", "")


# ---------------------------------------------------------------------- drawing
def positions(levels):
    """(x, y) of each room."""
    free = iter(range(8, 8 + len(levels)))
    return {
        room: (PLACES[room] if room in PLACES else next(free), level)
        for room, level in levels.items()
    }


def box(ax, place, name, text, colours):
    x, y = place
    frame(ax, x - WIDTH / 2, y - HEIGHT / 2, WIDTH, HEIGHT, colours, facecolor=colours["box"])
    written = {"ha": "center", "va": "top", "color": colours["ink"], "zorder": 4}
    ax.text(x, y + 0.33, name, fontsize=9.5, fontweight="bold", **written)
    ax.text(x, y + 0.19, textwrap.fill(text, LETTERS), fontsize=8, **written)


def frame(ax, left, bottom, width, height, colours, **style):
    shape = "round,pad=0,rounding_size=0.05"
    style = {"edgecolor": colours["line"], "zorder": 3, **style}
    ax.add_patch(FancyBboxPatch((left, bottom), width, height, shape, **style))


def arrow(ax, above, below, colour, text=None):
    """From the lower edge of one box to the upper edge of another."""
    (x0, y0), (x1, y1) = above, below
    aside = WIDTH / 4 * max(-1, min(1, (x1 - x0) / (y0 - y1)))  # towards where it goes
    start, end = (x0 + aside, y0 - HEIGHT / 2), (x1 - aside, y1 + HEIGHT / 2)
    width = 1.1 if text is None else 2.2
    style = {"arrowstyle": "-|>", "color": colour, "lw": width, "mutation_scale": 16}
    ax.annotate("", end, start, arrowprops={**style, "shrinkA": 0, "shrinkB": 1})
    if text is not None:
        way = 0.35 if int(text.split()[0]) % 2 else 0.65  # neighbours do not meet
        x, y = (s + way * (e - s) for s, e in zip(start, end, strict=True))
        ax.text(x + 0.07, y, text, color=colour, va="top" if aside < 0 else "bottom", fontsize=10)


def low_layer(ax, left, right, colours):
    """The modules that all rooms stand on."""
    names = ", ".join(sorted(file.stem for file in ROOT.glob("_[a-z]*.py")))
    frame(ax, left, -1, right - left, 0.4, colours, facecolor="none", linestyle="--")
    text = textwrap.fill(f"the low layer, which every room may import: {names}", 110)
    written = {"ha": "center", "va": "center", "fontsize": 10, "color": colours["ink"]}
    ax.text((left + right) / 2, -0.8, text, **written)


def legend(ax, left, top, colours):
    """What the arrows mean."""
    texts = {
        "call": "what one query calls, in this order; answers come back the same way",
        "line": "imports, but for those that a chain of arrows tells already",
    }
    for i, (kind, text) in enumerate(texts.items()):
        y = top - 0.1 - 0.2 * i
        style = {"arrowstyle": "-|>", "color": colours[kind], "lw": 2.2 if kind == "call" else 1.1}
        ax.annotate("", (left + 0.3, y), (left, y), arrowprops={**style, "mutation_scale": 16})
        ax.text(left + 0.36, y, text, va="center", fontsize=10, color=colours["ink"])


if __name__ == "__main__":
    for name, dark in (("light", False), ("dark", True)):
        draw(dark=dark).savefig(f"architecture-{name}.png", dpi=80)
