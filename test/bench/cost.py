#!/usr/bin/env python3
"""What a cached login costs, in instructions: a number that can be compared with an earlier one.

test/e2e/test_cost.py fails where it differs from what instructions.json says by more than 5 %, so
that nobody makes logins slower unnoticed. Who has a reason to: `cost.py --renew` writes the file
anew, with the programs of ./build or of the folder that BADCLIENTS_BUILD names.

The number depends on compiler and libraries. So it is only compared where these are the same.
"""

import functools
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))

import harness.case
from harness import callgrind, project
from harness.geoip import write_mmdb
from harness.registry import publish_world
from harness.world import SUGAR_MAIL

from sites import ALLOWED, DENIED, Sites, at_rest, ready

KEPT = pathlib.Path(__file__).with_name('instructions.json')
SOME = 10_000


def surroundings():
    """What the number depends on, besides our own code."""
    options = json.loads((project.BUILD / 'meson-info' / 'intro-buildoptions.json').read_text())
    options = {option['name']: option['value'] for option in options}
    comment = subprocess.run(['readelf', '--string-dump=.comment', project.BUILD / 'src/badclients'],
                             capture_output=True, text=True, check=True).stdout
    dynamic = subprocess.run(['readelf', '--dynamic', project.BUILD / 'src/badclients'],
                             capture_output=True, text=True, check=True).stdout
    system = dict(line.split('=', 1) for line in
                  pathlib.Path('/etc/os-release').read_text().splitlines() if '=' in line)
    return {
        'system': system['PRETTY_NAME'].strip('"'),
        'machine': subprocess.check_output(['uname', '-m'], text=True).strip(),
        'compilers': sorted(set(re.findall(r'(GCC|clang version)[^\n]*?(\d+\.\d+)\.\d', comment))),
        'build': {name: options[name] for name in ('buildtype', 'b_ndebug', 'b_sanitize', 'cpp_args',
                                                   'optimization')},
        'static': '(NEEDED)' not in dynamic,
    }


@functools.cache
def measure():
    """{case: instructions}"""
    sites = Sites()
    try:
        small, large = sites.make(), sites.make(SOME, SOME)
        cases = {'allowed': (small, ALLOWED), 'denied': (small, DENIED),
                 f'allowed, {SOME} networks and cached answers': (large, ALLOWED)}
        found = {name: callgrind.instructions(*case)[0] for name, case in cases.items()}
        found['a request of the policy door'] = callgrind.of_a_request(small, ALLOWED)
        found['a request that says something new'] = callgrind.of_a_request(small, ALLOWED, True)
        found['a request, with a GeoIP database'] = callgrind.of_a_request(geoip_site(sites), ALLOWED)
        found['a request, with registry data'] = callgrind.of_a_request(registry_site(sites), SUGAR_MAIL)
        return found
    finally:
        sites.stop()


def geoip_site(sites):
    return sites.make(geoip={'geo_asn': write_mmdb('asn.mmdb', 'GeoLite2-ASN', {
        '84.46.0.0/16': {'autonomous_system_number': 64500,
                         'autonomous_system_organization': 'Home Broadband'}})})


def registry_site(sites):
    """Which knows SUGAR_MAIL by registry data, and its name by the cache."""
    site = sites.make()
    site.configure(lookup={'origin': 'local dns', 'registration': 'local whois'})
    site.ctl('registry', 'update', '--from', publish_world(), '--force')
    ready(site)
    site.login(address=SUGAR_MAIL)
    at_rest(site)
    facts = site.login(address=SUGAR_MAIL).audit['facts']
    if facts != 'local':
        raise RuntimeError(f'registry data does not know {SUGAR_MAIL}: facts={facts}')
    return site


def as_kept(found):
    return json.loads(json.dumps(found))


def main():
    harness.case.isolate()
    try:
        found = {'surroundings': surroundings(), 'instructions': measure()}
    finally:
        project.remove_temporary_folders()
    text = json.dumps(found, indent=1) + '\n'
    print(text, end='')
    if '--renew' in sys.argv[1:]:
        KEPT.write_text(text)


if __name__ == '__main__':
    main()
