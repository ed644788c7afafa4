"""What tests of registry data share: publishers' files of full size, updates, look-ups."""

import contextlib
import datetime
import fcntl
import functools
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys

from . import bulk, project
from .case import TestCase
from .site import Site

sys.path.insert(0, str(project.ROOT / 'test' / 'bench'))
import registry_data  # noqa: E402

NOW = datetime.datetime.now(datetime.timezone.utc)


# Of the networks of world.py, as the publishers have them.
LINODE = [('inetnum', '139.162.0.0 - 139.162.255.255'), ('netname', 'EU-LINODE-20141229'),
          ('mnt-by', 'linode-mnt'), ('org', 'ORG-LL72-RIPE'), ('country', 'US'),
          ('admin-c', 'DUMY-RIPE'), ('tech-c', 'DUMY-RIPE'), ('source', 'RIPE')]
VK = [('inetnum', '176.112.168.0 - 176.112.175.255'), ('netname', 'VK-FRONT'), ('country', 'RU'),
      ('admin-c', 'DUMY-RIPE'), ('org', 'ORG-LLCn4-RIPE'), ('mnt-by', 'RIPE-NCC-END-MNT'),
      ('mnt-by', 'VKCOMPANY-MNT'), ('tech-c', 'DUMY-RIPE'), ('source', 'RIPE')]
ORGANISATIONS = [[('organisation', 'ORG-LL72-RIPE'), ('abuse-c', 'LAS85-RIPE')],
                 [('organisation', 'ORG-LLCn4-RIPE'), ('abuse-c', 'MAIL-RU')]]
DELEGATED = {'arin': [('US', 'ipv4', '52.96.0.0', 1 << 20, 'allocated'),
                      ('US', 'ipv4', '209.85.128.0', 1 << 15, 'allocated')],
             'ripencc': [('NL', 'ipv4', '139.162.0.0', 1 << 16, 'allocated'),
                         ('RU', 'ipv4', '176.112.168.0', 1 << 11, 'assigned')]}
ROUTES = [(8075, '52.96.0.0/14'), (47764, '176.112.168.0/21'), (63949, '139.162.128.0/19'),
          (15169, '209.85.128.0/17')]
AS_NAMES = '''8075 MICROSOFT-CORP-MSN-AS-BLOCK, US
15169 GOOGLE, US
47764 VK-AS, RU
63949 AKAMAI-LINODE-AP Akamai Connected Cloud, SG
'''


def publish_world(made=NOW):
    """A folder with files about them, which badclientsctl registry update --from --force takes."""
    folder = project.temporary_folder('bulk')
    for registry in bulk.REGISTRIES:
        bulk.put(folder, f'delegated-{registry}-extended-latest',
                 bulk.delegated(registry, DELEGATED.get(registry, []), made))
    bulk.put(folder, 'riswhoisdump.IPv4.gz', bulk.ris([(*row, 300) for row in ROUTES], made))
    bulk.put(folder, 'asn.txt', AS_NAMES)
    bulk.put(folder, 'ripe.db.inetnum.gz', bulk.rpsl([LINODE, VK]))
    bulk.put(folder, 'ripe.db.organisation.gz', bulk.rpsl(ORGANISATIONS))
    return folder


@functools.cache
def full_size():
    """A folder with the files of the default sources, as large as they are. They are made once a
    day for all tests of a build; not everybody may enter that."""
    kept = project.BUILD / 'test' / 'published'
    kept.mkdir(parents=True, exist_ok=True)
    made = kept / f'{NOW:%Y%m%d}'
    with open(kept / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_dir():
            for old in kept.glob('2*'):
                shutil.rmtree(old)
            fresh = kept / 'new'
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            registry_data.make(fresh, registrations=0)
            fresh.rename(made)
        folder = project.temporary_folder('published')
        for path in made.iterdir():
            shutil.copy2(path, folder / path.name)
            (folder / path.name).chmod(0o644)
        return folder


def look_up(state, points):
    """What registry data has of each (version, number), by the code that a login uses: `ORIGIN|AS
    DESCRIPTION&...|REGISTRATION`, each as facts/serialise.hpp writes it."""
    texts = [bulk.text_of_point(*point) for point in points]
    done = subprocess.run([project.BUILD / 'test' / 'e2e' / 'registry_lookups', state],
                          input='\n'.join(texts) + '\n', text=True, capture_output=True, check=True)
    for text, line in zip(texts, done.stdout.splitlines(), strict=True):
        start, _, found = line.partition('|')
        if start != text:
            raise AssertionError(line)
        yield found


def dump(path):
    """A hash over all that a registry.db says, except for what it says about its files."""
    digest = hashlib.sha256()
    with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as database:
        # Of texts those of a number above 0, and below those about files.
        for row in database.execute('SELECT key, value FROM item WHERE key >= 0 OR key > (1 << 63) '
                                    'AND key < (1 << 63) + (1 << 62) ORDER BY key'):
            digest.update(repr(row).encode())
    return digest.hexdigest()


class RegistryTestCase(TestCase):
    def site(self, **registry):
        return Site(registry={'max_age': '365d', **registry})

    def update(self, site, *arguments, code=0):
        """Output and errors of an update."""
        done = site.ctl('registry', 'update', *arguments)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def show(self, site, address):
        """{fact: value}, None where it is not known."""
        done = site.ctl('registry', 'show', '--json', address)
        self.assertEqual('', done.stderr)
        facts = json.loads(done.stdout)['facts']
        return {name: [each['value'] for each in fact] if isinstance(fact, list) else fact['value']
                for name, fact in facts.items()}

    @staticmethod
    def store(site):
        return site.state / 'registry.db'

    def left_behind(self, site):
        return {path.name for path in site.state.iterdir()} - {'registry.db', 'registry.lock'}
