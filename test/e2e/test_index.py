#!/usr/bin/env python3
"""Lists are compiled once, and a change of them counts from the next login on."""

import concurrent.futures
import contextlib
import fcntl
import grp
import itertools
import json
import os
import pathlib
import pwd
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
        self.lock = self.site.state / 'lists.lock'
        self.site.list('ip_net.deny', REFUSED)

    def is_at_rest(self):
        """Whether nobody makes an index."""
        with open(self.lock, 'rb') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return not self.processes()

    def inode(self):
        """Of the index, when nobody makes another."""
        if self.lock.exists():
            wait_until(self.is_at_rest, 'the index is made')
        return self.index.stat().st_ino if self.index.exists() else None

    def is_new(self, before):
        """Whether an index is in its place that is not the one of this stat()."""
        return self.index.exists() and self.index.stat().st_ctime_ns != before.st_ctime_ns

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
        self.inode()

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
        self.inode()
        self.assertEqual(0o600, self.index.stat().st_mode & 0o777)
        self.settle()
        before = self.inode()
        self.assert_refused(REFUSED)
        self.assert_free(FREE)
        self.assertEqual(before, self.inode())
        self.assertEqual([], list(self.site.state.glob('lists.index.*')))

    def test_the_administrator_s_tool_has_the_same_index(self):
        self.settle()
        before = self.inode()
        for _ in range(2):
            self.assertEqual(0, self.site.ctl('check', FREE).returncode)
            self.assertEqual(before, self.inode())
            self.assert_refused(REFUSED)
            self.assertEqual(before, self.inode())

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
        self.inode()
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
        self.settle()
        with open(self.lock, 'rb') as held:
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
            self.assertEqual(1, outcome.warnings.count('/lists.'))

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
        self.assertTrue(self.inode())
        self.site.list('ip_net.deny', FREE)
        self.assert_refused(FREE)

    def test_a_file_that_is_cut_short_in_its_place_is_made_anew(self):
        self.assert_refused(REFUSED)
        self.inode()
        for size in (0, 100, self.index.stat().st_size - 1):
            os.truncate(self.index, size)
            self.assert_refused(REFUSED)
            self.inode()

    def test_a_file_that_lost_a_page_is_made_anew_before_a_rule_of_it_counts(self):
        self.site.list('ip_net.deny', REFUSED, *networks(500))
        self.assert_refused(REFUSED)
        self.settle()
        whole = self.index.read_bytes()
        for offset in range(0, len(whole), 4096):
            page = whole[offset:offset + 4096]
            if not any(page):
                continue
            self.inode()
            with open(self.index, 'r+b') as file:
                file.seek(offset)
                file.write(bytes(len(page)))
            self.assert_refused(REFUSED)
            self.assert_free(FREE)

    def test_damage_that_comes_after_all_was_verified_costs_one_login_a_warning(self):
        """Nobody writes to the file: what its disk gives is another thing than before."""
        self.assert_refused(REFUSED)
        self.settle()
        whole = self.index.read_bytes()
        place = whole.index(b'\xf5\xf6\x61\x34')  # 52.97.246.245
        verified = self.site.state / 'lists.verified'
        before = self.index.stat()
        with open(self.index, 'r+b') as file:
            file.seek(place)
            file.write(bytes(16))
        after = self.index.stat()
        mark = verified.read_bytes()
        for old, new in ((before.st_mtime_ns, after.st_mtime_ns),
                         (before.st_ctime_ns, after.st_ctime_ns)):
            mark = mark.replace(old.to_bytes(8, sys.byteorder), new.to_bytes(8, sys.byteorder))
        verified.write_bytes(mark)
        outcome = self.site.login(address=REFUSED)
        self.assert_denied(outcome, 'ip_net')
        self.assertIn('the index of the lists is damaged; it is made anew', outcome.warnings)
        self.inode()
        self.assert_refused(REFUSED)
        self.assert_free(FREE)


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
            draft = self.site.state / 'lists.index.tmp'
            wait_until(lambda: draft.exists() or login.poll() is not None, 'the index is made')

            def all_killed():
                running = [pid for pid in self.processes() if pid != login.pid]
                for pid in running:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return not running
            wait_until(all_killed, 'nobody makes the index any more')
        self.assert_refused(FREE)
        self.inode()
        self.assertFalse(draft.exists())

    def test_what_takes_longer_than_the_deadline_is_there_for_a_later_login(self):
        self.site.configure(lookup={'deadline': '100ms'}, general={'on_error': 'tempfail'})
        outcome = self.site.login(address='11.0.0.0')
        self.assertIn(outcome.exit_code, (1, 111))
        wait_until(self.index.exists, 'the index is made')
        self.site.configure(lookup={'deadline': '60s'})
        self.assert_refused('11.0.0.0')


# Runs a command as a user, and writes to a file how many KiB of memory and seconds of time it took:
# of a process that starts another, the kernel counts the memory as the other's.
MEASURED = '''
import os, resource, sys
file, user, group, *command = sys.argv[1:]
report = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC)
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(int(group)), os.setuid(int(user))
child = os.fork()
if child == 0:
    os.execv(command[0], command)
_, status, used = os.wait4(child, 0)
os.write(report, b'%d %f' % (used.ru_maxrss, used.ru_utime + used.ru_stime))
os._exit(os.waitstatus_to_exitcode(status))
'''


class ManyAtOnce(Index):
    """A million networks, no index, and many logins at once."""

    def measured_login(self, address, report):
        user, group = project.account()
        return self.site.login(address=address, under=[
            sys.executable, '-I', '-S', '-c', MEASURED, report, str(pwd.getpwnam(user).pw_uid),
            str(grp.getgrnam(group).gr_gid)])

    def test_one_makes_the_index_and_the_others_wait_for_it(self):
        if not optimised():
            self.site.configure(lookup={'deadline': '60s'})
        self.site.list('ip_net.deny', *networks(MILLION))
        listed = list(itertools.islice(networks(MILLION), 0, MILLION, MILLION // 50))
        reports = project.temporary_folder('reports')
        outcomes = harness.together(50, lambda i: self.measured_login(
            listed[i].split('/')[0] if i % 5 else FREE, reports / str(i)))
        for i, outcome in enumerate(outcomes):
            self.assertEqual('', outcome.warnings)
            if i % 5:
                self.assert_denied(outcome, 'ip_net')
            else:
                self.assert_allowed(outcome)
        memory, seconds = zip(*(map(float, report.read_text().split())
                                for report in reports.iterdir()))
        self.assertEqual(50, len(memory))
        self.assertLess(max(memory), 16 << 10)  # who reads all lists takes six times that
        # Without the process that made the index.
        self.assertLess(sum(seconds), 5.0 if optimised() else 60.0)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which('strace'), 'strace needs root here')
class SlowDisk(Index):
    """What is written takes three seconds to get to the disk."""

    def setUp(self):
        super().setUp()
        self.assert_refused(REFUSED)
        self.settle()

    def login_with_a_slow_disk(self, address):
        return self.site.login(address=address, limit='unlimited', under=[
            'strace', '-u', project.account()[0], '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync',
            '-e', 'inject=fsync:delay_enter=3000000'])

    def test_no_login_waits_for_the_disk_and_each_obeys_the_lists_as_they_are(self):
        for without_an_index in (False, True):
            before = self.index.stat()
            if without_an_index:
                self.index.unlink()
            self.site.list('ip_net.deny', FREE)
            with concurrent.futures.ThreadPoolExecutor() as pool:
                slow = pool.submit(self.login_with_a_slow_disk, FREE)
                wait_until(lambda: self.is_new(before), 'the index is made')
                for refused, free in ((FREE, REFUSED), (REFUSED, FREE)):
                    self.site.list('ip_net.deny', refused)
                    begin = time.monotonic()
                    self.assert_refused(refused)
                    self.assert_free(free)
                    self.assertLess(time.monotonic() - begin, 2)
                self.assertFalse(slow.done())
                outcome = slow.result()
                self.assert_denied(outcome, 'ip_net')
                self.assertLess(float(outcome.audit['took'].removesuffix('ms')), 2000)
            self.inode()
            self.assert_refused(REFUSED)
            self.assert_free(FREE)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which('strace'), 'strace needs root here')
class NoMaker(Index):
    """The process that makes the index ends too early, or cannot be started."""

    def setUp(self):
        super().setUp()
        self.assert_refused(REFUSED)
        self.settle()

    def login_with(self, address, *faults):
        injections = [word for fault in faults for word in ('-e', f'inject={fault}')]
        calls = ','.join(fault.split(':')[0] for fault in faults)
        return self.site.login(address=address, limit='unlimited', under=[
            'strace', '-u', project.account()[0], '-f', '-qq', '-o', '/dev/null',
            '-e', f'trace={calls}', *injections])

    def test_a_disk_that_fails_when_the_login_does_not_look_yet(self):
        for without_an_index in (False, True):
            with self.subTest(without_an_index=without_an_index):
                self.site.list('ip_net.deny', FREE)
                if without_an_index:
                    self.index.unlink()
                outcome = self.login_with(FREE, 'fsync:error=EIO', 'poll:delay_exit=500000')
                self.assert_denied(outcome, 'ip_net')
                self.assertEqual('', outcome.warnings)
                self.assert_free(REFUSED)
                self.inode()
                self.site.list('ip_net.deny', REFUSED)
                self.assert_refused(REFUSED)
                self.inode()

    def test_an_index_that_is_gone_as_soon_as_it_was_made(self):
        """Then a login reads the lists itself, and says so."""
        before = self.index.stat()
        self.site.list('ip_net.deny', FREE)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            login = pool.submit(self.login_with, FREE, 'poll:delay_exit=1500000:when=1')
            wait_until(lambda: self.is_new(before), 'the index is made')
            self.index.unlink()
            outcome = login.result()
        self.assert_denied(outcome, 'ip_net')
        self.assertIn('was taken away as soon as it was made; every login reads the lists anew',
                      outcome.warnings)

    def test_no_more_processes(self):
        """Then a login goes on with the old index, or reads the lists itself."""
        self.site.list('ip_net.deny', FREE)
        outcome = self.login_with(REFUSED, 'clone:error=EAGAIN')
        self.assert_denied(outcome, 'ip_net')
        self.assertIn('no process for it', outcome.warnings)
        self.assertIn('the lists count as they were at ', outcome.warnings)
        self.index.unlink()
        outcome = self.login_with(FREE, 'clone:error=EAGAIN')
        self.assert_denied(outcome, 'ip_net')
        self.assertIn('every login reads the lists anew', outcome.warnings)


class TooLarge(Index):
    """As many networks as fit, and more, within Dovecot's limit on address space."""

    def setUp(self):
        super().setUp()
        self.site.configure(lookup={'deadline': '60s'})

    @staticmethod
    def networks_of_ipv6(count):
        return (f'2a02:{i >> 16:x}:{i & 0xffff:x}::/48' for i in range(count))

    def test_five_million_networks_of_each_family(self):
        self.site.list('ip_net.deny', REFUSED, *networks(1_400_000))
        self.assert_refused(REFUSED)
        self.assert_refused('11.0.1.7', 'ip_net.deny.lst:3')
        # A file more, beside a valid index.
        self.site.list('ip_net.deny.d/more.lst', *self.networks_of_ipv6(1_100_000))
        self.assert_refused('2a02:1:2::1', 'ip_net.deny.d/more.lst:65539')
        self.site.list('ip_net.deny', REFUSED, *networks(5_000_000))
        self.site.list('ip_net.deny.d/more.lst', *self.networks_of_ipv6(5_000_000))
        self.assert_refused('2a02:1:2::1', 'ip_net.deny.d/more.lst:65539')
        self.assert_refused('87.75.63.185', 'ip_net.deny.lst:5000001')
        self.assert_free('9.9.9.9')
        self.assert_free('2a03::1')
        self.assertEqual('', self.site.ctl('check', REFUSED, '--offline').stderr)

    def test_lists_that_are_too_long_leave_the_rules_as_they_were(self):
        self.assert_refused(REFUSED)
        self.inode()
        too_long = self.site.list('ip_net.deny.d/too-long.lst')
        with open(too_long, 'wb') as file:
            for _ in range(15):
                file.write(b'9.9.9.9\n' * MILLION)
        for number in range(3):
            before = time.monotonic()
            outcome = self.site.login(address=REFUSED)
            self.assert_denied(outcome, 'ip_net')
            self.assertIn('lists.index: cannot be made: the lists are too long', outcome.warnings)
            self.assertIn('the lists count as they were at ', outcome.warnings)
            self.assert_allowed(self.site.login(address='9.9.9.9'))
            if number:  # the first one has found out
                self.assertLess(time.monotonic() - before, 2)
        check = self.site.ctl('check', REFUSED, '--offline')
        self.assertEqual(2, check.returncode)
        self.assertIn('the lists are too long', check.stderr)
        lint = self.site.ctl('lint')
        self.assertEqual(1, lint.returncode)
        self.assertIn('error: the lists are too long', lint.stdout)
        too_long.unlink()
        self.site.list('asn.deny', 'AS1')
        self.assert_refused(REFUSED)
        self.assertEqual(1, self.site.ctl('check', REFUSED, '--offline').returncode)


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
        self.inode()
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
