#!/usr/bin/env python3
"""Moving from fetchmail, getmail, mpop, fdm and Claws Mail: the state that the real programs wrote is taken over, what they kept is imported, and
nothing comes twice."""
import json
import pathlib
import poplib
import re
import shlex
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import clients  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
from collector import Collector  # noqa: E402


class TakeOver:
    """The other program collects what waits; then restante takes over."""

    def setUp(self):
        self.other = self.client(self.collect)  # the client's own test, as a tool
        self.addCleanup(self.other.doCleanups)
        self.other.setUp()
        collector = Collector()
        self.addCleanup(collector.__exit__)
        self.collector = collector
        self.office = self.other.office
        self.collector.add("mail", self.office.pop3s, clients.USER, support.PASSWORD, tls="implicit", host="localhost", keep="none",
                           options=("--ca", self.office.certificate))

    def take_over(self, state):
        before = self.other.waiting()
        self.assertGreater(before, 0)
        told = self.collector.run("take-over", "mail", state).stdout.decode()
        self.assertRegex(told, rf"mail: {self.fetched} messages that {self.program} fetched")
        dry = self.collector.fetch("mail", options=("--dry-run",))
        self.assertEqual((dry["stored"], dry["deleted"]), (before - self.fetched, 0), dry)
        done = self.collector.fetch("mail", options=("--yes",))
        # What it did not fetch is fetched now; of what it did, nothing is, and nothing is deleted that we do not hold.
        self.assertEqual((done["stored"], done["deleted"]), (before - self.fetched, before - self.fetched), done)
        self.assertEqual(self.other.waiting(), self.fetched)
        raw_lmtp.post(self.office.lmtp, [clients.USER], b"Subject: new\r\n\r\nnew\r\n")
        last = self.collector.fetch("mail", options=("--yes",))
        self.assertEqual((last["stored"], last["deleted"], last["failed"], last["warnings"]), (1, 1, [], []), last)
        self.assertEqual(self.other.waiting(), self.fetched)
        self.assertEqual(self.collector.fetch("mail", options=("--yes",))["stored"], 0)


    def guide(self):
        """The commands of the guide, each as a list of words."""
        text = (pathlib.Path(__file__).resolve().parents[2] / "docs/collector.md").read_text()
        block = re.search(r"^## From other programs$.*?^```$(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
        return [shlex.split(line)[1:] for line in block.split("\n") if line]

    def move_over(self, state, source):
        """By the guide, word by word, but for the names of the account and the files; under a policy that keeps nothing. Without a
        state that can be read, its table leaves the first step out."""
        before = self.other.waiting()
        names = {"work": "mail", "~/.mpop_uidls": state, "~/Maildir": source[-1], "--maildir": source[0]}
        told = {}
        for words in self.guide():
            if words[0] == "take-over" and state is None:
                continue
            options = ("--json", "--yes") if words[0] == "fetch" else ("--json",)
            told[words[0]] = json.loads(self.collector.run(*(names.get(word, word) for word in words), *options).stdout)
        imported, adopted, fetched = told["import"], told["adopt"], told["fetch"]
        self.assertEqual((imported["found"], imported["not_taken"]), (self.fetched, 0), imported)
        self.assertEqual((adopted["listed"], adopted["ambiguous"]), (before, 0), adopted)
        # Only what the program had changed beyond the fields that it puts on top has no match.
        changed = set(self.other.changed_by_client) & {name for name, _ in self.other.letters}
        self.assertGreaterEqual(adopted["adopted"], self.fetched - len(changed), adopted)
        # Without the first step nothing says that what the program had changed was fetched before: it comes once more, as it is.
        self.assertEqual(fetched["stored"], before - self.fetched + (len(changed) if state is None else 0), fetched)
        self.assertEqual((fetched["failed"], fetched["warnings"]), ([], []))
        self.assertEqual(len(self.collector.messages("mail")), imported["stored"] + fetched["stored"])
        # What was adopted goes, once it was fetched and compared, but for a body that the program changed.
        self.assertGreaterEqual(fetched["deleted"], before - len(changed), fetched)
        self.assertEqual(self.other.waiting(), before - fetched["deleted"])


class Fetchmail(TakeOver, unittest.TestCase):
    client, collect, program = clients.Fetchmail, "fetchmail", "fetchmail"

    def test_takes_over(self):
        self.fetched = len(self.other.fetchmail("--keep", "--uidl"))
        self.take_over(self.other.scratch / ".fetchids")

    def test_moves_over(self):
        self.fetched = len(self.other.fetchmail("--keep", "--uidl"))
        maildir = self.other.scratch / "Maildir"
        (maildir / "new").mkdir(parents=True)
        for path in (self.other.scratch / "letters").iterdir():
            shutil.move(path, maildir / "new" / path.name)
        self.move_over(self.other.scratch / ".fetchids", ["--maildir", maildir])


class Getmail(TakeOver, unittest.TestCase):
    client, collect, program = clients.Getmail, "getmail", "getmail"

    def test_takes_over(self):
        self.fetched = len(self.other.getmail("false"))
        state, = self.other.scratch.glob("oldmail-*")
        self.take_over(state)

    def test_moves_over(self):
        self.fetched = len(self.other.getmail("false", trace="true"))
        state, = self.other.scratch.glob("oldmail-*")
        self.move_over(state, ["--maildir", self.other.scratch / "Maildir"])


class Mpop(TakeOver, unittest.TestCase):
    client, collect, program = clients.Mpop, "mpop", "mpop"

    def test_takes_over(self):
        self.fetched = len(self.other.mpop("user"))
        self.take_over(self.other.scratch / "uidls-user")

    def test_moves_over(self):
        self.fetched = len(self.other.mpop("user", received="on"))
        self.move_over(self.other.scratch / "uidls-user", ["--maildir", self.other.scratch / "Maildir-user"])


class Fdm(TakeOver, unittest.TestCase):
    client, collect, program = clients.Fdm, "fdm", "fdm"

    def test_takes_over(self):
        self.other.fdm(f'maildir "{self.other.scratch}/Maildir"')
        self.fetched = self.other.waiting()
        self.take_over(self.other.scratch / "fdm-cache")

    def test_moves_over(self):
        maildir = self.other.scratch / "Maildir"
        self.other.fdm(f'maildir "{maildir}"', settings="")
        self.fetched = len(list((maildir / "new").iterdir()))
        self.move_over(self.other.scratch / "fdm-cache", ["--maildir", maildir])

    def test_moves_over_from_an_mbox(self):
        mbox = self.other.scratch / "mbox"
        self.other.fdm(f'mbox "{mbox}"', settings="")
        self.fetched = self.other.waiting()
        self.move_over(None, ["--mbox", mbox])


class ClawsMail(TakeOver, unittest.TestCase):
    client, collect, program = clients.ClawsMail, "claws", "Claws Mail"

    def test_moves_over(self):
        self.other.claws()
        self.fetched = self.other.waiting()
        self.move_over(self.other.state, ["--eml", self.other.inbox.parent])


poplib._MAXLINE = 1 << 20  # one of the letters has a line of 20000 octets


class Thunderbird(TakeOver, unittest.TestCase):
    """No Thunderbird runs here: its files as it writes them, of what the server has."""
    client, collect, program = clients.Mpop, "mpop", "Thunderbird"

    def test_moves_over(self):
        pop = poplib.POP3("127.0.0.1", self.office.pop3, timeout=30)
        pop.user(clients.USER)
        pop.pass_(support.PASSWORD)
        profile = self.other.scratch / "Mail"
        profile.mkdir()
        state, inbox = ["# POP3 State File", "# This is a generated file!  Do not edit.", "", f"*localhost {clients.USER}"], b""
        for entry in pop.uidl()[1]:
            number, unique_id = entry.decode().split()
            lines = pop.retr(int(number))[1]
            state.append(f"k {unique_id} 1767225600")
            inbox += (f"From - Tue Mar  3 10:00:00 2026\nX-Account-Key: account1\nX-UIDL: {unique_id}\nX-Mozilla-Status: 0001\n"
                      f"X-Mozilla-Status2: 00000000\nX-Mozilla-Keys: {' ' * 80}\n").encode()
            inbox += b"".join((b">" if line.startswith(b"From ") else b"") + line + b"\n" for line in lines) + b"\n"
        pop.quit()
        (profile / "popstate.dat").write_text("\n".join(state) + "\n")
        (profile / "Inbox").write_bytes(inbox)
        self.fetched = len(state) - 4
        # That format cannot tell a ">From " of the sender's from its own.
        self.other.changed_by_client = {name: "has lost a >" for name, octets in self.other.letters if b"\n>From " in octets}
        self.move_over(profile / "popstate.dat", ["--mbox", profile / "Inbox"])


if __name__ == "__main__":
    script_test.main()
