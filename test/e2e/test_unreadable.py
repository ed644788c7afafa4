#!/usr/bin/env python3
"""A rule that stands in a list stays in force when the list cannot be read, and everybody is told:
by strace's fault injection, and files of another group."""

import os
import shutil
import time
import unittest

import harness
from harness import project
from harness.process import wait_until

REFUSED = '52.97.246.245'   # by ip_net.deny.lst
MORE = '52.98.1.1'          # by a file of ip_net.deny.d
OF_A_CLIENT = '84.46.0.17'  # by the networks of a client
EXEMPT = '52.97.246.246'    # in a listed network, and in ip_net.allow.lst
FREE = '198.51.101.7'
LATER = '198.51.101.8'      # by a list that is changed

CLIENT = 'Name: Some App\n\nip_net=@data/some.lst\n'
KEPT = 'cannot be read: {}; what it said at '


class Site(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site(lookup={'deadline': '30s'})  # strace makes it slow
        self.state = self.site.state
        self.site.list('ip_net.deny', '52.97.0.0/16')
        self.site.list('ip_net.deny.d/more.lst', MORE)
        self.site.list('ip_net.allow', EXEMPT)
        self.catalogue = self.site.folder / 'catalogue'
        (self.catalogue / 'data').mkdir(parents=True)
        (self.catalogue / 'some.client').write_text(CLIENT)
        (self.catalogue / 'data' / 'some.lst').write_text(f'{OF_A_CLIENT}\n')
        clients = self.site.lists / 'clients'
        clients.mkdir()
        (clients / 'some.client').symlink_to(self.catalogue / 'some.client')
        self.assert_all_rules()
        self.at_rest()

    def at_rest(self):
        wait_until(lambda: not list(self.state.glob('lists.index.*')), 'the index is made')

    def assert_all_rules(self, *faults, free=(FREE,), refused=()):
        """Every rule counts, and each login names just these faults."""
        rules = {REFUSED: 'ip_net', MORE: 'ip_net', OF_A_CLIENT: 'client',
                 **dict.fromkeys(refused, 'ip_net')}
        for address in (*rules, EXEMPT, *free):
            outcome = self.site.login(address=address)
            with self.subTest(address):
                if address in rules:
                    self.assert_denied(outcome, rules[address])
                else:
                    self.assert_allowed(outcome)
                self.assert_told(outcome.warnings, faults)

    def assert_told(self, text, faults):
        self.assertEqual(len(faults), len(text.splitlines()), text)
        for fault in faults:
            self.assertIn(fault, text)

    def assert_check_and_lint_tell(self, fault):
        check = self.site.ctl('check', REFUSED, '--offline')
        self.assertIn(fault + '; what it said at ', check.stderr)
        self.assertEqual(2, check.returncode, check)
        self.assertIn('ip_net.deny.lst:1', check.stdout)
        lint = self.site.ctl('lint')
        self.assertIn(fault.replace(': cannot', ': error: cannot'), lint.stdout)
        self.assertEqual(1, lint.returncode)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which('strace'), 'strace needs root here')
class Faults(Site):
    """One call fails while the index is made."""

    def login(self, address, path, *inject):
        """A login, and the process that makes the index for it; calls about `path` fail."""
        faults = [word for fault in inject for word in ('-e', f'inject={fault}')]
        calls = ','.join(fault.split(':')[0] for fault in inject)
        return self.site.login(address=address, limit='unlimited', under=[
            'strace', '-u', project.account()[0], '-f', '-qq', '-o', '/dev/null', '-P', str(path),
            '-e', f'trace={calls}', *faults])

    def break_and_mend(self, path, reason, *inject):
        # A change of another list has a new index made.
        self.site.list('ip_net.deny.d/later.lst', LATER)
        told = f'{path}: ' + KEPT.format(reason)
        for address in (REFUSED, LATER):
            outcome = self.login(address, path, *inject)
            self.assert_denied(outcome, 'ip_net')
            self.assertIn(told, outcome.warnings)
        # Nothing fails any more: the next login has all lists as they are.
        self.at_rest()
        self.assert_all_rules(refused=[LATER])

    def lists(self):
        lists = self.site.lists
        return {'deny': lists / 'ip_net.deny.lst', 'allow': lists / 'ip_net.allow.lst',
                'more': lists / 'ip_net.deny.d' / 'more.lst',
                'client': lists / 'clients' / 'some.client',
                'networks': self.catalogue / 'data' / 'some.lst'}

    def test_a_list_that_cannot_be_opened(self):
        for name, path in self.lists().items():
            for error, reason in (('EIO', 'Input/output error'),
                                  ('ENFILE', 'Too many open files in system'),
                                  ('EACCES', 'Permission denied')):
                with self.subTest(name, error=error):
                    self.break_and_mend(path, reason, f'openat:error={error}')
                    (self.site.lists / 'ip_net.deny.d' / 'later.lst').unlink()
                    self.assert_all_rules()

    def test_a_list_that_cannot_be_read(self):
        for name, path in self.lists().items():
            with self.subTest(name):
                self.break_and_mend(path, 'Input/output error', 'pread64:error=EIO')
                (self.site.lists / 'ip_net.deny.d' / 'later.lst').unlink()
                self.assert_all_rules()

    def test_a_list_that_cannot_be_read_to_its_end(self):
        path = self.site.list('ip_net.deny', '52.97.0.0/16', *['10.0.0.0/8'] * 30_000)
        self.assert_all_rules()
        self.at_rest()
        self.break_and_mend(path, 'Input/output error', 'pread64:error=EIO:when=3')

    def test_a_folder_that_cannot_be_read(self):
        for folder in (self.site.lists, self.site.lists / 'ip_net.deny.d',
                       self.site.lists / 'clients'):
            for call in ('openat', 'getdents64'):
                with self.subTest(folder.name, call=call):
                    self.site.list('asn.deny', 'AS1')
                    outcome = self.login(MORE, folder, f'{call}:error=EIO')
                    self.assert_denied(outcome, 'ip_net')
                    self.assertIn(f'{folder}: ' + KEPT.format('Input/output error'),
                                  outcome.warnings)
                    self.assert_denied(self.login(OF_A_CLIENT, folder, f'{call}:error=EIO'),
                                       'client')
                    self.at_rest()
                    self.assert_all_rules()

    def test_a_list_whose_stamp_cannot_be_had(self):
        path = self.site.lists / 'ip_net.deny.lst'
        for _ in range(3):
            outcome = self.login(REFUSED, path, 'newfstatat:error=EIO')
            self.assert_denied(outcome, 'ip_net')
            self.at_rest()
        self.assert_all_rules()

    def test_a_link_that_cannot_be_followed(self):
        self.site.list('asn.deny', 'AS1')
        path = self.site.lists / 'clients' / 'some.client'
        outcome = self.login(OF_A_CLIENT, path, 'readlink:error=EIO')
        self.assert_denied(outcome, 'client')
        self.assertIn('the link cannot be followed: Input/output error', outcome.warnings)
        self.at_rest()
        self.assert_all_rules()

    def test_as_long_as_it_fails_each_login_tries_once_and_makes_nothing(self):
        path = self.site.lists / 'ip_net.deny.lst'
        changed = self.site.list('asn.deny', 'AS1')
        wait_until(lambda: time.time() - changed.stat().st_ctime > 0.5, 'the lists are at rest')
        self.login(REFUSED, path, 'openat:error=EIO')
        self.at_rest()
        index = self.state / 'lists.index'
        made = index.stat().st_ino
        trace = project.temporary_folder('trace') / 'trace'
        for _ in range(3):
            outcome = self.site.login(address=REFUSED, limit='unlimited', under=[
                'strace', '-u', project.account()[0], '-f', '-qq', '-o', str(trace), '-P', str(path),
                '-e', 'trace=openat', '-e', 'inject=openat:error=EIO'])
            self.assert_denied(outcome, 'ip_net')
            self.assertEqual(1, trace.read_text().count('openat'))
            self.assertEqual(made, index.stat().st_ino)


@unittest.skipUnless(os.geteuid() == 0, 'only root can give a file away')
class Permissions(Site):
    def close(self, path):
        path.chmod(0o640)
        os.chown(path, 0, 4)  # adm's

    def test_a_list_of_another_group_stays_in_force_and_everybody_is_told(self):
        for name in ('ip_net.deny.lst', 'ip_net.allow.lst'):
            with self.subTest(name):
                path = self.site.lists / name
                self.close(path)
                fault = f'{path}: cannot be read: Permission denied'
                self.assert_all_rules(fault + '; what it said at ')
                self.site.list('ip_net.deny.d/later.lst', LATER)
                self.assert_all_rules(fault + '; what it said at ', refused=[LATER])
                self.assert_check_and_lint_tell(fault)
                path.chmod(0o644)
                self.assert_all_rules(refused=[LATER])
                (self.site.lists / 'ip_net.deny.d' / 'later.lst').unlink()

    def test_a_list_that_never_could_be_read_is_told_of(self):
        path = self.site.list('net_cc.deny', 'RU')
        self.close(path)
        fault = f'{path}: cannot be read: Permission denied'
        self.assert_all_rules(fault)
        check = self.site.ctl('check', REFUSED, '--offline')
        self.assertIn(fault, check.stderr)
        self.assertEqual(2, check.returncode)

    def test_the_folder_of_all_lists(self):
        self.site.lists.chmod(0o700)
        self.assert_all_rules(f'{self.site.lists}: ' + KEPT.format('Permission denied'),
                              f'{self.site.lists}/clients/some.client: ' +
                              KEPT.format('Permission denied'),
                              f'{self.site.lists}/clients/some.client: the link cannot be '
                              'followed: Permission denied')
        self.site.lists.chmod(0o755)
        self.assert_all_rules()

    def test_a_catalogue_that_is_away(self):
        self.catalogue.rename(self.site.folder / 'elsewhere')
        for _ in range(2):
            outcome = self.site.login(address=OF_A_CLIENT)
            self.assert_denied(outcome, 'client')
            self.assertIn('clients/some.client: cannot be read: is a symbolic link to something '
                          'that does not exist; what it said at ', outcome.warnings)
        (self.site.folder / 'elsewhere').rename(self.catalogue)
        self.assert_all_rules()


@unittest.skipUnless(os.geteuid() == 0 and shutil.which('strace'), 'strace needs root here')
class FaultsOfTheIndex(harness.TestCase):
    """What is wrong with the index's own files, and with who makes it, lets nobody in."""

    CALLS = ('openat', 'newfstatat', 'read', 'pread64', 'pwrite64', 'fsync', 'rename', 'unlink',
             'flock')

    def setUp(self):
        super().setUp()
        self.site = harness.Site(lookup={'deadline': '30s'})  # strace makes it slow
        self.site.list('ip_net.deny', '52.97.0.0/16')
        self.assert_denied(self.site.login(address=REFUSED), 'ip_net')
        wait_until(lambda: not list(self.site.state.glob('lists.index.*')), 'the index is made')

    def under(self, *words):
        return {'limit': 'unlimited', 'under': ['strace', '-D', '-u', project.account()[0], '-f',
                                                '-qq', '-o', '/dev/null', *words]}

    def each_way(self, **how):
        """With an index, and without one."""
        for there in (True, False):
            if not there:
                (self.site.state / 'lists.index').unlink(missing_ok=True)
            with self.subTest(there=there):
                outcome = self.site.login(address=REFUSED, into_files=True, **how)
                self.assert_denied(outcome, 'ip_net')

    def test_a_call_that_fails(self):
        for name in ('lists.index', 'lists.index.tmp', 'lists.verified',
                     'lists.lock', 'lists.failed'):
            for call in self.CALLS:
                with self.subTest(name, call=call):
                    self.each_way(**self.under('-P', str(self.site.state / name), '-e',
                                               f'trace={call}', '-e', f'inject={call}:error=EIO'))

    def test_a_maker_that_is_killed(self):
        for call in ('setsid', 'pwrite64', 'rename', 'fsync'):  # nobody else calls them
            with self.subTest(call):
                self.site.list('ip_net.deny', '52.97.0.0/16', '# changed')
                self.each_way(**self.under('-e', f'trace={call}', '-e',
                                           f'inject={call}:signal=SIGKILL'))

    def test_few_descriptors(self):
        for number in range(6, 16):
            with self.subTest(number):
                self.each_way(under=['prlimit', f'--nofile={number}', 'setpriv', '--reuid',
                                     project.account()[0], '--regid', project.account()[1],
                                     '--clear-groups'])


if __name__ == '__main__':
    harness.main()
