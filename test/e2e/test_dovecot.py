#!/usr/bin/env python3
"""Logins through a real Dovecot 2.3, over each protocol and mechanism."""

import os
import re

import harness
from harness import clients, dovecot, introspection, project, sasl
from harness.audit import audit_lines
from harness.process import free_port
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


class Session(harness.TestCase):
    """What Dovecot says about a login besides user and address."""

    MASTER = """
auth_master_user_separator = *
passdb {
  driver = passwd-file
  args = scheme=PLAIN @users@
  master = yes
  result_success = continue
}
"""

    @classmethod
    def setUpClass(cls):
        cls.site = harness.Site()
        cls.site.list('user.allow', "'bob")
        (cls.site.lists / 'clients').mkdir()
        (cls.site.lists / 'clients' / 'masters.client').write_text(
            'Name: Masters\n\nmaster=bob ip_net=52.96.0.0/14\n')
        cls.dovecot = cls.share(harness.Dovecot(cls.site, cls.MASTER + dovecot.PASSDBS))

    def line(self, act):
        line, = audit_lines(self.dovecot.log_of(act))
        return line

    def test_the_line_has_the_session_that_dovecots_other_lines_have(self):
        log = self.dovecot.log_of(lambda: clients.imap(self.dovecot, 'alice', RIGHT, HOME))
        line, = audit_lines(log)
        self.assertEqual('session', line.fields[-1][0])
        self.assertRegex(log, rf'Login: user=<alice>.*session=<{re.escape(line["session"])}>')
        self.assertNotIn('master', line)

    def test_a_login_over_sasl_has_no_session(self):
        self.assertNotIn('session', self.line(
            lambda: clients.sasl_client(self.dovecot, 'alice', RIGHT, HOME)))

    def test_a_master_login_names_the_master_last(self):
        for mechanism in ('LOGIN', 'PLAIN'):
            with self.subTest(mechanism):
                line = self.line(lambda m=mechanism: self.assertTrue(clients.imap(
                    self.dovecot, 'alice*bob', self.dovecot.users['bob'], HOME, m).logged_in))
                self.assertEqual(('alice', 'bob'), (line['user'], line['master']))
                self.assertEqual(['session', 'master'], [name for name, _ in line.fields[-2:]])

    def test_rules_for_masters_and_allow_entries_for_the_user_alone(self):
        password = self.dovecot.users['bob']
        line = self.line(lambda: self.assertFalse(clients.imap(
            self.dovecot, 'alice*bob', password, NEW_OUTLOOK).logged_in))
        self.assertEqual(('client', 'Masters', 'bob'),
                         (line['matched'], line['client'], line['master']))
        # alice himself, and bob as bob, who may log in from everywhere
        self.assertTrue(clients.imap(self.dovecot, 'alice', RIGHT, NEW_OUTLOOK).logged_in)
        line = self.line(lambda: self.assertTrue(
            clients.imap(self.dovecot, 'bob', password, NEW_OUTLOOK).logged_in))
        self.assertEqual(('user', False), (line['matched'], 'master' in line))


class Names(harness.TestCase):
    """The user name that rules see."""

    def test_a_passdb_that_ignores_the_domain_has_to_say_what_the_name_is(self):
        for override, seen in (('', 'alice@example.org'), ('  override_fields = user=%n\n', 'alice')):
            with self.subTest(override):
                site = harness.Site()
                server = self.own(harness.Dovecot(site, dovecot.PASSDBS.replace(
                    '@users@\n', f'username_format=%n @users@\n{override}', 1)))
                log = server.log_of(lambda s=server: self.assertTrue(clients.sasl_client(
                    s, 'alice@example.org', RIGHT, HOME).logged_in))
                line, = audit_lines(log)
                self.assertEqual(seen, line['user'])


class CredentialsLookups(harness.TestCase):
    """Of users who do not log in: they exist, wherever somebody asks from."""

    # As it is without the line, too.
    PASSDBS = re.sub(r'  mechanisms = .*\n', '', dovecot.PASSDBS)

    @classmethod
    def setUpClass(cls):
        mail = project.temporary_folder('mail')
        mail.chmod(0o777)
        cls.site = harness.Site(general={'disabled_services': 'lmtp doveadm'})
        cls.site.list('ip_net.deny', '52.96.0.0/14')
        cls.port = free_port()
        cls.dovecot = cls.share(harness.Dovecot(cls.site, cls.PASSDBS, settings=f"""
protocols = imap pop3 submission sieve lmtp
userdb {{
  driver = static
  args = uid={dovecot.UID} gid={dovecot.UID} home=/tmp/badclients-none/%u
}}
service lmtp {{
  inet_listener lmtp {{
    port = {cls.port}
  }}
}}
protocol lmtp {{
  mail_location = maildir:{mail}/%u
}}
"""))

    def silently(self, act):
        """Its result, without an audit line."""
        found = []
        log = self.dovecot.log_of(lambda: found.append(act()))
        self.assertEqual([], audit_lines(log), log)
        self.assertNotIn(' auth: Error', log)
        return found[0]

    def test_lmtp_takes_mail_from_a_listed_server(self):
        for address in (HOME, NEW_OUTLOOK):
            with self.subTest(address):
                reply = self.silently(lambda a=address: clients.lmtp(
                    self.dovecot, self.port, 'alice', a))
                self.assertNotIn("doesn't exist", reply.text)
                self.assertNotIn('550', reply.text)
        reply = self.silently(lambda: clients.lmtp(self.dovecot, self.port, 'nobody', HOME))
        self.assertIn("doesn't exist", reply.text)

    def test_doveadm_finds_the_user(self):
        for arguments in (('user', 'alice'), ('auth', 'lookup', 'alice'),
                          ('auth', 'lookup', '-x', f'rip={NEW_OUTLOOK}', 'alice'),
                          ('user', '-x', f'rip={NEW_OUTLOOK}', '-x', 'service=imap', 'alice')):
            with self.subTest(arguments):
                found = self.silently(lambda a=arguments: self.dovecot.doveadm(*a))
                self.assertEqual(0, found.returncode, found.stdout + found.stderr)
                self.assertIn('alice', found.stdout)
        self.assertNotEqual(0, self.dovecot.doveadm('user', 'nobody').returncode)

    def test_a_login_with_cram_md5_is_none_of_these(self):
        log = self.dovecot.log_of(lambda: self.assertFalse(clients.imap(
            self.dovecot, 'alice', RIGHT, NEW_OUTLOOK, 'CRAM-MD5').logged_in))
        line, = audit_lines(log)
        self.assertTrue(line.blocked)


class Tokens(harness.TestCase):
    """XOAUTH2 and OAUTHBEARER beside badclients: the token is the password."""

    TOKEN = 'x' * 1500

    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(introspection.Introspection({cls.TOKEN: 'alice'}))

    def dovecot(self, passdbs):
        site = harness.Site(general={'mode': 'monitor'})
        site.list('ip_net.deny', '52.96.0.0/14')
        oauth = self.server.passdb('2.3', '  result_success = continue-ok\n'
                                          '  result_failure = return-fail\n')
        return self.own(harness.Dovecot(site, oauth + passdbs,
                                        settings='auth_mechanisms = plain xoauth2 oauthbearer\n'))

    def test_users_with_long_tokens_are_in_with_the_shipped_block_and_unseen(self):
        server = self.dovecot(dovecot.PASSDBS)
        for mechanism in ('XOAUTH2', 'OAUTHBEARER'):
            for address in (HOME, NEW_OUTLOOK):
                with self.subTest(mechanism, address=address):
                    log = server.log_of(lambda m=mechanism, a=address: self.assertTrue(
                        clients.sasl_client(server, 'alice', self.TOKEN, a, m).logged_in))
                    self.assertEqual([], audit_lines(log))
            self.assertFalse(
                clients.sasl_client(server, 'alice', 'y' * 1500, HOME, mechanism).logged_in)
        log = server.log_of(lambda: self.assertTrue(
            clients.sasl_client(server, 'alice', RIGHT, NEW_OUTLOOK).logged_in))
        line, = audit_lines(log)
        self.assertEqual('True', line['would_block'])

    def test_without_the_mechanisms_line_dovecot_refuses_them_before_badclients_runs(self):
        server = self.dovecot(re.sub(r'  mechanisms = .*\n', '', dovecot.PASSDBS))
        log = server.log_of(lambda: self.assertFalse(
            clients.sasl_client(server, 'alice', self.TOKEN, HOME, 'XOAUTH2').logged_in))
        self.assertIn('too long', log)
        self.assertEqual([], audit_lines(log))


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
