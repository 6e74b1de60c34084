"""Each finding, shown by its library alone: a program that exits 0 as long as the library shows it."""

import pathlib
import subprocess
import sys
import unittest

FINDINGS = sorted((pathlib.Path(__file__).resolve().parent.parent / "findings").glob("[a-z]*.py"))


class Findings(unittest.TestCase):
    def test_there_are_findings(self):
        self.assertTrue(FINDINGS)

    def test_each_is_still_shown(self):
        for finding in FINDINGS:
            with self.subTest(finding.stem):
                shown = subprocess.run([sys.executable, finding], capture_output=True, text=True, timeout=300)
                self.assertEqual(shown.returncode, 0, shown.stdout + shown.stderr)


if __name__ == "__main__":
    unittest.main()
