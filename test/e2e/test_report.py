#!/usr/bin/env python3
"""badclientsctl report: its numbers against counts of its own, its forms, what it remembers."""

import collections
import csv
import datetime
import fcntl
import io
import json
import os
import pty
import random
import re
import struct
import subprocess
import termios

import harness
from harness import clients, project
from harness.audit import audit_lines
from harness.world import HOME, NEW_OUTLOOK

# As the original's manual shows them.
ORIGINAL = '''\
Mai 01 04:06:34 honeypot dovecot[56359]: auth-worker(61890): mail-audit: user=<honey-craig>, service=imap, ip=176.112.169.218, host=rimap26.i.mail.ru, asn=AS47764, as_cc=RU, as_desc=<VK-AS, RU>, net_name=<VK-FRONT>, net_cc=RU, entity=EY1327-RIPE, entity=ORG-LLCn4-RIPE, entity=RIPE-NCC-END-MNT, entity=VKCOMPANY-MNT, entity=VKNC, entity=MAIL-RU, blocked=True, matched=asn
Mai 03 13:07:45 honeypot dovecot[70754]: auth-worker(77223): mail-audit: user=<honey>, service=imap, ip=172.17.1.204, host=dhcp204.internal, asn=None, as_cc=ZZ, as_desc=<IANA-RESERVED>, net_name=<Private-Use Networks>, net_cc=ZZ, entity=None
Mai 06 04:20:25 honeypot dovecot[70754]: auth-worker(90054): mail-audit: user=<honey-sugar>, service=imap, ip=139.162.133.252, host=node-eu-0001.email2-cloud.com, asn=AS63949, as_cc=NL, as_desc=<AKAMAI-LINODE-AP Akamai Connected Cloud, SG>, net_name=<EU-LINODE-20141229>, net_cc=US, entity=linode-mnt, entity=ORG-LL72-RIPE, entity=TA2589-RIPE, entity=LAS85-RIPE
Mai 06 11:00:20 honeypot dovecot[91279]: auth-worker(92237): mail-audit: user=<honey-gmail-pop>, service=pop3, ip=209.85.218.15, host=mail-ej1-f15.google.com, asn=AS15169, as_cc=US, as_desc=<GOOGLE, US>, net_name=<GOOGLE>, net_cc=None, entity=GOGL
Mai 06 11:05:24 honeypot dovecot[91279]: auth-worker(92256): mail-audit: user=<honey-gmail-smtp>, service=smtp, ip=209.85.218.53, host=mail-ej1-f53.google.com, asn=AS15169, as_cc=US, as_desc=<GOOGLE, US>, net_name=<GOOGLE>, net_cc=None, entity=GOGL
'''
# How the original's script took a line apart.
ORIGINAL_PATTERN = re.compile(
    r'[A-Za-z]{3} [0-9]{2} [0-9:]{8} \w+ dovecot\[[0-9]+\]: auth-worker\([0-9]+\): mail-audit: '
    r'user=<(?P<user>.+)>, service=(?P<service>.+?), ip=(?P<ip>.+?), host=(?P<host>.+?), '
    r'asn=(?P<asn>.+?), as_cc=(?P<as_cc>.+?), as_desc=<(?P<as_desc>.+?)>, '
    r'net_name=<(?P<net_name>.+?)>, net_cc=(?P<net_cc>.+?), (?P<rest>entity=.*)')


class ReportCase(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.log = self.site.folder / 'test.log'

    def report(self, *options, log=None):
        return self.site.ctl('report', '--log', log or self.log, *options)

    def json(self, *options, code=None, log=None):
        done = self.report('--json', *options, log=log)
        self.assertEqual('', done.stderr)
        self.assertIn(done.returncode, (0, 1) if code is None else (code,))
        return json.loads(done.stdout)


def random_log(lines, seed):
    """Lines of a log, and what each says: (time, user, fields)."""
    chance = random.Random(seed)
    begin = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
    for number in range(lines):
        fields = {
            'user': chance.choice(['bob', 'al ice', 'eve\\x3e, blocked\\x3dTrue', 'ü', '=1+1'])
                    + str(chance.randrange(300)),
            'asn': chance.choice(['None', f'AS{64500 + chance.randrange(90)}']),
            'as_cc': chance.choice(['DE', 'None']), 'net_cc': chance.choice(['FR', 'US', 'None']),
            'net_name': chance.choice(['None', f'NET-{chance.randrange(200)}']),
            'host': chance.choice(['None', '<>', f'h{chance.randrange(99)}.dyn.example.net',
                                   f'a.b{chance.randrange(9)}.ac.uk', 'X.EXAMPLE.ORG']),
            'ip': f'192.0.{chance.randrange(256)}.{chance.randrange(256)}'}
        outcome = chance.choice([''] * 6 + ['blocked', 'would_block', 'tempfail', 'allowed'])
        fields['outcome'] = outcome
        fields['client'] = chance.choice(['', 'New Outlook', 'Spark']) if 'block' in outcome else ''
        matched = 'client' if fields['client'] else 'asn' if outcome else ''
        fields['matched'] = matched
        said = f', {outcome}=True, matched={matched}' if outcome else ''
        if fields['client']:
            said += f', rule=clients/x.client:3, client=<{fields["client"]}>'
        time = begin + datetime.timedelta(seconds=7 * number)
        yield (f'{time:%Y-%m-%dT%H:%M:%S}Z mail dovecot: auth: Info: mail-audit: user=<{fields["user"]}>, '
               f'service=imap, ip={fields["ip"]}, host={fields["host"]}, asn={fields["asn"]}, '
               f'as_cc={fields["as_cc"]}, as_desc=<About {fields["asn"]}>, '
               f'net_name=<{fields["net_name"]}>, net_cc={fields["net_cc"]}, entity=X, entity=Y{said}, '
               'client_id=None, facts=cached, took=1.4ms\n', time, fields)
        if number % 5 == 0:
            yield (f'{time:%Y-%m-%dT%H:%M:%S}Z mail dovecot: imap-login: Info: Login: user=<bob>\n',
                   None, None)


class Counting(ReportCase):
    """The report's numbers are those of a count in another language."""

    def groups(self, fields):
        """Table -> name, as the manual says."""
        domain = {'None': None, '<>': '<>'}.get(fields['host'])
        if domain is None and fields['host'] != 'None':
            labels = fields['host'].lower().split('.')
            domain = '.'.join(labels[-3:] if labels[-2:] == ['ac', 'uk'] else labels[-2:])
        network = fields['net_name']
        if network == 'None':
            network = re.sub(r'\.\d+$', '.0/24', fields['ip'])
        country = fields['net_cc'] if fields['net_cc'] != 'None' else fields['as_cc']
        refused = 'block' in fields['outcome']
        return {'asn': fields['asn'], 'country': country, 'network': network, 'domain': domain,
                'client': fields['client'] or None,
                'rule': ('clients/x.client:3' if fields['client'] else 'asn') if refused else None}

    def count(self, log):
        tables = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
        users = collections.defaultdict(lambda: collections.defaultdict(set))
        everybody = collections.defaultdict(collections.Counter)
        total = collections.Counter()
        for _, _, fields in log:
            user = fields['user'].replace('\\x3e', '>').replace('\\x3d', '=')
            counted = {'logins': 1}
            if fields['outcome'] not in ('', 'allowed'):
                counted[fields['outcome']] = 1
            total.update(counted)
            everybody[user].update(counted)
            for table, name in self.groups(fields).items():
                if name not in (None, 'None'):
                    tables[table][name].update(counted)
                    users[table][name].add(user)
        return total, tables, users, everybody

    def compare(self, report, log):
        total, tables, users, everybody = self.count(log)
        kinds = ('logins', 'blocked', 'would_block', 'tempfail')
        numbers = lambda counter: {kind: counter[kind] for kind in kinds}
        self.assertEqual(numbers(total), {kind: report[kind] for kind in kinds})
        self.assertEqual(len(everybody), report['users'])
        for table in ('asn', 'country', 'network', 'domain', 'client', 'rule'):
            expected = {name: {**numbers(counter), 'users': len(users[table][name])}
                        for name, counter in tables[table].items()}
            shown = {row[table]: {key: row[key] for key in (*kinds, 'users')}
                     for row in report[f'by_{table}']}
            self.assertEqual(expected, shown, table)
        hit = {user: numbers(counter) for user, counter in everybody.items()
               if counter['blocked'] + counter['would_block']}
        self.assertEqual(hit, {row['user']: {kind: row[kind] for kind in kinds}
                               for row in report['refused_users']})
        self.assertEqual(total['logins'], sum(hour['logins'] for hour in report['by_hour']))

    def test_every_number_is_that_of_a_count_of_our_own(self):
        log = list(random_log(20000, 1))
        self.log.write_text(''.join(line for line, _, _ in log))
        self.compare(self.json(code=1), [entry for entry in log if entry[1]])

    def test_a_range_and_filters_count_nothing_else(self):
        log = list(random_log(20000, 2))
        self.log.write_text(''.join(line for line, _, _ in log))
        entries = [entry for entry in log if entry[1]]
        since, until = entries[5000][1], entries[12000][1]
        within = [entry for entry in entries if since <= entry[1] < until]
        span = ('--since', f'{since:%Y-%m-%dT%H:%M:%SZ}', '--until', f'{until:%Y-%m-%dT%H:%M:%SZ}')
        self.compare(self.json(*span), within)
        self.compare(self.json(*span, '--refused'),
                     [entry for entry in within if 'block' in entry[2]['outcome']])
        self.compare(self.json('--user', 'bob7'), [e for e in entries if e[2]['user'] == 'bob7'])
        self.compare(self.json('--client', 'Spark'),
                     [e for e in entries if e[2]['client'] == 'Spark'])
        self.compare(self.json('--client', 'x'), [e for e in entries if e[2]['client']])

    def test_a_million_lines_take_five_seconds_and_the_memory_of_their_users_and_networks(self):
        block = ''.join(line for line, _, _ in random_log(100000, 3))
        small, large = self.site.folder / 'small.log', self.log
        small.write_text(block)
        with large.open('w') as file:
            for _ in range(10):
                file.write(block)

        def measured(log):
            process = subprocess.Popen([project.programs() / 'badclientsctl', '--config',
                                        self.site.config, 'report', '--log', log, '--json'],
                                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(1, process.returncode)
            return used.ru_utime + used.ru_stime, used.ru_maxrss
        _, little = measured(small)
        seconds, much = measured(large)
        self.assertLess(seconds, 5)  # of CPU: others may use the machine
        self.assertLess(much - little, 8 * 1024, (little, much))


class Original(ReportCase):
    """What the original's audit script would say of its own sample lines."""

    def test_its_sample_lines_give_its_numbers(self):
        self.log.write_text(ORIGINAL)
        entries = [ORIGINAL_PATTERN.match(line).groupdict() for line in ORIGINAL.splitlines()]
        blocked = [entry for entry in entries if ', blocked=True' in entry['rest']]
        known = self.site.folder / 'known'
        known.write_text('AS15169  # Google\nAS680\n')
        report = self.json('--addresses')
        self.assertEqual({(e['user'], f'asn {e["asn"]}') for e in blocked},
                         {(row['user'], row['by'][0]['reason']) for row in report['refused_users']})
        by_as = collections.Counter((e['asn'], e['as_desc']) for e in entries if e['asn'] != 'None')
        self.assertEqual(by_as, {(row['asn'], row['as_desc']): row['logins']
                                 for row in report['by_asn']})
        addresses = collections.Counter((e['ip'], e['host']) for e in entries)
        self.assertEqual(addresses, {(row['address'], row['host']): row['logins']
                                     for row in report['by_address']})
        # Its "unknown ASNs" and "unknown IPs"
        unknown = [e for e in entries if e['asn'] != 'AS15169']
        report = self.json('--addresses', '--known', known)
        self.assertEqual({e['asn'] for e in unknown} - {'None'}, {r['asn'] for r in report['by_asn']})
        self.assertEqual({e['ip'] for e in unknown}, {r['address'] for r in report['by_address']})
        self.assertEqual(len(entries) - len(unknown), report['known_logins'])
        known.write_text('email2-cloud.com\n.mail.ru\n')
        report = self.json('--known', known)
        self.assertEqual({'AS15169'}, {row['asn'] for row in report['by_asn']})
        self.assertEqual(['honey-craig'], [row['user'] for row in report['refused_users']])

    def test_a_known_file_with_a_fault_is_named_with_its_line(self):
        self.log.write_text(ORIGINAL)
        known = self.site.folder / 'known'
        known.write_text('AS1\n\nwhat is this?\n')
        done = self.report('--known', known)
        self.assertEqual(2, done.returncode)
        self.assertIn(f'{known}:3: ', done.stderr)


class Forms(ReportCase):
    def setUp(self):
        super().setUp()
        self.log.write_text(''.join(line for line, _, _ in random_log(3000, 4)))

    def test_csv_has_the_numbers_of_the_json_and_no_formula(self):
        report = self.json()
        done = self.report('--csv')
        rows = list(csv.DictReader(io.StringIO(done.stdout, newline='')))
        for table in ('asn', 'country', 'network', 'domain', 'client', 'rule'):
            self.assertEqual([(row[table], row['users'], row['logins'], row['blocked'])
                              for row in report[f'by_{table}']],
                             [(row['name'], int(row['users']), int(row['logins']), int(row['blocked']))
                              for row in rows if row['table'] == table])
        users = [row['name'] for row in rows if row['table'] == 'refused_user']
        self.assertEqual([row['user'] for row in report['refused_users']],
                         [name.removeprefix("'") for name in users])
        self.assertTrue(any(name.startswith("'=1+1") for name in users))
        self.assertFalse(any(name.startswith('=') for name in users))

    def test_text_says_the_same(self):
        report = self.json()
        done = self.report('--top', '0')
        self.assertEqual((1, ''), (done.returncode, done.stderr))
        self.assertNotIn('\033', done.stdout)
        self.assertIn(f'{report["logins"]} logins of {report["users"]} users', done.stdout)
        for row in report['by_asn']:
            self.assertRegex(done.stdout, rf'(?m)^  {row["asn"]} +{row["users"]} +{row["logins"]} '
                                          rf'+{row["blocked"]} +{row["would_block"]} +About')
        self.assertLess(len(self.report().stdout.splitlines()), 200)

    def test_no_line_is_wider_than_the_terminal_and_colour_is_for_terminals_alone(self):
        for columns in (60, 80, 200):
            main, side = pty.openpty()
            fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
            environment = {'PATH': os.environ['PATH'], 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8'}
            process = subprocess.Popen(
                [project.programs() / 'badclientsctl', '--config', self.site.config, 'report',
                 '--log', self.log, '--top', '5'], stdout=side, stdin=subprocess.DEVNULL,
                env=environment)
            os.close(side)
            text = b''
            while True:
                try:
                    piece = os.read(main, 65536)
                except OSError:
                    break
                if not piece:
                    break
                text += piece
            os.close(main)
            self.assertEqual(1, process.wait())
            shown = text.decode()
            self.assertIn('\033[1m', shown)
            lines = re.sub(r'\033\[\d+m', '', shown).split('\r\n')
            tables = [line for line in lines if line.startswith('  ')]
            self.assertLessEqual(max(map(len, tables)), columns, max(tables, key=len))

    def test_exit_status_says_whether_somebody_was_refused(self):
        self.assertEqual(1, self.report().returncode)
        self.log.write_text('2026-03-01T00:00:00Z x: mail-audit: user=<a>, service=imap, ip=1.2.3.4\n')
        self.assertEqual(0, self.report().returncode)
        for wrong in (['--since', 'yesterday'], ['--top', 'x'], ['--json', '--csv'], ['--nonsense'],
                      ['--since', '1d', '--until', '2d'], ['--log', '/nonexistent']):
            done = self.site.ctl('report', *wrong)
            self.assertEqual(2, done.returncode, wrong)
            self.assertTrue(done.stderr.startswith('badclientsctl: '), done.stderr)
        self.assertEqual(2, self.site.ctl('--config', '/nonexistent', 'report').returncode)


class Remembering(ReportCase):
    LINE = ('2026-03-01T00:00:00Z x: mail-audit: user=<{user}>, service=imap, ip=1.2.3.4, '
            'host=a.{domain}, asn={asn}, as_cc=DE, as_desc=<X>, net_name=<N>, net_cc=DE, entity=None, '
            'blocked=True, matched=asn, client_id=None, facts=cached, took=1.0ms\n')

    def new(self, report):
        rows = [(table, row[table[3:]]) for table in report if table.startswith('by_')
                and table != 'by_hour' for row in report[table] if row['new']]
        return set(rows) | {('user', row['user']) for row in report['refused_users'] if row['new']}

    def test_what_no_remembered_report_had_is_new(self):
        self.log.write_text(self.LINE.format(user='alice', domain='example.net', asn='AS1'))
        self.assertIsNone(self.json()['remembered'])
        self.assertEqual(set(), self.new(self.json('--remember')))
        self.assertIsNotNone(self.json()['remembered'])
        self.log.write_text(self.LINE.format(user='alice', domain='example.net', asn='AS1') +
                            self.LINE.format(user='bob', domain='example.org', asn='AS2'))
        new = {('user', 'bob'), ('by_domain', 'example.org'), ('by_asn', 'AS2')}
        for _ in range(2):  # looking does not make it old
            self.assertEqual(new, self.new(self.json()))
        self.assertIn(' new ', self.report().stdout)
        self.assertEqual(new, self.new(self.json('--remember')))
        self.assertEqual(set(), self.new(self.json()))

    def test_what_is_remembered_names_no_user_and_is_the_owners_alone(self):
        self.log.write_text(self.LINE.format(user='alice', domain='example.net', asn='AS1'))
        self.report('--remember')
        for name in ('report.seen', 'report.key'):
            path = self.site.state / name
            self.assertNotIn(b'alice', path.read_bytes())
            self.assertEqual(0o600, path.stat().st_mode & 0o777)
            self.assertEqual(self.site.state.stat().st_uid, path.stat().st_uid)

    def test_a_file_that_is_none_of_ours_is_said_and_left(self):
        self.log.write_text(self.LINE.format(user='alice', domain='example.net', asn='AS1'))
        seen = self.site.state / 'report.seen'
        seen.write_text('something else\n')
        done = self.report()
        self.assertEqual(1, done.returncode)
        self.assertIn(str(seen), done.stderr)
        self.assertEqual(2, self.report('--remember').returncode)
        self.assertEqual('something else\n', seen.read_text())

    def test_pseudonyms_are_the_same_at_one_site_and_others_elsewhere(self):
        self.log.write_text(self.LINE.format(user='alice', domain='example.net', asn='AS1') +
                            self.LINE.format(user='bob', domain='example.net', asn='AS1'))
        def names(site):
            done = site.ctl('report', '--log', self.log, '--pseudonyms', '--json', '--addresses')
            self.assertEqual(1, done.returncode, done.stderr)
            for name in ('alice', 'bob', '1.2.3.4', 'a.example.net'):
                self.assertNotIn(name, done.stdout)
            return {row['user'] for row in json.loads(done.stdout)['refused_users']}
        first = names(self.site)
        self.assertEqual(2, len(first))
        for name in first:
            self.assertRegex(name, '^user-[0-9a-f]{12}$')
        self.assertEqual(first, names(self.site))
        self.assertFalse(first & names(harness.Site()))


class RealDovecot(ReportCase):
    def test_a_report_on_dovecots_own_log(self):
        self.site.list('ip_net.deny', '52.96.0.0/14')
        server = self.own(harness.Dovecot(self.site))

        def act():
            for user, address in (('alice', HOME), ('alice', NEW_OUTLOOK), ('bob', HOME)):
                clients.imap(server, user, server.users[user], address)
        audit = audit_lines(server.log_of(act))
        report = self.json(log=server.log_file, code=1)
        self.assertEqual((3, 1, 2), (report['logins'], report['blocked'], report['users']))
        self.assertEqual([{'rule': 'ip_net.deny.lst:1', 'users': 1, 'logins': 1, 'blocked': 1,
                           'would_block': 0, 'tempfail': 0, 'new': False}], report['by_rule'])
        self.assertEqual(['alice'], [row['user'] for row in report['refused_users']])
        self.assertEqual(3, len(audit))
        last = datetime.datetime.fromisoformat(report['last'].replace('Z', '+00:00'))
        now = datetime.datetime.now(datetime.timezone.utc)
        self.assertLess(abs((now - last).total_seconds()), 600)


if __name__ == '__main__':
    harness.main()
