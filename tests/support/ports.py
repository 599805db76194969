"""Ports for the servers of a test: no other test takes them, also not while a server is down between two starts."""
import errno
import random
import socket

# Below those that Linux gives to clients (ip_local_port_range), so that no connection takes one either.
FIRST, END = 10_000, 32_000
_claims = {}  # port: the socket whose abstract name says that the port is taken; it ends with this process


def _claim(port):
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0restante-test-port-{port}")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as error:
        claim.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    _claims[port] = claim
    return True


def free_ports(count):
    """`count` ports of 127.0.0.1 that are this process's until release()."""
    ports = []
    while len(ports) < count:
        port = random.randrange(FIRST, END)
        if _claim(port):
            ports.append(port)
    return ports


def release(ports):
    for port in ports:
        _claims.pop(port).close()
