#!/usr/bin/env python3
"""Never the same question twice: simultaneous logins wait for one answer, an answer past its time
serves while one process refreshes it, and the cache is pruned behind the users' backs."""

import collections
import os
import pathlib
import signal
import sqlite3
import subprocess
import threading
import time

import harness
from harness import project
from harness.audit import audit_lines
from harness.process import wait_until
from harness.site import NOWHERE

NETWORKS = 50
DEADLINE = 60


def network(number):
    """The first three bytes of the number-th /24."""
    return f'84.46.{number}'


def registration(number):
    return (f'inetnum:        {network(number)}.0 - {network(number)}.255\n'
            f'netname:        NET-{number}\ncountry:        DE\nsource:         RIPE\n')


class Internet:
    """A nameserver that knows the origin of every network, and registries that know every address
    in them."""

    def __init__(self, test):
        self.dns = harness.Nameserver()
        for number in range(NETWORKS):
            # The helper asks for the address' own name, which a wildcard answers.
            self.dns.record(f'*.{number}.46.84.origin.asn.cymru.com', 'TXT',
                            f'"64500 | {network(number)}.0/24 | DE | ripencc | 2004-04-21"')
            self.dns.record(f'*.{number}.46.84.in-addr.arpa', 'PTR', f'host.n{number}.example.')
        self.dns.description('64500 | DE | ripencc | 2004-04-21 | HOME-AS Home Broadband, DE')
        test.own(self.dns.start())
        self.registries = test.own(harness.Registries())
        self.registries.ripencc.answers = {
            f'{network(number)}.{host}': registration(number)
            for number in range(NETWORKS) for host in range(256)}

    def questions(self):
        """What the registries were asked, by the network it was about."""
        return collections.Counter(question.split()[-1].rpartition('.')[0]
                                   for _, question in self.registries.questions())

    def hold(self):
        """From now on the registry answers nothing, until the returned event is set."""
        event = threading.Event()

        def late(connection, answer):
            event.wait(DEADLINE)
            connection.sendall(answer)
        self.registries.ripencc.manner = late
        return event


# One shell for all of them: it starts hundreds a second.
CROWD = '''
while read -r user address; do
  { printf '%s\\0secret\\0\\0' "$user" | SERVICE=imap TCPREMOTEIP=$address "$@" 3<&0 </dev/null
    echo "$? $user" >>"$codes"; } &
done
echo all >>"$codes"
wait
'''


class Crowd:
    """Many logins at once, which write to one log file."""

    def __init__(self, site, addresses):
        self._site = site
        self._codes = project.give_away(project.temporary_folder('crowd')) / 'codes'
        self._log = self._codes.with_name('log')
        site.configure(general={'log': self._log})
        user, group = project.account()
        self._shell = subprocess.Popen(
            ['/bin/sh', '-c', CROWD, 'sh', project.programs() / 'badclients', '--config',
             site.config], stdin=subprocess.PIPE, text=True, cwd='/', start_new_session=True,
            env={'PATH': '/usr/bin:/bin', 'codes': str(self._codes)},
            **({'user': user, 'group': group, 'extra_groups': []} if os.geteuid() == 0 else {}))
        self._shell.stdin.writelines(f'user{i} {address}\n' for i, address in enumerate(addresses))
        self._shell.stdin.close()

    def codes(self):
        """The exit code of each user's login."""
        lines = self._codes.read_text().split('\n') if self._codes.exists() else []
        return {user: int(code) for code, _, user in
                (line.partition(' ') for line in lines if line) if user}

    def wait_until_started(self):
        wait_until(lambda: self._codes.exists() and 'all\n' in self._codes.read_text(),
                   'all logins have started')

    def wait(self):
        self._shell.wait()
        return self.codes()

    def log(self):
        return self._log.read_text() if self._log.exists() else ''

    def audit(self):
        return audit_lines(self.log())

    def warnings(self):
        return [line for line in self.log().splitlines() if ' warning: ' in line]


def seconds(line):
    """took="""
    return float(line['took'].removesuffix('ms')) / 1000


class FirstLogins(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.internet = Internet(self)

    def site(self, **sections):
        site = harness.Site(self.internet.dns, self.internet.registries, **sections)
        site.configure(lookup={'deadline': f'{DEADLINE}s'}, budget={'ripencc': 'none'})
        return site

    def test_a_thousand_at_once_from_fifty_networks_ask_fifty_questions(self):
        site = self.site(lookup={'reverse_dns': 'no'})
        answer_all = self.internet.hold()
        crowd = Crowd(site, [f'{network(i % NETWORKS)}.{i // NETWORKS}' for i in range(1000)])
        crowd.wait_until_started()
        answer_all.set()
        self.assertEqual({f'user{i}': 0 for i in range(1000)}, crowd.wait())
        self.assertEqual({network(number): 1 for number in range(NETWORKS)},
                         self.internet.questions())
        lines = crowd.audit()
        self.assertEqual(collections.Counter({f'NET-{number}': 20 for number in range(NETWORKS)}),
                         collections.Counter(line['net_name'] for line in lines))
        self.assertEqual({'fresh': NETWORKS, 'cached': 1000 - NETWORKS},
                         collections.Counter(line['facts'] for line in lines))
        self.assertLess(max(seconds(line) for line in lines), DEADLINE)
        self.assertEqual([], crowd.warnings())


if __name__ == '__main__':
    harness.main()
