"""Tests of Deploy/build with a compiler that only prints; run by `make lint`, or `python3 Tests/ScriptTests/build_tests.py`."""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
COMPILER = """#!/bin/sh
if [ "$1" = --version ]; then cat version; exit; fi
echo "[1/9] Compiling Shop"
if grep -q broken Services/Shop.swift; then
  printf 'Services/Shop.swift:1:1: error: it is broken\\n 1 | broken\\n   | `- error: it is broken\\n'
  exit 1
fi
echo run >>runs
echo "[9/9] Linking shop"
echo x >.build/release/shop
chmod +x .build/release/shop
"""


class BuildTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("Deploy", "Services", "bin", ".build/release"):
            (self.folder / name).mkdir(parents=True)
        shutil.copy(REPOSITORY / "Deploy/build", self.folder / "Deploy")
        self.write("Package.swift", "package")
        self.write("Services/Shop.swift", "shop")
        self.write("version", "6.3")
        self.write("bin/swift", COMPILER)
        (self.folder / "bin/swift").chmod(0o755)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def build(self):
        environment = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        return subprocess.run(
            [self.folder / "Deploy/build", "release"], cwd=self.folder, env=environment, capture_output=True, text=True)

    @property
    def runs(self):
        return (self.folder / "runs").read_text().count("run")

    def test_builds_nothing_if_nothing_has_changed(self):
        self.assertIn("9 steps", self.build().stdout)
        second = self.build()
        self.assertEqual((second.stdout.count("\n"), self.runs), (1, 1))
        self.assertIn("up to date", second.stdout)

    def test_a_changed_source_manifest_compiler_or_product_is_built(self):
        self.build()
        for number, (file, text) in enumerate(
                (("Services/Shop.swift", "changed"), ("Services/New.swift", "new"), ("Package.swift", "changed"), ("version", "6.4"),
                 (".build/release/shop", "by somebody else"), (".build/workspace-state.json", "other versions")), 2):
            self.write(file, text)
            self.build()
            self.assertEqual(self.runs, number, file)

    def test_a_failed_build_prints_each_error_once_and_the_next_one_builds(self):
        self.build()
        self.write("Services/Shop.swift", "broken")
        failed = self.build()
        self.assertNotEqual(failed.returncode, 0)
        self.assertEqual(failed.stderr.count("Services/Shop.swift:1:1: error: it is broken"), 1)
        self.assertIn("Compiling Shop", (self.folder / ".local/build.log").read_text())
        self.write("Services/Shop.swift", "shop")
        self.assertEqual(self.build().returncode, 0)
        self.assertEqual(self.runs, 2)


if __name__ == "__main__":
    unittest.main()
