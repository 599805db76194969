"""restante-bench against a real restanted: each mode does what it says, and nothing wrong is taken for right."""
import hashlib
import json
import os
import pathlib
import re
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office  # noqa: E402
import script_test  # noqa: E402
from watch import Watch  # noqa: E402

BENCH = pathlib.Path(os.environ.get("RESTANTE_BENCH", post_office.ROOT / "build/release/bin/restante-bench"))
USERS = [f"user{number}@example.org" for number in range(4)]
MESSAGES = 5
SECONDS_MAX = 60


def message(user, number):
    """Stored, with LF: lines that begin with dots, and one more line with each number."""
    return f"Subject: {number} for {user}\n\n.\n..two dots\n".encode() + b"a line\n" * number


class Scripted(socketserver.ThreadingTCPServer):
    """Answers as it is told, whatever the truth."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, answers):
        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(answers.get(b"", b"+OK\r\n"))
                for line in self.rfile:
                    self.wfile.write(answers.get(line.split()[0], b"+OK\r\n"))
        super().__init__(("127.0.0.1", 0), Session)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Modes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = post_office.PostOffice(users=USERS)
        cls.office.__enter__()
        cls.addClassCleanup(cls.office.__exit__)
        scratch = tempfile.TemporaryDirectory(prefix="restante-test-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        cls.users = cls.scratch / "users"
        cls.users.write_text("".join(f"{user}:{post_office.PASSWORD}\n" for user in USERS))

    def setUp(self):
        """Each test finds the same mail."""
        self.octets = 0
        lines = []
        for user in USERS:
            maildir, digests, total = self.office.maildir(user), [], 0
            for place in ("new", "cur", "tmp"):
                (maildir / place).mkdir(parents=True, exist_ok=True)
                for path in (maildir / place).iterdir():
                    path.unlink()
            for number in range(MESSAGES):
                stored = message(user, number)
                (maildir / "new" / f"17000000{number:02}.M{number}P1.{self.id().split('.')[-1]}").write_bytes(stored)
                canonical = post_office.canonical(stored)
                digests.append(hashlib.sha256(canonical).digest())
                total += len(canonical)
            lines.append(f"{user} {MESSAGES} {total} {hashlib.sha256(b''.join(sorted(digests))).hexdigest()}\n")
            self.octets += total
        self.expected = self.scratch / "expected"
        self.expected.write_text("".join(lines))

    def bench(self, mode, *options, port=None, users=None, code=0, tls="none", give_up=30):
        """The report, of a run that must end with `code`."""
        port = port or (self.office.pop3s if tls == "implicit" else self.office.pop3)
        command = [BENCH, mode, "--server", f"127.0.0.1:{port}", "--tls", tls, "--users", users or self.users, "--pid", self.office.process.pid,
                   "--give-up", give_up, "--json", *options]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=SECONDS_MAX)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def well(self, told, sessions):
        self.assertEqual((told["errors"], told["first_error"], told["sessions"]), (0, "", sessions))
        self.assertGreater(told["sessions_per_second"], 0)
        self.assertGreaterEqual(told["server"]["cpu_seconds"], 0)
        self.assertEqual(told["server"]["processes"], 1)

    def failed(self, told, errors, why):
        self.assertEqual(told["errors"], errors)
        self.assertIn(why, told["first_error"])

    def test_login_over_plain_stls_and_tls(self):
        for tls in ("none", "stls", "implicit"):
            for more in ([], ["--resume"]) if tls != "none" else ([],):
                with self.subTest(tls=tls, more=more):
                    told = self.bench("login", "--sessions", 40, "--at-once", 4, *more, tls=tls)
                    self.well(told, 40)
                    self.assertEqual({name: of["count"] for name, of in told["latency"].items()}, {"session": 40, "log-in": 40, "STAT": 40})

    def test_drain_one_by_one_and_pipelined(self):
        for more in ([], ["--window", 3], ["--window", 64]):
            for tls in ("none", "implicit"):
                with self.subTest(more=more, tls=tls):
                    told = self.bench("drain", "--sessions", 8, "--at-once", 2, "--expected", self.expected, *more, tls=tls)
                    self.well(told, 8)
                    self.assertEqual((told["messages"], told["octets"]), (8 * MESSAGES, 2 * self.octets))
                    self.assertEqual(told["latency"]["message"]["count"], 8 * MESSAGES)
                    self.assertIn("cpu_s_per_gb", told["server"])

    def test_listing(self):
        told = self.bench("listing", "--sessions", 4, "--at-once", 1)
        self.well(told, 4)
        self.assertEqual(told["messages"], 4 * MESSAGES)
        self.assertEqual({"STAT", "UIDL", "LIST", "log-in to STAT"} - told["latency"].keys(), set())

    def test_idle(self):
        told = self.bench("idle", "--sessions", len(USERS), "--at-once", 2)
        self.assertEqual((told["errors"], told["sessions"]), (0, len(USERS)))
        self.assertEqual(told["server"]["connections_held"], len(USERS))
        self.assertGreater(told["server"]["memory_octets"], 1 << 20)
        self.assertIn("memory_octets_per_connection", told["server"])

    def test_deliver(self):
        told = self.bench("deliver", "--sessions", 20, "--at-once", 4, "--octets", 3000, port=self.office.lmtp)
        self.well(told, 20)
        self.assertEqual((told["delivered"], told["latency"]["message"]["count"]), (20, 20))
        self.assertEqual([len(list((self.office.maildir(user) / "new").iterdir())) for user in USERS], [MESSAGES + 5] * len(USERS))

    def test_churn(self):
        told = self.bench("churn", "--sessions", 400, "--at-once", 2, "--rate", 100, "--lmtp", f"127.0.0.1:{self.office.lmtp}")
        self.well(told, 400)
        came = sum(len(list((self.office.maildir(user) / place).iterdir())) for user in USERS for place in ("new", "cur"))
        self.assertGreater(told["delivered"], 0)
        self.assertEqual(told["delivered"], came - MESSAGES * len(USERS))

    def test_one_changed_octet_is_an_error(self):
        path = next((self.office.maildir(USERS[1]) / "new").glob("*M2P1*"))
        path.write_bytes(path.read_bytes().replace(b"two", b"twp"))
        for more in ([], ["--window", 8]):
            told = self.bench("drain", "--sessions", 4, "--at-once", 1, "--expected", self.expected, *more, code=1)
            self.failed(told, 1, f"{USERS[1]}: other octets than expected")
            self.assertEqual(told["sessions"], 3)

    def test_a_lost_message_is_an_error(self):
        next((self.office.maildir(USERS[3]) / "new").iterdir()).unlink()
        told = self.bench("drain", "--sessions", 4, "--at-once", 1, "--expected", self.expected, code=1)
        self.failed(told, 1, f"{USERS[3]}: {MESSAGES - 1} messages, expected {MESSAGES}")

    def test_a_user_of_whom_nothing_is_expected_is_an_error(self):
        self.expected.write_text(self.expected.read_text().replace(USERS[0], "other"))
        told = self.bench("drain", "--sessions", 4, "--at-once", 1, "--expected", self.expected, code=1)
        self.failed(told, 1, f"nothing is expected of {USERS[0]}")

    def test_listings_that_disagree_are_errors(self):
        true = {b"STAT": b"+OK 2 20\r\n", b"UIDL": b"+OK\r\n1 a\r\n2 b\r\n.\r\n", b"LIST": b"+OK\r\n1 10\r\n2 10\r\n.\r\n"}
        with Scripted(true) as server:
            self.assertEqual(self.bench("listing", "--sessions", 1, port=server.server_address[1])["errors"], 0)
        for command, lie in ((b"STAT", b"+OK 3 30\r\n"), (b"UIDL", b"+OK\r\n1 a\r\n.\r\n"), (b"LIST", b"+OK\r\n.\r\n")):
            with Scripted({**true, command: lie}) as server:
                self.failed(self.bench("listing", "--sessions", 1, port=server.server_address[1], code=1), 1, "count differently")

    def test_refusals_are_errors(self):
        wrong = self.scratch / "wrong"
        wrong.write_text(f"{USERS[0]}:wrong\n")
        self.failed(self.bench("login", "--sessions", 1, users=wrong, code=1), 1, "-ERR")
        unknown = self.scratch / "unknown"
        unknown.write_text("nobody@example.net\n")
        self.failed(self.bench("deliver", "--sessions", 2, users=unknown, port=self.office.lmtp, code=1), 2, "")
        for command in (b"", b"PASS", b"STAT", b"RETR", b"QUIT"):
            with self.subTest(command=command), Scripted({b"STAT": b"+OK 1 5\r\n", b"RETR": b"+OK\r\nabc\r\n.\r\n", command: b"-ERR no\r\n"}) as server:
                self.failed(self.bench("drain", "--sessions", 3, "--at-once", 1, port=server.server_address[1], code=1), 3, "-ERR no")

    def test_no_server_and_one_that_hangs_are_errors(self):
        self.failed(self.bench("login", "--sessions", 2, port=post_office.free_ports(1)[0], code=1), 2, "connect")
        with Scripted({b"STAT": b""}) as server:
            told = self.bench("login", "--sessions", 2, "--at-once", 1, port=server.server_address[1], code=1, give_up=1)
        self.failed(told, 2, "not finished when the time was up")

    def test_a_signal_lets_sessions_end_so_that_the_server_punishes_nobody(self):
        for _ in range(3):  # 24 that went without logging in would be penalised
            command = [BENCH, "login", "--server", f"127.0.0.1:{self.office.pop3}", "--users", self.users, "--sessions", 10_000_000, "--at-once", 8,
                       "--json"]
            run = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
            logged = len(self.office.log())
            with Watch(self.office) as watch:
                watch.until(lambda: len(self.office.log()) > logged + 2000, "sessions in the log")
            run.send_signal(signal.SIGTERM)
            told = json.loads(run.communicate(timeout=SECONDS_MAX)[0])
            self.assertEqual((run.returncode, told["first_error"]), (1, "stopped by a signal"))
            self.assertGreater(told["sessions"], 0)
        self.well(self.bench("login", "--sessions", 20, "--at-once", 2), 20)


class Words(unittest.TestCase):
    def run_bench(self, *words):
        return subprocess.run([BENCH, *words], capture_output=True, text=True, timeout=SECONDS_MAX)

    def test_each_mode_and_option_is_in_the_manual_page_and_the_completion(self):
        told = self.run_bench("--help")
        self.assertEqual(told.returncode, 0)
        options = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", told.stdout, re.MULTILINE))
        modes = set(re.findall(r"^  ([a-z]+)  ", told.stdout.split("Subcommands:")[1], re.MULTILINE))
        self.assertGreater(len(options), 20)
        self.assertEqual(modes, {"login", "drain", "idle", "listing", "churn", "deliver", "null"})
        for path in ("man/restante-bench.1", "completion/restante-bench.bash"):
            page = (post_office.ROOT / "packaging" / path).read_text().replace("\\-", "-")
            self.assertEqual({word for word in options | modes if not re.search(rf"(?<![\w-]){word}(?![\w-])", page)}, set(), path)
            self.assertEqual(set(re.findall(r"--[a-z-]+", page)) - options - {"--"}, set(), path)

    def test_wrong_usage_ends_with_2(self):
        for words in ([], ["login"], ["login", "--server", "127.0.0.1:1"], ["login", "--server", "nonsense", "--user", "ann"], ["dance"],
                      ["churn", "--server", "127.0.0.1:1", "--user", "ann"], ["login", "--server", "127.0.0.1:1", "--user", "ann", "--tls", "some"]):
            done = self.run_bench(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertTrue(done.stderr)


if __name__ == "__main__":
    script_test.main()
