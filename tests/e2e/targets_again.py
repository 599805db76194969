#!/usr/bin/env python3
"""Several targets for one account: each takes a message once, whatever becomes of the others, of the run and of the order in the file."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
from collector import Collector  # noqa: E402
from ports import free_ports, release  # noqa: E402
from post_office import PASSWORD, PostOffice  # noqa: E402

USER, OTHER, THIRD, ACCOUNT = "ann@example.org", "ben@example.org", "cat@example.org", "work"
LETTERS = 3
RUNS = 3


class TargetsAgain(unittest.TestCase):
    def setUp(self):
        self.office = self.enterContext(PostOffice(users=[USER, OTHER]))
        self.collector = self.enterContext(Collector())
        self.collector.add(ACCOUNT, self.office.pop3, USER, PASSWORD, keep="none", options=("--no-check",))
        self.scratch = self.collector.archive.parent
        self.settings = self.collector.archive / f"{ACCOUNT}.toml"
        self.without_targets = self.settings.read_text()
        for n in range(LETTERS):
            self.post(b"Subject: letter %d\r\n\r\ntext %d\r\n" % (n, n))

    def post(self, octets):
        self.assertTrue(raw_lmtp.post(self.office.lmtp, [USER], octets)[0].startswith(b"250"))

    def targets(self, *tables):
        self.settings.write_text(self.without_targets + "".join("\n[[deliver]]\n" + "\n".join(table) + "\n" for table in tables))

    def mbox(self, name):
        return (f'kind = "mbox"', f'to = "{self.scratch / name}"')

    def program(self, text):
        return ('kind = "program"', f"""command = ["/bin/sh", "-c", '{text}']""")

    def in_mbox(self, name):
        path = self.scratch / name
        return path.read_bytes().count(b"\nSubject: letter") if path.exists() else 0

    def in_list(self, name):
        path = self.scratch / name
        return len(path.read_text().splitlines()) if path.exists() else 0

    def appends(self, name):
        return f"cat >/dev/null; echo x >>{self.scratch / name}"

    def fetch_and_fail(self, letters=LETTERS):
        told = self.collector.fetch(ACCOUNT, codes=(75,))
        self.assertEqual((told["stored"], told["deleted"], len(told["failed"])), (0, 0, letters), told)

    def fetch_well(self, letters=LETTERS):
        """What an earlier try had stored already is stored by this run, and no copy of another message."""
        told = self.collector.fetch(ACCOUNT)
        self.assertEqual((told["stored"], told["same_as_others"], told["deleted"], len(told["failed"])),
                         (letters, 0, letters, 0), told)

    def test_who_took_a_message_is_not_asked_again(self):
        no = self.program("exit 75")
        for name, before, after in (("a", [self.mbox("a"), no], [self.mbox("a"), self.mbox("a2")]),
                                    ("by position", [self.mbox("b"), no], [self.mbox("b2"), self.mbox("b")])):
            with self.subTest(name):
                first = name[-1] if name == "a" else "b"
                for n in range(LETTERS * (name != "a")):
                    self.post(b"Subject: letter %d\r\n\r\nmore %d\r\n" % (n, n))
                self.targets(*before)
                for _ in range(RUNS):
                    self.fetch_and_fail()
                    self.assertEqual(self.in_mbox(first), LETTERS)
                self.targets(*after)
                self.fetch_well()
                self.assertEqual((self.in_mbox(first), self.in_mbox(first + "2")), (LETTERS, LETTERS))

    def test_programs_are_known_by_their_whole_command(self):
        self.targets(self.program(self.appends("one")), self.program("exit 75"))
        self.fetch_and_fail()
        self.targets(self.program(self.appends("one")), self.program(self.appends("two")))
        self.fetch_well()
        self.assertEqual((self.in_list("one"), self.in_list("two")), (LETTERS, LETTERS))

    def test_a_server_that_is_down(self):
        port, = free_ports(1)
        self.addCleanup(release, (port,))
        down = ('kind = "lmtp"', f'to = "127.0.0.1:{port}"', f'recipients = ["{OTHER}"]', "instead = true")
        self.targets(self.mbox("a"), self.program(self.appends("list")), down)
        for _ in range(RUNS):
            self.fetch_and_fail()
        self.post(b"Subject: letter 4\r\n\r\nnew\r\n")
        self.fetch_and_fail(LETTERS + 1)
        self.assertEqual((self.in_mbox("a"), self.in_list("list")), (LETTERS + 1, LETTERS + 1))
        self.targets(self.mbox("a"), self.program(self.appends("list")), down[:1] + (f'to = "127.0.0.1:{self.office.lmtp}"',) + down[2:])
        self.fetch_well(LETTERS + 1)
        self.assertEqual((self.in_mbox("a"), self.in_list("list")), (LETTERS + 1, LETTERS + 1))
        self.assertEqual(len(list((self.office.maildir(OTHER) / "new").iterdir())), LETTERS + 1)

    def test_one_of_two_recipients_refuses(self):
        self.targets(('kind = "lmtp"', f'to = "127.0.0.1:{self.office.lmtp}"', f'recipients = ["{OTHER}", "{THIRD}"]'))
        for _ in range(RUNS):
            self.collector.fetch(ACCOUNT, codes=(1, 75))
        self.office.add_user(THIRD)
        self.office.stop()
        self.office.start()
        self.fetch_well()
        for user in (OTHER, THIRD):
            self.assertEqual(len(list((self.office.maildir(user) / "new").iterdir())), LETTERS, user)

    def test_a_run_that_is_killed(self):
        """What the first target took before the kill is known, and the letter that was under way may come twice."""
        self.targets(self.mbox("a"), self.program("cat >/dev/null; kill -9 $PPID"))
        for _ in range(RUNS):
            self.assertEqual(self.collector.run("fetch", ACCOUNT, check=False).returncode, -9)
        self.assertEqual(self.in_mbox("a"), 1)
        self.targets(self.mbox("a"), self.program(self.appends("list")))
        told = self.collector.fetch(ACCOUNT)
        self.assertEqual((told["stored_before"] + told["stored"], told["deleted"]), (LETTERS, LETTERS), told)
        self.assertEqual((self.in_mbox("a"), self.in_list("list")), (LETTERS, LETTERS))


if __name__ == "__main__":
    script_test.main()
