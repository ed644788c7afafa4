#!/usr/bin/env python3
"""registry_data.py FOLDER [--registrations N]: publishers' files as large as theirs are, made up.

1,100,000 IPv4 and 260,000 IPv6 prefixes, 120,000 ASes, the five registries' delegations, and N
registrations (6,000,000 unless said; 0: none), in the forms and with the repetitions of the real
ones: network names mostly of their own, maintainers and organisations shared, nested three deep.
"""

import argparse
import datetime
import gzip
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
from harness import bulk  # noqa: E402

# /8s that each registry has, and the first sixteen bits of its IPv6 space.
SPACE4 = {'ripencc': (2, 5, 31, 37, 46, 62, *range(77, 96), 109, 141, 145, 151, 176, 178, 185, 188, 193, 194, 195, 212, 213, 217),
          'apnic': (1, 14, 27, 36, 39, 42, 49, 58, 59, 60, 61, 101, 103, *range(110, 127), 175, 180, 182, 183, 202, 203, 210, 211),
          'arin': (3, 4, 8, 12, 13, 15, 16, 17, 18, 20, 23, 24, 32, 34, 35, 38, 40, 44, 47, 50, 52, 54, *range(63, 77), 96, 97, 98, 99, 104, 107, 108, 172, 173, 174, 184, 199, 204, 205, 206, 207, 208, 209, 216),
          'lacnic': (177, 179, 181, 186, 187, 189, 190, 191, 200, 201),
          'afrinic': (41, 102, 105, 154, 197)}
SPACE6 = {'ripencc': 0x2a00, 'apnic': 0x2400, 'arin': 0x2600, 'lacnic': 0x2800, 'afrinic': 0x2c00}
# Of AS numbers, IPv4 and IPv6 blocks, in 2026.
RECORDS = {'arin': (32_988, 80_850, 89_213), 'ripencc': (48_682, 100_877, 111_234),
           'apnic': (14_762, 61_684, 113_822), 'lacnic': (16_515, 20_804, 59_982),
           'afrinic': (4_350, 6_091, 9_345)}
COUNTRIES = {'ripencc': ('DE', 'FR', 'GB', 'RU', 'NL', 'IT', 'EU'), 'apnic': ('CN', 'JP', 'AU', 'IN'),
             'arin': ('US', 'CA'), 'lacnic': ('BR', 'AR', 'MX'), 'afrinic': ('ZA', 'KE', 'NG')}
WORDS = ('NET', 'CUSTOMER', 'HOSTING', 'FIBRE', 'TELECOM', 'CITY', 'LAN', 'POOL', 'DSL', 'OFFICE')
REMARKS = ''.join(f'remarks:        {line}\n' for line in (
    '****************************', '* THIS OBJECT IS MODIFIED',
    '* Please note that all data that is generally regarded as personal',
    '* data has been removed from this object.',
    '* To view the original object, please query the RIPE Database at:',
    '* http://www.ripe.net/whois', '****************************'))


def dotted(number):
    return f'{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}'


def delegations(folder, randomness, now):
    first_asn = 200_000
    for registry, (asns, blocks4, blocks6) in RECORDS.items():
        country = lambda: randomness.choice(COUNTRIES[registry])  # noqa: E731
        step = max((len(SPACE4[registry]) << 24) // blocks4 >> 8, 1)
        records = []
        for top in SPACE4[registry]:
            at, end = top << 24, (top + 1) << 24
            while at < end:
                size = min(randomness.randint(1, 2 * step - 1) << 8, end - at)
                records.append((country(), 'ipv4', dotted(at), size, 'allocated'))
                at += size
        for n in range(blocks6):
            records.append((country(), 'ipv6', f'{SPACE6[registry] + n // 65536:x}:{n % 65536:x}::', 32, 'allocated'))
        records += [(country(), 'asn', first_asn + n, 1, 'allocated') for n in range(asns)]
        first_asn += asns
        bulk.put(folder, f'delegated-{registry}-extended-latest', bulk.delegated(registry, records, now))


def routes(folder, randomness, now):
    tops = [top for space in SPACE4.values() for top in space]
    prefixes = set()
    while len(prefixes) < 1_100_000:
        length = randomness.choices((24, 23, 22, 21, 20, 19, 18, 16), (60, 9, 11, 5, 5, 3, 2, 5))[0]
        base = randomness.choice(tops) << 24 | randomness.getrandbits(24)
        prefixes.add((base >> (32 - length) << (32 - length), length))
    rows = []
    for base, length in sorted(prefixes):
        asn = 200_000 + randomness.getrandbits(30) % 120_000
        rows.append((asn, f'{dotted(base)}/{length}', 370))
        if randomness.random() < 0.01:
            rows.append((asn // 2 + 100_000, f'{dotted(base)}/{length}', 40))
    bulk.put(folder, 'riswhoisdump.IPv4.gz', bulk.ris(rows, now))
    prefixes = set()
    while len(prefixes) < 260_000:
        registry = randomness.choice(bulk.REGISTRIES)
        length = randomness.choices((48, 44, 40, 36, 32), (50, 12, 12, 10, 16))[0]
        n = randomness.randrange(20_000)
        low = randomness.getrandbits(16) >> (48 - length) << (48 - length)
        prefixes.add((SPACE6[registry] << 32 | n << 16 | low, length))
    rows = [(200_000 + randomness.getrandbits(30) % 120_000,
             f'{base >> 32:x}:{base >> 16 & 65535:x}:{base & 65535:x}::/{length}', 350)
            for base, length in sorted(prefixes)]
    bulk.put(folder, 'riswhoisdump.IPv6.gz', bulk.ris(rows, now))
    bulk.put(folder, 'asn.txt', ''.join(
        f'{200_000 + n} {randomness.choice(WORDS)}-{n} {randomness.choice(WORDS)} Number {n} Ltd., '
        f'{randomness.choice(("DE", "US", "CN"))}\n' for n in range(120_000)))


class Registrations:
    def __init__(self, randomness, registry, suffix):
        self.randomness, self.registry, self.suffix = randomness, registry, suffix
        self.number = 0

    def object(self, key, value, lir):
        """Text of one object."""
        randomness = self.randomness
        self.number += 1
        # Three in ten networks have a name that others have too.
        name = (f'{randomness.choice(WORDS)}-{self.number}' if randomness.random() < 0.7
                else f'{randomness.choice(WORDS)}-{lir}')
        person = 'DUMY-RIPE' if self.registry == 'ripencc' else f'NOC{lir}-{self.suffix}'
        return (f'{key + ":":<16}{value}\nnetname:        {name}\ndescr:          {name} of number {self.number}\n'
                f'descr:          Street {self.number}, Town\n'
                f'country:        {COUNTRIES[self.registry][lir % 3]}\norg:            ORG-L{lir}-{self.suffix}\n'
                f'admin-c:        {person}\ntech-c:         {person}\nstatus:         ASSIGNED PA\n'
                f'mnt-by:         LIR{lir}-MNT\nmnt-by:         {self.suffix}-NCC-END-MNT\ncreated:        2010-01-01T00:00:00Z\n'
                f'last-modified:  2020-01-01T00:00:00Z\nsource:         {self.suffix}\n{REMARKS}\n')

    def inetnums(self, count):
        """Allocations of a /16, suballocations in them, assignments in those: sizes are no powers of two."""
        randomness = self.randomness
        blocks = [top << 24 | second << 16 for top in SPACE4[self.registry] for second in range(256)]
        each = count / len(blocks)
        for index, block in enumerate(blocks):
            wanted = round(each * (index + 1)) - round(each * index)
            if wanted < 1:
                continue
            yield self.object('inetnum', f'{dotted(block)} - {dotted(block | 65535)}', index)
            step = max(65536 // wanted, 4)
            at = block
            for n in range(wanted - 1):
                size = randomness.randrange(1, step) if n % 20 else step * 19 - 1
                yield self.object('inetnum', f'{dotted(at)} - {dotted(min(at + size, block | 65535))}', index)
                at += step
                if at >= block + 65536:
                    break

    def inet6nums(self, count):
        base = SPACE6[self.registry] << 112
        for n in range(count):
            lir = n // (count // 20_000 + 1)
            site = n % (count // 20_000 + 1)
            length = 32 if site == 0 else 48
            value = base | lir << 96 | site << 80
            yield self.object('inet6num', f'{value >> 112:x}:{value >> 96 & 65535:x}:{value >> 80 & 65535:x}::/{length}', lir)


def write(path, *parts):
    with gzip.open(path, 'wt', compresslevel=1) as file:
        file.write('#\n# made up\n#\n\n')
        for part in parts:
            file.writelines(part)


def dumps(folder, randomness, count):
    ripe = Registrations(randomness, 'ripencc', 'RIPE')
    bulk.put(folder, 'ripe.db.organisation.gz', bulk.rpsl(
        [[('organisation', f'ORG-L{n}-RIPE'), ('org-name', f'LIR {n}'), ('abuse-c', f'AR{n}-RIPE')]
         for n in range(100_000)]))
    write(folder / 'ripe.db.inetnum.gz', ripe.inetnums(count * 70 // 100))
    write(folder / 'ripe.db.inet6num.gz', ripe.inet6nums(count * 10 // 100))
    apnic = Registrations(randomness, 'apnic', 'AP')
    write(folder / 'apnic.db.inetnum.gz', apnic.inetnums(count * 14 // 100))
    write(folder / 'apnic.db.inet6num.gz', apnic.inet6nums(count * 2 // 100))
    afrinic = Registrations(randomness, 'afrinic', 'AFRINIC')
    write(folder / 'afrinic.db.gz', afrinic.inetnums(count * 3 // 100), afrinic.inet6nums(count // 100))


def make(folder, registrations=6_000_000):
    """Writes all files into `folder`."""
    randomness = random.Random(1)
    now = datetime.datetime.now(datetime.timezone.utc)
    delegations(folder, randomness, now)
    routes(folder, randomness, now)
    if registrations:
        dumps(folder, randomness, registrations)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('--registrations', type=int, default=6_000_000)
    arguments = parser.parse_args()
    arguments.folder.mkdir(exist_ok=True)
    make(arguments.folder, arguments.registrations)


if __name__ == '__main__':
    main()
