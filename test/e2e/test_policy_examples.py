#!/usr/bin/env python3
"""The policy blocks of examples/ and README.md: what Dovecot makes of them, and what it sends then."""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import unittest

import harness
from harness import clients, policy, project
from harness.http_stub import HttpStub
from harness.process import Daemon, free_port, listens
from harness.versions import TEXT, EachVersion
from harness.world import HOME, NEW_OUTLOOK

RIGHT = harness.Dovecot.users['alice']


def settings(text):
    """The lines that say something."""
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith('#')]


class Recorder(HttpStub):
    """An auth policy server that lets everybody in, and keeps what it is asked."""

    def __init__(self):
        self.requests = []

        def answer(_method, path, headers, body):
            self.requests.append((path, headers['X-Badclients'], json.loads(body)))
            return b'{"status":0,"msg":""}'
        super().__init__(answer)


def has_nftables():
    return shutil.which('nft') and subprocess.run(['nft', 'list', 'tables'], capture_output=True,
                                                  check=False).returncode == 0


class Examples(EachVersion):
    def test_doveconf_takes_it_without_a_word(self):
        server = self.own(self.server.with_policy(self.site()))
        done = subprocess.run(server.command('doveconf', '-n', '-c', server.config),
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        # 2.4 shows it within auth_policy { }.
        self.assertRegex(done.stdout, r'(?m)^ *(auth_policy_)?check_before_auth = no$')

    def test_dovecot_sends_who_logs_in_and_nothing_of_the_password(self):
        recorder = self.own(Recorder())
        server = self.own(self.server.with_policy(
            self.site(), self.block('master') + self.server.PASSWORDS,
            settings=f'auth_policy_server_url = {recorder.url}\nauth_master_user_separator = *\n'
                     + self.block('users')))
        self.assertFalse(clients.imap(server, 'alice', 'wrong', HOME).logged_in)
        self.assertTrue(clients.imap(server, 'alice', RIGHT, HOME, 'PLAIN',
                                     client_id='"name" "Outlook"').logged_in)
        self.assertTrue(clients.imap(server, 'alice*bob', server.users['bob'], HOME).logged_in)
        self.assertEqual(2, len(recorder.requests), recorder.requests)
        for (path, secret, asked), master in zip(recorder.requests, ('', 'bob')):
            self.assertEqual(('/?command=allow', policy.SECRET), (path, secret))
            self.assertEqual(('alice', HOME, 'imap', master, '', False),
                             tuple(asked[key] for key in ('login', 'remote', 'protocol', 'master',
                                                          'local_name', 'tls')))
            self.assertTrue(asked['session_id'])
            self.assertEqual('', asked.get('pwhash', ''))
        self.assertEqual('"name" "Outlook"', recorder.requests[0][2]['device_id'])

    def test_a_wrong_secret_is_an_error_in_the_log_and_lets_in_whose_password_is_right(self):
        server = self.own(self.server.with_policy(self.site(), secret='another'))
        log = server.log_of(lambda: self.assertTrue(
            clients.imap(server, 'alice', RIGHT, NEW_OUTLOOK).logged_in))
        self.assertRegex(log, r'Error: .*Policy server HTTP error: 401')
        self.assertFalse(clients.imap(server, 'alice', 'wrong', HOME).logged_in)

    @unittest.skipUnless(has_nftables(), 'no nftables here, or not root')
    def test_nobody_else_connects_where_the_firewall_has_the_example(self):
        port = free_port()
        server = self.own(self.server.with_policy(self.site(), port=port))
        account = pwd.getpwnam(project.account()[0])
        self.assertEqual((True, True), (self.connects(port, 'nobody'), self.connects(port, account.pw_name)))
        text = (project.ROOT / 'examples/nftables/badclients-policy.nft').read_text()
        for was, now in (('dport 4001', f'dport {port}'), ('{ root, dovecot }', f'{{ root, {account.pw_name} }}')):
            self.assertEqual(1, text.count(was))
            text = text.replace(was, now)
        self.addCleanup(subprocess.run, ['nft', 'delete', 'table', 'inet', 'badclients'], check=True)
        for _ in range(2):
            subprocess.run(['nft', '-f', '-'], input=text, text=True, check=True)
            self.assertEqual((False, True, True), tuple(self.connects(port, user)
                                                        for user in ('nobody', account.pw_name, 'root')))
            self.assertTrue(clients.imap(server, 'alice', RIGHT, HOME).logged_in)
            self.assertFalse(clients.imap(server, 'alice', RIGHT, NEW_OUTLOOK).logged_in)

    @staticmethod
    def connects(port, user):
        """Whether that user of this host is let connect."""
        code = f'import socket; socket.create_connection(("127.0.0.1", {port}), 10)'
        return subprocess.run(['setpriv', '--reuid', user, '--clear-groups', sys.executable, '-c', code],
                              capture_output=True, check=False).returncode == 0

    @unittest.skipUnless(shutil.which('systemd-socket-activate'), 'no systemd-socket-activate')
    def test_a_socket_of_systemd_does_what_dovecots_service_does(self):
        site = self.site()
        port = free_port()
        server = self.own(self.server.with_policy(site, port=port, settings='''
service badclients {
  inet_listener policy {
    port = 0
  }
}
'''))
        activated = Daemon(['systemd-socket-activate', '-a', '--inetd', '-l', f'127.0.0.1:{port}',
                            '/bin/sh', '-c', f'exec "$@" 2>>{site.folder}/stderr', 'sh',
                            str(policy.program()), '--config', str(site.config)],
                           site.folder / 'activate.log')
        self.own(activated)
        activated.wait_for(lambda: listens(port), 'systemd-socket-activate listens')
        self.assertTrue(clients.imap(server, 'alice', RIGHT, HOME).logged_in)
        self.assertEqual(clients.Reply(False, f'[ALERT] {TEXT}'),
                         clients.imap(server, 'alice', RIGHT, NEW_OUTLOOK))


class Examples23(Examples, harness.TestCase):
    server = harness.Dovecot


class Examples24(Examples, harness.TestCase):
    server = harness.Dovecot24


class Documents(harness.TestCase):
    def test_the_readme_shows_the_example_for_2_4(self):
        block, = re.findall(r'(?ms)^```\n(auth_policy_server_url.*?)^```$',
                            (project.ROOT / 'README.md').read_text())
        self.assertEqual(settings(policy.example('2.4')), settings(block))

    def test_both_examples_say_the_same_in_the_words_of_their_versions(self):
        def common(version):
            return {line for line in settings(policy.example(version)) if not line.endswith('{')}
        only = {'2.3': ('auth_policy_request_attributes', 'auth_policy_server_timeout_msecs', 'address'),
                '2.4': ('pwhash', 'local_name', 'master', 'http_client_request_absolute_timeout',
                        'listen')}
        for version, other in (('2.3', '2.4'), ('2.4', '2.3')):
            self.assertEqual(sorted(only[version]), sorted(
                line.split()[0] for line in common(version) - common(other)))

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd-analyze')
    def test_the_socket_and_its_service_are_in_order(self):
        folder = project.temporary_folder('systemd')
        names = ('badclients-policy.socket', 'badclients-policy@.service')
        for name in names:
            text = (project.ROOT / 'examples/systemd' / name).read_text()
            (folder / name).write_text(text.replace('/usr/libexec/badclients/badclients-policy',
                                                    str(policy.program())))
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no',
                               *(folder / name for name in names)],
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, '', ''), (done.returncode, done.stdout, done.stderr))


if __name__ == '__main__':
    harness.main()
