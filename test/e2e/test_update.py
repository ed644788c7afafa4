#!/usr/bin/env python3
"""badclientsctl update, against a web server with TLS that serves what publishers serve."""

import csv
import fcntl
import gzip
import ipaddress
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
import unittest

from harness import Site, TestCase, main, project
from harness.https import WebServer

REAL_FILES = project.ROOT.parent / 'shared' / 'data' / 'cloud'

# What publishers serve, in small.
AWS = {'syncToken': '1', 'createDate': '2025-07-24-20-23-14', 'prefixes': [
    {'ip_prefix': '3.5.140.0/22', 'region': 'ap-northeast-2', 'service': 'AMAZON',
     'network_border_group': 'ap-northeast-2'},
    {'ip_prefix': '52.94.0.0/23', 'region': 'us-east-1', 'service': 'AMAZON',
     'network_border_group': 'us-east-1'},
    {'ip_prefix': '52.94.2.0/23', 'region': 'us-east-1', 'service': 'EC2',
     'network_border_group': 'us-east-1'}], 'ipv6_prefixes': [
    {'ipv6_prefix': '2600:1f69:7400::/40', 'region': 'us-east-1', 'service': 'EC2',
     'network_border_group': 'us-east-1'}]}
GOOGLE = {'syncToken': '1', 'creationTime': '2025-07-24T19:16:28', 'prefixes': [
    {'ipv4Prefix': '34.1.208.0/20', 'service': 'Google Cloud', 'scope': 'africa-south1'},
    {'ipv6Prefix': '2600:1900:8000::/44', 'service': 'Google Cloud', 'scope': 'africa-south1'}]}
AZURE = {'changeNumber': 1, 'cloud': 'Public', 'values': [
    {'name': 'AzureCloud.westeurope', 'id': 'AzureCloud.westeurope', 'properties': {
        'region': 'westeurope', 'systemService': '',
        'addressPrefixes': ['13.69.0.0/17', '2603:1020:200::/46']}},
    {'name': 'Sql', 'id': 'Sql', 'properties': {
        'region': '', 'systemService': 'AzureSQL', 'addressPrefixes': ['13.69.104.0/26']}}]}
ORACLE = {'last_updated_timestamp': '2025-07-21T07:13:25', 'regions': [
    {'region': 'us-ashburn-1', 'cidrs': [
        {'cidr': '129.80.0.0/16', 'tags': ['OCI']},
        {'cidr': '134.70.24.0/21', 'tags': ['OSN', 'OBJECT_STORAGE']}]}]}
MICROSOFT_365 = [
    {'id': 1, 'serviceArea': 'Exchange', 'serviceAreaDisplayName': 'Exchange Online',
     'urls': ['outlook.office.com'],
     'ips': ['13.107.6.152/31', '20.231.128.0/19', '2603:1006::/40'],
     'tcpPorts': '80,443', 'category': 'Optimize', 'required': True},
    {'id': 31, 'serviceArea': 'SharePoint', 'ips': ['13.107.136.0/22']},
    {'id': 8, 'serviceArea': 'Exchange', 'urls': ['*.outlook.com'], 'category': 'Default'}]
GEOFEED = '''# a geofeed
2600:3c00::/32,US,US-TX,Richardson,
45.33.0.0/17,US,US-CA,"Fremont",94536

45.33.128.0/17,US,US-CA,Fremont, # a comment
5.101.96.0/21,NL,,,
'''


def collapsed(prefixes):
    """The fewest networks, by Python's own reckoning."""
    networks = [ipaddress.ip_network(prefix, strict=False) for prefix in prefixes]
    return {str(network) for version in (4, 6) for network in
            ipaddress.collapse_addresses(n for n in networks if n.version == version)}


def aws(text, **wanted):
    data = json.loads(text)
    return [entry.get('ip_prefix') or entry['ipv6_prefix']
            for entry in data['prefixes'] + data['ipv6_prefixes']
            if all(entry[key] == value for key, value in wanted.items())]


def google(text, scope=None):
    return [entry.get('ipv4Prefix') or entry['ipv6Prefix'] for entry in json.loads(text)['prefixes']
            if scope in (None, entry['scope'])]


def azure(text, **wanted):
    return [prefix for tag in json.loads(text)['values'] for prefix in
            tag['properties']['addressPrefixes']
            if all((tag | tag['properties'])[key] == value for key, value in wanted.items())]


def oracle(text, tag=None):
    return [entry['cidr'] for region in json.loads(text)['regions'] for entry in region['cidrs']
            if tag is None or tag in entry['tags']]


def geofeed(text, **wanted):
    names = ('country', 'region', 'city')
    rows = csv.reader(line for line in text.splitlines() if line and not line.startswith('#'))
    return [row[0] for row in rows
            if all(row[1 + names.index(key)] == value for key, value in wanted.items())]


def networks_in(path):
    return {line for line in path.read_text().splitlines() if not line.startswith('#')}


def identity(path):
    """What changes when a file is replaced or written to."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, path.read_bytes()


class UpdateTestCase(TestCase):
    locations = ''

    @classmethod
    def setUpClass(cls):
        cls.web = cls.share(WebServer(cls.locations))

    def site(self, **update):
        return Site(rdap={'ca_file': self.web.ca}, update=update)

    def update(self, site, *arguments, code=0):
        """Runs it; what it printed, as (stdout, stderr)."""
        done = site.ctl('update', *arguments)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def lists(self, site):
        return site.lists / 'ip_net.deny.d'


class Publishers(UpdateTestCase):
    def check(self, source, content, expected):
        """`source`, where it serves `content`, gives the networks of the prefixes `expected`."""
        with self.subTest(source=source):
            url = self.web.serve('ranges', content)
            site = self.site(cloud=f'{source} {url}')
            out, err = self.update(site)
            path = self.lists(site) / 'cloud.lst'
            wanted = collapsed(expected)
            self.assertEqual(wanted, networks_in(path))
            self.assertEqual(len(wanted), len(path.read_text().splitlines()) - 4, 'lines')
            self.assertIn(f'cloud: {len(wanted)} network', out)
            self.assertIn(f'({len(expected)} published)', out)
            self.assertIn(f'# networks: {len(expected)} published, {len(wanted)} after aggregation',
                          path.read_text())
            self.assertEqual('', err)

    def test_what_each_publisher_serves_becomes_a_list(self):
        self.check('aws', json.dumps(AWS), aws(json.dumps(AWS)))
        self.check('aws:service=EC2,region=us-east-1', json.dumps(AWS),
                   ['52.94.2.0/23', '2600:1f69:7400::/40'])
        self.check('google', json.dumps(GOOGLE), ['34.1.208.0/20', '2600:1900:8000::/44'])
        self.check('azure', json.dumps(AZURE), azure(json.dumps(AZURE)))
        self.check('azure:AzureCloud.westeurope', json.dumps(AZURE),
                   ['13.69.0.0/17', '2603:1020:200::/46'])
        self.check('oracle:tag=OSN', json.dumps(ORACLE), ['134.70.24.0/21'])
        self.check('microsoft365:Exchange', json.dumps(MICROSOFT_365),
                   ['13.107.6.152/31', '20.231.128.0/19', '2603:1006::/40'])
        for name in ('linode', 'digitalocean', 'geofeed'):
            self.check(f'{name}:country=US', GEOFEED,
                       ['2600:3c00::/32', '45.33.0.0/17', '45.33.128.0/17'])
        self.check('text', '8.8.8.0/24 dns\n; more\n2600::/32\n', ['8.8.8.0/24', '2600::/32'])

    @unittest.skipUnless(REAL_FILES.is_dir(), 'the publishers\' real files are not here')
    def test_the_real_files_become_what_another_program_makes_of_them(self):
        real = {name: (REAL_FILES / name).read_text() for name in os.listdir(REAL_FILES)}
        text = real['aws-ip-ranges.json']
        self.check('aws', text, aws(text))
        self.check('aws:service=EC2', text, aws(text, service='EC2'))
        self.check('aws:service=EC2,region=us-east-1', text,
                   aws(text, service='EC2', region='us-east-1'))
        text = real['microsoft-azure-ip-ranges.json']
        self.check('azure', text, azure(text))
        self.check('azure:AzureCloud.westeurope', text, azure(text, name='AzureCloud.westeurope'))
        self.check('azure:systemService=AzureSQL', text, azure(text, systemService='AzureSQL'))
        text = real['google-cloud-ip-ranges.json']
        self.check('google', text, google(text))
        self.check('google:scope=europe-west3', text, google(text, scope='europe-west3'))
        text = real['oracle-cloud-ip-ranges.json']
        self.check('oracle', text, oracle(text))
        self.check('oracle:tag=OCI', text, oracle(text, tag='OCI'))
        text = real['linode.txt']
        self.check('linode', text, geofeed(text))
        self.check('linode:country=DE', text, geofeed(text, country='DE'))
        text = real['digitalocean.csv']
        self.check('digitalocean', text, geofeed(text))
        self.check('digitalocean:country=US,city=Santa Clara', text,
                   geofeed(text, country='US', city='Santa Clara'))


class WhatLooksWrong(UpdateTestCase):
    """Whatever a server sends in place of a list, the old list stays."""

    def setUp(self):
        super().setUp()
        self.good = ''.join(f'8.{i}.0.0/17\n' for i in range(90))
        self.web.serve('list', self.good)
        self.kept = self.site(cloud=f'text {self.web.url}/list')
        self.update(self.kept)
        self.path = self.lists(self.kept) / 'cloud.lst'
        self.before = identity(self.path)

    def assert_refused(self, content, reason, site=None, *arguments):
        site = site or self.kept
        self.web.serve('list', content)
        out, err = self.update(site, *arguments, code=1)
        self.assertEqual('', out)
        self.assertIn(f'badclientsctl: update: cloud: {self.web.url}/list: ', err)
        self.assertIn(reason, err)
        if site is self.kept:
            self.assertIn(f'{self.path} stays as it is', err)
            self.assertEqual(self.before, identity(self.path))
            self.assertEqual(['cloud.lst'], os.listdir(self.lists(site)))
        else:
            self.assertFalse(self.lists(site).exists())

    def test_what_is_no_list_is_refused(self):
        self.assert_refused('<!DOCTYPE html><html><body>Not found</body></html>', 'a web page')
        self.assert_refused('', 'it has no network at all')
        self.assert_refused('# nothing\n', 'it has no network at all')
        self.assert_refused('{"error": "no such file"}\n' * 9, 'not a list of networks: 9 lines')
        self.assert_refused(bytes(range(256)) * 9, 'not a list of networks')

    def test_wrong_json_is_refused(self):
        for source, wrong, reason in (
                ('aws', '<html></html>', 'not JSON'),
                ('aws', json.dumps(AWS)[:-40], 'not JSON'),
                ('aws', json.dumps(GOOGLE), 'there is no /prefixes/0/region'),
                ('google', json.dumps(AWS), 'there is no /prefixes/0/ipv4Prefix'),
                ('azure', json.dumps(ORACLE), 'there is no array /values'),
                ('oracle', json.dumps(AZURE), 'there is no array /regions'),
                ('microsoft365', json.dumps(AWS), 'the document is no array'),
                ('aws', '[' * 5_000_000, 'nested deeper'),
                ('aws:service=EC2', json.dumps({'prefixes': [], 'ipv6_prefixes': []}),
                 'it has no network at all'),
                ('aws:region=x', json.dumps(AWS), 'the filter region=x leaves none of its 4')):
            with self.subTest(source=source, reason=reason):
                self.assert_refused(wrong, reason,
                                    self.site(cloud=f'{source} {self.web.url}/list'))

    def test_a_list_that_locks_out_too_much_is_refused(self):
        for wrong, reason in (
                ('0.0.0.0/0', 'it holds 0.0.0.0/0, and nothing wider than /6'),
                ('0.0.0.0/1\n128.0.0.0/1', 'it holds 0.0.0.0/0, and nothing wider than /6'),
                ('::/0', 'it holds ::/0, and nothing wider than /16'),
                ('10.0.0.0/24', 'special-purpose block (Private-Use Networks)'),
                ('127.0.0.1', 'special-purpose block (Loopback)'),
                ('172.0.0.0/8', 'special-purpose block (Private-Use Networks)'),
                ('2001:db8:7::/48', 'special-purpose block (Documentation)'),
                ('fe80::1', 'special-purpose block (Link-Local)')):
            with self.subTest(wrong=wrong):
                self.assert_refused(self.good + wrong + '\n', reason)
                self.assert_refused(self.good + wrong + '\n', reason, self.kept, '--force')

    def test_a_list_that_shrank_by_more_than_a_third_needs_force(self):
        few = ''.join(self.good.splitlines(keepends=True)[:59])
        self.assert_refused(few, 'it has 59 networks where the present list has 90')
        self.update(self.kept, '--force')
        self.assertEqual(59, len(networks_in(self.path)))

    def test_a_list_that_would_hold_much_more_of_the_internet_needs_force(self):
        self.web.serve('list', '8.8.8.0/24\n9.9.9.0/24\n')
        self.update(self.kept, '--force')
        self.before = identity(self.path)
        # More than half of IPv4, and nothing wider than /7.
        most = ''.join(f'{first}.0.0.0/7\n{first + 2}.0.0.0/8\n' for first in range(4, 224, 4)
                       if first not in (8, 100, 168, 172, 192, 196))
        self.assert_refused('8.8.8.0/24\n9.9.9.0/24\n' + most,
                            'of IPv4 where the present list holds about a /23, more than half as '
                            'much again')
        self.assert_refused('8.8.8.0/24\n9.9.9.0/24\n2a00::/16\n',
                            'it won about a /16 of IPv6 where the present list holds nothing')
        self.assert_refused('8.8.8.0/24\n9.9.9.9\n', 'it lost about a /24 of IPv4')
        self.assert_refused('8.8.9.0/24\n9.9.8.0/24\n', 'it lost about a /23 of IPv4')
        self.assert_refused(most, 'more than a /2 is not believed', self.site(
            cloud=f'text {self.web.url}/list'))
        self.update(self.kept, '--force')
        self.assertEqual(collapsed(most.split()), networks_in(self.path))

    @unittest.skipUnless(os.environ.get('BADCLIENTS_E2E_NETNS') and os.geteuid() == 0,
                         'needs a network namespace of its own')
    def test_the_hosts_own_address_is_not_locked_out(self):
        address = '198.41.0.4'
        set_address = 0x8916  # SIOCSIFADDR
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, set_address, struct.pack(
                '16sH2x4s8x', b'lo:own', socket.AF_INET, socket.inet_aton(address)))
        self.assert_refused(self.good + '198.40.0.0/15\n',
                            f'it holds 198.40.0.0/15, and so this host\'s own address {address}')

    def test_a_few_bad_lines_are_named_and_left_out(self):
        self.web.serve('list', self.good + '8.8.8.0/33\n9.9.9.0/24\n')
        _, err = self.update(self.kept)
        self.assertIn(f'{self.web.url}/list:91: \'8.8.8.0/33\' is not a network', err)
        self.assertIn('9.9.9.0/24', networks_in(self.path))

    def test_a_file_made_by_hand_is_not_overwritten(self):
        by_hand = self.lists(self.kept) / 'mine.lst'
        by_hand.write_text('9.9.9.9 mine\n')
        _, err = self.update(self.kept, '--source', f'text {self.web.url}/list', '--to', 'mine',
                             code=1)
        self.assertIn('was not written by badclientsctl update', err)
        self.assertEqual('9.9.9.9 mine\n', by_hand.read_text())


def cut_short(server):
    """Answers on `server` with less than it promises."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n8.8.8.0/24\n')


class OnTheWay(UpdateTestCase):
    """HTTP and TLS."""

    @classmethod
    def setUpClass(cls):
        server = socket.create_server(('127.0.0.1', 0))
        cls.addClassCleanup(server.close)
        threading.Thread(target=cut_short, args=(server,), daemon=True).start()
        hops = ''.join(f'location = /hop{i} {{ return 302 https://localhost:PORT/hop{i - 1}; }}\n'
                       for i in range(1, 7))
        cls.locations = hops + f'''
    location = /to-http {{ return 301 http://localhost:PORT/list; }}
    location = /to-file {{ return 301 file:///etc/hostname; }}
    location = /missing {{ return 404; }}
    location = /busy {{ return 503; }}
    location = /never-asked {{ return 304; }}
    location = /cut {{ proxy_pass http://127.0.0.1:{server.getsockname()[1]}; }}
    location = /bomb {{ add_header Content-Encoding gzip always; gzip off; }}
'''
        super().setUpClass()
        cls.web.serve('list', '8.8.8.0/24\n')
        cls.web.serve('hop0', '8.8.8.0/24\n')

    def fails(self, path, reason, *arguments, server=None):
        site = self.site(cloud=f'text {server or self.web.url}/{path}')
        _, err = self.update(site, *arguments, code=1)
        self.assertIn(reason, err)
        self.assertFalse(self.lists(site).exists())

    def test_only_what_is_newer_is_fetched(self):
        self.web.serve('changing', '8.8.8.0/24\n')
        site = self.site(cloud=f'text {self.web.url}/changing')
        path = self.lists(site) / 'cloud.lst'
        self.web.forget()
        self.update(site)
        before = identity(path)
        out, _ = self.update(site)
        self.assertEqual('cloud: not modified, 1 network\n', out)
        self.assertEqual(before, identity(path))
        first, second = self.web.asked(2)
        self.assertEqual((200, '-'), (first.status, first.if_none_match))
        self.assertEqual((304, 0), (second.status, second.body_bytes))
        self.assertNotEqual('-', second.if_none_match)

        self.web.serve('changing', '8.8.8.0/24\n8.8.4.0/24\n')
        out, _ = self.update(site)
        self.assertIn('+1 -0', out)
        self.assertEqual({'8.8.8.0/24', '8.8.4.0/24'}, networks_in(path))
        self.web.serve('changing', '8.8.4.0/24\n\n8.8.8.0/24\n')
        before = identity(path)
        out, _ = self.update(site)
        self.assertIn('no change', out)
        self.assertEqual(before, identity(path))

    def test_a_list_that_somebody_removed_is_fetched_again(self):
        site = self.site(cloud=f'text {self.web.url}/list')
        self.update(site)
        (self.lists(site) / 'cloud.lst').unlink()
        self.update(site)
        self.assertEqual({'8.8.8.0/24'}, networks_in(self.lists(site) / 'cloud.lst'))

    def test_it_speaks_http_2_and_takes_compression(self):
        self.web.forget()
        self.update(self.site(cloud=f'text {self.web.url}/list'))
        request, = self.web.asked(1)
        self.assertEqual(('GET', 'HTTP/2.0', 'gzip'),
                         (request.method, request.protocol, request.encoding))
        self.assertRegex(request.user_agent, r'^badclientsctl/\d\S* \(\+https://\S+\)$')

    def test_microsoft_is_told_which_machine_asks_and_always_the_same(self):
        self.web.serve('endpoints', json.dumps(MICROSOFT_365))
        site = self.site(outlook=f'microsoft365:Exchange {self.web.url}/endpoints')
        self.web.forget()
        self.update(site)
        (self.lists(site) / 'outlook.lst').unlink()
        self.update(site)
        first, second = self.web.asked(2)
        self.assertRegex(first.arguments,
                         r'^clientrequestid=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
        self.assertEqual(first.arguments, second.arguments)

    def test_redirects_stay_on_https_and_end(self):
        self.update(self.site(cloud=f'text {self.web.url}/hop5'))
        self.fails('hop6', 'Maximum (5) redirects followed')
        self.fails('to-http', 'redirects to a URL that is not https')
        self.fails('to-file', 'redirects to a URL that is not https')

    def test_a_certificate_counts_only_for_its_name_and_from_a_known_authority(self):
        self.fails('list', 'SSL: no alternative certificate subject name matches',
                   server=f'https://127.0.0.1:{self.web.port}')
        self.fails('list', 'certificate', '--ca-file', '/etc/hostname')
        other = self.own(WebServer())
        self.fails('list', 'SSL certificate problem', '--ca-file', str(other.ca))
        self.fails('list', 'missing.pem', '--ca-file', '/missing.pem')

    def test_what_is_no_whole_file_is_an_error(self):
        self.fails('missing', 'HTTP status 404')
        self.fails('busy', 'HTTP status 503')
        self.fails('never-asked', 'HTTP status 304')
        self.fails('cut', 'HTTP/2 stream')
        self.fails('list', 'Failed to connect', server='https://localhost:1')

    def test_a_file_beyond_all_bounds_is_not_kept_in_memory(self):
        with open(self.web.files / 'huge', 'wb') as huge:
            huge.truncate(64 * 1024 * 1024 + 1)
        self.fails('huge', 'an answer longer than 64 MiB')
        self.web.serve('bomb', gzip.compress(b'8.8.8.0/24\n' * 7_000_000, compresslevel=1))
        self.fails('bomb', 'an answer longer than 64 MiB')


class TheCommand(UpdateTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.web.serve('one', '8.8.8.0/24\n')
        cls.web.serve('two', '8.8.4.0/25\n8.8.4.128/25\n')

    def source(self, name):
        return f'text {self.web.url}/{name}'

    def test_each_list_is_on_its_own(self):
        site = self.site(one=self.source('one'), gone=self.source('gone'), bad='awz',
                         **{'../bad': 'aws', 'two': self.source('two')})
        out, err = self.update(site, code=1)
        self.assertIn('one: 1 network (1 published), +1 -0, written to', out)
        self.assertIn('two: 1 network (2 published), +1 -0, written to', out)
        self.assertIn(f'gone: {self.web.url}/gone: the server answered with HTTP status 404', err)
        self.assertRegex(err, r'bad_clients.conf.ext:\d+: update/bad: \'awz\' is no source')
        self.assertRegex(err, r'bad_clients.conf.ext:\d+: update/../bad: .* is no place for a list')
        self.assertEqual({'one.lst', 'two.lst'}, set(os.listdir(self.lists(site))))

    def test_json_says_what_became_of_each_list(self):
        site = self.site(one=self.source('one'), gone=self.source('gone'))

        def lists(*options, code=1):
            said = json.loads(self.update(site, '--json', *options, code=code)[0])
            self.assertEqual(['lists'], list(said))
            for each in said['lists']:
                self.assertEqual(['list', 'outcome', 'path', 'networks', 'published', 'added', 'removed',
                                  'warnings', 'error'], list(each))
            return {each['list']: each for each in said['lists']}

        path = str(self.lists(site) / 'one.lst')
        written = {'list': 'one', 'outcome': 'written', 'path': path, 'networks': 1, 'published': 1,
                   'added': 1, 'removed': 0, 'warnings': [], 'error': None}
        self.assertEqual({**written, 'outcome': 'would_be_written'},
                         lists('--dry-run')['one'])
        found = lists()
        self.assertEqual(written, found['one'])
        gone = found['gone']
        self.assertIn('HTTP status 404', gone.pop('error'))
        self.assertEqual({'list': 'gone', 'outcome': 'failed', 'path': None, 'networks': None,
                          'published': None, 'added': None, 'removed': None, 'warnings': []}, gone)
        again = lists('one', code=0)['one']
        self.assertIn(again['outcome'], ('same', 'not_modified'))
        self.assertEqual((1, 0, 0), tuple(again[key] for key in ('networks', 'added', 'removed')))
        self.web.serve('few', '8.8.8.0/24\nnonsense\n' + ''.join(f'9.9.{n}.0/24\n' for n in range(0, 200, 2)))
        warned = lists('--source', self.source('few'), '--to', 'few', code=0)['few']
        self.assertIn('nonsense', ' '.join(warned['warnings']))

    def test_lists_that_are_named_and_no_others(self):
        site = self.site(one=self.source('one'), two=self.source('two'), bad='awz')
        out, err = self.update(site, 'two')
        self.assertEqual((1, ''), (len(out.splitlines()), err))
        self.assertEqual(['two.lst'], os.listdir(self.lists(site)))
        _, err = self.update(site, 'three', code=2)
        self.assertIn('\'three\' is no list of [update]', err)

    def test_a_dry_run_shows_the_difference_and_writes_nothing(self):
        self.web.serve('changing', '8.8.8.0/24\n8.8.4.0/24\n')
        site = self.site(cloud=self.source('changing'))
        out, _ = self.update(site, '--dry-run')
        self.assertIn('not written to', out)
        self.assertIn('\n+8.8.4.0/24\n+8.8.8.0/24\n', out)
        self.assertEqual([], os.listdir(site.lists) + os.listdir(site.state))
        self.update(site)
        before = identity(self.lists(site) / 'cloud.lst')
        self.web.serve('changing', '8.8.8.0/24\n9.9.9.0/24\n')
        out, _ = self.update(site, '-n')
        self.assertIn('\n-8.8.4.0/24\n+9.9.9.0/24\n', out)
        self.assertEqual(before, identity(self.lists(site) / 'cloud.lst'))
        self.assertEqual(['cloud.lst'], os.listdir(self.lists(site)))

    def test_a_source_without_configuration(self):
        site = self.site()
        self.update(site, '--source', self.source('one'), '--to', 'ip_net.deny.d/one.lst')
        self.update(site, '--source', self.source('two'), '--to', 'clients/data/two.net')
        self.assertEqual({'8.8.8.0/24'}, networks_in(self.lists(site) / 'one.lst'))
        self.assertEqual({'8.8.4.0/24'}, networks_in(site.lists / 'clients' / 'data' / 'two.net'))
        self.update(site, '--source', 'awz', '--to', 'one', code=2)
        self.update(site, '--source', self.source('one'), code=2)
        self.update(site, code=2)

    def test_quiet_says_only_what_went_wrong(self):
        site = self.site(one=self.source('one'))
        self.assertEqual(('', ''), self.update(site, '--quiet'))
        site.configure(update={'gone': self.source('gone')})
        out, err = self.update(site, '--quiet', code=1)
        self.assertEqual('', out)
        self.assertIn('HTTP status 404', err)

    def test_a_list_is_readable_for_all_and_belongs_to_the_owner_of_the_lists(self):
        site = self.site(one=self.source('one'))
        if os.geteuid() == 0:
            shutil.chown(site.lists, *project.account())
            shutil.chown(site.state, *project.account())
        before = os.umask(0o077)
        try:
            self.update(site)
        finally:
            os.umask(before)
        path = self.lists(site) / 'one.lst'
        self.assertEqual((0o644, 0o755, site.lists.stat().st_uid),
                         (path.stat().st_mode & 0o7777, path.parent.stat().st_mode & 0o7777,
                          path.stat().st_uid))

    def test_only_one_update_at_a_time(self):
        site = self.site(one=self.source('one'))
        self.update(site)
        with (site.state / 'update/lock').open('rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _, err = self.update(site, code=2)
        self.assertIn('another update is at work', err)
        self.update(site)

    def test_state_that_others_may_write_to_is_not_used(self):
        site = self.site(one=self.source('one'))
        (site.state / 'update').symlink_to(site.folder)
        _, err = self.update(site)
        self.assertIn('the next update has to fetch the whole file again', err)
        self.assertEqual([], [name for name in os.listdir(site.folder) if name.endswith('.state')])


@unittest.skipUnless((project.BUILD / 'src' / 'badclients').exists(), 'badclients is not built')
class Logins(UpdateTestCase):
    def test_the_next_login_sees_the_new_list(self):
        self.web.serve('list', '52.96.0.0/14\n')
        site = self.site(cloud=f'text {self.web.url}/list')
        self.assert_allowed(site.login(address='52.97.246.245'))
        self.update(site)
        outcome = site.login(address='52.97.246.245')
        self.assert_denied(outcome, 'ip_net')
        self.assertEqual('ip_net.deny.d/cloud.lst:5', outcome.audit['rule'])

    def test_a_client_of_the_catalogue_gets_the_networks_of_today(self):
        url = self.web.serve('endpoints', json.dumps(MICROSOFT_365))
        site = self.site(**{'clients/data/new-outlook.net': f'microsoft365:Exchange,id=1 {url}'})
        catalogue = site.folder / 'catalogue'
        shutil.copytree(project.ROOT / 'lists' / 'clients', catalogue)
        (site.lists / 'clients').mkdir()
        (site.lists / 'clients' / 'new-outlook.client').symlink_to(catalogue / 'new-outlook.client')
        new, dropped = '20.231.128.1', '40.96.0.1'
        self.assert_allowed(site.login(address=new))
        self.assert_denied(site.login(address=dropped), 'client')
        self.update(site)
        outcome = site.login(address=new)
        self.assert_denied(outcome, 'client')
        self.assertEqual('New Outlook', outcome.audit['client'])
        self.assert_allowed(site.login(address=dropped))

    def test_a_login_during_the_update_sees_the_old_or_the_new_list(self):
        # 8.8.8.8 is in both lists, behind many networks that come and go.
        lists = [''.join(f'8.{i}.{j}.0/25\n' for i in range(8) for j in range(256)) + '8.8.8.8\n',
                 ''.join(f'7.{i}.{j}.0/25\n' for i in range(8) for j in range(256)) + '8.8.8.8\n']
        self.web.serve('list', lists[0])
        site = self.site(cloud=f'text {self.web.url}/list')
        self.update(site)
        done = threading.Event()
        updates = []

        def keep_updating():
            while not done.is_set():
                self.web.serve('list', lists[(len(updates) + 1) % 2])
                updates.append(site.ctl('update', '--quiet').returncode)

        updater = threading.Thread(target=keep_updating)
        updater.start()
        try:
            logins = 0
            while len(updates) < 20 or logins < 100:
                self.assert_denied(site.login(address='8.8.8.8'), 'ip_net')
                logins += 1
        finally:
            done.set()
            updater.join()
        self.assertEqual({0}, set(updates))


@unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd-analyze')
class Systemd(TestCase):
    def test_service_and_timer_are_in_order(self):
        examples = project.ROOT / 'examples' / 'systemd'
        folder = project.temporary_folder('systemd')
        for name in ('badclients-update.service', 'badclients-update.timer'):
            text = (examples / name).read_text()
            program = project.programs() / 'badclientsctl'
            (folder / name).write_text(text.replace('ExecStart=badclientsctl',
                                                    f'ExecStart={program}'))
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no',
                               folder / 'badclients-update.service',
                               folder / 'badclients-update.timer'],
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, '', ''), (done.returncode, done.stdout, done.stderr))


if __name__ == '__main__':
    main()
