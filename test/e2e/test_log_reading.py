#!/usr/bin/env python3
"""The log read back: what Dovecot of either version and door writes, and where it is found."""

import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import unittest

import harness
from harness import clients, project, world
from harness.process import Daemon
from harness.versions import EachVersion
from harness.world import HOME, NEW_OUTLOOK, SUGAR_MAIL

JOURNAL_REMOTE = pathlib.Path('/lib/systemd/systemd-journal-remote')
CLIENT = 'Name: New Outlook\n\nip_net=52.96.0.0/14\n'


def with_client(site):
    (site.lists / 'clients').mkdir(exist_ok=True)
    (site.lists / 'clients' / 'outlook.client').write_text(CLIENT)
    return site


def hits(site, *options, **how):
    """What `clients list` counts for New Outlook."""
    done = subprocess.run([project.programs() / 'badclientsctl', '--config', site.config, 'clients',
                           'list', '--json', *options], capture_output=True, text=True, check=False,
                          **{'stdin': subprocess.DEVNULL, **how})
    client, = [client for client in json.loads(done.stdout)['clients'] if client['id'] == 'outlook']
    return str(client['hits']), done


class DovecotsLog(EachVersion):
    def test_its_lines_are_read_as_it_writes_them(self):
        site = with_client(harness.Site())
        server = self.own(self.server.with_policy(site))
        right = server.users['alice']

        def act():
            for address in (HOME, NEW_OUTLOOK, '52.97.1.1'):
                clients.imap(server, 'alice', right, address)
            clients.imap(server, 'alice', 'wrong', NEW_OUTLOOK)
        server.log_of(act)
        count, done = hits(site, '--log', server.log_file)
        self.assertEqual('2', count, done.stderr + server.log())


class Dovecot23(DovecotsLog, harness.TestCase):
    server = harness.Dovecot


class Dovecot24(DovecotsLog, harness.TestCase):
    server = harness.Dovecot24


TIMES = {'took_ms', 'session', 'first', 'last', 'made', 'time', 'sources'}


def without_times(json_value):
    """Without what is another each time: when, how long, which session, and where it was read."""
    if isinstance(json_value, list):
        return [without_times(each) for each in json_value]
    if isinstance(json_value, dict):
        return {name: without_times(value) for name, value in json_value.items() if name not in TIMES}
    return json_value


class Syslog:
    """A syslog daemon that writes what it gets in both its formats: `files`."""

    def __init__(self):
        folder = project.temporary_folder('syslog')
        self.files = [folder / 'traditional.log', folder / 'iso.log']
        self._socket = folder / 'socket'
        config = folder / 'rsyslog.conf'
        config.write_text('module(load="imuxsock" SysSock.Use="off")\n'
                          f'input(type="imuxsock" Socket="{self._socket}" RateLimit.Interval="0")\n' + ''.join(
                              f'action(type="omfile" file="{path}" template="RSYSLOG_{name}")\n'
                              for path, name in zip(self.files, ('TraditionalFileFormat', 'FileFormat'))))
        self._daemon = Daemon(['rsyslogd', '-n', '-f', config, '-i', folder / 'pid'], folder / 'stderr')
        self._daemon.wait_for(self._socket.exists, 'rsyslog')

    def stop(self):
        self._daemon.stop()

    def hand_on(self, dovecots_log):
        """As syslog(3) does, what Dovecot gives it instead of lines of a file."""
        lines = re.findall(r'(?m)^(\w+ +\d+ [\d:]+) (\S+ )Info: (mail-audit: .*)$', dovecots_log)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(str(self._socket))
            for when, process, text in lines:
                sender.send(f'<22>{when} dovecot: {process}{text}'.encode())
        self._daemon.wait_for(lambda: all(path.exists() and path.read_text().count('\n') == len(lines)
                                          for path in self.files), 'all lines are written')


class BothForms:
    """The same logins, logged as lines and as JSON: every command says the same of them."""

    can_ask = True

    def site(self, form):
        servers = (self.names, self.registries) if self.can_ask else ()
        site = with_client(harness.Site(*servers, general={'log_format': form}))
        site.list('ip_net.deny', '139.162.0.0/16')
        site.list('asn.deny', 'AS1')
        return site

    @classmethod
    def setUpClass(cls):
        cls.names = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())

    def log_in(self, server):
        for user in ('alice', 'bob'):
            for address in (HOME, NEW_OUTLOOK, SUGAR_MAIL, NEW_OUTLOOK):
                clients.imap(server, user, server.users[user], address)

    def said(self, site, log):
        def ctl(*words):
            done = site.ctl(*words, '--json', '--log', log)
            self.assertEqual('', done.stderr)
            return without_times(json.loads(done.stdout.replace(str(site.folder), '')))
        for counted in site.state.glob('metrics*'):
            counted.unlink()
        families = [family for family in ctl('metrics')['metrics']
                    if not re.search('duration|timestamp', family['name'])]
        return {'report': ctl('report'), 'why': ctl('why', 'alice', '--last', '9'), 'replay': ctl('replay'),
                'metrics': families}

    def test_every_command_says_the_same_of_both(self):
        syslog = self.own(Syslog())
        found = {}
        for form in ('line', 'json'):
            site = self.site(form)
            server = self.own(self.dovecot(site))
            log = server.log_of(lambda s=server: self.log_in(s)) and server.log()
            self.assertEqual(8, log.count('mail-audit: ' + ('{' if form == 'json' else 'user=')), log)
            for path in syslog.files:
                path.write_text('')
            syslog.hand_on(log)
            for name, path in (('dovecot', server.log_file), *zip(('traditional', 'iso'), syslog.files)):
                found[form, name] = self.said(site, path)
            server.stop()
        first = found['line', 'dovecot']
        self.assertEqual((8, 6), (first['report']['logins'], first['report']['blocked']))
        for key, said in found.items():
            for command, text in said.items():
                with self.subTest(key, command=command):
                    self.assertEqual(first[command], text)


class BothFormsOfPolicy(BothForms, harness.TestCase):
    dovecot = staticmethod(harness.Dovecot.with_policy)


class BothFormsOfPolicy24(BothForms, harness.TestCase):
    dovecot = staticmethod(harness.Dovecot24.with_policy)
    can_ask = False  # the libraries of the program that asks are this system's


class BothFormsOfCheckpassword(BothForms, harness.TestCase):
    dovecot = staticmethod(harness.Dovecot)


class Checkpassword(harness.TestCase):
    def test_dovecots_lines_are_read_as_it_writes_them(self):
        site = with_client(harness.Site())
        server = self.own(harness.Dovecot(site))
        server.log_of(lambda: [clients.imap(server, 'alice', server.users['alice'], address)
                               for address in (HOME, NEW_OUTLOOK)])
        count, done = hits(site, '--log', server.log_file)
        self.assertEqual('1', count, done.stderr + server.log())


class Journal(harness.TestCase):
    @unittest.skipUnless(JOURNAL_REMOTE.exists() and shutil.which('journalctl'), 'no journal')
    def test_the_journal_is_read_where_no_file_is_named(self):
        site = with_client(harness.Site())
        lines = [site.login(address=address).audit.text
                 for address in (NEW_OUTLOOK, HOME, '52.97.1.1', NEW_OUTLOOK)]
        now = int(time.time())
        folder = project.temporary_folder('journal')
        entries = ''
        # The last but one is another program's, the last too old.
        for line, program, when in zip(lines, ('dovecot', 'badclients', 'imposter', 'dovecot'),
                                       (now - 60, now - 40, now - 30, now - 40 * 86400)):
            entries += (f'__REALTIME_TIMESTAMP={when}000000\n_BOOT_ID={1:032x}\nSYSLOG_IDENTIFIER={program}\n'
                        f'MESSAGE=auth: {line}\n_PID=1\n\n')
        subprocess.run([JOURNAL_REMOTE, '-o', folder / 'x.journal', '-'], input=entries.encode(),
                       check=True, capture_output=True)
        (folder / 'journalctl').write_text(
            f'#!/bin/sh\nexec {shutil.which("journalctl")} --file {folder}/x.journal "$@"\n')
        (folder / 'journalctl').chmod(0o755)
        environment = {'PATH': f'{folder}:/usr/bin:/bin', 'TZ': 'America/Lima'}
        self.assertEqual('1', hits(site, env=environment)[0])
        done = subprocess.run([project.programs() / 'badclientsctl', '--config', site.config, 'report',
                               '--json'], capture_output=True, text=True, check=False, env=environment)
        report = json.loads(done.stdout)
        self.assertEqual(['the journal'], report['sources'])
        self.assertEqual((3, 2), (report['logins'], report['blocked']))
        last = datetime.datetime.fromisoformat(report['last'].replace('Z', '+00:00'))
        self.assertEqual(now - 40, last.timestamp())
        # It is the log all the same where nothing of it is as new as what is asked for.
        since = datetime.datetime.fromtimestamp(now - 20, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
        done = subprocess.run([project.programs() / 'badclientsctl', '--config', site.config, 'report',
                               '--json', '--since', since], capture_output=True, text=True, check=False,
                              env=environment)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        self.assertEqual((0, ['the journal']), (json.loads(done.stdout)['logins'], json.loads(done.stdout)['sources']))


class Places(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = with_client(harness.Site())
        self.log = self.site.folder / 'audit.log'
        self.log.touch()
        project.give_away(self.log)
        self.site.configure(general={'log': self.log})

    def test_the_own_log_is_found_with_what_it_was_rotated_to(self):
        self.site.login(address=NEW_OUTLOOK)
        self.assertEqual('1', hits(self.site)[0])
        with gzip.open(f'{self.log}.1.gz', 'wb') as packed:
            packed.write(self.log.read_bytes() * 2)
        self.assertEqual('3', hits(self.site)[0])
        for name, program in (('.2', ['xz']), ('.3', ['zstd', '--rm', '-q'])):
            rotated = f'{self.log}{name}'
            with open(rotated, 'wb') as file:
                file.write(self.log.read_bytes())
            subprocess.run([*program, rotated], check=True)
        self.assertEqual('5', hits(self.site)[0])
        # Older than what is asked for.
        for name in ('.2.xz', '.3.zst'):
            os.utime(f'{self.log}{name}', (1e9, 1e9))
        self.assertEqual('3', hits(self.site)[0])

    def test_why_there_is_no_line_is_said(self):
        for command in (('report',), ('why', 'alice')):
            self.site.configure(general={'log_local': None})
            done = self.site.ctl(*command)
            self.assertEqual((2, f'badclientsctl: {command[0]}: there is no audit line in {self.log}; logins '
                                 'from local and private addresses have no line unless '
                                 'general/log_local = yes\n'), (done.returncode, done.stderr))
            self.site.configure(general={'log_local': 'yes'})
            done = self.site.ctl(*command)
            self.assertEqual((2, f'badclientsctl: {command[0]}: there is no audit line in {self.log}\n'),
                             (done.returncode, done.stderr))

    def test_standard_input_is_read_packed_or_not(self):
        self.site.login(address=NEW_OUTLOOK)
        packed = gzip.compress(self.log.read_bytes())
        for content in (self.log.read_bytes(), packed):
            read, write = os.pipe()
            os.write(write, content)
            os.close(write)
            with os.fdopen(read, 'rb') as pipe:
                self.assertEqual('1', hits(self.site, '--log', '-', stdin=pipe)[0])

    def test_a_packed_log_that_is_cut_short_is_said_to_be(self):
        self.site.login(address=NEW_OUTLOOK)
        packed = self.site.folder / 'x.gz'
        packed.write_bytes(gzip.compress(self.log.read_bytes())[:-10])
        _, done = hits(self.site, '--log', packed)
        self.assertIn(f'{packed}: ', done.stderr)

    def test_a_user_name_that_looks_like_a_line_is_no_line(self):
        for user in ('x>, client=<New Outlook>, blocked=True', '\nmail-audit: user=<x>, client=<New '
                     'Outlook>', 'x: mail-audit: user=<a>, client=<New Outlook>, took=1ms',
                     '{"user":"a","ip":"1.2.3.4","client":"New Outlook"}'):
            self.site.login(user=user, address=HOME)
        self.assertEqual('0', hits(self.site)[0])

    def test_lines_of_json_are_read_like_the_others(self):
        names = ('alice', 'x>, blocked=True', 'bäck\\slash "q"', '{"user":"b"}')
        reports = []
        for form in ('line', 'json'):
            self.log.write_text('')
            self.site.configure(general={'log_format': form})
            for name in names:
                for address in (NEW_OUTLOOK, HOME):
                    self.site.login(user=name, address=address)
            report = json.loads(self.site.ctl('report', '--json').stdout)
            reports.append({key: report[key] for key in ('logins', 'blocked', 'users', 'by_client',
                                                         'by_rule', 'by_network')})
            self.assertEqual(set(names), {row['user'] for row in report['refused_users']})
        self.assertEqual(reports[0], reports[1])
        self.assertEqual((8, 4), (reports[0]['logins'], reports[0]['blocked']))


if __name__ == '__main__':
    harness.main()
