"""Write a page for each strategy, and the overview, from docstrings and strategy_facts.toml.

python docs/strategy_pages.py DIR       # the docs build writes them to docs/strategies
"""

import inspect
import re
import sys
import tomllib
from pathlib import Path

from numpydoc.docscrape import NumpyDocString

from skal import strategies

HERE = Path(__file__).parent
FACTS = tomllib.loads((HERE / "strategy_facts.toml").read_text(encoding="utf-8"))
TAG_ROLE = ".. role:: tag\n   :class: tag\n"

OVERVIEW = """
Strategies
==========

A *query strategy* decides which rows of the pool to label next. Each page says what the strategy
does, when to use it, what it costs, and which rows it selects from one small pool that is the same
for all.

Not sure? Pass no strategy: the default is measured in :doc:`/guide/which_strategy`. To compare
strategies on your own labels, see :doc:`/guide/comparing`.

.. list-table::
   :header-rows: 1
   :widths: 22 48 30
   :class: strategies

   * - Strategy
     - What it does
     - Tags
{rows}

.. toctree::
   :hidden:

{entries}
"""

PAGE = """
{role}
.. meta::
   :description: {plain}

{title}

.. currentmodule:: skal.strategies

{tags}

{what}

.. list-table::
   :widths: 20 80
   :class: facts

   * - **Use it**
     - {when}
   * - **Do not use it**
     - {avoid}
   * - **Import**
     - ``from skal.strategies import {name}``
   * - **Parameters**
     - :class:`~skal.strategies.{name}`

What it selects
---------------

{picture}

How it works
------------

{formula}{how}

Cost
----

{cost}

n are the rows of the pool, d the features, k the classes or outputs, b the rows to select.
:doc:`/guide/costs` has measured seconds and memory.

Evidence
--------

{evidence}

Example
-------

{example}

Reference
---------

{reference}

See also
--------

{see_also}
"""

PLOT = """
.. plot::
   :include-source: false
   :alt: {alt}
   :caption: {caption}
   :class: framed

   from strategy_pictures import draw

   draw("{name}")
""".strip()
FIGURE = """
.. figure:: /_static/{file}
   :alt: {alt}
   :figclass: framed

   {caption}
""".strip()


def names():
    """The strategies with a page: all public ones, without the base classes."""
    return [n for n in FACTS if n in strategies.__all__ or n == "FunctionStrategy"]


def write(folder):
    """Write all pages; a file that would not change is left alone."""
    pages = {name.lower(): page(name) for name in names()} | {"index": overview()}
    folder.mkdir(parents=True, exist_ok=True)
    for stem, text in pages.items():
        file = folder / f"{stem}.rst"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    for file in folder.glob("*.rst"):
        if file.stem not in pages:
            file.unlink()


def overview():
    """A table of all strategies, with tags by which a script of the page filters."""
    rows = "\n".join(
        f"   * - :doc:`{name} <{name.lower()}>`\n"
        f"     - {local(FACTS[name]['what'])}\n"
        f"     - {tags(name)}"
        for name in names()
    )
    entries = "\n".join(f"   {name.lower()}" for name in names())
    return TAG_ROLE + OVERVIEW.format(rows=rows, entries=entries)


def page(name):
    """The page of one strategy."""
    facts, doc = FACTS[name], NumpyDocString(inspect.getdoc(getattr(strategies, name)))
    formula = f".. math::\n\n   {facts['formula']}\n\n" if "formula" in facts else ""
    return PAGE.format(
        role=TAG_ROLE,
        name=name,
        title=f"{name}\n{'=' * len(name)}",
        plain=plain(facts["what"]),
        tags=tags(name),
        what=facts["what"],
        when=facts["when"],
        avoid=facts["avoid"],
        picture=picture(name),
        formula=formula,
        how="\n".join([*doc["Summary"], "", *doc["Extended Summary"]]),
        cost="\n".join(doc["Notes"]),
        evidence=facts["evidence"],
        example="\n".join(doc["Examples"]),
        reference="\n".join(doc["References"]) or facts.get("reference", "None."),
        see_also=see_also(doc),
    ).lstrip()


def picture(name):
    """What it selects: drawn by the build, or drawn before where the build lacks a package."""
    shown = FACTS[name].get("make", f"{name}()")
    told = {
        "alt": f"A pool of points in two dimensions with the rows that {name} selects, numbered.",
        "caption": f"Eight rows that ``{shown}`` selects, numbered in order.",
    }
    if "picture" in FACTS[name]:
        return FIGURE.format(file=FACTS[name]["picture"], **told)
    return PLOT.format(name=name, **told)


def see_also(doc):
    """The entries of a docstring as a list with links."""
    lines = []
    for group, description in doc["See Also"]:
        for name, _ in group:
            lines.append(f"- {link(name)}: {' '.join(description)}")
    return "\n".join(lines)


def link(name):
    """A strategy's own page; of anything else its place in the reference."""
    if name in FACTS:
        return f":doc:`{name} <{name.lower()}>`"
    return f":obj:`~{name if name.startswith('skal.') else 'skal.strategies.' + name}`"


def tags(name):
    """Tags as marked words."""
    return " ".join(f":tag:`{tag}`" for tag in FACTS[name]["tags"])


def local(text):
    """Roles by full names, for a page without a current module."""
    return re.sub(r":class:`(\w+)`", r":class:`~skal.strategies.\1`", text)


def plain(text):
    """Without roles and quotes."""
    return re.sub(r":\w+:`([^`<]+)[^`]*`", r"\1", text).replace("``", "")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
