#!/usr/bin/env python3
"""Many logins at once through a real Dovecot and badclients-policy, while nobody in the network answers:
64 wait, the others are answered with what is known, and nobody is let in because Dovecot gave up."""

import os
import signal
import socket
import threading
import time

import harness
from harness import sasl
from harness.audit import audit_lines
from harness.process import prefer, wait_until

PASSDB = 'passdb {\n  driver = static\n  args = password=secret nodelay=y\n}\n'
SETTINGS = 'service auth {\n  client_limit = 2000\n}\n'
COUNT = 300
LISTED = range(11, COUNT, 29)  # ten of them
MOST, MOST_OF_ONE = 64, 8
DEADLINE = '8s'
TRIES = 3  # a burst that something else on the machine held up says nothing about how long it takes


def address_of(number):
    """A block of its own for each."""
    return f'52.97.246.{number % 256}' if number in LISTED else f'84.{number // 200}.{number % 200}.9'


class Auth:
    """A client of Dovecot's auth process, as Postfix is one: it need not wait for one answer to ask the
    next question."""

    numbers = iter(range(os.getpid() * 100, 1 << 30))

    def __init__(self, server):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(str(server.sasl_socket))
        self._socket.sendall(f'VERSION\t1\t1\nCPID\t{next(self.numbers)}\n'.encode())
        self.answers = {}  # number: (logged in, when)
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, logins):
        """{number: (user, address)}, in one write; when."""
        requests = ''
        for number, (user, address) in logins.items():
            response = sasl.encode(next(sasl.plain(user, 'secret')))
            requests += (f'AUTH\t{number}\tPLAIN\tservice=imap\tlip=127.0.0.1\tnologin\t'
                         f'rip={address}\tresp={response}\n')
        self._socket.sendall(requests.encode())
        return time.monotonic()

    def wait_for(self, count):
        wait_until(lambda: len(self.answers) >= count, f'{count} answers')

    def _listen(self):
        with self._socket.makefile('rb') as lines:
            for line in lines:
                word, _, fields = line.decode().rstrip('\n').partition('\t')
                if word in ('OK', 'FAIL'):
                    self.answers[int(fields.split('\t')[0])] = (word == 'OK', time.monotonic())


class Waiting(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site(self.own(harness.SilentNameserver()),
                                 lookup={'deadline': DEADLINE, 'origin': 'none'})
        self.site.list('ip_net.deny', '52.96.0.0/14')
        self.site.list('rev_host.deny', '.*%.nobody%.invalid')
        self.server = self.own(harness.Dovecot.with_policy(
            self.site, PASSDB, SETTINGS, auth_policy_server_timeout_msecs='12000'))
        prefer(os.getpid())
        prefer(self.server.daemon.pid)
        self.auth = Auth(self.server)

    def burst(self):
        """The longest that a listed login took, from sending it to its answer."""
        log = self.server.log()
        users = [f'user{number}' for number in range(COUNT)]
        auth = Auth(self.server)
        sent = auth.send({n + 1: (users[n], address_of(n)) for n in range(COUNT)})
        auth.wait_for(COUNT)
        wait_until(lambda: self.lines_since(log) >= COUNT, 'a line each')
        lines = {line['ip']: line for line in audit_lines(self.server.log()[len(log):])}
        self.assertEqual({address_of(n) for n in range(COUNT)}, set(lines))
        waited = 0
        for number in range(COUNT):
            line = lines[address_of(number)]
            listed = number in LISTED
            self.assertEqual((not listed, listed), (auth.answers[number + 1][0], line.blocked), line)
            self.assertEqual(users[number], line['user'])
            self.assertNotIn('error', line)
            if not listed:
                self.assertEqual('partial', line['facts'])
            waited += float(line['took'].removesuffix('ms')) > 1000
        self.assertGreater(waited, MOST // 2)
        self.assertLessEqual(waited, MOST)
        self.assertEqual(0, self.server.log()[len(log):].count('Policy server HTTP error'))
        return max(auth.answers[n + 1][1] for n in LISTED) - sent

    def lines_since(self, log):
        return self.server.log()[len(log):].count('mail-audit: ')

    def test_of_300_at_once_the_listed_are_refused_within_a_second_and_nobody_is_let_in_unasked(self):
        seen = []
        while len(seen) < TRIES:
            for file in self.site.state.glob('*.db*'):
                file.unlink()
            seen.append(self.burst())
            if seen[-1] < 1:
                return
        self.fail(f'the slowest listed login was answered after (s): {seen}')

    def wait_for_helpers(self, count):
        wait_until(lambda: len(self.helpers()) >= count, f'{count} logins ask the network')

    def helpers(self):
        found = []
        for process in os.scandir('/proc'):
            try:
                with open(f'{process.path}/comm', encoding='ascii') as comm:
                    if comm.read() != 'badclients-look\n':
                        continue
                with open(f'{process.path}/cmdline', 'rb') as words:
                    if str(self.site.config).encode() in words.read():
                        found.append(int(process.name))
            except (OSError, ValueError):
                pass
        return found

    def test_one_user_whose_zone_is_slow_keeps_nobody_waiting_and_his_others_are_answered(self):
        self.auth.send({n: ('alice', f'84.1.{n}.9') for n in range(1, 21)})
        self.auth.wait_for(20 - MOST_OF_ONE)
        self.wait_for_helpers(MOST_OF_ONE)
        self.assertEqual(20 - MOST_OF_ONE, len(self.auth.answers))
        self.assertTrue(all(logged_in for logged_in, _ in self.auth.answers.values()))
        # Another user waits all the same.
        self.auth.send({30: ('bob', '84.2.1.9')})
        self.wait_for_helpers(MOST_OF_ONE + 1)
        self.assertNotIn(30, self.auth.answers)

    def test_neither_does_one_block(self):
        self.auth.send({n: (f'user{n}', f'84.1.1.{n}') for n in range(1, 21)})
        self.auth.wait_for(20 - MOST_OF_ONE)
        self.wait_for_helpers(MOST_OF_ONE)
        self.assertEqual(20 - MOST_OF_ONE, len(self.auth.answers))

    def test_on_error_speaks_for_those_who_may_not_wait(self):
        self.site.configure(general={'on_error': 'deny'})
        self.auth.send({n: ('alice', f'84.1.{n}.9') for n in range(1, 21)})
        self.auth.wait_for(20 - MOST_OF_ONE)
        self.assertFalse(any(logged_in for logged_in, _ in self.auth.answers.values()))

    def test_a_process_that_is_killed_gives_its_place_back(self):
        self.auth.send({n: ('alice', f'84.1.{n}.9') for n in range(1, 9)})
        self.wait_for_helpers(MOST_OF_ONE)
        os.kill(self.asker(self.helpers()[0]), signal.SIGKILL)
        self.auth.wait_for(1)
        self.auth.send({20: ('alice', '84.1.20.9')})
        self.wait_for_helpers(MOST_OF_ONE)
        self.assertNotIn(20, self.auth.answers)

    @staticmethod
    def asker(helper):
        with open(f'/proc/{helper}/stat', encoding='ascii') as stat:
            return int(stat.read().rpartition(')')[2].split()[1])


if __name__ == '__main__':
    harness.main()
