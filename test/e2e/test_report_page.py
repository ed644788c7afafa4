#!/usr/bin/env python3
"""badclientsctl report --html in a real browser: on a desktop and a phone, light and dark."""

import json
import random

import harness
from harness.browser import DESKTOP, PHONE, Browser

HOSTILE = ('<img src=http://192.0.2.1/x onerror=document.title="owned">', '</script><script>alert(1)',
           '"><svg onload=alert(1)>', "' onfocus=alert(1) autofocus='", '\x1b[2J', 'x' * 300, 'ü 中')

# The least contrast of any text that is shown (WCAG 2.1), and which text it is.
CONTRAST = '''(() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const parse = text => text.match(/[0-9.]+/g).map(Number);
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = e => { for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c; } return null; };
  let least = [99, ''], seen = 0;
  for (const e of document.body.querySelectorAll('*')) {
    const own = Array.from(e.childNodes).some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length || e.closest('svg')) continue;
    const a = light(parse(getComputedStyle(e).color)), back = ground(e);
    if (back === null) return [0, 'no background'];
    const b = light(back), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    ++seen;
    if (ratio < least[0]) least = [ratio, e.outerHTML.slice(0, 80)];
  }
  return [...least, seen];
})()'''
# Elements that stick out of the page.
STICKING_OUT = '''Array.from(document.body.querySelectorAll('*')).filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && (box.right > document.documentElement.clientWidth + 1 || box.left < -1);
}).map(e => e.outerHTML.slice(0, 80))'''
SHOWN = '''Array.from(document.querySelectorAll('#ases tbody tr')).filter(r => !r.hidden)
  .map(r => r.cells[%d].firstChild.textContent)'''


def escaped(text):
    return ''.join(f'\\x{ord(c):02x}' if c in '<>\\' or c < ' ' else c for c in text)


class Page(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.share(Browser())
        cls.site = harness.Site()
        cls.page = cls.site.folder / 'report.html'
        log = cls.site.folder / 'test.log'
        chance = random.Random(3)
        users = [escaped(user) for user in HOSTILE] + [f'user{n}@example.org' for n in range(60)]
        log.write_text(''.join(
            f'2026-03-{chance.randrange(1, 29):02}T{chance.randrange(24):02}:00:00Z m dovecot: auth: '
            f'mail-audit: user=<{chance.choice(users)}>, service=imap, ip=1.2.{chance.randrange(9)}.4, '
            f'host=h.{chance.choice(["example.net", "x" * 60 + ".example"])}, '
            f'asn=AS{chance.randrange(64500, 64580)}, as_cc=DE, as_desc=<{chance.choice(users)}>, '
            f'net_name=<{"N" * chance.choice([3, 90])}>, net_cc=DE, entity=X'
            f'{chance.choice(["", "", ", blocked=True, matched=client, client=<" + chance.choice(users) + ">"])}'
            ', client_id=None, facts=cached, took=1.0ms\n' for _ in range(5000)))
        done = cls.site.ctl('report', '--log', log, '--addresses', '--html', cls.page)
        assert (done.returncode, done.stdout, done.stderr) == (1, f'{cls.page}: written\n', ''), done
        cls.report = json.loads(cls.site.ctl('report', '--log', log, '--json').stdout)

    def test_it_asks_for_nothing_complains_of_nothing_and_runs_nothing_of_strangers(self):
        self.browser.open(self.page)
        self.assertEqual([], self.browser.requests())
        self.assertEqual([], self.browser.complaints())
        self.assertEqual('Mail logins and bad clients', self.browser.run('document.title'))
        self.assertEqual([1, 0], self.browser.run(
            '[document.scripts.length, document.querySelectorAll("img,iframe,object,form").length]'))
        shown = self.browser.run('document.getElementById("users").textContent')
        for user in HOSTILE[:4]:
            self.assertIn(user, shown)

    def test_nothing_overflows_and_all_text_can_be_read(self):
        for size in (DESKTOP, PHONE):
            for scheme in ('light', 'dark'):
                with self.subTest(size=size, scheme=scheme):
                    self.browser.open(self.page, size, scheme)
                    self.assertEqual([], self.browser.run(STICKING_OUT))
                    self.assertEqual(size[0], self.browser.run(
                        'Math.max(document.documentElement.scrollWidth, innerWidth)'))
                    least, where, seen = self.browser.run(CONTRAST)
                    self.assertGreaterEqual(least, 4.5, where)
                    self.assertGreater(seen, 100)
                    background = self.browser.run('getComputedStyle(document.body).backgroundColor')
                    self.assertEqual(scheme == 'dark', background != 'rgb(255, 255, 255)')

    def test_its_numbers_are_those_of_the_report(self):
        self.browser.open(self.page)
        figures = self.browser.run('Array.from(document.querySelectorAll("dd")).map(e => e.textContent)')
        self.assertEqual([f'{n:,}' for n in (
            self.report['logins'], self.report['users'], len(self.report['refused_users']),
            self.report['blocked'], self.report['would_block'], self.report['tempfail'])], figures)
        bars = self.browser.run('Array.from(document.querySelectorAll("#time details tbody tr"))'
                                '.map(r => Number(r.cells[1].textContent.replace(",", "")))')
        self.assertEqual(self.report['logins'], sum(bars))
        self.assertEqual(28, len(bars))
        self.assertEqual([row['asn'] for row in self.report['by_asn']][:50],
                         self.browser.run(SHOWN % 0))

    def test_tables_sort_filter_and_show_all(self):
        self.browser.open(self.page)
        rows = self.report['by_asn']
        head = '#ases th:nth-child(%d) button'
        self.browser.run("document.querySelector('#ases .more').click()")
        self.assertEqual(len(rows), len(self.browser.run(SHOWN % 0)))
        for column, key in ((2, 'users'), (3, 'logins'), (4, 'blocked')):
            self.browser.run(f"document.querySelector('{head % column}').click()")
            shown = [int(text.replace(',', '')) for text in self.browser.run(SHOWN % (column - 1))]
            self.assertEqual(sorted((row[key] for row in rows), reverse=True), shown)
            self.assertEqual('descending', self.browser.run(
                f"document.querySelector('{head % column}').parentElement.getAttribute('aria-sort')"))
        self.browser.run("const f = document.querySelector('#ases input'); f.value = 'as6450'; "
                         "f.dispatchEvent(new Event('input'))")
        self.assertEqual({row['asn'] for row in rows if row['asn'].startswith('AS6450')},
                         set(self.browser.run(SHOWN % 0)))

    def test_the_keyboard_reaches_and_does_everything(self):
        self.browser.open(self.page)
        wanted = self.browser.run("document.querySelectorAll('a, button:not([hidden]), input, summary').length")
        reached = []
        for _ in range(wanted):
            self.browser.press('Tab', 9)
            reached.append(self.browser.run(
                "(document.activeElement.closest('section') || {id: ''}).id + ' ' + "
                "document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()"))
            self.assertNotEqual('none', self.browser.run(
                'getComputedStyle(document.activeElement).outlineStyle'), reached[-1])
        self.assertIn('ases BUTTON Users', reached)
        self.assertIn('ases INPUT ', reached)
        self.assertIn('time SUMMARY The numbers', reached)
        self.browser.run("document.querySelector('#ases th:nth-child(2) button').focus()")
        self.browser.press('Enter', 13)
        self.assertEqual('descending', self.browser.run(
            "document.querySelector('#ases th:nth-child(2)').getAttribute('aria-sort')"))

    def test_a_page_has_labels_headings_and_a_language(self):
        self.browser.open(self.page)
        tree = self.browser.call('Accessibility.getFullAXTree')['nodes']
        nodes = [(node['role'].get('value'), node.get('name', {}).get('value')) for node in tree
                 if not node.get('ignored')]
        for role in ('button', 'link', 'searchbox', 'columnheader', 'heading', 'image'):
            named = [name for each, name in nodes if each == role]
            self.assertTrue(named, role)
            self.assertTrue(all(named), (role, named))
        self.assertEqual('en', self.browser.run('document.documentElement.lang'))

    def test_a_new_file_is_for_its_owner_alone(self):
        self.assertEqual(0o600, self.page.stat().st_mode & 0o777)
        page = self.site.ctl('report', '--log', self.site.folder / 'test.log', '--html', '-').stdout
        self.assertNotIn(': written', page)
        done = self.site.ctl('report', '--log', self.site.folder / 'test.log', '--html',
                             '/nonexistent/x.html')
        self.assertEqual(2, done.returncode)
        self.assertIn('/nonexistent/x.html', done.stderr)


if __name__ == '__main__':
    harness.main()
