"""Runs the rows of a comparison against its servers and its collectors, in turn, and gathers the figures."""
import json
import os
import pathlib
import subprocess
import sys

import collectors
import report
import rows
import servers
import unpacked
import unpacked_servers
from mail import Maildrops, Sizes

AGAINST = "dovecot"
COLLECTORS_AGAINST, COLLECTED_GROUP = "mpop", "fetched"
ROW_SECONDS_MAX = 300
WARMING_GROUP, WARMING_SESSIONS = "users", 20
NOT_QUICK = "is only in the full run"
DROP_CACHES = pathlib.Path("/proc/sys/vm/drop_caches")


def tell(text):
    print(text, file=sys.stderr, flush=True)


class Comparison:
    def __init__(self, asked):
        self.asked = asked
        self.rounds = asked.rounds or (1 if asked.quick else 3)
        self.bench, self.restanted, self.restante = (asked.build / "bin" / name for name in ("restante-bench", "restanted", "restante"))
        self.sizes = Sizes(asked.quick)
        self.maildrops = Maildrops(asked.scratch / ("quick" if asked.quick else "full"), self.sizes)
        self.found = {}  # (row, figure, server): {round: value}
        self.errors = {}  # (row, server): text
        self.left_out = {}  # what was not measured: why
        self.changed = {}  # group of users, by server: mail came that is no other row's
        self.failed = self.stopped = False

    def run_servers(self):
        every = rows.rows(self.sizes)
        chosen = [row for row in every if not self.asked.rows or self.asked.rows in row.name]
        present = self.prepared_servers(every)
        try:
            for turn in range(self.rounds):
                for row in chosen:
                    for server in present:
                        if self.takes_part(server, row):
                            tell(f"round {turn + 1}: {row.name}: {server.name}")
                            self.attempt(server, row, turn)
        except KeyboardInterrupt:
            self.stopped = self.failed = True
            tell("stopped: what was measured until now is told")
            present = [server for server in present if any(name == server.name for _, _, name in self.found)]
        for server in present if not self.stopped else []:
            if server.name in self.changed:
                server.forget(self.changed.pop(server.name))
            server.keep_mail()
        names = [server.name for server in present]
        return self.gather(chosen, names), names

    def prepared_servers(self, every):
        scratch = self.asked.scratch
        everyone = [servers.Restante(scratch, self.maildrops, self.restanted), servers.Dovecot(scratch, self.maildrops),
                    servers.SharedDovecot(scratch, self.maildrops), unpacked_servers.Courier(scratch, self.maildrops),
                    unpacked_servers.Cyrus(scratch, self.maildrops), servers.Null(scratch, self.maildrops, self.bench)]
        wanted = self.asked.servers.split(",") if self.asked.servers else [one.name for one in everyone]
        present = []
        for one in everyone:
            if one.name not in wanted:
                continue
            why = one.missing()
            if not why:
                tell(f"preparing {one.name}")
                try:
                    one.prepare({row.group for row in every if not self.why_not(one, row)} | {WARMING_GROUP})
                    present.append(one)
                    continue
                except (unpacked.NotToBeHad, RuntimeError, OSError, subprocess.SubprocessError) as problem:
                    why = str(problem)[-300:]
            tell(f"without {one.name}: {why}")
            self.left_out[one.name] = why
        return present

    def why_not(self, server, row):
        """Why a server takes no part in a row; None where it does."""
        if self.asked.quick and server.name not in row.quick and not self.asked.servers:
            return NOT_QUICK
        if row.state == "dropped" and not os.access(DROP_CACHES, os.W_OK):
            return "only root may drop the caches"
        return server.lacks(row)

    def takes_part(self, server, row):
        why = self.why_not(server, row)
        if why and why != NOT_QUICK and server.name != report.CEILING:
            self.left_out[f"{row.name}: {server.name}"] = why
        return not why

    def attempt(self, server, row, turn):
        try:
            self.set_up(server, row)
            try:
                self.measure(server, row, turn)
            finally:
                server.stop()
                if "churn" in row.mode:
                    self.changed[server.name] = row.group
        except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as problem:
            self.errors[row.name, server.name] = str(problem)[-300:]

    def set_up(self, server, row):
        """Started anew for each row: memory and caches of one are not the next one's."""
        for group in {self.changed.pop(server.name, None), row.group if row.state == "untouched" else None} - {None}:
            server.forget(group)
        if "drain" in row.mode or row.state == "untouched":
            server.read_mail(row.group)
        server.start(row.hashed)
        if row.state != "dropped":
            return
        # The server has met this maildrop; then the machine started, and the server has served others since.
        try:
            self.load(server, row, row.warm)
        finally:
            server.stop()
        os.sync()
        DROP_CACHES.write_text("3\n")
        server.start(row.hashed)
        self.load(server, row, WARMING_SESSIONS, mode=["login"], group=WARMING_GROUP)

    def measure(self, server, row, turn):
        sessions = row.sessions_of(server)
        if row.warm and row.state != "dropped":
            # Sessions go through the users in turn: no more than these will be met again.
            self.load(server, row, min(row.warm, sessions), mode=["login"] if "idle" in row.mode else None)
        told = self.load(server, row, sessions)
        if told["errors"]:
            self.errors[row.name, server.name] = f"{told['errors']} errors; the first: {told['first_error']}"
            return
        for figure in row.figures:
            if figure.name == "CPU" and row.tls != "none" and not server.tells_tls_time:
                continue
            value = told
            for name in figure.path:
                value = value.get(name, {}) if isinstance(value, dict) else {}
            if isinstance(value, (int, float)):
                self.found.setdefault((row.name, figure.name, server.name), {})[turn] = value * figure.factor

    def load(self, server, row, sessions, mode=None, group=None):
        mode, group = mode or row.mode, group or row.group
        address = server.lmtp if "deliver" in mode else server.pop3s if row.tls == "implicit" else server.pop3
        command = [self.bench, *mode, "--sessions", sessions, "--at-once", row.at_once, "--server", address, "--tls", row.tls, "--users",
                   server.users(group), "--json", "--give-up", ROW_SECONDS_MAX]
        if row.verified and server.has_the_mail:
            command += ["--expected", self.maildrops.expected]
        if "churn" in mode:
            command += ["--lmtp", server.lmtp]
        for pid in server.pids:
            command += ["--pid", pid]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode == 2 or not done.stdout:
            raise RuntimeError(done.stderr.strip() or f"restante-bench ended with {done.returncode}")
        return json.loads(done.stdout)

    def gather(self, chosen, names):
        out = []
        for row in chosen:
            figures = []
            for figure in row.figures:
                by = {name: report.summary(self.found[row.name, figure.name, name]) for name in names if (row.name, figure.name, name) in self.found}
                figures.append({"name": figure.name, "unit": figure.unit, "more_is_better": figure.more_is_better, "target": figure.target,
                                "ceiling": figure.ceiling, "servers": by})
            out.append({"name": row.name, "figures": figures, "errors": {server: why for (name, server), why in self.errors.items() if name == row.name}})
        by_name = {row["name"]: row for row in out}
        if rows.BIG_WARM in by_name and rows.SMALL_WARM in by_name:
            out.insert(1 + out.index(by_name[rows.SMALL_WARM]), report.growth(by_name[rows.BIG_WARM], by_name[rows.SMALL_WARM], rows.OPENING))
        report.add_ratios(out, AGAINST)
        self.failed = self.failed or bool(self.errors)
        return out

    def run_collectors(self):
        scratch = self.asked.scratch / "collected"  # so that the mail of the servers' rows stays as it is
        scratch.mkdir(exist_ok=True)
        server = servers.Restante(scratch, self.maildrops, self.restanted)
        server.prepare({COLLECTED_GROUP})
        server.start()
        try:
            return self.fetch_in_turn(server)
        finally:
            server.stop()

    def fetch_in_turn(self, server):
        count, where = self.sizes.fetched, (self.asked.scratch, server.pop3)
        everyone = [collectors.Restante(*where, self.restante), collectors.Mpop(*where), collectors.Getmail(*where), collectors.Fetchmail(*where),
                    collectors.Curl(*where, count)]
        present, found, errors = [], {}, {}
        for one in everyone:
            if why := one.missing():
                self.left_out[f"collector {one.name}"] = why
            else:
                present.append(one)
        for turn in range(self.rounds):
            for one in present:
                one.prepare()
                for run in one.runs:
                    tell(f"round {turn + 1}: {run} fetch: {one.name}")
                    got = one.fetch()
                    if got["exit"] != 0 or got["kept"] != count:
                        errors[one.name] = f"{run}: exit {got['exit']}, {got['kept']} of {count} kept: {got['said']}"
                        break
                    for name in ("seconds", "cpu_seconds"):
                        found.setdefault((run, name), {}).setdefault(one.name, {})[turn] = got[name]
        out = []
        for run, title in (("first", f"fetch {count} messages"), ("second", "fetch again, nothing new")):
            figures = [{"name": name, "unit": "s", "more_is_better": False, "target": target,
                        "servers": {who: report.summary(values) for who, values in found.get((run, key), {}).items()}}
                       for name, key, target in (("by the clock", "seconds", 2 if run == "first" else 1), ("CPU", "cpu_seconds", 2 if run == "first" else None))]
            out.append({"name": title, "figures": figures, "errors": errors if run == "first" else {}})
        report.add_ratios(out, COLLECTORS_AGAINST)
        self.failed = self.failed or bool(errors)
        return out, [one.name for one in present]
