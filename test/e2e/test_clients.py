#!/usr/bin/env python3
"""Blocking an app: the catalogue, `badclientsctl clients`, messages, IMAP IDs."""

import re
import subprocess

import harness
from harness import clients, project, world
from harness.audit import audit_lines
from harness.world import (GMAIL_POP, GMAIL_SMTP, HOME, MAIL_RU, NEW_OUTLOOK, OFFICE, SUGAR_MAIL)

RIGHT = harness.Dovecot.users['alice']
MESSAGE = 'New Outlook hands your password to Microsoft'


def installed():
    """Everything as `meson install` puts it, in a folder of its own."""
    root = project.temporary_folder('installed')
    subprocess.run(['meson', 'install', '-C', project.BUILD, '--no-rebuild', '--quiet',
                    '--destdir', root], check=True, capture_output=True)
    return root


def only(root, pattern):
    found = list(root.rglob(pattern))
    if len(found) != 1:
        raise AssertionError(f'{pattern}: {found}')
    return found[0]


def reply_and_line(dovecot, login):
    """What login() returns, and the only audit line that it adds to Dovecot's log."""
    replies = []
    log = dovecot.log_of(lambda: replies.append(login()))
    line, = audit_lines(log)
    return replies[0], line


class Case(harness.TestCase):
    """badclientsctl and the catalogue from an installed tree."""

    @classmethod
    def setUpClass(cls):
        cls.root = installed()
        cls.catalogue = only(cls.root, 'new-outlook.client').parent
        cls.program = only(cls.root, 'badclientsctl')

    def ctl(self, site, *arguments, code=0):
        done = subprocess.run([self.program, '--config', site.config, 'clients', *arguments,
                               '--catalogue', self.catalogue],
                              capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done

    def row(self, site, name, *arguments):
        for line in self.ctl(site, 'list', *arguments).stdout.splitlines():
            if line.split()[0] == name:
                return line
        raise AssertionError(f'no {name}')


class FromEnablingToDisabling(Case):
    """The way of an administrator, with one Dovecot that runs all the time."""

    LOGINS = {'imap': clients.imap, 'pop3': clients.pop3, 'sieve': clients.sieve,
              'submission': clients.submission}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = harness.Site()
        cls.dovecot = cls.share(harness.Dovecot(cls.site,
                                                programs=only(cls.root, 'badclients-lookup')
                                                .parents[2] / 'bin'))

    def setUp(self):
        super().setUp()
        self.addCleanup(self.ctl, self.site, 'disable', 'new-outlook')

    def login(self, service='imap', user='alice', address=NEW_OUTLOOK):
        """The reply, and the audit line."""
        return reply_and_line(
            self.dovecot, lambda: self.LOGINS[service](self.dovecot, user,
                                                       self.dovecot.users[user], address))

    def test_watched_only_the_login_passes_and_the_log_says_who_would_be_refused(self):
        self.ctl(self.site, 'enable', 'new-outlook', '--monitor')
        for service in self.LOGINS:
            with self.subTest(service):
                reply, line = self.login(service)
                self.assertTrue(reply.logged_in, reply.text)
                self.assertEqual(('True', 'client', 'New Outlook'),
                                 (line['would_block'], line['matched'], line['client']))

    def talk(self):
        """From now on Dovecot tells the users why."""
        self.site.configure(general={'deny_message_services': ' '.join(self.LOGINS)})
        self.addCleanup(self.site.configure, general={'deny_message_services': None})

    def test_refused_the_user_is_told_nothing(self):
        self.ctl(self.site, 'enable', 'new-outlook')
        for service in self.LOGINS:
            with self.subTest(service):
                reply, line = self.login(service)
                self.assertFalse(reply.logged_in)
                self.assertNotIn(MESSAGE, reply.text)
                self.assertEqual(('True', 'client', 'New Outlook'),
                                 (line['blocked'], line['matched'], line['client']))

    def test_doveadm_auth_test_takes_a_refusal_with_a_text_for_a_success(self):
        """As README.md and the manual say: it does not know of nologin."""
        self.ctl(self.site, 'enable', 'new-outlook')
        words = ('auth', 'test', '-x', 'service=imap', '-x', f'rip={NEW_OUTLOOK}', 'alice', RIGHT)
        silent = self.dovecot.doveadm(*words)
        self.assertIn('auth failed', silent.stdout)
        self.talk()
        told = self.dovecot.doveadm(*words)
        self.assertIn('auth succeeded', told.stdout)
        self.assertIn('nologin', told.stdout)
        self.assertIn(MESSAGE, told.stdout)
        self.assertFalse(self.login('imap')[0].logged_in)

    def test_refused_where_dovecot_refuses_the_user_is_told_why_if_the_service_is_named(self):
        self.talk()
        self.ctl(self.site, 'enable', 'new-outlook')
        for service in self.LOGINS:
            with self.subTest(service):
                reply, line = self.login(service)
                self.assertFalse(reply.logged_in)
                self.assertIn(MESSAGE, reply.text)
                self.assertEqual(('True', 'client', 'New Outlook'),
                                 (line['blocked'], line['matched'], line['client']))
                self.assertRegex(line['rule'], r'^clients/new-outlook\.client:\d+$')
        self.assertIn('[CONTACTADMIN]', self.login('imap')[0].text)

    def test_a_smtp_server_that_asks_over_sasl_gets_a_plain_failure(self):
        self.talk()
        self.ctl(self.site, 'enable', 'new-outlook')
        for mechanism in ('PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256'):
            with self.subTest(mechanism):
                reply = clients.sasl_client(self.dovecot, 'alice', RIGHT, NEW_OUTLOOK, mechanism)
                self.assertTrue(reply.text.startswith('FAIL\t1'), reply.text)
                self.assertNotIn(MESSAGE, reply.text)

    def test_the_wrong_password_is_told_nothing(self):
        self.talk()
        self.ctl(self.site, 'enable', 'new-outlook')
        for mechanism in ('LOGIN', 'PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256'):
            with self.subTest(mechanism):
                reply = clients.imap(self.dovecot, 'alice', 'wrong', NEW_OUTLOOK, mechanism)
                self.assertFalse(reply.logged_in)
                self.assertNotIn(MESSAGE, reply.text)

    def test_from_monitor_mode_to_refusing_and_back(self):
        self.ctl(self.site, 'enable', 'new-outlook', '--monitor')
        self.assertTrue(self.login()[0].logged_in)
        self.assertIn('Its logins are refused from now on.',
                      self.ctl(self.site, 'enable', 'new-outlook').stdout)
        self.assertFalse(self.login()[0].logged_in)
        self.assertNotIn('refused', self.ctl(self.site, 'enable', 'new-outlook', '--monitor').stdout)
        self.assertTrue(self.login()[0].logged_in)

    def test_an_allow_entry_for_the_user_lets_that_user_in(self):
        self.ctl(self.site, 'enable', 'new-outlook')
        entry = self.site.list('user.allow', "'alice")
        self.addCleanup(entry.unlink)
        self.assertTrue(self.login(user='alice')[0].logged_in)
        self.assertFalse(self.login(user='bob')[0].logged_in)

    def test_disabled_everybody_is_in_again(self):
        self.ctl(self.site, 'enable', 'new-outlook')
        self.assertFalse(self.login()[0].logged_in)
        self.ctl(self.site, 'disable', 'new-outlook')
        reply, line = self.login()
        self.assertTrue(reply.logged_in)
        self.assertNotIn('blocked', line)

    def test_other_addresses_are_in_all_the_time(self):
        self.ctl(self.site, 'enable', 'new-outlook')
        for address in (HOME, MAIL_RU, '52.100.0.1', '20.50.1.2'):
            with self.subTest(address):
                self.assertTrue(self.login(address=address)[0].logged_in)

    def test_the_general_mode_watches_every_client(self):
        self.site.configure(general={'mode': 'monitor'})
        self.addCleanup(self.site.configure, general={'mode': None})
        self.assertIn('general/mode', self.ctl(self.site, 'enable', 'new-outlook').stdout)
        reply, line = self.login()
        self.assertTrue(reply.logged_in)
        self.assertEqual('True', line['would_block'])


class Catalogue(Case):
    """Its rules, with facts from the network."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dns = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())

    def setUp(self):
        super().setUp()
        self.site = harness.Site(self.dns, self.registries)

    def test_each_address_of_the_seeds_hits_its_client_and_home_hits_none(self):
        for address, service, client in ((NEW_OUTLOOK, 'imap', 'new-outlook'),
                                         (MAIL_RU, 'imap', 'mail-ru'),
                                         (SUGAR_MAIL, 'imap', 'sugar-mail'),
                                         (GMAIL_POP, 'pop3', 'gmail-fetcher'),
                                         (GMAIL_SMTP, 'smtp', 'gmail-send-as')):
            with self.subTest(client):
                done = self.ctl(self.site, 'test', address, '--service', service, code=1)
                self.assertEqual([client], [line.split()[0]
                                            for line in done.stdout.splitlines()[1:]])
                done = self.ctl(self.site, 'test', address, code=1)
                self.assertIn(client, done.stdout)
        for address in (HOME, world.HOME_V6, OFFICE):
            with self.subTest(address):
                self.ctl(self.site, 'test', address)

    def test_all_clients_can_be_enabled_at_once_and_refuse_what_is_theirs(self):
        ids = [file.stem for file in self.catalogue.glob('*.client')]
        self.ctl(self.site, 'enable', *ids)
        for address, service, name in ((NEW_OUTLOOK, 'imap', 'New Outlook'),
                                       (MAIL_RU, 'imap', 'Mail.ru apps'),
                                       (SUGAR_MAIL, 'imap', 'Sugar Mail'),
                                       (GMAIL_POP, 'pop3',
                                        'Gmail "check mail from other accounts"'),
                                       (GMAIL_SMTP, 'smtp', 'Gmail "send mail as"')):
            with self.subTest(name):
                outcome = self.site.login(address=address, service=service)
                self.assert_denied(outcome, 'client')
                self.assertEqual(name, outcome.audit['client'])
        self.assert_allowed(self.site.login(address=HOME))
        self.ctl(self.site, 'disable', *ids)
        self.assertEqual([], list((self.site.lists / 'clients').iterdir()))


class Command(Case):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()

    def test_the_templates_do_not_enable_anything(self):
        """README's way: copy the templates to list_path."""
        templates = only(self.root, 'as_dscr.deny.lst').parent
        self.assertNotEqual(templates, self.catalogue)
        self.assertEqual([], list(templates.rglob('*.client')))

    def test_the_list_shows_what_is_enabled(self):
        self.ctl(self.site, 'enable', 'new-outlook')
        self.ctl(self.site, 'enable', 'spark', '--monitor')
        self.assertRegex(self.row(self.site, 'new-outlook'), r' seen +1 +\S+ +enabled$')
        self.assertRegex(self.row(self.site, 'spark'), r' reported +1 +\S+ +monitor$')
        self.assertRegex(self.row(self.site, 'newton'), r' reported +2 +\S+ +-$')
        self.assertRegex(self.row(self.site, 'zoho'), r' guess +1 +\S+ +-$')
        self.assertRegex(self.row(self.site, 'canary'),
                         r' published +0 +\S+ +no rule: networks unknown$')

    def test_the_list_counts_hits_from_the_log(self):
        log = project.temporary_folder('log') / 'log'
        project.give_away(log.parent)
        self.site.configure(general={'log': log})
        self.ctl(self.site, 'enable', 'new-outlook')
        self.assertEqual('-', self.hits('new-outlook'))
        for _ in range(3):
            self.site.login(address=NEW_OUTLOOK)
        self.site.login(address=HOME)
        self.assertEqual('3', self.hits('new-outlook'))
        self.assertEqual('0', self.hits('spark'))
        self.assertEqual('3', self.hits('new-outlook', '--log', log))
        done = self.ctl(self.site, 'list', '--log', '/nonexistent', code=2)
        self.assertEqual('badclientsctl: /nonexistent: No such file or directory\n', done.stderr)
        self.assertRegex(done.stdout, r'(?m)^new-outlook .* - +enabled$')

    def hits(self, name, *arguments):
        return re.search(r' (?:seen|published|reported|guess) +\d+ +(\S+) ',
                         self.row(self.site, name, *arguments))[1]

    def test_show_prints_the_file(self):
        text = self.ctl(self.site, 'show', 'gmail-fetcher').stdout
        for part in ('not enabled', 'Name: Gmail "check mail', 'https://support.google.com',
                     'Password: ', 'Evidence: ', 'Confidence: seen', 'asn=AS15169'):
            self.assertIn(part, text)

    def test_a_client_that_is_unknown_is_an_error_and_nothing_is_done(self):
        done = self.ctl(self.site, 'enable', 'new-outlook', 'new-outlok', code=1)
        self.assertIn('did you mean new-outlook?', done.stderr)
        self.assertFalse((self.site.lists / 'clients').exists())
        for words in (('show', 'x'), ('disable', 'x'), ('enable', '../x')):
            with self.subTest(words):
                self.ctl(self.site, *words, code=1)

    def test_wrong_usage(self):
        for words in ((), ('what',), ('enable',), ('disable',), ('show',), ('test',),
                      ('test', 'nonsense'), ('list', '--nonsense')):
            with self.subTest(words):
                self.ctl(self.site, *words, code=2)

    def test_a_client_without_rules_is_said_to_refuse_nobody(self):
        done = self.ctl(self.site, 'enable', 'boxer')
        self.assertIn('boxer has no rule, so it refuses nobody: none is needed, its servers log in by EWS only',
                      done.stderr)
        self.assertTrue(self.row(self.site, 'boxer').endswith(
            'enabled (no rule: none is needed, its servers log in by EWS only)'))
        self.assertIn('enabled (no rule: none is needed', self.ctl(self.site, 'show', 'boxer').stdout)

    def test_lint_warns_of_a_client_without_rules_unless_its_file_says_why(self):
        self.ctl(self.site, 'enable', 'boxer', 'hubspot')
        own = self.site.lists / 'clients/own.client'
        own.write_text('Name: Own\n')
        lint = self.site.ctl('lint').stdout
        self.assertNotIn('boxer', lint)
        self.assertNotIn('hubspot', lint)
        self.assertIn('own.client: warning: is enabled and has no rules that count', lint)
        self.assertIn('own has no rule, so it refuses nobody\n',
                      self.ctl(self.site, 'enable', 'own').stderr)
        self.assertTrue(self.row(self.site, 'own').endswith('enabled (no rule)'))
        own.write_text('Name: Own\nConfidence: sure\n\nasn=AS1\n')
        self.assertIn('own.client:2: error: confidence: \'sure\' is none of seen, published, reported, guess',
                      self.site.ctl('lint').stdout)

    def test_what_is_in_monitor_mode_by_its_file_says_so(self):
        done = self.ctl(self.site, 'enable', 'zoho', 'newton-smtp')
        self.assertEqual(2, done.stdout.count("Its file says 'Mode: monitor', so it refuses nobody."))
        for name in ('zoho', 'newton-smtp'):
            self.assertTrue(self.row(self.site, name).endswith(' monitor'))

    def test_a_client_that_cannot_be_used_is_shown_and_does_not_hide_the_others(self):
        self.ctl(self.site, 'enable', 'new-outlook', 'spark')
        folder = self.site.lists / 'clients'
        (folder / 'spark.client').unlink()
        (folder / 'spark.client').symlink_to('/nowhere/spark.client')
        (folder / 'gone.client').symlink_to('/nowhere/gone.client')
        done = self.ctl(self.site, 'list')
        states = {row.split()[0]: row for row in done.stdout.splitlines()}
        self.assertRegex(states['new-outlook'], ' enabled$')
        self.assertRegex(states['spark'], ' broken$')
        self.assertRegex(states['gone'], ' broken$')
        self.assertIn('spark.client: cannot be read: is a symbolic link to something', done.stderr)
        self.ctl(self.site, 'enable', 'gone', code=1)
        self.ctl(self.site, 'show', 'gone', code=1)
        self.ctl(self.site, 'enable', 'spark')
        self.ctl(self.site, 'disable', 'gone')
        self.assertNotIn('broken', self.ctl(self.site, 'list').stdout)

    def test_a_catalogue_that_cannot_be_read_is_said_and_is_not_taken_for_an_empty_one(self):
        self.ctl(self.site, 'enable', 'new-outlook')
        (self.site.folder / 'a-file').touch()

        def without(*words, code=2, catalogue='/nonexist'):
            done = subprocess.run([self.program, '--config', self.site.config, *words,
                                   '--catalogue', catalogue], capture_output=True, text=True,
                                  check=False, stdin=subprocess.DEVNULL)
            self.assertEqual(code, done.returncode, (words, done.stdout, done.stderr))
            return done

        said = 'the catalogue of clients, /nonexist, cannot be read: No such file or directory'
        for words in (('list',), ('list', '--json'), ('enable', 'spark'), ('show', 'spark'),
                      ('test', HOME), ('disable', 'spark')):
            with self.subTest(words):
                self.assertIn(said, without('clients', *words).stderr)
        self.assertIn('Not a directory',
                      without('clients', 'list', catalogue=self.site.folder / 'a-file').stderr)
        log = self.site.folder / 'log'
        log.write_text('')
        self.assertIn(said, without('replay', '--client', 'spark', '--log', log).stderr)
        self.assertIn(said, without('notify', '--client', 'spark', '--dry-run', '--domain',
                                    'example.org', '--log', log).stderr)
        # What is enabled can be seen and taken away all the same.
        shown = without('clients', 'list').stdout
        self.assertRegex(shown, r'(?m)^new-outlook .* enabled( \(own file\))?$')
        self.assertNotIn('spark', shown)
        without('clients', 'show', 'new-outlook', code=0)
        without('clients', 'disable', 'new-outlook', code=0)
        self.assertFalse((self.site.lists / 'clients/new-outlook.client').is_symlink())

    def test_the_files_can_be_read_by_dovecots_user(self):
        self.ctl(self.site, 'enable', 'new-outlook')
        self.assert_denied(self.site.login(address=NEW_OUTLOOK), 'client')


class ImapId(harness.TestCase):
    """What an app calls itself; needs `imap_id_retain = yes`."""

    FOXMAIL = '"name" "com.tencent.foxmail" "version" "7.2" "vendor" "Tencent Limited"'

    @classmethod
    def setUpClass(cls):
        cls.site = harness.Site(general={'deny_message_services': 'imap'})
        folder = cls.site.lists / 'clients'
        folder.mkdir()
        manual = (project.ROOT / 'man/badclients-lists.5').read_text()
        rule = re.search(r'(?m)^client_id=.*$', manual)[0].replace(r'\(dq', '"').replace(r'\e', '\\')
        (folder / 'foxmail.client').write_text(
            f'Name: Foxmail by its ID\nMessage: No Foxmail, please.\n\n{rule}\n')
        cls.dovecot = cls.share(harness.Dovecot(cls.site, settings='imap_id_retain = yes\n'))

    def login(self, client_id, address=HOME):
        return reply_and_line(
            self.dovecot, lambda: clients.imap(self.dovecot, 'alice', RIGHT, address,
                                               client_id=client_id))

    def test_it_is_logged_and_the_rule_of_the_manual_refuses(self):
        reply, line = self.login(self.FOXMAIL)
        self.assertFalse(reply.logged_in)
        self.assertIn('No Foxmail, please.', reply.text)
        self.assertIn(self.FOXMAIL, line['client_id'])
        self.assertEqual(('True', 'Foxmail by its ID'), (line['blocked'], line['client']))

    def test_another_app_is_logged_and_in(self):
        reply, line = self.login('"name" "Thunderbird"')
        self.assertTrue(reply.logged_in)
        self.assertIn('"name" "Thunderbird"', line['client_id'])

    def test_no_id_is_no_reason_to_refuse(self):
        # imap() tells the address by the ID command, as proxies do: so as Dovecot's auth process
        # is asked.
        reply, line = reply_and_line(
            self.dovecot, lambda: clients.sasl_client(self.dovecot, 'alice', RIGHT, HOME,
                                                      service='imap'))
        self.assertTrue(reply.logged_in)
        self.assertEqual((HOME, 'None'), (line['ip'], line['client_id']))

    def test_an_id_cannot_forge_a_field(self):
        for text in ('x>, blocked=False, client=<y', 'a\\"b', 'a\\\\x3e', 'a\x01\x02b', 'a\x1b[2Jb',
                     'a\tb', 'mail-audit: user=<bob>', 'x' * 900):
            with self.subTest(text[:30]):
                reply, line = self.login(f'"name" "{text}" "vendor" "v"')
                self.assertTrue(reply.logged_in)
                self.assertEqual(HOME, line['ip'])
                self.assertNotIn('blocked', line)
                self.assertNotRegex(line['client_id'], r'[^\x20-\x7e]')
                # Dovecot hands on the begin of a long ID, so the name may be behind its end.
                if len(text) > 100:
                    continue
                reply, line = self.login(f'"vendor" "{text}" "name" "com.tencent.foxmail"')
                self.assertFalse(reply.logged_in)
                self.assertEqual((HOME, 'True'), (line['ip'], line['blocked']))


if __name__ == '__main__':
    harness.main()
