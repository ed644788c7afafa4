#!/usr/bin/env python3
"""A Dovecot that hands its clients on to another: a refused client does not get there, nor does its
password."""

import harness
from harness import clients, dovecot
from harness.audit import audit_lines
from harness.world import HOME, NEW_OUTLOOK

RIGHT = harness.Dovecot.users['alice']
SERVICES = {'imap': clients.imap, 'pop3': clients.pop3, 'sieve': clients.sieve,
            'submission': clients.submission}
# Checks the password, and says where the mailbox is.
FIRST = dovecot.PASSDBS.index('\npassdb', 1)


class Proxying(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        # Every password is right there: what comes is logged in.
        cls.backend = cls.share(harness.Dovecot(harness.Site(), '''
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=%d gid=%d home=/tmp/badclients-none/%%u
}
''' % (dovecot.UID, dovecot.UID), settings='auth_debug = yes\nauth_debug_passwords = yes\n'))

    def front(self, fields, **general):
        """A Dovecot whose first passdb adds these fields."""
        site = harness.Site(general={'deny_message': 'Not from there.',
                                     'deny_message_services': 'imap pop3 sieve submission',
                                     **general})
        site.list('ip_net.deny', '52.96.0.0/14')
        passdbs = dovecot.PASSDBS[:FIRST].replace(
            'result_success', f'override_fields = {fields}\n  result_success', 1)
        return self.own(harness.Dovecot(site, passdbs + dovecot.PASSDBS[FIRST:]))

    def proxy(self, service, word='proxy=y'):
        return f'{word} host=127.0.0.1 port={self.backend.ports[service]}'

    def test_an_allowed_client_is_handed_on(self):
        for service, login in SERVICES.items():
            with self.subTest(service):
                front = self.front(self.proxy(service))
                seen = self.backend.log_of(lambda s=front, f=login: self.assertTrue(
                    f(s, 'alice', RIGHT, HOME).logged_in))
                self.assertIn('alice', seen)

    def test_a_refused_client_does_not_get_there_nor_does_its_password(self):
        for word in ('proxy=y', 'proxy_maybe=y', 'proxy'):
            for service, login in SERVICES.items():
                with self.subTest(service, word=word):
                    front = self.front(self.proxy(service, word))
                    replies = []

                    def attempt(s=front, f=login, r=replies):
                        log = s.log_of(lambda: r.append(f(s, 'alice', RIGHT, NEW_OUTLOOK)))
                        line, = audit_lines(log)
                        self.assertEqual((True, 'ip_net'), (line.blocked, line['matched']))

                    seen = self.backend.log_of(attempt)
                    self.assertFalse(replies[0].logged_in)
                    self.assertNotIn('Not from there', replies[0].text)
                    self.assertNotIn('alice', seen)
                    self.assertNotIn(RIGHT, seen)

    def test_this_test_would_see_a_password_that_is_sent_on(self):
        """A passdb behind badclients says proxy, which badclients cannot see."""
        site = harness.Site(general={'deny_message': 'Not from there.',
                                     'deny_message_services': 'imap'})
        site.list('ip_net.deny', '52.96.0.0/14')
        later = ('passdb {\n  driver = static\n  args = nopassword=y %s\n'
                 '  skip = unauthenticated\n}\n' % self.proxy('imap'))
        front = self.own(harness.Dovecot(site, dovecot.PASSDBS + later))
        seen = self.backend.log_of(lambda: self.assertTrue(
            clients.imap(front, 'alice', RIGHT, NEW_OUTLOOK).logged_in))
        self.assertIn('alice', seen)
        site.configure(general={'deny_message_services': None})
        seen = self.backend.log_of(lambda: self.assertFalse(
            clients.imap(front, 'alice', RIGHT, NEW_OUTLOOK).logged_in))
        self.assertNotIn('alice', seen)


if __name__ == '__main__':
    harness.main()
