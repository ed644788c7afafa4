#!/usr/bin/env python3
"""examples/exim as it is printed, in a real Exim that asks a real Dovecot."""

import base64
import contextlib
import os
import re
import smtplib
import ssl
import unittest

import harness
from harness import exim, project
from harness.audit import audit_lines
from harness.world import HOME, HOME_V6, NEW_OUTLOOK

EXAMPLE = project.ROOT / 'examples/exim/dovecot_auth.conf'


def for_dovecot(text):
    """What the example says in comments to add to Dovecot's configuration."""
    block = re.search(r'(?ms)^#   (service auth \{.*?^#   \})', text)[1]
    return re.sub(r'(?m)^# {0,3}', '', block)


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


@unittest.skipUnless(os.geteuid() == 0 and exim.available(), 'no Exim that can ask Dovecot')
class ThroughExim(harness.TestCase):
    def setUp(self):
        super().setUp()
        text = EXAMPLE.read_text()
        self.site = harness.Site(lookup={'reverse_dns': 'no'})
        self.site.list('ip_net.deny', '52.96.0.0/14', '2a02:8109:dead::/48')
        self.server = self.own(harness.Dovecot(self.site, settings=for_dovecot(text)))
        # Exim's user has to get through to the socket, as through /run/dovecot.
        (self.server.folder / 'run').chmod(0o755)
        self.exim = self.own(exim.Exim(text.replace('/run/dovecot/auth-client',
                                                    str(self.server.sasl_socket))))

    @contextlib.contextmanager
    def client(self, address):
        with Client(self.exim.port, address) as client:
            client.ehlo()
            yield client

    def login(self, address, password):
        """The code, and the audit line or None."""
        code = []

        def act():
            with self.client(address) as client:
                code.append(client.encrypt().plain('alice', password))
        lines = audit_lines(self.server.log_of(act))
        self.assertLessEqual(len(lines), 1)
        return code[0], lines[0] if lines else None

    def test_the_socket_is_exims_alone(self):
        mode = self.server.sasl_socket.stat()
        self.assertEqual(0o660, mode.st_mode & 0o777)

    def test_passwords_are_asked_for_by_plain_alone_and_in_tls(self):
        with self.client(HOME) as client:
            self.assertFalse(client.has_extn('auth'))
            client.encrypt()
            self.assertEqual('PLAIN', client.esmtp_features['auth'].strip())

    def test_a_login_is_logged_with_the_clients_address(self):
        right = self.server.users['alice']
        for address in (HOME, HOME_V6):
            code, line = self.login(address, right)
            self.assertEqual((235, 'smtp', address, 'alice', False),
                             (code, line['service'], line['ip'], line['user'], line.blocked))

    def test_a_listed_address_and_a_wrong_password_get_the_same_answer(self):
        right = self.server.users['alice']
        code, line = self.login(NEW_OUTLOOK, right)
        self.assertEqual((535, True, 'ip_net'), (code, line.blocked, line['matched']))
        self.assertEqual((535, True), (lambda c, l: (c, l.blocked))(
            *self.login('2a02:8109:dead::1', right)))
        code, line = self.login(HOME, 'wrong')
        self.assertEqual((535, None), (code, line))
        self.assertEqual(235, self.login(HOME, right)[0])


if __name__ == '__main__':
    harness.main()
