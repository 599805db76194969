#!/usr/bin/env python3
"""Real senders from Debian against restanted: swaks, Python's smtplib, and Postfix with us as its virtual_transport."""
import os
import pathlib
import poplib
import pwd
import shutil
import smtplib
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402

USER, OTHER = "ann@example.org", "bob@example.org"
DELIVERY_SECONDS_MAX = 60


def collected(office, user):
    """Everything in a maildrop, canonical octets without our trace."""
    pop = poplib.POP3_SSL("localhost", office.pop3s, context=office.tls_context(), timeout=30)
    pop.user(user)
    pop.pass_(support.PASSWORD)
    letters = [b"\r\n".join(pop.retr(number)[1]) + b"\r\n" for number in range(1, pop.stat()[0] + 1)]
    pop.quit()
    return letters


class Sender(unittest.TestCase):
    def setUp(self):
        office = support.PostOffice(users=[USER, OTHER], configuration=support.AS_IT_CAME)
        self.office = office.__enter__()
        self.addCleanup(office.__exit__, None, None, None)
        scratch = tempfile.TemporaryDirectory(prefix="restante-sender-")
        self.scratch = pathlib.Path(scratch.name)
        self.addCleanup(scratch.cleanup)


class Swaks(Sender):
    def swaks(self, protocol, port, *options, statuses=(0,)):
        done = subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(port), "--protocol", protocol, "--from", "sender@example.net",
                               *options], capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, statuses, done.stdout + done.stderr)
        return done.stdout

    def test_posts_by_lmtp_and_smtp_with_starttls(self):
        self.swaks("LMTP", self.office.lmtp, "--to", f"{USER},{OTHER}", "--body", "by lmtp")
        self.swaks("ESMTP", self.office.smtp, "--to", USER, "--tls", "--body", "by smtp")
        self.assertEqual(len(collected(self.office, USER)), 2)
        self.assertEqual(len(collected(self.office, OTHER)), 1)

    def test_is_no_relay(self):
        said = self.swaks("ESMTP", self.office.smtp, "--to", "someone@elsewhere.example", statuses=range(1, 256))
        self.assertRegex(said, r"<\*\* 55\d 5\.")


class Smtplib(Sender):
    def test_posts_every_sample_by_lmtp_and_smtp(self):
        samples = support.samples()
        for kind, port in ((smtplib.LMTP, self.office.lmtp), (smtplib.SMTP, self.office.smtp)):
            with kind("127.0.0.1", port) as sender:
                sender.ehlo_or_helo_if_needed()
                for name in ("size", "pipelining", "8bitmime", "chunking", "smtputf8", "enhancedstatuscodes"):
                    self.assertTrue(sender.has_extn(name), name)
                for _, octets in samples:
                    self.assertEqual(sender.sendmail("sender@example.net", [USER], octets), {})
        got = [support.without_trace(letter) for letter in self.office_letters()]
        self.assertEqual(len(got), 2 * len(samples))
        for name, octets in samples:
            self.assertEqual(got.count(octets), 2, name)

    def office_letters(self):
        letters = []
        for path in sorted((self.office.maildir(USER) / "new").iterdir()):
            letters.append(support.canonical(path.read_bytes()))
        return letters

    def test_tells_each_recipient_apart(self):
        sender = smtplib.LMTP("127.0.0.1", self.office.lmtp)
        refused = sender.sendmail("sender@example.net", [USER, "nobody@example.org", OTHER], b"Subject: three\r\n\r\nbody\r\n")
        sender.close()  # not quit(): smtplib reads one reply only where LMTP gives one for each recipient
        self.assertEqual(list(refused), ["nobody@example.org"])
        self.assertEqual(refused["nobody@example.org"][0], 550)
        self.assertEqual([len(collected(self.office, user)) for user in (USER, OTHER)], [1, 1])


@unittest.skipUnless(os.geteuid() == 0, "Postfix's master runs as root only")
class Postfix(Sender):
    """The real thing, in a private folder, never the machine's own instance."""

    def setUp(self):
        super().setUp()
        self.submission, = support.free_ports(1)
        self.etc, self.queue, self.data = (self.scratch / name for name in ("etc", "queue", "data"))
        for folder in (self.etc, self.queue, self.data):
            folder.mkdir()
        os.chmod(self.scratch, 0o755)
        os.chown(self.data, pwd.getpwnam("postfix").pw_uid, -1)
        (self.etc / "main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {self.queue}
data_directory = {self.data}
maillog_file = {self.scratch}/postfix.log
maillog_file_prefixes = {self.scratch}
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.org
virtual_transport = lmtp:inet:127.0.0.1:{self.office.lmtp}
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
local_recipient_maps =
alias_maps =
alias_database =
""")
        master = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
        lines = [line for line in master.splitlines() if not line.startswith("smtp      inet")]
        # Nothing runs in a chroot: the private queue has no copies of the system's files.
        lines = [line.replace("  y       ", "  n       ", 1) if " y " in line else line for line in lines]
        lines.append(f"127.0.0.1:{self.submission} inet n - n - - smtpd")
        lines.append("postlog unix-dgram n - n - 1 postlogd")
        (self.etc / "master.cf").write_text("\n".join(dict.fromkeys(lines)) + "\n")
        self.postfix("start")
        self.addCleanup(self.postfix, "stop", check=False)

    def postfix(self, command, check=True):
        done = subprocess.run(["postfix", "-c", str(self.etc), command], capture_output=True, text=True, timeout=60)
        if check and done.returncode != 0:
            log = self.scratch / "postfix.log"
            self.fail(f"postfix {command}: {done.stdout}{done.stderr}{log.read_text() if log.exists() else ''}")

    def test_hands_over_by_lmtp(self):
        samples = [(name, octets) for name, octets in support.samples()
                   if max(map(len, octets.split(b"\r\n"))) < 990 and b"\0" not in octets and b"\r" not in octets.replace(b"\r\n", b"")
                   and name not in ("first-octet-dot.eml", "header-only.eml")]
        with smtplib.SMTP("127.0.0.1", self.submission) as sender:
            for _, octets in samples:
                sender.sendmail("sender@example.net", [USER, OTHER], octets, mail_options=["BODY=8BITMIME"])
        self.wait_until_delivered(len(samples))
        for user in (USER, OTHER):
            got = collected(self.office, user)
            self.assertEqual(len(got), len(samples))
            for name, octets in samples:
                head, _, body = octets.partition(b"\r\n\r\n")
                found = [letter for letter in got if letter.endswith(b"\r\n\r\n" + body) and head.split(b"\r\n")[3] in letter]
                self.assertTrue(found, name)

    def test_bounces_an_unknown_recipient_at_once(self):
        with smtplib.SMTP("127.0.0.1", self.submission) as sender:
            sender.sendmail(USER, ["nobody@example.org"], b"Subject: to nobody\r\n\r\nbody\r\n")
        self.wait_until_delivered(2)  # the message, and the bounce that it became
        self.assertIn("status=bounced", (self.scratch / "postfix.log").read_text())
        self.assertTrue(any(b"Undelivered" in letter for letter in collected(self.office, USER)))

    def wait_until_delivered(self, count):
        """Follows Postfix's log until it has removed `count` messages from its queue."""
        log = self.scratch / "postfix.log"
        with subprocess.Popen(["tail", "-n", "+1", "-F", str(log)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tail:
            ender = threading.Timer(DELIVERY_SECONDS_MAX, tail.kill)
            ender.start()
            removed = 0
            for line in tail.stdout:
                removed += line.rstrip().endswith(": removed")
                if removed == count:
                    break
            ender.cancel()
            tail.kill()
        self.assertEqual(removed, count, log.read_text()[-3000:])


if __name__ == "__main__":
    if not shutil.which("swaks"):
        raise SystemExit("swaks is missing: packaging/install-packages test")
    script_test.main()
