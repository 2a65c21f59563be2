"""Sphinx configuration."""

import sys
import tomllib
from pathlib import Path

import skal

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # gallery_order
SETTINGS = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]

project = "skal"
author = "The skal developers"
copyright = "2026, The skal developers"
release = version = skal.__version__

extensions = [
    "matplotlib.sphinxext.plot_directive",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
autosummary_generate = True
autodoc_typehints = "none"
plot_include_source = True
plot_formats = ["png"]
plot_html_show_formats = plot_html_show_source_link = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
numpydoc_validation_checks = set(SETTINGS["numpydoc_validation"]["checks"])
numpydoc_validation_exclude = set(SETTINGS["numpydoc_validation"]["exclude"])
exclude_patterns = ["_build", "examples"]
templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_title = "skal"
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_sidebars = {"changelog": []}
html_static_path = ["_static"]
html_css_files = ["skal.css"]
nitpicky = False
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",  # the others want torch: shown, not run
    "within_subsection_order": "gallery_order.Order",
    "reference_url": {"skal": None},
    "backreferences_dir": "generated/examples",
    "doc_module": ("skal",),
    "capture_repr": ("_repr_html_",),
    "abort_on_example_error": True,
    "show_memory": False,
    "remove_config_comments": True,
}
