"""WHOIS servers (RFC 3912), one for each registry, that answer as the test says."""

import contextlib
import socket
import threading

REGISTRIES = ('arin', 'ripencc', 'apnic', 'lacnic', 'afrinic', 'iana', 'cymru')


class WhoisServer:
    """Answers with what `answers` has for the address in the question.

    `manner` says how: a function that is given the connection and the answer's bytes; the
    functions below are some. The connection is closed when it returns.
    """

    def __init__(self, heard):
        """`heard(question)` is called for each question."""
        self.answers = {}
        self.nothing = b'%ERROR:101: no entries found\r\n'
        self.manner = plainly
        self._heard = heard
        self._socket = socket.create_server(('127.0.0.1', 0), backlog=128)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):  # stopped already
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            connection.settimeout(30)
            try:
                question = b''
                while not question.endswith(b'\n'):
                    more = connection.recv(512)
                    if not more:
                        break
                    question += more
                question = question.decode('ascii', 'replace').rstrip('\r\n')
                self._heard(question)
                words = question.split()
                answer = self.answers.get(words[-1] if words else '', self.nothing)
                self.manner(connection, answer if isinstance(answer, bytes)
                            else answer.replace('\n', '\r\n').encode())
            except OSError:
                pass  # the client went away, as it may


def plainly(connection, answer):
    connection.sendall(answer)


def silently(connection, _answer):
    """Never answers, until the client gives up."""
    connection.recv(1)


def closing_early(connection, answer):
    connection.sendall(answer[:len(answer) // 3])


def endlessly(connection, answer):
    """Sends lines until the client gives up."""
    connection.sendall(answer)
    while True:
        connection.sendall(b'remarks:        and so on\r\n' * 512)


def dripping(connection, answer):
    """A byte at a time, and never done."""
    wait = threading.Event()
    while True:
        for i in range(len(answer)):
            connection.sendall(answer[i:i + 1])
            wait.wait(0.05)


class Registries:
    """A WHOIS server for each registry, and the configuration that leads to them."""

    def __init__(self):
        self._questions = []
        self._servers = {name: WhoisServer(lambda question, name=name:
                                           self._questions.append((name, question)))
                         for name in REGISTRIES}
        self.arin.nothing = b'\r\nNo match found for n + .\r\n'

    def __getattr__(self, name):
        try:
            return self.__dict__['_servers'][name]
        except KeyError:
            raise AttributeError(name) from None

    def settings(self):
        """The section [whois]."""
        return {name: f'127.0.0.1:{server.port}' for name, server in self._servers.items()}

    def questions(self):
        """What they were asked, as (registry, question), one after the other."""
        return list(self._questions)

    def stop(self):
        for server in self._servers.values():
            server.stop()
