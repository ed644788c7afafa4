#!/usr/bin/env python3
"""badclientsctl replay and why: what rules would have done to the logins of a log, and why one ended
as it did."""

import collections
import json
import random
import re

import harness
from harness import clients, project, world
from harness.audit import audit_lines
from harness.geoip import write_mmdb
from harness.world import HOME, NEW_OUTLOOK, SUGAR_MAIL

OUTLOOK = 'Name: New Outlook\nMessage: Use another app.\n\nip_net=52.96.0.0/14\n'


class Logged(harness.TestCase):
    """Logins whose facts come from nameservers and registries, in the site's log."""

    def setUp(self):
        super().setUp()
        self.site = harness.Site(self.own(world.nameserver().start()), self.own(world.registries()))
        self.log = self.site.folder / 'audit.log'
        self.log.touch()
        project.give_away(self.log)
        self.site.configure(general={'log': self.log})

    def client(self, text=OUTLOOK, name='outlook'):
        folder = self.site.lists / 'clients'
        folder.mkdir(exist_ok=True)
        (folder / f'{name}.client').write_text(text)

    def lines(self):
        return audit_lines(self.log.read_text())

    def replay(self, *options, code=None):
        done = self.site.ctl('replay', '--json', *options)
        self.assertIn(done.returncode, (0, 1) if code is None else (code,), done.stderr)
        self.assertEqual('', done.stderr)
        return json.loads(done.stdout)

    @staticmethod
    def hits(result):
        """rule -> logins, and rule -> users"""
        return ({row['rule']: row['logins'] for row in result['by_rule']},
                {row['rule']: set(row['users']) for row in result['by_rule']})


class Replay(Logged):
    ADDRESSES = (HOME, '176.112.169.218', NEW_OUTLOOK, SUGAR_MAIL, '52.97.1.1', '127.0.0.1', '10.1.2.3', '2001:db8::1',
                 '64:ff9b::3461:101')

    def rules(self):
        self.client()
        self.client('Name: VK\n\nservice=pop3 net_cc=RU user!=carol\n', 'vk')
        self.site.list('asn.deny', 'AS15169')
        self.site.list('net_name.deny', '.*LINODE.*')
        self.site.list('rev_host.deny', 'nobody.example')
        self.site.list('entity.deny', 'linode-mnt')
        self.site.list('client_id.deny', '.*Spark.*')
        self.site.list('user.allow', 'bob')
        self.site.list('ip_net.allow', '52.97.1.0/24')

    def log_in(self, count=80):
        chance = random.Random(7)
        for _ in range(count):
            self.site.login(user=chance.choice(['alice', 'bob', 'carol', 'eve>, blocked=True']),
                            address=chance.choice(self.ADDRESSES),
                            service=chance.choice(['imap', 'pop3']),
                            environment={'AUTH_CLIENT_ID': chance.choice(['', '"name" "Spark"'])})

    def test_it_says_what_the_logins_logged_in_monitor_mode(self):
        self.rules()
        self.site.configure(general={'mode': 'monitor'})
        self.log_in()
        logins, users = collections.Counter(), collections.defaultdict(set)
        for line in self.lines():
            if 'would_block' in line:
                logins[line['rule']] += 1
                users[line['rule']].add(line['user'].replace('\\x3e', '>'))
        self.assertGreater(len(logins), 3, logins)
        for mode in ('monitor', 'enforce'):
            self.site.configure(general={'mode': mode})
            result = self.replay(code=1)
            self.assertEqual((dict(logins), dict(users)), self.hits(result))
            self.assertEqual((len(self.lines()), sum(logins.values())),
                             (result['logins'], result['hit']))

    def test_what_geoip_databases_knew_counts_as_logged(self):
        city = write_mmdb('city.mmdb', 'GeoLite2-City', {
            '52.96.0.0/14': {'city': {'geoname_id': 4744870, 'names': {'en': 'Ashburn'}},
                             'country': {'geoname_id': 6252001, 'iso_code': 'US'},
                             'location': {'latitude': 39.0, 'longitude': -77.5, 'accuracy_radius': 20}},
            '84.46.0.0/16': {'country': {'geoname_id': 2921044, 'iso_code': 'DE'}}})
        asn = write_mmdb('asn.mmdb', 'GeoLite2-ASN', {
            '139.162.0.0/16': {'autonomous_system_number': 63949,
                               'autonomous_system_organization': 'Akamai Connected Cloud'}})
        self.site.configure(maxmind={'geo_city': city, 'geo_asn': asn}, general={'mode': 'monitor'})
        self.site.list('maxmind/geo_loc.deny', '4744870')
        self.site.list('maxmind/as_org.deny', 'Akamai.*')
        self.site.list('maxmind/geo_cc.deny', 'DE')
        self.site.list('maxmind/coords.allow', '39.0,-77.5,10,1')
        self.log_in(30)
        self.site.list('maxmind/coords.allow', '39.0,-70,10,1')
        self.log_in(30)
        logged = collections.Counter()
        for line in self.lines():
            if 'would_block' in line:
                logged[line['rule']] += 1
        self.assertEqual({'maxmind/as_org.deny.lst:1', 'maxmind/geo_cc.deny.lst:1',
                          'maxmind/geo_loc.deny.lst:1'}, set(logged))
        result = self.replay(code=1)
        # By today's rules, also those that the other allow list let in.
        logged['maxmind/geo_loc.deny.lst:1'] += sum(
            'allowed' in line for line in self.lines())
        self.assertEqual(dict(logged), self.hits(result)[0])

    def test_logins_before_there_were_rules_are_decided_alike(self):
        self.log_in()
        before = self.log.read_text()
        self.log.write_text('')
        self.rules()
        # Each look-up that these rules need was made for the line.
        self.site.configure(general={'mode': 'monitor'})
        self.log_in()
        expected = self.hits(self.replay(code=1))
        self.log.write_text(before)
        self.assertEqual(expected, self.hits(self.replay(code=1)))

    def test_a_file_that_is_not_enabled_counts_alone_beside_todays_allow_lists(self):
        self.site.list('asn.deny', 'AS63949')
        self.site.list('user.allow', 'bob')
        for user, address in (('alice', NEW_OUTLOOK), ('bob', NEW_OUTLOOK), ('alice', SUGAR_MAIL)):
            self.site.login(user=user, address=address)
        new = self.site.folder / 'ip_net.deny.lst'
        new.write_text('# to be tried\n52.96.0.0/14\n')
        result = self.replay('--file', new, code=1)
        self.assertEqual(({f'{new}:2': 1}, {f'{new}:2': {'alice'}}), self.hits(result))
        self.assertEqual([], self.replay('--file', self.named('ip_net.deny.lst', '1.2.3.0/24'),
                                         code=0)['by_rule'])
        self.assertEqual(0, result['by_rule'][0]['blocked_then'])
        self.assertEqual(1, self.replay(code=1)['by_rule'][0]['blocked_then'])

    def named(self, name, text):
        folder = project.temporary_folder('rules')
        (folder / name).write_text(text)
        return folder / name

    def test_a_client_of_the_catalogue_counts_alone(self):
        self.site.login(address=NEW_OUTLOOK)
        self.site.login(address=HOME)
        result = self.replay('--client', 'new-outlook', '--catalogue', project.ROOT / 'lists/clients',
                             code=1)
        self.assertEqual((1, 1, 'New Outlook'), (result['hit'], result['users_hit'],
                                                 result['by_rule'][0]['client']))
        file = self.named('own.client', OUTLOOK)
        self.assertEqual({f'{file}:4': 1}, self.hits(self.replay('--file', file))[0])

    def test_what_the_log_does_not_say_is_said(self):
        self.site.configure(lookup={'registration': 'none'})
        self.site.login(address=HOME)
        self.site.login(user='bob', address=NEW_OUTLOOK)
        self.site.list('net_name.deny', 'NOTHING')
        self.site.list('dnsbl.deny', 'bl.example')
        self.site.list('ip_net.deny', '52.96.0.0/14')
        self.site.list('rev_host.allow', 'nobody.example')
        self.site.list('entity.allow', 'X')
        self.client('Name: X\n\nnet_cc=AQ\n', 'x')
        result = self.replay(code=1)
        self.assertEqual({'net_name.deny': ['alice'], 'dnsbl.deny': ['alice'],
                          'client rules on net_cc': ['alice']},
                         {row['list']: row['users'] for row in result['may_be_hit']})
        self.assertEqual({'entity.allow': ['bob']},
                         {row['list']: row['users'] for row in result['may_be_let_in']})
        text = self.site.ctl('replay').stdout
        self.assertIn('The log does not say', text)
        self.assertRegex(text, r'(?m)^  net_name\.deny +1 login +1 user$')

    def test_what_cannot_be_done_is_said(self):
        self.site.login(address=HOME)
        for options, why in ((['--file', '/nonexistent/ip_net.deny.lst'], 'No such file'),
                             (['--file', self.named('x.txt', '')], 'is named as in list_path'),
                             (['--client', 'nobody', '--catalogue', project.ROOT / 'lists/clients'],
                              "no client 'nobody'"),
                             (['--client', 'a', '--file', 'b'], 'exclude each other'),
                             (['--since', 'x'], '--since')):
            done = self.site.ctl('replay', *options)
            self.assertEqual(2, done.returncode, options)
            self.assertIn(why, done.stderr)
        bad = self.named('ip_net.deny.lst', '1.2.3.0/24\nnonsense\n')
        done = self.site.ctl('replay', '--file', bad)
        self.assertEqual(0, done.returncode)
        self.assertIn(f'{bad}:2', done.stderr)


class Why(Logged):
    def why(self, who, *options, code):
        done = self.site.ctl('why', who, '--json', *options)
        self.assertEqual((code, ''), (done.returncode, done.stderr))
        return json.loads(done.stdout)

    def test_a_refused_login_is_explained_by_user_session_and_address(self):
        self.client(OUTLOOK.replace('14', '14 as_cc=US'))
        self.site.configure(general={'deny_message_services': 'imap'})
        self.site.login(user='alice', address=NEW_OUTLOOK, environment={'SESSION': 'abc+/1'})
        self.site.login(user='alice', address=HOME)
        session = self.lines()[0]['session'] if 'session' in self.lines()[0] else None
        for who in filter(None, ('alice', NEW_OUTLOOK, '::ffff:' + NEW_OUTLOOK, session)):
            answer = self.why(who, code=1)
            self.assertEqual(2 if who == 'alice' else 1, answer['found'])
            one, = answer['logins']
            line = self.lines()[0]
            login = one['login']
            for key in ('user', 'ip', 'matched', 'rule', 'client', 'service', 'facts'):
                self.assertEqual(line[key].strip('<>'), login[key])
            self.assertEqual([e for e in line.all('entity') if e != 'None'], login['entity'])
            self.assertIs(True, login['blocked'])
            self.assertEqual('ip_net=52.96.0.0/14 as_cc=US', one['rule_text'])
            self.assertEqual(('Use another app.',) * 2,
                             (one['told_by_policy'], one['told_by_checkpassword']))
            self.assertEqual(('deny', 'clients/outlook.client:4'),
                             (one['today']['decision'], one['today']['rule']))
        text = self.site.ctl('why', 'alice').stdout
        for part in ('refused', 'client in clients/outlook.client:4 (New Outlook)', 'AS8075',
                     'Use another app.', 'badclientsctl clients disable outlook', 'user.allow.lst',
                     'told by the policy door', 'asked at this login'):
            self.assertIn(part, text)
        self.site.configure(general={'deny_message_services': None})
        self.assertRegex(self.site.ctl('why', 'alice').stdout,
                         r'(?m)^told by the checkpassword door +that the password is wrong$')

    def test_the_client_is_the_one_whose_rule_hit_also_where_another_has_its_name(self):
        self.client()
        self.site.login(user='alice', address=NEW_OUTLOOK)
        self.client('Name: New Outlook\nMessage: Another text.\n\nip_net=192.0.2.0/24\n', 'another')
        one, = self.why('alice', code=1)['logins']
        self.assertEqual('Use another app.', one['told_by_policy'])
        self.assertIn('badclientsctl clients disable outlook', one['remedies'][0])

    def test_each_remedy_lets_the_login_in(self):
        self.client()
        self.site.list('asn.deny', '# a list', 'AS63949')
        self.site.login(user='al.i-ce%', address=NEW_OUTLOOK)
        self.site.login(user='bob', address=SUGAR_MAIL)
        remedies = self.why('al.i-ce%', code=1)['logins'][0]['remedies']
        self.assertEqual(3, len(remedies))
        shown = [line.strip() for line in self.site.ctl('why', 'al.i-ce%').stdout.splitlines()]
        for remedy in remedies[1:]:
            file, line = re.search(r'add this line to (\S+):\n(.*)$', remedy).groups()
            self.assertIn(line, shown)
            self.assertTrue(file.startswith(f'{self.site.lists}/'), file)
            self.site.list(file, line)
            self.assert_refused_now('al.i-ce%', NEW_OUTLOOK, False)
            self.site.list(file)
            self.assert_refused_now('al.i-ce%', NEW_OUTLOOK, True)
        self.assertTrue(remedies[1].endswith("\n'al.i-ce%"), remedies[1])
        self.assertIn('badclientsctl clients disable outlook', remedies[0])
        self.site.ctl('clients', 'disable', 'outlook')
        (self.site.lists / 'clients/outlook.client').unlink()  # it is no link
        self.assert_refused_now('al.i-ce%', NEW_OUTLOOK, False)
        self.assertIn('take line asn.deny.lst:2 out',
                      self.why('bob', code=1)['logins'][0]['remedies'][0])

    def assert_refused_now(self, user, address, refused):
        self.assertEqual(1 if refused else 0, self.site.login(user=user, address=address).exit_code)
        today = self.why(user, '--last', '1', code=1 if refused else 0)['logins'][0]['today']
        self.assertEqual('deny' if refused else 'allow', today['decision'])

    def test_logins_that_nobody_refused_and_users_that_nobody_knows(self):
        self.site.login(user='alice', address=HOME)
        one, = self.why('alice', code=0)['logins']
        self.assertEqual(('allowed', [], None), (one['login']['outcome'], one['remedies'],
                                                 one['told_by_policy']))
        answer = self.why('nobody', code=0)
        self.assertEqual((0, []), (answer['found'], answer['logins']))
        self.assertIn("no login of 'nobody'", self.site.ctl('why', 'nobody').stdout)
        sentence = 'have no line unless general/log_local = yes'
        self.assertIn(sentence, self.site.ctl('why', 'nobody').stdout)
        self.site.configure(general={'log_local': 'yes'})
        self.assertNotIn(sentence, self.site.ctl('why', 'nobody').stdout)
        self.assertEqual(2, self.site.ctl('why').returncode)
        self.assertEqual(2, self.site.ctl('why', 'alice', '--log', '/nonexistent').returncode)

    def test_the_last_logins_are_shown_the_last_first(self):
        for service in ('imap', 'pop3', 'smtp'):
            self.site.login(user='alice', address=HOME, service=service)
        answer = self.why('alice', '--last', '2', code=0)
        self.assertEqual(['smtp', 'pop3'], [one['login']['service'] for one in answer['logins']])


class WhyInDovecot(harness.TestCase):
    def test_the_session_of_dovecots_own_log_is_found(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        server = self.own(harness.Dovecot(site))
        line, = audit_lines(server.log_of(
            lambda: clients.imap(server, 'alice', server.users['alice'], NEW_OUTLOOK)))
        done = site.ctl('why', line['session'], '--log', server.log_file, '--json')
        self.assertEqual(1, done.returncode, done.stderr)
        one, = json.loads(done.stdout)['logins']
        self.assertEqual((line['session'], '52.96.0.0/14'),
                         (one['login']['session'], one['rule_text']))


if __name__ == '__main__':
    harness.main()
