#!/usr/bin/env python3
"""Logins through a real Dovecot 2.3, over each protocol and mechanism."""

import os

import harness
from harness import clients, dovecot, sasl
from harness.audit import audit_lines
from harness.world import HOME, MAIL_RU, NEW_OUTLOOK

RIGHT = harness.Dovecot.users['alice']
MECHANISMS = ('LOGIN', 'PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256')


class Logins(harness.TestCase):
    """ip_net.deny.lst lists the network of New Outlook."""

    @classmethod
    def setUpClass(cls):
        cls.site = harness.Site()
        cls.site.list('ip_net.deny', '# New Outlook', '52.96.0.0/14')
        cls.dovecot = cls.share(harness.Dovecot(cls.site))

    def imap(self, *args, **kwargs):
        return clients.imap(self.dovecot, *args, **kwargs)

    def test_right_password_from_an_unlisted_address_is_in(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                self.assertTrue(self.imap('alice', RIGHT, HOME, mechanism).logged_in)

    def test_right_password_from_a_listed_address_is_out(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                reply = self.imap('alice', RIGHT, NEW_OUTLOOK, mechanism)
                self.assertFalse(reply.logged_in)
                self.assertIn('AUTHENTICATIONFAILED', reply.text)

    def test_wrong_password_from_an_unlisted_address_is_out(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                self.assertFalse(self.imap('alice', 'wrong', HOME, mechanism).logged_in)

    def test_wrong_password_from_a_listed_address_is_out(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                self.assertFalse(self.imap('alice', 'wrong', NEW_OUTLOOK, mechanism).logged_in)

    def test_unknown_user_is_out_and_an_empty_password_too(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                self.assertFalse(self.imap('nobody-here', RIGHT, HOME, mechanism).logged_in)
        self.assertFalse(self.imap('alice', '', HOME).logged_in)

    def test_wrong_password_with_plain_does_not_start_badclients(self):
        log = self.dovecot.log_of(lambda: self.imap('alice', 'wrong', HOME, 'PLAIN'))
        self.assertIn('(alice,84.46.0.17', log)
        self.assertEqual([], audit_lines(log))

    def test_audit_line_stands_in_dovecots_log_at_level_info(self):
        log = self.dovecot.log_of(lambda: self.imap('alice', RIGHT, NEW_OUTLOOK))
        lines = [line for line in log.splitlines() if 'mail-audit' in line]
        self.assertEqual(1, len(lines), log)
        self.assertRegex(lines[0], r' auth: Info: mail-audit: user=<alice>, service=imap, '
                                   r'ip=52\.97\.246\.245, ')
        self.assertRegex(lines[0], r', blocked=True, matched=ip_net, rule=ip_net\.deny\.lst:2, ')
        self.assertNotIn('Error', log)

    def test_an_allowed_login_leaves_one_audit_line_and_no_complaint(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                log = self.dovecot.log_of(lambda m=mechanism: self.imap('bob', 'battery staple', HOME, m))
                line, = audit_lines(log)
                self.assertEqual(('bob', HOME, False),
                                 (line['user'], line['ip'], line.blocked))
                for level in ('Error', 'Warning', 'Fatal', 'Panic'):
                    self.assertNotIn(level, log)

    def test_pop3_submission_and_managesieve_are_decided_alike(self):
        for service, login in (('pop3', clients.pop3), ('submission', clients.submission),
                               ('sieve', clients.sieve)):
            with self.subTest(service):
                self.assertTrue(login(self.dovecot, 'alice', RIGHT, HOME).logged_in)
                log = self.dovecot.log_of(lambda f=login: self.assertFalse(
                    f(self.dovecot, 'alice', RIGHT, NEW_OUTLOOK).logged_in))
                line, = audit_lines(log)
                self.assertEqual((service, 'ip_net'), (line['service'], line['matched']))
                self.assertFalse(login(self.dovecot, 'alice', 'wrong', HOME).logged_in)

    def test_smtp_servers_that_ask_dovecot_over_sasl_are_answered_alike(self):
        def login(*args):
            return clients.sasl_client(self.dovecot, *args)
        for mechanism in sasl.MECHANISMS:
            with self.subTest(mechanism):
                self.assertTrue(login('alice', RIGHT, HOME, mechanism).logged_in)
                log = self.dovecot.log_of(lambda m=mechanism: self.assertFalse(
                    login('alice', RIGHT, NEW_OUTLOOK, m).logged_in))
                line, = audit_lines(log)
                self.assertEqual(('smtp', 'ip_net'), (line['service'], line['matched']))
                self.assertFalse(login('alice', 'wrong', HOME, mechanism).logged_in)

    def test_mailbox_keeps_the_uid_of_the_first_passdb(self):
        self.assertTrue(self.imap('alice', RIGHT, HOME).logged_in)
        owner = self.dovecot.mailbox('alice').stat()
        expected = (dovecot.UID, dovecot.UID) if os.geteuid() == 0 else (os.getuid(), os.getgid())
        self.assertEqual(expected, (owner.st_uid, owner.st_gid))

    def test_badclients_adds_no_field_to_those_of_the_first_passdb(self):
        answer = self.dovecot.doveadm('auth', 'login', '-x', f'rip={HOME}', '-x', 'service=imap',
                                      'alice', RIGHT).stdout
        self.assertIn('auth succeeded', answer)
        uids = [line.strip() for line in answer.splitlines() if 'uid=' in line]
        expected = dovecot.UID if os.geteuid() == 0 else os.getuid()
        self.assertTrue(uids, answer)
        self.assertEqual({f'uid={expected}', f'userdb_uid={expected}'} | set(uids),
                         {f'uid={expected}', f'userdb_uid={expected}'}, answer)

    def test_login_without_a_known_address_is_in_and_logged_with_ip_none(self):
        log = self.dovecot.log_of(lambda: self.assertTrue(
            clients.sasl_client(self.dovecot, 'alice', RIGHT).logged_in))
        line, = audit_lines(log)
        self.assertEqual(('None', False), (line['ip'], line.blocked))

    def test_an_ipv4_mapped_address_is_ipv4(self):
        self.assertFalse(clients.sasl_client(self.dovecot, 'alice', RIGHT,
                                             '::ffff:52.97.246.245').logged_in)

    def test_a_change_in_a_list_counts_from_the_next_login_on(self):
        self.assertTrue(self.imap('alice', RIGHT, MAIL_RU).logged_in)
        entry = self.site.list('ip_net.deny.d/new.lst', '176.112.168.0/21')
        self.addCleanup(entry.unlink, missing_ok=True)
        self.assertFalse(self.imap('alice', RIGHT, MAIL_RU).logged_in)
        entry.unlink()
        self.assertTrue(self.imap('alice', RIGHT, MAIL_RU).logged_in)


class AuthCache(harness.TestCase):
    def test_a_listed_address_is_refused_for_cached_credentials_too(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        server = self.own(harness.Dovecot(site, settings='auth_cache_size = 10M\n'))
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                for _ in range(2):
                    self.assertTrue(clients.imap(server, 'alice', RIGHT, HOME, mechanism).logged_in)
                for _ in range(2):
                    self.assertFalse(
                        clients.imap(server, 'alice', RIGHT, NEW_OUTLOOK, mechanism).logged_in)
                self.assertTrue(clients.imap(server, 'alice', RIGHT, HOME, mechanism).logged_in)
                self.assertFalse(clients.imap(server, 'alice', 'wrong', HOME, mechanism).logged_in)


class Trouble(harness.TestCase):
    def test_users_are_let_in_while_the_configuration_is_missing_and_the_log_says_so(self):
        site = harness.Site()
        server = self.own(harness.Dovecot(site))
        site.config.unlink()
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                log = server.log_of(lambda m=mechanism: self.assertTrue(clients.imap(
                    server, 'alice', RIGHT, NEW_OUTLOOK, m).logged_in))
                self.assertRegex(log, rf'auth: (Error|Warning): .*{site.config}')
                self.assertFalse(clients.imap(server, 'alice', 'wrong', NEW_OUTLOOK,
                                              mechanism).logged_in)

    def test_return_fail_on_internal_failure_refuses_while_the_configuration_is_missing(self):
        site = harness.Site()
        server = self.own(harness.Dovecot(site, passdbs=dovecot.PASSDBS.replace(
            'result_internalfail = continue', 'result_internalfail = return-fail')))
        site.config.unlink()
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                self.assertFalse(clients.imap(server, 'alice', RIGHT, HOME, mechanism).logged_in)

    def test_monitor_mode_lets_everybody_in_and_logs_who_would_have_been_refused(self):
        site = harness.Site(general={'mode': 'monitor'})
        site.list('ip_net.deny', '52.96.0.0/14')
        server = self.own(harness.Dovecot(site))
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                log = server.log_of(lambda m=mechanism: self.assertTrue(clients.imap(
                    server, 'alice', RIGHT, NEW_OUTLOOK, m).logged_in))
                line, = audit_lines(log)
                self.assertEqual((False, 'True', 'ip_net'),
                                 (line.blocked, line['would_block'], line['matched']))

    def test_many_logins_at_once_are_each_decided_rightly(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        server = self.own(harness.Dovecot(site))

        def login(i):
            return i % 2, clients.sasl_client(server, 'alice', RIGHT,
                                              (HOME, NEW_OUTLOOK)[i % 2]).logged_in

        log = server.log_of(lambda: self.assertEqual({(0, True), (1, False)},
                                                     set(harness.together(30, login))))
        self.assertEqual([False] * 15 + [True] * 15,
                         sorted(line.blocked for line in audit_lines(log)))


class Appearances(harness.TestCase):
    """User names are what strangers say."""

    # Every name exists, and has the same password.
    ANY_USER = dovecot.PASSDBS.replace('driver = passwd-file', 'driver = static').replace(
        'scheme=PLAIN @users@', 'password=secret')

    @classmethod
    def setUpClass(cls):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        cls.dovecot = cls.share(harness.Dovecot(
            site, cls.ANY_USER, settings='auth_username_chars =\nauth_username_format =\n'))

    def test_a_user_name_cannot_forge_a_field_of_the_audit_line(self):
        for name in ('al>, ip=192.0.2.1, x=<ice', 'alice\\x3e', 'alice, blocked=False', 'user=a',
                     'alice\x01\x02', 'alice\tx', 'a\nmail-audit: user=<bob>', 'a\x1b[2J',
                     'a\udcff\udc80b', '"alice"', 'alice\u202e', 'a' * 200):
            for address, outcome in ((NEW_OUTLOOK, True), (HOME, False)):
                with self.subTest(name=name, address=address):
                    log = self.dovecot.log_of(lambda n=name, a=address: clients.sasl_client(
                        self.dovecot, n, 'secret', a))
                    line, = audit_lines(log)
                    self.assertEqual((address, outcome), (line['ip'], line.blocked))
                    self.assertNotRegex(line['user'], r'[^\x20-\x7e\u00a0-\uffff]|[\udc80-\udcff]')

    def test_a_user_name_that_is_plain_text_is_logged_as_it_is(self):
        for name in ('alice@example.org', 'älice', 'a b', "o'brien", 'a=b, c'):
            with self.subTest(name):
                log = self.dovecot.log_of(lambda n=name: clients.sasl_client(
                    self.dovecot, n, 'secret', NEW_OUTLOOK))
                line, = audit_lines(log)
                self.assertEqual(name, line['user'])


if __name__ == '__main__':
    harness.main()
