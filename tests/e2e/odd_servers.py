#!/usr/bin/env python3
"""What the real `restante fetch` says where a port or a server's TLS is not what the account expects."""
import pathlib
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import ports  # noqa: E402
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


if __name__ == "__main__":
    script_test.main()
