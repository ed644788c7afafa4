"""What registries publish in bulk: its files, made and read. Reading shares no code and no way of
working with badclients: it is the oracle of the tests."""

import bisect
import datetime
import gzip
import hashlib
import ipaddress
import re
import socket

REGISTRIES = ('arin', 'ripencc', 'apnic', 'lacnic', 'afrinic')
FEWEST_PEERS = 10
MOST_MEMBERS = 64


# ---- files --------------------------------------------------------------------------------------

def ris(rows, made):
    """A RIS whois dump of rows (origin, prefix, peers), as text."""
    return (f'%\n% This file was generated at {made:%a %b %d %H:%M:%S UTC %Y}.\n%\n'
            '% Format:  <origin> <tab> <prefix> <tab> <seen by #rispeers>\n% \n'
            + ''.join(f'{origin}\t{prefix}\t{peers}\n' for origin, prefix, peers in rows)
            + '\n% End of dump\n')


def delegated(registry, records, made):
    """A delegated-extended file of records (country, type, start, value, status), as text."""
    counts = {kind: sum(record[1] == kind for record in records)
              for kind in ('asn', 'ipv4', 'ipv6')}
    lines = [f'2|{registry}|{made:%Y%m%d}|{len(records)}|19700101|{made:%Y%m%d}|+0000']
    lines += [f'{registry}|*|{kind}|*|{count}|summary' for kind, count in counts.items()]
    lines += [f'{registry}|{country}|{kind}|{start}|{value}|20200101|{status}|holder'
              for country, kind, start, value, status in records]
    return '\n'.join(lines) + '\n'


def rpsl(objects):
    """Objects, each a list of (key, value), as text."""
    return '#\n# The contents of this file are subject to\n# conditions\n#\n\n' + '\n'.join(
        ''.join(f'{key + ":":<16}{value}\n' for key, value in each) for each in objects) + '\n'


def put(folder, name, text):
    """Writes a publisher's file into `folder`, compressed where its name says so."""
    data = text if isinstance(text, bytes) else text.encode()
    path = folder / name
    path.write_bytes(gzip.compress(data, 1) if name.endswith('.gz') else data)
    return path


def md5(data):
    return hashlib.md5(data).hexdigest()


# ---- the oracle ---------------------------------------------------------------------------------

def text_of(line):
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode('latin-1')


def lines_of(path):
    opened = gzip.open(path) if path.read_bytes()[:2] == b'\x1f\x8b' else open(path, 'rb')
    with opened as file:
        for line in file:
            yield text_of(line.rstrip(b'\r\n'))


def is_public(asn):
    return not (asn in (0, 23456) or 64496 <= asn <= 131071 or asn >= 4200000000)


class Routes:
    """Announced prefixes as ranges (version, first, last), with their origins and as text."""

    def __init__(self, *paths):
        seen, texts = {}, {}
        for path in paths:
            for line in lines_of(path):
                if not line or line.startswith('%'):
                    continue
                origin, prefix, peers = line.split('\t')
                base, _, length = prefix.partition('/')
                version, bits = (6, 128) if ':' in base else (4, 32)
                # ipaddress would take ten times as long, and there are a million of them.
                family = socket.AF_INET6 if version == 6 else socket.AF_INET
                first = int.from_bytes(socket.inet_pton(family, base), 'big')
                if int(peers) < FEWEST_PEERS or int(length) < (8 if version == 4 else 16):
                    continue
                if version == 6 and first >> 112 == 0:
                    continue
                network = (version, first, first | (1 << (bits - int(length))) - 1)
                for asn in map(int, origin.strip('{}').split(',')):
                    if is_public(asn):
                        best = seen.setdefault(network, {})
                        best[asn] = max(best.get(asn, 0), int(peers))
                        texts[network] = f'{socket.inet_ntop(family, socket.inet_pton(family, base))}/{length}'
        self.ranges, self.origins, self.texts = list(seen), [], [texts[network] for network in seen]
        for asns in seen.values():
            self.origins.append(sorted(asns, key=lambda asn: (-asns[asn], asn))[:MOST_MEMBERS])


class Delegations:
    """Who has got an address, and which AS numbers a registry has given away."""

    def __init__(self, *paths):
        self.blocks = {4: [], 6: []}
        self.asns = {}
        for path in paths:
            for line in lines_of(path):
                fields = line.split('|')
                if len(fields) < 7 or fields[6] not in ('allocated', 'assigned'):
                    continue
                registry, country, kind, start, value = fields[:5]
                if kind == 'asn':
                    self.asns.setdefault(registry, []).append((int(start), int(start) + int(value)))
                    continue
                first = ipaddress.ip_address(start)
                size = int(value) if kind == 'ipv4' else 1 << (128 - int(value))
                self.blocks[first.version].append(
                    (int(first), int(first) + size - 1, '' if country == 'ZZ' else country, registry))
        for blocks in self.blocks.values():
            blocks.sort()
        for ranges in self.asns.values():
            ranges.sort()

    def find(self, version, number):
        blocks = self.blocks[version]
        at = bisect.bisect(blocks, (number, 1 << 129)) - 1
        if at >= 0 and blocks[at][0] <= number <= blocks[at][1]:
            return blocks[at][2], blocks[at][3]
        return None

    def has_asn(self, registry, asn):
        ranges = self.asns.get(registry, [])
        at = bisect.bisect(ranges, (asn, 1 << 40)) - 1
        return at >= 0 and ranges[at][0] <= asn < ranges[at][1]

    def space(self, registry):
        """{version: [(first, last)]}, adjacent blocks in one."""
        space = {4: [], 6: []}
        for version, blocks in self.blocks.items():
            for first, last, _, of in blocks:
                if of != registry:
                    continue
                if space[version] and space[version][-1][1] + 1 >= first:
                    before = space[version].pop()
                    first, last = before[0], max(last, before[1])
                space[version].append((first, last))
        return space


def as_names(path, delegations):
    """{AS number: text as Team Cymru writes it}"""
    names = {}
    for line in lines_of(path):
        number, _, text = line.strip().partition(' ')
        text = re.sub('[\x00-\x1f\x7f-\xa0]', ' ', text).strip()
        match = re.fullmatch(r'(.*?)(, [A-Z][A-Z])?', text, re.DOTALL)
        body, country = match[1], match[2] or ''
        name, _, rest = body.partition(' ')
        rest = rest.strip(' \t')
        if delegations.has_asn('ripencc', int(number)) and rest and not re.match('-( |$)', rest):
            text = f'{name} - {rest}{country}'
        names[int(number)] = text
    return names


def most_specific(ranges, points):
    """For each of `points` (version, number) the index of the smallest range (version, first, last)
    that has it, of those of the same size the one that begins last; None where none has. The ranges
    choose, the smallest first, among the points that nobody has chosen yet."""
    order = sorted(set(points))
    chosen = [None] * len(order)
    free = list(range(len(order) + 1))  # the next that is free, from here on

    def next_free(at):
        while free[at] != at:
            free[at] = free[free[at]]
            at = free[at]
        return at
    for i in sorted(range(len(ranges)), key=lambda i: (ranges[i][2] - ranges[i][1], -ranges[i][1])):
        version, first, last = ranges[i]
        at = next_free(bisect.bisect_left(order, (version, first)))
        while at < len(order) and order[at] <= (version, last):
            chosen[at] = i
            free[at] = at + 1
            at = next_free(at + 1)
    found = dict(zip(order, chosen))
    return [found[point] for point in points]


def random_point(randomness):
    """(version, number), anywhere."""
    if randomness.random() < 0.5:
        return 4, randomness.getrandbits(32)
    return 6, 0x2 << 124 | randomness.getrandbits(124)


def text_of_point(version, number):
    """Some text form of the address; not the canonical one."""
    if version == 4:
        return f'{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}'
    return ':'.join(f'{number >> shift & 65535:x}' for shift in range(112, -1, -16))


# ---- registrations ------------------------------------------------------------------------------

ENTITY_KEYS = ('org', 'admin-c', 'tech-c', 'abuse-c', 'mnt-by', 'mnt-irt')


def objects_in(path):
    """Objects of a dump, each a list of (key, value), continuation lines joined with a blank."""
    found = []
    for line in lines_of(path):
        if not line.strip():
            if found:
                yield found
            found = []
        elif line[0] in '#%':
            continue
        elif line[0] in ' \t+':
            found[-1] = (found[-1][0], f'{found[-1][1]} {line[1:].strip()}')
        else:
            key, _, value = line.partition(':')
            found.append((key, value.strip()))
    if found:
        yield found


def abuse_contacts(path):
    contacts = {}
    for each in objects_in(path):
        values = dict(each)
        if each[0][0] == 'organisation' and 'abuse-c' in values:
            contacts[each[0][1]] = values['abuse-c'].split('#')[0].strip()
    return contacts


def registrations(path, space, contacts=None):
    """(version, first, last, name, country, entities) of the objects that lie in `space`."""
    found = []
    for each in objects_in(path):
        kind, value = each[0]
        if kind not in ('inetnum', 'inet6num'):
            continue
        if '-' in value:
            first, last = (ipaddress.ip_address(part.strip()) for part in value.split('-'))
        else:
            network = ipaddress.ip_network(value)
            first, last = network[0], network[-1]
        blocks = space[first.version]
        at = bisect.bisect(blocks, (int(first), 1 << 129)) - 1
        if at < 0 or int(last) > blocks[at][1]:
            continue
        country, entities, organisation = None, [], None
        for key, value in each[1:]:
            plain = value.split('#')[0].strip()
            if key == 'country' and country is None:
                country = {'UK': 'GB', 'ZZ': ''}.get(plain.upper(), plain.upper())
            if key == 'org':
                organisation = plain
            if key in ENTITY_KEYS:
                entities += plain.replace(',', ' ').split()
        if contacts and organisation in contacts:
            entities.append(contacts[organisation])
        entities = [e for e in dict.fromkeys(entities) if e != 'DUMY-RIPE']
        found.append((first.version, int(first), int(last), dict(each[1:]).get('netname', ''),
                      country or '', entities))
    return found
