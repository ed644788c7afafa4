#!/usr/bin/env python3
"""badclientsctl registry: what its commands say and do."""

import configparser
import contextlib
import datetime
import json
import os
import random
import shutil
import subprocess
import unittest

from harness import Site, bulk, main, memory, project
from harness.registry import NOW, RegistryTestCase, full_size


class TheCommand(RegistryTestCase):
    def small(self, **changed):
        """Files in small, to be taken with --force."""
        folder = project.temporary_folder('small')
        for registry in bulk.REGISTRIES:
            records = [('NL', 'ipv4', '192.0.2.0', 256, 'allocated')] if registry == 'ripencc' else []
            bulk.put(folder, f'delegated-{registry}-extended-latest',
                     bulk.delegated(registry, records, changed.get('delegated', NOW)))
        bulk.put(folder, 'riswhoisdump.IPv4.gz',
                 bulk.ris([(10, '192.0.2.0/24', 300)], changed.get('ris', NOW)))
        bulk.put(folder, 'asn.txt', '10 TEN - Ten \x1b[31m Ltd., NL\n')
        return folder

    def test_files_belong_to_who_owns_state_path_and_everybody_may_read(self):
        if os.geteuid() != 0:
            self.skipTest('not root')
        site = self.site()
        self.update(site, '--from', self.small(), '--force')
        status = self.store(site).stat()
        self.assertEqual((site.state.stat().st_uid, 0o644), (status.st_uid, status.st_mode & 0o777))

    def test_names_that_are_no_publishers_are_named(self):
        site = self.site()
        folder = self.small()
        (folder / 'asn.txt.bak').write_text('x')
        (folder / 'delegated-arin-extended-latest.md5').write_text(
            bulk.md5((folder / 'delegated-arin-extended-latest').read_bytes()))
        out, _ = self.update(site, '--from', folder, '--force')
        self.assertIn(f"{folder}/asn.txt.bak: is no publisher's file, left alone\n", out)
        self.assertEqual(1, out.count('left alone'))
        empty = project.temporary_folder('empty')
        _, err = self.update(site, '--from', empty, code=2)
        self.assertIn("there is no publisher's file", err)
        _, err = self.update(site, '--from', '/nonexistent', code=2)
        self.assertIn('/nonexistent: No such file or directory', err)
        (empty / 'asn.txt').mkdir()
        _, err = self.update(site, '--from', empty, code=1)
        self.assertIn('asn.txt: is no regular file', err)

    def test_what_it_does_not_know_is_refused(self):
        site = self.site()
        for arguments, words in ((('--form', '/srv'), 'registry update has no option --form (did you mean --from?)'),
                                 (('asn',), 'registry update takes no arguments, only options'),
                                 (('--from',), '--from needs a FOLDER')):
            _, err = self.update(site, *arguments, code=2)
            self.assertIn(words, err)
        site.configure(registry={'sources': 'ris delegated lacnic'})
        _, err = self.update(site, code=2)
        self.assertRegex(err, r":\d+: registry/sources: 'lacnic'.*ripe")
        self.assertIn('nothing is done while the configuration has errors', err)
        self.assertFalse(self.store(site).exists())

    def test_show_says_what_is_known_from_where(self):
        site = self.site()
        done = site.ctl('registry', 'show', '192.0.2.7')
        self.assertEqual(2, done.returncode)
        self.assertIn('registry.db: not there (badclientsctl registry update makes it)', done.stderr)
        self.update(site, '--from', self.small(), '--force')
        done = site.ctl('registry', 'show', '192.0.2.7')
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r'origin AS +AS10 +riswhoisdump.IPv4.gz, 20\d\d-')
        self.assertRegex(done.stdout, r'prefix +192.0.2.0/24')
        self.assertRegex(done.stdout, r'AS description +TEN - Ten  ?\[31m Ltd., NL +asn.txt')
        self.assertRegex(done.stdout, r'network name +not known here')
        self.assertNotIn('\x1b', done.stdout)
        done = site.ctl('registry', 'show', '--json', '203.0.113.7')
        self.assertEqual(1, done.returncode)
        self.assertEqual({'known': False, 'source': None, 'made': None, 'value': None},
                         json.loads(done.stdout)['facts']['origin'])
        self.assertEqual(2, site.ctl('registry', 'show', 'nonsense').returncode)
        self.assertEqual(2, site.ctl('registry', 'show').returncode)
        self.assertEqual(2, site.ctl('registry', 'frobnicate').returncode)

    def test_update_says_what_became_of_each_file_in_json(self):
        site = Site(registry={'max_age': '14d', 'sources': 'delegated asn'})
        manual = (project.ROOT / 'man/badclientsctl.8').read_text()

        def update(folder, code=0):
            out, err = self.update(site, '--from', folder, '--force', '--json', code=code)
            update = json.loads(out)
            for keys in (update, update['files'][0]):
                self.assertIn('Cm ' + ' , '.join(keys) + ' ', manual)
            self.assertEqual((str(self.store(site)), code == 0), (update['path'], update['good']))
            return update, {file['name']: file for file in update['files']}, err

        folder = self.small(ris=NOW - datetime.timedelta(days=13))
        done, files, err = update(folder)
        self.assertEqual('', err)
        self.assertTrue(done['written'])
        self.assertGreater(done['segments'], 0)
        self.assertEqual({path.name for path in folder.iterdir()}, set(files))
        self.assertEqual({'taken'}, {file['outcome'] for file in files.values()})
        self.assertEqual((f'{NOW - datetime.timedelta(days=13):%Y-%m-%d}', {'routes': 1}, [], None),
                         (files['riswhoisdump.IPv4.gz']['made'][:10],
                          *(files['riswhoisdump.IPv4.gz'][key] for key in ('counts', 'warnings', 'error'))))

        one = project.temporary_folder('one')
        (one / 'asn.txt').write_text('<html>\n')
        done, files, err = update(one, code=1)
        self.assertEqual((False, None), (done['written'], done['segments']))
        self.assertEqual(('failed', {'asn': 1}), (files['asn.txt']['outcome'], files['asn.txt']['counts']))
        self.assertIn(files['asn.txt']['error'], err)

        (one / 'asn.txt').write_text('10 TEN - Ten Ltd., NL\n')
        site.configure(registry={'max_age': '12d'})
        _, files, _ = update(one)
        self.assertEqual({'asn.txt': 'taken', 'riswhoisdump.IPv4.gz': 'left_out'},
                         {name: file['outcome'] for name, file in files.items()})

    def test_status_says_how_old_and_how_complete_it_is(self):
        site = Site(registry={'max_age': '14d'})
        done = site.ctl('registry', 'status')
        self.assertEqual((1, ''), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, 'registry.db: not there')
        self.assertRegex(done.stdout, r'asn.txt +- +- +missing')
        old = NOW - datetime.timedelta(days=20)
        self.update(site, '--from', self.small(ris=old), '--force')
        done = site.ctl('registry', 'status')
        self.assertEqual((1, ''), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r'riswhoisdump.IPv4.gz +20\S+ +20 d +old +1 routes')
        self.assertRegex(done.stdout, r'riswhoisdump.IPv6.gz +- +- +missing')
        self.assertRegex(done.stdout, r'asn.txt +20\S+ +\d+ \S+ +good +1 asn')
        self.assertNotIn('ripe.db', done.stdout)
        done = site.ctl('registry', 'show', '192.0.2.7')
        self.assertIn('riswhoisdump.IPv4.gz is older than registry/max_age, and not used', done.stdout)

        folder = self.small()
        bulk.put(folder, 'riswhoisdump.IPv6.gz', bulk.ris([(10, '2001:db8::/32', 300)], NOW))
        self.update(site, '--from', folder, '--force')
        done = site.ctl('registry', 'status', '--json')
        self.assertEqual(0, done.returncode, done.stdout)
        status = json.loads(done.stdout)
        self.assertEqual((str(self.store(site)), True, None), (status['path'], status['good'], status['logins']))
        self.assertEqual(self.store(site).stat().st_size, status['bytes'])
        files = {file['name']: file for file in status['files']}
        self.assertEqual({path.name for path in full_size().iterdir()}, set(files))
        self.assertEqual({'routes': 1}, files['riswhoisdump.IPv4.gz']['counts'])
        self.assertEqual('good', files['asn.txt']['state'])

    def test_status_counts_the_logins_that_it_would_have_served(self):
        site = self.site()
        log = site.folder / 'audit.log'
        line = ('{} badclients: mail-audit: user=<u>, service=imap, ip={}, host=<>, asn=None, as_cc=None, '
                'as_desc=<None>, net_name=<None>, net_cc=None, entity=None, client_id=None, facts=none, took=1.0ms\n')
        then = NOW - datetime.timedelta(days=40)
        log.write_text(''.join([line.format(f'{NOW:%Y-%m-%dT%H:%M:%S+00:00}', ip) for ip in
                                ('9.9.9.1', '9.9.9.1', '9.9.8.7', '10.0.0.1', 'None')])
                       + line.format(f'{then:%Y-%m-%dT%H:%M:%S+00:00}', '9.9.9.9') + 'something else\n')
        log.chmod(0o600)
        folder = self.small()
        bulk.put(folder, 'delegated-ripencc-extended-latest', bulk.delegated(
            'ripencc', [('NL', 'ipv4', '9.9.9.0', 256, 'allocated')], NOW))
        bulk.put(folder, 'riswhoisdump.IPv4.gz', bulk.ris([(10, '9.9.9.0/24', 300)], NOW))
        self.update(site, '--from', folder, '--force')
        done = site.ctl('registry', 'status', '--log', log)
        self.assertEqual('', done.stderr)
        self.assertIn('Logins of the last 30 days from public addresses: 3\n'
                      '  origin AS and its description known here: 2 (66.7 %)\n'
                      '  registration known here: 0 (0.0 %)\n', done.stdout)
        site.configure(general={'log': log})
        self.assertEqual({'days': 30, 'all': 3, 'origin': 2, 'registration': 0},
                         json.loads(site.ctl('registry', 'status', '--json').stdout)['logins'])
        done = site.ctl('registry', 'status', '--log', '/nonexistent')
        self.assertEqual(2, done.returncode)
        self.assertIn('/nonexistent: No such file or directory', done.stderr)

    def test_what_nobody_renews_is_left_out_once_it_is_too_old(self):
        site = Site(registry={'max_age': '14d', 'sources': 'delegated asn'})
        self.update(site, '--from', self.small(ris=NOW - datetime.timedelta(days=13)), '--force')
        one = project.temporary_folder('one')
        shutil.copy(self.small() / 'asn.txt', one)
        out, _ = self.update(site, '--from', one, '--force')
        self.assertIn('from 7 files', out)
        site.configure(registry={'max_age': '12d'})
        out, _ = self.update(site, '--from', one, '--force')
        self.assertRegex(out, r'riswhoisdump.IPv4.gz: left out, made 20')
        self.assertIn('from 6 files', out)

    def test_a_look_up_needs_little_memory(self):
        site = self.site()
        self.update(site, '--from', full_size())
        process = subprocess.Popen(
            ['/bin/sh', '-c', 'ulimit -v 262144; exec "$@"', 'sh',
             project.BUILD / 'test' / 'e2e' / 'registry_lookups', site.state],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        randomness = random.Random(4)
        known = 0
        with process, contextlib.closing(process.stdin):
            for _ in range(100):
                lines = [bulk.text_of_point(*bulk.random_point(randomness)) + '\n' for _ in range(100)]
                process.stdin.writelines(lines)
                process.stdin.flush()
                known += sum('||' not in process.stdout.readline() for _ in lines)
            self.assertLess(memory.private_of(process.pid), 8000)
        self.assertEqual(0, process.returncode)
        self.assertGreater(known, 1000)


class Units(RegistryTestCase):
    @unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd-analyze')
    def test_systemd_finds_no_fault_in_the_units_which_update_at_a_random_minute(self):
        folder = project.temporary_folder('units')
        for name in ('badclients-registry.service', 'badclients-registry.timer'):
            text = (project.ROOT / 'examples/systemd' / name).read_text()
            (folder / name).write_text(text.replace('ExecStart=badclientsctl',
                                                    f'ExecStart={project.programs()}/badclientsctl'))
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', *folder.iterdir()],
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        timer = configparser.ConfigParser(interpolation=None)
        timer.read(folder / 'badclients-registry.timer')
        self.assertEqual(('daily', '24h', 'yes'), tuple(
            timer['Timer'][key] for key in ('OnCalendar', 'RandomizedDelaySec', 'FixedRandomDelay')))


if __name__ == '__main__':
    main()
