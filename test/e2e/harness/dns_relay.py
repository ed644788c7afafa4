"""A resolver between badclients and a nameserver, which counts what is asked, and falls silent."""

import socket
import struct
import threading


class DnsRelay:
    """Passes questions (UDP) on to `nameserver`, and its answers back.

    `mute` is a function that says of a name (lower case, no dot at its end) whether its questions
    get no answer; None: all are answered.
    """

    def __init__(self, nameserver, mute=None):
        self._nameserver = nameserver
        self.mute = mute
        self._lock = threading.Lock()
        self._asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(('127.0.0.1', 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def asked(self):
        """The names asked for so far, in their order, retries too."""
        with self._lock:
            return list(self._asked)

    def forget(self):
        with self._lock:
            self._asked.clear()

    def stop(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                question, sender = self._socket.recvfrom(4096)
            except OSError:
                return
            threading.Thread(target=self._answer, args=(question, sender), daemon=True).start()

    def _answer(self, question, sender):
        name = _name_in(question)
        with self._lock:
            self._asked.append(name)
        mute = self.mute
        if mute and mute(name):
            return
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
            upstream.settimeout(5)
            try:
                upstream.connect(('127.0.0.1', self._nameserver.port))
                upstream.send(question)
                self._socket.sendto(upstream.recv(4096), sender)
            except OSError:
                pass  # who asked has gone, or we were stopped


def _name_in(question):
    labels, at = [], struct.calcsize('>6H')
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode('latin-1').lower())
        at += 1 + question[at]
    return '.'.join(labels)
