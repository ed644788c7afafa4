#!/usr/bin/env python3
"""Logins through Dovecot 2.3 and 2.4 that ask badclients-policy, as the examples set it up: over each
protocol and mechanism, and through a Postfix that asks Dovecot."""

import dataclasses
import re

import harness
from harness import clients, dovecot, introspection, postfix, project
from harness.audit import audit_lines
from harness.process import free_port
from harness.versions import TEXT, EachVersion
from harness.world import HOME, NEW_OUTLOOK

RIGHT = harness.Dovecot.users['alice']
TOKEN = 't0ken' * 400  # 2,000 bytes
MECHANISMS = ('PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'XOAUTH2')

# What a client reads: logged in, refused by a list, password wrong or user unknown.
ANSWERS = {
    'imap': ('Logged in', f'[ALERT] {TEXT}', '[AUTHENTICATIONFAILED] Authentication failed.'),
    'pop3': ('+OK Logged in.', f'-ERR [AUTH] {TEXT}', '-ERR [AUTH] Authentication failed.'),
    'submission': ('235 2.7.0 Logged in.', f'535 5.7.8 {TEXT}', '535 5.7.8 Authentication failed.'),
    'sieve': ('OK "Logged in."', f'NO "{TEXT}"', 'NO "Authentication failed."'),
    'smtp': ('235 2.7.0 Authentication successful',
             f'535 5.7.8 Error: authentication failed: {TEXT}',
             '535 5.7.8 Error: authentication failed: (reason unavailable)'),
}

@dataclasses.dataclass
class Case:
    mechanism: str
    right: bool   # a password or token that is somebody's
    user: str
    listed: bool
    address: str = ''

    @property
    def password(self):
        return (TOKEN if self.mechanism == 'XOAUTH2' else RIGHT) if self.right else 'wrong'


class Matrix(EachVersion):
    @classmethod
    def setUpClass(cls):
        cls.tokens = cls.share(introspection.Introspection({TOKEN: 'alice'}))
        cls.dovecot = cls.share(cls.server.with_policy(
            cls.site(), cls.tokens.passdb(cls.server.version) + cls.server.PASSWORDS,
            settings=cls.block('users') + 'auth_mechanisms = ' + ' '.join(MECHANISMS).lower() + '\n'))

    def check(self, service, logins):
        """`logins`: login(user, password, address) for each mechanism. All that can come over this
        service, at once, each from an address of its own."""
        cases = [Case(mechanism, right, user, listed)
                 for mechanism in logins
                 for right, user in ((True, 'alice'), (False, 'alice'), (True, 'nobody'))
                 for listed in (False, True)]
        for number, case in enumerate(cases, 1):
            case.address = f'{"52.97.246" if case.listed else "84.46.0"}.{number}'
        replies = []
        log = self.dovecot.log_of(lambda: replies.extend(harness.together(
            len(cases), lambda i: logins[cases[i].mechanism](
                cases[i].user, cases[i].password, cases[i].address))))
        lines = audit_lines(log)
        for case, reply in zip(cases, replies):
            with self.subTest(service, **vars(case)):
                self.check_case(service, case, reply, log,
                                [line for line in lines if line['ip'] == case.address])
        self.assertLessEqual({line['ip'] for line in lines}, {case.address for case in cases})
        for level in ('Error', 'Warning', 'Fatal', 'Panic'):
            self.assertNotIn(level, log)

    def check_case(self, service, case, reply, log, lines):
        # Dovecot 2.4 asks about a token that is another user's, too, and then refuses it.
        another = (self.server.version == '2.4' and case.mechanism == 'XOAUTH2' and case.right
                   and case.user == 'nobody')
        good = case.right and case.user == 'alice'
        refused = case.listed and (good or another)
        self.assertEqual(clients.Reply(good and not refused,
                                       ANSWERS[service][1 if refused else 0 if good else 2]), reply)
        asked = self.asked(service, case.mechanism) if good and not refused else 1 if good or another else 0
        self.assertEqual(asked, len(lines), log)
        for line in lines:
            self.assertEqual((case.user, service, refused),
                             (line['user'], line['service'], line.blocked))
            if service == 'smtp':
                self.assertNotIn('session', line)  # Postfix has none
            else:
                self.assertRegex(log, rf'-login: .*user=<{case.user}>.*'
                                      rf'session=<{re.escape(line["session"])}>')
            if refused:
                self.assertEqual(('ip_net', 'ip_net.deny.lst:2'), (line['matched'], line['rule']))

    def asked(self, service, mechanism):
        """How often Dovecot asks about a login that is let in: SCRAM's last message takes two steps,
        and a request each, in Dovecot 2.3, and in 2.4 for who asks it over SASL."""
        twice = mechanism == 'SCRAM-SHA-256' and (self.server.version == '2.3' or service == 'smtp')
        return 2 if twice else 1

    def check_service(self, service, mechanisms=MECHANISMS):
        login = getattr(clients, service)
        self.check(service, {mechanism: lambda *who, m=mechanism: login(self.dovecot, *who, m)
                             for mechanism in mechanisms})

    def test_imap(self):
        self.check_service('imap')

    def test_pop3(self):
        self.check_service('pop3', (None, *MECHANISMS))

    def test_submission(self):
        self.check_service('submission')

    def test_sieve(self):
        self.check_service('sieve')

    def test_smtp_through_postfix(self):
        (self.dovecot.folder / 'run').chmod(0o755)  # as /run/dovecot, for Postfix's user
        server = self.own(postfix.Postfix(self.dovecot.sasl_socket))
        self.check('smtp', {mechanism: lambda *who, m=mechanism: server.log_in(*who, m)
                            for mechanism in MECHANISMS})

    def test_the_line_has_what_the_app_calls_itself(self):
        for mechanism in MECHANISMS:
            log = self.dovecot.log_of(lambda m=mechanism: clients.imap(
                self.dovecot, 'alice', TOKEN if m == 'XOAUTH2' else RIGHT, HOME, m,
                client_id='"name" "Outlook"'))
            self.assertEqual({'"name" "Outlook"'}, {line['client_id'] for line in audit_lines(log)})

    def test_a_login_without_a_known_address_is_in_and_logged_with_ip_none(self):
        line = self.line(self.dovecot, lambda: self.assertTrue(
            clients.sasl_client(self.dovecot, 'alice', RIGHT).logged_in))
        self.assertEqual(('None', False), (line['ip'], line.blocked))


class Surroundings(EachVersion):
    """What else Dovecot does with logins."""

    def test_a_master_user_is_named_and_his_password_counts(self):
        server = self.own(self.server.with_policy(
            self.site(), self.block('master') + self.server.PASSWORDS,
            settings='auth_master_user_separator = *\n' + self.block('users')))
        for mechanism in ('LOGIN', 'PLAIN'):
            def login(password, address, m=mechanism):
                return clients.imap(server, 'alice*bob', password, address, m)
            line = self.line(server, lambda: self.assertTrue(
                login(server.users['bob'], HOME).logged_in))
            self.assertEqual(('alice', 'bob'), (line['user'], line['master']))
            line = self.line(server, lambda: self.assertEqual(
                clients.Reply(False, f'[AUTHORIZATIONFAILED] {TEXT}'),
                login(server.users['bob'], NEW_OUTLOOK)))
            self.assertEqual(('alice', 'bob', True), (line['user'], line['master'], line.blocked))
            log = server.log_of(lambda: self.assertFalse(login(RIGHT, HOME).logged_in))
            self.assertEqual([], audit_lines(log))

    def test_nothing_is_so_long_that_it_gets_a_listed_client_in(self):
        # Passwords are looked up without the domain, so that it may be anything.
        passdb = self.server.PASSWORDS.replace('scheme=PLAIN', 'scheme=PLAIN username_format=%n').replace(
            'passwd_file_path', 'auth_username_format = %{user|username}\n  passwd_file_path')
        server = self.own(self.server.with_policy(
            self.site(), passdb, settings=self.block('users') + 'auth_username_chars =\n'))
        name = 'alice@' + '\x02' * 5_400
        client_id = ' '.join(f'"{key}" "{chr(2) * 1_000}"' for key in range(7))
        for user, said in (name, None), ('alice', client_id), (name, client_id):
            with self.subTest(user=user[:9], client_id=bool(said)):
                replies = []
                line = self.line(server, lambda u=user, s=said: replies.append(
                    clients.imap(server, u, RIGHT, NEW_OUTLOOK, 'PLAIN', client_id=s)))
                self.assertTrue(line.blocked)
                self.assertEqual([clients.Reply(False, ANSWERS['imap'][1])], replies)

    def test_the_auth_cache_hides_no_login(self):
        server = self.own(self.server.with_policy(self.site(), settings='auth_cache_size = 10M\n'))
        for mechanism in ('LOGIN', 'PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256'):
            with self.subTest(mechanism):
                for address, outcome in (HOME, 0), (NEW_OUTLOOK, 1):
                    for _ in range(3):
                        lines = audit_lines(server.log_of(lambda a=address, o=outcome: self.assertEqual(
                            ANSWERS['imap'][o],
                            clients.imap(server, 'alice', RIGHT, a, mechanism).text)))
                        self.assertEqual({outcome == 1}, {line.blocked for line in lines})
                self.assertFalse(clients.imap(server, 'alice', 'wrong', HOME, mechanism).logged_in)

    def test_mail_and_doveadm_never_ask(self):
        # userdb static looks into the passdbs to see whether there is such a user.
        mail = project.temporary_folder('mail')
        mail.chmod(0o777)
        port = free_port()
        # A prefetch userdb stands before: it has nothing for who does not log in.
        server = self.own(self.server.with_policy(self.site(), settings=self.block(
            'static users', uid=dovecot.UID, home='/tmp/badclients-none') + f'''
protocols = imap pop3 submission sieve lmtp
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
protocol lmtp {{
  {self.block('mail', home=mail)}}}
'''))
        def act():
            for address in HOME, NEW_OUTLOOK:
                text = clients.lmtp(server, port, 'alice', address).text
                self.assertNotIn("doesn't exist", text)
                self.assertNotIn('550', text)
            self.assertIn("doesn't exist", clients.lmtp(server, port, 'nobody', HOME).text)
            for command in (('user', 'alice'), ('auth', 'lookup', '-x', f'rip={NEW_OUTLOOK}', 'alice')):
                self.assertEqual(0, server.doveadm(*command).returncode)
        log = server.log_of(act)
        self.assertEqual([], audit_lines(log))
        self.assertNotIn('policy', log)

    def test_a_proxying_dovecot_hands_nobody_on_whom_a_list_refuses(self):
        backend = self.own(self.server(harness.Site(), self.block('any password') + self.block(
            'static users', uid=dovecot.UID, home='/tmp/badclients-none'),
            settings='auth_debug = yes\nauth_debug_passwords = yes\n'))
        for service in ('imap', 'pop3', 'submission', 'sieve'):
            for word in ('proxy', 'proxy_maybe'):
                with self.subTest(service, word=word):
                    front = self.own(self.server.with_policy(
                        self.site(), self.handing_on(word, backend.ports[service])))
                    login = getattr(clients, service)
                    seen = backend.log_of(lambda: self.line(front, lambda: self.assertEqual(
                        clients.Reply(False, ANSWERS[service][1]),
                        login(front, 'alice', RIGHT, NEW_OUTLOOK))))
                    self.assertNotIn('alice', seen)
                    self.assertNotIn(RIGHT, seen)
                    seen = backend.log_of(lambda: self.line(front, lambda: self.assertTrue(
                        login(front, 'alice', RIGHT, HOME).logged_in)))
                    self.assertIn('alice', seen)

    def handing_on(self, word, port):
        """The passdb that checks passwords, and says where the mailbox is."""
        fields = {word: 'y', 'host': '127.0.0.1', 'port': port}
        if self.server.version == '2.3':
            more = 'override_fields = ' + ' '.join(f'{k}={v}' for k, v in fields.items())
        else:
            more = 'fields {\n' + ''.join(f'{k} = {v}\n' for k, v in fields.items()) + '}'
        return self.server.PASSWORDS.replace('}', more + '\n}')


class Matrix23(Matrix, harness.TestCase):
    server = harness.Dovecot


class Matrix24(Matrix, harness.TestCase):
    server = harness.Dovecot24


class Surroundings23(Surroundings, harness.TestCase):
    server = harness.Dovecot


class Surroundings24(Surroundings, harness.TestCase):
    server = harness.Dovecot24


if __name__ == '__main__':
    harness.main()
