#!/usr/bin/env python3
"""One name, typed in any way, is one user on every road: composed or not, and with its domain as U-label or A-label."""
import base64
import hashlib
import hmac
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402
import watch  # noqa: E402

COMPOSED, DECOMPOSED = "j\u00fcrgen", "ju\u0308rgen"
U_LABEL, A_LABEL = "m\u00fcnchen.example", "xn--mnchen-3ya.example"
SPELLINGS = [f"{local}@{domain}" for local in (COMPOSED, DECOMPOSED) for domain in (U_LABEL, A_LABEL, "mu\u0308nchen.example", A_LABEL.upper())]
ADDED, OLD = f"{DECOMPOSED}@{U_LABEL}", f"so\u0308nke@{U_LABEL}"  # the second stands in the file unprepared, with mail
PASSWORD = "Gr\u00fc\u00dfe"
PASSWORDS = (PASSWORD, "Gru\u0308\u00dfe")
SECRETS = ("gru\u0308n_secret", "gr\u00fcn_secret")  # the first stands in the file
CONFIGURATION = """
[auth]
apop = true
mechanisms = ["SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"]
"""


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode())


class Roads:
    """One method for each road to a log-in; each ends with +OK or raises."""

    def __init__(self, port):
        self.port = port

    def client(self):
        return raw_pop3.Client(self.port, greeted=False)

    def user_pass(self, name, password):
        with self.client() as client:
            client.expect(b"+OK")
            client.command(b"USER " + name.encode())
            client.command(b"PASS " + password.encode())
            client.command(b"QUIT")

    def plain(self, name, password):
        with self.client() as client:
            client.expect(b"+OK")
            client.command(b"AUTH PLAIN " + b64(f"\0{name}\0{password}"))
            client.command(b"QUIT")

    def plain_acting_as_itself(self, name, password):
        with self.client() as client:
            client.expect(b"+OK")
            client.command(b"AUTH PLAIN " + b64(f"{SPELLINGS[0]}\0{name}\0{password}"))
            client.command(b"QUIT")

    def login(self, name, password):
        with self.client() as client:
            client.expect(b"+OK")
            client.command(b"AUTH LOGIN", b"+ ")
            client.command(b64(name), b"+ ")
            client.command(b64(password))
            client.command(b"QUIT")

    def scram(self, name, password):
        """A client that prepares nothing but the password, as its keys demand (RFC 5802, section 5.1)."""
        bare = "n=" + name.replace("=", "=3D").replace(",", "=2C") + ",r=nonce"
        with self.client() as client:
            client.expect(b"+OK")
            first = base64.b64decode(client.command(b"AUTH SCRAM-SHA-256 " + b64("n,," + bare), b"+ ")[2:]).decode()
            parts = dict(part.split("=", 1) for part in first.split(","))
            salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
            key = hmac.digest(salted, b"Client Key", "sha256")
            without_proof = "c=" + b64("n,,").decode() + ",r=" + parts["r"]
            signature = hmac.digest(hashlib.sha256(key).digest(), ",".join((bare, first, without_proof)).encode(), "sha256")
            proof = b64(bytes(a ^ b for a, b in zip(key, signature))).decode()
            client.command(b64(without_proof + ",p=" + proof), b"+ ")
            client.command(b"")
            client.command(b"QUIT")

    def cram_md5(self, name, secret):
        with self.client() as client:
            client.expect(b"+OK")
            challenge = base64.b64decode(client.command(b"AUTH CRAM-MD5", b"+ ")[2:])
            client.command(b64(name.encode() + b" " + hmac.new(secret.encode(), challenge, "md5").hexdigest().encode()))
            client.command(b"QUIT")

    def apop(self, name, secret):
        with self.client() as client:
            greeting = client.expect(b"+OK")
            stamp = greeting[greeting.index(b"<"):greeting.index(b">") + 1]
            client.command(b"APOP " + name.encode() + b" " + hashlib.md5(stamp + secret.encode()).hexdigest().encode())
            client.command(b"QUIT")


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        office = support.PostOffice(users=[], configuration=CONFIGURATION)
        office.root.mkdir(exist_ok=True)
        office.add_user(ADDED, PASSWORD)
        with open(office.root / "users", "a") as users:
            users.write(f"{OLD}:{{PLAIN}}{PASSWORD}\n")
            users.write(f"{DECOMPOSED}2@{U_LABEL}:::::::shared_secret={SECRETS[0]}\n")
            users.write(f"info@{A_LABEL}:::::::alias_of={COMPOSED}@{A_LABEL}\n")
            users.write(f"@b\u00fccher.example:::::::alias_of={COMPOSED}@{U_LABEL}\n")
        cls.office = office.__enter__()
        cls.addClassCleanup(office.__exit__, None, None, None)

    def waiting(self, name):
        with raw_pop3.Client(self.office.pop3).log_in(name, PASSWORD) as client:
            return int(client.command(b"STAT").split()[1])

    def test_every_mechanism_knows_every_spelling(self):
        roads = Roads(self.office.pop3)
        for name in SPELLINGS:
            for road in (roads.user_pass, roads.plain, roads.plain_acting_as_itself, roads.login):
                for password in PASSWORDS:
                    with self.subTest(road=road.__name__, name=name):
                        road(name, password)
        for name in (SPELLINGS[0], SPELLINGS[-1]):
            roads.scram(name, PASSWORD)
        for name in SPELLINGS:
            for road in (roads.cram_md5, roads.apop):
                for secret in SECRETS:
                    with self.subTest(road=road.__name__, name=name, secret=secret):
                        road(name.replace("@", "2@"), secret)

    def post(self, address, hello=b"LHLO"):
        with raw_lmtp.Dialogue(self.office.lmtp if hello == b"LHLO" else self.office.smtp) as mail:
            mail.command(hello + b" client.example.net")
            mail.command(b"MAIL FROM:<> SMTPUTF8")
            mail.command(b"RCPT TO:<" + address.encode() + b">")
            mail.command(b"DATA", b"354")
            mail.send(b"Subject: x\r\n\r\n.\r\n")
            mail.expect(b"250")

    def test_mail_to_every_spelling_reaches_the_one_maildrop(self):
        name = SPELLINGS[0]
        before = self.waiting(name)
        addresses = [*SPELLINGS, f"info@{U_LABEL}", f"Info@{A_LABEL}", f"{DECOMPOSED}+x@{A_LABEL}", "who@xn--bcher-kva.example"]
        for address in addresses:
            for hello in (b"LHLO", b"EHLO"):
                with self.subTest(address=address, hello=hello):
                    self.post(address, hello)
            self.office.run("deliver", address, input=b"Subject: x\n\nx\n")
        self.assertEqual(self.waiting(name), before + 3 * len(addresses))

    def test_the_operators_commands_know_every_spelling(self):
        for name in SPELLINGS:
            self.office.run("user", "show", name)
            self.office.run("sweep", name)
            self.office.run("undelete", name)
            self.assertNotEqual(self.office.run("user", "add", name, input=b"pw\n", check=False).returncode, 0)
        self.assertIn(f"{COMPOSED}@{U_LABEL}", self.office.run("user", "list").stdout.decode())
        with raw_pop3.Client(self.office.pop3).log_in(SPELLINGS[0], PASSWORD) as client:
            self.office.run("kick", f"{DECOMPOSED}@{A_LABEL}")
            self.assertNotIn(b"+OK", client.ended())

    def test_mail_that_lies_under_an_unprepared_name_is_found(self):
        self.post(OLD)
        self.assertTrue(list((self.office.root / "mail" / U_LABEL / "so\u0308nke" / "new").iterdir()))
        self.assertEqual(self.waiting(f"s\u00f6nke@{A_LABEL}"), 1)
        self.assertFalse((self.office.root / "mail" / A_LABEL).exists())

    def test_what_cannot_be_prepared_is_nobody(self):
        for name in ("j\ue000rgen@" + U_LABEL, COMPOSED + "@\u2665.example"):
            with raw_pop3.Client(self.office.pop3) as client:
                client.command(b"USER " + name.encode())
                client.command(b"PASS x", b"-ERR [AUTH]")
            with raw_lmtp.Dialogue(self.office.lmtp) as mail:
                mail.command(b"LHLO client.example.net")
                mail.command(b"MAIL FROM:<> SMTPUTF8")
                mail.command(b"RCPT TO:<" + name.encode() + b">", b"550")


class FaultyLines(unittest.TestCase):
    """What is wrong in one line is told, and concerns nobody else."""

    def setUp(self):
        office = support.PostOffice(users=["ann@example.org"])
        office.__enter__()
        self.addCleanup(office.__exit__, None, None, None)
        self.office = office

    def until(self, holds):
        with watch.Watch(self.office) as looking:
            looking.until(holds, "the users file is read again")

    def recipients(self, *expected):
        with raw_lmtp.Dialogue(self.office.smtp) as mail:
            mail.command(b"EHLO client.example.net")
            mail.command(b"MAIL FROM:<> SMTPUTF8")
            for name, code in expected:
                mail.command(b"RCPT TO:<" + name.encode() + b">", code)

    def test_the_others_are_served_and_the_faulty_ones_mail_waits(self):
        office = self.office
        good = (office.root / "users").read_text()
        for line, address in (("bob@example.org:{WHAT}x\n", "bob@example.org"), ("j\ue000rgen@example.net:{PLAIN}x\n", "j\ue000rgen@example.net"),
                              ("bob@exam", "bob@example.org")):
            with self.subTest(line):
                office.stop()
                (office.root / "users").write_text(good + line)
                for again in (False, True):  # at a start, and in a file that changes
                    if again:
                        (office.root / "users").write_text("# changed\n" + good + line)
                        self.until(lambda: "users-read" in office.complete_log().rpartition("started")[2])
                    else:
                        office.start()
                    with raw_pop3.Client(office.pop3).log_in("ann@example.org") as client:
                        client.command(b"QUIT")
                    self.recipients(("ann@example.org", b"250"), (address, b"451"))
                    self.assertEqual(office.run("deliver", "ann@example.org", input=b"x\n").returncode, 0)
                    self.assertEqual(office.run("deliver", address, input=b"x\n", check=False).returncode, 75)
                self.assertRegex(office.complete_log(), "error users-line-left-out .*line 2")
        for command in ("check", "doctor"):
            done = office.run(command, check=False)
            self.assertNotEqual(done.returncode, 0, command)
            self.assertIn(b"line 3", done.stdout + done.stderr)

    def test_behind_the_last_user_nobody_is_there_for_good(self):
        office = self.office
        self.recipients(("ann@example.org", b"250"), ("bob@example.org", b"550"))
        office.run("user", "remove", "ann@example.org")
        self.until(lambda: "users=0" in office.complete_log())
        self.recipients(("ann@example.org", b"550"))
        self.assertEqual(office.run("deliver", "ann@example.org", input=b"x\n", check=False).returncode, 67)
        (office.root / "users").write_text("")  # emptied by whomever: that was not meant
        self.until(lambda: office.complete_log().count("users=0") == 2)
        self.recipients(("ann@example.org", b"451"))
        office.add_user("ann@example.org")
        self.until(lambda: office.complete_log().count("users-read") == 3)
        self.recipients(("ann@example.org", b"250"))


if __name__ == "__main__":
    script_test.main()
