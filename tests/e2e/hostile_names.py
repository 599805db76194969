#!/usr/bin/env python3
"""Names from servers, files and letters are printed such that they can drive no terminal and forge no line; and who else could write
what we obey is refused."""
import gzip
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from exchange_desk import Exchange, letter  # noqa: E402
from strict_pop3 import StrictPop3  # noqa: E402

ESCAPES = "\x1b[2J\x1b]0;title\x07"
HOSTILE = ("\x1b", "\x07", "\x7f", "\u009b", "\u202e", "\u0085", "\r")


class HostileNames(Exchange):
    def printed(self, *command, codes=(0,)):
        done = self.collector.run(*command, codes=codes)
        text = (done.stdout + done.stderr).decode()  # and it is UTF-8
        self.assertEqual([each for each in HOSTILE if each in text], [], text)
        return text

    def test_a_unique_id(self):
        unique_id = "u\x1b[2J\x07x"
        with StrictPop3({unique_id: letter("one").replace(b"\n", b"\r\n")}) as server:
            self.collector.add("new", server.port, "ann", "secret", keep="none", options=("--no-check",))
            server.replace["RETR"] = lambda number, letters: b"-ERR no\r\n"
            self.assertIn("u^[[2J^Gx", self.printed("fetch", "new", codes=(0, 1, 65, 69, 75)))
            server.replace.clear()
            self.printed("fetch", "new", "--dry-run", "--verbose", codes=(0, 1))
            self.printed("fetch", "new", "--yes")
            self.assertIn("u^[[2J^Gx", self.printed("explain", unique_id))

    def test_a_file_that_is_imported(self):
        self.put("cur/1:2,S", letter("taken"))
        forged = "nl\nrestante: old: 9 found = 9 stored"
        for name in (ESCAPES + "link", forged, "c1\u009b2J", "\u202eright"):
            (self.tree / "cur" / name).symlink_to("nowhere")
        os.symlink("nowhere", os.fsencode(self.tree / "cur") + b"/\xff\x9b2J")
        self.put(f"cur/{ESCAPES}.gz", gzip.compress(b"x"))
        text = self.printed("import", "old", "--maildir", self.tree, codes=(65,))
        self.assertFalse(any("9 found" in line and "nl^J" not in line for line in text.splitlines()), text)
        self.assertIn("<FF><9B>2J", text)

    def test_a_header_section(self):
        self.put("1.eml", letter("one", "X-Evil: \x1b[2J\x07").replace(b"X-Evil:", b"X-Evil: \x9b\x85" + "\u202e\u009b".encode()))
        self.take("--eml", self.tree)
        self.assertIn("<9B>", self.printed("show", "--headers", "1"))


class OthersWrite(Exchange):
    def refused(self, mend):
        for command in (("fetch", "old"), ("account", "test", "old"), ("account", "show", "old")):
            said = self.collector.run(*command, codes=(77,)).stderr.decode()
            self.assertIn(mend, said)
        self.assertFalse((self.scratch / "ran").exists())

    def setUp(self):
        super().setUp()
        self.file = self.collector.archive / "old.toml"
        self.file.write_text(self.file.read_text().replace("echo x", f"touch {self.scratch}/ran; echo x"))

    def test_what_others_may_write_is_not_obeyed(self):
        for path in (self.file, self.collector.archive, self.collector.archive / ".restante", self.collector.archive / "restante.toml"):
            mode = path.stat().st_mode & 0o7777
            for added in (0o022, 0o002):
                path.chmod(mode | added)
                self.refused("chmod go-w")
            path.chmod(mode)
        self.assertIn("touch", self.collector.run("account", "show", "old").stdout.decode())

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a file away")
    def test_what_another_owns_is_not_obeyed(self):
        for path in (self.file, self.collector.archive):
            os.chown(path, 1234, -1)
            self.refused("chown")
            os.chown(path, 0, -1)


del Exchange  # what both stand on is no test

if __name__ == "__main__":
    script_test.main()
