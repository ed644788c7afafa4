#!/usr/bin/env python3
"""Every program is built with Debian's hardening, whoever builds it."""

import functools
import json
import platform
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import harness
from harness import project

X86 = platform.machine() == 'x86_64'
DISASSEMBLY = ['objdump', '-d', '-C', '--no-show-raw-insn', '-M', 'intel']


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@functools.cache
def built():
    """{option: value} of the build folder."""
    options = json.loads((project.BUILD / 'meson-info' / 'intro-buildoptions.json').read_text())
    return {option['name']: option['value'] for option in options}


def program(name):
    return project.BUILD / 'src' / name


def is_static(name):
    return '(NEEDED)' not in output('readelf', '-dW', program(name))


@functools.cache
def report(name):
    """What hardening-check (Debian: devscripts) says: {'Stack protected': 'yes', ...}."""
    done = subprocess.run(['hardening-check', program(name)], capture_output=True, text=True,
                          check=False)
    return {key.strip(): value.strip() for key, _, value in
            (line.partition(':') for line in done.stdout.splitlines()[1:])}


@functools.cache
def functions(name):
    """{name: its instructions} of our own functions in a program that has symbols."""
    bodies = {}
    for part in output(*DISASSEMBLY, program(name)).split('\n\n'):
        head, _, body = part.partition('>:\n')
        symbol = head.partition('<')[2]
        if symbol.startswith('badclients::'):
            bodies[symbol] = body
    return bodies


@unittest.skipIf(built()['optimization'] in ('0', 'plain') or built()['b_sanitize'] != 'none',
                 'a build for finding faults')
class Hardening(harness.TestCase):
    def test_every_source_is_compiled_with_it(self):
        wanted = {'-fstack-protector-strong', '-fstack-clash-protection', '-D_FORTIFY_SOURCE=2',
                  '-Werror=format-security'} | ({'-fcf-protection'} if X86 else set())
        commands = json.loads((project.BUILD / 'compile_commands.json').read_text())
        ours = [each for each in commands if '/src/' in each['file'] or
                each['file'].startswith('../src/')]
        self.assertGreater(len(ours), 150)
        for each in ours:
            words = set(shlex.split(each['command']))
            self.assertEqual(set(), wanted - words, each['file'])
            self.assertTrue({'-fPIE', '-fPIC'} & words, each['file'])

    def test_no_door_has_code_that_asks_the_network(self):
        """What parses strangers' bytes is the helper's alone: libcurl, ldns, OpenSSL."""
        foreign = r'(?m)\b(curl_easy_|ldns_|SSL_|X509_|redis)\w+|NEEDED.*(curl|ldns|ssl|crypto|hiredis)'
        for name, has_it in (('badclients', False), ('badclients-policy', False),
                             ('badclients-lookup', True)):
            with self.subTest(name):
                found = re.search(foreign, output('readelf', '-sdW', program(name)))
                self.assertEqual(has_it, bool(found), found)

    @unittest.skipUnless(shutil.which('hardening-check'), 'no hardening-check (devscripts)')
    def test_hardening_check_finds_nothing_missing(self):
        for name in project.PROGRAMS:
            if is_static(name):
                continue  # hardening-check looks at what comes from shared libraries
            with self.subTest(name):
                found = report(name)
                for key in ('Read-only relocations', 'Immediate binding'):
                    self.assertEqual('yes', found[key], key)
                self.assertEqual('yes', found['Position Independent Executable'])
                self.assertRegex(found['Stack protected'], '^yes')
                self.assertRegex(found['Fortify Source functions'], '^yes')
                if self.compiler_marks_control_flow():
                    self.assertEqual('yes', found['Control flow integrity'])

    @functools.cache
    def compiler_marks_control_flow(self):
        """Not where the C library's own parts of a program are without it, as on Debian 12."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(['c++', '-fcf-protection', '-x', 'c++', '-', '-o', f'{folder}/x'],
                           input='int main() {}', text=True, check=True)
            return 'IBT, SHSTK' in output('readelf', '-n', f'{folder}/x')

    @unittest.skipUnless(is_static('badclients'), 'badclients is linked with shared libraries')
    def test_a_static_program_is_position_independent_and_read_only_after_its_start(self):
        for name in ('badclients', 'badclients-policy'):
            dynamic = output('readelf', '-dW', program(name))
            self.assertRegex(dynamic, r'\(FLAGS_1\).*\bNOW\b.*\bPIE\b')
            segments = output('readelf', '-lW', program(name))
            self.assertIn('Elf file type is DYN', segments)
            self.assertIn('GNU_RELRO', segments)
            self.assertRegex(segments, r'GNU_STACK .* RW +0x')
            self.assertNotRegex(segments, r'LOAD .* RWE ')

    @unittest.skipUnless(X86 and is_static('badclients'), 'looks at x86-64 instructions')
    def test_the_static_programs_own_functions_are_protected(self):
        for name in ('badclients', 'badclients-policy'):
            with self.subTest(name):
                self.assert_protected(functions(name))

    def assert_protected(self, bodies):
        self.assertGreater(len(bodies), 500)

        def share(pattern):
            return sum(bool(re.search(pattern, body)) for body in bodies.values()) / len(bodies)
        self.assertGreater(share(r'call .*<__stack_chk_fail>'), 0.1)
        self.assertGreater(share(r'\A *[0-9a-f]+:\s+endbr64'), 0.5)
        # Buffers of more than a page are taken, and touched, page by page.
        self.assertGreater(share(r'sub +rsp,0x1000\n.*or +QWORD PTR \[rsp\],0x0'), 0)
        steps = [int(size, 16) for body in bodies.values()
                 for size in re.findall(r'sub +rsp,(0x[0-9a-f]+)', body)]
        self.assertLessEqual(max(step for step in steps if step < 1 << 63), 0x1000)


if __name__ == '__main__':
    harness.main()
