#!/usr/bin/env python3
"""badclientsctl: check and lint."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import unittest

import harness
from harness import dovecot, project, world
from harness.redis import Redis
from harness.world import HOME, MAIL_RU, NEW_OUTLOOK, OFFICE, SUGAR_MAIL


class Check(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())

    def setUp(self):
        super().setUp()
        self.site = harness.Site(self.dns, self.registries)

    def test_help_is_a_command_too(self):
        done = self.site.ctl('help')
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        self.assertIn('Commands', done.stdout)
        for words in ('check',), ('cache',), ('cache', 'stats'):
            asked = self.site.ctl('help', *words)
            self.assertEqual((0, self.site.ctl(*words, '--help').stdout),
                             (asked.returncode, asked.stdout))
        self.assertEqual(2, self.site.ctl('help', 'chek').returncode)

    def test_lint_names_a_missing_configuration_and_what_to_do(self):
        missing = str(self.site.folder / 'missing.conf')
        done = subprocess.run([project.BUILD / 'src/badclientsctl', '--config', missing, 'lint'],
                              capture_output=True, text=True)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertEqual(f'{missing}: error: No such file or directory; '
                         f'an empty file is a good one (try: touch {missing})',
                         done.stdout.splitlines()[0])

    def test_every_fact_is_shown(self):
        done = self.site.ctl('check', SUGAR_MAIL)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        for fact in ('node-eu-0001.email2-cloud.com', 'AS63949', '139.162.128.0/19', 'NL',
                     'AKAMAI-LINODE-AP Akamai Connected Cloud, SG', 'EU-LINODE-20141229', 'US',
                     'linode-mnt', 'LAS85-RIPE'):
            self.assertIn(fact, done.stdout)

    def test_every_rule_that_matches_is_shown_with_its_place_and_the_exit_code_is_1(self):
        self.site.list('ip_net.deny', '# Mail.ru', '176.112.168.0/21')
        self.site.list('as_cc.deny', 'RU')
        self.site.list('entity.deny', '# one', '# two', 'MAIL-RU')
        done = self.site.ctl('check', MAIL_RU)
        self.assertEqual(1, done.returncode, done.stderr)
        for place in ('ip_net.deny.lst:2', 'as_cc.deny.lst:1', 'entity.deny.lst:3'):
            self.assertIn(place, done.stdout)

    def test_an_allow_entry_is_shown_and_the_exit_code_is_0(self):
        self.site.list('ip_net.deny', '176.112.168.0/21')
        self.site.list('ip_net.allow', '176.112.169.218')
        done = self.site.ctl('check', MAIL_RU)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn('ip_net.allow.lst:1', done.stdout)

    def test_service_and_user_count(self):
        self.site.configure(general={'disabled_services': 'pop3'})
        self.assertEqual(1, self.site.ctl('check', HOME, '--service', 'pop3').returncode)
        self.assertEqual(0, self.site.ctl('check', HOME, '--service', 'imap').returncode)

    def test_special_purpose_and_ignored_addresses_are_said_to_be_so(self):
        self.site.configure(general={'ignore_networks': '84.46.0.0/16'})
        for address, word in ((OFFICE, 'Private-Use'), (HOME, 'ignore_networks')):
            done = self.site.ctl('check', address)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn(word, done.stdout)

    def test_offline_asks_nobody(self):
        asked = len(self.registries.questions())
        done = self.site.ctl('check', NEW_OUTLOOK, '--offline')
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(asked, len(self.registries.questions()))

    def test_what_is_no_address_is_named(self):
        for arguments in (('check', 'mail.example.org'), ('check',), ('chekc', HOME), ()):
            with self.subTest(arguments):
                done = self.site.ctl(*arguments)
                self.assertNotIn(done.returncode, (0, 1))
                self.assertTrue(done.stderr)

    def test_the_answer_is_that_of_a_login(self):
        self.site.list('net_name.deny', 'VK.*')
        for address in (MAIL_RU, SUGAR_MAIL, NEW_OUTLOOK, HOME):
            self.assertEqual(self.site.login(address=address).exit_code,
                             self.site.ctl('check', address).returncode)


class Lint(harness.TestCase):
    def test_lists_without_a_fault_are_content(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        done = site.ctl('lint')
        self.assertEqual((0, ''), (done.returncode, done.stderr), done.stdout)

    def test_every_fault_is_named_in_one_run(self):
        site = harness.Site(general={'mode': 'perhaps'})
        site.list('ip_net.deny', '52.96.0.0/14', 'x')
        site.list('rev_host.deny', '%')
        site.list('as_cc.deny', 'DE', 'XX')
        (site.lists / 'asn.deny.lst').mkdir()
        done = site.ctl('lint')
        self.assertEqual(1, done.returncode)
        for place in ('bad_clients.conf.ext:', 'ip_net.deny.lst:2:', 'rev_host.deny.lst:1:',
                      'as_cc.deny.lst:2:', 'asn.deny.lst'):
            self.assertIn(place, done.stdout + done.stderr)

    def test_a_list_with_a_name_that_nobody_reads_is_named(self):
        site = harness.Site()
        site.list('ipnet.deny', '52.96.0.0/14')
        done = site.ctl('lint')
        self.assertIn('ipnet.deny.lst', done.stdout + done.stderr)

    def test_a_configuration_that_is_missing_is_named(self):
        site = harness.Site()
        site.config.unlink()
        done = site.ctl('lint')
        self.assertNotEqual(0, done.returncode)
        self.assertIn(str(site.config), done.stdout + done.stderr)

    def test_a_wrong_password_of_the_shared_cache_is_an_error(self):
        redis = self.own(Redis('--requirepass', 'right'))
        for password, code in (('right', 0), ('wrong', 1), ('', 1)):
            with self.subTest(password):
                user = f':{password}@' if password else ''
                site = harness.Site(cache={'shared': redis.url(user)})
                done = site.ctl('lint')
                self.assertEqual(code, done.returncode, done.stdout)
                self.assertEqual(code == 1, 'error: cache/shared: shared cache' in done.stdout)
                self.assertNotIn('wrong', done.stdout + done.stderr)

    def test_help_is_there_for_each_command(self):
        site = harness.Site()
        for arguments in (('--help',), ('check', '--help'), ('lint', '--help')):
            done = site.ctl(*arguments)
            self.assertEqual((0, ''), (done.returncode, done.stderr))
            self.assertIn(arguments[0] if len(arguments) > 1 else 'check', done.stdout)


@unittest.skipUnless(os.geteuid() == 0, 'needs root, who may become others')
class AsWhomDovecotRunsIt(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.site.list('ip_net.deny', '52.96.0.0/14')
        self.user = project.account()[0]

    def owners(self):
        """Of what lies in state_path; a process in the background may be writing there."""
        found = set()
        for path in self.site.state.iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.add(path.owner())
        return found

    def test_a_list_that_root_alone_may_read_is_an_error_and_so_is_it_for_each_login(self):
        self.site.list('asn.deny', 'AS1').chmod(0o600)
        done = self.site.ctl('lint')
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stdout, rf'asn.deny.lst: error: .*by user {self.user} '
                                      r'\(try: chmod 0644 .*asn.deny.lst\)')
        self.assertIn('asn.deny.lst', self.site.login(address=HOME).warnings)

    def test_a_state_folder_of_roots_is_an_error_and_check_leaves_nothing_in_it(self):
        os.chown(self.site.state, 0, 0)
        done = self.site.ctl('lint')
        self.assertEqual(1, done.returncode)
        self.assertIn(f'error: general/state_path: user {self.user} may not write to '
                      f'{self.site.state} (owner root', done.stdout)
        self.assertIn(f'chown -R {self.user} {self.site.state}', done.stdout)
        self.assertEqual(1, self.site.ctl('check', NEW_OUTLOOK).returncode)
        self.site.ctl('clients', 'test', NEW_OUTLOOK)
        self.assertEqual([], list(self.site.state.iterdir()))

    def test_a_configuration_that_root_alone_may_read_is_an_error_that_says_what_to_do(self):
        self.site.config.chmod(0o600)
        done = self.site.ctl('lint')
        self.assertEqual(1, done.returncode)
        self.assertIn(f'Permission denied, by user {self.user} (try: chown root:{self.user} '
                      f'{self.site.config}; chmod 0640 {self.site.config})', done.stdout)

    def test_what_dovecots_user_cannot_use_is_named_wherever_it_belongs(self):
        if subprocess.run(['unshare', '--mount', 'true'], check=False,
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest('needs a mount namespace')
        config = pathlib.Path('/etc/dovecot') / self.site.config.name
        folder = self.site.folder / 'etc'
        folder.mkdir()
        (folder / 'dovecot.conf').write_text(
            f'{dovecot.first_lines()}default_internal_user = {self.user}\n')
        (folder / config.name).write_text(self.site.config.read_text())

        def lint(owner, mode):
            shutil.chown(self.site.state, owner)
            (folder / config.name).chmod(mode)
            return subprocess.run(
                ['unshare', '--mount', '/bin/sh', '-c',
                 'mount --bind "$1" /etc/dovecot && exec "$0" --config "$2" lint',
                 project.programs() / 'badclientsctl', folder, config],
                capture_output=True, text=True, check=False)

        good = lint(self.user, 0o644)
        self.assertEqual((0, ''), (good.returncode, good.stderr), good.stdout)
        self.assertNotIn('warning: general/state_path', good.stdout)
        self.assertIn(f'warning: general/state_path: {self.site.state} does not belong to user '
                      f'{self.user}, as whom Dovecot runs badclients (owner mail, mode ',
                      lint('mail', 0o644).stdout)
        secret = lint('root', 0o600)
        self.assertEqual(1, secret.returncode)
        self.assertIn(f'error: user {self.user}, as whom Dovecot runs badclients, may not read '
                      f'{config} (owner root, mode 0600) (try: chown root:{self.user} ',
                      secret.stdout)

    def test_what_root_left_is_in_nobodys_way_once_the_folder_is_given_away(self):
        dns = self.own(world.nameserver().start())
        registries = self.own(world.registries())
        site = self.site = harness.Site(dns, registries)
        os.chown(site.state, 0, 0)
        # As root, as nobody should: badclients itself, and not through badclientsctl.
        done = subprocess.run(
            ['/bin/sh', '-c', 'exec "$0" --config "$1" 3<&0', project.programs() / 'badclients',
             site.config], input=b'alice\0secret\0\0', capture_output=True, check=False,
            env={'SERVICE': 'imap', 'TCPREMOTEIP': SUGAR_MAIL, 'PATH': '/usr/bin:/bin'})
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual({'root'}, self.owners())
        self.assertIn('cache.db', [path.name for path in site.state.iterdir()])
        site.wait_for_background()  # root's
        project.give_away(site.state)
        for facts in ('fresh', 'cached', 'cached'):
            outcome = site.login(address=SUGAR_MAIL)
            self.assert_allowed(outcome)
            self.assertEqual('', outcome.warnings)
            self.assertEqual(facts, outcome.audit['facts'])
        self.assertEqual('', site.ctl('check', SUGAR_MAIL).stderr)
        self.assertEqual({self.user}, self.owners())


if __name__ == '__main__':
    harness.main()
