"""What is measured: each row is one run of restante-bench against one server, and the figures that are taken from it."""
from dataclasses import dataclass

EVERYONE = ("restante", "dovecot", "dovecot-shared", "courier", "cyrus", "null")
OURS_AND_DOVECOT = ("restante", "dovecot")
BIG_WARM, SMALL_WARM = "big maildrop, warm", "small maildrop, warm"
OPENING = "log-in to STAT"


@dataclass
class Figure:
    name: str
    path: tuple  # in restante-bench's report
    unit: str
    factor: float = 1
    more_is_better: bool = False
    target: float | None = None  # how many times better than Dovecot
    ceiling: float | None = None  # how many times the null server's at most


@dataclass
class Row:
    name: str
    group: str  # of users
    mode: list  # of restante-bench, with its options
    sessions: int
    at_once: int
    figures: list
    tls: str = "none"
    hashed: bool = False
    state: str = ""  # untouched: first contact with this maildrop; dropped: nothing of it is in the page cache
    warm: int = 0  # sessions of a run that is not counted
    verified: bool = False
    quick: tuple = OURS_AND_DOVECOT  # who takes part in the quick run; in the full one, all that can

    def sessions_of(self, server):
        """As many as it has the patience for."""
        most = {"login": server.log_ins_max, "churn": server.log_ins_max, "drain": server.drains_max}
        return min(self.sessions, most.get(self.mode[0], self.sessions))


def cpu_of_session(target, **more):
    return Figure("CPU", ("server", "cpu_ms_per_session"), "ms/session", target=target, **more)


def cpu_of_gb(target):
    return Figure("CPU", ("server", "cpu_s_per_gb"), "s/GB", target=target)


def median_of(step, target):
    return Figure(step, ("latency", step, "p50_ms"), "ms", target=target)


def memory(target):
    return Figure("memory", ("server", "memory_octets_per_connection"), "KiB/connection", factor=1 / 1024, target=target)


def rate_of_deliveries(target):
    return Figure("rate", ("messages_per_second",), "messages/s", more_is_better=True, target=target)


RATE = Figure("rate", ("sessions_per_second",), "sessions/s", more_is_better=True)
SPEED = Figure("speed", ("octets_per_second",), "MB/s", factor=1e-6, more_is_better=True)


def log_ins(sizes):
    with_shared = (*OURS_AND_DOVECOT, "dovecot-shared", "null")
    return [
        Row("log-in", "users", ["login"], sizes.log_ins, 32, [cpu_of_session(8), RATE], warm=sizes.users, quick=EVERYONE),
        Row("log-in, STLS", "users", ["login"], sizes.log_ins // 2, 32, [cpu_of_session(3, ceiling=1.4), RATE], tls="stls",
            quick=(*OURS_AND_DOVECOT, "null")),
        Row("log-in, TLS", "users", ["login"], sizes.log_ins // 2, 32, [cpu_of_session(3, ceiling=1.4), RATE], tls="implicit", quick=with_shared),
        Row("log-in, SHA512-CRYPT, again", "users", ["login"], sizes.log_ins, 32, [cpu_of_session(15), RATE], hashed=True, warm=sizes.users),
    ]


def drains(sizes):
    pipelined = ["drain", "--window", 32]
    return [
        Row("drain", "users", ["drain"], sizes.drained, 8, [cpu_of_gb(6), SPEED, median_of("message", None)], verified=True,
            quick=(*OURS_AND_DOVECOT, "courier", "cyrus", "null")),
        Row("drain, pipelined", "users", pipelined, sizes.drained, 8, [cpu_of_gb(8), SPEED], verified=True, quick=(*OURS_AND_DOVECOT, "null")),
        Row("drain, TLS", "users", ["drain"], sizes.drained, 8, [cpu_of_gb(6), SPEED], tls="implicit", verified=True, quick=(*OURS_AND_DOVECOT, "null")),
        Row("25 MiB messages", "huge", ["drain"], 1, 1, [cpu_of_gb(5), SPEED], verified=True),
        Row("25 MiB messages, TLS", "huge", ["drain"], 1, 1, [cpu_of_gb(4), SPEED], tls="implicit", verified=True),
    ]


def listings():
    def listing(name, group, sessions, figures, **more):
        return Row(name, group, ["listing"], sessions, 1, figures, **more)

    first = [median_of(OPENING, 5), median_of("UIDL", None)]
    return [
        listing("big maildrop, first contact", "big", 1, first, state="untouched"),
        listing("the same, no sizes in names", "bare", 1, first, state="untouched"),
        listing(BIG_WARM, "big", 20, [median_of(OPENING, 100), median_of("UIDL", 10), median_of("LIST", 3)], warm=2,
                quick=(*OURS_AND_DOVECOT, "courier", "cyrus")),
        listing(SMALL_WARM, "small", 20, [median_of(OPENING, None)], warm=2),
        listing("big maildrop, caches dropped", "big", 1, first, warm=2, state="dropped"),
    ]


def idlers(sizes):
    with_shared = (*OURS_AND_DOVECOT, "dovecot-shared")
    return [
        Row("idle", "users", ["idle"], sizes.users, 32, [memory(14)], warm=sizes.users, quick=with_shared),
        Row("idle, TLS", "users", ["idle"], sizes.users, 32, [memory(4.4)], tls="implicit", warm=sizes.users, quick=with_shared),
    ]


def deliveries(sizes):
    return [
        Row("deliver, one at once", "posted", ["deliver"], sizes.posts // 4, 1, [rate_of_deliveries(2)], state="untouched"),
        Row("deliver, 64 at once", "posted", ["deliver"], sizes.posts, 64, [rate_of_deliveries(4)], state="untouched",
            quick=(*OURS_AND_DOVECOT, "cyrus")),
        Row("log-in, 200 deliveries/s", "users", ["churn", "--rate", "200"], sizes.log_ins // 2, 4, [cpu_of_session(8), RATE]),
    ]


def rows(sizes):
    return [*log_ins(sizes), *drains(sizes), *listings(), *idlers(sizes), *deliveries(sizes)]
