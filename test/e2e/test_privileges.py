#!/usr/bin/env python3
"""badclientsctl run by root, in folders that belong to the account that logins run as: that account
gets no further than it is."""

import os
import pathlib
import pwd
import re
import shutil
import subprocess
import unittest

import harness
from harness import project
from harness.https import WebServer
from harness.process import wait_until

LISTS = ''.join(f'8.8.{i}.0/25\n' for i in range(9))


def as_account(*words):
    """A command of the account that logins run as."""
    user, group = project.account()
    return subprocess.Popen(words, user=user, group=group, extra_groups=[],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@unittest.skipUnless(os.geteuid() == 0, 'only root has more to lose than the account')
class AsRoot(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.web = self.own(WebServer())
        self.url = self.web.serve('list', LISTS)
        self.site = harness.Site(rdap={'ca_file': self.web.ca},
                                 update={'cloud': f'text {self.url}'})
        self.target = project.temporary_folder('target')
        self.secret = self.target / 'secret'
        self.secret.write_text('secret')
        self.secret.chmod(0o600)

    def slowly(self, calls, *arguments):
        """Starts badclientsctl, which waits half a second after each of `calls`."""
        return subprocess.Popen(
            ['strace', '-qq', '-f', '-o', '/dev/null', '-e', f'trace={calls}', '-e',
             f'inject={calls}:delay_exit=500000', project.programs() / 'badclientsctl', '--config',
             self.site.config, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

    def swap(self, path, target):
        """The account puts a link to `target` in the place of `path`, once that is there."""
        wait_until(lambda: path.exists() or path.is_symlink(), f'{path} is there')
        done = as_account('/bin/sh', '-c', f'mv {path} {path}.away; ln -s {target} {path}')
        self.assertEqual((b'', b''), done.communicate())

    def test_update_changes_no_file_that_the_accounts_link_leads_to(self):
        for target in (self.secret, self.target):
            with self.subTest(target=target.name):
                shutil.rmtree(self.site.state / 'update.away', ignore_errors=True)
                before = target.stat().st_mode
                update = self.slowly('mkdir,mkdirat', 'update')
                self.swap(self.site.state / 'update', target)
                _, err = update.communicate()
                self.assertEqual(before, target.stat().st_mode)
                self.assertEqual({'secret'}, set(os.listdir(self.target)))
                self.assertIn('/update: ', err)  # and it says so
                (self.site.state / 'update').unlink()
        self.assertEqual(0o600, self.secret.stat().st_mode & 0o777)

    def test_update_uses_no_folder_of_the_accounts(self):
        done = as_account('mkdir', self.site.state / 'update')
        self.assertEqual((b'', b''), done.communicate())
        done = self.site.ctl('update')
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn('others may write to it', done.stderr)
        self.assertEqual([], os.listdir(self.site.state / 'update'))

    def test_enabling_a_client_changes_nothing_elsewhere(self):
        catalogue = project.temporary_folder('catalogue')
        (catalogue / 'ours.client').write_text('Name: Ours\n\nrev_host = x\n')
        project.give_away(self.site.lists)
        before = self.target.stat().st_mode
        enable = self.slowly('mkdir', 'clients', 'enable', 'ours', '--monitor', '--catalogue',
                             catalogue)
        self.swap(self.site.lists / 'clients', self.target)
        enable.communicate()
        self.assertNotEqual(0, enable.returncode)
        self.assertEqual(before, self.target.stat().st_mode)
        self.assertEqual({'secret'}, set(os.listdir(self.target)))

    def test_what_enabling_makes_is_the_owners(self):
        catalogue = project.temporary_folder('catalogue')
        (catalogue / 'ours.client').write_text('Name: Ours\n\nrev_host = x\n')
        project.give_away(self.site.lists)
        done = self.site.ctl('clients', 'enable', 'ours', '--catalogue', catalogue)
        self.assertEqual(0, done.returncode, done.stderr)
        for path in (self.site.lists / 'clients', self.site.lists / 'clients/ours.client'):
            self.assertEqual(project.account()[0], pwd.getpwuid(path.lstat().st_uid).pw_name)
        done = self.site.ctl('clients', 'disable', 'ours', '--catalogue', catalogue)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_nobody_else_can_hold_the_lock_of_update(self):
        holders = [as_account('flock', '--exclusive', '--no-fork', path, 'sleep', '60')
                   for path in (self.site.lists, self.site.state)]
        try:
            wait_until(lambda: all(locked(path) for path in (self.site.lists, self.site.state)),
                       'both folders are locked')
            done = self.site.ctl('update')
            self.assertEqual((0, ''), (done.returncode, done.stderr))
        finally:
            for holder in holders:
                holder.kill()
                holder.communicate()
        lock = self.site.state / 'update/lock'
        done = as_account('flock', '--nonblock', lock, 'true')
        self.assertIn(b'Permission denied', done.communicate()[1])

    def test_two_updates_do_not_work_at_once(self):
        first = self.slowly('fsync', 'update')
        wait_until(lambda: (self.site.state / 'update/lock').exists() and
                   locked(self.site.state / 'update/lock'), 'the first holds the lock')
        second = self.site.ctl('update')
        self.assertEqual((2, 'badclientsctl: update: another update is at work\n'),
                         (second.returncode, second.stderr))
        self.assertIsNone(first.poll())
        first.communicate()
        self.assertEqual(0, first.returncode)
        self.assertEqual(0, self.site.ctl('update').returncode)

    def test_without_a_state_folder_lists_come_all_the_same(self):
        shutil.rmtree(self.site.state)
        done = self.site.ctl('update')
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn('another update at the same time goes unnoticed', done.stderr)
        self.assertTrue((self.site.lists / 'ip_net.deny.d/cloud.lst').exists())


class Sources(harness.TestCase):
    def test_nothing_changes_modes_or_owners_by_a_path(self):
        """What a path leads to may be another file than the one that was made or looked at."""
        by_path = re.compile(r'(?<![\w.>])(?:::)?(chmod|chown|lchown|fchmodat|fchownat)\s*\('
                             r'|filesystem::permissions|fs::permissions')
        found = [f'{path.relative_to(project.ROOT)}:{number}: {line.strip()}'
                 for path in sorted((project.ROOT / 'src').rglob('*.[ch]pp'))
                 for number, line in enumerate(path.read_text().splitlines(), 1)
                 if by_path.search(line.split('//')[0])]
        self.assertEqual([], found)


def locked(path):
    """Whether somebody holds an flock(2) on it, as /proc/locks says."""
    inode = path.stat().st_ino
    return any(re.search(rf'FLOCK .*:{inode} ', line) for line in
               pathlib.Path('/proc/locks').read_text().splitlines())


if __name__ == '__main__':
    harness.main()
