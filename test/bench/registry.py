#!/usr/bin/env python3
"""What registry data of full size costs: to compile, to keep, to look up in.

    BADCLIENTS_BUILD=build python3 test/bench/registry.py [--registrations N] [--keep FOLDER]

Makes the publishers' files (registry_data.py), which takes some minutes and 800 MB; with --keep in a
folder that the next run takes them from. Ends with 1 where a bound does not hold.
"""

import argparse
import contextlib
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'e2e'))

import harness  # noqa: E402
from harness import bulk, memory, project  # noqa: E402

import starts  # noqa: E402
from sites import ALLOWED, Sites, ready  # noqa: E402

MIB = 1024 * 1024


class Table:
    """Figures as they come, each with its bound."""

    def __init__(self):
        self.good = True

    def add(self, what, figure, unit, bound=None):
        held = bound is None or figure <= bound
        self.good &= held
        promise = '' if bound is None else f'<= {bound:>5g}  {"yes" if held else "NO"}'
        digits = 2 if unit == 'x' else 1
        print(f'{what:<56} {figure:>8.{digits}f} {unit:<4} {promise}', flush=True)


def build(folder, registrations):
    """(site, seconds, MiB at most) of compiling the files of a folder."""
    site = harness.Site(registry={'max_age': '365d'})
    sources = project.temporary_folder('sources')
    for path in folder.iterdir():
        if registrations or '.db.' not in path.name:
            (sources / path.name).symlink_to(path)
    begin = time.monotonic()
    child = subprocess.Popen([project.programs() / 'badclientsctl', '--config', site.config, 'registry', 'update',
                              '--from', sources], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit('badclientsctl registry update has failed')
    return site, time.monotonic() - begin, usage.ru_maxrss * 1024 / MIB


def first_logins(sites, stores, address, names):
    """{case: median microseconds} of a cached login, and of one whose network each of {case:
    registry.db} knows; without names, or with one in the cache."""
    credentials = project.temporary_folder('credentials') / 'credentials'
    credentials.write_bytes(b'alice\0secret\0\0')
    project.give_away(credentials)
    cases = {}
    for case, store in {'cached': None, **stores}.items():
        site = sites.make()
        for name in ('net_cc', 'entity'):  # of rules on what not all stores have
            (site.lists / f'{name}.deny.lst').unlink()
        site.configure(lookup={'reverse_dns': 'yes' if names else 'no'}, registry={'max_age': '365d'})
        if store:
            site.configure(lookup={'origin': 'local dns', 'registration': 'local whois'})
            shutil.copy(store, site.state / 'registry.db')
            project.give_away(site.state / 'registry.db')
        asked = address if store else ALLOWED
        site.login(address=asked)
        site.wait_for_background()
        time.sleep(1)  # what was just written is looked at more closely
        ready(site)
        facts = site.login(address=asked).audit['facts']
        if facts != ('local' if store else 'cached'):
            raise RuntimeError(f'{case}: facts={facts}')
        cases[case] = starts.login(site, asked, credentials)
    return {case: times.microseconds for case, times in starts.compare(cases, 1000).items()}


def look_up(site, count=10_000):
    """(microseconds a look-up, MB of its own) of a process that may have 256 MiB."""
    randomness = random.Random(5)
    process = subprocess.Popen(
        [project.BUILD / 'test' / 'e2e' / 'registry_lookups', site.state],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (256 * MIB, 256 * MIB)))
    spent = 0
    with process, contextlib.closing(process.stdin):
        for _ in range(count // 100):
            lines = [bulk.text_of_point(*bulk.random_point(randomness)) + '\n' for _ in range(100)]
            begin = time.monotonic()
            process.stdin.writelines(lines)
            process.stdin.flush()
            for _ in lines:
                if not process.stdout.readline():
                    sys.exit('registry_lookups has failed')
            spent += time.monotonic() - begin
        private = memory.private_of(process.pid)
    return spent / count * 1e6, private * 1024 / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--registrations', type=int, default=6_000_000)
    parser.add_argument('--keep', type=pathlib.Path)
    arguments = parser.parse_args()
    folder = arguments.keep or project.temporary_folder('publications')
    if not (folder / 'afrinic.db.gz').exists():
        # By a process of its own: what a child takes at most counts from what its parent has.
        subprocess.run([sys.executable, HERE / 'registry_data.py', folder, '--registrations',
                        str(arguments.registrations)], check=True)
    table = Table()
    stores = {}
    for registrations, seconds_bound, megabytes_bound in ((False, 20, 60), (True, 600, 1500)):
        name = f'{arguments.registrations} registrations' if registrations else 'default sources'
        site, seconds, most = build(folder, registrations)
        table.add(f'{name}: time to compile', seconds, 's', seconds_bound)
        table.add(f'{name}: memory to compile', most, 'MiB', 512)
        stores[name] = site.state / 'registry.db'
        size = stores[name].stat().st_size
        table.add(f'{name}: registry.db', size / 1e6, 'MB', megabytes_bound)
        microseconds, private = look_up(site)
        table.add(f'{name}: a look-up', microseconds, 'us')
        table.add(f'{name}: private memory of look-ups', private, 'MB', 8)
    tell_first_logins(table, stores, bulk.Routes(folder / 'riswhoisdump.IPv4.gz').ranges)
    return 0 if table.good else 1


def tell_first_logins(table, stores, ranges):
    sites = Sites()
    _, first, _ = ranges[len(ranges) // 2]
    address = bulk.text_of_point(4, first + 1)
    try:
        for names in (False, True):
            found = first_logins(sites, stores, address, names)
            small, *large = (found[name] for name in stores)
            how = 'its name cached' if names else 'reverse_dns = no'
            for name in stores:
                table.add(f'{name}: first login, {how}', found[name] / found['cached'], 'x', 1.3)
            for one in large:
                table.add(f'the same against default sources, {how}', one / small, 'x', 1.1)
    finally:
        sites.stop()


if __name__ == '__main__':
    from harness.isolation import isolate
    isolate()
    try:
        code = main()
    finally:
        project.remove_temporary_folders()
    sys.exit(code)
