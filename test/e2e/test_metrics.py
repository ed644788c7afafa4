#!/usr/bin/env python3
"""badclientsctl metrics: each login of a log that grows and is rotated counts once, in Prometheus' words."""

import bz2
import collections
import datetime
import gzip
import json
import lzma
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import harness
from harness import clients, geoip, project
from harness.process import wait_until
from harness.registry import publish_world
from harness.world import HOME, NEW_OUTLOOK

EXAMPLES = project.ROOT / 'examples/prometheus'
PROMTOOL = shutil.which('promtool')
JOURNAL_REMOTE = pathlib.Path('/lib/systemd/systemd-journal-remote')
OUTCOMES = {'': 'allowed', 'allowed': 'exempted', 'would_block': 'would_block', 'blocked': 'blocked',
            'tempfail': 'undecided'}
BOUNDS = (.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)


class Log:
    """Lines of logins and others, and what each login counts for."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.time = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
        self.counted = collections.Counter()
        self.sum = 0

    def line(self):
        chance = self.chance
        self.time += datetime.timedelta(seconds=1)
        door, tag = chance.choice([('checkpassword', 'dovecot: auth: Info:'), ('policy', 'dovecot: badclients: Info:'),
                                   ('checkpassword', 'dovecot[12]: auth-worker(34):'),
                                   ('unknown', 'badclients[12]:')])
        if chance.random() < .2:
            return f'{self.time:%Y-%m-%dT%H:%M:%SZ} mail dovecot: imap-login: Info: Login: <x>\n'
        outcome = chance.choice(list(OUTCOMES))
        client = chance.choice(['New Outlook', 'Büro \\x5c "x"', '']) if 'block' in outcome else ''
        matched = 'client' if client else chance.choice(['asn', 'entity:MAIL-RU']) if outcome else ''
        facts = chance.choice(['none', 'cached', 'fresh', 'stale', 'partial'])
        took = chance.choice([0.4, 1.0, 1.1, 7.5, 250.0, 2500.1, 20000.0])
        error = chance.random() < .1
        count = self.counted
        count['logins_total', door, OUTCOMES[outcome]] += 1
        if client:
            count['client_hits_total', client.replace('\\x5c', '\\'), OUTCOMES[outcome]] += 1
        if 'block' in outcome:
            count['list_hits_total', matched.partition(':')[0], OUTCOMES[outcome]] += 1
        count['lookups_total', facts] += 1
        count['login_errors_total',] += error
        for bound in BOUNDS:
            count['login_duration_seconds_bucket', f'{bound:g}'] += took <= bound * 1000
        count['login_duration_seconds_bucket', '+Inf'] += 1
        count['login_duration_seconds_count',] += 1
        self.sum += took / 1000
        said = f', {outcome}=True, matched={matched}' if outcome else ''
        if client:
            said += f', rule=clients/x.client:3, client=<{client}>'
        return (f'{self.time:%Y-%m-%dT%H:%M:%SZ} mail {tag} mail-audit: user=<u{chance.randrange(99)}>, service=imap, '
                f'ip=192.0.2.1, host=<>, asn=None, as_cc=None, as_desc=<None>, net_name=<N>, net_cc=DE, entity=None'
                f'{said}, client_id=None, facts={facts}, took={took}ms' + (', error=<x>' if error else '') + '\n')

    def lines(self, number):
        return ''.join(self.line() for _ in range(number))


class MetricsCase(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.folder = self.site.folder / 'log'
        self.folder.mkdir()
        self.file = self.folder / 'mail.log'
        self.log = Log(self.id())

    def append(self, text):
        with self.file.open('a') as file:
            file.write(text)

    def metrics(self, *options):
        return self.site.ctl('metrics', '--log', self.file, *options)

    def samples(self, *options):
        """(name without badclients_, values of labels...) -> number"""
        done = self.metrics('--json', *options)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        return {(sample['name'].removeprefix('badclients_'), *sample['labels'].values()): sample['value']
                for family in json.loads(done.stdout)['metrics'] for sample in family['samples']}

    def check(self, samples=None):
        """Everything in the log counts, and once."""
        samples = samples or self.samples()
        names = {key[0] for key in self.log.counted}
        shown = {key: value for key, value in samples.items() if key[0] in names and value}
        self.assertEqual({key: value for key, value in self.log.counted.items() if value}, shown)
        self.assertAlmostEqual(self.log.sum, samples['login_duration_seconds_sum',], places=3)
        self.assertEqual(self.log.time.timestamp(), samples['last_login_timestamp_seconds',], 'last')


class Counting(MetricsCase):
    def test_every_number_is_that_of_a_count_of_our_own(self):
        self.append(self.log.lines(5000) + self.ending())
        self.check()

    def ending(self):
        """A login at the end, so that the last time is its."""
        before = len(self.log.counted), self.log.counted['login_duration_seconds_count',]
        text = ''
        while self.log.counted['login_duration_seconds_count',] == before[1]:
            text += self.log.line()
        return text

    def test_a_log_that_grows_counts_once_and_a_line_without_end_later(self):
        self.append(self.ending())
        for size in (0, 1, 7, 500, 1):
            text = self.log.lines(size) + self.ending()
            half = len(text) - 9
            self.append(text[:half])
            before = self.samples()
            self.append(text[half:])
            self.check()
            for key, value in self.samples().items():
                self.assertGreaterEqual(value, before.get(key, 0), key)
            self.check()

    def test_a_line_that_is_too_long_shifts_nothing(self):
        for _ in range(2):
            self.append('x' * 200000 + '\n' + self.log.lines(20) + self.ending() + 'y' * 70000 + '\n')
            self.check()
            self.append(self.log.lines(20) + self.ending())
            self.check()

    def test_rotated_files_count_once_whatever_they_are_called_and_packed_with(self):
        packers = {'': None, '.gz': gzip.compress, '.xz': lzma.compress, '.bz2': bz2.compress,
                   '.zst': lambda text: subprocess.run(['zstd', '-q'], input=text, check=True,
                                                       stdout=subprocess.PIPE).stdout}
        for ending, pack in packers.items():
            for looked in (True, False):
                self.append(self.log.lines(50) + self.ending())
                if looked:
                    self.check()
                    self.append(self.log.lines(5) + self.ending())
                for number in range(20, 0, -1):
                    for old in self.folder.glob(f'mail.log.{number}*'):
                        old.rename(old.with_name(old.name.replace(f'.{number}', f'.{number + 1}', 1)))
                self.file.rename(self.folder / 'mail.log.1')
                self.file.touch()
                if looked:
                    self.check()
                if pack:
                    text = (self.folder / 'mail.log.1').read_bytes()
                    (self.folder / f'mail.log.1{ending}').write_bytes(pack(text))
                    self.check()
                    (self.folder / 'mail.log.1').unlink()
                self.check()
                self.append(self.log.lines(3) + self.ending())
                self.check()

    def test_a_log_that_is_copied_and_cut_counts_once(self):
        for number in range(1, 5):
            self.append(self.log.lines(40) + self.ending())
            if number % 2:
                self.check()
            copy = self.folder / f'mail.log-2026030{number}'
            text = self.file.read_bytes()
            for size in (len(text) // 2, len(text)):  # a copy that is not whole yet
                copy.write_bytes(text[:size])
                if number % 2:
                    self.check()
            os.truncate(self.file, 0)
            self.check()
            self.append(self.log.lines(10) + self.ending())
            self.check()

    def test_a_file_with_the_inode_of_one_that_is_gone_is_another(self):
        self.append(self.log.lines(50) + self.ending())
        self.check()
        os.truncate(self.file, 0)
        self.append(self.log.lines(200) + self.ending())
        self.check()

    def test_files_that_are_deleted_take_nothing_back(self):
        self.append(self.log.lines(50) + self.ending())
        self.check()
        self.file.rename(self.folder / 'mail.log.1')
        self.append(self.log.lines(50) + self.ending())
        self.check()
        (self.folder / 'mail.log.1').unlink()
        self.check()

    def test_a_large_log_that_did_not_grow_is_not_read_again(self):
        self.append(self.log.lines(1000))
        block = self.file.read_text()
        with self.file.open('a') as file:
            for _ in range(300):
                file.write(block)
        def seconds():
            process = subprocess.Popen([project.programs() / 'badclientsctl', '--config', self.site.config,
                                        'metrics', '--log', self.file], stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(0, process.returncode)
            return used.ru_utime + used.ru_stime
        first = seconds()
        self.append(block)
        self.assertLess(seconds(), first / 5)


class Trouble(MetricsCase):
    def start(self):
        return subprocess.Popen([project.programs() / 'badclientsctl', '--config', self.site.config, 'metrics',
                                 '--log', self.file, '--output', self.site.folder / 'out.prom'],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def count(self):
        return self.samples()['login_duration_seconds_count',]

    def test_a_run_that_is_killed_counts_nothing_twice(self):
        chance = random.Random(5)
        block = self.log.lines(10000)
        self.append(block)
        begin = time.monotonic()
        self.assertEqual(0, self.start().wait())
        whole = time.monotonic() - begin
        runs, killed = 30, 0
        for _ in range(runs):
            self.append(block)
            process = self.start()
            time.sleep(chance.random() * whole)
            process.kill()
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
            self.check_output()
        self.assertGreater(killed, 3)
        logins = self.log.counted['login_duration_seconds_count',]
        self.assertEqual((runs + 1) * logins, self.count())

    def check_output(self):
        """What is there is whole."""
        path = self.site.folder / 'out.prom'
        if path.exists():
            self.assertRegex(path.read_text(), r'\n\Z')
            self.assertIn('badclients_login_duration_seconds_count ', path.read_text())

    def test_two_at_once_count_once(self):
        for _ in range(5):
            self.append(self.log.lines(2000))
            processes = [self.start() for _ in range(4)]
            for process in processes:
                self.assertEqual((0, b''), (process.wait(), process.communicate()[1]))
            written = (self.site.folder / 'out.prom').read_text()
            self.assertIn(f'\nbadclients_login_duration_seconds_count '
                          f'{self.log.counted["login_duration_seconds_count",]}\n', written)
        self.assertEqual(self.log.counted['login_duration_seconds_count',], self.count())

    def test_a_state_that_is_none_of_ours_is_said_and_left(self):
        self.append(self.log.lines(10))
        state = self.site.state / 'metrics'
        for text in ('', 'x', '{}', '[]', '{"version": 2}', '{"version": 1, "counters": {}, "cursor": "", "marks": []}'):
            state.write_text(text)
            done = self.metrics()
            self.assertEqual((2, ''), (done.returncode, done.stdout))
            self.assertIn(f'{state}: it is not what metrics remembers', done.stderr)
            self.assertEqual(text, state.read_text())
        state.unlink()
        self.samples()
        self.assertEqual(0o600, state.stat().st_mode & 0o777)
        self.assertEqual(self.site.state.stat().st_uid, state.stat().st_uid)

    def test_what_cannot_be_written_is_said_and_counts_next_time(self):
        self.append(self.log.lines(100))
        done = self.metrics('--output', '/nonexistent/x.prom')
        self.assertEqual(2, done.returncode)
        self.assertIn('/nonexistent/x.prom: No such file', done.stderr)
        self.assertEqual(self.log.counted['login_duration_seconds_count',], self.count())
        for wrong in (['--json', '--output', 'x'], ['--log', '-'], ['--nonsense'], ['--log', '/nonexistent']):
            done = self.site.ctl('metrics', *wrong)
            self.assertEqual((2, ''), (done.returncode, done.stdout), wrong)
        self.assertNotIn('standard input', self.site.ctl('metrics', '--help').stdout)

    def test_a_log_without_an_audit_line_is_said(self):
        self.append('2026-03-01T00:00:00Z mail dovecot: imap-login: Info: Login: user=<x>\n')
        for _ in range(2):
            done = self.metrics()
            self.assertEqual((0, 'badclientsctl: warning: no log that was looked at has an audit line; --log names '
                                 'another\n'), (done.returncode, done.stderr))
        self.append(self.log.lines(100))
        self.assertEqual(self.log.counted['login_duration_seconds_count',], self.count())

    def test_a_packed_file_that_is_damaged_is_said_and_counts_once_when_it_is_whole(self):
        self.append(self.log.lines(3000))
        self.count()
        text = gzip.compress(self.file.read_bytes())
        self.file.unlink()
        packed = self.folder / 'mail.log.1.gz'
        packed.write_bytes(text[:len(text) // 2])
        self.append(self.log.lines(10))
        done = self.metrics('--json')
        self.assertEqual(0, done.returncode)
        self.assertIn(f'{packed}: ', done.stderr)
        packed.write_bytes(text)
        self.assertEqual(self.log.counted['login_duration_seconds_count',], self.count())


class Form(MetricsCase):
    def setUp(self):
        super().setUp()
        self.append(self.log.lines(2000))

    def test_promtool_takes_it_and_finds_no_fault(self):
        self.assertTrue(PROMTOOL, 'Debian: prometheus')
        done = subprocess.run([PROMTOOL, 'check', 'metrics'], input=self.metrics().stdout,
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, ''), (done.returncode, done.stderr + done.stdout))
        broken = self.metrics().stdout.replace('} 1', '} one', 1)
        self.assertNotEqual(0, subprocess.run([PROMTOOL, 'check', 'metrics'], input=broken, text=True,
                                              capture_output=True, check=False).returncode)

    def test_text_and_json_say_the_same(self):
        text = self.metrics().stdout
        shown = {}
        for name, labels, value in re.findall(r'(?m)^badclients_(\w+)(?:\{(.*)\})? (\S+)$', text):
            values = re.findall(r'\w+="((?:[^"\\]|\\.)*)"', labels)
            shown[(name, *(v.replace('\\"', '"').replace('\\\\', '\\') for v in values))] = float(value)
        self.assertEqual(self.samples(), shown)
        self.assertEqual(len(shown) + 2 * text.count('# TYPE'), len(text.splitlines()))

    def test_a_file_is_readable_for_all_and_alone(self):
        folder = self.site.folder / 'collector'
        folder.mkdir()
        for _ in range(2):
            done = self.metrics('--output', folder / 'badclients.prom')
            self.assertEqual((0, '', ''), (done.returncode, done.stdout, done.stderr))
            self.assertEqual([(folder / 'badclients.prom', 0o100644)],
                             [(path, path.stat().st_mode) for path in folder.iterdir()])
        self.assertEqual(self.metrics().stdout, (folder / 'badclients.prom').read_text())

    def test_a_name_from_the_log_forges_no_sample(self):
        self.append(self.log.line().split('mail-audit')[0] + 'mail-audit: user=<a>, service=imap, ip=192.0.2.1, '
                    'blocked=True, matched=client, client=<X"} 1\\x0abadclients_logins_total{x="\\x5c>\n')
        done = self.metrics()
        self.assertEqual(0, subprocess.run([PROMTOOL, 'check', 'metrics'], input=done.stdout, text=True,
                                           capture_output=True, check=False).returncode)
        self.assertNotIn('\nbadclients_logins_total{x', done.stdout)

    def test_many_names_take_a_bounded_number_of_samples(self):
        line = self.log.line().split('mail ')[0] + ('mail x: mail-audit: user=<a>, service=imap, ip=192.0.2.1, '
                                                   'blocked=True, matched=client, client=<C{}>\n')
        self.append(''.join(line.format(number) for number in range(2000)))
        hits = {key: value for key, value in self.samples().items() if key[0] == 'client_hits_total'}
        self.assertLess(len(hits), 510)
        self.assertGreater(hits['client_hits_total', 'others', 'blocked'], 1400)

    def test_servers_and_databases_are_shown(self):
        database = geoip.write_mmdb('city', 'GeoLite2-City', {'192.0.2.0/24': {}})
        self.site.configure(maxmind={'geo_city': database, 'geo_asn': self.site.folder / 'missing.mmdb'})
        done = self.metrics('--json')
        samples = {(s['name'], *s['labels'].values()): s['value'] for f in json.loads(done.stdout)['metrics']
                   for s in f['samples']}
        built = samples['badclients_database_built_timestamp_seconds', 'geo_city']
        self.assertLess(abs(time.time() - built), 86400)
        self.assertEqual(0, samples['badclients_database_built_timestamp_seconds', 'geo_asn'])
        self.assertIn('missing.mmdb', done.stderr)
        self.assertEqual(1, samples['badclients_server_open', 'ripencc', 'whois'])

    def test_each_file_of_registry_data_has_its_date(self):
        def made():
            done = self.metrics('--json')
            return done, {s['labels']['file']: s['value'] for f in json.loads(done.stdout)['metrics']
                          for s in f['samples'] if s['name'] == 'badclients_registry_data_made_timestamp_seconds'}
        self.assertEqual({}, made()[1])
        taken = self.site.ctl('registry', 'update', '--force', '--from', publish_world())
        self.assertEqual(0, taken.returncode, taken.stderr)
        done, dates = made()
        self.assertEqual('', done.stderr)
        self.assertEqual(0, dates.pop('riswhoisdump.IPv6.gz'), 'registry/sources names it, and it is not there')
        self.assertIn('ripe.db.inetnum.gz', dates, 'registry/sources does not name it, but it is there')
        for name, date in dates.items():
            self.assertLess(abs(time.time() - date), 2 * 86400, name)
        (self.site.state / 'registry.db').write_bytes(b'no database')
        done, dates = made()
        self.assertEqual((8, {0}), (len(dates), set(dates.values())))
        self.assertIn('registry.db', done.stderr)


class Examples(MetricsCase):
    """Dashboard, alerts and units are about what there is."""

    def test_each_metric_that_they_name_is_there(self):
        self.append(self.log.lines(500))
        self.site.configure(maxmind={'geo_city': '/nonexistent.mmdb'})
        done = self.metrics()
        there = set(re.findall(r'(?m)^# TYPE (\w+)', done.stdout))
        there |= {name + suffix for name in re.findall(r'(?m)^# TYPE (\w+) histogram', done.stdout)
                  for suffix in ('_bucket', '_sum', '_count')}
        named = collections.defaultdict(set)
        for path in EXAMPLES.iterdir():
            for name in re.findall(r'\bbadclients_\w+', path.read_text()):
                named[path.name].add(name)
        self.assertEqual({'grafana-dashboard.json', 'badclients.rules.yml'}, set(named))
        for file, names in named.items():
            self.assertEqual(set(), names - there, file)
        dashboard = named['grafana-dashboard.json'] | {'badclients_login_duration_seconds'}
        manual = (project.ROOT / 'man/badclientsctl.8').read_text()
        self.assertEqual(set(re.findall(r'(?m)^# TYPE (\w+)', done.stdout)),
                         set(re.findall(r'\bbadclients_(?!metrics|clients)\w+', manual.partition('.Ss metrics')[2]
                                        .partition('.Ss notify')[0])))
        self.assertEqual(set(), {n for n in there if not n.endswith(('_bucket', '_sum', '_count'))} - dashboard,
                         'the dashboard does not show it')

    def test_the_dashboard_is_json_with_queries_that_prometheus_can_read(self):
        dashboard = json.loads((EXAMPLES / 'grafana-dashboard.json').read_text())
        queries = [target['expr'] for panel in dashboard['panels'] for target in panel['targets']]
        self.assertGreater(len(queries), 10)
        rules = self.site.folder / 'rules.json'
        rules.write_text(json.dumps({'groups': [{'name': 'x', 'rules': [
            {'record': f'x{number}', 'expr': re.sub(r'\$__rate_interval', '5m', query)}
            for number, query in enumerate(queries)]}]}))
        done = subprocess.run([PROMTOOL, 'check', 'rules', rules], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_alerts_are_rules_that_fire_when_they_have_to(self):
        rules = EXAMPLES / 'badclients.rules.yml'
        done = subprocess.run([PROMTOOL, 'check', 'rules', rules], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stderr)
        def series(name, values):
            return {'series': name, 'values': values}
        bad = [series('node_textfile_mtime_seconds{file="/x/badclients.prom",instance="m"}', '0x600'),
               series('badclients_logins_total{door="policy",outcome="undecided",instance="m"}', '0x300 1+1x300'),
               series('badclients_logins_total{door="policy",outcome="blocked",instance="m"}', '0+9x600'),
               series('badclients_login_errors_total{instance="m"}', '0+1x600'),
               series('badclients_lookups_total{outcome="partial",instance="m"}', '0+1x600'),
               series('badclients_server_open{server="ripencc",service="whois",instance="m"}', '0x600'),
               series('badclients_login_duration_seconds_bucket{le="2.5",instance="m"}', '0+1x600'),
               series('badclients_login_duration_seconds_bucket{le="5",instance="m"}', '0+2x600'),
               series('badclients_login_duration_seconds_bucket{le="+Inf",instance="m"}', '0+2x600'),
               series('badclients_database_built_timestamp_seconds{database="geo_city",instance="m"}', '-9999999x600'),
               series('badclients_registry_data_made_timestamp_seconds{file="asn.txt",instance="m"}', '-999999x600')]
        good = [series('node_textfile_mtime_seconds{file="/x/badclients.prom",instance="m"}', '0+60x600'),
                series('badclients_logins_total{door="policy",outcome="undecided",instance="m"}', '3x600'),
                series('badclients_logins_total{door="policy",outcome="blocked",instance="m"}', '0+1x600'),
                series('badclients_logins_total{door="policy",outcome="allowed",instance="m"}', '0+9x600'),
                series('badclients_login_errors_total{instance="m"}', '7x600'),
                series('badclients_lookups_total{outcome="cached",instance="m"}', '0+99x600'),
                series('badclients_lookups_total{outcome="partial",instance="m"}', '0+1x600'),
                series('badclients_server_open{server="ripencc",service="whois",instance="m"}', '1x600'),
                series('badclients_login_duration_seconds_bucket{le="2.5",instance="m"}', '0+1x600'),
                series('badclients_login_duration_seconds_bucket{le="+Inf",instance="m"}', '0+1x600'),
                series('badclients_database_built_timestamp_seconds{database="geo_city",instance="m"}', '0x600'),
               series('badclients_registry_data_made_timestamp_seconds{file="asn.txt",instance="m"}', '0x600')]
        names = re.findall(r'alert: (\w+)', rules.read_text())
        self.assertEqual(9, len(names))
        for alert in names:
            self.assertTrue(self.fires(alert, bad), alert)
            self.assertFalse(self.fires(alert, good), alert)

    def fires(self, alert, series):
        """At 8 hours; promtool compares with none that fires."""
        test = self.site.folder / 'test.json'
        test.write_text(json.dumps({
            'rule_files': [str(EXAMPLES / 'badclients.rules.yml')], 'evaluation_interval': '1m',
            'tests': [{'interval': '1m', 'input_series': series, 'alert_rule_test': [
                {'eval_time': '8h', 'alertname': alert, 'exp_alerts': []}]}]}))
        done = subprocess.run([PROMTOOL, 'test', 'rules', test], capture_output=True, text=True, check=False)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode != 0, 'got:' in text and 'alertname' in text, text)
        return done.returncode != 0

    def test_systemd_finds_no_fault_in_the_units(self):
        folder = self.site.folder / 'units'
        shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns('*.json', '*.yml'))
        unit = folder / 'badclients-metrics.service'
        unit.write_text(unit.read_text().replace('ExecStart=badclientsctl',
                                                 f'ExecStart={project.programs()}/badclientsctl'))
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', folder / 'badclients-metrics.timer', unit],
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, ''), (done.returncode, done.stderr))


class Real(MetricsCase):
    def log_in(self, server):
        for user, address in (('alice', HOME), ('alice', NEW_OUTLOOK), ('bob', HOME)):
            clients.imap(server, user, server.users[user], address)
        wait_until(lambda: server.log().count('mail-audit: ') == 3, 'all lines')

    def check_door(self, server, door):
        self.site.list('ip_net.deny', '52.96.0.0/14')
        server = self.own(server)
        self.log_in(server)
        self.file = server.log_file
        samples = self.samples()
        self.assertEqual({('logins_total', door, 'allowed'): 2, ('logins_total', door, 'blocked'): 1},
                         {key: value for key, value in samples.items() if key[0] == 'logins_total'})
        self.assertEqual(1, samples['list_hits_total', 'ip_net', 'blocked'])

    def test_checkpassword_in_dovecots_own_log(self):
        self.check_door(harness.Dovecot(self.site), 'checkpassword')

    def test_the_policy_door_in_dovecots_own_log(self):
        self.check_door(harness.Dovecot.with_policy(self.site), 'policy')

    @unittest.skipUnless(JOURNAL_REMOTE.exists() and shutil.which('journalctl'), 'no journal')
    def test_the_journal_is_taken_up_where_it_was_left(self):
        folder = project.temporary_folder('journal')
        (folder / 'journalctl').write_text(
            f'#!/bin/sh\nexec {shutil.which("journalctl")} --directory {folder} "$@"\n')
        (folder / 'journalctl').chmod(0o755)
        def samples():
            done = subprocess.run([project.programs() / 'badclientsctl', '--config', self.site.config, 'metrics',
                                   '--json'], capture_output=True, text=True, check=False,
                                  env={'PATH': f'{folder}:/usr/bin:/bin'})
            self.assertEqual((0, ''), (done.returncode, done.stderr))
            return {s['name']: s['value'] for f in json.loads(done.stdout)['metrics'] for s in f['samples']}
        now, counted = int(time.time()) - 1000, 0
        for number, lines in enumerate((3, 0, 2, 1)):
            entries = ''
            for _ in range(lines):
                now += 1
                entries += (f'__REALTIME_TIMESTAMP={now}000000\n__MONOTONIC_TIMESTAMP={now}\n'
                            f'_BOOT_ID={1:032x}\nSYSLOG_IDENTIFIER=dovecot\nMESSAGE=auth: Info: '
                            f'mail-audit: user=<a>, service=imap, ip=192.0.2.1, facts=none, took=1.0ms\n_PID=1\n\n')
            if lines:
                subprocess.run([JOURNAL_REMOTE, '-o', folder / f'{number}.journal', '-'], input=entries.encode(),
                               check=True, capture_output=True)
            counted += lines
            for _ in range(2):
                self.assertEqual(counted, samples()['badclients_login_duration_seconds_count'])
        state = self.site.state / 'metrics'
        self.assertRegex(state.read_text(), r'"cursor":"s=[0-9a-f;=a-z]+"')
        forged = folder / 'forged'
        state.write_text(re.sub(r'"cursor":"[^"]*"', f'"cursor":"\'; : >{forged}; \'"', state.read_text()))
        done = subprocess.run([project.programs() / 'badclientsctl', '--config', self.site.config, 'metrics'],
                              capture_output=True, text=True, check=False, env={'PATH': f'{folder}:/usr/bin:/bin'})
        self.assertIn('cursor that is remembered is none', done.stderr)
        self.assertIn(f'\nbadclients_login_duration_seconds_count {counted}\n', done.stdout)
        self.assertFalse(forged.exists())


if __name__ == '__main__':
    harness.main()
