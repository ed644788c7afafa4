#!/usr/bin/env python3
"""`meson install` puts everything where a distribution expects it."""

import json
import os
import re
import subprocess

import harness
from harness import project


class Install(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = project.temporary_folder('installed')
        subprocess.run(['meson', 'install', '-C', project.BUILD, '--no-rebuild', '--quiet',
                        '--destdir', cls.root], check=True, capture_output=True)
        cls.files = sorted('/' + str(p.relative_to(cls.root)) for p in cls.root.rglob('*')
                           if p.is_file())

    def assert_installed(self, ending, mode=0o644):
        found = [f for f in self.files if f.endswith(ending)]
        self.assertEqual(1, len(found), f'{ending} in {self.files}')
        self.assertEqual(mode, os.stat(str(self.root) + found[0]).st_mode & 0o7777)
        return found[0]

    def test_programs(self):
        for place in ('/bin/badclients', '/libexec/badclients/badclients-lookup',
                      '/libexec/badclients/badclients-policy',
                      '/sbin/badclientsctl'):
            self.assert_installed(place, 0o755)

    def test_man_pages(self):
        for place in ('/man8/badclients.8', '/man8/badclients-policy.8', '/man8/badclientsctl.8', '/man5/bad_clients.conf.5',
                      '/man5/badclients-lists.5'):
            self.assert_installed(place)

    def test_list_templates_and_examples(self):
        self.assertTrue([f for f in self.files if f.endswith('ip_net.deny.lst')], self.files)
        self.assertTrue([f for f in self.files if '/examples/' in f and 'dovecot' in f.lower()],
                        self.files)

    def test_the_whole_catalogue_with_its_networks(self):
        catalogue = project.ROOT / 'lists/clients'
        there = [str(file.relative_to(catalogue)) for file in catalogue.rglob('*') if file.is_file()]
        self.assertIn('data/nylas.net', there)
        self.assertIn('data/new-outlook.net', there)
        for name in there:
            self.assert_installed(f'/badclients/clients/{name}')

    def test_all_examples(self):
        examples = project.ROOT / 'examples'
        there = [str(file.relative_to(examples)) for file in examples.rglob('*')
                 if file.is_file() and not re.match(r'quickstart|meson\.build|tmpfiles\.d', str(file.relative_to(examples)))]
        self.assertGreater(len(there), 10)
        for name in there:
            self.assert_installed(f'/doc/badclients/examples/{name}')

    def test_a_tmpfiles_snippet_for_the_state_folder(self):
        text = open(str(self.root) + self.assert_installed('/tmpfiles.d/badclients.conf'),
                    encoding='utf-8').read()
        self.assertRegex(text, r'(?m)^d\s+/var/lib/badclients\s+0?700\s+dovecot\s')

    def test_the_installed_program_looks_for_its_helper_where_that_is_installed(self):
        helper = self.assert_installed('/libexec/badclients/badclients-lookup', 0o755)
        program = (self.root / self.assert_installed('/bin/badclients', 0o755)[1:]).read_bytes()
        self.assertIn(helper.encode(), program)


class PlainBuild(harness.TestCase):
    def test_it_builds_the_programs_and_nothing_of_the_tests(self):
        build = project.temporary_folder('plain')
        subprocess.run(['meson', 'setup', build, project.ROOT], check=True, capture_output=True)
        targets = json.loads(subprocess.run(['meson', 'introspect', '--targets', build], check=True,
                                            capture_output=True).stdout)
        built = [target for target in targets if target['build_by_default']]
        self.assertEqual(set(project.PROGRAMS),
                         {target['name'] for target in built if target['type'] == 'executable'})
        self.assertEqual([], [target['name'] for target in built
                              if str(project.ROOT / 'test') + '/' in target['defined_in']])


if __name__ == '__main__':
    harness.main()
