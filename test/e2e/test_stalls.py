#!/usr/bin/env python3
"""Logins that something holds up: each call into the system, by strace's fault injection, and file
systems that hang. A login ends in time, with what was known, and its line says what happened."""

import fcntl
import os
import re
import time
import unittest

import harness
from harness import fuse, project
from harness.process import together, wait_until
from harness.world import HOME, NEW_OUTLOOK

REPLY = '/usr/lib/dovecot/checkpassword-reply'
SHORT = {'deadline': '300ms'}
ANSWERED = 300 + 250 + 250  # ms: deadline, what is left to it, the log
STALL = 1_500_000           # microseconds
AT_ONCE = 16


class Traced:
    """What strace saw of one login."""

    # 4711  12:13:14.123456 openat(AT_FDCWD, "...", O_RDONLY) = 3 (DELAYED)
    CALL = re.compile(r'^(\d+) +(\w+)\((.*)$', re.M)

    def __init__(self, site, inject=None, **how):
        self.file = project.temporary_folder('strace') / 'trace'
        under = ['strace', '-u', project.account()[0], '-f', '-qq', '-s', '500', '-o',
                 str(self.file)]
        if inject:
            under += ['-e', f'inject={inject}']
        self.outcome = site.login(under=under, limit='unlimited', **how)
        self.calls = self.CALL.findall(self.file.read_text(errors='replace'))

    def lists_were_read(self):
        """What a login looks at next is the cache."""
        return any('cache.db' in rest for _, _, rest in self.calls)

    def positions(self):
        """(name, n): each call, as the nth of that name in its process."""
        counts, found = {}, set()
        for pid, name, _ in self.calls:
            counts[pid, name] = counts.get((pid, name), 0) + 1
            found.add((name, counts[pid, name]))
        # They do not return, or are strace's own way to start.
        return sorted(found - {('execve', 1), ('exit_group', 1), ('exit', 1)})


@unittest.skipUnless(os.geteuid() == 0, 'only root may look into it')
class Sweep(harness.TestCase):
    """A login is held up at each call that it makes, one after the other."""

    def site(self, **settings):
        """Facts are wanted, and nobody answers: that is in the cache after the first login."""
        site = harness.Site(lookup={**SHORT, 'origin': 'dns', 'reverse_dns': 'yes'}, **settings)
        site.list('ip_net.deny', '52.96.0.0/14')
        return site

    def sweep(self, site, check, address_of=lambda i: NEW_OUTLOOK, calls=lambda name: True):
        """check(outcome, whether the lists had been read when it was held up) for each call; the
        ith login comes from address_of(i)."""
        how = {'program': [REPLY]}
        for _ in range(3):  # makes the index and the cache, and lets them come to rest
            site.login(address=address_of(0), **how)
        positions = [(name, number) for name, number in
                     Traced(site, address=address_of(1), **how).positions() if calls(name)]

        def one(i):
            name, number = positions[i]
            return Traced(site, f'{name}:delay_enter={STALL}:when={number}',
                          address=address_of(i + 2), **how)

        late = 0
        for position, traced in zip(positions, together_few(len(positions), one)):
            after = traced.lists_were_read()
            late += after
            with self.subTest(position=position, after=after, outcome=traced.outcome):
                check(traced.outcome, after)
        self.assertGreater(late, 10)

    def check_refused(self, outcome, after):
        if after:
            self.assertEqual((1, b''), (outcome.exit_code, outcome.reply))
        self.assertIn(outcome.exit_code, (0, 1, 111))
        lines = harness.audit_lines(outcome.stderr)
        self.assertTrue(lines, outcome.stderr)
        self.assertEqual([outcome.exit_code == 1] * len(lines), [line.blocked for line in lines])

    def test_a_listed_login_is_never_let_in_once_the_lists_were_read(self):
        site = self.site()
        site.list('asn.allow', 'AS64500')  # a fact could allow it
        self.sweep(site, self.check_refused)

    def test_nor_is_one_about_which_the_network_is_asked(self):
        site = self.site()
        site.list('asn.allow', 'AS64500')
        self.sweep(site, self.check_refused, address_of=lambda i: f'52.97.{i}.1',
                   calls=lambda name: name in ('wait4', 'waitid', 'ppoll', 'poll', 'pipe2', 'clone3',
                                               'vfork', 'pidfd_open', 'kill', 'write', 'fcntl'))

    def test_a_login_that_an_allow_entry_lets_in_is_never_refused(self):
        site = self.site(general={'on_error': 'deny'})
        site.list('asn.deny', 'AS64500')
        site.list('user.allow', 'alice')

        def check(outcome, after):
            if after:
                self.assertEqual((0, b'\t'), (outcome.exit_code, outcome.reply))
            self.assertIn(outcome.exit_code, (0, 1, 111))
            self.assertTrue(harness.audit_lines(outcome.stderr), outcome.stderr)

        self.sweep(site, check)


def together_few(count, act):
    """As together(), a few at a time."""
    results = []
    for first in range(0, count, AT_ONCE):
        some = min(AT_ONCE, count - first)
        results += together(some, lambda i, f=first: act(f + i))
    return results


@unittest.skipUnless(fuse.available(), 'no FUSE here, or not root')
class HangingFileSystems(harness.TestCase):
    """`taken`: the kernel lets the process that waits not even be killed."""

    def login(self, site, address, **how):
        """Its outcome, which must come in time."""
        begin = time.monotonic()
        outcome = site.login(address=address, into_files=True, **how)
        self.assertLess(time.monotonic() - begin, 2, outcome)
        return outcome

    def hang(self, site, folder):
        """What was there before had the usual time."""
        site.configure(lookup=SHORT)
        folder.hang()

    def assert_line_of_a_stall(self, line, during):
        self.assertGreaterEqual(float(line['took'].removesuffix('ms')), 300)
        self.assertIn(f'held up while {during}', line['error'])
        self.assertEqual('error', line.fields[-1][0])

    def site(self, folder, **where):
        site = harness.Site()
        for key in where:
            project.give_away(folder.below)
            (folder.below / key).mkdir()
            project.give_away(folder.below / key)
            site.configure(general={key: folder.path / key})
        return site

    def test_state_path_that_hangs_leaves_the_login_to_on_error(self):
        def check(folder):
            site = self.site(folder, state_path=True)
            site.list('ip_net.deny', '52.96.0.0/14')
            self.assertEqual(1, site.login(address=NEW_OUTLOOK).exit_code)
            self.hang(site, folder)
            for on_error, code in (('allow', 0), ('deny', 1), ('tempfail', 111)):
                site.configure(general={'on_error': on_error})
                outcome = self.login(site, NEW_OUTLOOK, program=[REPLY])
                self.assertEqual(code, outcome.exit_code, outcome.stderr)
                self.assertEqual('on_error', outcome.audit['matched'])
                self.assert_line_of_a_stall(outcome.audit, 'reading the lists')

        fuse.each_kind(self, check)

    def let_index_settle(self, site):
        """Logs in until no login makes the index anew: one that was made in the moment in which a
        list was written is made once more, for the list may have changed in that moment. Who makes
        it may outlast the login."""
        index = site.state / 'lists.index'

        def one_leaves_it():
            before = index.stat().st_ino
            self.assertEqual(0, site.login(address=HOME).exit_code)
            with (site.state / 'lists.lock').open('rb') as file:
                fcntl.flock(file, fcntl.LOCK_EX)
            return index.stat().st_ino == before
        wait_until(one_leaves_it, 'a login leaves the index as it is')

    def test_list_path_that_hangs_leaves_the_login_to_the_index_and_then_to_on_error(self):
        def check(folder):
            site = self.site(folder, list_path=True)
            (folder.below / 'list_path' / 'ip_net.deny.lst').write_text('52.96.0.0/14\n')
            self.assertEqual(1, site.login(address=NEW_OUTLOOK).exit_code)
            self.let_index_settle(site)
            self.hang(site, folder)
            for address, on_error, code, matched in ((NEW_OUTLOOK, 'allow', 1, 'ip_net'),
                                                     (HOME, 'allow', 0, 'on_error'),
                                                     (HOME, 'deny', 1, 'on_error')):
                site.configure(general={'on_error': on_error})
                outcome = self.login(site, address)
                self.assertEqual(code, outcome.exit_code, outcome.stderr)
                self.assertEqual(matched, outcome.audit['matched'])
                self.assert_line_of_a_stall(outcome.audit, 'reading the lists')

        fuse.each_kind(self, check)

    def test_a_geoip_database_that_hangs_ends_with_what_the_lists_say(self):
        def check(folder):
            site = fuse.site_with_geoip(folder)
            self.assertEqual(1, site.login(address=NEW_OUTLOOK).exit_code)
            self.hang(site, folder)
            for address, code in ((NEW_OUTLOOK, 1), (HOME, 0)):
                outcome = self.login(site, address, program=[REPLY])
                self.assertEqual(code, outcome.exit_code, outcome.stderr)
                self.assert_line_of_a_stall(outcome.audit, 'learning about the address')

        fuse.each_kind(self, check)

    def test_a_log_that_hangs_is_no_reason_to_wait_and_the_line_is_on_standard_error(self):
        def check(folder):
            site = harness.Site()
            site.list('ip_net.deny', '52.96.0.0/14')
            log = folder.below / 'badclients.log'
            log.touch()
            project.give_away(log)
            site.configure(general={'log': folder.path / 'badclients.log'})
            self.assertEqual(1, site.login(address=NEW_OUTLOOK).exit_code)
            self.assertIn('blocked=True', log.read_text())
            self.hang(site, folder)
            outcome = self.login(site, NEW_OUTLOOK)
            self.assertEqual(1, outcome.exit_code, outcome.stderr)
            self.assertTrue(outcome.audit.blocked or outcome.audit['matched'] == 'on_error')

        fuse.each_kind(self, check)

    def test_a_configuration_that_hangs_ends_with_111_and_a_line_on_standard_error(self):
        def check(folder):
            site = harness.Site()
            moved = folder.below / 'conf'
            moved.write_text(site.config.read_text())
            site.config = folder.path / 'conf'
            self.assertEqual(0, site.login(address=HOME).exit_code)
            folder.hang()
            begin = time.monotonic()
            outcome = site.login(address=HOME, into_files=True)
            self.assertLess(time.monotonic() - begin, 10)
            self.assertEqual(111, outcome.exit_code)
            self.assertEqual(('alice', HOME), (outcome.audit['user'], outcome.audit['ip']))
            self.assertIn('held up while reading the configuration', outcome.audit['error'])

        fuse.each_kind(self, check)



if __name__ == '__main__':
    harness.main()
