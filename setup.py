"""Build from clean: setuptools would ship a module that was deleted since the last build, out of its build folder."""

import shutil

from setuptools import setup
from setuptools.command.build import build


class CleanBuild(build):
    """`build` that begins with an empty folder."""

    def run(self) -> None:
        """Build."""
        shutil.rmtree(self.build_base, ignore_errors=True)
        super().run()


setup(cmdclass={"build": CleanBuild})
