"""An SMTP client that a mail server takes for one from any address: servers of tests believe what the
PROXY protocol (version 1) says."""

import base64
import smtplib
import ssl

from . import sasl
from .clients import Reply


class Client(smtplib.SMTP):
    """Says first, as a proxy does, for whom it speaks."""

    def __init__(self, port, address):
        self._address = address
        super().__init__('127.0.0.1', port, timeout=60)

    def _get_socket(self, host, port, timeout):
        sock = super()._get_socket(host, port, timeout)
        family = 'TCP6' if ':' in self._address else 'TCP4'
        here = '2a02:8109::1' if ':' in self._address else '192.0.2.1'
        sock.sendall(f'PROXY {family} {self._address} {here} 4711 25\r\n'.encode())
        return sock

    def encrypt(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.starttls(context=context)
        self.ehlo()
        return self

    def plain(self, user, password):
        """The code that AUTH PLAIN is answered with."""
        secret = base64.b64encode(f'\0{user}\0{password}'.encode()).decode()
        return self.docmd('AUTH', f'PLAIN {secret}')[0]

    def log_in(self, mechanism, user, password):
        """AUTH without an initial response: a command line may have 512 bytes, an answer 12,288."""
        conversation, initial = sasl.start(mechanism, user, password)
        code, text = self.docmd('AUTH', mechanism)
        while code == 334:
            if initial is not None:
                answer, initial = initial, None
            else:
                answer = sasl.answer(conversation, sasl.decode(text))
            code, text = self.docmd(sasl.encode(answer))
        return Reply(code == 235, f'{code} {text.decode()}')
