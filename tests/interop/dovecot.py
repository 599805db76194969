#!/usr/bin/env python3
"""Dovecot beside us on the same Maildir, and before us: its IMAP server edits while we serve; its unique-ids survive the move."""
import imaplib
import os
import pathlib
import poplib
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
MAIL_UID = 5555  # Dovecot refuses to serve root's mail, so both run as this user


class Dovecot:
    """A private instance: own folder, own ports, one Maildir, ends with the test."""

    def __init__(self, scratch, maildir):
        self.imap, self.pop3 = support.free_ports(2)
        folder = pathlib.Path(scratch)
        os.chmod(folder, 0o755)
        self.log = folder / "dovecot.log"
        configuration = folder / "dovecot.conf"
        configuration.write_text(f"""base_dir = {folder}/base
state_dir = {folder}/state
log_path = {self.log}
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{maildir}
first_valid_uid = {MAIL_UID}
login_trusted_networks = 127.0.0.0/8
passdb {{
  driver = static
  args = password=dovecot
}}
userdb {{
  driver = static
  args = uid={MAIL_UID} gid={MAIL_UID} home={folder}/home allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {self.pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
""")
        home = folder / "home"
        home.mkdir()
        os.chown(home, MAIL_UID, MAIL_UID)
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        # Dovecot says on its log when it listens.
        with subprocess.Popen(["tail", "-n", "+1", "-F", str(self.log)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tail:
            ender = threading.Timer(30, tail.kill)
            ender.start()
            started = any("starting up" in line for line in tail.stdout)
            ender.cancel()
            tail.kill()
        if not started:
            raise AssertionError(f"Dovecot did not start: {self.process.stderr.read()}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=30)

    def imap_session(self):
        imap = imaplib.IMAP4("127.0.0.1", self.imap, timeout=30)
        imap.login("ann", "dovecot")
        imap.select("INBOX")
        return imap


def pop3_session(port, user=USER, password=support.PASSWORD):
    pop = poplib.POP3("127.0.0.1", port, timeout=30)
    pop.user(user)
    pop.pass_(password)
    return pop


def letter(number):
    return b"Subject: letter %d\r\nMessage-ID: <%d@example.org>\r\n\r\nbody %d\r\n" % (number, number, number)


def unique_ids(pop):
    return [line.split()[1] for line in pop.uidl()[1]]


@unittest.skipUnless(os.geteuid() == 0, "Dovecot's master starts as root only")
class ImapBeside(unittest.TestCase):
    def setUp(self):
        office = support.PostOffice(users=[USER], uid=MAIL_UID)
        self.office = office.__enter__()
        self.addCleanup(office.__exit__, None, None, None)
        for number in range(1, 7):
            self.post(number)
        os.chmod(self.office.root, 0o711)
        scratch = tempfile.TemporaryDirectory(prefix="restante-dovecot-")
        self.addCleanup(scratch.cleanup)
        dovecot = Dovecot(scratch.name, self.office.maildir(USER))
        self.dovecot = dovecot.__enter__()
        self.addCleanup(dovecot.__exit__, None, None, None)

    def post(self, number):
        self.assertEqual([reply[:3] for reply in raw_lmtp.post(self.office.lmtp, [USER], letter(number))], [b"250"])

    def test_a_session_holds_while_imap_edits(self):
        pop = pop3_session(self.office.pop3)
        ids = unique_ids(pop)
        sizes = pop.list()[1]
        imap = self.dovecot.imap_session()
        imap.store("1:3", "+FLAGS", r"(\Seen)")
        imap.store("2", "+FLAGS", r"(\Deleted)")
        imap.expunge()
        imap.append("INBOX", r"(\Flagged)", None, letter(7))
        self.assertEqual(unique_ids(pop), ids)
        self.assertEqual(pop.list()[1], sizes)
        self.assertIn(b"body 1", b"\n".join(pop.retr(1)[1]))
        with self.assertRaisesRegex(poplib.error_proto, "-ERR"):
            pop.retr(2)
        pop.dele(2)
        pop.dele(3)
        pop.quit()
        self.assertEqual(imap.select("INBOX")[1], [b"5"])
        again = pop3_session(self.office.pop3)
        self.assertEqual(unique_ids(again)[:4], [ids[0], ids[3], ids[4], ids[5]])
        self.assertEqual(again.stat()[0], 5)
        again.quit()

    def test_nothing_is_lost_while_all_work_at_once(self):
        rounds, posted = 15, 30
        done = threading.Event()
        faults = []

        def flag():
            try:
                imap = self.dovecot.imap_session()
                while not done.is_set():
                    imap.noop()
                    imap.store("1:*", "+FLAGS", r"(\Seen)")
                    imap.store("1:*", "-FLAGS", r"(\Seen)")
            except Exception as fault:  # told by the test's own thread
                faults.append(fault)

        def deliver():
            try:
                for number in range(100, 100 + posted):
                    self.post(number)
            except Exception as fault:
                faults.append(fault)

        threads = [threading.Thread(target=flag), threading.Thread(target=deliver)]
        for thread in threads:
            thread.start()
        seen, deleted = {}, set()
        for _ in range(rounds):
            pop = pop3_session(self.office.pop3)
            for number, unique_id in enumerate(unique_ids(pop), 1):
                body = b"\n".join(pop.retr(number)[1])
                self.assertEqual(seen.setdefault(unique_id, body), body, "a unique-id changed its message")
                self.assertNotIn(unique_id, deleted)
            victim = unique_ids(pop)[0]
            pop.dele(1)
            pop.quit()
            deleted.add(victim)
        threads[1].join()
        done.set()
        threads[0].join()
        self.assertEqual(faults, [])
        last = pop3_session(self.office.pop3)
        left = unique_ids(last)
        last.quit()
        self.assertEqual(len(left), 6 + posted - len(deleted))
        self.assertFalse(deleted & set(left))


@unittest.skipUnless(os.geteuid() == 0, "Dovecot's master starts as root only")
class MovingOver(unittest.TestCase):
    def test_unique_ids_stay(self):
        with support.PostOffice(users=[USER], uid=MAIL_UID) as office, tempfile.TemporaryDirectory(prefix="restante-dovecot-") as scratch:
            for number in range(1, 11):
                raw_lmtp.post(office.lmtp, [USER], letter(number))
            os.chmod(office.root, 0o711)
            with Dovecot(scratch, office.maildir(USER)) as dovecot:
                before = pop3_session(dovecot.pop3, "ann", "dovecot")
                theirs = {tuple(before.retr(n)[1]): unique_id for n, unique_id in enumerate(unique_ids(before), 1)}
                before.quit()
            self.assertEqual(len(theirs), 10)
            office.run("import-unique-ids", USER)
            after = pop3_session(office.pop3)
            ours = {tuple(after.retr(n)[1]): unique_id for n, unique_id in enumerate(unique_ids(after), 1)}
            after.quit()
            self.assertEqual(ours, theirs)


if __name__ == "__main__":
    script_test.main()
