#!/usr/bin/env python3
"""`restante import`, `export`, `save` and `take-over` where something cannot be read or written: it is named with its whole path, the
sums agree, the exit code says so, and nothing waits for ever. No server."""
import os
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from exchange_desk import SEPARATOR, Exchange, letter  # noqa: E402

# For root, too, what the modes forbid shall be forbidden.
BY_THE_MODES = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
ATTACHMENT = (b"From: ann@example.org\nSubject: attached\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
              b"Content-Type: text/plain\n\nhere\n--x\nContent-Disposition: attachment; filename=f.bin\n\noctets\n--x--\n")


def fails(call, error, path, when):
    """A wrapper: that call on the file fails from the when-th time on."""
    return ("strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", f"inject={call}:error={error}:when={when}+")


def fifo(path):
    os.mkfifo(path)


def dangling(path):
    path.symlink_to("nowhere")


def circle(path):
    path.symlink_to(path.name)


def folder(path):
    path.mkdir()


class CannotBeRead(Exchange):
    def test_everything_in_a_tree_is_named_with_its_whole_path(self):
        self.put("cur/1.a:2,S", letter("taken"))
        self.put("cur/2.folder:2,S/inner.eml", letter("in a folder that is called like a message"))
        self.put("cur/3.forbidden", letter("forbidden"))
        self.put(".Closed/cur/4.a", letter("closed"))
        self.put(".ClosedCur/cur/5.a", letter("closed"))
        for make, name in ((fifo, "cur/6.fifo"), (dangling, "cur/7.dangling"), (circle, "cur/8.circle"), (fifo, "9.eml"),
                           (dangling, ".Linked")):
            make(self.tree / name)
        waiting = socket.socket(socket.AF_UNIX)
        self.addCleanup(waiting.close)
        waiting.bind(str(self.tree / "cur" / "s"))
        forbidden = [self.tree / name for name in ("cur/3.forbidden", ".Closed", ".ClosedCur/cur")]
        for path in forbidden:
            path.chmod(0)
            self.addCleanup(path.chmod, 0o700)
        for how in ("--maildir", "--eml"):
            told, said = self.take(how, self.tree, code=65, wrapper=BY_THE_MODES)
            self.assertEqual((told["found"], told["stored"] + told["duplicates"], told["not_taken"]), (11, 2, 9), said)
            for name in ("cur/3.forbidden", ".Closed", ".ClosedCur/cur", "cur/6.fifo", "cur/7.dangling", "cur/8.circle", "9.eml", ".Linked",
                         "cur/s"):
                self.assertIn(f"not taken: {self.tree / name}: ", said)
        self.assertEqual(len(self.kept()), 2)

    def test_what_was_named_itself(self):
        for make, code in ((fifo, 65), (dangling, 66), (circle, 65)):
            path = self.scratch / make.__name__
            make(path)
            for command in (("import", "old", "--mbox"), ("import", "old", "--eml"), ("import", "old", "--pst"), ("take-over", "old")):
                done = self.collector.run(*command, path, codes=(code,))
                self.assertIn(str(path).encode(), done.stderr)
        for command in (("import", "old", "--pst"), ("import", "old", "--mbox"), ("take-over", "old")):
            self.assertIn(str(self.scratch).encode(), self.collector.run(*command, self.scratch, codes=(65,)).stderr)
        closed = self.scratch / "closed"
        closed.write_bytes(SEPARATOR + letter("closed"))
        closed.chmod(0)
        for command in (("import", "old", "--mbox"), ("import", "old", "--eml"), ("take-over", "old")):
            done = self.collector.run(*command, closed, codes=(77,), wrapper=BY_THE_MODES)
            self.assertIn(f"{closed}: ".encode(), done.stderr)

    def test_a_link_that_was_named_means_what_it_leads_to(self):
        (self.scratch / "real").write_bytes(SEPARATOR + letter("linked"))
        (self.scratch / "link").symlink_to("real")
        self.assertEqual(self.take("--mbox", self.scratch / "link")[0]["stored"], 1)

    def test_a_disk_that_fails_in_the_middle_of_an_mbox(self):
        path = self.scratch / "mbox"
        path.write_bytes(b"".join(SEPARATOR + letter(f"m{number}", text="x" * 60000) + b"\n" for number in range(6)))
        told, said = self.take("--mbox", path, code=65, wrapper=fails("pread64", "EIO", path, 4))
        self.assertGreater(told["stored"], 0)
        self.assertEqual((told["not_taken"], len(self.kept())), (1, told["stored"]))
        self.assertIn(f"not taken: {path}: message {told['stored'] + 1} and what follows it: ", said)
        again, _ = self.take("--mbox", path)
        self.assertEqual((again["found"], again["duplicates"]), (6, told["stored"]))

    def test_a_disk_that_fails_at_one_file(self):
        self.put("cur/1.a", letter("good"))
        self.put("cur/2.a", letter("bad"))
        self.put("cur/3.a", letter("good too"))
        bad = self.tree / "cur" / "2.a"
        told, said = self.take("--maildir", self.tree, code=65, wrapper=fails("pread64", "EIO", bad, 2))
        self.assertEqual((told["found"], told["stored"], set(self.kept())), (3, 2, {"good", "good too"}))
        self.assertIn(f"not taken: {bad}: ", said)

    def test_an_archive_that_is_full_ends_with_an_account(self):
        # As many as two groups of what is published together.
        for number in range(150):
            self.put(f"cur/{number}", letter(str(number)))
        (self.collector.archive / "old" / "new").mkdir(parents=True, exist_ok=True)
        told, said = self.take("--maildir", self.tree, code=75, wrapper=fails("renameat2", "ENOSPC", self.collector.archive / "old" / "new", 120))
        self.assertEqual((told["found"], told["stored"]), (150, len(self.kept())), said)
        self.assertEqual((told["not_taken"], told["not_reached"]), (0, 150 - told["stored"]), said)
        self.assertIn(f"the disk of {self.collector.archive} is full: make room", said)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertEqual(self.take("--maildir", self.tree)[0]["duplicates"], told["stored"])


class CannotBeWritten(Exchange):
    def setUp(self):
        super().setUp()
        self.put("a.eml", ATTACHMENT)
        self.take("--eml", self.tree)
        self.closed = self.scratch / "closed"
        self.closed.mkdir(mode=0o500)

    def commands(self, into):
        return (("save", "1", "--to", into), ("export", "--eml", into), ("export", "--maildir", into), ("export", "--mbox", into / "mbox"))

    def test_a_folder_that_is_missing_is_made(self):
        for number, command in enumerate(self.commands(self.scratch / "not" / "there")):
            self.collector.run(*command)
        names = {path.name for path in (self.scratch / "not").rglob("*") if path.is_file()}
        self.assertTrue({"f.bin", "mbox"} < names, names)

    def test_what_is_in_the_way_is_named(self):
        in_the_way = self.tree / "a.eml"
        dangling(self.scratch / "dangling")
        for into, code, wrapper in ((self.closed, 77, BY_THE_MODES), (self.closed / "sub", 77, BY_THE_MODES), (in_the_way, 73, ()),
                                    (in_the_way / "sub", 73, ()), (self.scratch / "dangling", 66, ())):
            for command in self.commands(into):
                done = self.collector.run(*command, codes=(code,), wrapper=wrapper)
                self.assertIn(str(into).encode(), done.stderr)
        self.assertEqual((list(self.closed.iterdir()), in_the_way.read_bytes()), ([], ATTACHMENT))

    def test_an_attachment_that_is_not_there_makes_no_folder(self):
        done = self.collector.run("save", "1", "--number", "9", "--to", self.scratch / "none", codes=(65,))
        self.assertIn(b"9", done.stderr)
        self.assertFalse((self.scratch / "none").exists())


def linked(path):
    elsewhere = path.parent / "elsewhere"
    elsewhere.touch()
    path.symlink_to(elsewhere)


def closed(path):
    path.touch()
    path.chmod(0)


def of_another(path):
    closed(path)
    os.chown(path, 1, 1)


class FilesOfTheArchive(Exchange):
    """Nothing of this passes by itself, so cron must not hear 75, and a person must hear what mends it."""

    def test_what_is_no_file_or_not_ours_is_named_with_its_remedy(self):
        self.put("a.eml", letter("a"))
        self.take("--eml", self.tree)
        state = self.collector.archive / ".restante"
        kinds = {linked: "put the file itself in its place", folder: "move it away", fifo: "move it away", closed: "chmod u+rw"}
        if os.geteuid() == 0:
            kinds[of_another] = "chown 0"
        for path, command in ((state / "ledger.sqlite", ["status"]), (state / "ledger.sqlite-wal", ["status"]), (state / "old.uids", ["verify"]),
                              (state / "index.sqlite", ["list"]), (state / "old.lock", ["verify"]), (self.collector.archive / "old.toml", ["account", "show", "old"])):
            aside = self.scratch / "aside"
            if path.exists():
                path.rename(aside)
            for make, remedy in kinds.items():
                with self.subTest(path=path.name, kind=make.__name__):
                    make(path)
                    done = self.collector.run(*command, codes=(77,), wrapper=BY_THE_MODES)
                    said = done.stderr.decode()
                    self.assertEqual((said.count("\n"), str(path) in said, remedy in said or (make is of_another and "chown" in said)), (1, True, True), said)
                path.rmdir() if make is folder else path.unlink()
            if aside.exists():
                aside.rename(path)
        self.assertEqual(len(self.kept()), 1)


del Exchange  # what all stand on is no test


if __name__ == "__main__":
    script_test.main()
