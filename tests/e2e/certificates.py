#!/usr/bin/env python3
"""Certificates as certbot leaves them, closed to all but root, served and renewed by a daemon that is root no more."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402

NOBODY = 65534
NAME = "mail.example.org"
SECONDS_MAX = 30
USER = "ann@example.org"


class Certbot:
    """/etc/letsencrypt as certbot keeps it: live/NAME/*.pem are links to archive/NAME/*N.pem, the folders 0700, the key 0600."""

    def __init__(self, folder):
        self.live, self.archive, self.number = folder / "live" / NAME, folder / "archive" / NAME, 0
        for path in (self.live.parent, self.archive.parent, self.live, self.archive):
            path.mkdir(mode=0o700, parents=True)

    def renew(self, days=90, key=True):
        self.number += 1
        chain, privkey = self.archive / f"fullchain{self.number}.pem", self.archive / f"privkey{self.number}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(max(days, 1)),
                        "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", privkey, "-out", chain],
                       check=True, capture_output=True)
        if days < 0:
            subprocess.run(["openssl", "x509", "-in", chain, "-signkey", privkey, "-days", str(days), "-out", chain], check=True, capture_output=True)
        os.chmod(privkey, 0o600)
        os.chmod(chain, 0o644)
        self.link("fullchain", chain)
        if key:
            self.link("privkey", privkey)
        return chain.read_text()

    def link(self, name, target):
        new = self.live / f"{name}.new"
        new.symlink_to(os.path.relpath(target, self.live))
        os.replace(new, self.live / f"{name}.pem")


class AsNobody(support.PostOffice):
    """Started by root, and nobody from then on."""

    def start(self):
        subprocess.run(["chown", "-hR", f"{NOBODY}:{NOBODY}", self.root], check=True)
        super().start()


class AsUnderSystemd(support.PostOffice):
    """Nobody from the start. For each connection to the socket, `read-certificates` with one right; as restanted-certificates.socket does."""

    def __enter__(self):
        self.readers = []
        self.socket = self.root / "certificates.sock"
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listening.bind(str(self.socket))
        self.listening.listen()
        threading.Thread(target=self.accept, daemon=True).start()
        return super().__enter__()

    def accept(self):
        right = ["setpriv", f"--reuid={NOBODY + 1}", f"--regid={NOBODY + 1}", "--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        with contextlib.suppress(OSError):
            while True:
                line, _ = self.listening.accept()
                with line:
                    self.readers.append(subprocess.Popen([*right, support.PROGRAM, "read-certificates", "--config", self.configuration_path], stdin=line))

    def launch(self, command, log):
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "RESTANTE_CERTIFICATES": str(self.socket)})

    def stop(self, *how):
        code = super().stop(*how)
        self.listening.close()
        for reader in self.readers:
            reader.wait(SECONDS_MAX)
        return code


@unittest.skipUnless(os.geteuid() == 0, "root alone can close files to others")
class Certificates(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-test-")
        self.addCleanup(scratch.cleanup)
        self.roots = pathlib.Path(scratch.name)
        self.roots.chmod(0o755)
        self.certbot = Certbot(self.roots)
        self.first = self.certbot.renew()

    def office(self, more="", kind=AsNobody, **options):
        tls = f'[tls]\ncertificate = "{self.certbot.live}/fullchain.pem"\nkey = "{self.certbot.live}/privkey.pem"\n'
        office = kind(users=[USER], configuration=f'user = "nobody"\nwatch_every = "50ms"\n{more}{tls}', **options)
        office.configuration_path = self.roots / "restanted.toml"
        office.__enter__()
        self.addCleanup(office.__exit__, None, None, None)
        self.served = lambda: ssl.get_server_certificate(("127.0.0.1", office.pop3s)).strip()
        return office

    def check(self, office):
        return office.run("check", "--config", office.configuration_path, check=False)

    def metric(self, office, name):
        text = urllib.request.urlopen(f"http://127.0.0.1:{office.metrics}/metrics", timeout=SECONDS_MAX).read().decode()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)[1])

    def test_a_closed_key_is_served_and_its_renewal_too(self):
        office = self.office()
        self.assertEqual(self.served(), self.first.strip())
        self.assertEqual(self.check(office).returncode, 0, self.check(office).stderr)
        second = self.certbot.renew(days=60)
        script_test.until(lambda: self.served() == second.strip(), "the renewed certificate")
        self.assertAlmostEqual(self.metric(office, 'restante_certificate_expires_seconds{name="default"}'), 60 * 86400, delta=3600)
        office.run("reload")
        self.assertEqual(self.served(), second.strip())

    def test_a_daemon_that_never_was_root_asks_by_a_socket(self):
        office = self.office(kind=AsUnderSystemd, uid=NOBODY)
        self.assertEqual(self.served(), self.first.strip())
        first_reader, = office.readers
        second = self.certbot.renew()
        script_test.until(lambda: self.served() == second.strip(), "the renewed certificate")
        first_reader.kill()
        third = self.certbot.renew()
        script_test.until(lambda: self.served() == third.strip(), "the renewed certificate, after the process that reads was killed")
        office.stop()
        self.assertEqual([reader.returncode for reader in office.readers], [-signal.SIGKILL] + [0] * (len(office.readers) - 1))

    def ask(self, *paths):
        """What `read-certificates` answers, as root runs it, and whether it hands out a descriptor."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            reader = subprocess.Popen([support.PROGRAM, "read-certificates", "--config", self.roots / "restanted.toml"], stdin=theirs, stderr=subprocess.DEVNULL)
            theirs.close()
            answers = []
            for path in paths:
                ours.send(path.encode())
                text, handed, *_ = socket.recv_fds(ours, 8192, 1)
                for descriptor in handed:
                    os.close(descriptor)
                answers.append((text, len(handed)))
        reader.wait(SECONDS_MAX)
        return answers

    def test_nothing_but_certificates_is_handed_out(self):
        names = self.certbot.live.parent
        (names / "secret.txt").write_text("x")
        (names / "folder.pem").mkdir()
        (self.roots / "restanted.toml").write_text(f'[tls]\nnames = "{names}"\n')
        right, *wrong = self.ask(f"{names}/{NAME}/fullchain.pem", f"{names}/secret.txt", f"{names}/secret.txt\0.pem", f"{names}/folder.pem", f"{names}/{NAME}\0.pem",
                                 f"{names}/..\0.pem", "/etc/shadow")
        self.assertEqual(right, (b"+", 1))
        for text, descriptors in wrong:
            self.assertEqual(descriptors, 0, text)
            self.assertNotEqual(text, b"+")

    def test_a_configuration_that_others_can_change_names_no_file_of_roots(self):
        office = AsNobody(users=[USER], configuration=f'user = "nobody"\n[tls]\ncertificate = "{self.certbot.live}/fullchain.pem"\nkey = "{self.certbot.live}/privkey.pem"\n')
        self.addCleanup(office._scratch.cleanup)
        with self.assertRaisesRegex(AssertionError, "configuration that others than root can change"):
            office.__enter__()

    def test_a_renewal_that_does_not_fit_is_an_error_at_once_and_the_old_pair_is_served(self):
        office = self.office()
        self.certbot.renew(key=False)
        script_test.until(lambda: "certificate-refused" in office.log(), "the error in the log")
        self.assertRegex(office.log(), r"error certificate-refused days_left=8\d error=.*is not the key")
        script_test.until(lambda: self.metric(office, "restante_certificate_refused") == 1, "the metric")
        self.assertEqual(self.served(), self.first.strip())
        self.assertEqual(self.check(office).returncode, 78)
        self.assertEqual(json.loads(office.run("status", "--json").stdout)["certificate_refused"], True)
        once = office.complete_log().count("certificate-refused")
        self.assertEqual(once, 1)
        third = self.certbot.renew()
        script_test.until(lambda: self.served() == third.strip(), "the pair that fits")
        script_test.until(lambda: self.metric(office, "restante_certificate_refused") == 0, "the metric")

    def test_one_that_has_expired_is_told_by_check_and_in_the_log_as_soon_as_it_is_taken_over(self):
        office = self.office()
        self.certbot.renew(days=5)
        script_test.until(lambda: re.search(r"warning certificate-expires .*days_left=4", office.log()), "the warning in the log")
        told = self.check(office)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertRegex(told.stderr, rb"warning: tls: .*fullchain.pem ends in 4 days")
        self.certbot.renew(days=-1)
        script_test.until(lambda: re.search(r"error certificate-expired .*name=default", office.log()), "the error in the log")
        told = self.check(office)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertRegex(told.stderr, rb"warning: tls: .*fullchain.pem has expired")

    def test_a_certificate_that_goes_away_is_an_error(self):
        office = self.office()
        (self.certbot.live / "privkey.pem").unlink()
        script_test.until(lambda: "certificate-refused" in office.log(), "the error in the log")
        self.assertEqual(self.served(), self.first.strip())

    def test_what_others_than_root_can_change_is_not_read_for_the_user(self):
        office = self.office()
        os.chown(self.certbot.archive, NOBODY + 1, -1)
        done = self.check(office)
        self.assertEqual(done.returncode, 78)
        self.assertIn(b"can be changed by others than root", done.stderr)
        script_test.until(lambda: "certificate-refused" in office.log(), "the error in the log")

    def test_no_other_file_of_roots_can_be_had(self):
        """The default paths lie in a folder of the user's: a link there must not make root read what it leads to."""
        secret = self.certbot.archive / "privkey1.pem"
        office = AsNobody(users=[USER], configuration='user = "nobody"\nwatch_every = "50ms"\n')
        office.configuration_path = self.roots / "restanted.toml"
        with office:
            key = office.root / "tls/key.pem"
            key.unlink()
            key.symlink_to(secret)
            os.chown(key, NOBODY, NOBODY, follow_symlinks=False)
            script_test.until(lambda: "certificate-refused" in office.log(), "the error in the log")
            self.assertIn("can be changed by others than root", office.log())

    def test_an_end_that_is_near_is_announced(self):
        self.certbot.renew(days=10)
        office = self.office()
        script_test.until(lambda: re.search(r"warning certificate-expires name=default days_left=9 ", office.log()), "the warning")
        office.stop(signal.SIGTERM)
        self.certbot.renew(days=1)
        office.start()
        script_test.until(lambda: re.search(r"error certificate-expires name=default days_left=0 ", office.log()), "the error")

    def test_a_folder_of_names_as_certbot_leaves_it(self):
        office = self.office()
        text = office.configuration_path.read_text() + f'names = "{self.certbot.live.parent}"\n'
        office.stop()
        office.configuration_path.write_text(text)
        office.start()
        self.assertGreater(self.metric(office, f'restante_certificate_expires_seconds{{name="{NAME}"}}'), 0)
        second = self.certbot.renew()
        script_test.until(lambda: self.served() == second.strip(), "the renewed certificate")


if __name__ == "__main__":
    script_test.main()
