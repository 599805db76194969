"""What is measured: each row is one run of restante-bench against one server, and the figures that are taken from it."""
from dataclasses import dataclass, field


@dataclass
class Figure:
    name: str
    path: tuple  # in restante-bench's report
    unit: str
    factor: float = 1
    more_is_better: bool = False
    target: float | None = None  # how many times better than Dovecot


@dataclass
class Row:
    name: str
    group: str  # of users
    arguments: list
    figures: list
    tls: bool = False
    hashed: bool = False
    post: bool = False  # to the LMTP listener
    first_contact: bool = False
    verified: bool = False
    on_null: bool = False
    before: list = field(default_factory=list)  # a run that warms, not counted


def cpu_of_session(target):
    return Figure("CPU", ("server", "cpu_ms_per_session"), "ms/session", target=target)


def cpu_of_gb(target):
    return Figure("CPU", ("server", "cpu_s_per_gb"), "s/GB", target=target)


def median_of(step, target):
    return Figure(step, ("latency", step, "p50_ms"), "ms", target=target)


RATE = Figure("rate", ("sessions_per_second",), "sessions/s", more_is_better=True)
SPEED = Figure("speed", ("octets_per_second",), "MB/s", factor=1e-6, more_is_better=True)


def memory(target):
    return Figure("memory", ("server", "memory_octets_per_connection"), "KiB/connection", factor=1 / 1024, target=target)


def rows(sizes, quick):
    sessions = 2_000 if quick else 10_000
    drained = sizes.users  # each user once
    held = sizes.users  # one session a maildrop
    posted = 400 if quick else 4_000
    login = ["login", "--sessions", sessions, "--at-once", 32]
    drain = ["drain", "--sessions", drained, "--at-once", 8]
    huge = ["drain", "--sessions", 1, "--at-once", 1]
    listing = ["listing", "--at-once", 1, "--sessions"]
    idle = ["idle", "--sessions", held, "--at-once", 32]
    return [
        Row("log-in", "users", login, [cpu_of_session(8), RATE], on_null=True),
        Row("log-in, TLS", "users", ["login", "--sessions", sessions // 2, "--at-once", 32], [cpu_of_session(3), RATE], tls=True, on_null=True),
        Row("log-in, SHA512-CRYPT, again", "users", login, [cpu_of_session(15), RATE], hashed=True, before=login),
        Row("drain", "users", drain, [cpu_of_gb(6), SPEED, median_of("message", None)], verified=True, on_null=True),
        Row("drain, pipelined", "users", [*drain, "--window", 32], [cpu_of_gb(8), SPEED], verified=True, on_null=True),
        Row("drain, TLS", "users", drain, [cpu_of_gb(6), SPEED], tls=True, verified=True, on_null=True),
        Row("25 MiB messages", "huge", huge, [cpu_of_gb(5), SPEED], verified=True),
        Row("25 MiB messages, TLS", "huge", huge, [cpu_of_gb(4), SPEED], tls=True, verified=True),
        Row("big maildrop, first contact", "big", [*listing, 1], [median_of("log-in to STAT", 5), median_of("UIDL", None)], first_contact=True),
        Row("big maildrop, warm", "big", [*listing, 20], [median_of("log-in to STAT", 100), median_of("UIDL", 10), median_of("LIST", 3)],
            before=[*listing, 2]),
        Row("idle", "users", idle, [memory(14)], before=login),
        Row("idle, TLS", "users", idle, [memory(4.4)], tls=True, before=login),
        Row("deliver, one at once", "posted", ["deliver", "--sessions", posted // 4, "--at-once", 1],
            [Figure("rate", ("messages_per_second",), "messages/s", more_is_better=True, target=2)], post=True),
        Row("deliver, 64 at once", "posted", ["deliver", "--sessions", posted, "--at-once", 64],
            [Figure("rate", ("messages_per_second",), "messages/s", more_is_better=True, target=4)], post=True),
        Row("log-in, 200 deliveries/s", "users", ["churn", "--sessions", sessions, "--at-once", 4, "--rate", 200], [cpu_of_session(8), RATE]),
    ]
