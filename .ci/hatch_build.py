"""Build hook: lays the four top-level folders under `escs/`, by copy in wheels and by link in editable installs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("runtime", "evolve", "prompts", "skills")


class CustomBuildHook(BuildHookInterface):
    """Makes `escs.runtime`, `escs.evolve`, `escs/prompts` and `escs/skills` out of the folders of the top level."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Force-include the folders in a wheel; for an editable install, make `.editable/escs/` of relative links."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        if version == "editable":
            links = root / ".editable" / "escs"
            links.mkdir(parents=True, exist_ok=True)
            for folder in FOLDERS:
                link = links / folder
                if not link.is_symlink():
                    link.symlink_to(Path("..", "..", folder), target_is_directory=True)
            return
        for folder in FOLDERS:
            for file in sorted((root / folder).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    inside = Path("escs", file.relative_to(root))
                    build_data["force_include"][str(file)] = inside.as_posix()
