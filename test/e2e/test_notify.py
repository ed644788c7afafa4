#!/usr/bin/env python3
"""badclientsctl notify: each user of a bad client is told once, and nobody else."""

import csv
import datetime
import json
import os
import signal
import subprocess
import time

import harness
from harness import clients, mail_servers, project
from harness.process import wait_until
from harness.world import HOME, NEW_OUTLOOK

CLIENT = '''\
Name: Büro, "Post" & Co
Vendor: Grüße GmbH
Message: Your password is at Grüße GmbH. Please change it.

ip_net=52.96.0.0/14
'''
FROM = ('--from', 'Die Poststelle (Büro) <post@example.org>')


def line(user, client='New Outlook', ident='new-outlook', outcome='blocked', age=60, more=''):
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
    return (f'{when:%Y-%m-%dT%H:%M:%SZ} mail dovecot: auth: Info: mail-audit: user=<{user}>, service=imap, '
            f'ip=52.97.1.1, host=<>, asn=AS8075, as_cc=US, as_desc=<M>, net_name=<MSFT>, net_cc=None, '
            f'entity=MSFT, {outcome}=True, matched=client, rule=clients/{ident}.client:3, '
            f'client=<{client}>, client_id=None, facts=cached, took=1.4ms{more}\n')


class NotifyCase(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.log = self.site.folder / 'test.log'
        self.log.write_text('')
        (self.site.lists / 'clients').mkdir()

    def notify(self, *options, sender=FROM, log=None):
        return self.site.ctl('notify', '--catalogue', project.ROOT / 'lists/clients', '--log',
                             log or self.log, *sender, *options)

    def json(self, *options, code, **how):
        done = self.notify('--json', *options, **how)
        self.assertEqual((code, ''), (done.returncode, done.stderr), done.stdout)
        return json.loads(done.stdout)

    def states(self, *options, code):
        return {row['user']: row['state'] for row in self.json(*options, code=code)['people']}

    def script(self, text):
        """A program in sendmail's place, where what a mail server does has to be chosen."""
        path = self.site.folder / 'sendmail'
        path.write_text('#!/bin/sh\nPATH=/usr/bin:/bin\n' + text)
        path.chmod(0o755)
        return path


class Telling(NotifyCase):
    def setUp(self):
        super().setUp()
        self.box = mail_servers.EximBox()
        self.options = ('--sendmail', self.box.sendmail, '--domain', 'example.org')

    def test_each_user_of_each_client_is_told_once_and_others_are_not(self):
        self.log.write_text(
            line('alice') + line('alice') + line('alice@example.org') + line('ALICE') +
            line('bob', outcome='would_block') + line('bob', 'Spark', 'spark') +
            line('carol', outcome='allowed') + line('dave', more=', master=<admin>') +
            line('erin', age=86400 * 31) + line('frank@example.net') +
            line('x').replace('matched=client, rule=clients/new-outlook.client:3, client=<New Outlook>',
                              'matched=asn'))
        report = self.json('--dry-run', *self.options, code=1)
        self.assertEqual((True, 3, 2, 1), (report['dry_run'], report['due'], report['told_before'],
                                           report['excluded']))
        self.assertEqual([], self.box.messages())
        report = self.json(*self.options, code=0)
        self.assertEqual((False, 0, 3), (report['dry_run'], report['due'], report['sent']))
        wanted = ['bob@example.org', 'bob@example.org', 'ALICE@example.org']
        self.assertEqual(sorted(wanted), self.box.recipients())
        for _ in range(2):
            report = self.json(*self.options, code=0)
            self.assertEqual((0, 5, 1), (report['sent'], report['told_before'], report['excluded']))
        self.assertEqual(3, len(self.box.messages()))
        self.log.write_text(self.log.read_text() + line('new@example.org'))
        self.assertEqual({'new@example.org': 'sent'}, {
            user: state for user, state in self.states(*self.options, code=0).items()
            if state == 'sent'})

    def test_client_and_since_leave_others_for_later(self):
        self.log.write_text(line('alice') + line('bob', 'Spark', 'spark') + line('carol', age=7200))
        for client in ('Spark', 'spark'):
            self.assertEqual({'bob': 'due'}, self.states('--client', client, '--dry-run',
                                                         *self.options, code=1))
        self.assertEqual({'alice': 'sent', 'bob': 'sent'},
                         self.states('--since', '1h', *self.options, code=0))
        self.assertEqual('sent', self.states(*self.options, code=0)['carol'])

    def test_after_ninety_days_again(self):
        self.log.write_text(line('alice'))
        self.json(*self.options, code=0)
        notified = self.site.state / 'notified'
        for days, state in ((89, 'told_before'), (91, 'sent'), (-89, 'told_before')):
            when = int(time.time()) - days * 86400
            notified.write_text(f'{when} new-outlook alice@example.org\n')
            self.assertEqual({'alice': state}, self.states(*self.options, code=0), days)
        notified.write_text(f'{int(time.time()) - 91 * 86400} new-outlook gone@example.org\n')
        self.json(*self.options, code=0)
        self.assertNotIn('gone', notified.read_text())
        self.assertEqual(0o600, notified.stat().st_mode & 0o777)

    def test_the_message_has_the_clients_text_in_any_language(self):
        (self.site.lists / 'clients/büro.client').write_text(CLIENT)
        outcome = self.site.login('jörg', NEW_OUTLOOK)
        self.assertEqual('client', outcome.audit['matched'])
        self.log.write_text(outcome.stderr)
        template = self.site.folder / 'template'
        template.write_text('Subject: {client} für {user}: bitte ändern, auch wenn es lange dauert und '
                            'viele Wörter braucht\nReply-To: help@example.org\n\n'
                            '.\nFrom here {{on}}\n{message}\n{vendor}{last}!  \n' + 'ä' * 400 + '\n')
        self.json('--template', template, *self.options, code=0)
        message, = self.box.messages()
        self.assertEqual('Büro, "Post" & Co für jörg: bitte ändern, auch wenn es lange dauert und viele '
                         'Wörter braucht', message['Subject'])
        self.assertEqual(('jörg@example.org', 'help@example.org', 'auto-generated'),
                         (message['Envelope-to'], message['Reply-To'], message['Auto-Submitted']))
        sender, = message['From'].addresses
        self.assertEqual(('Die Poststelle (Büro)', 'post@example.org'),
                         (sender.display_name, sender.addr_spec))
        self.assertEqual('.\nFrom here {on}\nYour password is at Grüße GmbH. Please change it.\n'
                         'Grüße GmbH!  \n' + 'ä' * 400 + '\n', message.get_content())
        self.assertEqual([], message.defects)

    def test_the_printed_template_is_the_usual_one(self):
        printed = self.site.ctl('notify', '--print-template')
        self.assertEqual((0, ''), (printed.returncode, printed.stderr))
        template = self.site.folder / 'template'
        template.write_text(printed.stdout)
        self.log.write_text(line('alice') + line('bob'))
        self.json('--since', '1h', '--template', template, *self.options, code=0)
        (self.site.state / 'notified').unlink()
        self.json('--since', '1h', *self.options, code=0)
        by_user = {}
        for message in self.box.messages():
            by_user.setdefault(message['To'], []).append((message['Subject'], message.get_content()))
        for messages in by_user.values():
            self.assertEqual(messages[0], messages[1])
        self.assertIn('New Outlook', by_user['alice@example.org'][0][0])
        self.assertIn('hands your password to Microsoft', by_user['alice@example.org'][0][1])


HOSTILE = ('-oQ/tmp/x', '--', '-t', 'a\nBcc: victim@example.com', 'a\r\n\r\nbody', 'a b',
           'victim@example.com,b', 'victim%example.com', 'example.com!victim', '"a b"', "a'b\"", '<a>',
           'a>, b', '|/bin/sh', '/etc/passwd', '/dev/null', 'a\\', ':include:/etc/passwd', 'a;b', 'a(b)c',
           '.a', 'a..b', 'a.', 'a\x00b', 'a\x1b[2J', '\u202eabc', 'a\u200bb', 'a\u00a0b', 'x' * 65,
           '@example.org', 'victim@example.com@example.org', 'a@-example.org', 'a@example..org',
           'a@[127.0.0.1]', 'a@', 'a@localhost\n', '=?UTF-8?Q?a=0Ab?= x')


class Hostile(NotifyCase):
    """User names from the log become no header, no argument and no other recipient."""

    def setUp(self):
        super().setUp()
        self.site.list('ip_net.deny')
        (self.site.lists / 'clients/evil.client').write_text(CLIENT)

    def fill_log(self):
        text = ''
        for user in (*HOSTILE, "o'neill+tag", 'süß', '日本', "=a{b}~`*&#$^?_-."[:-1]):
            if '\0' in user:
                text += line(user.replace('\0', '\\x00'), 'E', 'evil')
                continue
            outcome = self.site.login(user, NEW_OUTLOOK)
            self.assertEqual('client', outcome.audit['matched'], user)
            text += outcome.stderr
        self.log.write_text(text)
        return ["o'neill+tag@example.org", "=a{b}~`*&#$^?_-@example.org", 'süß@example.org',
                '日本@example.org']

    def check(self, box, *more):
        wanted = self.fill_log()
        report = self.json('--sendmail', box.sendmail, '--domain', 'example.org,*', *more, code=1)
        sent = sorted(row['address'] for row in report['people'] if row['state'] == 'sent')
        self.assertEqual(sorted(wanted), sent)
        self.assertEqual({'no_address'}, {row['state'] for row in report['people']
                                          if row['user'] not in [w.split('@')[0] for w in wanted]})
        return wanted

    def test_with_exim(self):
        box = mail_servers.EximBox()
        wanted = self.check(box)
        messages = box.messages()
        self.assertEqual(len(wanted), len(messages))
        for message in messages:
            self.assertEqual({'Envelope-to', 'Received', 'From', 'Subject', 'To', 'Date',
                              'Message-ID', 'Auto-Submitted', 'MIME-Version', 'Content-Type',
                              'Content-Transfer-Encoding'}, set(message.keys()))

    def test_with_postfix(self):
        box = self.own(mail_servers.PostfixBox())
        wanted = self.check(box)
        box.wait_for(len(wanted))
        self.assertEqual(sorted(wanted), box.recipients())
        for message in box.messages():
            self.assertNotIn('Bcc', message)

    def test_a_domain_that_is_not_named_is_not_written_to(self):
        self.log.write_text(line('a@example.com') + line('b@EXAMPLE.org') + line('c'))
        script = self.script('exit 0\n')
        report = self.json('--sendmail', script, '--domain', 'example.net,example.org', code=0)
        self.assertEqual({'a@example.com': (None, 'excluded'), 'b@EXAMPLE.org': ('b@example.org', 'sent'),
                          'c': ('c@example.net', 'sent')},
                         {row['user']: (row['address'], row['state']) for row in report['people']})

    def test_without_a_domain_names_without_one_are_not_written_to(self):
        self.log.write_text(line('a@example.com') + line('c'))
        self.assertEqual({'a@example.com': 'sent', 'c': 'no_address'},
                         self.states('--sendmail', self.script('exit 0\n'), code=1))

    def test_a_client_name_in_the_log_forges_no_header(self):
        self.log.write_text(line('a', 'X\\x0aBcc: victim@example.com'))
        box = mail_servers.EximBox()
        self.json('--sendmail', box.sendmail, '--domain', 'example.org', code=0)
        message, = box.messages()
        self.assertNotIn('Bcc', message)
        self.assertEqual('a@example.org', message['Envelope-to'])
        self.assertIn('X\\x0aBcc: victim@example.com logs in', message['Subject'])


class Trouble(NotifyCase):
    """Whatever happens, nobody is told twice without need, and nobody is forgotten."""

    def setUp(self):
        super().setUp()
        self.users = [f'user{number}' for number in range(40)]
        self.log.write_text(''.join(line(user) for user in self.users))
        self.sent = self.site.folder / 'sent'
        self.domain = ('--domain', 'example.org')

    def told(self):
        return [address.split('@')[0] for address in self.sent.read_text().split()]

    def test_whom_the_mail_server_does_not_take_is_told_next_time(self):
        script = self.script(f'cat >/dev/null\ncase $3 in *7@*) echo no such luck >&2; exit 75;; esac\n'
                             f'echo "$3" >>{self.sent}\n')
        report = self.json('--sendmail', script, *self.domain, code=1)
        self.assertEqual((36, 4), (report['sent'], report['failed']))
        why = {row['why'] for row in report['people'] if row['state'] == 'failed'}
        self.assertEqual({f'{script}: exit status 75: no such luck'}, why)
        script = self.script(f'cat >/dev/null\necho "$3" >>{self.sent}\n')
        self.assertEqual(4, self.json('--sendmail', script, *self.domain, code=0)['sent'])
        self.assertEqual(sorted(self.users), sorted(self.told()))

    def start(self, script):
        return subprocess.Popen(
            [project.programs() / 'badclientsctl', '--config', self.site.config, 'notify', '--log',
             self.log, *FROM, '--sendmail', script, *self.domain],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            # A shell has its commands in the background ignore the one, nohup the other.
            preexec_fn=lambda: [signal.signal(kind, signal.SIG_DFL)
                                for kind in (signal.SIGINT, signal.SIGHUP)])

    def test_a_run_that_is_ended_in_the_middle_is_taken_up_and_tells_nobody_twice(self):
        for number, kind in enumerate((signal.SIGTERM, signal.SIGINT, signal.SIGHUP)):
            self.sent.write_text('')
            (self.site.state / 'notified').unlink(missing_ok=True)
            # What was sent is sent when the signal comes, and not yet known to us.
            pause = self.site.folder / f'pause{number}'
            script = self.script(f'cat >/dev/null\necho "$3" >>{self.sent}\n'
                                 f'case $3 in user2@*) : >{pause}; while [ -e {pause} ]; do sleep 0.02; '
                                 f'done;; esac\n')
            process = self.start(script)
            wait_until(pause.exists, 'the middle')
            process.send_signal(kind)
            pause.unlink()
            process.communicate()
            self.assertEqual(-kind, process.returncode)
            before = len(self.told())
            self.assertLess(before, 40)
            script = self.script(f'cat >/dev/null\necho "$3" >>{self.sent}\n')
            self.assertEqual(40 - before, self.json('--sendmail', script, *self.domain, code=0)['sent'])
            self.assertEqual(sorted(self.users), sorted(self.told()))

    def test_a_run_that_is_killed_repeats_one_message_at_most_under_the_same_id(self):
        script = self.script(f'message=$(cat)\necho "$3" >>{self.sent}\n'
                             f'echo "$message" | grep ^Message-ID >>{self.sent}.ids\n'
                             '[ "$3" != user2@example.org ] || [ -e /nonexistent ] || '
                             f'[ -e {self.sent}.killed ] || '
                             f'{{ : >{self.sent}.killed; kill -9 $PPID; sleep 60; }}\n')
        process = self.start(script)
        process.communicate()
        self.assertEqual(-signal.SIGKILL, process.returncode)
        self.json('--sendmail', script, *self.domain, code=0)
        self.assertEqual(sorted([*self.users, 'user2']), sorted(self.told()))
        ids = (self.site.folder / 'sent.ids').read_text().split('\n')[:-1]
        self.assertEqual((41, 40), (len(ids), len(set(ids))))

    def test_a_line_that_was_not_written_to_its_end_is_not_counted(self):
        script = self.script('exit 0\n')
        self.json('--sendmail', script, *self.domain, code=0)
        notified = self.site.state / 'notified'
        whole = notified.read_text()
        notified.write_text(whole[:-5])
        report = self.json('--sendmail', script, *self.domain, code=0)
        self.assertEqual((1, 39), (report['sent'], report['told_before']))
        self.assertEqual(sorted(entry.split()[2] for entry in whole.splitlines()),
                         sorted(entry.split()[2] for entry in notified.read_text().splitlines()))

    def test_two_at_once_tell_nobody_twice(self):
        script = self.script(f'cat >/dev/null\necho "$3" >>{self.sent}\nsleep 0.01\n')
        processes = [self.start(script) for _ in range(4)]
        errors = [process.communicate()[1] for process in processes]
        codes = sorted(process.returncode for process in processes)
        self.assertEqual(0, codes[0])
        for process, error in zip(processes, errors):
            self.assertIn(process.returncode, (0, 2))
            if process.returncode == 2:
                self.assertEqual('badclientsctl: notify: another notify is at work\n', error)
        self.assertEqual(sorted(self.users), sorted(self.told()))

    def test_what_cannot_be_done_is_said_and_nobody_is_told(self):
        script = self.script(f'echo "$3" >>{self.sent}\n')
        template = self.site.folder / 'template'
        self.sent.write_text('')
        def refused(said, *options, **how):
            done = self.notify('--sendmail', script, *options, **how)
            self.assertEqual(2, done.returncode, done.stdout)
            self.assertIn(said, done.stderr)
        refused('Give --from ADDRESS', sender=())
        for address in ('post', 'a@b@example.org x', 'x <a b@example.org>', '-a@example.org'):
            refused('is no address', sender=('--from', address))
        refused("--domain: '-x' is no domain", '--domain', '-x')
        for text, said in (('Subject: x\n\n{nobody}\n', ":3: '{nobody}' is no placeholder"),
                           ('Bcc: x@example.org\n\nx\n', ':1: a header is From:'),
                           ('Subject: x\n', 'no text behind the headers'),
                           ('From: {user}\n\nx\n', ':1: placeholders stand in Subject:'),
                           ('Subject: a\nSubject: b\n\nx\n', ':2: there is a Subject: before')):
            template.write_text(text)
            refused(said, '--template', template)
        template.write_bytes(b'Subject: \xff\n\nx\n')
        refused('it is not UTF-8', '--template', template)
        refused('/nonexistent', '--template', '/nonexistent')
        refused('/nonexistent', log='/nonexistent')
        refused('neither an age', '--since', 'yesterday')
        (self.site.state / 'notified').write_text('what is this?\n')
        refused('notified:1: it is not', )
        (self.site.state / 'notified').unlink()
        os.symlink('/etc/passwd', self.site.state / 'notified')
        refused('notified: ')
        self.assertEqual('', self.sent.read_text())
        (self.site.state / 'notified').unlink()
        done = self.notify('--sendmail', '/nonexistent/sendmail', *self.domain)
        self.assertEqual(2, done.returncode)
        self.assertIn('cannot run /nonexistent/sendmail', done.stderr)

    def test_a_message_that_cannot_be_remembered_is_the_last(self):
        script = self.script(f'cat >/dev/null\necho "$3" >>{self.sent}\n')
        command = [project.programs() / 'badclientsctl', '--config', self.site.config, 'notify', '--log',
                   self.log, *FROM, '--sendmail', script, *self.domain]
        done = subprocess.run(['/bin/sh', '-c', 'ulimit -f 1; exec "$@"', 'sh', *command],
                              capture_output=True, text=True, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn('was told about New Outlook, but that cannot be remembered', done.stderr)
        before = len(self.told())
        self.assertLess(before, 40)
        self.assertEqual(41 - before, self.json('--sendmail', script, *self.domain, code=0)['sent'])


class RealDovecot(NotifyCase):
    def test_whom_a_client_rule_hits_in_dovecots_own_log_is_told(self):
        (self.site.lists / 'clients/evil.client').write_text(CLIENT)
        server = self.own(harness.Dovecot(self.site))
        for user, address in (('alice', HOME), ('alice', NEW_OUTLOOK), ('bob', HOME)):
            clients.imap(server, user, server.users[user], address)
        wait_until(lambda: server.log().count('mail-audit: ') == 3, 'all lines')
        box = mail_servers.EximBox()
        report = self.json('--sendmail', box.sendmail, '--domain', 'example.org', log=server.log_file,
                           code=0)
        self.assertEqual([('alice', 'evil', 1, 'sent')],
                         [(row['user'], row['client_id'], row['logins'], row['state'])
                          for row in report['people']])
        message, = box.messages()
        self.assertIn('Büro, "Post" & Co', message['Subject'])
        self.assertIn('Please change it.', message.get_content())


class MailMerge(NotifyCase):
    def test_files_hold_each_message_and_a_table_and_count_as_told(self):
        self.log.write_text(line('alice') + line('=1+1', 'Spark', 'spark') + line('bob'))
        folder = self.site.folder / 'out'
        self.json('--files', folder, '--domain', 'example.org', code=0)
        with (folder / 'recipients.csv').open(newline='') as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([('alice', 'alice@example.org'), ('bob', 'bob@example.org'),
                          ("'=1+1", "'=1+1@example.org")],
                         [(row['user'], row['address']) for row in rows])
        self.assertIn('Microsoft', rows[0]['message'])
        names = sorted(path.name for path in folder.iterdir())
        self.assertEqual(['00001.eml', '00002.eml', '00003.eml', 'recipients.csv'], names)
        self.assertIn('To: alice@example.org\n', (folder / '00001.eml').read_text())
        self.assertEqual([0o700, 0o600], [path.stat().st_mode & 0o777
                                          for path in (folder, folder / '00001.eml')])
        self.assertEqual(3, self.json('--files', self.site.folder / 'more', '--domain', 'example.org',
                                      code=0)['told_before'])
        self.assertFalse((self.site.folder / 'more').exists())

    def test_a_folder_with_files_stays_as_it_is_and_nobody_counts_as_told(self):
        self.log.write_text(line('alice'))
        folder = self.site.folder / 'out'
        folder.mkdir()
        (folder / 'mine').write_text('x')
        done = self.notify('--files', folder, '--domain', 'example.org')
        self.assertEqual(2, done.returncode)
        self.assertIn(f'{folder}: ', done.stderr)
        self.assertEqual(['mine'], [path.name for path in folder.iterdir()])
        self.assertEqual([], [path.name for path in self.site.folder.iterdir()
                              if path.name.startswith('out.')])
        self.assertEqual({'alice': 'due'}, self.states('--dry-run', '--domain', 'example.org', code=1))


class Forms(NotifyCase):
    def test_text_and_status(self):
        done = self.notify('--dry-run')
        self.assertEqual((0, 'nobody uses a bad client, as far as the log tells; nothing was sent\n'),
                         (done.returncode, done.stdout))
        self.log.write_text(line('alice') + line('a\\x1b[2Jb'))
        done = self.notify('--dry-run', '--domain', 'example.org')
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stdout, r'(?m)^alice +alice@example.org +New Outlook +1 +\d{4}-\d\d-\d\d +to '
                                      r'be told$')
        self.assertNotIn('\x1b', done.stdout)
        self.assertIn('1 to be told, 1 without an address; nothing was sent', done.stdout)
        self.assertFalse((self.site.state / 'notified').exists())
        self.assertFalse((self.site.state / 'notify.lock').exists())


if __name__ == '__main__':
    harness.main()
