#!/usr/bin/env python3
"""What registry data says of an address, against what harness/bulk.py reads out of the same files."""

import bz2
import gzip
import ipaddress
import random
import shutil
import signal
import subprocess

from harness import bulk, callgrind, main, project
from harness.registry import NOW, RegistryTestCase, full_size, look_up, registry_data

from sites import ALLOWED, Sites, ready  # noqa: E402  (beside registry_data)


REAL = project.ROOT.parent / 'shared' / 'data' / 'bulk'


class FirstLogin(RegistryTestCase):
    """It costs what a cached one does, for nobody is asked."""

    @classmethod
    def setUpClass(cls):
        cls.sites = Sites()
        cls.addClassCleanup(cls.sites.stop)
        cls.make()

    @classmethod
    def make(cls):
        cls.here = cls.sites.make()
        for name in ('net_cc', 'entity'):  # of rules that need what registry data has not
            (cls.here.lists / f'{name}.deny.lst').unlink()
        done = cls.here.ctl('registry', 'update', '--from', full_size())
        if done.returncode:
            raise RuntimeError(done.stderr)
        rows = bulk.Routes(full_size() / 'riswhoisdump.IPv4.gz').ranges
        cls.addresses = [ipaddress.ip_address(first + 1).compressed for _, first, _ in rows[1000::400_000]]

    def cost(self, address):
        """Of the first login after the lists were looked at, by instructions."""
        ready(self.here)
        found = callgrind.instructions(self.here, address)[0]
        self.assertEqual('local', self.here.login(address=address).audit['facts'])
        return found

    def test_without_names(self):
        self.here.configure(lookup={'reverse_dns': 'no', 'origin': 'dns', 'registration': 'whois'})
        ready(self.here)
        cached = callgrind.instructions(self.here, ALLOWED)[0]
        self.here.configure(lookup={'origin': 'local dns', 'registration': 'local whois'})
        for address in self.addresses:
            self.assertLess(self.cost(address), 1.1 * cached)

    def test_with_a_name_in_the_cache(self):
        self.here.configure(lookup={'reverse_dns': 'yes', 'origin': 'dns', 'registration': 'whois'})
        ready(self.here)
        cached = callgrind.instructions(self.here, ALLOWED)[0]
        self.here.configure(lookup={'origin': 'local dns', 'registration': 'local whois'})
        for address in self.addresses:
            self.here.login(address=address)
            self.here.wait_for_background()
            # Two databases are opened. In time it is less: test/bench/run.py.
            self.assertLess(self.cost(address), 1.4 * cached)


class AgainstTheOracle(RegistryTestCase):
    """Compared with what harness/bulk.py reads out of the same files."""

    def setUp(self):
        super().setUp()
        signal.alarm(1200)  # there is much to read

    def compare(self, site, points, routes, delegations, names):
        wrong = []
        best = bulk.most_specific(routes.ranges, points)
        for point, route, found in zip(points, best, look_up(site.state, points), strict=True):
            to = delegations.find(*point)
            expected = '||'
            if route is not None:
                asns = routes.origins[route]
                country, registry = to or ('', '')
                expected = '\t'.join([' '.join(map(str, asns)), routes.texts[route], country, registry])
                described = [f'{asn}\t' + names[asn].replace('\\', '\\\\') + '&'
                             for asn in asns[:4] if asn in names]
                expected += f'|{"".join(described)}|'
            if found != expected:
                wrong.append((point, found, expected))
        self.assertEqual([], wrong[:10], f'{len(wrong)} of {len(points)}')

    @staticmethod
    def edges(routes, delegations, step=1):
        """First and last address of every prefix and block, or of each `step`th, and their neighbours."""
        points = set()
        blocks = [(version, first, last) for version, all_of in delegations.blocks.items()
                  for first, last, *_ in all_of]
        for version, first, last in (routes.ranges + blocks)[::step]:
            points.update((version, edge) for edge in (first - 1, first, last, last + 1)
                          if 0 <= edge < 1 << (32 if version == 4 else 128))
        return sorted(points)

    def real_files(self):
        large = REAL / 'large'
        if not large.is_dir():
            self.skipTest('the real files are not here')
        folder = project.temporary_folder('real')
        shutil.copy(large / 'riswhoisdump.IPv6.20241220.gz', folder / 'riswhoisdump.IPv6.gz')
        # CAIDA's form as RIPE's: its origins have an order, and no peers.
        rows = []
        with gzip.open(large / 'routeviews-rv2-20170329-0200.pfx2as.gz', 'rt') as file:
            for line in file:
                base, length, origins = line.split()
                rows += [(f'{{{origin}}}' if ',' in origin else origin, f'{base}/{length}', 300 - n)
                         for n, origin in enumerate(origins.split('_'))]
        bulk.put(folder, 'riswhoisdump.IPv4.gz', bulk.ris(rows, NOW))
        bulk.put(folder, 'asn.txt', gzip.decompress((large / 'asn.txt.2018.gz').read_bytes()))
        for registry, data in (
                ('ripencc', gzip.decompress((large / 'delegated-ripencc-extended-20130418.gz').read_bytes())),
                ('apnic', gzip.decompress((large / 'delegated-apnic-extended-20130417.gz').read_bytes())),
                ('afrinic', bz2.decompress((large / 'delegated-afrinic-20240219.bz2').read_bytes()))):
            bulk.put(folder, f'delegated-{registry}-extended-latest', data)
        return folder

    def test_real_files_of_real_size_give_what_an_independent_program_finds(self):
        folder = self.real_files()
        site = self.site()
        randomness = random.Random(12)
        routes = bulk.Routes(folder / 'riswhoisdump.IPv4.gz', folder / 'riswhoisdump.IPv6.gz')
        for registry, block in (('arin', '8.0.0.0'), ('lacnic', '200.0.0.0')):
            bulk.put(folder, f'delegated-{registry}-extended-latest', bulk.delegated(
                registry, [('US', 'ipv4', block, 65536 * 3, 'allocated')], NOW))
        self.update(site, '--from', folder, '--force')
        delegations = bulk.Delegations(*sorted(folder.glob('delegated-*')))
        names = bulk.as_names(folder / 'asn.txt', delegations)
        edges = self.edges(routes, delegations)
        self.assertGreater(len(edges), 2_000_000)
        self.compare(site, [bulk.random_point(randomness) for _ in range(10_000)] + edges, routes,
                     delegations, names)

    def test_made_up_files_of_real_size_do_too(self):
        site = self.site()
        self.update(site, '--from', full_size())
        folder = full_size()
        routes = bulk.Routes(folder / 'riswhoisdump.IPv4.gz', folder / 'riswhoisdump.IPv6.gz')
        delegations = bulk.Delegations(*folder.glob('delegated-*'))
        names = bulk.as_names(folder / 'asn.txt', delegations)
        randomness = random.Random(13)
        self.compare(site, [bulk.random_point(randomness) for _ in range(10_000)]
                     + self.edges(routes, delegations, 20), routes, delegations, names)
        self.assertLess(self.store(site).stat().st_size, 60_000_000)


class Registrations(RegistryTestCase):
    COUNT = 1_000_000
    FILES = {'ripencc': (('ripe.db.inetnum.gz', 4, 500_000), ('ripe.db.inet6num.gz', 6, 200_000)),
             'apnic': (('apnic.db.inetnum.gz', 4, 100_000), ('apnic.db.inet6num.gz', 6, 100_000)),
             'afrinic': (('afrinic.db.gz', 4, 100_000),)}

    @classmethod
    def setUpClass(cls):
        """Dumps of the three registries, with objects that lie in each other ten deep."""
        cls.folder = folder = project.temporary_folder('rpsl')
        cls.random = random.Random(7)
        for registry in bulk.REGISTRIES:
            top, six = registry_data.SPACE4[registry][0], registry_data.SPACE6[registry]
            bulk.put(folder, f'delegated-{registry}-extended-latest', bulk.delegated(registry, [
                ('NL', 'ipv4', f'{top}.0.0.0', 1 << 24, 'allocated'),
                ('NL', 'ipv6', f'{six:x}::', 24, 'allocated')], NOW))
        bulk.put(folder, 'ripe.db.organisation.gz', bulk.rpsl(
            [[('organisation', f'ORG-{n}-RIPE'), ('abuse-c', f'AR{n}-RIPE')] for n in range(0, 50, 2)]))
        for registry, files in cls.FILES.items():
            for name, version, count in files:
                with gzip.open(folder / name, 'wt', compresslevel=1) as file:
                    file.write('# made up\n\n')
                    file.writelines(cls.objects(registry, version, count))

    @classmethod
    def objects(cls, registry, version, count):
        """`count` texts; a registry has each range once."""
        seen = set()
        kind = 'inetnum' if version == 4 else 'inet6num'
        number = 0
        while number < count:
            # A block of 65536 addresses, or networks.
            if version == 4:
                base = registry_data.SPACE4[registry][0] << 24 | cls.random.getrandbits(8) << 16
                unit = 1
            else:
                base = registry_data.SPACE6[registry] << 112 | cls.random.getrandbits(24) << 80
                unit = 1 << 64
            for first, last in cls.nested(0, 65535, 10):
                if number == count:
                    return
                ends = base + first * unit, base + (last + 1) * unit - 1
                if ends in seen:
                    continue
                seen.add(ends)
                number += 1
                yield (f'{kind}:        {bulk.text_of_point(version, ends[0])} - {bulk.text_of_point(version, ends[1])}\n'
                       f'netname:        {f"NET-{number}" if number % 10 < 7 else "SHARED"}\n'
                       f'country:        {("DE", "uk", "NL # x")[number % 3]}\n'
                       f'org:            ORG-{number % 50}-RIPE\nadmin-c:        DUMY-RIPE\n'
                       f'mnt-by:         M{number % 99}-MNT, N-MNT\nsource:         TEST\n\n')

    @classmethod
    def nested(cls, first, last, depth):
        """(first, last) of ranges in each other, `depth` deep, at no particular boundaries."""
        yield first, last
        if depth == 1 or last - first < 4:
            return
        cuts = sorted(cls.random.choices(range(first, last + 1), k=2 * cls.random.choice((1, 1, 2, 3))))
        for begin, end in zip(cuts[::2], cuts[1::2]):
            # Not the whole, and not beginning where the one before ends.
            if (begin, end) != (first, last) and cuts.count(begin) == 1:
                yield from cls.nested(begin, end, depth - 1)

    def setUp(self):
        super().setUp()
        signal.alarm(1200)

    @staticmethod
    def depth(objects):
        """How many ranges lie in each other at most."""
        open_ranges, deepest = [], 0
        for _, first, last, *_ in sorted(objects, key=lambda each: (each[1], -each[2])):
            while open_ranges and open_ranges[-1] < last:
                open_ranges.pop()
            open_ranges.append(last)
            deepest = max(deepest, len(open_ranges))
        return deepest

    def test_a_million_objects_nested_ten_deep_the_most_specific_one_counts(self):
        folder = self.folder
        site = self.site()
        # In 512 MiB of memory of its own (setrlimit(2), RLIMIT_DATA).
        done = subprocess.run(
            ['/bin/sh', '-c', 'ulimit -d 524288; exec "$@"', 'sh',
             project.programs() / 'badclientsctl', '--config', site.config, 'registry', 'update',
             '--force', '--from', folder], capture_output=True, text=True, check=False)
        self.assertEqual((0, ''), (done.returncode, done.stderr))

        delegations = bulk.Delegations(*folder.glob('delegated-*'))
        contacts = bulk.abuse_contacts(folder / 'ripe.db.organisation.gz')
        objects = []
        for registry, files in self.FILES.items():
            for name, *_ in files:
                objects += bulk.registrations(folder / name, delegations.space(registry),
                                              contacts if registry == 'ripencc' else None)
        self.assertEqual(self.COUNT, len(objects))
        self.assertEqual({4, 6}, {each[0] for each in objects})
        self.assertGreaterEqual(self.depth(objects[:500_000]), 10)

        randomness = random.Random(3)
        points = []
        for version, first, last, *_ in randomness.sample(objects, 10_000):
            points.append((version, randomness.randint(first, last)))
            points += [(version, edge) for edge in (first - 1, first, last, last + 1)]
        best = bulk.most_specific([each[:3] for each in objects], points)
        kinds = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
        wrong = []
        for point, index, found in zip(points, best, look_up(site.state, points), strict=True):
            expected = '||'
            if index is not None:
                version, first, last, name, country, entities = objects[index]
                expected += '\t'.join([name, country, str(kinds[version](first)),
                                       str(kinds[version](last)), *entities])
            if found != expected:
                wrong.append((point, found, expected))
        self.assertEqual([], wrong[:5], f'{len(wrong)} of {len(points)}')

    def test_real_objects_are_read(self):
        """What stands in the registries' own dumps."""
        samples = REAL / 'rpsl'
        if not samples.is_dir():
            self.skipTest('the real files are not here')
        folder = project.temporary_folder('samples')
        for registry, blocks in (('ripencc', ('194.206.0.0',)), ('afrinic', ('196.204.0.0', '196.207.0.0')),
                                 ('apnic', ('43.225.0.0',))):
            bulk.put(folder, f'delegated-{registry}-extended-latest', bulk.delegated(
                registry, [('FR', 'ipv4', block, 65536, 'allocated') for block in blocks], NOW))
        bulk.put(folder, 'ripe.db.organisation.gz', '')
        for name, sample in (('ripe.db.inetnum.gz', 'ripe-split-inetnum.txt'),
                             ('afrinic.db.gz', 'afrinic-grs.txt'),
                             ('apnic.db.inetnum.gz', 'apnic-stub.txt')):
            bulk.put(folder, name, (samples / sample).read_bytes())
        site = self.site()
        self.update(site, '--from', folder, '--force')
        self.assertEqual({'name': 'FR-RPN-HOLDING', 'country': 'FR', 'entities': ['OLEANE-NOC'],
                          'range': '194.206.161.47 - 194.206.161.47'},
                         self.show(site, '194.206.161.47')['registration'])
        self.assertEqual({'name': 'Test', 'country': 'DK', 'entities': ['NIC-TEST', 'RAYA-MNT'],
                          'range': '196.204.208.1 - 196.204.208.255'},
                         self.show(site, '196.204.208.9')['registration'])
        self.assertIsNone(self.show(site, '43.225.112.9')['registration'])


class Examples(RegistryTestCase):
    """The log lines in the original's manual, as far as bulk files have them."""

    def test_the_originals_examples_come_out_of_local_data(self):
        folder = project.temporary_folder('examples')
        records = {'ripencc': [('RU', 'ipv4', '176.112.168.0', 2048, 'allocated'),
                               ('NL', 'ipv4', '139.162.0.0', 65536, 'allocated'),
                               ('RU', 'asn', 47764, 1, 'allocated')],
                   'apnic': [('SG', 'asn', 63949, 1, 'allocated')],
                   'arin': [('US', 'ipv4', '209.85.128.0', 32768, 'allocated'),
                            ('US', 'asn', 15169, 1, 'assigned')], 'lacnic': [], 'afrinic': []}
        for registry, each in records.items():
            bulk.put(folder, f'delegated-{registry}-extended-latest', bulk.delegated(registry, each, NOW))
        bulk.put(folder, 'riswhoisdump.IPv4.gz', bulk.ris([
            (47764, '176.112.168.0/21', 390), (63949, '139.162.128.0/19', 388),
            (15169, '209.85.128.0/17', 391), (15169, '209.85.218.0/24', 391)], NOW))
        bulk.put(folder, 'asn.txt', '15169 GOOGLE - Google LLC, US\n47764 VK-AS LLC VK, RU\n'
                                    '63949 AKAMAI-LINODE-AP - Akamai Connected Cloud, SG\n')
        bulk.put(folder, 'ripe.db.organisation.gz', bulk.rpsl([
            [('organisation', 'ORG-LLCn4-RIPE'), ('abuse-c', 'MAIL-RU')],
            [('organisation', 'ORG-LL72-RIPE'), ('abuse-c', 'LAS85-RIPE')]]))
        bulk.put(folder, 'ripe.db.inetnum.gz', bulk.rpsl([
            [('inetnum', '176.112.168.0 - 176.112.175.255'), ('netname', 'VK-FRONT'), ('country', 'RU'),
             ('org', 'ORG-LLCn4-RIPE'), ('admin-c', 'DUMY-RIPE'), ('tech-c', 'DUMY-RIPE'),
             ('mnt-by', 'RIPE-NCC-END-MNT'), ('mnt-by', 'VKCOMPANY-MNT')],
            [('inetnum', '139.162.0.0 - 139.162.255.255'), ('netname', 'EU-LINODE-20141229'),
             ('country', 'US'), ('org', 'ORG-LL72-RIPE'), ('admin-c', 'DUMY-RIPE'),
             ('mnt-by', 'linode-mnt')]]))
        site = self.site()
        self.update(site, '--from', folder, '--force')
        vk = self.show(site, '176.112.169.218')
        self.assertEqual((['AS47764'], '176.112.168.0/21', 'RU', 'ripencc'),
                         tuple(vk['origin'].values()))
        self.assertEqual('VK-AS - LLC VK, RU', vk['as_description']['text'])
        self.assertEqual({'name': 'VK-FRONT', 'country': 'RU',
                          'entities': ['ORG-LLCn4-RIPE', 'RIPE-NCC-END-MNT', 'VKCOMPANY-MNT', 'MAIL-RU'],
                          'range': '176.112.168.0 - 176.112.175.255'}, vk['registration'])
        linode = self.show(site, '139.162.133.252')
        self.assertEqual(('AS63949', 'NL'), (linode['origin']['asns'][0], linode['origin']['country']))
        self.assertEqual('AKAMAI-LINODE-AP - Akamai Connected Cloud, SG', linode['as_description']['text'])
        self.assertEqual(('EU-LINODE-20141229', 'US', ['ORG-LL72-RIPE', 'linode-mnt', 'LAS85-RIPE']),
                         tuple(linode['registration'].values())[:3])
        google = self.show(site, '209.85.218.15')
        self.assertEqual((['AS15169'], '209.85.218.0/24', 'US', 'arin'), tuple(google['origin'].values()))
        self.assertIsNone(google['registration'])
        # An address that carries another one counts as that: NAT64.
        self.assertEqual(google, self.show(site, '64:ff9b::209.85.218.15'))


if __name__ == '__main__':
    main()
