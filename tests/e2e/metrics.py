#!/usr/bin/env python3
"""What a live server exposes to Prometheus: as documented, sound for promtool, true; and what packaging/ builds on it."""
import json
import os
import pathlib
import poplib
import re
import signal
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402
import watch  # noqa: E402

USER, OTHER = "ann@example.org", "bob@example.org"
PROMETHEUS = support.ROOT / "packaging/prometheus"
CONFIGURATION = '[maildrops]\nsweep_every = "1s"\n'


def names_in(text):
    """Of metrics, without what a histogram adds."""
    found = set(re.findall(r"\b(?:restante|process)_[a-z_]+\b", text))
    return {re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name) for name in found}


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=[USER, OTHER], configuration=CONFIGURATION)
        cls.addClassCleanup(cls.office.__exit__, None, None, None)
        cls.office.__enter__()
        cls.at_start = cls.exposition()

    @classmethod
    def exposition(cls):
        return urllib.request.urlopen(f"http://127.0.0.1:{cls.office.metrics}/metrics", timeout=30).read().decode()

    def value(self, series, text=None):
        text = text or self.exposition()
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        self.assertIsNotNone(found, f"{series} is missing")
        return float(found[1])

    def promtool(self, *words, input=None):
        done = subprocess.run(["promtool", *words], input=input, capture_output=True, text=True, cwd=PROMETHEUS)
        self.assertEqual((done.returncode, done.stderr.replace("\n", "")), (0, ""), done.stdout + done.stderr)

    def test_the_log_tells_where_they_are(self):
        self.assertRegex(self.office.complete_log(), rf"listening service=metrics address=127\.0\.0\.1:{self.office.metrics}\b")

    def test_promtool_has_nothing_to_say(self):
        self.promtool("check", "metrics", input=self.exposition())

    def test_the_documented_metrics_are_those_exposed(self):
        page = (support.ROOT / "docs/server.md").read_text()
        table = page[page.index("## Metrics"):page.index("## Log\n")]
        documented = names_in("".join(line for line in table.splitlines(True) if line.startswith("|")))
        exposed = {re.sub(r" .*", "", line) for line in re.findall(r"^# TYPE (.*)$", self.at_start, re.MULTILINE)}
        self.assertEqual(documented, exposed)

    def test_every_label_is_there_from_the_start(self):
        for series in ('restante_log_ins_total{mechanism="SCRAM-SHA-256",outcome="credentials"}',
                       'restante_log_ins_total{mechanism="USER",outcome="success"}',
                       'restante_connections_refused_total{reason="full"}', 'restante_connections_refused_total{reason="penalty"}',
                       'restante_connections_refused_total{reason="mail-in"}', 'restante_deliveries_total{verdict="no-space"}',
                       'restante_tls_handshakes_total{version="failed"}', 'restante_reloads_total{outcome="refused"}',
                       "restante_log_ins_held_back_total"):
            self.assertEqual(self.value(series, self.at_start), 0, series)

    def test_health_says_whether_mail_can_be_served(self):
        url = f"http://127.0.0.1:{self.office.metrics}/health"
        self.assertEqual(urllib.request.urlopen(url, timeout=30).read(), b"ok\n")
        marker = self.office.root / "mail/.restante-mail-root"
        marker.rename(marker.with_name("elsewhere"))  # as where the disk is not mounted
        try:
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(url, timeout=30)
            self.assertEqual((refused.exception.code, refused.exception.read()), (503, b"the mail store is not ready\n"))
        finally:
            marker.with_name("elsewhere").rename(marker)
        self.assertIn("store-not-ready", self.office.complete_log())
        self.assertEqual(urllib.request.urlopen(url, timeout=30).status, 200)

    def test_a_refused_reload_is_counted_whoever_asked(self):
        series = 'restante_reloads_total{outcome="refused"}'
        file = self.office.root / "restanted.toml"
        self.addCleanup(file.write_text, CONFIGURATION)
        before = self.value(series)
        file.write_text("colour = 1\n")
        self.assertEqual(self.office.run("reload", "--config", file, check=False).returncode, 78)
        self.assertEqual(self.value(series), before + 1)
        self.assertRegex(self.office.complete_log(), "reload-refused .*colour")
        self.office.process.send_signal(signal.SIGHUP)
        with watch.Watch(self.office) as looking:
            looking.until(lambda: self.value(series) == before + 2, "a reload by SIGHUP is counted")
        file.write_text(CONFIGURATION)
        (self.office.root / "users").chmod(0o644)
        self.addCleanup((self.office.root / "users").chmod, 0o600)
        self.assertNotEqual(self.office.run("reload", check=False).returncode, 0)
        self.assertEqual(self.value(series), before + 3)

    def test_the_process_and_the_disk_are_what_the_kernel_says(self):
        text = self.exposition()
        process = self.office.process.pid
        version = subprocess.run([support.PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        self.assertEqual(self.value(f'restante_build_info{{version="{version}"}}', text), 1)
        self.assertAlmostEqual(self.value("process_open_fds", text), len(os.listdir(f"/proc/{process}/fd")), delta=3)
        limit = re.search(r"Max open files\s+(\d+)", pathlib.Path(f"/proc/{process}/limits").read_text())[1]
        self.assertEqual(self.value("process_max_fds", text), int(limit))
        ticks = int(pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])  # proc(5): field 22
        boot = int(re.search(r"(?m)^btime (\d+)", pathlib.Path("/proc/stat").read_text())[1])
        self.assertAlmostEqual(self.value("process_start_time_seconds", text), boot + ticks / os.sysconf("SC_CLK_TCK"), delta=2)
        self.assertGreater(self.value("process_resident_memory_bytes", text), 1 << 20)
        self.assertGreater(self.value("process_cpu_seconds_total", text), 0)
        disk = os.statvfs(self.office.root)
        self.assertEqual(self.value("restante_disk_octets", text), disk.f_blocks * disk.f_frsize)
        self.assertGreater(self.value("restante_disk_free_octets", text), 0)

    def test_users_and_mail_are_counted(self):
        for _ in range(2):
            self.office.run("deliver", USER, input=b"Subject: x\n\nbody\n")
        pop = poplib.POP3("127.0.0.1", self.office.pop3, timeout=30)
        pop.user(USER)
        pop.pass_(support.PASSWORD)
        remaining = int(pop.list()[1][1].split()[1])
        pop.dele(1)
        pop.quit()
        counted = 'restante_mail_messages{state="%s"}'
        with watch.Watch(self.office) as looking:
            looking.until(lambda: self.value(counted % "waiting") == 1 and self.value(counted % "held") == 1,
                          "one message waits and one is held")
        self.assertEqual(self.value('restante_mail_octets{state="waiting"}'), remaining)
        self.assertGreater(self.value('restante_mail_octets{state="held"}'), 10)
        self.assertLess(abs(self.value("restante_mail_measured_timestamp_seconds") - time.time()), 60)
        self.assertEqual(self.value("restante_users"), 2)
        self.assertGreater(self.value('restante_snapshots_total{outcome="made"}'), 0)

    def test_a_refused_log_in_is_counted_with_its_reason_and_its_delay(self):
        before = self.value('restante_log_ins_total{mechanism="USER",outcome="credentials"}')
        pop = poplib.POP3("127.0.0.1", self.office.pop3, timeout=30)
        self.addCleanup(pop.close)
        pop.user(OTHER)
        with self.assertRaises(poplib.error_proto):
            pop.pass_("wrong")
        self.assertEqual(self.value('restante_log_ins_total{mechanism="USER",outcome="credentials"}'), before + 1)
        self.assertGreater(self.value("restante_log_ins_held_back_total"), 0)
        self.assertGreater(self.value("restante_log_ins_held_back_seconds_total"), 0)

    def test_the_alert_rules(self):
        rules = (PROMETHEUS / "restanted.rules.yml").read_text()
        self.promtool("check", "rules", "restanted.rules.yml")
        self.promtool("test", "rules", "restanted.rules.test.yml")
        expressions = "\n".join(re.findall(r"expr: (.*)", rules))
        self.assertEqual(names_in(expressions) - names_in(self.at_start), set())
        self.assertGreater(len(names_in(expressions)), 8)

    def test_the_dashboard(self):
        board = json.loads((support.ROOT / "packaging/grafana/restanted.json").read_text())
        expressions = "\n".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
        expressions += "\n" + board["templating"]["list"][1]["query"]
        self.assertEqual(names_in(expressions) - names_in(self.at_start), set())
        self.assertGreater(len(board["panels"]), 15)
        for label, metric in re.findall(r"sum by \((\w+)\) \((?:rate\()?((?:restante)_\w+)", expressions):
            if label not in ("le", "instance"):
                self.assertRegex(self.exposition(), rf'(?m)^{metric}\{{[^}}]*\b{label}="')


if __name__ == "__main__":
    script_test.main()
