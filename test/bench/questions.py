#!/usr/bin/env python3
"""How many questions the logins of a day put to DNS and to registries, each from a new address.

    BADCLIENTS_BUILD=build python3 test/bench/questions.py

Three worlds of as many addresses, which differ in how wide the registered networks are and in how
many addresses share a block of `ipv4_network` bits; and two sites: one without rules on the
network, where the audit line alone wants to know about it, and one with.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'e2e'))

import harness  # noqa: E402
from harness import world  # noqa: E402

ADDRESSES = 200
RULES = {'nothing': (), 'AS and entity': (('asn.deny', 'AS64499'), ('entity.deny', 'NOBODY-MNT'))}


def providers():
    """50 blocks of a provider's /16, four customers in each: homes."""
    for i in range(ADDRESSES):
        yield f'84.46.{i // 4}.{i % 4 + 1}', '84.46.0.0', '84.46.255.255', '84.46.0.0/16'


def cloud():
    """Two blocks of a cloud's /16, a hundred virtual machines in each."""
    for i in range(ADDRESSES):
        yield f'84.47.{i // 100}.{i % 100 + 1}', '84.47.0.0', '84.47.255.255', '84.47.0.0/16'


def customers():
    """Ten blocks full of /29s that are registered one by one, two addresses in each."""
    for i in range(ADDRESSES):
        block, number = i // 20, i % 20
        first = number // 2 * 8
        yield (f'84.48.{block}.{first + number % 2 + 1}', f'84.48.{block}.{first}',
               f'84.48.{block}.{first + 7}', '84.48.0.0/16')


WORLDS = {'homes: a /16, 4 a block': providers, 'a cloud: a /16, 100 a block': cloud,
          'customers: /29s, 20 a block': customers}


def count(addresses, rules):
    """(DNS questions about networks, questions to registries)"""
    dns = world.nameserver()
    registries = world.registries()
    addresses = list(addresses)
    for address, first, last, prefix in addresses:
        dns.origin(address, f'64500 | {prefix} | DE | ripencc | 2004-04-21')
        registries.ripencc.answers[address] = (
            f'inetnum: {first} - {last}\nnetname: NET-{first}\ncountry: DE\nmnt-by: A-MNT\n')
    dns.start()
    relay = harness.DnsRelay(dns)
    site = harness.Site(dns, registries, lookup={'reverse_dns': 'no'},
                        budget={'ripencc': 'none'}, dns={'nameserver': f'127.0.0.1:{relay.port}'})
    for name, entry in rules:
        site.list(name, entry)
    try:
        for address, *_ in addresses:
            outcome = site.login(address=address)
            if outcome.audit['net_name'] == 'None':
                raise RuntimeError(f'not known: {outcome}')
        return len(relay.asked()), len(registries.questions())
    finally:
        for server in (relay, registries, dns):
            server.stop()


def main():
    print(f'{ADDRESSES} addresses, a login each')
    print(f'{"world":30} {"rules look at":15} {"DNS":>5} {"registries":>10}')
    for name, addresses in WORLDS.items():
        for what, rules in RULES.items():
            print(f'{name:30} {what:15} {"{:5} {:10}".format(*count(addresses(), rules))}')


if __name__ == '__main__':
    from harness.isolation import isolate
    isolate()
    main()
