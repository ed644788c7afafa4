"""Starting servers, and waiting for things instead of sleeping."""

import concurrent.futures
import contextlib
import pathlib
import random
import signal
import socket
import subprocess
import time

PATIENCE = 30.0  # seconds after which a thing that was waited for is taken to never happen


def wait_until(condition, what):
    """The first true value of `condition()`; an error that names `what` if none comes."""
    end = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f'after {PATIENCE:.0f} s still not: {what}')
        time.sleep(0.005)


def prefer(pid):
    """Lets the session of `pid` come before all others where the kernel shares out by session."""
    with contextlib.suppress(OSError):
        pathlib.Path(f'/proc/{pid}/autogroup').write_text('-20', encoding='ascii')


def is_free(port):
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as sock:
                sock.bind(('127.0.0.1', port))
    except OSError:
        return False
    return True


_reserved = []  # sockets, open for as long as this process lives


def reserve(port):
    """Makes `port` ours among all tests that run on this machine; False: it is another one's.

    A socket with an abstract name (unix(7)) says so: the kernel gives a name to one process only,
    and takes it back when that ends, however it ends.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        sock.bind(f'\0badclients-test-port-{port}')
    except OSError:
        sock.close()
        return False
    _reserved.append(sock)
    return True


def free_port():
    """A loopback port that is free for TCP and UDP, and is not given to any other test.

    Below the range from which the kernel takes ports for clients (32768 on, ip(7)), so that no
    connection of another program gets it before the server does.
    """
    while True:
        port = random.randrange(10000, 32000)
        if is_free(port) and reserve(port):
            return port


def listens(port, host='127.0.0.1'):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(1)
        return sock.connect_ex((host, port)) == 0


def together(count, act):
    """Calls act(0), ..., act(count - 1) all at once; what they returned, in that order."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


def running(word):
    """The processes with `word` in their command line, which should be a path that one test has."""
    found = []
    for process in pathlib.Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):  # it has ended
            if str(word).encode() in (process / 'cmdline').read_bytes():
                found.append(int(process.name))
    return found


class Daemon:
    """A server program that stays in the foreground."""

    def __init__(self, command, log):
        self.log = log
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log.open('ab'),
                                         stderr=subprocess.STDOUT, start_new_session=True)

    def wait_for(self, ready, what):
        def check():
            if self._process.poll() is not None:
                raise RuntimeError(f'{what} ended with {self._process.returncode}:\n'
                                   + self.log.read_text(errors='replace'))
            return ready()
        try:
            wait_until(check, what)
        except Exception:
            self.stop()
            raise

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
