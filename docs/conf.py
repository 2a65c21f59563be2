"""Sphinx configuration."""

import sys
import tomllib
from pathlib import Path

import skal

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # gallery_order, strategy_pages
import strategy_pages  # noqa: E402

SETTINGS = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]

project = "skal"
author = "The skal developers"
copyright = "2026, The skal developers"
release = version = skal.__version__

# Pages with wide tables or figures, which get the room of the list of sections.
WIDE = [
    "strategies/index",
    *(f"guide/{page}" for page in ("architecture", "costs", "evidence", "peers")),
    *(f"guide/{page}" for page in ("strategies_compared", "which_strategy")),
]
extensions = [
    "matplotlib.sphinxext.plot_directive",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
autosummary_generate = True
autodoc_typehints = "none"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
plot_include_source = True
plot_formats = [("png", 144)]  # twice the size on the page, sharp on dense screens
plot_html_show_formats = plot_html_show_source_link = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
numpydoc_validation_checks = set(SETTINGS["numpydoc_validation"]["checks"])
numpydoc_validation_exclude = set(SETTINGS["numpydoc_validation"]["exclude"])
exclude_patterns = ["_build", "examples"]
templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_title = "skal"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_theme_options = {
    "logo": {"text": "skal", "alt_text": "skal: home"},
    "header_links_before_dropdown": 8,
    "navbar_align": "left",
    "show_prev_next": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc"], **{page: [] for page in WIDE}},
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_context = {"default_mode": "auto"}
html_sidebars = {"index": [], "reference/changelog": [], "start/faq": []}
html_static_path = ["_static"]
html_css_files = ["skal.css"]
html_js_files = [("strategies.js", {"defer": "defer"}), ("site.js", {"defer": "defer"})]
html_show_sourcelink = False
nitpicky = False
linkcheck_ignore = [r"https?://"]  # only links within the pages are checked
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",  # the others need torch: shown, not run
    "within_subsection_order": "gallery_order.Order",
    "reference_url": {"skal": None},
    "backreferences_dir": "generated/examples",
    "doc_module": ("skal",),
    "capture_repr": ("_repr_html_",),
    "abort_on_example_error": True,
    "show_memory": False,
    "write_computation_times": False,
    "remove_config_comments": True,
}


def setup(app):
    """Write the pages of the strategies before Sphinx looks for pages."""
    app.connect("config-inited", lambda app, config: strategy_pages.write(HERE / "strategies"))
