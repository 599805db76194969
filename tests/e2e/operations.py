#!/usr/bin/env python3
"""What an operator does with the real program: users, reload, who, kick, undelete, double start, signals, metrics, check."""
import json
import os
import pathlib
import poplib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
import watch  # noqa: E402

USER, OTHER = "ann@example.org", "bob@example.org"


class Operations(unittest.TestCase):
    def setUp(self):
        office = support.PostOffice(users=[USER, OTHER])
        self.office = office.__enter__()
        self.addCleanup(office.__exit__, None, None, None)

    def log_in(self, user=USER, password=support.PASSWORD):
        pop = poplib.POP3("127.0.0.1", self.office.pop3, timeout=30)
        self.addCleanup(pop.close)
        pop.user(user)
        pop.pass_(password)
        return pop

    def post(self, octets=b"Subject: one\r\n\r\nbody\r\n", user=USER):
        reply, = raw_lmtp.post(self.office.lmtp, [user], octets)
        self.assertTrue(reply.startswith(b"250"), reply)

    def test_users_come_go_and_change_without_a_restart(self):
        self.office.add_user("new@example.org")
        self.office.run("reload")
        self.log_in("new@example.org").quit()
        self.office.run("user", "passwd", USER, input=b"another secret\n")
        self.office.run("reload")
        with self.assertRaisesRegex(poplib.error_proto, r"\[AUTH\]"):
            self.log_in()
        self.log_in(password="another secret").quit()
        self.office.run("user", "remove", OTHER)
        self.office.run("reload")
        with self.assertRaisesRegex(poplib.error_proto, r"\[AUTH\]"):
            self.log_in(OTHER)
        self.assertIn(USER.encode(), self.office.run("user", "list").stdout)

    def test_no_secret_reaches_a_log_or_the_users_file(self):
        self.post(b"Subject: private\r\n\r\nvery-private-text\r\n")
        pop = self.log_in()
        pop.retr(1)
        pop.quit()
        with self.assertRaises(poplib.error_proto):
            self.log_in(password="marker-of-a-wrong-password")
        told = self.office.complete_log() + (self.office.root / "users").read_text()
        for secret in (support.PASSWORD, "marker-of-a-wrong-password", "very-private-text"):
            self.assertNotIn(secret, told)

    def test_who_tells_and_kick_ends_without_deleting(self):
        self.post()
        pop = self.log_in()
        pop.dele(1)
        told = self.office.run("who").stdout.decode()
        self.assertIn(USER, told)
        self.office.run("kick", USER)
        with self.assertRaises((poplib.error_proto, EOFError, OSError)):
            pop.noop()
            pop.noop()
        self.assertEqual(self.log_in().stat()[0], 1)

    def test_a_second_session_is_told_in_use(self):
        first = self.log_in()
        with self.assertRaisesRegex(poplib.error_proto, r"-ERR \[IN-USE\]"):
            self.log_in()
        first.quit()
        self.log_in().quit()

    def test_deleted_mail_is_held_and_comes_back_with_its_unique_id(self):
        self.post()
        pop = self.log_in()
        before = pop.uidl()[1]
        pop.dele(1)
        pop.quit()
        self.assertEqual(self.log_in().stat()[0], 0)
        self.office.run("kick", USER, check=False)
        self.office.run("undelete", USER)
        again = self.log_in()
        self.assertEqual(again.uidl()[1], before)

    def test_the_daemon_removes_held_mail_past_its_time_by_itself(self):
        with support.PostOffice(users=[USER], configuration='[maildrops]\nheld_for = "1s"\nsweep_every = "1s"\n') as office:
            office.run("deliver", USER, input=b"Subject: x\n\nbody\n")
            pop = poplib.POP3("127.0.0.1", office.pop3, timeout=30)
            pop.user(USER)
            pop.pass_(support.PASSWORD)
            pop.dele(1)
            pop.quit()
            held = office.maildir(USER) / ".restante-held"
            with watch.Watch(office) as looking:
                looking.until(lambda: not list(held.iterdir()), "held mail is removed")

    def test_a_reload_logs_once_what_only_a_restart_puts_in_force(self):
        with support.PostOffice(users=[USER], configuration="threads = 1\n") as office:
            office.configuration_path.write_text('threads = 2\n[auth]\nsuccess_cache = "1s"\n[limits]\ndisk_queue_max = 7\n')
            office.run("reload")
            named = re.findall(r"restart\W+needed\W+key\W+([\w.]+)", office.complete_log())
        self.assertEqual(sorted(named), ["auth.success_cache", "limits.disk_queue_max", "threads"])

    def test_sigterm_ends_sessions_and_deletes_nothing(self):
        self.post()
        pop = self.log_in()
        pop.dele(1)
        self.assertEqual(self.office.stop(), 0)
        self.office.start()
        self.assertEqual(self.log_in().stat()[0], 1)

    def test_kill_9_frees_the_lock_at_once(self):
        self.log_in()
        self.office.stop(signal.SIGKILL)
        self.office.start()
        self.log_in().quit()

    def test_a_second_daemon_on_the_same_folder_is_refused(self):
        done = self.office.run("serve", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"already", done.stderr)
        self.log_in().quit()

    def test_certificate_is_swapped_by_reload_while_sessions_go_on(self):
        with tempfile.TemporaryDirectory() as folder:
            pop = poplib.POP3_SSL("localhost", self.office.pop3s, context=self.office.tls_context(), timeout=30)
            pop.user(USER)
            pop.pass_(support.PASSWORD)
            old = ssl.get_server_certificate(("127.0.0.1", self.office.pop3s))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
                           check=True, capture_output=True)
            # A key that does not match is refused whole; the old pair goes on serving.
            os.replace(f"{folder}/cert.pem", self.office.root / "tls/cert.pem")
            self.assertNotEqual(self.office.run("reload", check=False).returncode, 0)
            self.assertEqual(ssl.get_server_certificate(("127.0.0.1", self.office.pop3s)), old)
            os.chmod(f"{folder}/key.pem", 0o600)
            os.replace(f"{folder}/key.pem", self.office.root / "tls/key.pem")
            self.office.run("reload")
            new = ssl.get_server_certificate(("127.0.0.1", self.office.pop3s))
            self.assertNotEqual(new, old)
            self.assertEqual(new.strip(), (self.office.root / "tls/cert.pem").read_text().strip())
            pop.noop()
            pop.quit()

    def test_metrics_and_health(self):
        self.post()
        pop = self.log_in()
        pop.retr(1)
        base = f"http://127.0.0.1:{self.office.metrics}"
        self.assertEqual(urllib.request.urlopen(f"{base}/health", timeout=10).status, 200)
        text = urllib.request.urlopen(f"{base}/metrics", timeout=10).read().decode()
        for name in ("sessions", "log_ins", "messages", "octets", "seconds_bucket", "cache"):
            self.assertIn(name, text)

    def test_status_is_json_in_a_pipe_when_asked(self):
        told = json.loads(self.office.run("status", "--json").stdout)
        self.assertIn("version", told)

    def test_plaintext_log_in_needs_tls_unless_allowed(self):
        with support.PostOffice(users=[USER], plaintext=False) as office:
            pop = poplib.POP3("127.0.0.1", office.pop3, timeout=30)
            self.assertNotIn("USER", pop.capa())
            with self.assertRaises(poplib.error_proto):
                pop.user(USER)
                pop.pass_(support.PASSWORD)
            pop.close()

    def test_plain_text_behind_stls_is_never_executed(self):
        with socket.create_connection(("127.0.0.1", self.office.pop3), timeout=30) as wire:
            wire.recv(512)
            wire.sendall(b"STLS\r\nCAPA\r\n")
            self.assertTrue(wire.recv(512).startswith(b"+OK"))
            tls = self.office.tls_context().wrap_socket(wire, server_hostname="localhost")
            tls.sendall(b"NOOP\r\n")
            reply = tls.recv(4096)
            self.assertTrue(reply.startswith(b"-ERR"), reply)
            self.assertNotIn(b"IMPLEMENTATION", reply)
            tls.close()
        self.assertIn("stls-injection", self.office.complete_log())

    def test_deliver_speaks_sysexits(self):
        self.assertEqual(self.office.run("deliver", USER, input=b"Subject: x\n\nbody\n").returncode, 0)
        self.assertEqual(self.office.run("deliver", "nobody@example.org", input=b"x\n", check=False).returncode, 67)
        self.assertEqual(self.log_in().stat()[0], 1)

    def test_list_tells_what_retr_sends_of_a_message_without_a_line_end(self):
        self.office.run("deliver", USER, input=b"Subject: x\n\nno end")
        current = self.office.maildir(USER) / "cur"
        current.mkdir(exist_ok=True)
        (current / "1700000000.other.host:2,").write_bytes(b"Subject: y\n\nno end")
        pop = self.log_in()
        self.assertEqual(pop.stat()[0], 2)
        for line in pop.list()[1]:
            number, octets = map(int, line.split())
            self.assertEqual(len(b"\r\n".join(pop.retr(number)[1]) + b"\r\n"), octets)

    def test_check_prints_all_errors_with_their_lines(self):
        path = self.office.root / "bad.toml"
        path.write_text('hostnam = "x"\n[maildrops]\nheld_for = "7 parsecs"\nlock = "none"\n')
        done = self.office.run("check", "--config", str(path), check=False)
        text = (done.stdout + done.stderr).decode()
        self.assertEqual(done.returncode, 78)
        for line in ("1", "3", "4"):
            self.assertRegex(text, rf"\b{line}\b")


if __name__ == "__main__":
    script_test.main()
