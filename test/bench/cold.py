"""A login that has to ask, where every server takes its time to answer."""

import contextlib
import socket
import statistics
import threading
import time

import harness
from harness import world
from harness.registry import publish_world

DELAY = 0.2  # seconds, of every server
# Of a login's questions the longest chain in which one needs the answer of the one before:
# the origin, and then the description of the AS (and, at the same time, the registration).
CHAIN = 2 * DELAY


class SlowNameserver:
    """Hands each question on to `nameserver` DELAY later, and the answer back."""

    def __init__(self, nameserver):
        self._behind = ('127.0.0.1', nameserver.port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(('127.0.0.1', 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):
            self._socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                question, client = self._socket.recvfrom(4096)
                threading.Timer(DELAY, self._answer, (question, client)).start()

    def _answer(self, question, client):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind, \
                contextlib.suppress(OSError):
            behind.settimeout(2)
            behind.sendto(question, self._behind)
            self._socket.sendto(behind.recv(4096), client)


def slowly(connection, answer):
    """A registry's manner: see harness/whois.py."""
    time.sleep(DELAY)
    connection.sendall(answer)


def measure(rounds, **lookup):
    """The median time in seconds of a login of which nothing is known; where `lookup` has settings,
    of one with registry data and these."""
    nameserver = world.nameserver().start()
    registries = world.registries()
    slow = SlowNameserver(nameserver)
    registries.ripencc.manner = registries.arin.manner = slowly
    try:
        return statistics.median(_one(slow, registries, lookup) for _ in range(rounds))
    finally:
        for server in (slow, registries, nameserver):
            server.stop()


def _one(nameserver, registries, lookup):
    site = harness.Site(nameserver, registries, lookup=lookup)
    if lookup:
        done = site.ctl('registry', 'update', '--force', '--from', publish_world())
        if done.returncode:
            raise RuntimeError(done.stderr)
    site.login(address=world.HOME)  # compiles the lists
    begin = time.monotonic()
    outcome = site.login(address=world.SUGAR_MAIL)
    took = time.monotonic() - begin
    if outcome.audit['facts'] != ('local' if lookup else 'fresh') or outcome.audit['net_name'] == 'None':
        raise RuntimeError(f'not all was learnt: {outcome}')
    return took
