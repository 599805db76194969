"""Reads tests/transcripts/lmtp/*.lmtp for a live server (tests/unit/lmtp/transcript.hpp has the grammar)."""
import dataclasses
import re

# What an operator cannot set, or only above what a dialogue can show, and what a sound disk does not do.
NOT_LIVE = {"size": "a limit below what the configuration takes", "recipients": "a limit below what the configuration takes",
            "bad": "no key", "received": "no key", "strangers": "no key", "idle": "no key", "begin": "a disk that fails", "write": "a disk that fails",
            "fail": "a delivery that fails"}
ESCAPES = {"r": b"\r", "n": b"\n", "0": b"\0", "\\": b"\\"}


@dataclasses.dataclass
class Dialogue:
    smtp: bool = False
    not_live: str | None = None  # why a live server cannot be asked this
    exchanges: list = dataclasses.field(default_factory=list)  # [octets sent, lines expected]
    messages: list = dataclasses.field(default_factory=list)  # [with-clause, content]
    tls: bool = False
    closed: bool = False


def octets(text, line_end=b"\r\n"):
    out, at = b"", 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1] == "c":
            return out
        elif text[at + 1] == "x":
            out += bytes([int(text[at + 2:at + 4], 16)])
            at += 4
        else:
            out += ESCAPES[text[at + 1]]
            at += 2
    return out + line_end


def read(path):
    dialogue = Dialogue()

    def send(piece):
        if not dialogue.exchanges or dialogue.exchanges[-1][1]:
            dialogue.exchanges.append([b"", []])
        dialogue.exchanges[-1][0] += piece

    for line in path.read_text(encoding="utf-8").split("\n"):
        word, _, rest = line.partition(" ")
        if word == "C:":
            send(octets(rest))
        elif word == "R:":
            times, _, text = rest.partition(" ")
            send(octets(text, b"") * int(times))
        elif word == "S:":
            dialogue.exchanges[-1][1].append(rest.encode())
            if rest.endswith("TLS is not available"):
                dialogue.not_live = "every TCP listener has TLS"
        elif word == "|":
            dialogue.messages[-1][1] += octets(rest)
        elif word == "message":
            dialogue.messages.append([rest.split()[1].encode(), b""])
        elif word in ("smtp", "tls", "closed"):
            setattr(dialogue, word, True)
        elif word == "refuse" and not re.fullmatch(r"\S+@example\.com unknown-user", rest):
            dialogue.not_live = "a recipient that is refused for another reason than that nobody has the address"
        elif word in NOT_LIVE:
            dialogue.not_live = NOT_LIVE[word]
    return dialogue
