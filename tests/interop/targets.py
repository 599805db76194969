#!/usr/bin/env python3
"""Where collected mail goes besides the archive, and who looks at it before: LMTP, a real Postfix, Dovecot's MDA, mbox, a real clamd."""
import mailbox
import os
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import clamd  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402
import senders  # noqa: E402
from collector import Collector  # noqa: E402

USER, OTHER = "ann@example.org", "bob@example.org"
DOVECOT_MDA = "/usr/lib/dovecot/dovecot-lda"
MAIL_UID = 5555  # Dovecot's MDA refuses to work as root


class Collecting(unittest.TestCase):
    """A post office with mail, and a collector that deletes there what it has."""

    letters = [octets for _, octets in support.samples()]

    def setUp(self):
        self.source = self.keep(support.PostOffice(users=[USER]))
        self.collector = self.keep(Collector())
        self.scratch = pathlib.Path(self.keep(tempfile.TemporaryDirectory(prefix="restante-target-")))
        for octets in self.letters:
            self.post(octets)

    def keep(self, manager):
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def post(self, octets):
        self.assertEqual([reply[:3] for reply in raw_lmtp.post(self.source.lmtp, [USER], octets)], [b"250"])

    def add(self, target=""):
        self.collector.add("mail", self.source.pop3, USER, support.PASSWORD, keep="none")
        self.collector.configure("mail", target)

    def fetch(self, codes=(0,)):
        return self.collector.fetch("mail", options=("--yes",), codes=codes)

    def waiting(self):
        with raw_pop3.Client(self.source.pop3) as pop:
            return int(pop.log_in(USER).command(b"STAT").split()[1])

    def assert_all_went_on(self, told):
        self.assertEqual((told["stored"], told["deleted"], told["well"]), (len(self.letters), len(self.letters), True), told)
        self.assertEqual(list((self.source.maildir(USER) / "new").iterdir()), [])

    def assert_came(self, got, letters=None):
        """Each once, behind the trace of one post office or more."""
        letters = letters or self.letters
        self.assertEqual(len(got), len(letters))
        for octets in letters:
            self.assertEqual(sum(went_on(each, octets) for each in got), 1, octets[:300])


def went_on(octets, original):
    """`octets` are the original behind trace fields alone."""
    if not octets.endswith(original):
        return False
    return re.fullmatch(rb"((Return-Path|Delivered-To|Received|X-Original-To): [^\r\n]*\r\n([ \t][^\r\n]*\r\n)*)*",
                        octets[:len(octets) - len(original)]) is not None


class Lmtp(Collecting):
    def setUp(self):
        super().setUp()
        self.target = self.keep(support.PostOffice(users=[OTHER]))

    def deliver(self, instead):
        self.add(f'\n[[deliver]]\nkind = "lmtp"\nto = "127.0.0.1:{self.target.lmtp}"\nrecipients = ["{OTHER}"]\nsender = "collector@example.org"\n'
                 f'instead = {str(instead).lower()}\n')

    def delivered(self):
        return [support.canonical(path.read_bytes()) for path in (self.target.maildir(OTHER) / "new").glob("*")]

    def test_goes_on_as_well(self):
        self.deliver(instead=False)
        self.assert_all_went_on(self.fetch())
        self.assert_came(self.delivered())
        self.assertEqual(len(self.collector.messages("mail")), len(self.letters))

    def test_goes_on_instead(self):
        self.deliver(instead=True)
        self.assert_all_went_on(self.fetch())
        self.assert_came(self.delivered())
        self.assertEqual(self.collector.messages("mail"), {})

    def wait_for_the_target(self, instead):
        self.deliver(instead)
        self.target.stop()
        for _ in range(2):
            told = self.fetch(codes=(75,))
            self.assertEqual((told["deleted"], len(told["failed"]), told["temporary"]), (0, len(self.letters), True), told)
        self.assertEqual(self.waiting(), len(self.letters))
        self.target.start()
        told = self.fetch()
        self.assertEqual((told["deleted"], told["well"]), (len(self.letters), True), told)
        self.assert_came(self.delivered())
        self.assertEqual(self.waiting(), 0)
        self.assertEqual(len(self.collector.messages("mail")), 0 if instead else len(self.letters))

    def test_waits_on_the_server_while_the_target_is_down(self):
        self.wait_for_the_target(instead=False)

    def test_waits_on_the_server_while_the_target_that_is_all_is_down(self):
        self.wait_for_the_target(instead=True)


@unittest.skipUnless(os.geteuid() == 0, "Postfix's master runs as root only")
class Postfix(Collecting):
    # What goes through Postfix to the octet.
    letters = [octets for name, octets in support.samples()
               if max(map(len, octets.split(b"\r\n"))) < 990 and b"\0" not in octets and b"\r" not in octets.replace(b"\r\n", b"")
               and name not in ("first-octet-dot.eml", "header-only.eml")]

    def test_goes_on_by_smtp(self):
        postfix = senders.Postfix("postfix")  # the sender's own test, as a tool
        self.addCleanup(postfix.doCleanups)
        postfix.setUp()
        self.add(f'\n[[deliver]]\nkind = "smtp"\nto = "127.0.0.1:{postfix.submission}"\ntls = "none"\nrecipients = ["{OTHER}"]\n'
                 'sender = "collector@example.org"\ninstead = true\n')
        self.assert_all_went_on(self.fetch())
        postfix.wait_until_delivered(len(self.letters))
        got = senders.collected(postfix.office, OTHER)
        self.assertEqual(len(got), len(self.letters))
        for octets in self.letters:
            body = octets.partition(b"\r\n\r\n")[2]
            self.assertTrue(any(each.endswith(b"\r\n\r\n" + body) for each in got), octets[:200])
        postfix.postfix("stop")
        self.post(self.letters[0])
        self.assertEqual(self.fetch(codes=(75,))["deleted"], 0)
        self.assertEqual(self.waiting(), 1)


@unittest.skipUnless(os.geteuid() == 0, "another user's MDA is started by root only")
class Program(Collecting):
    letters = [octets for name, octets in support.samples() if b"\0" not in octets and b"\r" not in octets.replace(b"\r\n", b"")]

    def test_goes_on_to_dovecots_mda(self):
        self.scratch.chmod(0o755)
        home = self.scratch / "home"
        home.mkdir()
        os.chown(home, MAIL_UID, MAIL_UID)
        (self.scratch / "dovecot.conf").write_text(f"""base_dir = {home}/base
log_path = {home}/log
mail_location = maildir:{home}/Maildir
postmaster_address = postmaster@example.org
first_valid_uid = {MAIL_UID}
""")
        command = ["setpriv", f"--reuid={MAIL_UID}", f"--regid={MAIL_UID}", "--clear-groups", "env", f"HOME={home}", "USER=ann", DOVECOT_MDA, "-c",
                   f"{self.scratch}/dovecot.conf"]
        words = ", ".join(f'"{word}"' for word in command)
        self.add(f'\n[[deliver]]\nkind = "program"\ncommand = [{words}]\ninstead = true\n')
        self.assert_all_went_on(self.fetch())
        got = [support.canonical(path.read_bytes()) for path in (home / "Maildir/new").iterdir()]
        self.assert_came(got)


class Mbox(Collecting):
    def test_goes_on_to_an_mbox(self):
        path = self.scratch / "mbox"
        self.add(f'\n[[deliver]]\nkind = "mbox"\nto = "{path}"\ninstead = true\n')
        self.assert_all_went_on(self.fetch())
        box = mailbox.mbox(path, create=False)
        self.assertEqual(len(box), len(self.letters))
        box.close()


class Scanner(Collecting):
    letters = Collecting.letters[:5]

    def setUp(self):
        clamd.setUpModule()
        super().setUp()
        self.scanner = clamd.Clamd("scan")  # the scanner's own test, as a tool
        self.addCleanup(self.scanner.doCleanups)
        self.scanner.setUp()
        self.add()
        path = self.collector.archive / "restante.toml"
        path.write_text(f'scanner = "clamd:{self.scanner.socket}"\n' + path.read_text())

    def test_puts_the_infected_into_quarantine(self):
        infected = clamd.LETTER + clamd.PATTERN + b"\r\n"
        self.post(infected)
        told = self.fetch()
        self.assertEqual((told["stored"], told["quarantined"]), (len(self.letters) + 1, 1), told)
        held = [path for path in (self.collector.archive / "mail/.Quarantine").glob("*/*") if path.is_file()]
        self.assertEqual([clamd.PATTERN in path.read_bytes() for path in held], [True])
        others = [path.read_bytes() for name in ("new", "cur") for path in (self.collector.archive / "mail" / name).iterdir()]
        self.assertEqual(len(others), len(self.letters))
        self.assertFalse(any(clamd.PATTERN in octets for octets in others))

    def test_waits_on_the_server_while_there_is_no_scanner(self):
        self.scanner.daemon.kill()
        self.scanner.daemon.wait(30)
        told = self.fetch(codes=(75,))
        self.assertEqual((told["stored"], told["deleted"]), (0, 0), told)
        self.assertEqual(self.waiting(), len(self.letters))
        self.assertEqual(self.collector.messages("mail"), {})


if __name__ == "__main__":
    script_test.main()
