#!/usr/bin/env python3
"""client::clamd against a real clamd with one signature made here: clean, found, too large, gone."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402

DRIVER = os.environ.get("CLAMD_DRIVER", "")
CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
# Letters that stand for a virus here only.
PATTERN = b"restante-test-pattern-that-is-no-virus"
LETTER = b"From: a@example.org\r\nSubject: x\r\n\r\n"
STREAM_OCTETS_MAX = 1 << 20


def setUpModule():
    if not CLAMD:
        raise unittest.SkipTest("clamd is not installed")


class Clamd(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-clamd-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        (self.folder / "db").mkdir()
        # NAME:TARGET (any file):OFFSET (anywhere):OCTETS
        (self.folder / "db" / "test.ndb").write_text(f"Restante.Test:0:*:{PATTERN.hex()}\n")
        self.socket = self.folder / "clamd.sock"
        (self.folder / "clamd.conf").write_text(
            f"LocalSocket {self.socket}\nDatabaseDirectory {self.folder / 'db'}\nForeground yes\n"
            f"StreamMaxLength {STREAM_OCTETS_MAX}\nLogFile {self.folder / 'log'}\nTemporaryDirectory {self.folder}\n")
        self.daemon = subprocess.Popen([CLAMD, "--config-file", str(self.folder / "clamd.conf")], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self.end)
        # It says what it listens on once it does.
        for line in self.daemon.stdout:
            if "Self checking" in line or "Listening daemon" in line:
                break
        self.assertIsNone(self.daemon.poll(), "clamd did not start")

    def end(self):
        self.daemon.kill()
        self.daemon.wait(30)
        self.daemon.stdout.close()

    def scan(self, octets):
        path = self.folder / "letter"
        path.write_bytes(octets)
        done = subprocess.run([DRIVER, str(self.socket), str(path)], capture_output=True, text=True, timeout=90)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout.strip()

    def test_clean_found_and_too_large(self):
        self.assertEqual("clean", self.scan(LETTER + b"hello\r\n"))
        self.assertEqual("clean", self.scan(b""))
        self.assertEqual("found Restante.Test.UNOFFICIAL", self.scan(LETTER + PATTERN + b"\r\n"))
        self.assertEqual("found Restante.Test.UNOFFICIAL", self.scan(LETTER + b"x" * 200_000 + PATTERN))
        self.assertTrue(self.scan(LETTER + b"x" * (STREAM_OCTETS_MAX * 4)).startswith("temporary too-large"))
        self.assertEqual("clean", self.scan(LETTER + b"and it still serves\r\n"))

    def test_a_clamd_that_is_gone_delays(self):
        self.assertEqual("clean", self.scan(LETTER))
        self.daemon.kill()
        self.daemon.wait(30)
        self.assertTrue(self.scan(LETTER).startswith("temporary network"))


if __name__ == "__main__":
    script_test.main()
