"""badclients-policy without Dovecot: started as Dovecot does, and asked over HTTP."""

import json
import os
import pathlib
import resource
import socket
import subprocess

from . import project
from .audit import audit_lines
from .case import TestCase
from .process import PATIENCE, wait_until
from .site import Site

GENERAL = 'This login is not allowed. Please ask your mail administrator.'  # a refused user's text
ADDRESS_SPACE = 256 * 1024 * 1024  # Dovecot's default_vsz_limit


def request(fields=None, command='allow', headers=(), body=None, first=None):
    """The bytes of a request. `fields`: of the JSON object; `body`, `first` line: instead."""
    if body is None:
        body = json.dumps(fields)
    body = body.encode() if isinstance(body, str) else body
    lines = [first or f'POST /?command={command} HTTP/1.1', 'Host: 127.0.0.1',
             *headers, f'Content-Length: {len(body)}']
    return '\r\n'.join([*lines, '', '']).encode() + body


def login(address, user='alice', service='imap', **more):
    return {'login': user, 'remote': address, 'protocol': service, **more}


def repr_json(text):
    """A JSON string; not dumps(), which escapes what needs no escape."""
    return '"' + ''.join(f'\\u{ord(c):04x}' if c < ' ' or c in '"\\' else c for c in text) + '"'


class Answer:
    """Of the server: `status`, `headers` (names in lower case), `body`."""

    def __init__(self, head, body):
        first, *lines = head.decode().split('\r\n')
        self.version, code, _ = first.split(' ', 2)
        self.status = int(code)
        self.headers = {name.lower(): value for name, value in
                        (line.split(': ', 1) for line in lines if line)}
        self.body = body

    @property
    def ends(self):
        return self.headers.get('connection') == 'close'

    @property
    def allowed(self):
        """True, False; None: it says neither."""
        if self.status != 200:
            return None
        said = json.loads(self.body)
        if sorted(said) != ['msg', 'status'] or said['status'] not in (0, -1):
            raise AssertionError(f'no answer of the protocol: {self.body}')
        return said['status'] == 0

    @property
    def text(self):
        return json.loads(self.body)['msg']


class PolicyClient:
    """One connection, and the badclients-policy at its other end. `stop()` ends both.

    `environment`, `leaked` (descriptors to pass on) as Dovecot gives them. Its log is a file,
    and a pipe where `log_pipe`.
    """

    def __init__(self, site, environment=None, log_pipe=False, leaked=(), receive_buffer=None, program=None):
        with socket.socket() as listener:
            listener.bind(('127.0.0.1', 0))
            listener.listen()
            self.socket = socket.socket()
            if receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.connect(listener.getsockname())
            theirs, _ = listener.accept()
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._log_file = project.temporary_folder('policy') / 'stderr'
        self._pipe, writer = None, None
        if log_pipe:
            self._pipe, writer = os.pipe()
            os.set_blocking(self._pipe, False)
        user, group = project.account()
        account = {'user': user, 'group': group, 'extra_groups': []} if os.geteuid() == 0 else {}
        with theirs, self._log_file.open('wb') as log:
            self.process = subprocess.Popen(
                [program or project.programs() / 'badclients-policy', '--config', site.config],
                stdin=theirs, stdout=theirs, stderr=writer if log_pipe else log, cwd='/',
                env=environment or {}, pass_fds=leaked, preexec_fn=_limits, **account)
        self.log_writer = writer
        self._bytes = b''
        self._piped = b''

    def stop(self):
        self.socket.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self._pipe, self.log_writer):
            if descriptor is not None:
                os.close(descriptor)
        self._pipe = self.log_writer = None

    def stop_reading_log(self):
        """Nobody has the reading end of its pipe any more."""
        for descriptor in (self._pipe, self.log_writer):
            os.close(descriptor)
        self._pipe = self.log_writer = None

    @property
    def worker(self):
        """The process that decides."""
        def only():
            children = pathlib.Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children')
            found = children.read_text().split()
            return int(found[0]) if len(found) == 1 else None
        return wait_until(only, 'one child')

    def log(self):
        if self._pipe is not None:
            try:
                while piece := os.read(self._pipe, 65536):
                    self._piped += piece
            except BlockingIOError:
                pass
            return self._piped.decode(errors='surrogateescape')
        return self._log_file.read_text(errors='surrogateescape')

    def lines(self):
        return audit_lines(self.log())

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, fields, **how):
        """The answer to a request (`request`)."""
        self.send(request(fields, **how))
        return self.answer()

    def answer(self):
        """The next one; None: the connection ended instead."""
        while b'\r\n\r\n' not in self._bytes:
            if not self._receive():
                if self._bytes:
                    raise AssertionError(f'half an answer: {self._bytes}')
                return None
        head, _, rest = self._bytes.partition(b'\r\n\r\n')
        answer = Answer(head, b'')
        length = int(answer.headers.get('content-length', 0))
        while len(rest) < length:
            if not self._receive():
                raise AssertionError(f'half an answer: {self._bytes}')
            rest = self._bytes.partition(b'\r\n\r\n')[2]
        answer.body, self._bytes = rest[:length], rest[length:]
        return answer

    def _receive(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionError:
            return False
        self._bytes += piece
        return bool(piece)

    def wait(self):
        """The exit code, when it has ended by itself."""
        return self.process.wait(PATIENCE)

    def open_files(self):
        """What the process that decides has open: {number: what}."""
        folder = pathlib.Path(f'/proc/{self.worker}/fd')
        return {int(file.name): os.readlink(file) for file in folder.iterdir()}


class PolicyTestCase(TestCase):
    """Of connections to sites at which New Outlook's networks are listed."""

    def site(self, **sections):
        site = Site(**sections)
        site.list('ip_net.deny', '52.96.0.0/14')
        return site

    def with_secret(self, text='s3cret\n', mode=0o600):
        """(site, the file with the secret)"""
        site = self.site()
        file = site.folder / 'secret'
        file.write_text(text)
        project.give_away(file)
        file.chmod(mode)
        site.configure(policy={'secret_file': file})
        return site, file

    def connect(self, site, **how):
        return self.own(PolicyClient(site, **how))


def _limits():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
