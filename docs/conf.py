"""Sphinx settings; needed only for the HTML site: `sphinx-build docs docs/_build`."""

project = "hemispasm"
author = "the hemispasm contributors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "generate.py"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
html_title = "hemispasm"
html_theme = "alabaster"
html_theme_options = {
    "description": "Research software, not a medical device.",
    "show_powered_by": False,
}
