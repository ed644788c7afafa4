#!/usr/bin/env python3
"""badclients-policy: how it is started, where it logs, and how a connection ends."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

import harness
from harness import clients, project
from harness.policy_client import GENERAL, PolicyTestCase, login, request
from harness.process import Daemon, free_port, listens, running, wait_until
from harness.world import HOME, NEW_OUTLOOK


@unittest.skipUnless(shutil.which('curl'), 'no curl')
class InAShell(PolicyTestCase):
    """What the manual tells people to try."""

    SECRET_FILE = '/etc/dovecot/badclients/secret'

    def commands(self):
        """Where it stands, and what to type."""
        program = project.programs() / 'badclients-policy'
        helped = subprocess.run([program, '--help'], capture_output=True, text=True, check=True).stdout
        yield 'help', re.search(r'(?s)\n  (body=.*/badclients-policy)\n', helped)[1]
        page = (project.ROOT / 'man/badclients-policy.8').read_text().replace('\\e', '\\')
        example = re.search(r'(?s)without a socket.*?\.Bd [^\n]*\n(.*?/badclients-policy)\n\.Ed', page)[1]
        yield 'manual', re.sub(r'(?m)^\$ ', '', example)

    def test_a_request_on_standard_input_is_answered_on_standard_output(self):
        """As it stands after setup, with a secret, and where there is none."""
        program = project.programs() / 'badclients-policy'
        for where, command in self.commands():
            for site in (self.site(), self.with_secret()[0]):
                with self.subTest(where, secret=site):
                    self.assertIn(self.SECRET_FILE, command)
                    here = command.replace(self.SECRET_FILE, str(site.folder / 'secret'))
                    done = subprocess.run(['/bin/sh', '-c', here.replace(
                        command.split()[-1], f'{program} --config {site.config}')],
                        capture_output=True, text=True, check=False, env={'PATH': '/usr/bin:/bin'})
                    self.assertEqual(0, done.returncode, done.stderr)
                    self.assertIn(f'"status":-1,"msg":"{GENERAL}"', done.stdout)
                    self.assertRegex(done.stderr, r'(?m)^mail-audit: user=<alice>')

    @unittest.skipUnless(shutil.which('systemd-socket-activate'), 'no systemd-socket-activate')
    def test_the_curl_of_the_readme_is_answered_after_setup(self):
        site, file = self.with_secret()
        port = free_port()
        command = re.search(r'(?m)^\$ (curl .*command=allow.*)$', (project.ROOT / 'README.md').read_text())[1]
        self.assertIn(self.SECRET_FILE, command)
        server = self.own(Daemon(['systemd-socket-activate', '-a', '--inetd', '-l', f'127.0.0.1:{port}',
                                  str(project.programs() / 'badclients-policy'), '--config', str(site.config)],
                                 project.temporary_folder('activated') / 'log'))
        server.wait_for(lambda: listens(port), 'systemd-socket-activate')
        here = command.replace(self.SECRET_FILE, str(file)).replace('127.0.0.1:4001', f'127.0.0.1:{port}')
        done = subprocess.run(['/bin/sh', '-c', here], capture_output=True, text=True, check=True,
                              env={'PATH': '/usr/bin:/bin', 'no_proxy': '*'})
        self.assertEqual('{"status":-1,"msg":"' + GENERAL + '"}', done.stdout)

    @unittest.skipUnless(shutil.which('systemd-socket-activate'), 'no systemd-socket-activate')
    def test_curl_asks_one_that_systemd_starts(self):
        site = self.site()
        port = free_port()
        log = project.temporary_folder('activated') / 'log'
        program = project.programs() / 'badclients-policy'
        server = self.own(Daemon(['systemd-socket-activate', '-a', '--inetd', '-l', f'127.0.0.1:{port}',
                                  str(program), '--config', str(site.config)], log))
        server.wait_for(lambda: listens(port), 'systemd-socket-activate')

        def curl(*arguments):
            return subprocess.run(['curl', '-s', '--noproxy', '*', '-o', '-', '-w', '\n%{http_code}',
                                   *arguments, f'http://127.0.0.1:{port}/?command=allow'],
                                  capture_output=True, text=True, check=True).stdout.split('\n')

        asked = '{"login":"alice","remote":"52.97.246.245","protocol":"imap"}'
        self.assertEqual(['{"status":-1,"msg":"' + GENERAL + '"}', '200'], curl('-d', asked))
        self.assertEqual('200', curl('--http1.0', '-d', asked)[-1])
        self.assertEqual('200', curl('-H', 'Transfer-Encoding: chunked', '-d', asked)[-1])
        padded = asked[:-1] + ',"x":"' + 'x' * 20_000 + '"}'
        self.assertEqual('200', curl('-H', 'Expect: 100-continue', '-d', padded)[-1])
        long = site.folder / 'long'
        long.write_text('x' * 300_000)
        self.assertEqual('413', curl('-d', f'@{long}')[-1])
        self.assertEqual('405', curl('-I')[-1])
        self.assertEqual('405', curl()[-1])
        # Not Dovecot's log: plain text.
        self.assertRegex(log.read_text(), r'(?m)^mail-audit: user=<alice>')

    def test_a_wrong_option_is_said_and_ends_with_2(self):
        program = project.programs() / 'badclients-policy'
        for words in (['--confg', 'x'], ['--config'], ['x'], ['--', 'x']):
            done = subprocess.run([program, *words], capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL)
            self.assertEqual((2, ''), (done.returncode, done.stdout))
            self.assertRegex(done.stderr, r'\Abadclients-policy: .*--help shows the usage\n\Z')
        self.assertRegex(subprocess.run([program, '--version'], capture_output=True, text=True,
                                        check=True).stdout, r'\Abadclients-policy \d')


class OnTheHost(PolicyTestCase):
    """Dovecot's auth is not interrupted for it: the manual's NOTES."""

    def policies(self):
        """Of the process that watches, and of the one that decides."""
        client = self.connect(self.site(lookup={'deadline': '30s'}))
        self.assertFalse(client.ask(login(NEW_OUTLOOK)).allowed)
        return os.sched_getscheduler(client.process.pid), os.sched_getscheduler(client.worker)

    def test_the_process_that_decides_waits_for_its_turn(self):
        self.assertEqual((os.SCHED_OTHER, os.SCHED_BATCH), self.policies())

    @unittest.skipUnless(os.geteuid() == 0, 'only root may go back to the usual policy')
    def test_a_policy_that_somebody_chose_stays(self):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        self.addCleanup(os.sched_setscheduler, 0, os.SCHED_OTHER, os.sched_param(0))
        self.assertEqual((os.SCHED_IDLE, os.SCHED_IDLE), self.policies())


class Log(PolicyTestCase):
    def test_who_reads_it_may_end_at_any_time(self):
        client = self.connect(self.site(), log_pipe=True)
        self.assertFalse(client.ask(login(NEW_OUTLOOK)).allowed)
        self.assertEqual(1, len(client.lines()))
        client.stop_reading_log()
        for _ in range(3):
            answer = client.ask(login(NEW_OUTLOOK))
            self.assertEqual((False, False), (answer.allowed, answer.ends))

    def test_it_is_dovecots_where_dovecot_started_it_and_else_text(self):
        site = self.site()
        client = self.connect(site, log_pipe=True)
        self.assertFalse(client.ask(login(NEW_OUTLOOK)).allowed)
        client.send(b'garbage\r\n\r\n')
        client.answer()
        client.wait()
        info, warning = client.log().splitlines()
        self.assertRegex(info, r'\A\x01\x02\d+ mail-audit: user=<alice>')
        self.assertRegex(warning, r'\A\x01\x03\d+ badclients: request refused \(400\)')
        for how in ({'environment': {'JOURNAL_STREAM': '8:1'}, 'log_pipe': True}, {}):
            client = self.connect(site, **how)
            client.ask(login(NEW_OUTLOOK))
            self.assertRegex(client.log(), r'\Amail-audit: ')

    def test_the_configuration_chooses_another(self):
        site = self.site()
        client = self.connect(site)
        for name in ('one', 'two'):
            log = site.state / name
            site.configure(general={'log': log})
            client.ask(login(NEW_OUTLOOK))
            self.assertIn('mail-audit: ', log.read_text())
        client.send(b'garbage\r\n\r\n')
        client.answer()
        self.assertIn('warning: request refused (400)', log.read_text())
        self.assertEqual('', client.log())


class Ends(PolicyTestCase):
    def test_sigterm_lets_it_answer_what_is_due_and_end(self):
        site = self.site()
        client = self.connect(site)
        client.ask(login(HOME))
        client.process.send_signal(signal.SIGTERM)
        self.assertIsNone(client.answer())
        self.assertEqual(0, client.wait())

        half = self.connect(site)
        half.ask(login(HOME))
        data = request(login(NEW_OUTLOOK))
        half.send(data[:50])
        waits_for_the_rest(half)
        half.process.send_signal(signal.SIGTERM)
        half.send(data[50:])
        self.assertFalse(half.answer().allowed)
        self.assertIsNone(half.answer())
        self.assertEqual(0, half.wait())

    def test_it_ends_with_its_answer_once_its_program_was_replaced(self):
        folder = project.temporary_folder('programs')
        program = folder / 'badclients-policy'
        shutil.copy2(project.programs() / 'badclients-policy', program)
        folder.chmod(0o755)
        client = self.connect(harness.Site(), program=program)
        answer = client.ask(login('127.0.0.1'))
        self.assertEqual((True, False), (answer.allowed, answer.ends))
        shutil.copy2(project.programs() / 'badclients-policy', folder / 'new')
        (folder / 'new').replace(program)
        time.sleep(1)  # it looks once a second
        answer = client.ask(login('127.0.0.1'))
        self.assertEqual((True, True), (answer.allowed, answer.ends))
        self.assertEqual(0, client.wait())

    def test_it_ends_with_its_parent_and_leaves_nothing(self):
        client = self.connect(self.site())
        client.ask(login(HOME))
        worker = client.worker
        client.process.kill()
        client.process.wait()
        wait_until(lambda: not os.path.exists(f'/proc/{worker}') or is_zombie(worker), 'it has ended')
        self.assertIsNone(client.answer())

    def test_it_ends_where_no_request_comes_or_only_a_half(self):
        site = self.site()
        silent, slow, cut = (self.connect(site) for _ in range(3))
        slow.send(request(login(NEW_OUTLOOK))[:-1])
        cut.send(request(login(NEW_OUTLOOK))[:-1])
        cut.socket.shutdown(socket.SHUT_WR)
        for client in (cut, silent, slow):
            self.assertIsNone(client.answer())
            self.assertEqual(0, client.wait())
            self.assertEqual([], client.lines())
        self.assertEqual('', silent.log())
        self.assertIn('the rest of a request did not come within 2 s', slow.log())
        self.assertIn('the connection ended in the middle of a request', cut.log())

    def test_it_ends_where_no_other_request_comes_within_a_minute(self):
        client = self.connect(self.site())
        self.assertTrue(client.ask(login(HOME)).allowed)
        begin = time.monotonic()
        client.socket.settimeout(70)
        self.assertEqual(b'', client.socket.recv(1))
        self.assertGreater(time.monotonic() - begin, 59)
        self.assertEqual(0, client.wait())

    def test_an_empty_line_behind_a_request_begins_no_other(self):
        client = self.connect(self.site())
        client.send(request(login(HOME)) + b'\r\n')
        self.assertTrue(client.answer().allowed)
        client.send(b'\r')
        client.send(b'\n\r\n')
        client.socket.settimeout(3)  # a request that has begun has 2 seconds
        with self.assertRaises(TimeoutError):
            client.socket.recv(1)
        self.assertTrue(client.ask(login(HOME)).allowed)
        client.socket.close()
        self.assertEqual(0, client.wait())
        self.assertNotIn('warning', client.log())

    def test_a_client_that_reads_no_answers_does_not_hold_it(self):
        client = self.connect(self.site(), receive_buffer=2048)
        worker = client.worker
        client.socket.settimeout(1)
        data = request(login(NEW_OUTLOOK)) * 100
        with self.assertRaises(OSError):
            while True:
                client.send(data)
        self.assertEqual(0, client.wait())
        self.assertIn('the client did not take the answer within', client.log())
        self.assertFalse(os.path.exists(f'/proc/{worker}'))

    def test_descriptors_that_dovecot_leaks_are_closed(self):
        readers = []
        leaked = []
        for _ in range(2):
            reader, writer = os.pipe()
            readers.append(reader)
            leaked.append(writer)
        client = self.connect(self.site(), leaked=leaked)
        client.ask(login(HOME))
        for descriptor in leaked:
            os.close(descriptor)
        for reader in readers:
            self.assertEqual(b'', os.read(reader, 1))
            os.close(reader)


POLICY = """
passdb {{
  driver = passwd-file
  args = scheme=PLAIN @users@
}}
auth_policy_server_url = http://127.0.0.1:{port}/
auth_policy_hash_nonce = any text
auth_policy_server_api_header = X-Badclients: s3cret
auth_policy_server_timeout_msecs = 6000
auth_policy_check_before_auth = no
auth_policy_report_after_auth = no
auth_policy_request_attributes = login=%{{requested_username}} remote=%{{rip}} protocol=%s session_id=%{{session}}
service badclients {{
  executable = script -p {program} --config @config@
  user = {user}
  inet_listener policy {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


class WithDovecot(PolicyTestCase):
    """Dovecot 2.3 starts it (script -p)."""

    def dovecot(self, site):
        file = site.folder / 'secret'
        file.write_text('s3cret')
        project.give_away(file)
        file.chmod(0o600)
        site.configure(policy={'secret_file': file})
        return self.own(harness.Dovecot(site, POLICY.format(
            port=free_port(), user=project.account()[0],
            program=project.programs() / 'badclients-policy')))

    def test_it_refuses_with_its_text_lets_in_and_logs_as_dovecot_does(self):
        server = self.dovecot(self.site())
        right = server.users['alice']

        def attempt(password, address):
            log = server.log_of(lambda: results.append(clients.imap(server, 'alice', password, address)))
            return results.pop().logged_in, harness.audit_lines(log), log

        results = []
        logged_in, lines, log = attempt(right, NEW_OUTLOOK)
        self.assertFalse(logged_in)
        self.assertEqual((NEW_OUTLOOK, 'imap', True), (lines[0]['ip'], lines[0]['service'], lines[0].blocked))
        self.assertIn('session', lines[0])
        self.assertRegex(log, r'(?m)badclients: Info: mail-audit: ')
        logged_in, lines, log = attempt(right, HOME)
        self.assertTrue(logged_in, log)
        self.assertEqual([False], [line.blocked for line in lines])
        logged_in, lines, _ = attempt('wrong', HOME)
        self.assertEqual((False, []), (logged_in, lines))

    def test_a_reload_and_a_stop_leave_no_process(self):
        server = self.dovecot(self.site())
        program = project.programs() / 'badclients-policy'

        def ask():
            self.assertFalse(clients.imap(server, 'alice', server.users['alice'], NEW_OUTLOOK).logged_in)

        ask()
        before = set(running(program))
        self.assertTrue(before)
        self.assertEqual(0, server.doveadm('reload').returncode)
        wait_until(lambda: not before & set(running(program)), 'those of before have ended')
        ask()
        self.assertTrue(running(program))
        server.daemon.stop()
        wait_until(lambda: not running(program), 'all have ended')

    def test_one_that_is_killed_is_replaced(self):
        server = self.dovecot(self.site())
        program = project.programs() / 'badclients-policy'
        for _ in range(3):
            self.assertFalse(clients.imap(server, 'alice', server.users['alice'], NEW_OUTLOOK).logged_in)
            for pid in running(program):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not running(program), 'they are gone')


def waits_for_the_rest(client):
    """Waits until what was sent has been read, and more is waited for."""
    def waits():
        with open(f'/proc/{client.worker}/wchan', encoding='ascii') as file:
            return 'poll' in file.read() and not unread(client)
    wait_until(waits, 'the request is being received')


def unread(client):
    """Bytes that the server's end of the connection has not read."""
    port = client.socket.getpeername()[1]
    mine = client.socket.getsockname()[1]
    with open('/proc/net/tcp', encoding='ascii') as file:
        for row in (line.split() for line in list(file)[1:]):
            if row[1].endswith(f':{port:04X}') and row[2].endswith(f':{mine:04X}'):
                return int(row[4].partition(':')[2], 16)
    return 0


def is_zombie(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True


if __name__ == '__main__':
    harness.main()
