#!/usr/bin/env python3
"""Never the same question twice: simultaneous logins wait for one answer, a stale answer
serves while one process refreshes it, and the cache is pruned behind the users' backs."""

import collections
import contextlib
import fcntl
import os
import pathlib
import signal
import sqlite3
import struct
import subprocess
import threading
import time
import unittest

import harness
from harness import clients, project
from harness.audit import audit_lines
from harness.process import wait_until

NETWORKS = 50
DEADLINE = 60
HOME = '84.46.0.17'
HOME_NETWORK = '84.46.0'


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
             site.config], stdin=subprocess.PIPE, text=True, cwd='/',
            stderr=subprocess.DEVNULL, start_new_session=True,
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
        site.look_at_all_facts()
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

    def test_when_the_asker_is_killed_another_asks(self):
        site = self.site(lookup={'reverse_dns': 'no'})
        answer_all = self.internet.hold()
        crowd = Crowd(site, [HOME] * 30)
        helpers = set()
        for moment in range(3):
            helper = wait_until(lambda: running_helpers(site) - helpers, 'another has started one')
            if moment > 0:  # not only as soon as it is there, but also when it has asked
                wait_until(lambda: self.internet.questions()[HOME_NETWORK] >= moment, 'it asks')
            os.kill(parent(*helper), signal.SIGKILL)
            helpers |= helper
        answer_all.set()
        codes = collections.Counter(crowd.wait().values())
        self.assertEqual({0: 27, 111: 3}, codes)
        killed = [line for line in crowd.audit() if 'error' in line]
        self.assertEqual(3, len(killed))
        lines = [line for line in crowd.audit() if 'error' not in line]
        self.assertEqual({'NET-0': 27}, collections.Counter(line['net_name'] for line in lines))
        self.assertLess(max(seconds(line) for line in lines), DEADLINE)
        self.assert_no_lock_is_left(site)

    def test_when_the_helper_is_killed_another_asks(self):
        site = self.site(lookup={'reverse_dns': 'no'})
        answer_all = self.internet.hold()
        crowd = Crowd(site, [HOME] * 30)
        helpers = set()
        for moment in range(2):
            helper = wait_until(lambda: running_helpers(site) - helpers, 'another has started one')
            if moment > 0:
                wait_until(lambda: self.internet.questions()[HOME_NETWORK] >= 1, 'it asks')
            os.kill(*helper, signal.SIGKILL)
            helpers |= helper
        answer_all.set()
        self.assertEqual({0: 30}, collections.Counter(crowd.wait().values()))
        lines = crowd.audit()
        self.assertEqual({'None': 2, 'NET-0': 28},
                         collections.Counter(line['net_name'] for line in lines))
        self.assertLess(max(seconds(line) for line in lines), DEADLINE)
        self.assert_no_lock_is_left(site)

    @unittest.skipUnless(os.geteuid() == 0, 'only root can leave files of root\'s')
    def test_where_answers_cannot_be_stored_nobody_waits_for_all_others(self):
        logins, pause = 30, 0.3
        site = self.site(lookup={'reverse_dns': 'no'})
        site.list('net_name.deny', 'NET%-0')
        self.assert_allowed(site.login(address=f'{network(1)}.1'))
        # The cache can be read only, and nobody can put another in its place.
        (site.state / 'cache.db').chmod(0o644)
        os.chown(site.state / 'cache.db', 0, 0)
        os.chown(site.state, 0, 0)
        site.state.chmod(0o1777)

        def slowly(connection, answer):
            time.sleep(pause)
            connection.sendall(answer)
        self.internet.registries.ripencc.manner = slowly
        crowd = Crowd(site, [HOME] * logins)
        self.assertEqual({f'user{i}': 1 for i in range(logins)}, crowd.wait())
        self.assertIn('cache.db', '\n'.join(crowd.warnings()))
        self.assertEqual(logins, self.internet.questions()[HOME_NETWORK])
        # Four rounds, and time to start so many processes.
        self.assertLess(max(seconds(line) for line in crowd.audit()), logins * pause / 2)

    def test_no_one_waits_longer_than_the_deadline(self):
        site = self.site()
        site.configure(lookup={'deadline': '3s'})
        self.addCleanup(self.internet.hold().set)
        crowd = Crowd(site, [f'{HOME_NETWORK}.{host}' for host in range(20)])
        self.assertEqual({0: 20}, collections.Counter(crowd.wait().values()))
        for line in crowd.audit():
            self.assertEqual('partial', line['facts'])
        self.assert_no_lock_is_left(site)

    def assert_no_lock_is_left(self, site):
        def can_be_locked():
            with (site.state / 'askers.lock').open('r+b') as file:
                with contextlib.suppress(BlockingIOError):
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
        # Somebody may be pruning the cache still.
        wait_until(can_be_locked, 'no lock is left')


class Inherited(harness.TestCase):
    """What a login leaves to the background, by either door: the questions stay taken."""

    def test_the_process_in_the_background_has_the_questions_of_its_login(self):
        for program in ('badclients', 'badclients-policy'):
            with self.subTest(program):
                nameserver = self.own(harness.SilentNameserver())
                site = harness.Site(nameserver, lookup={'deadline': '20s'})
                lock = site.state / 'askers.lock'
                lock.touch()
                with lock.open('r+b') as taken:
                    everything = struct.pack('hhxxxxqqixxxx', fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
                    fcntl.fcntl(taken, fcntl.F_OFD_SETLK, everything)
                    project.give_away(lock)
                    process = self.in_background(site, program, taken)
                    try:
                        wait_until(lambda: running_helpers(site), 'it asks what the login left to it')
                    finally:
                        process.kill()
                        process.wait()

    def in_background(self, site, program, taken):
        """As ask::leave_to_background starts it, with the locks of `taken`."""
        task = f'address {HOME_NETWORK}.1\ndeadline 1\nwant ptr\nend\n'
        user, group = project.account()
        account = {'user': user, 'group': group, 'extra_groups': []} if os.geteuid() == 0 else {}
        return subprocess.Popen(
            ['bash', '-c', 'exec "$@" 3<&"$0"', str(taken.fileno()), project.programs() / program,
             '--config', site.config, '--background'], pass_fds=[taken.fileno()], stdin=self.pipe_with(task),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd='/', env={}, **account)

    def pipe_with(self, text):
        reader, writer = os.pipe()
        os.write(writer, text.encode())
        os.close(writer)
        self.addCleanup(os.close, reader)
        return reader


def running_helpers(site):
    """The process numbers of the helpers that this site's logins have started."""
    mine = f'badclients-lookup\0--config\0{site.config}\0'.encode()
    found = set()
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            if mine in (folder / 'cmdline').read_bytes():
                found.add(int(folder.name))
        except OSError:
            pass  # it has ended
    return found


def parent(pid):
    return int(pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[1])


class Stale(harness.TestCase):
    """What was learnt two days ago, with the registry hanging."""

    def setUp(self):
        super().setUp()
        self.internet = Internet(self)
        self.site = harness.Site(self.internet.dns, self.internet.registries)
        self.site.configure(lookup={'deadline': f'{DEADLINE}s'}, budget={'ripencc': 'none'})
        self.assert_allowed(self.site.login(address=HOME))
        self.wait_for_pruning()
        self.two_days_pass()
        self.answer_all = self.internet.hold()
        self.addCleanup(self.answer_all.set)
        self.internet.registries.ripencc.answers[HOME] = registration(0).replace('NET-0', 'NEW')

    def cache(self):
        return contextlib.closing(sqlite3.connect(self.site.state / 'cache.db', timeout=30))

    def wait_for_pruning(self):
        """The first login has the cache pruned."""
        def pruned():
            with self.cache() as cache:
                return cache.execute('SELECT 1 FROM entry WHERE key = ?', (b'pruned',)).fetchone()
        wait_until(pruned, 'the cache is pruned')

    def two_days_pass(self):
        with self.cache() as cache, cache:
            cache.execute('UPDATE entry SET learnt = learnt - 172800, expires = expires - 172800'
                          " WHERE substr(key, 1, 1) IN (x'34', x'61')")

    def assert_refreshed_once(self):
        wait_until(lambda: self.internet.questions()[HOME_NETWORK] == 2, 'the registry is asked')
        self.answer_all.set()
        line = wait_until(self.fresh_line, 'the answer is in the cache')
        self.assertEqual('NEW', line['net_name'])
        self.assertEqual(2, self.internet.questions()[HOME_NETWORK])

    def fresh_line(self):
        line = self.site.login(address=HOME).audit
        return line if line['facts'] == 'cached' else None

    def test_a_known_user_does_not_wait_for_the_registry(self):
        outcome = self.site.login(address=HOME)  # returns, while nobody answers
        self.assert_allowed(outcome)
        self.assertEqual(('stale', 'NET-0'), (outcome.audit['facts'], outcome.audit['net_name']))
        self.assertEqual('', outcome.warnings)
        self.assert_refreshed_once()

    def test_many_logins_at_once_have_it_refreshed_once(self):
        log = self.site.settings['general'].get('log')
        crowd = Crowd(self.site, [HOME] * 100)
        self.assertEqual({0: 100}, collections.Counter(crowd.wait().values()))
        self.assertEqual({'stale': 100}, collections.Counter(line['facts'] for line in crowd.audit()))
        self.assertEqual([], crowd.warnings())
        self.site.configure(general={'log': log})
        self.assert_refreshed_once()

    def test_a_refresh_that_fails_is_not_tried_at_each_login(self):
        log = project.give_away(project.temporary_folder('log')) / 'log'
        self.site.configure(general={'log': log})
        self.internet.registries.ripencc.answers[HOME] = 'nonsense\n'
        self.site.login(address=HOME)
        wait_until(lambda: self.internet.questions()[HOME_NETWORK] == 2, 'the registry is asked')
        self.answer_all.set()
        wait_until(lambda: 'registration unknown' in log.read_text(), 'its failure is in the log')
        for _ in range(5):
            self.site.login(address=HOME)
        lines = audit_lines(log.read_text())
        self.assertEqual(['NET-0'] * 6, [line['net_name'] for line in lines])
        wait_until(lambda: not running_helpers(self.site), 'nobody asks')
        self.assertEqual(2, self.internet.questions()[HOME_NETWORK])

    def test_another_program_is_run_while_the_refresher_goes_on(self):
        show = 'read -r children </proc/$$/task/$$/children; echo "children: $children."'
        outcome = self.site.login(address=HOME, program=['/bin/sh', '-c', show])
        self.assertEqual(0, outcome.exit_code)
        self.assertIn('children: .', outcome.stderr)
        self.assert_refreshed_once()

    def test_dovecot_does_not_wait_either(self):
        dovecot = self.own(harness.Dovecot(self.site))
        log = dovecot.log_of(lambda: self.assertTrue(
            clients.imap(dovecot, 'alice', dovecot.users['alice'], HOME).logged_in))
        line, = audit_lines(log)
        self.assertEqual('stale', line['facts'])
        wait_until(lambda: self.internet.questions()[HOME_NETWORK] == 2, 'the registry is asked')
        helper, = running_helpers(self.site)
        refresher = parent(helper)
        self.assertEqual(set(), {helper, refresher} & set(processes_from(dovecot.daemon.pid)))
        wait_until(lambda: not zombies_from(dovecot.daemon.pid), 'no zombie is left to Dovecot')
        self.assert_has_nothing_of(dovecot, helper)
        self.assert_has_nothing_of(dovecot, refresher)
        self.assert_refreshed_once()

    def assert_has_nothing_of(self, dovecot, pid):
        if os.geteuid() == 0:  # nobody else may look
            mine = {end for each in processes_from(dovecot.daemon.pid) for end in pipes_of(each)}
            self.assertEqual(set(), mine & pipes_of(pid))


def pipes_of(pid):
    """The pipes and sockets that a process has open."""
    try:
        ends = [os.readlink(end) for end in pathlib.Path(f'/proc/{pid}/fd').iterdir()]
    except OSError:  # it has ended
        return set()
    return {end for end in ends if end.startswith(('pipe:', 'socket:'))}


def processes_from(pid):
    """A process and all below it, zombies too."""
    try:
        children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
    except OSError:
        children = []
    return [pid] + [each for child in children for each in processes_from(int(child))]


def zombies_from(pid):
    found = []
    for each in processes_from(pid):
        with contextlib.suppress(OSError):
            state = pathlib.Path(f'/proc/{each}/stat').read_text().rpartition(')')[2].split()[0]
            found += [each] if state == 'Z' else []
    return found


class Pruning(harness.TestCase):
    def test_the_cache_is_kept_within_its_bounds_and_the_oldest_go(self):
        internet = Internet(self)
        site = harness.Site(internet.dns, internet.registries, cache={'max_entries': '20'})
        site.configure(lookup={'reverse_dns': 'no'}, budget={'ripencc': 'none'})

        def count(what):
            path = site.state / 'cache.db'
            with contextlib.closing(sqlite3.connect(path, timeout=30)) as cache:
                return cache.execute(f'SELECT count(*) FROM entry WHERE {what}').fetchone()[0]
        answers = "substr(key, 1, 1) IN (x'34', x'61')"  # about IPv4 networks and ASes
        for number in range(30):
            self.assert_allowed(site.login(address=f'{network(number)}.1'))
        wait_until(lambda: count("key = CAST('pruned' AS BLOB)") == 1, 'the first login has it pruned')
        self.assertGreater(count(answers), 20)
        with contextlib.closing(sqlite3.connect(site.state / 'cache.db', timeout=30)) as cache, cache:
            cache.execute('UPDATE entry SET learnt = learnt - 3600 WHERE key = ?', (b'pruned',))
            cache.execute('UPDATE entry SET expires = 1'
                          f' WHERE key = (SELECT key FROM entry WHERE {answers} LIMIT 1)')
        self.assert_allowed(site.login(address=f'{network(30)}.1'))
        wait_until(lambda: count(answers) <= 20, 'the cache is pruned an hour later')
        self.assertEqual(20, count(answers))
        self.assertEqual('cached', site.login(address=f'{network(30)}.1').audit['facts'])


if __name__ == '__main__':
    harness.main()
