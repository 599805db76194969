"""An archive with an account, a folder of foreign mail, and what import printed of it: for tests of import and export."""
import json
import pathlib
import tempfile
import unittest

import collector as collecting

SEPARATOR = b"From ann@example.org Tue Mar  3 10:00:00 2026\n"


def letter(name, *fields, text="text"):
    return "".join(line + "\n" for line in ("From: ann@example.org", f"Subject: {name}", *fields, "", text)).encode()


class Exchange(unittest.TestCase):
    def setUp(self):
        self.collector = collecting.Collector()
        self.addCleanup(self.collector.__exit__)
        scratch = tempfile.TemporaryDirectory(prefix="restante-exchange-")
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.tree = self.scratch / "tree"
        self.add("old")

    def add(self, name):
        self.collector.run("account", "add", name, "--server", "127.0.0.1:1", "--tls", "none", "--user", "ann", "--password-command",
                           "echo x", "--no-check", "--yes")

    def put(self, path, octets):
        path = self.tree / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)

    @staticmethod
    def put_by_another_program(path, octets):
        path.parent.mkdir(parents=True)
        (path.parent.parent / "new").mkdir()
        path.write_bytes(octets)

    def take(self, *how, code=0, account="old", wrapper=()):
        """What import told, as JSON, and what it said."""
        done = self.collector.run("import", account, *how, "--json", codes=(code,), wrapper=wrapper)
        told = json.loads(done.stdout)
        self.assertEqual(told["found"], told["stored"] + told["duplicates"] + told["not_taken"] + told["not_reached"], told)
        return told, done.stderr.decode()

    def mbox(self, octets, code=0):
        (self.scratch / "mbox").write_bytes(octets)
        return self.take("--mbox", self.scratch / "mbox", code=code)

    def kept(self, account="old"):
        done = self.collector.run("list", "--account", account, "--limit", "1000", "--json")
        return {each["subject"]: each for each in map(json.loads, done.stdout.splitlines())}

    def moved(self, number, to):
        """The folder that move told."""
        return json.loads(self.collector.run("move", to, number, "--json").stdout)["folder"]

    def raw(self, subject):
        return self.collector.run("show", "--raw", str(self.kept()[subject]["number"])).stdout
