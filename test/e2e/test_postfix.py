#!/usr/bin/env python3
"""examples/postfix as it is printed, in a real Postfix that asks a real Dovecot 2.3 with checkpassword."""

import harness
from harness import clients, postfix, sasl
from harness.audit import audit_lines
from harness.world import HOME, NEW_OUTLOOK

RIGHT = harness.Dovecot.users['alice']
WRONG = '535 5.7.8 Error: authentication failed: (reason unavailable)'


class ThroughPostfix(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.site.list('ip_net.deny', '52.96.0.0/14')

    def start(self, **general):
        self.site.configure(general=general)
        self.server = self.own(harness.Dovecot(self.site))
        (self.server.folder / 'run').chmod(0o755)  # as /run/dovecot, for Postfix's user
        self.postfix = self.own(postfix.Postfix(self.server.sasl_socket))

    def test_each_mechanism_is_decided_by_the_clients_address(self):
        self.start()
        for mechanism in sasl.MECHANISMS:
            with self.subTest(mechanism):
                def login(password, address, m=mechanism):
                    return self.postfix.log_in('alice', password, address, m)
                self.assertEqual(clients.Reply(True, '235 2.7.0 Authentication successful'),
                                 login(RIGHT, HOME))
                log = self.server.log_of(lambda: self.assertEqual(
                    clients.Reply(False, WRONG), login(RIGHT, NEW_OUTLOOK)))
                line, = audit_lines(log)
                self.assertEqual(('smtp', NEW_OUTLOOK, 'ip_net'),
                                 (line['service'], line['ip'], line['matched']))
                self.assertEqual(clients.Reply(False, WRONG), login('wrong', HOME))

    def test_a_text_for_the_user_lets_nobody_in(self):
        # Postfix reads the answer that carries one as success: badclients sends none to smtp.
        self.start(deny_message='Not from there.', deny_message_services='smtp imap')
        self.assertEqual(clients.Reply(False, WRONG), self.postfix.log_in('alice', RIGHT, NEW_OUTLOOK))


if __name__ == '__main__':
    harness.main()
