#!/usr/bin/env python3
"""Dovecot 2.3 and 2.4 whose badclients-policy is missing, dies, hangs, or is ended in the middle of a
login: who gets in then, and what the log says."""

import contextlib
import os
import signal
import threading

import harness
from harness import clients, policy, project
from harness.audit import audit_lines
from harness.process import running, wait_until
from harness.versions import EachVersion
from harness.world import HOME, NEW_OUTLOOK

RIGHT = harness.Dovecot.users['alice']
TIMEOUT = {'2.3': ('auth_policy_server_timeout_msecs', '1000'),
           '2.4': ('http_client_request_absolute_timeout', '1s')}
# What runs in place of badclients-policy, and what the log says.
BROKEN = {
    'missing': (None, r'badclients: Fatal: execvp\(.*No such file or directory'),
    'ends at once': ('exit 1', r'badclients: Error: .*exit status 1'),
    'crashes at start': ('kill -SEGV $$', r'badclients: Error: .*signal 11'),
    'hangs': ('while :; do sleep 1; done', r'Error: .*Absolute request timeout expired'),
    'killed in the middle of an answer': (
        r'''printf 'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{"sta'; kill -KILL $$''',
        r'badclients: Error: .*signal 9'),
    'talks rubbish': (r"printf 'hello\r\n\r\n'", r'Error: .*Invalid HTTP version'),
}


class Broken(EachVersion):
    def dovecot(self, script, **settings):
        site = self.site()
        program = site.folder / 'program'
        if script:
            program.write_text(f'#!/bin/sh\n{script}\n')
            program.chmod(0o755)
        key, value = TIMEOUT[self.server.version]
        server = self.server.with_policy(site, executable=program, **{key: value}, **settings)
        self.addCleanup(server.stop)
        return server, program

    def check(self, reject, who_gets_in):
        for name, (script, message) in BROKEN.items():
            with self.subTest(name):
                server, program = self.dovecot(script, auth_policy_reject_on_fail=reject)
                for _ in range(2):
                    log = server.log_of(lambda s=server: self.assertEqual(
                        who_gets_in, clients.imap(s, 'alice', RIGHT, HOME).logged_in))
                    self.assertRegex(log, message)
                self.assertFalse(clients.imap(server, 'alice', 'wrong', HOME).logged_in)
                server.stop()
                # What takes no notice of its peer is not ended by Dovecot either: badclients-policy does.
                for pid in running(program) if name == 'hangs' else ():
                    os.kill(pid, signal.SIGKILL)
                wait_until(lambda p=program: not running(p), f'{program} has ended')

    def test_the_user_is_let_in_and_the_log_has_an_error(self):
        self.check('no', True)

    def test_with_reject_on_fail_he_is_refused(self):
        self.check('yes', False)


class Broken23(Broken, harness.TestCase):
    server = harness.Dovecot


class Broken24(Broken, harness.TestCase):
    server = harness.Dovecot24


class Ended(EachVersion):
    """badclients-policy itself, ended while it decides or by Dovecot."""

    def check_many(self, server, disturb):
        """Logins from four clients while disturb() runs: none is decided wrongly. How many were
        decided."""
        done = threading.Event()

        def keep_logging_in(i):
            decided = 0
            while not done.is_set():
                address = (HOME, NEW_OUTLOOK)[i % 2]
                try:
                    reply = clients.sasl_client(server, 'alice', RIGHT, address)
                except (ConnectionError, FileNotFoundError, TimeoutError):
                    continue  # nobody listens, or Dovecot hung up: nobody is in
                self.assertEqual(address == HOME, reply.logged_in, reply.text)
                decided += 1
            return decided

        def disturb_at_the_end(i):
            if i < 4:
                return keep_logging_in(i)
            try:
                return disturb()
            finally:
                done.set()

        return sum(harness.together(5, disturb_at_the_end)[:4])

    def test_no_login_is_decided_wrongly_while_dovecot_is_reloaded(self):
        site = self.site()
        server = self.own(self.server.with_policy(site))
        self.assertTrue(clients.sasl_client(server, 'bob', server.users['bob'], HOME).logged_in)

        def reload_often():
            for _ in range(10):
                lines = len(audit_lines(server.log()))
                wait_until(lambda n=lines: len(audit_lines(server.log())) > n + 5, 'logins')
                self.assertEqual(0, server.doveadm('reload').returncode)

        self.assertGreater(self.check_many(server, reload_often), 20)
        log = server.log()
        # A reload takes its own sockets away while Dovecot's auth looks at them: that is no login.
        self.assertNotRegex(log, r' (auth|badclients).*(Error(?!: (stat\(\S+/auth-userdb|stats: open\(old-stats-user)\) failed)|Warning|'
                             r'Fatal(?!: Failed to read configuration: stat\(\S+/config\) failed)|Panic)')
        server.stop()
        wait_until(lambda: not running(site.config), 'badclients-policy has ended')

    def test_nobody_listed_is_in_while_dovecot_is_stopped(self):
        site = self.site()
        server = self.own(self.server.with_policy(site))

        def stop():
            wait_until(lambda: len(audit_lines(server.log())) > 20, 'logins')
            server.daemon.stop()

        self.assertGreater(self.check_many(server, stop), 20)
        # Dovecot's script says that it was interrupted while it waited.
        self.assertNotRegex(server.log(), r'badclients: (Fatal|Panic|Error: (?!waitpid\(\) failed: Interrupted))')
        wait_until(lambda: not running(site.config), 'badclients-policy has ended')


class Ended23(Ended, harness.TestCase):
    server = harness.Dovecot

    def test_killed_while_it_waits_for_the_network_it_leaves_nobody_behind(self):
        helper = project.programs() / 'badclients-lookup'
        for reject, who_gets_in in (('no', True), ('yes', False)):
            with self.subTest(reject):
                dns = self.own(harness.SilentNameserver())
                site = self.site(lookup={'reverse_dns': 'yes', 'deadline': '20s'},
                                 dns={'nameserver': f'127.0.0.1:{dns.port}'})
                site.list('rev_host.deny', 'nobody.invalid')
                server = self.own(self.server.with_policy(
                    site, auth_policy_server_timeout_msecs='25000', auth_policy_reject_on_fail=reject))

                def kill(config=site.config):
                    wait_until(lambda: running(helper), 'badclients-lookup asks')
                    for pid in running(config):
                        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                            if os.readlink(f'/proc/{pid}/exe') == str(policy.program()):
                                os.kill(pid, signal.SIGKILL)

                log = server.log_of(lambda s=server, w=who_gets_in: harness.together(
                    2, lambda i: kill() if i else self.assertEqual(
                        w, clients.imap(s, 'alice', RIGHT, HOME).logged_in)))
                self.assertRegex(log, r'badclients: Error: .*signal 9')
                wait_until(lambda: not running(helper), 'badclients-lookup has ended')


class Ended24(Ended, harness.TestCase):
    server = harness.Dovecot24


if __name__ == '__main__':
    harness.main()
