#!/usr/bin/env python3
"""Many logins at once through one auth process of a real Dovecot, while nobody in the network
answers."""

import os
import socket
import time

import harness
from harness import dovecot, sasl
from harness.audit import audit_lines
from harness.process import prefer

# Dovecot gathers refusals, and tells of them twice a second: nodelay.
PASSDBS = dovecot.PASSDBS.replace('driver = passwd-file', 'driver = static').replace(
    'scheme=PLAIN @users@', 'password=secret nodelay=y')
COUNT = 240
LISTED = range(11, COUNT, 24)  # ten of them
TRIES = 3  # a burst that something else on the machine held up says nothing about how long it takes


def address_of(number, attempt):
    """A block of its own for each, so that nobody waits for another's question."""
    return f'52.97.246.{number}' if number in LISTED else f'84.{number}.{attempt}.9'


class Burst(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(harness.SilentNameserver())

    def setUp(self):
        super().setUp()
        self.site = harness.Site(self.dns)
        self.site.list('ip_net.deny', '52.96.0.0/14')
        self.dovecot = self.own(harness.Dovecot(
            self.site, PASSDBS, settings='service auth {\n  client_limit = 2000\n}\n'))
        prefer(os.getpid())
        prefer(self.dovecot.daemon.pid)

    def burst(self, attempt):
        """All logins in one burst; {number: (logged in, seconds from sending to the answer)}."""
        request = sasl.encode(next(sasl.plain('alice', 'secret')))
        answers = {}
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(60)
            sock.connect(str(self.dovecot.sasl_socket))
            sock.sendall(b'VERSION\t1\t1\nCPID\t77\n' + b''.join(
                f'AUTH\t{number + 1}\tPLAIN\tservice=imap\tlip=127.0.0.1\tnologin\t'
                f'rip={address_of(number, attempt)}\tresp={request}\n'.encode()
                for number in range(COUNT)))
            sent = time.monotonic()
            rest = b''
            while len(answers) < COUNT:
                data = sock.recv(65536)
                self.assertTrue(data, 'Dovecot hung up')
                *lines, rest = (rest + data).split(b'\n')
                for line in lines:
                    word, _, fields = line.decode().partition('\t')
                    if word in ('OK', 'FAIL'):
                        number = int(fields.split('\t')[0]) - 1
                        answers[number] = (word == 'OK', time.monotonic() - sent)
        return answers

    def decided(self, attempt):
        """One burst, each login of which must be decided rightly and leave a line; the longest that
        a listed one took by its line, in ms, and from sending to the answer, in s."""
        answers = {}
        log = self.dovecot.log_of(lambda: answers.update(self.burst(attempt)))
        lines = {line['ip']: line for line in audit_lines(log)}
        self.assertEqual({address_of(n, attempt) for n in range(COUNT)}, set(lines))
        for number, (logged_in, _) in sorted(answers.items()):
            listed = number in LISTED
            line = lines[address_of(number, attempt)]
            self.assertEqual((not listed, listed), (logged_in, line.blocked), line)
            self.assertNotIn('error', line)
        return (max(float(lines[address_of(n, attempt)]['took'].removesuffix('ms')) for n in LISTED),
                max(answers[n][1] for n in LISTED))

    def test_listed_logins_are_refused_at_once_whatever_the_others_wait_for(self):
        seen = []
        while len(seen) < TRIES:
            took, answered = self.decided(len(seen))
            seen.append((took, answered))
            if took <= 100 and answered < 1:
                return
        self.fail(f'the slowest listed login: took (ms), answered after (s): {seen}')


if __name__ == '__main__':
    harness.main()
