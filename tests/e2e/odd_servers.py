#!/usr/bin/env python3
"""What the real `restante fetch` says where a port or a server's TLS is not what the account expects."""
import json
import pathlib
import re
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import ports  # noqa: E402
import post_office as support  # noqa: E402
import script_test  # noqa: E402
from collector import Collector  # noqa: E402


class OddServers(unittest.TestCase):
    def fetch(self, port, tls, code):
        with Collector() as collector:
            collector.add("work", port, "ann", "secret", tls=tls, options=("--no-check",))
            path = collector.archive / "work.toml"
            path.write_text(path.read_text().replace("[server]\n", "[server]\ntimeout = \"2s\"\n", 1))
            done = collector.run("fetch", codes=(code,))
            return (done.stdout + done.stderr).decode()

    def test_a_port_where_tls_begins_at_once(self):
        """Both sides wait for the other to speak first."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for tls in ("none", "starttls"):
                self.assertIn("tls = implicit", self.fetch(silent.getsockname()[1], tls, 75))

    def test_old_versions_of_tls(self):
        port = ports.free_ports(1)[0]
        with subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-nocert", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-quiet"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                for _ in range(50):
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    time.sleep(0.1)
                said = self.fetch(port, "implicit", 69)
                self.assertIn("TLS 1.2 and 1.3", said)
            finally:
                server.kill()

    def test_a_server_without_oauth_is_asked_once_and_named(self):
        """Guesses at mechanisms would count against everyone behind the same address."""
        with support.PostOffice(users=["ann@example.org"]) as office, Collector() as collector:
            collector.add("work", office.pop3, "ann@example.org", "x", options=("--no-check",))
            path = collector.archive / "work.toml"
            path.write_text(re.sub("(?m)^password_command.*$", '[sign_in.oauth2]\nprovider = "gmail"\nclient_id = "x"', path.read_text()))
            tokens = collector.archive / ".restante" / "work.tokens"
            tokens.write_text(json.dumps({"access_token": "secret-token", "valid_until": int(time.time()) + 3600}))
            tokens.chmod(0o600)
            for _ in range(5):
                said = collector.run("fetch", "work", codes=(77,)).stderr.decode()
                self.assertIn("takes no access token", said)
                self.assertIn("SCRAM-SHA-256", said)
                self.assertNotIn("secret-token", said)
            collector.add("other", office.pop3, "ann@example.org", support.PASSWORD)
            collector.run("fetch", "other")


if __name__ == "__main__":
    script_test.main()
