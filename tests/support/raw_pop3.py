"""POP3 to the octet: a client without a library, that may come from any address of the loopback and leave in any way."""
import itertools
import re
import socket
import struct

import post_office

_hosts = itertools.count(1)


def stranger():
    """An address of the loopback that nobody has used, in a /24 that few have: penalties and limits go by both."""
    number = next(_hosts)
    return f"127.{1 + number // 62500}.{number % 250}.{1 + number // 250 % 250}"


class Client:
    """One connection to the POP3 port, behind the greeting. Everything is octets."""

    def __init__(self, port, source=None, receive_buffer=None, greeted=True):
        self.socket = socket.socket()
        self.socket.settimeout(30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.file = self.socket.makefile("rb")
        try:
            self.socket.bind((source or stranger(), 0))
            self.socket.connect(("127.0.0.1", port))
            if greeted:
                self.expect(b"+OK")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def line(self):
        """The next line without its end; b"" at the end of the connection, however it ended."""
        try:
            return self.file.readline().rstrip(b"\r\n")
        except ConnectionError:
            return b""

    def expect(self, start):
        got = self.line()
        if not got.startswith(start):
            raise AssertionError(f"expected {start!r}, got {got!r}")
        return got

    def command(self, line, start=b"+OK"):
        self.send(line + b"\r\n")
        return self.expect(start)

    def log_in(self, user, password=post_office.PASSWORD):
        self.command(b"USER " + user.encode())
        self.command(b"PASS " + password.encode())
        return self

    def listed(self, command):
        """The lines of a multi-line reply."""
        self.command(command)
        return list(iter(self.line, b"."))

    def message(self, number):
        """What RETR sends, its dots taken off again, and the octets that +OK promised."""
        told = self.command(b"RETR %d" % number)
        lines, last = [], b"\r\n"
        while not (last.endswith(b"\r\n") and lines[-1:] == [b".\r\n"]):
            if lines:
                last = lines[-1]
            lines.append(self.file.readline())
            if not lines[-1]:
                raise AssertionError(f"the connection ended within a message, behind {last[-80:]!r}")
        return re.sub(rb"(^|\r\n)\.", rb"\1", b"".join(lines[:-1])), int(told.split()[1])

    def ended(self):
        """Reads until the other side has closed, and tells what came before."""
        got = b""
        while piece := self.read_some():
            got += piece
        return got

    def read_some(self):
        try:
            return self.socket.recv(1 << 16)
        except ConnectionError:
            return b""

    def reset(self):
        """Goes with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()
