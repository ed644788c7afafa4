"""Logins per second through a real Dovecot, with one checkpassword program or another."""

import concurrent.futures
import socket
import statistics
import subprocess
import time

from harness import Dovecot
from harness.dovecot import PASSDBS as USUAL

import starts

AT_ONCE = 4  # logins at the same time
# Else a program that is broken would let everybody in, and count as fast.
PASSDBS = USUAL.replace('result_internalfail = continue', 'result_internalfail = return-fail')
BADCLIENTS = '@badclients@ --config @config@'


def dovecot(site, program=BADCLIENTS):
    return Dovecot(site, PASSDBS.replace(BADCLIENTS, str(program)),
                   settings='service auth {\n  client_limit = 1000\n}\n'
                            'service imap-login {\n  service_count = 0\n}\n')


class Lines:
    """The client's end of a connection, line by line."""

    def __init__(self, family, address):
        self._socket = socket.socket(family)
        self._socket.settimeout(60)
        self._socket.connect(address)
        self._rest = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, text):
        self._socket.sendall(text.encode())

    def wait_for(self, begin):
        """Reads up to the first line that begins so; what else comes is skipped."""
        while True:
            line, found, rest = self._rest.partition(b'\n')
            if not found:
                more = self._socket.recv(4096)
                if not more:
                    raise RuntimeError(f'the server hung up before {begin!r}')
                self._rest += more
                continue
            self._rest = rest
            if line.startswith(begin):
                return line


def imap(server, address, count):
    """Logins per second by IMAP, one connection each."""
    def some():
        for _ in range(count // AT_ONCE):
            with Lines(socket.AF_INET, ('127.0.0.1', server.ports['imap'])) as lines:
                lines.wait_for(b'* OK')
                lines.send(f'a ID ("x-originating-ip" "{address}")\r\n')
                lines.wait_for(b'a OK')
                lines.send('b LOGIN alice "correct horse"\r\n')
                if not lines.wait_for(b'b ').startswith(b'b OK'):
                    raise RuntimeError('the login was refused')
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(some) for _ in range(AT_ONCE)]:
            done.result()
    return count // AT_ONCE * AT_ONCE / (time.monotonic() - begin)


def sasl(server, address, count):
    """Logins per second by the auth process alone (auth_logins.c)."""
    command = [starts.program('auth_logins'), server.sasl_socket, address, AT_ONCE, count]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


def logins_per_second(servers, way, address, rounds, counts):
    """{name: median of logins per second} of {name: Dovecot}, which take turns; {name: how many
    logins a turn has}."""
    for name, server in servers.items():
        way(server, address, counts[name])  # processes that Dovecot starts when they are first needed
    found = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            found[name].append(way(server, address, counts[name]))
    return {name: statistics.median(rates) for name, rates in found.items()}
