#!/usr/bin/env python3
"""Lists are compiled once, and a change of them counts from the next login on."""

import contextlib
import fcntl
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import harness
from harness import project
from harness.process import wait_until
from harness.site import shell

REFUSED = '52.97.246.245'
FREE = '198.51.101.7'
MILLION = 1_000_000


def networks(count):
    """That many networks, none of which holds REFUSED or FREE."""
    return (f'{11 + (i >> 16)}.{(i >> 8) & 255}.{i & 255}.{i * 7 & 255}/32' for i in range(count))


def optimised():
    options = json.loads((project.BUILD / 'meson-info' / 'intro-buildoptions.json').read_text())
    return next(option['value'] for option in options if option['name'] == 'optimization') in '23'


class Index(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.index = self.site.state / 'lists.index'
        self.site.list('ip_net.deny', REFUSED)

    def inode(self):
        return self.index.stat().st_ino if self.index.exists() else None

    def assert_refused(self, address, rule='ip_net.deny.lst:1'):
        outcome = self.site.login(address=address)
        self.assert_denied(outcome, 'ip_net' if rule.startswith('ip_net') else 'client')
        self.assertEqual(rule, outcome.audit['rule'])
        self.assertEqual('', outcome.warnings)

    def assert_free(self, address):
        outcome = self.site.login(address=address)
        self.assert_allowed(outcome)
        self.assertEqual('', outcome.warnings)

    def settle(self):
        """Until the stamps of the lists are old enough to tell of every change, and the index has
        them."""
        def rested():
            newest = max(path.stat().st_ctime for path in
                         (self.site.lists, *self.site.lists.rglob('*')))
            return time.time() - newest > 0.5
        wait_until(rested, 'the lists are at rest')
        self.site.login(address=FREE)

    def processes(self):
        """Those that run with the site's configuration."""
        def arguments(process):
            try:
                return (process / 'cmdline').read_bytes().split(b'\0')
            except OSError:
                return []
        mine = str(self.site.config).encode()
        return [int(process.name) for process in pathlib.Path('/proc').iterdir()
                if process.name.isdigit() and mine in arguments(process)]


class Changes(Index):
    def test_the_index_is_private_and_made_once(self):
        self.assert_refused(REFUSED)
        self.assertEqual(0o600, self.index.stat().st_mode & 0o777)
        self.settle()
        before = self.inode()
        self.assert_refused(REFUSED)
        self.assert_free(FREE)
        self.assertEqual(before, self.inode())
        self.assertEqual([], list(self.site.state.glob('lists.index.*')))

    def test_the_very_next_login_obeys_a_list_that_was_edited(self):
        for _ in range(10):
            self.site.list('ip_net.deny', REFUSED)
            self.assert_refused(REFUSED)
            self.assert_free(FREE)
            self.site.list('ip_net.deny', FREE)
            self.assert_refused(FREE)
            self.assert_free(REFUSED)
        self.settle()
        self.site.list('ip_net.deny', REFUSED)
        self.assert_refused(REFUSED)

    def test_the_very_next_login_obeys_a_client_that_is_switched(self):
        catalogue = self.site.folder / 'catalogue'
        (catalogue / 'data').mkdir(parents=True)
        (catalogue / 'some-app.client').write_text('Name: Some App\n\nip_net=@data/some.lst\n')
        (catalogue / 'data' / 'some.lst').write_text(f'{FREE}\n')
        clients = self.site.lists / 'clients'
        self.assert_free(FREE)
        clients.mkdir()
        link = clients / 'some-app.client'
        link.symlink_to(catalogue / 'some-app.client')
        self.assert_refused(FREE, 'clients/some-app.client:3')
        (clients / 'some-app.monitor').write_text('')
        self.assert_free(FREE)
        (clients / 'some-app.monitor').unlink()
        self.assert_refused(FREE, 'clients/some-app.client:3')
        (clients / 'data').mkdir()
        (clients / 'data' / 'some.lst').write_text('203.0.113.7\n')
        self.assert_free(FREE)
        shutil.rmtree(clients / 'data')
        self.assert_refused(FREE, 'clients/some-app.client:3')
        link.unlink()
        self.assert_free(FREE)

    def test_another_program_makes_its_own_index(self):
        self.assert_refused(REFUSED)
        bytes_ = bytearray(self.index.read_bytes())
        bytes_[20] ^= 0xff  # the build
        self.index.write_bytes(bytes_)
        before = self.inode()
        self.assert_refused(REFUSED)
        self.assertNotEqual(before, self.inode())

    def test_bad_lines_are_named_by_every_login(self):
        self.site.list('asn.deny', *['nonsense'] * 7)
        for _ in range(3):
            outcome = self.site.login(address=REFUSED)
            self.assert_denied(outcome, 'ip_net')
            lines = outcome.warnings.splitlines()
            self.assertEqual(6, len(lines), lines)
            self.assertIn('asn.deny.lst:5: ', lines[4])
            self.assertIn('and 2 more: run badclientsctl lint', lines[5])

    def test_a_login_that_no_list_decides_reads_none(self):
        self.site.configure(general={'ignore_networks': f'{FREE}/32',
                                     'disabled_services': 'pop3'})
        self.site.login(address=FREE)
        self.assert_denied(self.site.login(address=REFUSED, service='pop3'), 'service')
        self.assertFalse(self.index.exists())


    def test_while_another_makes_the_index_logins_go_on_with_the_old_one(self):
        self.assert_refused(REFUSED)
        draft = self.site.state / 'lists.index.new'
        with open(draft, 'wb') as held:
            project.give_away(draft)
            fcntl.flock(held, fcntl.LOCK_EX)
            self.site.list('ip_net.deny', FREE)
            self.assert_refused(REFUSED)
            self.assert_free(FREE)
        self.assert_refused(FREE)
        self.assert_free(REFUSED)


class Trouble(Index):
    def assert_decided_without(self, reason):
        for _ in range(2):
            outcome = self.site.login(address=REFUSED)
            self.assert_denied(outcome, 'ip_net')
            self.assertIn('every login reads the lists anew', outcome.warnings)
            self.assertIn(reason, outcome.warnings)
            self.assertEqual(1, outcome.warnings.count('lists.index'))

    def test_a_state_folder_that_cannot_be_written(self):
        self.site.state.chmod(0o555)
        self.assert_decided_without('Permission denied')

    def test_no_state_folder(self):
        self.site.state.rmdir()
        self.assert_decided_without('No such file or directory')

    def test_a_full_disk(self):
        if os.geteuid() != 0 or subprocess.run(['unshare', '--mount', 'true'],
                                               capture_output=True, check=False).returncode != 0:
            self.skipTest('only root may mount a small disk')
        self.site.list('asn.deny', *(f'AS{64500 + i}' for i in range(5000)))
        outcome = shell(f'''exec unshare --mount /bin/sh <<'END'
mount -t tmpfs -o size=32k none {self.site.state} || exit 9
dd if=/dev/zero of={self.site.state}/fill bs=1k 2>/dev/null
printf 'alice\\0secret\\0\\0' |
  TCPREMOTEIP={REFUSED} SERVICE=imap $badclients --config {self.site.config} 3<&0
END''')
        self.assertEqual(1, outcome.returncode, outcome.stderr)
        self.assertIn('No space left on device; every login reads the lists anew', outcome.stderr)

    def test_root_in_a_shell_leaves_nothing_that_dovecot_cannot_replace(self):
        outcome = shell(r"printf 'alice\0secret\0\0' | TCPREMOTEIP=" f'{REFUSED} SERVICE=imap '
                        f'$badclients --config {self.site.config} 3<&0')
        self.assertEqual(1, outcome.returncode, outcome.stderr)
        self.assertNotIn('lists.index', outcome.stderr)
        if os.geteuid() == 0:
            self.assertFalse(self.index.exists())
        self.assert_refused(REFUSED)
        self.assertTrue(self.index.exists())
        self.site.list('ip_net.deny', FREE)
        self.assert_refused(FREE)

    def test_a_file_that_is_cut_short_in_its_place_is_made_anew(self):
        self.assert_refused(REFUSED)
        for size in (0, 100, self.index.stat().st_size - 1):
            os.truncate(self.index, size)
            self.assert_refused(REFUSED)


class Making(Index):
    """Lists that take a while to compile."""

    def setUp(self):
        super().setUp()
        self.site.configure(lookup={'deadline': '60s'})  # builds for debugging are slow
        self.fill()

    def fill(self, *more):
        self.site.list('ip_net.deny', *more, *networks(100_000))

    def test_those_that_come_meanwhile_are_all_decided(self):
        self.assert_refused('11.0.0.0', 'ip_net.deny.lst:1')
        self.fill(FREE)
        outcomes = harness.together(12, lambda i: self.site.login(
            address=(FREE, '11.0.1.7')[i % 2]))
        for i, outcome in enumerate(outcomes):
            self.assertEqual('', outcome.warnings)
            if i % 2:
                self.assert_denied(outcome, 'ip_net')
                self.assertIn(outcome.audit['rule'],
                              ('ip_net.deny.lst:2', 'ip_net.deny.lst:3'))
        self.assert_refused(FREE)
        self.assert_refused('11.0.1.7', 'ip_net.deny.lst:3')

    def test_one_that_is_killed_while_it_makes_the_index_does_no_harm(self):
        self.assert_refused('11.0.0.0')
        self.fill(FREE)
        with subprocess.Popen([sys.executable, '-c', '''
import sys
from harness import project, site
site.project.programs = lambda: __import__('pathlib').Path(sys.argv[1])
site.run(['--config', sys.argv[2]], b'alice\\0x\\0\\0',
         {'SERVICE': 'imap', 'TCPREMOTEIP': '198.51.101.7'})
''', project.programs(), self.site.config], cwd=pathlib.Path(__file__).parent) as login:
            draft = self.site.state / 'lists.index.new'
            wait_until(lambda: draft.exists() or login.poll() is not None, 'the index is made')

            def all_killed():
                running = [pid for pid in self.processes() if pid != login.pid]
                for pid in running:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return not running
            wait_until(all_killed, 'nobody makes the index any more')
        self.assert_refused(FREE)
        self.assertFalse(draft.exists())

    def test_what_takes_longer_than_the_deadline_is_there_for_a_later_login(self):
        self.site.configure(lookup={'deadline': '100ms'}, general={'on_error': 'tempfail'})
        outcome = self.site.login(address='11.0.0.0')
        self.assertIn(outcome.exit_code, (1, 111))
        wait_until(self.index.exists, 'the index is made')
        self.site.configure(lookup={'deadline': '60s'})
        self.assert_refused('11.0.0.0')


class Large(Index):
    """A million networks."""

    def setUp(self):
        super().setUp()
        self.site.configure(lookup={'deadline': '60s'})
        self.site.list('ip_net.deny', *networks(MILLION))

    @unittest.skipUnless(shutil.which('valgrind'), 'valgrind is not installed')
    def test_it_is_made_in_five_seconds_and_costs_a_login_what_ten_networks_cost(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assert_free(FREE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertGreater(self.index.stat().st_size, 16 * MILLION)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.assertLess(spent, 5.0 if optimised() else 30.0)

        self.settle()
        million = self.instructions()
        self.site.list('ip_net.deny', *networks(10))
        self.site.login(address=FREE)
        self.settle()
        ten = self.instructions()
        self.assertLess(million, 1.1 * ten)

    def instructions(self):
        """Of a login with everything in place."""
        with tempfile.TemporaryDirectory() as folder:
            counts = pathlib.Path(folder) / 'counts'
            subprocess.run(
                ['/bin/sh', '-c', 'exec "$@" 3<&0 4>/dev/null', 'sh', 'valgrind',
                 '--tool=callgrind', f'--callgrind-out-file={counts}',
                 project.programs() / 'badclients', '--config', self.site.config],
                input=b'alice\0x\0\0', capture_output=True, check=False,
                env={'PATH': os.environ['PATH'], 'SERVICE': 'imap', 'TCPREMOTEIP': FREE})
            totals = [line for line in counts.read_text().splitlines()
                      if line.startswith(('summary:', 'totals:'))]
            return int(totals[0].split()[1])


if __name__ == '__main__':
    harness.main()
