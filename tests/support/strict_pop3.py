"""A POP3 server that does what RFC 1939 says to the letter: it stuffs dots behind CRLF alone. A test may replace any reply."""
import socket
import threading


def stuffed(octets):
    """A message as RFC 1939, section 3, sends it: bare LFs pass on, and what stands behind them."""
    lines = octets.removesuffix(b"\r\n").split(b"\r\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


class StrictPop3:
    """`with StrictPop3({"u1": octets}) as server:` — .port; .letters, by unique-id, is what it has; .deleted what it had.

    `replace["RETR"] = lambda number, letters: octets`, None for the usual reply; number is None where the command has none.
    """

    def __init__(self, letters=(), pipelining=True):
        self.letters, self.deleted, self.asked, self.replace = dict(letters), [], [], {}
        self.pipelining = pipelining
        self.sessions = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def retrieved(self):
        return [command for command in self.asked if command.startswith("RETR")]

    def _accept(self):
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line):
        self.sessions += 1
        letters, marked = list(self.letters.items()), set()
        with line, line.makefile("rb") as commands:
            try:
                line.sendall(b"+OK ready\r\n")
                for command in commands:
                    word, *arguments = command.decode("ascii").split()
                    self.asked.append(command.decode("ascii").strip())
                    line.sendall(self._reply(word, [int(each) for each in arguments if each.isdecimal()], letters, marked))
                    if word == "QUIT":
                        return
            except OSError:
                pass

    def _reply(self, word, numbers, letters, marked):
        number = numbers[0] - 1 if numbers else None
        if word in self.replace and (reply := self.replace[word](number, letters)) is not None:
            return reply
        listed = [(n, unique_id, octets) for n, (unique_id, octets) in enumerate(letters) if n not in marked]
        if word == "CAPA":
            return b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n" + (b"PIPELINING\r\n" if self.pipelining else b"") + b".\r\n"
        if word == "STAT":
            return b"+OK %d %d\r\n" % (len(listed), sum(len(octets) for _, _, octets in listed))
        if word == "LIST":
            return b"+OK\r\n" + b"".join(b"%d %d\r\n" % (n + 1, len(octets)) for n, _, octets in listed) + b".\r\n"
        if word == "UIDL":
            return b"+OK\r\n" + b"".join(b"%d %s\r\n" % (n + 1, unique_id.encode()) for n, unique_id, _ in listed) + b".\r\n"
        if word == "RETR":
            return b"+OK\r\n" + stuffed(letters[number][1])
        if word == "TOP":
            header, _, body = letters[number][1].partition(b"\r\n\r\n")
            lines = b"".join(each + b"\r\n" for each in body.split(b"\r\n")[:numbers[1]])
            return b"+OK\r\n" + stuffed(header + b"\r\n\r\n" + lines)
        if word == "DELE":
            marked.add(number)
        if word == "QUIT":
            for n in marked:
                unique_id, octets = letters[n]
                self.deleted.append(octets)
                if self.letters.get(unique_id) == octets:
                    del self.letters[unique_id]
        return b"+OK\r\n"
