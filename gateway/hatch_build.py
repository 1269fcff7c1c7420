"""Compiles the modules that pyproject.toml names, in builds with HATCH_BUILD_HOOKS_ENABLE=true."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution

# isort: split
from mypyc.build import mypycify  # it builds with setuptools if that is imported already


class Compiled(BuildHookInterface[Any]):  # Any: whatever configures the builder
    """Beside each named module goes its extension, which Python imports in its place."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # there, what is edited is what runs
            return
        _require_compiler()
        self._folder = TemporaryDirectory()
        built = _built(self._modules(), Path(self._folder.name))
        build_data["force_include"] |= built
        build_data |= {"pure_python": False, "infer_tag": True}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()

    def _modules(self) -> list[str]:
        [package] = self.build_config.packages
        modules: set[Path] = set()
        for glob in self.config["modules"]:
            found = set(Path(package).glob(glob.removeprefix("!")))
            if not found:
                sys.exit(f"{glob} is to be compiled, and in {package} is none")
            modules = modules - found if glob.startswith("!") else modules | found
        return sorted(map(str, modules))


def _require_compiler() -> None:
    named = os.environ.get("CC") or sysconfig.get_config_var("CC")  # none where Windows finds it
    if named and not shutil.which(named.split()[0]):
        sys.exit(f"A C compiler is needed, and there is no {named.split()[0]}: install gcc")


def _built(modules: Iterable[str], folder: Path) -> dict[str, str]:
    """The built files, and where in the wheel each belongs."""
    options = [f"--cache-dir={folder / 'types'}"]
    extensions = mypycify([*options, *modules], target_dir=str(folder / "c"), debug_level="0")
    build = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    build.build_temp, build.build_lib = str(folder / "objects"), str(folder / "built")
    build.parallel = True
    build.ensure_finalized()
    build.run()
    files = (file for file in (folder / "built").rglob("*") if file.is_file())
    return {str(file): file.relative_to(folder / "built").as_posix() for file in files}
