#!/usr/bin/env python3
"""badclients-policy: HTTP and JSON on a socket, answers, log, and the end of a connection."""

import os
import re
import socket

import harness
from harness.policy_client import GENERAL, PolicyClient, PolicyTestCase, login, repr_json, request
from harness.process import together
from harness.world import HOME, NEW_OUTLOOK


class Answers(PolicyTestCase):
    def test_a_listed_address_is_refused_and_another_one_let_in_over_one_connection(self):
        client = self.connect(self.site())
        for address, allowed in ((NEW_OUTLOOK, False), (HOME, True), (NEW_OUTLOOK, False)):
            answer = client.ask(login(address, device_id='"name" "Outlook"', session_id='abc/+=',
                                      master='boss', tls='TLS', attrs={'x': 1}))
            self.assertEqual((200, allowed), (answer.status, answer.allowed))
            self.assertEqual('application/json', answer.headers['content-type'])
            self.assertFalse(answer.ends)
            line = client.lines()[-1]
            self.assertEqual(('alice', 'imap', address, not allowed),
                             (line['user'], line['service'], line['ip'], line.blocked))
            self.assertEqual(('"name" "Outlook"', 'abc/+=', 'boss'),
                             (line['client_id'], line['session'], line['master']))
        self.assertEqual(3, len(client.lines()))
        client.socket.close()
        self.assertEqual(0, client.wait())

    def test_a_report_is_answered_and_forgotten(self):
        client = self.connect(self.site())
        answer = client.ask(login(NEW_OUTLOOK, success=False), command='report')
        self.assertTrue(answer.allowed)
        self.assertFalse(answer.ends)
        self.assertTrue(client.ask({}, command='report').allowed)
        self.assertEqual('', client.log())

    def test_without_an_address_a_login_is_allowed_unless_its_service_is_disabled(self):
        client = self.connect(self.site(general={'disabled_services': 'pop3'}))
        for fields in ({'login': 'alice', 'protocol': 'imap'}, login('')):
            self.assertTrue(client.ask(fields).allowed)
            self.assertEqual('None', client.lines()[-1]['ip'])
        self.assertFalse(client.ask({'login': 'alice', 'protocol': 'pop3'}).allowed)
        self.assertEqual('service', client.lines()[-1]['matched'])

    def test_the_scope_of_a_login_counts_as_at_the_other_door(self):
        site = self.site(general={'ignore_networks': '52.97.0.0/16', 'log_local': 'no'})
        client = self.connect(site)
        self.assertTrue(client.ask(login(NEW_OUTLOOK)).allowed)
        self.assertTrue(client.ask(login('192.168.1.1')).allowed)
        self.assertFalse(client.ask(login('52.98.0.1')).allowed)
        self.assertEqual(['52.98.0.1'], [line['ip'] for line in client.lines()])

    def test_monitor_mode_refuses_nobody(self):
        client = self.connect(self.site(general={'mode': 'monitor'}))
        self.assertTrue(client.ask(login(NEW_OUTLOOK)).allowed)
        self.assertIn('would_block', client.lines()[0])

    def test_the_user_reads_the_clients_text_else_the_configurations_else_ours(self):
        site = self.site()
        client = self.connect(site)
        self.assertEqual(GENERAL, client.ask(login(NEW_OUTLOOK)).text)
        site.configure(general={'deny_message': 'Nicht "so" \\ für ' + 'ü' * 300})
        text = client.ask(login(NEW_OUTLOOK, service='smtp')).text
        self.assertTrue(text.startswith('Nicht "so" \\ für ü'))
        self.assertIn(len(text.encode()), (399, 400))
        (site.lists / 'clients').mkdir()
        (site.lists / 'clients' / 'x.client').write_text(
            'Name: X\nMessage: Take another.\n\nip_net=198.51.100.0/24\nip_net=203.0.112.0/24\n')
        self.assertEqual('Take another.', client.ask(login('203.0.112.9', service='pop3')).text)

    def test_what_is_no_such_request_has_its_status_and_its_warning_and_ends_the_connection(self):
        site = self.site()
        fields = login(NEW_OUTLOOK)
        good = request(fields)
        for status, what, data in (
                (400, 'no JSON', request(body='{"login": "alice"')),
                (400, 'no JSON', request(body=b'{"login": "alice"}{}')),
                (400, 'not an object', request(body='[]')),
                (400, 'there is no login', request(login('', user=''))),
                (400, 'there is no login', request({'remote': NEW_OUTLOOK})),
                (400, 'login is there twice', request(body='{"login":"alice","login":"bob"}')),
                (400, 'login is a number', request({**fields, 'login': 5})),
                (400, 'remote is null', request({**fields, 'remote': None})),
                (400, 'login has a NUL', request({**fields, 'login': 'al\0ice'})),
                (400, "remote is no address: 'here'", request({**fields, 'remote': 'here'})),
                (400, 'remote is no address', request({**fields, 'remote': '52.97.246.245 '})),
                (400, 'no HTTP', b'garbage\r\n\r\n'),
                (400, 'no HTTP', good.replace(b'HTTP/1.1', b'HTTP/3.0')),
                (404, 'the target', request(fields, command='deny')),
                (404, 'the target', request(fields, first='POST / HTTP/1.1')),
                (404, 'the target', request(fields, first='POST /x?command=allow HTTP/1.1')),
                (405, 'the method', request(fields, first='GET /?command=allow HTTP/1.1')),
                (405, 'the method', request(fields, first='HEAD /?command=allow HTTP/1.1')),
                (405, 'the method', request(fields, first='PUT /?command=allow HTTP/1.1')),
                (411, 'no length', good.replace(b'Content-Length', b'X-Length')),
                (413, 'body is longer', request(body=b' ' * 255_000)),
                (413, 'body is longer', request(body=b' ' * 1_000_000)),
                (431, 'header is longer', request(fields, headers=['X: ' + 'x' * 9_000]))):
            with self.subTest(status=status, what=what):
                client = self.connect(site)
                client.send(data)
                answer = client.answer()
                self.assertEqual((status, True, None), (answer.status, answer.ends, answer.allowed))
                self.assertIsNone(client.answer())
                self.assertEqual(0, client.wait())
                self.assertIn(f'badclients: warning: request refused ({status}): ', client.log())
                self.assertIn(what, client.log())
                self.assertEqual([], client.lines())
                client.stop()

    def test_nobody_forges_a_field_or_a_line_of_the_log(self):
        client = self.connect(self.site())
        name = 'a>, service=x\r\nmail-audit: user=<b>, \x1b[0m\u202e'
        body = ('{"login": ' + repr_json(name) + ', "remote": "52.97.246.245", "protocol": '
                + repr_json('imap, ip=1.1.1.1') + '}')
        self.assertFalse(client.ask(None, body=body.encode()).allowed)
        self.assertEqual(1, len(client.log().splitlines()))
        self.assertEqual((NEW_OUTLOOK, True), (client.lines()[0]['ip'], client.lines()[0].blocked))
        other = self.connect(self.site())
        other.ask(login('x\r\nmail-audit: user=<b>'))
        self.assertEqual(1, len(other.log().splitlines()))
        self.assertEqual([], other.lines())

    def test_bytes_that_are_no_utf8_are_replaced(self):
        client = self.connect(self.site())
        body = b'{"login": "al\xffice", "remote": "52.97.246.245"}'
        self.assertFalse(client.ask(None, body=body).allowed)
        self.assertEqual('al\ufffdice', client.lines()[0]['user'])


class Http(PolicyTestCase):
    def test_requests_that_are_sent_at_once_are_answered_in_their_order(self):
        client = self.connect(self.site())
        client.send(b''.join(request(login(address)) for address in (NEW_OUTLOOK, HOME) * 20))
        self.assertEqual([False, True] * 20, [client.answer().allowed for _ in range(40)])

    def test_a_request_may_be_cut_anywhere(self):
        client = self.connect(self.site())
        data = request(login(NEW_OUTLOOK))
        for cut in range(1, len(data)):
            client.send(data[:cut])
            client.send(data[cut:])
            self.assertFalse(client.answer().allowed)
        for byte in data:
            client.send(bytes([byte]))
        self.assertFalse(client.answer().allowed)

    def test_a_body_in_chunks_and_one_that_waits_for_a_word_are_read(self):
        client = self.connect(self.site())
        head, _, body = request(login(NEW_OUTLOOK)).partition(b'\r\n\r\n')
        chunked = re.sub(rb'Content-Length: \d+', b'Transfer-Encoding: chunked', head)
        client.send(chunked + b'\r\n\r\n' + b''.join(
            b'1\r\n' + body[i:i + 1] + b'\r\n' for i in range(len(body))) + b'0\r\n\r\n')
        self.assertFalse(client.answer().allowed)
        client.send(head + b'\r\nExpect: 100-continue\r\n\r\n')
        self.assertEqual(100, client.answer().status)
        client.send(body)
        self.assertFalse(client.answer().allowed)

    def test_the_connection_ends_where_the_client_says_so(self):
        site = self.site()
        for data in (request(login(NEW_OUTLOOK), headers=['Connection: close']),
                     request(login(NEW_OUTLOOK), first='POST /?command=allow HTTP/1.0')):
            client = self.connect(site)
            client.send(data + request(login(HOME)))
            answer = client.answer()
            self.assertFalse(answer.allowed)
            self.assertIsNone(client.answer())
            self.assertEqual(0, client.wait())
            self.assertEqual(1, len(client.lines()))

    def test_an_absolute_target_is_as_good(self):
        client = self.connect(self.site())
        answer = client.ask(login(NEW_OUTLOOK), first='POST http://127.0.0.1:4001/?command=allow HTTP/1.1')
        self.assertFalse(answer.allowed)

    def test_a_changed_byte_or_a_missing_end_gives_a_status_or_an_end_and_lets_no_listed_one_in(self):
        site = harness.Site()
        site.list('ip_net.deny', '0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1')
        data = request(login(NEW_OUTLOOK), headers=['X-Badclients: x'])
        changed = [data[:i] + bytes([value]) + data[i + 1:] for i in range(len(data))
                   for value in {data[i] ^ 1, data[i] ^ 0x80, ord('"')} - {data[i]}]
        changed += [data[:i] for i in range(1, len(data))]

        def one(i):
            client = PolicyClient(site)
            try:
                client.send(changed[i])
                client.socket.shutdown(socket.SHUT_WR)
                answer = client.answer()
                return answer, client.wait(), client.log(), client.lines()
            finally:
                client.stop()

        seen = set()
        for first in range(0, len(changed), 8):
            results = together(min(8, len(changed) - first), lambda i, f=first: one(f + i))
            for data_of, (answer, code, log, lines) in zip(changed[first:], results):
                with self.subTest(data=data_of):
                    self.assertEqual(0, code, log)
                    self.assertNotIn('error', log)
                    seen.add(answer.status if answer else None)
                    if answer is None or answer.status != 200:
                        self.assertIn('warning: ', log)
                        self.assertEqual([], lines)
                    elif answer.allowed:
                        # What was `remote` has another name now, or the command is another.
                        self.assertTrue(not lines or lines[0]['ip'] == 'None', log)
        self.assertLessEqual({None, 200, 400, 404, 405, 411}, seen)


class Secret(PolicyTestCase):
    def test_who_does_not_know_it_gets_401_and_learns_nothing(self):
        site, _ = self.with_secret()
        for headers in ([], ['X-Badclients: '], ['X-Badclients: S3cret'], ['X-Badclients: s3cre'],
                        ['X-Badclients: s3cret2'], ['X-Badclients: s3cret'] * 2, ['Badclients: s3cret']):
            for address in (NEW_OUTLOOK, HOME):
                client = self.connect(site)
                answer = client.ask(login(address), headers=headers)
                self.assertEqual((401, True), (answer.status, answer.ends), headers)
                self.assertIn('warning: request refused (401)', client.log())
                self.assertNotIn('s3cret', client.log())
                self.assertEqual([], client.lines())
                client.stop()
        client = self.connect(site)
        self.assertEqual(401, client.ask({}, command='report').status)

    def test_who_knows_it_is_answered(self):
        site, file = self.with_secret()
        client = self.connect(site)
        known = ['X-Badclients: s3cret']
        self.assertFalse(client.ask(login(NEW_OUTLOOK), headers=known).allowed)
        self.assertTrue(client.ask(login(HOME), headers=['x-badclients:s3cret  ']).allowed)
        file.write_text('another one')
        self.assertTrue(client.ask(login(HOME), headers=['X-Badclients: another one']).allowed)
        self.assertEqual(401, client.ask(login(HOME), headers=known).status)

    def test_one_that_cannot_be_read_never_means_that_none_is_needed(self):
        for text, mode, what in (('s3cret', 0o644, 'chmod 0600'), ('s3cret', 0o640, 'chmod 0600'),
                                 ('', 0o600, 'is empty'), ('a\nb', 0o600, 'not one line'),
                                 ('s3cret', 0o000, 'Permission denied'), (None, 0, 'No such file')):
            if mode == 0o000 and text and os.geteuid() != 0:
                continue
            with self.subTest(what=what):
                site, file = self.with_secret(text or '', mode or 0o600)
                if mode == 0o000:
                    file.chmod(0)
                if text is None:
                    file.unlink()
                client = self.connect(site)
                for headers in ([], ['X-Badclients: s3cret'], ['X-Badclients: ']):
                    self.assertEqual(500, client.ask(login(HOME), headers=headers).status)
                self.assertIn(f'policy/secret_file: {file}', client.log())
                self.assertIn(what, client.log())
                self.assertIn('tempfail', client.lines()[0])
                client.stop()

    def test_a_relative_path_counts_from_the_configuration(self):
        site, _ = self.with_secret()
        site.configure(policy={'secret_file': 'secret'})
        client = self.connect(site)
        self.assertTrue(client.ask(login(HOME), headers=['X-Badclients: s3cret']).allowed)
        self.assertEqual(401, client.ask(login(HOME)).status)


if __name__ == '__main__':
    harness.main()
