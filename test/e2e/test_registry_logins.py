#!/usr/bin/env python3
"""Logins with registry data: who is asked, and what the audit line says."""

import datetime
import json
import os
import socket
import unittest

from harness import Site, bulk, main, project, world
from harness.dns import reverse_name
from harness.packets import packets, question
from harness.policy_client import PolicyClient, login
from harness.registry import LINODE, NOW, RegistryTestCase, publish_world
from harness.world import GMAIL_POP, HOME, MAIL_RU, NEW_OUTLOOK, SUGAR_MAIL

class LoginTestCase(RegistryTestCase):
    """Of the networks of harness.world, as the publishers have them."""

    def setUp(self):
        super().setUp()
        self.dns = self.own(world.nameserver().start())
        self.registries = self.own(world.registries())

    def with_data(self, made=NOW, **sections):
        site = Site(self.dns, self.registries, **{
            'lookup': {'origin': 'local dns', 'registration': 'local whois', 'deadline': '20s',
                       **sections.pop('lookup', {})}, **sections})
        folder = publish_world(made)
        self.update(site, '--from', folder, '--force')
        return site

    def line(self, site, address, **how):
        outcome = site.login(address=address, **how)
        site.wait_for_background()
        return outcome.audit


class Lines(LoginTestCase):
    def test_they_say_what_they_say_without(self):
        site = self.with_data()
        live = Site(self.dns, self.registries)
        for address, entities in ((SUGAR_MAIL, ['linode-mnt', 'ORG-LL72-RIPE', 'LAS85-RIPE']),
                                  (MAIL_RU, ['ORG-LLCn4-RIPE', 'RIPE-NCC-END-MNT', 'VKCOMPANY-MNT',
                                             'MAIL-RU'])):
            told, asked = self.line(site, address), self.line(live, address)
            for field in ('host', 'asn', 'as_cc', 'as_desc', 'net_name', 'net_cc'):
                self.assertEqual(asked[field], told[field], field)
            self.assertEqual(('local', 'fresh'), (told['facts'], asked['facts']))
            self.assertEqual(entities, told.all('entity'))
            persons = set(asked.all('entity')) - set(told.all('entity'))
            self.assertTrue(persons and persons <= {'EY1327-RIPE', 'VKNC', 'TA2589-RIPE'}, persons)

    def test_what_publishers_write_forges_no_field(self):
        site = self.with_data()
        folder = publish_world()
        hostile = 'X>, blocked, as_cc=ZZ, as_desc=<Y\\x0a\x1b[2J\u2028\x85'
        bulk.put(folder, 'asn.txt', f'63949 AS-X - {hostile}, SG\n')
        bulk.put(folder, 'ripe.db.inetnum.gz', bulk.rpsl(
            [[(key, f'N {hostile}' if key == 'netname' else f'H>,{value},entity=Z' if key == 'mnt-by' else value)
              for key, value in LINODE]]))
        self.update(site, '--from', folder, '--force')
        outcome = site.login(address=SUGAR_MAIL)
        self.assertEqual(1, outcome.stderr.count('\n'), outcome.stderr)
        self.assertTrue(outcome.stderr[:-1].isprintable(), repr(outcome.stderr))
        line = outcome.audit
        self.assertEqual(('NL', False, r'N X\x3e, blocked, as_cc=ZZ, as_desc=\x3cY\x5cx0a [2J'),
                         (line['as_cc'], line.blocked, line['net_name']))
        self.assertTrue(line['as_desc'].startswith(r'AS-X - X\x3e, blocked, as_cc=ZZ, as_desc=\x3cY'), line)
        self.assertLess({r'H\x3e', r'entity\x3dZ'}, set(line.all('entity')))

    def test_where_registries_publish_nothing_the_line_alone_asks_for_nothing(self):
        site = self.with_data()
        line = self.line(site, NEW_OUTLOOK)
        self.assertEqual(['AS8075', 'US', 'MICROSOFT-CORP-MSN-AS-BLOCK, US', 'None', 'None', 'local'],
                         [line[field] for field in ('asn', 'as_cc', 'as_desc', 'net_name', 'net_cc',
                                                    'facts')])
        self.assertEqual([], self.registries.questions())

    def test_check_tells_when_registry_data_was_made(self):
        site = self.with_data(NOW - datetime.timedelta(hours=30))
        checked = json.loads(site.ctl('check', SUGAR_MAIL, '--json').stdout)['facts']
        for fact, source in (('origin', 'riswhoisdump.IPv4.gz'),
                             ('registration', 'ripe.db.inetnum.gz')):
            told = checked[fact]
            self.assertEqual(('local', source), (told['state'], told['source']))
            self.assertLess(told['learnt'], told['expires'])
            self.assertGreaterEqual(told['age_seconds'], 0)
        # As old as the oldest file that it is from: those of delegations have a date and no time.
        days = checked['origin']['age_seconds'] // 86400
        self.assertIn(days, (1, 2))
        self.assertIn(f'riswhoisdump.IPv4.gz, made {days} d ago', site.ctl('check', SUGAR_MAIL).stdout)

    def test_a_network_that_nobody_delegated_is_asked_about(self):
        line = self.line(self.with_data(), HOME)
        self.assertEqual(('AS64500', 'DE-HOME-20040421', 'fresh'),
                         (line['asn'], line['net_name'], line['facts']))


class Rules(LoginTestCase):
    def test_a_registration_that_a_rule_looks_at_is_asked_for_where_it_is_not_published(self):
        site = self.with_data()
        site.list('net_name.deny', 'MSFT')
        self.assertEqual('net_name', self.line(site, NEW_OUTLOOK)['matched'])
        self.assertEqual(['arin'], [registry for registry, _ in self.registries.questions()])
        self.assertFalse(self.line(site, SUGAR_MAIL).blocked)
        self.assertEqual(1, len(self.registries.questions()))

    def test_persons_are_asked_for_where_a_rule_names_some(self):
        site = self.with_data()
        site.list('entity.deny', 'ORG-NOBODY-RIPE')
        self.line(site, MAIL_RU)
        self.assertEqual([], self.registries.questions())
        site.list('entity.deny', 'EY1327-RIPE')
        line = self.line(site, MAIL_RU)
        self.assertEqual(('entity:EY1327-RIPE', True), (line['matched'], line.blocked))
        self.assertEqual([('ripencc', MAIL_RU)],
                         [(registry, text.split()[-1]) for registry, text in self.registries.questions()])
        # The registries that publish nothing are asked about theirs, for the rule is on all.
        self.line(site, GMAIL_POP)
        self.assertEqual(2, len(self.registries.questions()))

    def test_a_client_rule_asks_only_about_the_networks_that_it_names(self):
        site = self.with_data()
        (site.lists / 'clients').mkdir()
        (site.lists / 'clients' / 'c.client').write_text(
            'Name: C\nVendor: V\nAbout: https://c.example\nEvidence: E\nSource: https://c.example\n\n'
            'asn=AS47764 entity=EY1327-RIPE\n')
        for address in (NEW_OUTLOOK, SUGAR_MAIL, GMAIL_POP):
            self.assertFalse(self.line(site, address).blocked)
        self.assertEqual([], self.registries.questions())
        line = self.line(site, MAIL_RU)
        self.assertEqual(('client', True), (line['matched'], line.blocked))
        self.assertEqual(1, len(self.registries.questions()))

    def test_registry_data_exempts(self):
        """It is exact, and not a neighbour's."""
        site = self.with_data()
        site.list('asn.deny', 'AS63949')
        site.list('net_name.allow', 'EU%-LINODE%-20141229')
        self.assertFalse(self.line(site, SUGAR_MAIL).blocked)
        self.assertEqual([], self.registries.questions())

    def test_what_could_not_be_asked_for_leaves_registry_data_which_is_exact_about_all_else(self):
        site = self.with_data(lookup={'deadline': '1s'})
        for server in ('ripencc', 'arin'):
            getattr(self.registries, server).stop()
        site.list('entity.deny', 'EY1327-RIPE', 'ORG-LLCn4-RIPE')
        line = self.line(site, MAIL_RU)
        self.assertEqual((True, 'entity:ORG-LLCn4-RIPE', 'VK-FRONT'),
                         (line.blocked, line['matched'], line['net_name']))
        site.list('net_name.allow', 'VK%-FRONT')
        self.assertFalse(self.line(site, MAIL_RU).blocked)
        site.list('net_name.allow')
        site.list('entity.deny', 'EY1327-RIPE')
        site.configure(general={'on_error': 'deny'})
        self.assertEqual('on_error', self.line(site, MAIL_RU)['matched'])


class Waiting(LoginTestCase):
    def test_what_is_left_out_keeps_no_login_waiting(self):
        """A rule on the registration that cannot hit, and a nameserver that is silent: the name is
        for the line alone, and waited for as long as that."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.1', 0))
            site = self.with_data(dns={'nameserver': f'127.0.0.1:{silent.getsockname()[1]}'})
            (site.lists / 'clients').mkdir()
            (site.lists / 'clients' / 'c.client').write_text(
                'Name: C\nVendor: V\nAbout: https://c.example\nEvidence: E\n'
                'Source: https://c.example\n\nasn=AS47764 net_name=X\n')
            line = self.line(site, NEW_OUTLOOK)
        self.assertEqual(('AS8075', 'None'), (line['asn'], line['net_name']))
        self.assertLess(float(line['took'].removesuffix('ms')), 8000)


class Log(LoginTestCase):
    def test_replay_says_that_a_line_from_registry_data_may_lack_persons(self):
        site = self.with_data()
        log = site.folder / 'log'
        log.write_text('Nov 26 20:00:00 host dovecot: auth: ' + site.login(address=MAIL_RU).stderr)
        for handle, untold in (('ORG-NOBODY-RIPE', []), ('EY1327-RIPE', ['entity.deny'])):
            site.list('entity.deny', handle)
            done = site.ctl('replay', '--log', log, '--json')
            may = json.loads(done.stdout)['may_be_hit']
            self.assertEqual(untold, [each['list'] for each in may], done.stdout)


class Privacy(LoginTestCase):
    """Nobody learns from where a user logged in, except for the site's own resolver."""

    ALONE = {'origin': 'local', 'registration': 'local'}

    def sent(self, site, *addresses):
        """What badclients sends while it decides; questions to the nameserver by name and type."""
        with packets() as seen:
            for address in addresses:
                site.login(address=address)
                site.wait_for_background()
        resolver = ('127.0.0.1', self.dns.port)
        mine = [packet for packet in seen if packet.source != resolver]
        return {question(packet) for packet in mine if packet.to == resolver and packet.data}, \
            {packet.to for packet in mine if packet.to != resolver}

    def site_alone(self, **how):
        site = self.with_data(lookup={**self.ALONE, **how})
        for section in ('whois', 'rdap'):  # those that everybody has
            site.settings.pop(section)
        site.configure()
        site.list('entity.deny', 'EY1327-RIPE', 'GOGL')
        site.list('as_dscr.deny', 'NOBODY.*')
        site.list('net_name.allow', 'NOBODY.*')
        return site

    @unittest.skipUnless(os.geteuid() == 0, 'not root')
    def test_not_one_packet_leaves_but_to_the_resolver(self):
        site = self.site_alone()
        addresses = (NEW_OUTLOOK, SUGAR_MAIL, MAIL_RU, GMAIL_POP, HOME, '2001:4860:4860::8888')
        questions, others = self.sent(site, *addresses)
        self.assertEqual(set(), others)
        self.assertEqual({(reverse_name(address), 'PTR') for address in addresses}, questions)
        none = self.site_alone(reverse_dns='no')
        self.assertEqual((set(), set()), self.sent(none, *addresses))

    @unittest.skipUnless(os.geteuid() == 0, 'not root')
    def test_others_would_have_been_seen(self):
        site = self.with_data(lookup={'registration': 'whois'})
        questions, others = self.sent(site, HOME)
        self.assertIn((f'{reverse_name(HOME)[:-len(".in-addr.arpa")]}.origin.asn.cymru.com', 'TXT'),
                      questions)
        self.assertEqual({('127.0.0.1', self.registries.ripencc.port)}, others)

    def test_what_nobody_may_be_asked_for_is_unknown(self):
        site = self.with_data(lookup=self.ALONE, general={'on_error': 'deny'})
        site.list('as_dscr.deny', 'NOBODY.*')
        known, unknown = self.line(site, SUGAR_MAIL), self.line(site, HOME)
        self.assertEqual((False, 'local'), (known.blocked, known['facts']))
        self.assertEqual((True, 'on_error', 'None', 'partial'),
                         (unknown.blocked, unknown['matched'], unknown['as_desc'], unknown['facts']))


class Trouble(LoginTestCase):
    def test_data_that_is_too_old_is_warned_of_and_not_used(self):
        site = self.with_data(NOW - datetime.timedelta(days=3))
        self.assertEqual('local', self.line(site, NEW_OUTLOOK)['facts'])
        site.configure(registry={'max_age': '2d'})
        outcome = site.login(address=NEW_OUTLOOK)
        self.assertEqual('fresh', outcome.audit['facts'])
        self.assertIn('older than registry/max_age, and not used: riswhoisdump.IPv4.gz', outcome.warnings)

    def test_damage_is_warned_of_and_the_others_are_asked(self):
        site = self.with_data()
        whole = self.store(site).read_bytes()
        store = self.store(site)
        store.rename(site.state / 'aside')
        os.mkfifo(store, 0o666)
        project.give_away(store)
        outcome = site.login(address=MAIL_RU)
        self.assertEqual('AS47764', outcome.audit['asn'])
        self.assertIn('registry.db: no regular file', outcome.warnings)
        store.unlink()
        (site.state / 'aside').rename(store)
        for damage in (b'no database' * 1000, whole[:len(whole) // 2 // 4096 * 4096], b''):
            self.store(site).write_bytes(damage)
            outcome = site.login(address=MAIL_RU)
            self.assertEqual('AS47764', outcome.audit['asn'], damage[:20])
            self.assertIn('registry.db', outcome.warnings)

    def test_a_new_store_counts_at_once_at_the_door_that_lives_long(self):
        site = self.with_data()
        client = self.own(PolicyClient(site))

        def facts():
            client.ask(login(SUGAR_MAIL))
            return client.lines()[-1]['facts']

        self.assertEqual('local', facts())
        store = self.store(site)
        store.rename(site.state / 'aside')
        self.assertEqual('fresh', facts())
        (site.state / 'aside').rename(store)
        self.assertEqual('local', facts())


if __name__ == '__main__':
    main()
