#!/usr/bin/env python3
"""POP3 as the shipped program speaks it: what CAPA announces is what is enforced, blanks, mechanisms, languages, settings by domain."""
import base64
import email
import email.policy
import hashlib
import hmac
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402

FOLLOWED_SECONDS_MAX = 20
DAY_SECONDS = 86400


def announced(client):
    """What CAPA says of times, by name: {b"EXPIRE": b"30", b"LOGIN-DELAY": b"5 USER"}."""
    words = (line.partition(b" ") for line in client.listed(b"CAPA"))
    return {name: value for name, _, value in words if name in (b"EXPIRE", b"LOGIN-DELAY")}


class TlsClient(raw_pop3.Client):
    """The same behind TLS: from the first octet, or by STLS."""

    def __init__(self, office, stls, context=None):
        super().__init__(office.pop3 if stls else office.pop3s, greeted=stls)
        if stls:
            self.command(b"STLS")
        self.file.close()
        context = context or office.tls_context()
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        if not stls:
            self.expect(b"+OK")


class Wire(unittest.TestCase):
    users = ()
    configuration = ""
    plaintext = True

    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=list(cls.users), configuration='watch_every = "1s"\n' + cls.configuration,
                                        plaintext=cls.plaintext)
        cls.office.__enter__()
        cls.addClassCleanup(cls.office.__exit__, None, None, None)

    @property
    def file(self):
        return self.office.root / "restanted.toml"

    def client(self):
        client = raw_pop3.Client(self.office.pop3)
        self.addCleanup(client.close)
        return client

    def before(self):
        with raw_pop3.Client(self.office.pop3) as client:
            return announced(client)

    def log_in(self, client, user):
        """Past the LOGIN-DELAY of earlier tests."""
        deadline = time.monotonic() + FOLLOWED_SECONDS_MAX
        while True:
            client.command(b"USER " + user.encode())
            client.send(b"PASS " + support.PASSWORD.encode() + b"\r\n")
            if (reply := client.line()).startswith(b"+OK"):
                return client
            self.assertTrue(reply.startswith(b"-ERR [LOGIN-DELAY] "), reply)
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def after(self, user):
        with raw_pop3.Client(self.office.pop3) as client:
            self.log_in(client, user)
            told = announced(client)
            client.command(b"QUIT")
            return told

    def give(self, **fields):
        """Writes the users file anew: each user of the class with his fields, "" for none."""
        lines = []
        for user in self.users:
            line = support.PostOffice._lines[user].rstrip()
            own = fields.get(user.partition("@")[0], "")
            lines.append(f"{line} {own}" if own else line)
        path = self.office.root / "users"
        fresh = path.with_suffix(".new")
        fresh.write_text("\n".join(lines) + "\n")
        os.chmod(fresh, 0o600)
        fresh.replace(path)

    def follows(self, expected):
        """Waits until CAPA before log-in says so."""
        deadline = time.monotonic() + FOLLOWED_SECONDS_MAX
        while (told := self.before()) != expected:
            self.assertLess(time.monotonic(), deadline, f"{told} and not {expected}")
            time.sleep(0.1)

    def aged_message(self, user, days):
        """A message that came `days` ago."""
        folder = self.office.maildir(user) / "cur"
        folder.mkdir(parents=True, exist_ok=True)
        at = int(time.time()) - days * DAY_SECONDS
        path = folder / f"{at}.M1P1Q{days}.aged:2,"
        path.write_bytes(b"Subject: old\n\nbody\n")
        os.utime(path, (at, at))


class Times(Wire):
    """RFC 2449, sections 6.5 and 6.7."""
    users = ("ann@example.org", "bob@example.org", "cid@example.org")

    def setUp(self):
        self.reload(pop3="", maildrops="")
        self.give()
        self.follows({b"EXPIRE": b"NEVER"})

    def reload(self, pop3, maildrops):
        self.file.write_text(
            f'watch_every = "1s"\n[pop3]\n{pop3}\n[maildrops]\n{maildrops}\n')
        self.office.run("reload", "--config", self.file)

    def test_a_users_own_are_announced_as_they_are_enforced(self):
        self.give(bob="expire=1d login_delay=5")
        self.follows({b"EXPIRE": b"1 USER", b"LOGIN-DELAY": b"5 USER"})
        self.aged_message("bob@example.org", 2)
        self.aged_message("ann@example.org", 2)
        for user, told, messages in (("bob@example.org", {b"EXPIRE": b"1", b"LOGIN-DELAY": b"5"}, 0),
                                     ("ann@example.org", {b"EXPIRE": b"NEVER", b"LOGIN-DELAY": b"0"}, 1)):
            with raw_pop3.Client(self.office.pop3) as client:
                self.log_in(client, user)
                self.assertEqual(announced(client), told)
                self.assertEqual(client.command(b"STAT").split()[1], b"%d" % messages)
                client.command(b"QUIT")
        with raw_pop3.Client(self.office.pop3) as client:
            client.command(b"USER bob@example.org")
            client.command(b"PASS " + support.PASSWORD.encode(), b"-ERR [LOGIN-DELAY]")
        self.assertEqual(self.after("ann@example.org"), {b"EXPIRE": b"NEVER", b"LOGIN-DELAY": b"0"})

    def test_the_sites_own_and_a_users_smaller_and_larger(self):
        self.reload(pop3='login_delay = "3s"', maildrops='expire = "30d"')
        self.assertEqual(self.before(), {b"EXPIRE": b"30", b"LOGIN-DELAY": b"3"})
        self.give(ann="expire=90d login_delay=0", bob="expire=1d login_delay=9")
        self.follows({b"EXPIRE": b"1 USER", b"LOGIN-DELAY": b"9 USER"})
        self.assertEqual(self.after("ann@example.org"), {b"EXPIRE": b"90", b"LOGIN-DELAY": b"0"})
        self.assertEqual(self.after("bob@example.org"), {b"EXPIRE": b"1", b"LOGIN-DELAY": b"9"})
        self.assertEqual(self.after("cid@example.org"), {b"EXPIRE": b"30", b"LOGIN-DELAY": b"3"})
        self.give(ann="expire=90d login_delay=1")
        self.follows({b"EXPIRE": b"30 USER", b"LOGIN-DELAY": b"3 USER"})

    def test_never_lifts_the_sites(self):
        self.reload(pop3="", maildrops='expire = "7d"')
        self.give(ann="expire=0")
        self.follows({b"EXPIRE": b"7 USER"})
        self.aged_message("ann@example.org", 20)
        self.assertEqual(self.after("ann@example.org"), {b"EXPIRE": b"NEVER"})
        self.assertEqual(self.after("bob@example.org"), {b"EXPIRE": b"7"})
        self.give(ann="expire=7d")
        self.follows({b"EXPIRE": b"7"})

    def test_they_follow_a_reload(self):
        self.give(bob="expire=12h")
        self.office.run("reload", "--config", self.file)
        self.assertEqual(self.before(), {b"EXPIRE": b"1 USER"})
        self.reload(pop3='login_delay = "2s"', maildrops='expire = "5d"')
        self.assertEqual(self.before(), {b"EXPIRE": b"1 USER", b"LOGIN-DELAY": b"2"})

    def test_a_time_below_a_day_lets_mail_lie_for_a_day(self):
        self.give(bob="expire=1h")
        self.follows({b"EXPIRE": b"1 USER"})
        raw_lmtp.post(self.office.lmtp, ["bob@example.org"], b"Subject: today's\r\n\r\nbody\r\n")
        at = time.time() - 2 * 3600
        path, = (self.office.maildir("bob@example.org") / "new").iterdir()
        os.utime(path, (at, at))
        path.rename(path.with_name(re.sub(r"^\d+", str(int(at)), path.name)))
        with raw_pop3.Client(self.office.pop3) as client:
            self.log_in(client, "bob@example.org")
            self.assertEqual(client.command(b"STAT").split()[1], b"1")
            client.command(b"DELE 1")
            client.command(b"QUIT")

    def test_the_same_inside_tls_and_behind_stls(self):
        self.give(bob="expire=1d login_delay=3")
        self.follows({b"EXPIRE": b"1 USER", b"LOGIN-DELAY": b"3 USER"})
        for stls, user, told in ((False, "bob@example.org", {b"EXPIRE": b"1", b"LOGIN-DELAY": b"3"}),
                                 (True, "ann@example.org", {b"EXPIRE": b"NEVER", b"LOGIN-DELAY": b"0"})):
            with TlsClient(self.office, stls) as client:
                self.assertEqual(announced(client), {b"EXPIRE": b"1 USER", b"LOGIN-DELAY": b"3 USER"})
                self.log_in(client, user)
                self.assertEqual(announced(client), told)
                client.command(b"QUIT")


class Commands(Wire):
    users = ("ann@example.org",)

    def test_a_blank_behind_a_command_means_nothing_but_in_pass(self):
        raw_lmtp.post(self.office.lmtp, ["ann@example.org"], b"Subject: one\r\n\r\nbody\r\n")
        client = self.client()
        client.listed(b"CAPA ")
        client.command(b"USER ann@example.org ")
        client.command(b"PASS " + support.PASSWORD.encode() + b" ", b"-ERR [AUTH]")
        client.command(b"USER ann@example.org")
        client.command(b"PASS " + support.PASSWORD.encode())
        for command in (b"STAT ", b"STAT   ", b"NOOP ", b"LIST 1 ", b"UIDL 1  ", b"DELE 1 ", b"RSET "):
            client.command(command)
        self.assertEqual(len(client.listed(b"LIST ")), 1)
        self.assertEqual(len(client.listed(b"UIDL ")), 1)
        self.assertIn(b"Subject: one", client.listed(b"TOP 1 0 "))
        self.assertIn(b"body", client.listed(b"RETR 1 "))
        client.command(b"RETR ", b"-ERR")
        client.command(b"DELE 1 ")
        client.command(b"QUIT ")
        with raw_pop3.Client(self.office.pop3) as client:
            self.assertEqual(client.log_in("ann@example.org").command(b"STAT").split()[1], b"0", "QUIT entered UPDATE")

    def test_whoever_walks_the_mechanisms_reaches_user(self):
        client = self.client()
        for mechanism in (b"NTLM", b"GSSAPI", b"DIGEST-MD5", b"OAUTHBEARER", b"XOAUTH2", b"KERBEROS_V4"):
            client.command(b"AUTH " + mechanism, b"-ERR mechanism not available")
        for _ in range(4):
            client.command(b"AUTH PLAIN", b"+ ")
            client.command(b"*", b"-ERR authentication cancelled")
        client.log_in("ann@example.org").command(b"QUIT")

    def test_but_not_for_ever(self):
        client = self.client()
        client.send(b"AUTH NTLM\r\n" * 1000)
        answers = client.ended().splitlines()
        self.assertLessEqual(len(answers), 50)
        self.assertEqual(answers[-1], b"-ERR too many bad commands")

    def test_german_is_reached_by_lang(self):
        client = self.client()
        self.assertEqual(client.listed(b"LANG"), [b"en English", b"de Deutsch"])
        client.command(b"LANG fr", b"-ERR no such language")
        client.command(b"LANG de", b"+OK de ")
        client.command(b"BOGUS", "-ERR unbekannter Befehl".encode())
        client.command(b"USER ann@example.org", b"+OK Passwort senden")
        client.command(b"PASS " + support.PASSWORD.encode())
        holder = client
        second = self.client()
        second.command(b"LANG de")
        second.command(b"USER ann@example.org")
        told = second.command(b"PASS " + support.PASSWORD.encode(), b"-ERR [IN-USE] ").decode()
        self.assertRegex(told, r"das Postfach ist seit \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC in Gebrauch")
        second.command(b"LANG *", b"+OK en ")
        second.command(b"USER ann@example.org")
        told = second.command(b"PASS " + support.PASSWORD.encode(), b"-ERR [IN-USE] ").decode()
        self.assertRegex(told, r"the maildrop is in use since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
        holder.command(b"QUIT", b"+OK auf Wiedersehen")


class Capabilities(Wire):
    """All that can be announced, with the longest texts that an operator can set; mechanisms that need more than a password."""
    users = ("ann@example.org",)
    configuration = f"""
host_name = "{'.'.join(['h' * 63] * 3)}.{'h' * 61}"
[auth]
apop = true
mechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "EXTERNAL", "CRAM-MD5", "PLAIN", "LOGIN"]
[pop3]
implementation = "{'x' * 400}"
login_delay = "1s"
bad_commands_before_login = 50
utf8_fallback = "surrogate"
[maildrops]
expire = "90d"
"""
    SECRET = "shared secret of eve"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        encoded = base64.b64encode(cls.SECRET.encode()).decode()
        with open(cls.office.root / "users", "a") as file:
            file.write(f"eve:::::::shared_secret.b64={encoded}\n")
        cls.office.run("reload", "--config", cls.office.root / "restanted.toml")

    def test_all_thirteen_in_both_states_and_no_line_above_512_octets(self):
        client = self.client()
        before = client.listed(b"CAPA")
        names = {line.split()[0] for line in before}
        self.assertEqual(names, set(b"TOP USER SASL RESP-CODES LOGIN-DELAY PIPELINING EXPIRE UIDL IMPLEMENTATION STLS AUTH-RESP-CODE UTF8 LANG".split()))
        self.log_in(client, "ann@example.org")
        after = client.listed(b"CAPA")
        self.assertEqual(set(before) - set(after), {b"STLS"}, "what was announced stays, where it is permitted")
        for line in before + after:
            self.assertLessEqual(len(line) + 2, 512)
        client.command(b"QUIT")
        with socket.create_connection(("127.0.0.1", self.office.pop3), timeout=30) as wire:
            self.assertLessEqual(len(wire.makefile("rb").readline()), 512, "the greeting with its timestamp")

    def test_a_response_code_is_one_that_is_known_and_no_text_feigns_one(self):
        client = self.client()
        for command in (b"BOGUS", b"STAT", b"RETR", b"AUTH X", b"AUTH PLAIN !", b"APOP x y", b"PASS x", b"[AUTH] x", b"STLS x",
                        b"LANG [AUTH]", b"UTF8 x"):
            self.assertRegex(client.command(command, b"-ERR "), rb"^-ERR [^\[]")

    def test_apop(self):
        with raw_pop3.Client(self.office.pop3, greeted=False) as client:
            greeting = client.expect(b"+OK ")
            timestamp, = re.findall(rb"<[^<>]+@[^<>]+>", greeting)
            digest = hashlib.md5(timestamp + self.SECRET.encode()).hexdigest().encode()
            client.command(b"APOP eve " + digest.upper(), b"-ERR malformed")
            client.command(b"APOP eve " + digest)
            client.command(b"QUIT")

    def test_apop_or_pass_for_one_user_and_never_both(self):
        with raw_pop3.Client(self.office.pop3, greeted=False) as client:
            timestamp, = re.findall(rb"<[^<>]+>", client.expect(b"+OK "))
            digest = hashlib.md5(timestamp + support.PASSWORD.encode()).hexdigest().encode()
            client.command(b"APOP ann@example.org " + digest, b"-ERR [AUTH]")
            client.command(b"USER eve")
            client.command(b"PASS " + self.SECRET.encode(), b"-ERR [AUTH]")

    def test_the_server_speaks_first_in_cram_md5(self):
        client = self.client()
        client.command(b"AUTH CRAM-MD5 AAAA", b"-ERR ")
        challenge = base64.b64decode(client.command(b"aUtH cRaM-mD5", b"+ ")[2:])
        digest = hmac.new(self.SECRET.encode(), challenge, "md5").hexdigest()
        deadline = time.monotonic() + FOLLOWED_SECONDS_MAX
        client.send(base64.b64encode(b"eve " + digest.encode()) + b"\r\n")
        self.assertRegex(client.line(), rb"^(\+OK|-ERR \[LOGIN-DELAY\])")
        self.assertLess(time.monotonic(), deadline)

    def test_login_takes_several_turns(self):
        client = self.client()
        client.command(b"AUTH LOGIN", b"+ ")
        client.command(base64.b64encode(b"ann@example.org"), b"+ ")
        client.send(base64.b64encode(support.PASSWORD.encode()) + b"\r\n")
        self.assertRegex(client.line(), rb"^(\+OK|-ERR \[LOGIN-DELAY\])")

    def test_the_last_message_of_scram_is_a_challenge(self):
        client = self.client()
        bare = b"n=ann@example.org,r=0123456789abcdef"
        first = base64.b64decode(client.command(b"AUTH SCRAM-SHA-256 " + base64.b64encode(b"n,," + bare), b"+ ")[2:])
        nonce, salt, iterations = re.fullmatch(rb"r=([^,]+),s=([^,]+),i=(\d+)", first).groups()
        salted = hashlib.pbkdf2_hmac("sha256", support.PASSWORD.encode(), base64.b64decode(salt), int(iterations))
        final = b"c=biws,r=" + nonce
        signed = b",".join((bare, first, final))
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        told = client.command(base64.b64encode(final + b",p=" + base64.b64encode(proof)), b"+ ")
        expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256")
        self.assertEqual(base64.b64decode(told[2:]), b"v=" + base64.b64encode(expected))
        client.send(b"\r\n")
        self.assertRegex(client.line(), rb"^(\+OK \d+ messages|-ERR \[LOGIN-DELAY\])")

    def test_a_surrogate_is_ascii_and_tells_what_it_can(self):
        letter = ("From: =?utf-8?q?x?= <ann@example.org>\r\nTo: José <josé@exämple.org>\r\nSubject: Grüße aus Köln\r\n"
                  "Content-Disposition: attachment; filename=\"grün.txt\"\r\nX-Other: ü\r\n\r\nbody\r\n").encode()
        (self.office.maildir("ann@example.org") / "cur").mkdir(parents=True, exist_ok=True)
        (self.office.maildir("ann@example.org") / f"cur/{int(time.time())}.eai.host:2,").write_bytes(letter.replace(b"\r\n", b"\n"))
        client = self.log_in(self.client(), "ann@example.org")
        number = int(client.command(b"STAT").split()[1])
        told, octets = client.message(number)
        self.assertEqual(octets, len(told))
        self.assertEqual(client.command(b"LIST %d" % number).split()[2], b"%d" % len(told))
        self.assertTrue(told.isascii())
        message = email.message_from_bytes(told, policy=email.policy.default)
        self.assertEqual(message["Subject"], "Grüße aus Köln")
        self.assertNotIn(b"@ex", re.search(rb"(?m)^To:.*(?:\r\n[ \t].*)*", told)[0], "nobody's address")
        self.assertIn(b"<ann@example.org>", told)
        self.assertNotIn("X-Other", message)
        self.assertNotIn(b"filename", told)
        client.command(b"DELE %d" % number)
        client.command(b"QUIT")


class Duties(Wire):
    users = ("ann@example.org",)

    def wait_for_its_lock(self):
        client = self.client()
        return client.log_in("ann@example.org")

    def test_response_codes_come_behind_a_right_password_only(self):
        self.give(ann="login_delay=60")
        self.follows({b"EXPIRE": b"NEVER", b"LOGIN-DELAY": b"60 USER"})
        holder, other = self.wait_for_its_lock(), self.client()
        password = b"PASS " + support.PASSWORD.encode()
        other.command(b"USER ann@example.org")
        other.command(password, b"-ERR [LOGIN-DELAY] ")
        other.command(b"USER ann@example.org")
        other.command(b"PASS wrong", b"-ERR [AUTH] ")
        self.give()
        self.follows({b"EXPIRE": b"NEVER"})
        other.command(b"USER ann@example.org")
        other.command(password, b"-ERR [IN-USE] ")
        holder.command(b"QUIT")
        other.command(b"USER ann@example.org")
        other.command(password)
        other.command(b"QUIT")

    def test_a_message_that_another_program_removed(self):
        for subject in (b"one", b"two"):
            raw_lmtp.post(self.office.lmtp, ["ann@example.org"], b"Subject: " + subject + b"\r\n\r\nbody\r\n")
        client = self.wait_for_its_lock()
        last = int(client.command(b"STAT").split()[1])
        path = max((self.office.maildir("ann@example.org") / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        path.unlink()
        client.command(b"RETR %d" % last, b"-ERR another program")
        self.assertEqual(len(client.listed(b"LIST")), last, "numbers stay")
        self.assertIn(b"Subject: one", client.message(last - 1)[0])
        for number in range(1, last):
            client.command(b"DELE %d" % number)
        client.command(b"QUIT")

    def test_stls_begins_anew_and_comes_once(self):
        with raw_pop3.Client(self.office.pop3) as client:
            self.assertIn(b"STLS", client.listed(b"CAPA"))
            client.log_in("ann@example.org")
            self.assertNotIn(b"STLS", client.listed(b"CAPA"))
            client.command(b"STLS", b"-ERR")
            client.command(b"QUIT")
        client = raw_pop3.Client(self.office.pop3)
        client.command(b"USER ann@example.org")
        client.command(b"LANG de")
        client.command(b"STLS", b"+OK TLS beginnen")
        client.file.close()
        client.socket = self.office.tls_context().wrap_socket(client.socket, server_hostname="localhost")
        client.file = client.socket.makefile("rb")
        self.addCleanup(client.close)
        client.command(b"PASS " + support.PASSWORD.encode(), b"-ERR USER first")
        self.assertNotIn(b"STLS", client.listed(b"CAPA"))
        client.command(b"STLS", b"-ERR TLS is active already")
        client.log_in("ann@example.org").command(b"QUIT")
        with TlsClient(self.office, stls=False) as implicit:
            self.assertNotIn(b"STLS", implicit.listed(b"CAPA"))
            implicit.command(b"STLS", b"-ERR")

    def test_plain_inside_tls_and_saslprep_of_the_password(self):
        prepared = support.PASSWORD.replace(" ", "\u00a0", 1)  # RFC 4013, section 2.1: a space all the same
        with TlsClient(self.office, stls=False) as client:
            client.command(b"AUTH PLAIN " + base64.b64encode(f"\0ann@example.org\0{prepared}".encode()))
            client.command(b"QUIT")
        client = self.client()
        client.log_in("ann@example.org", prepared).command(b"QUIT")

    def test_tls_1_2_at_least(self):
        for highest, taken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
            context = self.office.tls_context()
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, highest
            with socket.create_connection(("127.0.0.1", self.office.pop3s), timeout=30) as wire:
                if not taken:
                    with self.assertRaises((ssl.SSLError, ConnectionError)):
                        context.wrap_socket(wire, server_hostname="localhost")
                    continue
                with context.wrap_socket(wire, server_hostname="localhost") as tls:
                    self.assertTrue(tls.makefile("rb").readline().startswith(b"+OK"))


class Refused(Wire):
    """Without TLS and without --allow-plaintext."""
    users = ("ann@example.org",)
    plaintext = False

    def test_right_and_wrong_passwords_look_the_same(self):
        for command in (b"USER ann@example.org", b"USER nobody@example.org"):
            client = self.client()
            self.assertEqual(client.command(command, b"-ERR"), b"-ERR passwords are taken over TLS only")
            self.assertEqual(client.command(b"PASS " + support.PASSWORD.encode(), b"-ERR"), b"-ERR passwords are taken over TLS only")
        answers = set()
        for password in (support.PASSWORD, "wrong"):
            client = self.client()
            answers.add(client.command(b"AUTH PLAIN " + base64.b64encode(f"\0ann@example.org\0{password}".encode()), b"-ERR"))
            self.assertFalse({b"USER"} & set(client.listed(b"CAPA")))
        self.assertEqual(answers, {b"-ERR mechanism not available"})


class External(Wire):
    users = ("ann@example.org",)

    @staticmethod
    def openssl(*arguments, **options):
        return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options)

    def asked(self):
        """Whether a handshake asks for a certificate."""
        told = self.openssl("s_client", "-connect", f"127.0.0.1:{self.office.pop3s}", "-msg", "-quiet", "-no_ign_eof", input=b"QUIT\r\n")
        return b"CertificateRequest" in told.stdout + told.stderr

    def test_a_certificate_is_asked_for_where_it_can_log_in(self):
        self.assertFalse(self.asked())
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
            self.openssl("req", "-x509", *key, "-days", 2, "-subj", "/CN=authority", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
            self.openssl("req", *key, "-subj", "/CN=ann", "-keyout", folder / "ann.key", "-out", folder / "ann.csr")
            (folder / "san").write_text("subjectAltName=email:ann@example.org\nextendedKeyUsage=clientAuth\n")
            self.openssl("x509", "-req", "-in", folder / "ann.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
                         "-days", 2, "-extfile", folder / "san", "-out", folder / "ann.pem")
            self.file.write_text(f'[tls]\nclient_ca = "{folder}/ca.pem"\n')
            self.office.run("reload", "--config", self.file)
            self.assertTrue(self.asked())
            context = self.office.tls_context()
            context.load_cert_chain(folder / "ann.pem", folder / "ann.key")
            with TlsClient(self.office, stls=False, context=context) as client:
                self.assertTrue(any(b" EXTERNAL" in line for line in client.listed(b"CAPA")))
                client.command(b"AUTH EXTERNAL =")
                client.command(b"QUIT")
            with TlsClient(self.office, stls=False) as client:
                self.assertFalse(any(b" EXTERNAL" in line for line in client.listed(b"CAPA")), "nothing was shown")


class Domains(Wire):
    """[domains."NAME"]: the account's own value overrides its domain's, and that the site's."""
    users = ("ann@example.org", "bob@example.org", "cid@example.net")
    configuration = """
host_name = "mail.example.net"
[maildrops]
expire = "30d"
held_for = "0"
[domains."Example.org"]
host_name = "mail.example.org"
quota_octets = "4K"
expire = "7d"
login_delay = "1s"
held_for = "7d"
lock = "snapshot"
"""

    def test_times_and_quota(self):
        self.give(bob="quota_octets=0 expire=0 login_delay=0")
        self.office.run("reload", "--config", self.file)
        self.assertEqual(self.before(), {b"EXPIRE": b"7 USER", b"LOGIN-DELAY": b"1 USER"})
        self.assertEqual(self.after("ann@example.org"), {b"EXPIRE": b"7", b"LOGIN-DELAY": b"1"})
        self.assertEqual(self.after("bob@example.org"), {b"EXPIRE": b"NEVER", b"LOGIN-DELAY": b"0"})
        self.assertEqual(self.after("cid@example.net"), {b"EXPIRE": b"30", b"LOGIN-DELAY": b"0"})
        large = b"Subject: large\r\n\r\n" + b"x" * 70 * 80 + b"\r\n"
        replies = raw_lmtp.post(self.office.lmtp, list(self.users), large)
        self.assertRegex(replies[0], rb"^[45]52 ")
        self.assertEqual([reply[:3] for reply in replies[1:]], [b"250", b"250"])

    def test_lock_and_held_for_and_host_name(self):
        self.give(bob="login_delay=0")
        self.office.run("reload", "--config", self.file)
        raw_lmtp.post(self.office.lmtp, ["bob@example.org", "cid@example.net"], b"Subject: small\r\n\r\nbody\r\n")
        first, second = self.client().log_in("bob@example.org"), self.client().log_in("bob@example.org")
        told, _ = first.message(int(first.command(b"STAT").split()[1]))
        self.assertIn(b"by mail.example.org\r\n", told)
        for client in (first, second):
            client.command(b"QUIT")
        other = self.client().log_in("cid@example.net")
        number = int(other.command(b"STAT").split()[1])
        self.assertIn(b"by mail.example.net\r\n", other.message(number)[0])
        other.command(b"DELE %d" % number)
        other.command(b"QUIT")
        self.assertIn(b"0 messages", self.office.run("undelete", "--config", self.file, "cid@example.net").stdout)
        first = self.client().log_in("bob@example.org")
        first.command(b"DELE 1")
        first.command(b"QUIT")
        self.assertIn(b"1 message ", self.office.run("undelete", "--config", self.file, "bob@example.org").stdout)

    def test_check_and_user_show_know_them(self):
        shown = self.office.run("check", "--show", "--config", self.file).stdout.decode()
        self.assertIn('[domains."example.org"]', shown)
        self.assertIn('quota_octets = "4K"', shown)
        told = self.office.run("user", "show", "--config", self.file, "ann@example.org").stdout.decode()
        self.assertRegex(told, r'quota_octets +"4K" +domain')
        self.assertRegex(told, r'lock +"snapshot" +domain')
        bad = self.office.root / "bad.toml"
        bad.write_text('[domains."example.org"]\nquota = "1G"\nexpire = "soon"\n[domains.example.com]\nexpire = "1d"\n[domains."a@b"]\n')
        done = self.office.run("check", "--config", bad, check=False)
        self.assertEqual(done.returncode, 78)
        text = (done.stdout + done.stderr).decode()
        for line in (2, 3, 4, 6):
            self.assertRegex(text, rf"\b{line}\b")
        self.assertIn('[domains."example.com"]', text)


if __name__ == "__main__":
    script_test.main()
