#!/usr/bin/env python3
"""badclientsctl registry update from publishers' servers: one on loopback, behind a proxy."""

import contextlib
import gzip
import json
import os
import pty
import re
import subprocess
import threading

from harness import bulk, main, project
from harness.https import WebServer
from harness.process import wait_until
from harness.proxy import Proxy
from harness.registry import RegistryTestCase, dump, full_size


HOSTS = {'www.ris.ripe.net', 'ftp.ripe.net', 'ftp.arin.net', 'ftp.apnic.net', 'ftp.lacnic.net',
         'ftp.afrinic.net'}
PATHS = {'riswhoisdump.IPv4.gz': 'dumps', 'riswhoisdump.IPv6.gz': 'dumps',
         'asn.txt': 'ripe/asnames',
         'delegated-arin-extended-latest': 'pub/stats/arin',
         'delegated-ripencc-extended-latest': 'pub/stats/ripencc',
         'delegated-apnic-extended-latest': 'stats/apnic',
         'delegated-lacnic-extended-latest': 'pub/stats/lacnic',
         'delegated-afrinic-extended-latest': 'pub/stats/afrinic'}


class Fetching(RegistryTestCase):
    """From publishers' servers."""

    @classmethod
    def setUpClass(cls):
        cls.web = cls.share(WebServer('location /dumps/ { gzip off; add_header Content-Encoding gzip; }', other_names=sorted(HOSTS)))
        cls.proxy = cls.share(Proxy(cls.web.port))
        for name in PATHS:
            cls.publish(name)

    @classmethod
    def publish(cls, name, data=None, checksum=None):
        """Puts a file on its server, with a right MD5 sum where it has one."""
        data = (full_size() / name).read_bytes() if data is None else data
        cls.web.serve(f'{PATHS[name]}/{name}', data)
        if name.startswith('delegated'):
            cls.web.serve(f'{PATHS[name]}/{name}.md5',
                          checksum or f'MD5 ({name}) = {bulk.md5(data)}')

    def setUp(self):
        super().setUp()
        self.web.forget()
        self.proxy.hosts.clear()

    def site(self, **registry):
        site = super().site(**registry)
        site.configure(rdap={'proxy': self.proxy.url, 'ca_file': self.web.ca})
        return site

    def asked(self):
        """[(path, status)] of the requests since."""
        count = self.web.waiting()
        return [(request.path, request.status) for request in self.web.asked(count)]

    def test_the_default_sources_are_fetched_and_compiled(self):
        site = self.site()
        out, err = self.update(site)
        self.assertEqual('', err)
        self.assertEqual({f'{host}:443' for host in HOSTS}, set(self.proxy.hosts))
        requests = self.web.asked(self.web.waiting())
        paths = {f'/{folder}/{name}' for name, folder in PATHS.items()}
        sums = {path + '.md5' for path in paths if 'delegated' in path}
        self.assertEqual(sorted(paths | sums), sorted(request.path for request in requests))
        for request in requests:
            self.assertRegex(request.user_agent, r'^badclientsctl/\d\S* \(\+https://\S+\)$')
            # What is compressed as a file comes as it is, though this server calls that an encoding.
            self.assertEqual((200, 'gzip'), (request.status, request.encoding), request.path)
        # The sum comes after what it is of.
        order = [request.path for request in requests]
        for path in sums:
            self.assertEqual(order.index(path[:-4]) + 1, order.index(path))
        self.assertRegex(out, r'riswhoisdump.IPv4.gz: \d{7} routes, made 20')
        self.assertRegex(out, r'registry.db: \d{7} segments from 8 files\n$')
        from_folder = self.site()
        self.update(from_folder, '--from', full_size())
        self.assertEqual(dump(self.store(from_folder)), dump(self.store(site)))

    def test_only_what_changed_is_fetched_again(self):
        site = self.site()
        self.update(site)
        self.web.forget()
        before = self.store(site).stat()
        out, err = self.update(site)
        self.assertEqual('', err)
        self.assertEqual({304}, {status for _, status in self.asked()})
        self.assertEqual(8, out.count(': not modified since 20'))
        files = json.loads(self.update(site, '--json')[0])['files']
        self.assertEqual({'not_modified'}, {file['outcome'] for file in files})
        self.assertTrue(out.endswith('nothing new\n'), out)
        self.assertEqual(before.st_ino, self.store(site).stat().st_ino)

        names = (full_size() / 'asn.txt').read_bytes().replace(b' Number 7 ', b' Number Seven ')
        self.publish('asn.txt', names)
        self.addCleanup(self.publish, 'asn.txt')
        out, _ = self.update(site)
        statuses = dict(self.asked())
        self.assertEqual(200, statuses.pop('/ripe/asnames/asn.txt'))
        self.assertEqual({304}, set(statuses.values()))
        self.assertIn('asn.txt: 120000 asn, made', out)
        fresh = self.site()
        self.update(fresh)
        self.assertEqual(dump(self.store(fresh)), dump(self.store(site)))

    def test_force_fetches_everything_anew(self):
        site = self.site()
        self.update(site)
        self.web.forget()
        out, _ = self.update(site, '--force')
        self.assertEqual({200}, {status for _, status in self.asked()})
        self.assertIn('segments from 8 files', out)

    def test_what_cannot_be_had_is_tried_once_more_and_keeps_its_part(self):
        site = self.site()
        self.update(site)
        expected = dump(self.store(site))
        path = self.web.files / 'dumps' / 'riswhoisdump.IPv6.gz'
        hidden = path.rename(path.with_suffix('.hidden'))
        self.addCleanup(lambda: hidden.exists() and hidden.rename(path))
        self.web.forget()
        # Another file is new, so that registry.db is made anew.
        self.publish('delegated-lacnic-extended-latest')
        out, err = self.update(site, code=1)
        self.assertEqual([('/dumps/riswhoisdump.IPv6.gz', 404)] * 2,
                         [each for each in self.asked() if 'IPv6' in each[0]])
        self.assertRegex(err, 'badclientsctl: registry update: https://www.ris.ripe.net/dumps/'
                              'riswhoisdump.IPv6.gz: the server answered with HTTP status 404; '
                              r'what is there stays, made 20\d\d-')
        self.assertIn('segments from 8 files', out)
        self.assertEqual(expected, dump(self.store(site)))
        hidden.rename(path)
        self.update(site)

    def test_a_wrong_checksum_is_tried_once_more(self):
        name = 'delegated-afrinic-extended-latest'
        site = self.site(sources='delegated')
        self.addCleanup(self.publish, name)
        self.publish(name, checksum='0' * 32)
        self.web.forget()
        out, err = self.update(site, code=1)
        self.assertIn('0' * 32, err)
        self.assertIn('its MD5 sum is ', err)
        paths = [path for path, _ in self.asked() if 'afrinic' in path]
        self.assertEqual([f'/{PATHS[name]}/{name}', f'/{PATHS[name]}/{name}.md5'] * 2, paths)
        self.assertIn('segments from 4 files', out)
        self.publish(name, checksum='<html>no</html>')
        _, err = self.update(site, code=1)
        self.assertIn('its .md5 file has no MD5 sum', err)
        # The publisher wrote it a moment after the file.
        self.publish(name, checksum='0' * 32)
        process = subprocess.Popen([project.programs() / 'badclientsctl', '--config', site.config,
                                    'registry', 'update'], stdout=subprocess.PIPE, text=True)
        with process:
            self.web.forget()
            wait_until(lambda: any('afrinic-extended-latest.md5' in line for line in
                                   self.web._lines(self.web.folder / 'access.log')[self.web._read:]),
                       'the first try')
            self.publish(name)
            out = process.communicate()[0]
        self.assertEqual(0, process.returncode)
        self.assertIn('segments from 5 files', out)

    def test_sources_say_what_is_fetched_and_what_is_dropped(self):
        site = self.site(sources='delegated asn')
        self.update(site)
        self.assertEqual(set(), {path for path, _ in self.asked() if 'dumps' in path})
        site.configure(registry={'sources': 'none'})
        _, err = self.update(site, code=2)
        self.assertIn('registry/sources is none', err)
        site.configure(registry={'sources': 'asn'})
        _, err = self.update(site, code=2)
        self.assertIn("registry/sources: 'asn' lacks delegated", err)

    def test_registrations_are_fetched_where_they_are_wanted(self):
        site = self.site(sources='delegated ripe')
        files = {'ripe.db.organisation.gz': [[('organisation', 'ORG-X-RIPE'), ('abuse-c', 'AR1-RIPE')]],
                 'ripe.db.inetnum.gz': [[('inetnum', '91.0.0.0 - 91.0.0.255'), ('netname', 'X-NET'), ('country', 'DE'),
                                         ('org', 'ORG-X-RIPE'), ('mnt-by', 'X-MNT')]],
                 'ripe.db.inet6num.gz': [[('inet6num', '2001:db8::/32'), ('netname', 'X6-NET'), ('mnt-by', 'X-MNT')]]}
        for name, objects in files.items():
            self.web.serve(f'ripe/dbase/split/{name}', gzip.compress(bulk.rpsl(objects).encode()))
            os.utime(self.web.files / 'ripe/dbase/split' / name)  # they do not say themselves when they were made
        out, err = self.update(site, code=1)
        self.assertIn('ripe.db.organisation.gz: it has only 1 of organisation, and never less than 20000', err)
        self.assertIn('ripe.db.inetnum.gz: it needs ripe.db.organisation.gz, which is not there', err)
        self.assertIn('from 5 files', out)
        out, err = self.update(site, '--force')
        self.assertEqual('', err)
        self.assertIn('from 8 files', out)
        self.assertEqual({'name': 'X-NET', 'country': 'DE', 'entities': ['ORG-X-RIPE', 'X-MNT', 'AR1-RIPE'],
                          'range': '91.0.0.0 - 91.0.0.255'}, self.show(site, '91.0.0.7')['registration'])

    def test_a_disk_that_is_full_while_files_come_leaves_the_old_one(self):
        site = self.site(sources='delegated asn')
        self.update(site)
        content = self.store(site).read_bytes()
        full = self.site(sources='ris delegated asn')
        script = ('set -e; mount -t tmpfs -o size=$1k none "$2"; cp -p "$3"/registry.db "$2"; '
                  'chown --reference="$3" "$2"; shift 3; "$@" >/dev/null && exit 7; ls -A "$STATE" >&2; '
                  'cat "$STATE/registry.db"')
        done = subprocess.run(
            ['unshare', '--mount', '/bin/sh', '-c', script, 'sh', str(len(content) // 1024 + 5000), full.state,
             site.state, project.programs() / 'badclientsctl', '--config', full.config, 'registry', 'update'],
            env={**os.environ, 'STATE': str(full.state)}, capture_output=True, check=False)
        self.assertEqual((0, content), (done.returncode, done.stdout), done.stderr)
        self.assertRegex(done.stderr.decode(), 'No space left on device; registry.db stays as it is\n'
                                               'registry.db\nregistry.lock\n$')

    def test_what_is_larger_than_it_may_be_is_not_fetched(self):
        site = self.site(sources='delegated asn')
        self.addCleanup(self.publish, 'asn.txt')
        self.publish('asn.txt')
        os.truncate(self.web.files / 'ripe/asnames/asn.txt', 110_000_000)
        _, err = self.update(site, code=1)
        self.assertIn('ripe/asnames/asn.txt: an answer longer than 95 MiB\n', err)

    def test_a_server_without_the_right_certificate_is_not_believed(self):
        other = self.own(WebServer(name='www.example.org'))
        site = self.site()
        site.configure(rdap={'proxy': self.own(Proxy(other.port)).url, 'ca_file': other.ca})
        _, err = self.update(site, code=1)
        self.assertIn('no alternative certificate subject name matches', err)
        self.assertFalse(self.store(site).exists())

    def test_progress_is_shown_on_a_terminal_alone(self):
        site = self.site(sources='ris delegated')
        ours, theirs = pty.openpty()
        shown = b''

        def read():
            nonlocal shown
            with contextlib.suppress(OSError):  # nobody has it open any more
                while part := os.read(ours, 65536):
                    shown += part
        reader = threading.Thread(target=read)
        reader.start()
        done = subprocess.run([project.programs() / 'badclientsctl', '--config', site.config,
                               'registry', 'update'], stdout=subprocess.PIPE, stderr=theirs,
                              text=True, check=True)
        os.close(theirs)
        reader.join()
        os.close(ours)
        shown = shown.decode()
        bar = r'\r\x1b\[K\[#*\.*\] {}/15 '
        # Its size is not known beforehand where it is compressed on its way.
        for done_before, what in ((0, r'delegated-arin-extended-latest: [\d.]+ MB'),
                                  (5, r'riswhoisdump.IPv4.gz: [\d.]+ of 9.\d MB'),
                                  (7, r'reading delegated-arin-extended-latest: [\d.]+ of [\d.]+ MB'),
                                  (12, r'reading riswhoisdump.IPv4.gz: [\d.]+ of 9.\d MB'),
                                  (14, r'compiling: \d+ segments')):
            line = bar.format(done_before) + what
            self.assertTrue(re.search(line, shown), f'{line} in {shown[:2000]}')
        self.assertTrue(shown.endswith('\r\x1b[K'), repr(shown[-60:]))
        self.assertNotIn('\x1b', done.stdout)
        quiet = self.site(sources='delegated').ctl('registry', 'update', '--quiet')
        self.assertEqual(('', ''), (quiet.stdout, quiet.stderr))


if __name__ == '__main__':
    main()
