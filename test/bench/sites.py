"""Sites that are ready to be measured: lists of any length, a cache with any number of rows."""

import random
import sqlite3
import time

import harness
from harness import project, world
from harness.process import wait_until

ALLOWED = world.HOME          # cached, on no list
DENIED = world.MAIL_RU        # cached, in the last network of ip_net.deny.lst
MANY = 1_000_000


def networks(count):
    """`count` networks of several lengths, none of which holds ALLOWED or DENIED."""
    base = 16 << 24
    for i in range(count):
        address = base + i * 256
        yield (f'{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.0'
               f'/{(24, 25, 28, 32)[i % 4]}')


def patterns(count):
    """`count` patterns for reverse names, of the kinds that people write; none matches."""
    kinds = ('.*%.pool%-{}%.provider%.invalid', "'host-{}.dynamic.invalid",
             'mail%d+%.customer{}%..*', '.*x{}x.*')
    return (kinds[i % len(kinds)].format(i) for i in range(count))


class Sites:
    """Makes sites whose caches know ALLOWED and DENIED, as real servers on loopback told them."""

    def __init__(self):
        self._dns = world.nameserver().start()
        self._registries = world.registries()

    def stop(self):
        self._dns.stop()
        self._registries.stop()

    def make(self, networks_in_lists=10, rows=0, geoip=None, patterns_in_lists=0, client_rules=0,
             names_in_files=0):
        """`rows`: how many more rows the cache has. `geoip`: paths, as in [maxmind].
        `client_rules`: of one client, on reverse names alone. `names_in_files`: of two that are
        exempt or refused, in rules that each login looks at."""
        site = harness.Site(self._dns, self._registries, cache={'max_entries': 3 * MANY})
        learn(site)
        if geoip:
            site.configure(maxmind=geoip)
        add_rows(site, rows)
        site.list('ip_net.deny', *networks(networks_in_lists - 1), DENIED + '/32')
        for name in ('asn', 'as_cc', 'net_cc', 'entity'):
            site.list(name + '.deny', {'asn': 'AS64511', 'entity': 'NOBODY'}.get(name, 'ZZ'))
        site.list('rev_host.deny', '.*%.example%.invalid', "'mail.example.invalid",
                  *patterns(patterns_in_lists))
        site.list('as_dscr.deny', '.*NOBODY.*')
        if client_rules:
            (site.lists / 'clients').mkdir()
            (site.lists / 'clients' / 'some.client').write_text('Name: Some\n\n' + ''.join(
                f'rev_host="{pattern}"\n' for pattern in patterns(client_rules)))
        if names_in_files:
            (site.lists / 'clients').mkdir(exist_ok=True)
            for name in ('exempt', 'staff'):
                (site.lists / name).write_text(''.join(f'{name}{number}@example.org\n'
                                                       for number in range(names_in_files)))
            site.list('user.allow', '@exempt')
            (site.lists / 'clients' / 'names.client').write_text(
                'Name: Names\n\nuser=@staff service=imap\nuser!=@staff service!=imap\n')
        # The first login sees that the lists have changed.
        ready(site)
        at_rest(site)
        ready(site)
        return site


def at_rest(site):
    """A login looks twice at what was written within the last tick of the file system's clock, so that
    has to pass."""
    files = [*site.state.glob('*.db'), *site.lists.rglob('*')]
    wait_until(lambda: time.time() - max(file.stat().st_mtime for file in files) > 0.5,
               'lists and cache have come to rest')


def learn(site):
    """Has the site's cache learn all about ALLOWED and DENIED."""
    for address in (ALLOWED, DENIED):
        site.login(address=address)
        facts = site.login(address=address).audit['facts']
        if facts != 'cached':
            raise RuntimeError(f'{address} is not in the cache: facts={facts}')


def ready(site):
    """Waits until both logins end as they should: on a busy machine, where the index of new lists takes
    half of the deadline, the first end as the lists were before."""
    def as_they_should():
        return [site.login(address=address).exit_code for address in (ALLOWED, DENIED)] == [0, 1]
    wait_until(as_they_should, 'both logins end as they should')


def add_rows(site, count):
    """Copies what is known about ALLOWED to `count` keys of other addresses, which nobody reads."""
    chance = random.Random(1)
    with sqlite3.connect(site.state / 'cache.db') as database:
        row = database.execute('SELECT learnt, expires, source, value, checksum FROM entry'
                               " WHERE substr(hex(key), 1, 2) = hex('4') LIMIT 1").fetchone()
        keys = sorted({b'4' + chance.randbytes(4) + b'\x20r' for _ in range(count)})
        database.executemany('INSERT OR IGNORE INTO entry'
                             '(key, learnt, expires, source, value, checksum)'
                             ' VALUES(?, ?, ?, ?, ?, ?)', ((key, *row) for key in keys))
    database.close()
    for file in site.state.glob('cache.db*'):
        project.give_away(file)
