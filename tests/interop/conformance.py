#!/usr/bin/env python3
"""restante-conformance against Debian's Dovecot: it deviates where dovecot_deviations.txt says so, and nowhere else."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import peers  # noqa: E402
import post_office as support  # noqa: E402
import script_test  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("RESTANTE_CONFORMANCE", support.ROOT / "build/release/bin/restante-conformance"))
KNOWN = pathlib.Path(__file__).with_name("dovecot_deviations.txt")
USER = peers.USERS[0]


def known(as_it_lies=False):
    """(section, dialogue, sent)"""
    lines = [line for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")]
    rows = [tuple(field.strip() for field in line.split(" | ")) for line in lines]
    return {row[:3] for row in rows if (row[3:] == ("as it lies",)) == as_it_lies}


class DovecotWithIntake(peers.Dovecot):
    """Its LMTP knows one user alone."""

    def start(self):
        if not pathlib.Path("/usr/lib/dovecot/lmtp").exists():
            raise unittest.SkipTest("dovecot-lmtpd is not installed")
        (self.lmtp,) = support.free_ports(1)
        self.configuration = f"""protocols = pop3 lmtp
postmaster_address = postmaster@example.org
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp}
  }}
}}
"""
        super().start()

    def users(self):
        (self.folder / "users").write_text(f"{USER}::{peers.MAIL_UID}:{peers.MAIL_UID}::{self.folder}/mail/{USER}::\n")
        return f"driver = passwd-file\n  args = {self.folder}/users"


class Dovecot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.peer = DovecotWithIntake()
        cls.addClassCleanup(cls.peer.__exit__, None, None, None)
        cls.peer.__enter__()
        cls.peer.put(USER, [])

    def ask(self, port, *words, passed_min=20):
        done = subprocess.run([str(PROGRAM), "--transcripts", str(support.ROOT / "tests/transcripts"), "--user", USER, "--json", "--timeout", "8", 
                               *words, f"127.0.0.1:{port}"], env={**os.environ, "RESTANTE_PASSWORD": peers.PASSWORD}, capture_output=True, timeout=250)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        rows = json.loads(done.stdout)["outcomes"]
        self.assertGreater(len([row for row in rows if row["verdict"] == "passed"]), passed_min)
        return {(f"{row['rfc']} {row['section']}", row["dialogue"], each["sent"]) for row in rows for each in row.get("deviations", ())}

    def test_plain(self):
        self.assertEqual(self.ask(self.peer.pop3, *self.by_lmtp()), known())

    def by_lmtp(self):
        return "--lmtp", f"127.0.0.1:{self.peer.lmtp}"

    def test_mail_without_trace_fields(self):
        box = self.peer.folder / "mail" / USER
        deliver = f"f=$(date +%s%N).conformance; tr -d '\\r' >{box}/tmp/$f && chown {peers.MAIL_UID} {box}/tmp/$f && mv {box}/tmp/$f {box}/new/"
        self.assertEqual(self.ask(self.peer.pop3, "--deliver-command", deliver, "--only", "framing/dots", passed_min=-1), known(as_it_lies=True))

    def test_inside_tls(self):
        self.assertEqual(self.ask(self.peer.pop3s, "--tls", *self.by_lmtp()), {each for each in known() if not each[1].startswith("stls/")})


if __name__ == "__main__":
    script_test.main()
