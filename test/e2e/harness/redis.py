"""A private Redis server on loopback, and on a socket."""

import socket

from . import project
from .process import Daemon, free_port


class Redis:
    """Running. `arguments` as on the command line of redis-server: '--requirepass', 'secret'."""

    def __init__(self, *arguments):
        self.folder = project.temporary_folder('redis')
        self.folder.chmod(0o755)  # so that others may connect to the socket
        self.socket = self.folder / 'redis.sock'
        self.port = free_port()
        self._command = [
            'redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--save', '',
            '--appendonly', 'no', '--dir', str(self.folder), '--unixsocket', str(self.socket),
            '--unixsocketperm', '777', *arguments]
        self._daemon = None
        self.start()

    def start(self):
        self._daemon = Daemon(self._command, self.folder / 'redis.log')
        self._daemon.wait_for(self._answers, 'redis-server answers')

    def stop(self):
        self._daemon.stop()

    @property
    def pid(self):
        return self._daemon.pid

    def url(self, account='', database=0):
        return f'redis://{account}127.0.0.1:{self.port}/{database}'

    def do(self, *words):
        """The reply to one command: bytes, a number, None or a list."""
        with socket.create_connection(('127.0.0.1', self.port), timeout=30) as connection:
            words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
            connection.sendall(b'*%d\r\n' % len(words)
                               + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words))
            with connection.makefile('rb') as stream:
                return _reply(stream)

    def keys(self):
        return sorted(key.decode() for key in self.do('KEYS', '*'))

    def _answers(self):
        try:
            self.do('PING')
            return self.socket.exists()
        except OSError:
            return False


def _reply(stream):
    line = stream.readline().rstrip(b'\r\n')
    kind, rest = line[:1], line[1:]
    if kind == b'$':
        return stream.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
    if kind == b'*':
        return [_reply(stream) for _ in range(int(rest))]
    return int(rest) if kind == b':' else rest
