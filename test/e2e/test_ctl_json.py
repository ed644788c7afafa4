#!/usr/bin/env python3
"""badclientsctl config, cache and check of several addresses; and the JSON of what shows something."""

import contextlib
import json
import re
import sqlite3
import subprocess
import time

import harness
from harness import project, world
from harness.process import wait_until
from harness.world import HOME, MAIL_RU, NEW_OUTLOOK

TIME = r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$'


class Commands(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())
        cls.manual = re.sub(r'\s+', ' ', (project.ROOT / 'man/badclientsctl.8').read_text())

    def site(self, **sections):
        return harness.Site(self.dns, self.registries, **sections)

    def run_ctl(self, site, *arguments, code=0, **how):
        done = subprocess.run([project.programs() / 'badclientsctl', '--config', site.config,
                               *arguments], capture_output=True, text=True, check=False, **how)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done

    def json(self, site, *arguments, code=0, **how):
        """The object; its keys are those of the manual."""
        shown = json.loads(self.run_ctl(site, *arguments, '--json', code=code, **how).stdout)
        for key in shown:
            self.assertRegex(self.manual, rf'(Cm|,) {key}\b', f'{arguments}: the manual is silent')
        return shown

    def test_config_shows_what_is_in_force(self):
        site = self.site(general={'mode': 'monitor', 'on_error': 'nonsense', 'deny_message': 'No; no.'},
                         cache={'shared': 'redis://me:secret@127.0.0.1:6379/1'})
        shown = self.run_ctl(site, 'config', code=1).stdout
        self.assertIn('general/mode = monitor\n', shown)
        self.assertIn('general/on_error = allow\n', shown)
        self.assertIn('general/deny_message = No; no.\n', shown)
        self.assertIn('lookup/deadline = 5s\n', shown)
        self.assertIn('cache/shared = redis://me:***@127.0.0.1:6379/1\n', shown)
        self.assertNotIn('secret@', shown)
        changed = self.run_ctl(site, 'config', '-n', code=1).stdout
        self.assertIn('general/mode = monitor\n', changed)
        self.assertNotIn('deadline', changed)
        self.assertNotIn('on_error', changed)
        self.assertEqual('lookup/deadline = 5s\n',
                         self.run_ctl(site, 'config', 'deadline', code=1).stdout)
        wrong = self.run_ctl(site, 'config', 'dedline', code=2)
        self.assertIn('did you mean deadline?', wrong.stderr)
        found = self.json(site, 'config', 'mode', code=1)
        setting, = found['settings']
        self.assertEqual(('general', 'mode', 'monitor', 'enforce'),
                         tuple(setting[k] for k in ('section', 'key', 'value', 'default')))
        self.assertIsInstance(setting['line'], int)
        self.assertEqual('error', found['problems'][0]['severity'])

    def test_lint_counts(self):
        site = self.site()
        site.list('asn.deny', 'AS64500', 'nonsense')
        found = self.json(site, 'lint', code=1)
        self.assertEqual((1, 1, 1), (found['lists'], found['entries'], found['errors']))
        problem, = [p for p in found['problems'] if p['severity'] == 'error']
        self.assertEqual((str(site.lists / 'asn.deny.lst'), 2), (problem['file'], problem['line']))

    def test_the_cache_is_shown_counted_pruned_and_cleared(self):
        site = self.site()
        self.assertEqual(0, self.json(site, 'cache', 'stats')['entries'])
        self.run_ctl(site, 'check', MAIL_RU)
        stats = self.json(site, 'cache', 'stats')
        self.assertGreaterEqual(stats['fresh'], 4)
        self.assertEqual(stats['entries'], sum(kind['entries'] for kind in stats['kinds'].values()))
        self.assertRegex(stats['oldest'], TIME)
        self.assertIsNone(stats['pruned'])
        self.assertGreater(stats['bytes'], 0)
        entries = self.json(site, 'cache', 'show', MAIL_RU)['entries']
        kinds = {entry['kind']: entry for entry in entries}
        self.assertEqual({'reverse_names', 'origin', 'registration'}, set(kinds))
        self.assertIn('AS47764', kinds['origin']['value'])
        self.assertRegex(kinds['origin']['expires'], TIME)
        self.assertEqual('fresh', kinds['origin']['state'])
        self.assertEqual([], self.json(site, 'cache', 'show', '192.0.2.0/24')['entries'])
        self.assertEqual(['as_description'],
                         [e['kind'] for e in self.json(site, 'cache', 'show', 'AS47764')['entries']])
        self.assertEqual(stats['entries'], len(self.json(site, 'cache', 'show')['entries']))
        self.assertIn('AS47764', self.run_ctl(site, 'cache', 'show', MAIL_RU).stdout)
        self.assertIn('no address', self.run_ctl(site, 'cache', 'show', 'nonsense', code=2).stderr)
        with contextlib.closing(sqlite3.connect(site.state / 'cache.db')) as database, database:
            database.execute('UPDATE entry SET learnt = 1, expires = 1 WHERE key IN '
                             '(SELECT key FROM entry LIMIT 1)')
        self.assertEqual(1, self.json(site, 'cache', 'stats')['expired'])
        pruned = self.json(site, 'cache', 'prune')
        self.assertEqual((1, 0, stats['entries'] - 1),
                         tuple(pruned[k] for k in ('expired', 'evicted', 'left')))
        self.assertRegex(self.json(site, 'cache', 'stats')['pruned'], TIME)
        self.assertEqual(stats['entries'] - 1, self.json(site, 'cache', 'clear')['forgotten'])
        self.assertEqual(0, self.json(site, 'cache', 'stats')['entries'])

    def test_what_the_cache_shows_is_what_a_login_makes_of_it(self):
        """A ttl that was shortened counts for what is stored already, too."""
        site = self.site()
        self.run_ctl(site, 'check', MAIL_RU)
        self.run_ctl(site, 'cache', 'clear', '--failures')
        for ttl, stale, state, checked in (('1s', '1h', 'stale', 'stale'), ('1s', '0s', 'expired', 'not_asked')):
            site.configure(cache={'ttl': ttl, 'stale': stale})
            wait_until(lambda: {state} == {entry['state'] for entry in self.json(
                site, 'cache', 'show', MAIL_RU)['entries']}, f'the entries to be {state}')
            facts = self.json(site, 'check', MAIL_RU, '--offline')['facts']
            self.assertEqual(checked, facts['origin']['state'])
            stats = self.json(site, 'cache', 'stats')
            self.assertEqual((0, stats['entries']), (stats['fresh'], stats[state]))

    def test_a_server_that_closed_is_opened_again(self):
        site = self.site()
        self.run_ctl(site, 'cache', 'servers')  # makes the database
        now = int(time.time() * 1000)
        with contextlib.closing(sqlite3.connect(site.state / 'budget.db')) as database, database:
            table, = [name for name, in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%closed%'")]
            columns = [row[1] for row in database.execute(f'PRAGMA table_info({table})')]
            values = {'service': 'whois', 'server': 'lacnic', 'name': 'lacnic', 'asked': now,
                      'closed_since': now, 'closed_until': now + 3_600_000, 'reason': 'too much'}
            database.execute(f'INSERT INTO {table}({", ".join(columns)}) VALUES '
                             f'({", ".join("?" * len(columns))})',
                             [values.get(column, 0) for column in columns])
        state = {(s['server'], s['service']): s['state']
                 for s in self.json(site, 'cache', 'servers')['servers']}
        self.assertEqual('closed', state['lacnic', 'whois'], columns)
        reopened = self.json(site, 'cache', 'reopen', 'lacnic')
        self.assertEqual(['whois'], [each['service'] for each in reopened['reopened']])
        state = {(s['server'], s['service']): s['state']
                 for s in self.json(site, 'cache', 'servers')['servers']}
        self.assertEqual('open', state['lacnic', 'whois'])
        self.assertIn('was not closed', self.run_ctl(site, 'cache', 'reopen', 'lacnic').stdout)
        self.assertIn('did you mean lacnic?',
                      self.run_ctl(site, 'cache', 'reopen', 'lacnik', code=2).stderr)

    def test_several_addresses_are_checked_at_once(self):
        site = self.site()
        (site.lists / 'clients').mkdir()
        (site.lists / 'clients/cloud.client').write_text('Name: Cloud\n\nip_net=@cloud.net\n')
        (site.lists / 'clients/cloud.net').write_text(
            ''.join(f'198.{n}.0.0/16\n' for n in range(100, 120)) + '52.96.0.0/14\n')
        self.run_ctl(site, 'check', HOME, MAIL_RU)
        text = self.run_ctl(site, 'check', HOME, NEW_OUTLOOK, code=1).stdout
        self.assertRegex(text, rf'(?m)^{re.escape(NEW_OUTLOOK)} +denied +client +clients/cloud.client:3')
        self.assertIn('2 addresses, 1 allowed, 1 denied\n', text)
        shown = self.json(site, 'check', '-', code=1, input=f'# from a log\n{HOME} x\n\n{NEW_OUTLOOK}\n')
        self.assertEqual([HOME, NEW_OUTLOOK], [login['address'] for login in shown['logins']])
        match, = shown['logins'][1]['matches']
        self.assertEqual('52.96.0.0/14', match['network'])
        one = self.run_ctl(site, 'check', NEW_OUTLOOK, code=1).stdout
        self.assertIn('here 52.96.0.0/14', one)
        bad = self.run_ctl(site, 'check', '-', code=2, input=f'{HOME}\nnonsense\n')
        self.assertIn("standard input:2: 'nonsense'", bad.stderr)
        self.assertEqual('', bad.stdout)
        for words, said in (('check',), 'check needs an ADDRESS'), (('why',), 'why needs a USER|SESSION|ADDRESS'), (
                ('clients', 'enable'), 'clients enable needs an ID'), (('notify', '--from'), '--from needs an ADDRESS'):
            self.assertIn(f'badclientsctl: {said}\n', self.run_ctl(site, *words, code=2).stderr)

    def test_clients_are_listed_shown_and_tested(self):
        site = self.site()
        catalogue = ('--catalogue', project.ROOT / 'lists/clients')
        self.run_ctl(site, 'clients', 'enable', 'new-outlook', '--monitor', *catalogue)
        log = site.folder / 'empty.log'
        log.write_text('')
        listed = {each['id']: each for each in
                  self.json(site, 'clients', 'list', *catalogue, '--log', log)['clients']}
        self.assertEqual('monitor', listed['new-outlook']['state'])
        self.assertEqual('not_enabled', listed['spark']['state'])
        self.assertEqual(('published', 0, 'networks unknown'),
                         tuple(listed['canary'][key] for key in ('confidence', 'rules', 'no_rule')))
        self.assertEqual(('seen', 1, None),
                         tuple(listed['new-outlook'][key] for key in ('confidence', 'rules', 'no_rule')))
        shown = self.json(site, 'clients', 'show', 'new-outlook', *catalogue)
        self.assertEqual('New Outlook', shown['name'])
        self.assertIn('Name: New Outlook', shown['text'])
        tested = self.json(site, 'clients', 'test', NEW_OUTLOOK, *catalogue, code=1)
        self.assertIn('new-outlook', [hit['id'] for hit in tested['hits']])

    def test_enabling_and_disabling_tell_what_was_made_and_removed(self):
        site = self.site()
        catalogue = project.ROOT / 'lists/clients'
        options = ('--catalogue', catalogue)
        link = str(site.lists / 'clients/new-outlook.client')
        marker = str(site.lists / 'clients/new-outlook.monitor')
        target = str(catalogue / 'new-outlook.client')

        def changed(*words):
            done, = self.json(site, 'clients', *words, *options)['clients']
            for key in done:
                self.assertRegex(self.manual, rf'(Cm|,) {key}\b')
            self.assertEqual('new-outlook', done['id'])
            return tuple(done[key] for key in ('state', 'made', 'removed', 'target'))

        self.assertEqual(('monitor', [marker, link], [], target),
                         changed('enable', 'new-outlook', '--monitor'))
        self.assertEqual(('monitor', [], [], None), changed('enable', 'new-outlook', '--monitor'))
        self.assertEqual(('enabled', [], [marker], None), changed('enable', 'new-outlook'))
        self.assertEqual(('monitor', [marker], [], None),
                         changed('enable', 'new-outlook', '--monitor'))
        self.assertEqual(('not_enabled', [], [link, marker], target), changed('disable', 'new-outlook'))
        self.assertEqual(('not_enabled', [], [], None), changed('disable', 'new-outlook'))

        own = site.lists / 'clients/own.client'
        own.symlink_to(site.folder / 'own.txt')
        (site.folder / 'own.txt').write_text('Name: My own\n\nasn=AS1\n')
        gone, = self.json(site, 'clients', 'disable', 'own', *options)['clients']
        self.assertEqual(('My own', 'not_enabled', None, [str(own)], str(site.folder / 'own.txt')),
                         tuple(gone[key] for key in ('name', 'state', 'file', 'removed', 'target')))

        several = self.json(site, 'clients', 'enable', 'spark', 'canary', *options)['clients']
        self.assertEqual([('spark', 1, None), ('canary', 0, 'networks unknown')],
                         [tuple(each[key] for key in ('id', 'rules', 'no_rule')) for each in several])
        wrong = self.run_ctl(site, 'clients', 'enable', 'spark', 'sprak', '--json', *options, code=1)
        self.assertEqual('', wrong.stdout)
        self.assertIn('did you mean spark?', wrong.stderr)
        site.configure(general={'mode': 'monitor'})
        told = self.run_ctl(site, 'clients', 'enable', 'spark', '--json', *options)
        self.assertIn('general/mode is monitor', told.stderr)
        json.loads(told.stdout)

    def test_a_terminal_sees_how_far_it_has_come(self):
        site = self.site()
        done = subprocess.run(
            ['script', '-qec', f'{project.programs()}/badclientsctl --config {site.config} check '
             f'{HOME} {MAIL_RU}', '/dev/null'], capture_output=True, text=True, check=False)
        self.assertIn(f'[####################] 1/2'.replace('#' * 20, '#' * 10 + '.' * 10), done.stdout)

    def test_each_program_says_its_version_and_how_it_is_called(self):
        for name in ('badclients', 'badclients-policy', 'badclients-lookup', 'badclientsctl'):
            program = project.programs() / name
            for option, said in (('-h', 'Usage: '), ('--help', 'Usage: '),
                                 ('--version', rf'{name} \d+\.\d+')):
                with self.subTest(name, option=option):
                    done = subprocess.run([program, option], capture_output=True, text=True,
                                          check=False, stdin=subprocess.DEVNULL)
                    self.assertEqual(0, done.returncode, done.stderr)
                    self.assertRegex(done.stdout, said)
        for command in (('cache',), ('cache', 'stats'), ('clients', 'list'), ('check',), ('lint',)):
            for option, said in (('-h', 'Usage: '), ('--version', 'badclientsctl ')):
                done = self.run_ctl(self.site(), *command, option)
                self.assertIn(said, done.stdout)


if __name__ == '__main__':
    harness.main()
