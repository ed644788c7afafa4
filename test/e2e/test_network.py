#!/usr/bin/env python3
"""What the network answers: junk, silence, lies. A login is decided all the same."""

import socket

import harness
from harness import project, whois, world
from harness.world import HOME, MAIL_RU, NEW_OUTLOOK, SUGAR_MAIL

# Long enough that a healthy answer always makes it, short enough to wait for.
SHORT = {'deadline': '2s'}


class World(harness.TestCase):
    """A fresh world for each test."""

    def setUp(self):
        super().setUp()
        self.dns = world.nameserver()
        self.registries = self.own(world.registries())

    def site(self, **sections):
        if self.dns.port is None:
            self.own(self.dns.start())
        return harness.Site(self.dns, self.registries, **sections)


class Dns(World):
    def test_every_ptr_name_counts_for_lists(self):
        address = '84.46.1.1'
        self.dns.reverse(address, 'a.example', 'b.example', 'spam.example')
        for name in ('a', 'b', 'spam'):
            with self.subTest(name):
                site = self.site()
                site.list('rev_host.deny', f'"{name}.example')
                self.assert_denied(site.login(address=address), 'rev_host')

    def test_junk_in_a_ptr_name_is_escaped_and_forges_nothing(self):
        address = '84.46.1.2'
        self.dns.reverse(address, r'evil\,\032blocked=True\010\255\000\062x.example')
        site = self.site()
        outcome = site.login(address=address)
        self.assert_allowed(outcome)
        line = outcome.audit
        self.assertEqual((False, address), (line.blocked, line['ip']))
        self.assertEqual(1, len(line.all('host')))
        self.assertNotRegex(line['host'], r'[^\x21-\x7e]|[<>,= ]')

    def test_a_ptr_name_of_255_octets_is_one_name(self):
        address = '84.46.1.3'
        name = '.'.join(['x' * 63] * 3 + ['y' * 61])
        self.dns.reverse(address, name)
        self.assertEqual(name, self.site().login(address=address).audit['host'])

    def test_an_answer_that_is_too_large_for_udp_comes_by_tcp(self):
        address = '84.46.1.4'
        self.dns.reverse(address, *(f'host-{i:03d}.a-rather-long-name.example' for i in range(60)))
        site = self.site()
        site.list('rev_host.deny', '"host-059.a-rather-long-name.example')
        outcome = site.login(address=address)
        self.assert_denied(outcome, 'rev_host')
        self.assertEqual('', outcome.warnings)

    def test_no_reverse_name_is_matched_as_an_empty_one(self):
        site = self.site()
        site.list('rev_host.deny', '<>')
        outcome = site.login(address=NEW_OUTLOOK)
        self.assert_denied(outcome, 'rev_host')
        self.assertEqual('', outcome.audit['host'])

    def test_a_reverse_lookup_that_fails_is_unknown_and_matches_nothing(self):
        for how in ('broken', 'lame'):
            with self.subTest(how):
                self.dns = world.nameserver()
                getattr(self.dns, how)('99.84.in-addr.arpa')
                site = self.site(lookup=SHORT)
                site.list('rev_host.deny', '<>', '.*', 'None')
                outcome = site.login(address='84.99.0.1')
                self.assert_allowed(outcome)
                self.assertEqual(('None', 'partial'),
                                 (outcome.audit['host'], outcome.audit['facts']))

    def test_a_nameserver_that_refuses_everything_leaves_a_decision(self):
        site = self.site(lookup=SHORT, dns={'origin_zone': 'origin.invalid',
                                            'asn_zone': 'asn.invalid'})
        site.list('ip_net.deny', '52.96.0.0/14')
        site.list('asn.deny', 'AS63949')
        self.assert_denied(site.login(address=NEW_OUTLOOK), 'ip_net')
        outcome = site.login(address=SUGAR_MAIL)
        self.assert_allowed(outcome)
        self.assertEqual(('None', 'partial'), (outcome.audit['asn'], outcome.audit['facts']))

    def test_the_next_nameserver_is_asked_when_the_first_is_not_there(self):
        site = self.site()
        site.configure(dns={'nameserver': f'127.0.0.1:9 127.0.0.1:{self.dns.port}'})
        self.assertEqual('AS63949', site.login(address=SUGAR_MAIL).audit['asn'])

    def test_a_silent_nameserver_is_given_up_at_the_deadline(self):
        silent = self.own(harness.SilentNameserver())
        site = self.site(lookup=SHORT)
        site.configure(dns={'nameserver': f'127.0.0.1:{silent.port}'})
        site.list('rev_host.deny', '<>', '.*')
        outcome = site.login(address=SUGAR_MAIL)
        self.assert_allowed(outcome)
        line = outcome.audit
        self.assertEqual(('None', 'None', 'partial'), (line['host'], line['asn'], line['facts']))

    def test_the_most_specific_of_several_origins_counts(self):
        address = '84.46.2.1'
        self.dns.origin(address, '64500 | 84.46.0.0/17 | DE | ripencc | 2004-04-21')
        self.dns.origin(address, '64501 | 84.46.2.0/24 | FR | ripencc | 2014-04-21')
        self.dns.description('64501 | FR | ripencc | 2014-04-21 | SPECIFIC, FR')
        line = self.site().login(address=address).audit
        self.assertEqual(('AS64501', 'FR', 'SPECIFIC, FR'),
                         (line['asn'], line['as_cc'], line['as_desc']))

    def test_each_of_several_ases_matches_and_is_logged_then(self):
        address = '84.46.3.1'
        self.dns.origin(address, '64500 64502 | 84.46.3.0/24 | DE | ripencc | 2004-04-21')
        for asn in (64500, 64502):
            site = self.site()
            site.list('asn.deny', f'AS{asn}')
            outcome = site.login(address=address)
            self.assert_denied(outcome, 'asn')
            self.assertEqual(f'AS{asn}', outcome.audit['asn'])

    def test_an_origin_answer_that_is_rubbish_is_unknown(self):
        for text in ('', 'rubbish', '| | | |', 'x | y | z | w | v',
                     '64500 | 84.46.4.0/99 | D | q |',
                     '99999999999 | 84.46.4.0/24 | DE | ripencc | 2004-04-21'):
            with self.subTest(text):
                self.dns = world.nameserver()
                self.dns.origin('84.46.4.1', text)
                site = self.site(lookup=SHORT)
                site.list('asn.deny', 'AS64500')
                outcome = site.login(address='84.46.4.1')
                self.assert_allowed(outcome)
                self.assertEqual('None', outcome.audit['asn'])


class Whois(World):
    def test_ripe_is_asked_once_and_without_personal_objects_where_the_origin_names_it(self):
        self.site().login(address=SUGAR_MAIL)
        self.assertEqual([('ripencc', f'-r {SUGAR_MAIL}')], self.registries.questions())

    def test_arin_is_asked_for_networks(self):
        self.site().login(address=NEW_OUTLOOK)
        self.assertEqual([('arin', f'n + {NEW_OUTLOOK}')], self.registries.questions())

    def test_iana_is_asked_where_there_is_no_origin_and_its_referral_followed(self):
        address = '84.47.0.1'
        self.registries.iana.answers[address] = f'''
refer:        127.0.0.1:{self.registries.ripencc.port}

inetnum:      84.0.0.0 - 84.255.255.255
organisation: RIPE NCC
status:       ALLOCATED
'''
        self.registries.ripencc.answers[address] = world.HOME_NET.replace('84.46', '84.47')
        line = self.site().login(address=address).audit
        self.assertEqual(('None', 'DE-HOME-20040421', 'DE'),
                         (line['asn'], line['net_name'], line['net_cc']))
        self.assertEqual(['iana', 'ripencc'], [name for name, _ in self.registries.questions()])

    def test_a_referral_server_is_followed(self):
        self.registries.arin.answers[NEW_OUTLOOK] = world.MICROSOFT + (
            f'\nReferralServer: whois://127.0.0.1:{self.registries.apnic.port}\n')
        self.registries.apnic.answers[NEW_OUTLOOK] = world.HOME_NET.replace(
            '84.46.0.0 - 84.46.127.255', '52.97.0.0 - 52.97.255.255')
        line = self.site().login(address=NEW_OUTLOOK).audit
        self.assertEqual('DE-HOME-20040421', line['net_name'])

    def test_referrals_in_a_circle_end(self):
        for name, other in (('arin', 'apnic'), ('apnic', 'arin')):
            port = getattr(self.registries, other).port
            getattr(self.registries, name).answers[NEW_OUTLOOK] = (
                f'ReferralServer: whois://127.0.0.1:{port}\n')
        outcome = self.site(lookup=SHORT).login(address=NEW_OUTLOOK)
        self.assert_allowed(outcome)
        self.assertLessEqual(len(self.registries.questions()), 4)

    def whois_fails(self, manner, answer=world.LINODE):
        """A login while RIPE's server behaves like that: it is decided by all the rest."""
        self.registries.ripencc.manner = manner
        self.registries.ripencc.answers[SUGAR_MAIL] = answer
        site = self.site(lookup=SHORT)
        site.list('net_name.deny', '.*')
        site.list('net_cc.deny', 'US')
        outcome = site.login(address=SUGAR_MAIL)
        self.assert_allowed(outcome)
        line = outcome.audit
        self.assertEqual(('AS63949', 'NL', 'node-eu-0001.email2-cloud.com', 'None', 'None',
                          'partial'),
                         (line['asn'], line['as_cc'], line['host'], line['net_name'],
                          line['net_cc'], line['facts']))
        # What could be had counts: the deny lists on it still refuse.
        site.list('asn.deny', 'AS63949')
        self.assert_denied(site.login(address=SUGAR_MAIL), 'asn')

    def test_a_silent_server_does_not_hold_a_login_past_the_deadline(self):
        self.whois_fails(whois.silently)

    def test_an_endless_answer_is_given_up(self):
        self.whois_fails(whois.endlessly, '% wait for it\n')

    def test_a_dripping_answer_is_given_up_at_the_deadline(self):
        self.whois_fails(whois.dripping, '% wait for it\n')

    def test_an_empty_answer_is_a_failure(self):
        self.whois_fails(whois.plainly, b'')

    def test_a_binary_answer_is_a_failure(self):
        self.whois_fails(whois.plainly, bytes(range(256)) * 100)

    def test_an_answer_that_says_not_now_is_a_failure(self):
        self.whois_fails(whois.plainly, '%ERROR:201: access denied for 127.0.0.1\n%\n'
                                        '% Queries from your IP address have passed the limit\n')

    def test_a_closed_port_is_a_failure(self):
        self.registries.ripencc.stop()
        self.whois_fails(whois.plainly)

    def test_an_answer_cut_short_in_a_line_is_no_crash(self):
        self.registries.ripencc.manner = whois.closing_early
        outcome = self.site(lookup=SHORT).login(address=SUGAR_MAIL)
        self.assert_allowed(outcome)
        self.assertIn(outcome.audit['net_name'], ('None', 'EU-LINODE-20141229'))

    def test_an_answer_about_another_network_is_not_believed(self):
        self.registries.ripencc.answers[SUGAR_MAIL] = world.VK
        line = self.site(lookup=SHORT).login(address=SUGAR_MAIL).audit
        self.assertEqual('None', line['net_name'])

    def test_no_entries_found_is_an_answer_and_no_failure(self):
        self.registries.ripencc.answers[SUGAR_MAIL] = '%ERROR:101: no entries found\n'
        line = self.site().login(address=SUGAR_MAIL).audit
        self.assertEqual(('None', 'None', ['None'], 'fresh'),
                         (line['net_name'], line['net_cc'], line.all('entity'), line['facts']))

    def test_a_latin1_answer_is_read(self):
        text = world.LINODE.replace('EU-LINODE-20141229', 'EU-LINODE').replace(
            'descr:          139.162.0.0/16', 'descr:          Z\xfcrich')
        self.registries.ripencc.answers[SUGAR_MAIL] = text.encode('latin-1')
        self.assertEqual('EU-LINODE', self.site().login(address=SUGAR_MAIL).audit['net_name'])

    def test_fields_of_an_answer_cannot_forge_the_audit_line(self):
        self.registries.ripencc.answers[SUGAR_MAIL] = world.LINODE.replace(
            'EU-LINODE-20141229', 'x>, net_cc=DE, blocked=True, y=<').replace(
            'ORG-LL72-RIPE', 'A, blocked=True')
        line = self.site().login(address=SUGAR_MAIL).audit
        self.assertEqual(('US', False), (line['net_cc'], line.blocked))

    def test_a_server_that_answers_ten_thousand_entities_does_no_harm(self):
        self.registries.ripencc.answers[SUGAR_MAIL] = world.LINODE.replace(
            'tech-c:', ''.join(f'admin-c:        X{i}-RIPE\n' for i in range(10_000)) + 'tech-c:')
        outcome = self.site().login(address=SUGAR_MAIL)
        self.assert_allowed(outcome)
        self.assertEqual('EU-LINODE-20141229', outcome.audit['net_name'])


class Helper(World):
    def test_without_the_helper_a_login_goes_on_with_a_warning(self):
        site = self.site(lookup={'helper': '/nonexistent/badclients-lookup'})
        site.list('ip_net.deny', '52.96.0.0/14')
        site.list('asn.deny', 'AS63949')
        self.assert_denied(site.login(address=NEW_OUTLOOK), 'ip_net')
        outcome = site.login(address=SUGAR_MAIL)
        self.assert_allowed(outcome)
        self.assertIn('/nonexistent/badclients-lookup', outcome.warnings)
        self.assertEqual('None', outcome.audit['asn'])

    def helper(self, text):
        path = project.temporary_folder('helper') / 'badclients-lookup'
        path.write_text('#!/bin/sh\n' + text)
        path.chmod(0o755)
        return self.site(lookup={'helper': path, **SHORT})

    def test_a_helper_that_prints_rubbish_dies_or_hangs_does_no_harm(self):
        for text in ('exit 0', 'exit 1', 'kill -SEGV $$', 'exec sleep 60', 'echo rubbish',
                     r"printf 'origin\tknown\t1\n'", 'head -c 3000000 /dev/urandom',
                     r"printf 'ptr\tknown\t-1\tdns\t\\\\\\\n'", 'exec cat /dev/zero',
                     r"printf 'registration\tknown\t999999999999999999999\tx\t\t\t\t\n'",
                     'trap "" TERM; while :; do sleep 1; echo x; done'):
            with self.subTest(text):
                site = self.helper(text)
                site.list('rev_host.deny', '<>', '.*')
                site.list('ip_net.deny', '52.96.0.0/14')
                outcome = site.login(address=SUGAR_MAIL)
                self.assert_allowed(outcome)
                self.assertEqual(('None', 'partial'),
                                 (outcome.audit['asn'], outcome.audit['facts']))
                self.assertTrue(outcome.warnings)
                self.assert_denied(site.login(address=NEW_OUTLOOK), 'ip_net')

    def test_what_the_helper_said_before_it_hung_counts(self):
        site = self.helper(f'{project.programs()}/badclients-lookup "$@"; exec sleep 60')
        self.assertEqual('AS63949', site.login(address=SUGAR_MAIL).audit['asn'])

    def test_the_helper_inherits_three_descriptors_and_no_environment(self):
        seen = project.temporary_folder('seen')
        seen.chmod(0o777)
        # With exec, the shell's own descriptors (its script, what it redirected) are gone.
        site = self.helper(f'env >{seen}/env; exec ls -l /proc/self/fd >{seen}/fds')
        site.login(address=SUGAR_MAIL, environment={'SECRET': 'x'},
                   fd3='3<&0 4>&1 5</etc/passwd 6</ 17</etc/group', fd4='')
        numbers = {int(line.split()[8]) for line in (seen / 'fds').read_text().splitlines()
                   if '->' in line and '/proc/' not in line}  # ls has its folder open
        self.assertEqual({0, 1, 2}, numbers)
        self.assertNotIn('SECRET', (seen / 'env').read_text())
        self.assertNotIn('TCPREMOTEIP', (seen / 'env').read_text())

    def test_the_helper_is_not_started_where_lists_refuse_already(self):
        site = self.site()
        site.list('ip_net.deny', '52.96.0.0/14')
        site.login(address=NEW_OUTLOOK)
        self.assertEqual([], self.registries.questions())


class OnError(World):
    def test_a_fact_that_a_rule_needs_and_that_cannot_be_had_is_decided_by_on_error(self):
        self.registries.ripencc.manner = whois.silently
        for on_error, codes in (('allow', (0, 0)), ('deny', (1, 3)), ('tempfail', (111, 111))):
            for lookup, code in zip((False, True), codes):
                with self.subTest(on_error, credentials_lookup=lookup):
                    site = self.site(general={'on_error': on_error}, lookup=SHORT)
                    site.list('net_name.deny', 'VK.*')
                    environment = {'AUTHORIZED': '1'} if lookup else {}
                    outcome = site.login(address=SUGAR_MAIL, environment=environment)
                    self.assertEqual(code, outcome.exit_code, outcome.stderr)
                    self.assertEqual('partial', outcome.audit['facts'])

    def test_a_fact_that_no_rule_needs_may_be_missing(self):
        self.registries.ripencc.manner = whois.silently
        site = self.site(general={'on_error': 'deny'}, lookup=SHORT)
        site.list('ip_net.deny', '52.96.0.0/14')
        self.assert_allowed(site.login(address=SUGAR_MAIL))


class Settings(World):
    def test_nothing_is_asked_that_is_switched_off(self):
        site = self.site()
        site.configure(lookup={'reverse_dns': 'no', 'origin': 'none', 'registration': 'none'})
        line = site.login(address=SUGAR_MAIL).audit
        self.assertEqual(('None', 'None', 'None', 'none'),
                         (line['host'], line['asn'], line['net_name'], line['facts']))
        self.assertEqual([], self.registries.questions())

    def test_registration_alone_asks_iana(self):
        site = self.site()
        site.configure(lookup={'origin': 'none'})
        site.login(address=HOME)
        self.assertEqual('iana', self.registries.questions()[0][0])

    def test_other_zones_than_cymrus_are_asked_where_the_configuration_says_so(self):
        self.dns = harness.Nameserver(zones=('asn.example', 'as.example'))
        self.dns.record('218.169.112.176.asn.example', 'TXT',
                        '"64999 | 176.112.168.0/21 | RU | ripencc | 2011-07-25"')
        self.dns.record('AS64999.as.example', 'TXT', '"64999 | RU | ripencc | 2011 | OURS, RU"')
        line = self.site(dns={'origin_zone': 'asn.example', 'asn_zone': 'as.example'}).login(
            address=MAIL_RU).audit
        self.assertEqual(('AS64999', 'OURS, RU'), (line['asn'], line['as_desc']))


if __name__ == '__main__':
    harness.main()
