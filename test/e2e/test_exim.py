#!/usr/bin/env python3
"""examples/exim as it is printed, in a real Exim that asks a real Dovecot."""

import contextlib
import os
import re
import unittest

import harness
from harness import exim, project, smtp
from harness.audit import audit_lines
from harness.world import HOME, HOME_V6, NEW_OUTLOOK

EXAMPLE = project.ROOT / 'examples/exim/dovecot_auth.conf'


def for_dovecot(text):
    """What the example says in comments to add to Dovecot's configuration."""
    block = re.search(r'(?ms)^#   (service auth \{.*?^#   \})', text)[1]
    return re.sub(r'(?m)^# {0,3}', '', block)


@unittest.skipUnless(os.geteuid() == 0 and exim.available(), 'no Exim that can ask Dovecot')
class ThroughExim(harness.TestCase):
    def setUp(self):
        super().setUp()
        text = EXAMPLE.read_text()
        self.site = harness.Site(lookup={'reverse_dns': 'no'})
        self.site.list('ip_net.deny', '52.96.0.0/14', '2a02:8109:dead::/48')
        self.server = self.own(self.dovecot(for_dovecot(text)))
        # Exim's user has to get through to the socket, as through /run/dovecot.
        (self.server.folder / 'run').chmod(0o755)
        self.exim = self.own(exim.Exim(text.replace('/run/dovecot/auth-client',
                                                    str(self.server.sasl_socket))))

    def dovecot(self, settings):
        return harness.Dovecot(self.site, settings=settings)

    @contextlib.contextmanager
    def client(self, address):
        with smtp.Client(self.exim.port, address) as client:
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


class ThroughEximByPolicy(ThroughExim):
    """The same where Dovecot asks badclients-policy."""

    def dovecot(self, settings):
        return harness.Dovecot.with_policy(self.site, settings=settings)


if __name__ == '__main__':
    harness.main()
