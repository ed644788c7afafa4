#!/usr/bin/env python3
"""Several hosts and one Redis: each host is a site of its own, with a cache of its own."""

import concurrent.futures
import os
import pathlib
import signal
import socket
import threading
import time

import harness
from harness import whois, world
from harness.process import PATIENCE, wait_until
from harness.site import NOWHERE
from harness.world import HOME, HOME_V6, LINODE, SUGAR_MAIL

# On a machine that is very busy the shared cache has to be waited for like everything else, where
# the test is not about one that is slow.
PATIENT = '20s'
SIBLING = '139.162.133.99'  # in the same /24 as SUGAR_MAIL
DESCRIPTION = 'as63949.asn.cymru.com'
NEIGHBOUR = '139.162.140.7'  # in the same network, but in another /24


class Hosts(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.dns = world.nameserver(zones=['bl.test'])
        self.registries = self.own(world.registries())

    def host(self, shared, patience=PATIENT, **sections):
        if self.dns.port is None:
            self.own(self.dns.start())
        site = harness.Site(self.dns, self.registries, **sections)
        site.configure(cache={'shared': shared, 'shared_patience': patience},
                       lookup={'deadline': '60s'})
        return site

    def lonely(self, shared, **sections):
        """A host that reaches nothing but the shared cache."""
        site = self.host(shared, **sections)
        site.configure(dns={'nameserver': NOWHERE}, whois=dict.fromkeys(whois.REGISTRIES, NOWHERE))
        return site

    def assert_knows_sugar_mail(self, outcome):
        self.assert_allowed(outcome)
        line = outcome.audit
        self.assertEqual(('node-eu-0001.email2-cloud.com', 'AS63949', 'NL', 'EU-LINODE-20141229',
                          'AKAMAI-LINODE-AP Akamai Connected Cloud, SG'),
                         (line['host'], line['asn'], line['as_cc'], line['net_name'],
                          line['as_desc']))


class Shared(Hosts):
    def setUp(self):
        super().setUp()
        self.redis = self.own(harness.Redis())

    def learn(self):
        """A host that has learnt all about SUGAR_MAIL, and has told the shared cache."""
        site = self.host(self.redis.url())
        outcome = site.login(address=SUGAR_MAIL)
        self.assert_knows_sugar_mail(outcome)
        self.assertEqual('', outcome.warnings)
        return site

    def test_what_one_host_has_learnt_another_need_not_ask(self):
        self.learn()
        asked = self.registries.questions()
        outcome = self.lonely(self.redis.url()).login(address=SUGAR_MAIL)
        self.assert_knows_sugar_mail(outcome)
        self.assertEqual('', outcome.warnings)
        self.assertEqual('fresh', outcome.audit['facts'])
        self.assertEqual(asked, self.registries.questions())

    def test_what_came_from_the_shared_cache_is_in_the_host_s_own_from_then_on(self):
        self.learn()
        site = self.lonely(self.redis.url())
        site.login(address=SUGAR_MAIL)
        self.redis.stop()
        outcome = site.login(address=SUGAR_MAIL)
        self.assert_knows_sugar_mail(outcome)
        self.assertEqual(('', 'cached'), (outcome.warnings, outcome.audit['facts']))

    def test_an_answer_serves_its_block_and_never_a_sibling(self):
        self.learn()
        site = self.lonely(self.redis.url(), lookup={'reverse_dns': 'no'})
        line = site.login(address=SIBLING).audit
        self.assertEqual(('AS63949', 'EU-LINODE-20141229'), (line['asn'], line['net_name']))
        line = site.login(address=NEIGHBOUR).audit
        self.assertEqual(('None', 'None'), (line['asn'], line['net_name']))

    def test_ipv6_is_shared(self):
        self.host(self.redis.url()).login(address=HOME_V6)
        line = self.lonely(self.redis.url()).login(address=HOME_V6).audit
        self.assertEqual(('AS64500', 'DE-HOME-20090101'), (line['asn'], line['net_name']))

    def test_blocklist_answers_are_shared_by_zone_and_address(self):
        self.dns.record('252.133.162.139.bl.test', 'A', '127.0.0.2')
        for site in (self.host(self.redis.url()), self.lonely(self.redis.url())):
            site.list('dnsbl.deny', 'bl.test')
            self.assert_denied(site.login(address=SUGAR_MAIL), 'dnsbl:bl.test')

    def test_what_is_shared_expires_by_itself_and_names_no_user(self):
        self.learn()
        keys = [key for key in self.redis.keys() if ':asked:' not in key]
        # The address' own, its block's and its allocation's.
        self.assertEqual(['badclients:1:as:63949',
                          *(f'badclients:1:origin:139.162.{network}'
                            for network in ('128.0/19', '133.0/24', '133.252/32')),
                          'badclients:1:ptr:139.162.133.252',
                          *(f'badclients:1:registration:139.162.{network}'
                            for network in ('0.0/16', '133.0/24', '133.252/32'))], keys)
        for key in keys:
            self.assertIn(self.redis.do('TTL', key), range(1, 24 * 3600 + 1))
            self.assertNotIn(b'alice', self.redis.do('GET', key))

    def test_failures_are_not_shared(self):
        broken = self.host(self.redis.url())
        broken.configure(whois=dict.fromkeys(whois.REGISTRIES, NOWHERE))
        self.assertEqual('None', broken.login(address=SUGAR_MAIL).audit['net_name'])
        self.assert_knows_sugar_mail(self.host(self.redis.url()).login(address=SUGAR_MAIL))

    def test_it_may_be_at_a_socket(self):
        shared = f'unix:{self.redis.socket}'
        outcome = self.host(shared).login(address=SUGAR_MAIL)
        self.assertEqual('', outcome.warnings)
        self.assert_knows_sugar_mail(self.lonely(shared).login(address=SUGAR_MAIL))

    def test_an_account_of_its_own_and_a_database_are_enough(self):
        self.assertEqual(b'OK', self.redis.do(
            'ACL', 'SETUSER', 'mail', 'on', '>p@ss', '~badclients:*', '-@all', '+mget', '+set',
            '+get', '+del', '+pexpire', '+pttl', '+eval', '+select', '+time', '+zadd', '+zcount',
            '+zrangebyscore', '+zremrangebyscore'))
        shared = self.redis.url(account='mail:p%40ss@', database=3)
        outcome = self.host(shared).login(address=SUGAR_MAIL)
        self.assertEqual('', outcome.warnings)
        self.assertEqual([], self.redis.keys())  # those of database 0
        self.assert_knows_sugar_mail(self.lonely(shared).login(address=SUGAR_MAIL))

    def test_rubbish_in_it_is_named_once_and_asked_anew(self):
        self.learn()
        keys = [key for key in self.redis.keys() if ':asked:' not in key]
        other = {key: self.redis.do('GET', key) for key in keys}
        rubbish = {
            'text': lambda key: self.redis.do('SET', key, 'rubbish'),
            'bytes': lambda key: self.redis.do('SET', key, os.urandom(200)),
            'nothing': lambda key: self.redis.do('SET', key, ''),
            'another version': lambda key: self.redis.do('SET', key, b'2' + other[key][1:]),
            'another key': lambda key: self.redis.do('SET', key, other[keys[keys.index(key) - 1]]),
            'cut': lambda key: self.redis.do('SET', key, other[key][:-12]),
            'much': lambda key: self.redis.do('SET', key, other[key] + b'x' * 100000),
            'more than is read': lambda key: self.redis.do('SET', key, b'x' * 2000000),
            'list': lambda key: (self.redis.do('DEL', key), self.redis.do('RPUSH', key, 'x')),
        }
        for name, spoil in rubbish.items():
            with self.subTest(name):
                for key in keys:
                    spoil(key)
                outcome = self.host(self.redis.url()).login(address=SUGAR_MAIL)
                self.assert_knows_sugar_mail(outcome)
                self.assertLessEqual(len(outcome.warnings.splitlines()), 1, outcome.warnings)
                if name != 'list':  # which the server passes over in silence
                    self.assertIn('shared cache redis://', outcome.warnings)

    def test_an_answer_about_another_network_is_refused(self):
        self.learn()
        own = 'badclients:1:registration:139.162.133.0/24'
        others = 'badclients:1:registration:84.46.0.0/24'
        value = self.redis.do('GET', own)
        self.redis.do('SET', others, value.replace(own.encode(), others.encode()))
        outcome = self.host(self.redis.url()).login(address=HOME)
        self.assertEqual('DE-HOME-20040421', outcome.audit['net_name'])
        self.assertIn('about another network', outcome.warnings)


class InTheWay(Hosts):
    """A shared cache that is none: logins go on as if it were not there, with one warning."""

    def assert_in_the_way(self, shared, warning, patience=PATIENT):
        site = self.host(shared, patience)
        site.look_at_all_facts()
        outcome = site.login(address=SUGAR_MAIL)
        self.assert_knows_sugar_mail(outcome)
        self.assertEqual(1, len(outcome.warnings.splitlines()), outcome.warnings)
        self.assertIn(warning, outcome.warnings)

    def server(self, speak):
        """The URL of a server that does what it likes with each connection."""
        listening = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listening.close)

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(PATIENCE)
                    try:
                        speak(connection)
                        while connection.recv(65536):  # until the other side has enough
                            pass
                    except OSError:
                        pass
        threading.Thread(target=serve, daemon=True).start()
        return f'redis://127.0.0.1:{listening.getsockname()[1]}'

    def test_nobody_there(self):
        self.assert_in_the_way(f'redis://{NOWHERE}', f'{NOWHERE}: connection refused')
        self.assert_in_the_way('unix:/nowhere/redis.sock', 'no such file')

    def test_silence(self):
        for patience in ('50ms', '1ms'):
            with self.subTest(patience):
                self.assert_in_the_way(self.server(lambda _: None), 'no answer in time', patience)

    def test_half_an_answer(self):
        self.assert_in_the_way(self.server(lambda c: c.sendall(b'*5\r\n$-1\r\n$3')),
                               'no answer in time', '50ms')

    def test_another_language(self):
        for words in (b'HTTP/1.1 400 Bad Request\r\n\r\n', b'\0\1\2\3' * 20, b'*1000000000\r\n',
                      b'$-7\r\n', b'*-2\r\n', b'*1\r\n' * 20 + b'+x\r\n', b',1.5\r\n', b':x\r\n',
                      b'$99999999999999999999\r\n'):
            with self.subTest(words):
                self.assert_in_the_way(self.server(lambda c, w=words: c.sendall(w)),
                                       'does not speak as Redis does')

    def test_answers_to_other_questions(self):
        for words in (b'+OK\r\n', b':1\r\n', b'*0\r\n', b'*1\r\n$1\r\nx\r\n', b'$-1\r\n'):
            with self.subTest(words):
                # Then it says no more, which has to be waited for.
                self.assert_in_the_way(self.server(lambda c, w=words: c.sendall(w * 100)),
                                       'an answer to another question', '2s')

    def test_more_than_anybody_wants_to_hear(self):
        def speak(connection):
            connection.sendall(b'$2000000000\r\n')
            while True:
                connection.sendall(b'x' * 65536)
        self.assert_in_the_way(self.server(speak), 'longer than 1 MiB')

    def test_hanging_up(self):
        self.assert_in_the_way(self.server(lambda c: c.shutdown(socket.SHUT_RDWR)), 'shared cache')

    def test_one_that_wants_a_password(self):
        redis = self.own(harness.Redis('--requirepass', 'secret'))
        self.assert_in_the_way(redis.url(), 'NOAUTH')
        self.assert_in_the_way(redis.url(account=':wrong@'), 'WRONGPASS')
        self.assertNotIn('wrong', self.host(redis.url(account=':w0rd@')).login(
            address=SUGAR_MAIL).warnings.replace('WRONGPASS', ''))

    def test_one_that_is_read_only_or_full(self):
        redis = self.own(harness.Redis())
        redis.do('CONFIG', 'SET', 'maxmemory', '1')
        self.assert_in_the_way(redis.url(), 'OOM')
        redis.do('CONFIG', 'SET', 'maxmemory', '0')
        redis.do('REPLICAOF', *NOWHERE.split(':'))
        self.assert_in_the_way(redis.url(), 'READONLY')


class OneAsks(Hosts):
    def setUp(self):
        super().setUp()
        self.redis = self.own(harness.Redis())
        self.dns.origin(SIBLING, '63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02')
        self.registries.ripencc.answers[SIBLING] = LINODE

    def test_of_two_hosts_and_400_logins_from_50_networks_one_asks_about_each(self):
        addresses = [f'84.{network}.7.{host}' for host in range(1, 5) for network in range(50)]
        for address in addresses:
            base = address.rsplit('.', 1)[0]
            self.dns.origin(address, f'64500 | {base}.0/24 | DE | ripencc | 2004-04-21')
            self.registries.ripencc.answers[address] = (
                f'inetnum: {base}.0 - {base}.255\nnetname: NET-{base}\ncountry: DE\n')
        hosts = [self.host(self.redis.url(), lookup={'reverse_dns': 'no'}) for _ in range(2)]
        for host in hosts:
            host.look_at_all_facts()
        logins = [(host, address) for address in addresses for host in hosts]
        outcomes = harness.together(len(logins), lambda i: logins[i][0].login(address=logins[i][1]))
        for (_, address), outcome in zip(logins, outcomes):
            self.assert_allowed(outcome)
            self.assertEqual(f'NET-{address.rsplit(".", 1)[0]}', outcome.audit['net_name'],
                             outcome.stderr)
        self.assertEqual(50, len(self.registries.questions()), self.registries.questions())
        self.assertEqual([], self.turns())

    def turns(self):
        return [key for key in self.redis.keys() if ':turn:' in key]

    def two_hosts(self, with_rules=False):
        """Logins on two hosts: the first asks and gets no answer, the second waits for it.

        (the first, its site, the second). Who asks again gets the answer.
        """
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        first_question = threading.Lock()

        def once_silent(connection, answer):
            if first_question.acquire(blocking=False):
                go_on.wait(PATIENCE)
            connection.sendall(answer)
        self.registries.ripencc.manner = once_silent
        first, second = self.host(self.redis.url()), self.host(self.redis.url())
        for site in (first, second):
            site.configure(lookup={'deadline': '20s'})
            if with_rules:
                site.look_at_all_facts()
        self.relays = [self.asks_through_a_relay(site) for site in (first, second)]
        pool = concurrent.futures.ThreadPoolExecutor(2)
        self.addCleanup(pool.shutdown)
        asking = pool.submit(first.login, address=SUGAR_MAIL)
        wait_until(self.registries.questions, 'the first host asks')
        waiting = pool.submit(second.login, address=SIBLING)
        wait_until(lambda: self.calls('set') >= 3, 'the second host wants the turn')
        return asking, first, waiting, go_on

    def calls(self, command):
        """How often the server was given a command."""
        for line in self.redis.do('INFO', 'commandstats').decode().splitlines():
            if line.startswith(f'cmdstat_{command}:calls='):
                return int(line.split('=')[1].split(',')[0])
        return 0

    def test_a_host_that_waits_gets_the_answer_of_the_one_that_asks(self):
        asking, _, waiting, go_on = self.two_hosts()
        go_on.set()
        self.assert_knows_sugar_mail(asking.result())
        self.assertEqual('EU-LINODE-20141229', waiting.result().audit['net_name'])
        self.assertEqual(1, len(self.registries.questions()))

    def asks_through_a_relay(self, site):
        relay = self.own(harness.DnsRelay(self.dns))
        site.configure(dns={'nameserver': f'127.0.0.1:{relay.port}'})
        return relay

    def test_a_host_that_waits_is_told_the_as_description_too(self):
        asking, _, waiting, go_on = self.two_hosts()
        go_on.set()
        self.assert_knows_sugar_mail(asking.result())
        self.assertEqual('AKAMAI-LINODE-AP Akamai Connected Cloud, SG',
                         waiting.result().audit['as_desc'])
        self.assertEqual(1, sum(relay.asked().count(DESCRIPTION) for relay in self.relays))

    def test_of_two_networks_of_one_as_one_asks_for_its_description(self):
        self.dns.origin(NEIGHBOUR, '63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02')
        self.registries.ripencc.answers[NEIGHBOUR] = LINODE
        hosts = [self.host(self.redis.url(), lookup={'deadline': '20s'}) for _ in range(2)]
        first, second = (self.asks_through_a_relay(site) for site in hosts)
        first.mute = lambda name: name == DESCRIPTION
        pool = concurrent.futures.ThreadPoolExecutor(2)
        self.addCleanup(pool.shutdown)
        asking = pool.submit(hosts[0].login, address=SUGAR_MAIL)
        wait_until(lambda: DESCRIPTION in first.asked(), 'the first host asks')
        waiting = pool.submit(hosts[1].login, address=NEIGHBOUR)
        wait_until(lambda: len(self.registries.questions()) == 2, 'the second host asks for the rest')
        first.mute = None
        for outcome in (asking.result(), waiting.result()):
            self.assertEqual('AKAMAI-LINODE-AP Akamai Connected Cloud, SG',
                             outcome.audit['as_desc'])
        self.assertNotIn(DESCRIPTION, second.asked())
        self.assertEqual([], self.turns())

    def test_when_the_asker_dies_who_waits_takes_over(self):
        asking, site, waiting, _ = self.two_hosts(with_rules=True)
        for process in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                if os.fsencode(site.config) in (process / 'cmdline').read_bytes().split(b'\0'):
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass  # it has gone meanwhile
        self.assertNotEqual(0, asking.result().exit_code)
        outcome = waiting.result()
        self.assert_allowed(outcome)
        self.assertEqual('EU-LINODE-20141229', outcome.audit['net_name'])
        self.assertEqual(2, len(self.registries.questions()))
        wait_until(lambda: not self.turns(), 'no turn is left behind')

    def test_when_redis_dies_every_login_goes_on_by_itself(self):
        asking, _, waiting, go_on = self.two_hosts()
        begin = time.monotonic()
        os.kill(self.redis.pid, signal.SIGKILL)
        outcome = waiting.result()
        self.assert_allowed(outcome)
        self.assertEqual('EU-LINODE-20141229', outcome.audit['net_name'])
        go_on.set()
        self.assert_knows_sugar_mail(asking.result())
        self.assertLess(time.monotonic() - begin, 20)


class Budgets(Hosts):
    def setUp(self):
        super().setUp()
        self.redis = self.own(harness.Redis())
        self.addresses = [f'200.{network}.7.1' for network in range(24)]
        for address in self.addresses:
            base = address.rsplit('.', 1)[0]
            self.dns.origin(address, f'64500 | {base}.0/24 | BR | lacnic | 2004-04-21')
            self.registries.lacnic.answers[address] = (
                f'inetnum: {base}.0/24\nowner: Somebody\nownerid: BR-SOME-LACNIC\ncountry: BR\n')

    def two_hosts(self):
        hosts = [self.host(self.redis.url(), lookup={'reverse_dns': 'no'}) for _ in range(2)]
        for site in hosts:
            site.configure(budget={'lacnic': '8/1h'})
        return hosts

    def test_two_hosts_keep_to_one_budget(self):
        hosts = self.two_hosts()
        outcomes = harness.together(len(self.addresses), lambda i: hosts[i % 2].login(
            address=self.addresses[i]))
        for outcome in outcomes:
            self.assert_allowed(outcome)
        self.assertEqual(8, len(self.registries.questions()), self.registries.questions())
        refused = [outcome for outcome in outcomes if outcome.audit['facts'] == 'partial']
        self.assertEqual(len(self.addresses) - 8, len(refused))
        self.assertIn('its budget of 8/1h is used up',
                      '\n'.join(outcome.warnings for outcome in refused))

    def test_without_the_shared_cache_each_host_keeps_to_its_own(self):
        hosts = self.two_hosts()
        self.redis.stop()
        for i in range(10):
            for site in hosts:
                self.assert_allowed(site.login(address=self.addresses[i]))
        self.assertEqual(16, len(self.registries.questions()))

    def test_a_server_that_wants_to_be_left_alone_is_left_alone_by_all(self):
        self.registries.ripencc.answers[SUGAR_MAIL] = '%ERROR:201: access denied for 127.0.0.1\n'
        first, second = self.two_hosts()
        self.assertEqual('None', first.login(address=SUGAR_MAIL).audit['net_name'])
        self.assertEqual(1, len(self.registries.questions()))
        outcome = second.login(address=HOME)
        self.assert_allowed(outcome)
        self.assertEqual('None', outcome.audit['net_name'])
        self.assertIn('wants to be left alone', outcome.warnings)
        self.assertEqual(1, len(self.registries.questions()))
        self.assertIn(self.redis.do('TTL', 'badclients:1:closed:ripencc:whois'),
                      range(3600, 24 * 3600 + 1))

    def test_rubbish_among_the_budgets_costs_no_login(self):
        for spoil in ('SET', 'RPUSH'):
            with self.subTest(spoil):
                for key in ('asked:lacnic:whois', 'asked:lacnic:rdap'):
                    self.redis.do('DEL', 'badclients:1:' + key)
                    self.redis.do(spoil, 'badclients:1:' + key, 'rubbish')
                site = self.two_hosts()[0]
                outcome = site.login(address=self.addresses[0])
                self.assertEqual('BR', outcome.audit['net_cc'])
                self.assertLessEqual(len(outcome.warnings.splitlines()), 1, outcome.warnings)
                self.redis.do('FLUSHALL')


if __name__ == '__main__':
    harness.main()
