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


def known():
    """(section, dialogue, sent)"""
    lines = [line for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")]
    return {tuple(field.strip() for field in line.split(" | ")) for line in lines}


class Dovecot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.peer = peers.Dovecot()
        cls.addClassCleanup(cls.peer.__exit__, None, None, None)
        cls.peer.__enter__()
        cls.peer.put(USER, [])

    def ask(self, port, *words):
        box = self.peer.folder / "mail" / USER
        # As Dovecot's own delivery keeps mail, but without trace fields: the octets are the transcript's.
        deliver = f"f=$(date +%s%N).conformance; tr -d '\\r' >{box}/tmp/$f && chown {peers.MAIL_UID} {box}/tmp/$f && mv {box}/tmp/$f {box}/new/"
        done = subprocess.run([str(PROGRAM), "--transcripts", str(support.ROOT / "tests/transcripts"), "--user", USER, "--json", "--deliver-command", deliver,
                               *words, f"127.0.0.1:{port}"], env={**os.environ, "RESTANTE_PASSWORD": peers.PASSWORD}, capture_output=True, timeout=250)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        rows = json.loads(done.stdout)["outcomes"]
        self.assertGreater(len([row for row in rows if row["verdict"] == "passed"]), 20)
        return {(f"{row['rfc']} {row['section']}", row["dialogue"], each["sent"]) for row in rows for each in row.get("deviations", ())}

    def test_plain(self):
        self.assertEqual(self.ask(self.peer.pop3), known())

    def test_inside_tls(self):
        self.assertEqual(self.ask(self.peer.pop3s, "--tls"), {each for each in known() if not each[1].startswith("stls/")})


if __name__ == "__main__":
    script_test.main()
