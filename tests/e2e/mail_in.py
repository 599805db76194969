#!/usr/bin/env python3
"""Mail coming in over SMTP, LMTP and `restanted deliver`, as the documents promise it, against the real program."""
import pathlib
import re
import shutil
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
import watch  # noqa: E402

ANN, BOB = "ann@example.org", "bob@example.org"
MEMBERS = [f"member{number}@example.org" for number in range(2000)]
MESSAGE = b"Subject: one\r\n\r\nbody\r\n"
MIB = 1024 * 1024


def user_line(name, fields=""):
    return f"{name}:{{PLAIN}}secret::::::{fields}\n"


def plant(office, *lines):
    """Puts users into the file of an office that does not run yet."""
    office.root.mkdir(exist_ok=True)
    users = office.root / "users"
    users.touch(mode=0o600)
    with open(users, "a") as file:
        file.writelines(lines)


def started(test, configuration, *lines):
    """An office with exactly these users, that ends with the test or class."""
    office = support.PostOffice(users=[], configuration=configuration)
    plant(office, *lines)
    office.__enter__()
    (test.addClassCleanup if isinstance(test, type) else test.addCleanup)(office.__exit__, None, None, None)
    return office


def letters(office, user):
    return sorted((office.maildir(user) / "new").glob("*"))


def smtp(office):
    dialogue = raw_lmtp.Dialogue(office.smtp)
    dialogue.command(b"EHLO client.example.net")
    return dialogue


def lmtp(office):
    dialogue = raw_lmtp.Dialogue(office.lmtp)
    dialogue.command(b"LHLO client.example.net")
    return dialogue


class Copies(unittest.TestCase):
    """One message is one delivery, whatever leads to a maildrop."""

    @classmethod
    def setUpClass(cls):
        cls.office = started(cls, "", *(user_line(name) for name in (ANN, BOB, *MEMBERS)),
                             f"pair@example.org:::::::alias_of={ANN},{BOB}\n",
                             f"other@example.org:::::::alias_of={BOB},{ANN}\n",
                             f"all@example.org:::::::alias_of={','.join(MEMBERS)}\n",
                             f"@example.org:::::::alias_of={ANN}\n")

    def tearDown(self):
        for user in (ANN, BOB):
            for path in letters(self.office, user):
                path.unlink()

    def addresses(self, count):
        made = [ANN, ANN, ANN.upper(), "pair@example.org", "other@example.org", "caught@example.org"]
        return made + [f"ann+{number}@example.org" for number in range(count - len(made))]

    def assert_one_copy_each(self):
        for user in (ANN, BOB):
            paths = letters(self.office, user)
            self.assertEqual(len(paths), 1, user)
            octets = paths[0].read_bytes()
            self.assertIn(b"Delivered-To: " + user.encode() + b"\n", octets)
            self.assertEqual(octets.count(b"\tfor <"), 1)

    def test_a_hundred_addresses_of_one_maildrop_over_smtp(self):
        reply, = raw_lmtp.post(self.office.smtp, self.addresses(100), MESSAGE, hello=b"EHLO")
        self.assertTrue(reply.startswith(b"250"), reply)
        self.assert_one_copy_each()

    def test_a_thousand_addresses_of_one_maildrop_over_lmtp(self):
        with lmtp(self.office) as session:
            recipients = self.addresses(1000)
            session.send(b"MAIL FROM:<>\r\n" + b"".join(b"RCPT TO:<%s>\r\n" % to.encode() for to in recipients))
            for _ in range(len(recipients) + 1):
                session.expect(b"250")
            session.command(b"DATA", b"354")
            session.send(raw_lmtp.stuffed(MESSAGE))
            for _ in recipients:
                session.expect(b"250")
        self.assert_one_copy_each()

    def test_recipients_are_bounded_in_memory_and_forgotten(self):
        with watch.Watch(self.office) as resources, lmtp(self.office) as session:
            self.ask_for(session, [b"ann+%s%d@example.org" % (b"x" * 200, number) for number in range(1000)])
            before = resources.memory()
            for turn in range(15):
                self.ask_for(session, [b"ann+%s%d-%d@example.org" % (b"x" * 200, turn, number) for number in range(1000)])
            self.assertLess(resources.memory() - before, 4 * MIB)

    def test_a_group_of_two_thousand_is_kept_once_however_often_it_is_named(self):
        with watch.Watch(self.office) as resources, lmtp(self.office) as session:
            self.ask_for(session, [b"all+0@example.org"], reset=False)
            before = resources.memory()
            self.ask_for(session, [b"all+%d@example.org" % number for number in range(1, 250)], mail=False)
            self.assertLess(resources.memory() - before, 8 * MIB)

    def ask_for(self, session, recipients, mail=True, reset=True):
        session.send(b"MAIL FROM:<>\r\n" * mail + b"".join(b"RCPT TO:<%s>\r\n" % to for to in recipients) + b"RSET\r\n" * reset)
        for _ in range(len(recipients) + mail + reset):
            session.expect(b"250")


class Strangers(unittest.TestCase):
    """What one connection may cost."""

    @classmethod
    def setUpClass(cls):
        cls.office = started(cls, "[mail_in]\nbad_commands_max = 5\n", user_line(ANN))

    def log_lines(self, word):
        return [line for line in self.office.complete_log().splitlines() if re.search(rf"\b{word}\b", line)]

    def test_refused_recipients_end_a_strangers_session(self):
        with smtp(self.office) as session:
            session.command(b"MAIL FROM:<>")
            for number in range(5):
                session.command(b"RCPT TO:<nobody%d@%s>" % (number, (b"example.org", b"example.com")[number % 2]), b"550")
            session.command(b"RCPT TO:<nobody6@example.org>", b"421")
            self.assertEqual(session.reply(), b"")

    def test_a_new_connection_does_not_begin_anew(self):
        for number in range(6):
            begun = time.monotonic()
            with smtp(self.office) as session:
                session.command(b"MAIL FROM:<>")
                session.command(b"RCPT TO:<guess%d@example.org>" % number, b"550")
        self.assertGreaterEqual(time.monotonic() - begun, 0.6)
        begun = time.monotonic()
        with lmtp(self.office) as local:
            local.command(b"MAIL FROM:<>")
            for number in range(20):
                local.command(b"RCPT TO:<guess%d@example.org>" % number, b"550")
        self.assertLess(time.monotonic() - begun, 10, "the local MTA does not guess")

    def test_an_mta_may_have_a_thousand_unknown_recipients_and_the_log_stays_small(self):
        before = len(self.log_lines("recipient-refused"))
        with lmtp(self.office) as session:
            session.send(b"MAIL FROM:<>\r\n" + b"".join(b"RCPT TO:<nobody%d@example.org>\r\n" % n for n in range(999)))
            session.expect(b"250")
            for _ in range(999):
                session.expect(b"550 5.1.1")
            session.command(b"RCPT TO:<ann@example.org>")
            session.command(b"DATA", b"354")
            session.send(raw_lmtp.stuffed(MESSAGE))
            session.expect(b"250")
            session.command(b"QUIT", b"221")
            self.assertEqual(session.reply(), b"")
        self.assertEqual(len(self.log_lines("recipient-refused")) - before, 20)
        with watch.Watch(self.office) as resources:
            resources.until_logged("recipients=999")

    def test_a_session_that_only_makes_conversation_ends(self):
        with smtp(self.office) as session:
            session.send(b"NOOP\r\nRSET\r\nVRFY ann\r\n" * 40)
            replies = [session.reply() for _ in range(100)]
            self.assertEqual(replies[-1][:3], b"421", replies[-1])
            self.assertEqual({reply[:3] for reply in replies[:-1]}, {b"250", b"252"})

    def test_strangers_cannot_take_the_places_of_the_mta(self):
        office = started(self, "[limits]\nmail_in_connections_max = 4\n", user_line(ANN))
        greetings = []
        while len(greetings) < 5 and b"421" not in greetings:
            session = raw_lmtp.Dialogue(office.smtp, b"")
            self.addCleanup(session.__exit__)
            greetings.append(session.greeting[:3])
        self.assertIn(b"220", greetings)
        self.assertIn(b"421", greetings)
        reply, = raw_lmtp.post(office.lmtp, [ANN], MESSAGE)
        self.assertTrue(reply.startswith(b"250"), reply)

    def test_a_session_without_a_message_has_a_time_limit(self):
        office = started(self, '[deadlines]\nmail_in_session = "1s"\n', user_line(ANN))
        with smtp(office) as idle, lmtp(office) as local:
            self.assertEqual(idle.reply()[:3], b"421")
            self.assertEqual(local.reply()[:3], b"421")


class Postmaster(unittest.TestCase):
    """RFC 5321, section 4.5.1."""

    def take(self, office, address, body=MESSAGE):
        reply, = raw_lmtp.post(office.smtp, [address], body, hello=b"EHLO")
        self.assertTrue(reply.startswith(b"250"), reply)

    def test_mail_is_taken_and_kept_until_somebody_reads_it(self):
        office = started(self, 'host_name = "mx.example.net"\n', user_line(ANN))
        for address in ("postmaster", "PostMaster", "postmaster@Example.ORG", "Postmaster@mx.example.net"):
            self.take(office, address)
        with smtp(office) as session:
            session.command(b"MAIL FROM:<>")
            session.command(b"RCPT TO:<postmaster@example.com>", b"550 5.7.1")
        self.assertEqual(len(letters(office, "postmaster")), 4)
        told = office.run("check", "--config", office.root / "restanted.toml")
        self.assertEqual(told.returncode, 0)
        self.assertIn(b"mail_in.postmaster", told.stdout + told.stderr)
        self.assertEqual(office.run("deliver", "postmaster", input=MESSAGE).returncode, 0)
        office.add_user("postmaster")
        self.assertNotIn(b"mail_in.postmaster", office.run("check", "--config", office.root / "restanted.toml").stdout)
        self.assertEqual(len(letters(office, "postmaster")), 5)

    def test_a_key_names_who_gets_it(self):
        office = started(self, f'[mail_in]\npostmaster = "{BOB}"\n', user_line(ANN), user_line(BOB))
        self.take(office, "postmaster")
        self.assertEqual(len(letters(office, BOB)), 1)


class Quota(unittest.TestCase):
    """What can never fit is refused for good; what may fit later waits at the sender."""

    @classmethod
    def setUpClass(cls):
        cls.office = started(cls, "", user_line(ANN, "quota_octets=10000"), user_line(BOB, "quota_octets=100000"))

    def test_a_message_larger_than_the_quota(self):
        large = MESSAGE + b"x" * 12000
        for port, hello in ((self.office.smtp, b"EHLO"), (self.office.lmtp, b"LHLO")):
            with raw_lmtp.Dialogue(port) as session:
                session.command(hello + b" me")
                session.command(b"MAIL FROM:<> SIZE=12000")
                session.command(b"RCPT TO:<ann@example.org>", b"552 5.2.2")
            reply, = raw_lmtp.post(port, [ANN], large, hello=hello)
            self.assertTrue(reply.startswith(b"552 5.2.2"), reply)
        self.assertEqual(self.office.run("deliver", ANN, input=large, check=False).returncode, 65)

    def test_a_warning_comes_once_and_then_the_maildrop_is_full(self):
        half = MESSAGE + b"x" * 46000
        for _ in range(2):
            raw_lmtp.post(self.office.lmtp, [BOB], half)
        with watch.Watch(self.office) as resources:
            resources.until(lambda: len(letters(self.office, BOB)) == 3, "a warning comes")
        warnings = [path for path in letters(self.office, BOB) if b"From: <postmaster@" in path.read_bytes()]
        self.assertEqual(len(warnings), 1)
        self.assertRegex(warnings[0].read_bytes(), rb"Subject: Your mailbox is 9\d % full\n")
        self.office.run("deliver", BOB, input=b"Subject: y\n\nx\n")
        self.assertEqual(len(letters(self.office, BOB)), 4, "no second warning")
        reply, = raw_lmtp.post(self.office.lmtp, [BOB], half)
        self.assertTrue(reply.startswith(b"452 4.2.2"), reply)
        self.assertEqual(self.office.run("deliver", BOB, input=half, check=False).returncode, 75)


class Lost(unittest.TestCase):
    """What should be there and is not is our trouble, never the sender's, and nothing takes its place."""

    def setUp(self):
        self.office = started(self, "", user_line(ANN))
        self.office.stop()

    def assert_trouble_everywhere(self, missing):
        self.assertEqual(self.office.run("deliver", ANN, input=MESSAGE, check=False).returncode, 75)
        for words in (("user", "list"), ("user", "add", BOB), ("undelete", ANN), ("sweep",), ("check",)):
            done = self.office.run(*words, input=b"secret\n", check=False)
            self.assertIn(done.returncode, (75, 77, 78), (words, done))
            self.assertTrue(done.stderr, words)
        with self.assertRaises(AssertionError):
            self.office.start()
        if missing:
            self.assertFalse(missing.exists())

    def test_the_users_file(self):
        (self.office.root / "users").rename(self.office.root / "users.bak")
        self.assert_trouble_everywhere(self.office.root / "users")
        (self.office.root / "users.bak").rename(self.office.root / "users")
        self.office.start()

    def test_a_users_file_that_others_may_read(self):
        (self.office.root / "users").chmod(0o644)
        done = self.office.run("deliver", ANN, input=MESSAGE, check=False)
        self.assertEqual(done.returncode, 75)
        (self.office.root / "users").unlink()
        (self.office.root / "users").mkdir()
        self.assertEqual(self.office.run("deliver", ANN, input=MESSAGE, check=False).returncode, 75)

    def test_the_mail(self):
        (self.office.root / "mail").rename(self.office.root / "elsewhere")
        self.assert_trouble_everywhere(self.office.root / "mail")

    def test_the_root(self):
        shutil.move(self.office.root, f"{self.office.root}.away")
        self.addCleanup(shutil.move, f"{self.office.root}.away", self.office.root)
        for words in (("deliver", ANN), ("user", "list"), ("undelete", ANN), ("sweep",)):
            self.assertEqual(self.office.run(*words, input=MESSAGE, check=False).returncode, 75, words)
        self.assertFalse(self.office.root.exists())

    def test_a_users_file_that_was_emptied(self):
        (self.office.root / "users").write_text("")
        self.office.start()
        for port, hello in ((self.office.smtp, b"EHLO"), (self.office.lmtp, b"LHLO")):
            with raw_lmtp.Dialogue(port) as session:
                session.command(hello + b" me")
                session.command(b"MAIL FROM:<>")
                session.command(b"RCPT TO:<ann@example.org>", b"451")
        self.assertEqual(self.office.run("deliver", ANN, input=MESSAGE, check=False).returncode, 75)

    def test_a_running_daemon_keeps_the_users_that_it_has(self):
        self.office.start()
        (self.office.root / "users").unlink()
        self.assertNotEqual(self.office.run("reload", check=False).returncode, 0)
        reply, = raw_lmtp.post(self.office.lmtp, [ANN], MESSAGE)
        self.assertTrue(reply.startswith(b"250"), reply)


if __name__ == "__main__":
    script_test.main()
