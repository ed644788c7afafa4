#!/usr/bin/env python3
"""The helper while it waits for a stranger's answer: what it still could do, seen from outside."""

import concurrent.futures
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import unittest

import harness
from harness import project, world
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

        def open_ones_of(process):
            """Nothing as long as a nameserver has not answered, either."""
            open_ones = {}
            for descriptor in (process / 'fd').iterdir():
                try:
                    open_ones[int(descriptor.name)] = os.readlink(descriptor)
                except FileNotFoundError:
                    pass  # closed meanwhile
            return None if 'udp' in kinds_of(process, open_ones.values()) else open_ones

        def look(process):
            open_ones = wait_until(lambda: open_ones_of(process), 'the nameserver has answered')
            for number in (0, 1, 2):
                self.assertRegex(open_ones.pop(number), '^pipe:')
            for target in open_ones.values():
                self.assertRegex(target, '^socket:')
            self.assertIn(len(open_ones), range(1, 3))
            self.assertEqual({'tcp'}, kinds_of(process, open_ones.values()))
        self.while_it_waits(look)


# What an intruder who runs code in the helper tries: when the program starts, and again when it
# first connects to a server, locked in. A line each: when, what, and the error (0: it went).
INTRUDER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un path = {AF_UNIX, LOG_SOCKET};

static void say(const char* when, const char* what, int kind, long result) {
  fprintf(stderr, "%s %s %d: %d\n", when, what, kind, result < 0 ? errno : 0);
}

static void try_all(const char* when) {
  const int kinds[] = {SOCK_DGRAM, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, SOCK_SEQPACKET,
                       SOCK_STREAM};
  for (int i = 0; i < 4; ++i) {
    int pair[2] = {-1, -1};
    say(when, "pair", kinds[i], socketpair(AF_UNIX, kinds[i], 0, pair));
    say(when, "sendto", kinds[i],
        sendto(pair[0], "x", 1, 0, (struct sockaddr*)&path, sizeof path));
    struct iovec byte = {"x", 1};
    struct msghdr message = {&path, sizeof path, &byte, 1, 0, 0, 0};
    say(when, "sendmsg", kinds[i], sendmsg(pair[0], &message, 0));
  }
  say(when, "socket", 0, socket(AF_UNIX, SOCK_DGRAM, 0));
}

__attribute__((constructor)) static void start(void) { try_all("before"); }

int connect(int descriptor, const struct sockaddr* address, socklen_t length) {
  static int tried;
  if (!tried++) try_all("inside");
  int (*real)(int, const struct sockaddr*, socklen_t) = dlsym(RTLD_NEXT, "connect");
  return real(descriptor, address, length);
}
"""


@unittest.skipUnless(shutil.which('cc'), 'no C compiler')
class WithAnIntruderInside(harness.TestCase):
    def test_no_local_socket_can_be_written_to(self):
        folder = project.temporary_folder('intruder')
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(log.close)
        log.bind(str(folder / 'log'))
        log.setblocking(False)
        (folder / 'intruder.c').write_text(INTRUDER)
        subprocess.run(['cc', '-shared', '-fPIC', f'-DLOG_SOCKET="{folder}/log"', '-o',
                        folder / 'intruder.so', folder / 'intruder.c'], check=True)
        site = harness.Site(self.own(world.nameserver().start()))
        done = subprocess.run(
            [project.programs() / 'badclients-lookup', '--config', site.config, SUGAR_MAIL, 'ptr'],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, 'LD_PRELOAD': str(folder / 'intruder.so')})
        self.assertIn('ptr\tknown\t', done.stdout)
        tried = dict(line.rsplit(': ', 1) for line in done.stderr.splitlines())
        went = {what for what, error in tried.items() if error == '0'}
        datagram = socket.SOCK_DGRAM
        self.assertLessEqual({f'before {call} {datagram:d}' for call in ('pair', 'sendto', 'sendmsg')},
                             went)
        self.assertEqual(len([what for what in tried if what.startswith('before ')]),
                         len([what for what in tried if what.startswith('inside ')]))
        self.assertEqual({f'inside pair {socket.SOCK_STREAM:d}'},
                         {what for what in went if what.startswith('inside ')})
        # A pair of SOCK_SEQPACKET ignores the address; all others that went before are here.
        sent = [what for what in went
                if ' send' in what and not what.endswith(f' {socket.SOCK_SEQPACKET:d}')]
        heard = 0
        with self.assertRaises(BlockingIOError):
            while True:
                heard += len(log.recv(1))
        self.assertEqual(len(sent), heard)


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
