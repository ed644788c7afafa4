#!/usr/bin/env python3
"""The helper while it waits for a stranger's answer: what it still could do, seen from outside."""

import concurrent.futures
import os
import pathlib
import threading

import harness
from harness import world
from harness.process import PATIENCE, wait_until
from harness.world import SUGAR_MAIL


def status(process):
    """/proc/PID/status as a dictionary; empty when the process has gone."""
    try:
        lines = (process / 'status').read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split(':\t', 1) for line in lines if ':\t' in line)


def helper_of(site):
    """The /proc folder of the helper that works for this site."""
    for process in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            words = (process / 'cmdline').read_bytes().split(b'\0')
        except OSError:
            continue
        if words[0].endswith(b'/badclients-lookup') and os.fsencode(site.config) in words:
            return process
    return None


class WhileItWaits(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.go_on = threading.Event()
        self.dns = world.nameserver()
        self.own(self.dns.start())
        self.registries = self.own(world.registries())
        self.registries.ripencc.manner = self.when_told
        self.site = harness.Site(self.dns, self.registries, lookup={'deadline': '60s'})

    def when_told(self, connection, answer):
        self.go_on.wait(PATIENCE)
        connection.sendall(answer)

    def while_it_waits(self, look):
        """`look(process)` while a login waits for what the registry says."""
        with concurrent.futures.ThreadPoolExecutor() as threads:
            login = threads.submit(self.site.login, address=SUGAR_MAIL)
            try:
                wait_until(self.registries.questions, 'the registry is asked')
                look(wait_until(lambda: helper_of(self.site), 'there is a helper'))
            finally:
                self.go_on.set()
            self.assert_allowed(login.result())
            self.assertEqual('EU-LINODE-20141229', login.result().audit['net_name'])

    def test_it_is_locked_in(self):
        def look(process):
            seen = status(process)
            self.assertEqual('2', seen['Seccomp'])
            self.assertEqual('1', seen['NoNewPrivs'])
            self.assertEqual(0, int(seen['CapEff'], 16) | int(seen['CapPrm'], 16))
            limits = (process / 'limits').read_text()
            self.assertRegex(limits, r'Max core file size +0 +0 ')
            self.assertRegex(limits, r'Max file size +0 +0 ')
            self.assertRegex(limits, r'Max cpu time +10 +10 ')
            self.assertRegex(limits, r'Max address space +268435456 +268435456 ')
        self.while_it_waits(look)

    def test_it_has_three_pipes_and_sockets_to_servers(self):
        if os.geteuid() != 0:
            self.skipTest('only root sees the descriptors of a process that is not dumpable')

        def look(process):
            open_ones = {}
            for descriptor in (process / 'fd').iterdir():
                try:
                    open_ones[int(descriptor.name)] = os.readlink(descriptor)
                except FileNotFoundError:
                    pass  # closed meanwhile
            for number in (0, 1, 2):
                self.assertRegex(open_ones.pop(number), '^pipe:')
            for target in open_ones.values():
                self.assertRegex(target, '^socket:')
            self.assertIn(len(open_ones), range(1, 3))
            self.assertEqual({'tcp'}, kinds_of(process, open_ones.values()))
        self.while_it_waits(look)


def kinds_of(process, sockets):
    """Which tables of the kernel name these sockets."""
    inodes = {target[len('socket:['):-1] for target in sockets}
    kinds = set()
    for kind in ('tcp', 'tcp6', 'udp', 'udp6', 'unix', 'raw', 'packet', 'netlink'):
        table = (process / 'net' / kind).read_text().splitlines()[1:]
        if any(inodes & set(line.split()) for line in table):
            kinds.add(kind)
    return kinds


if __name__ == '__main__':
    harness.main()
