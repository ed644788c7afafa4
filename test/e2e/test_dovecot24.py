#!/usr/bin/env python3
"""Dovecot 2.4 as the tests start it, without badclients: what the tests with badclients are held against."""

import harness
from harness import clients, sasl
from harness.world import NEW_OUTLOOK

RIGHT = harness.Dovecot24.users['alice']


class WithoutBadclients(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dovecot = cls.share(harness.Dovecot24(harness.Site(), harness.Dovecot24.PASSWORDS))

    def test_a_right_password_is_in_from_everywhere_and_a_wrong_one_is_not(self):
        for service in (clients.imap, clients.pop3, clients.submission, clients.sieve,
                        clients.sasl_client):
            for mechanism in sasl.MECHANISMS:
                with self.subTest(service.__name__, mechanism=mechanism):
                    def login(password, s=service, m=mechanism):
                        return s(self.dovecot, 'alice', password, NEW_OUTLOOK, m).logged_in
                    self.assertTrue(login(RIGHT))
                    self.assertFalse(login('wrong'))

    def test_it_sees_the_address_that_the_client_says(self):
        for service in ('imap', 'pop3', 'submission', 'sieve'):
            log = self.dovecot.log_of(lambda s=service: getattr(clients, s)(
                self.dovecot, 'alice', RIGHT, NEW_OUTLOOK))
            self.assertRegex(log, rf'-login: .*user=<alice>.*rip={NEW_OUTLOOK}')


if __name__ == '__main__':
    harness.main()
