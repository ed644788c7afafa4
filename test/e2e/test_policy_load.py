#!/usr/bin/env python3
"""10,000 logins through one Dovecot 2.3 that asks badclients-policy, while its lists change: each is
decided as an oracle says that reads the lists itself."""

import dataclasses
import ipaddress
import itertools
import os
import random
import socket
import threading
import time

import harness
from harness import sasl
from harness.audit import audit_lines
from harness.process import wait_until
from harness.versions import EachVersion

LOGINS = 10_000
CLIENTS = 4
AT_ONCE = 100      # logins of one client that wait for their answers: Dovecot 2.3 refuses twice a second
PAUSE = 0.05       # seconds from one change of a list, when it is in force, to the next


class Lists:
    """The lists of a site, changed all the time; and the oracle, which knows what stood in them when."""

    def __init__(self, site):
        self._site = site
        rng = random.Random(10)
        v4 = [ipaddress.ip_network((rng.randrange(0x51000000, 0x5FFFFFFF) & ~0xFFF, 20)) for _ in range(24)]
        v6 = [ipaddress.ip_network((0x2a02 << 112 | rng.randrange(1 << 32) << 80, 48)) for _ in range(8)]
        self._changing = v4[:12] + v6[:4]
        self._lasting = v4[12:] + v6[4:]
        self.networks = v4 + v6
        self._exempt = [ipaddress.ip_network((int(n.network_address) | 0x100, 24)) for n in v4[::3]]
        self._on = set(self._changing)
        # What was in force: [from, to, state], the last one open.
        self._history = []
        self.changes = 0
        self.done = threading.Event()  # there are no more logins, for which an index is made
        self.change(self._changing[0])

    def change(self, network):
        """Takes the network out of the deny lists or puts it in, as an editor saves a file, and waits
        until logins see it: until an index has been made of it they may count on the old one."""
        self._on ^= {network}
        number = self.changes = self.changes + 1
        files = {
            'user.allow.lst': ["'boss"],
            'ip_net.deny.d/lasting.lst': list(map(str, self._lasting)),
            'ip_net.allow.lst': list(map(str, self._exempt[:number % len(self._exempt)])),
            'ip_net.deny.lst': [f'# change {number}.', *map(str, sorted(self._on, key=str))],
        }
        begin = time.monotonic()
        # One file at a time: a login may see that one was changed, and not yet the next.
        states = []
        for name, lines in files.items():
            path = self._site.lists / name
            path.parent.mkdir(exist_ok=True)
            text = '\n'.join(lines) + '\n'
            if not path.exists() or path.read_text() != text:
                new = path.with_name('.new')
                new.write_text(text)
                os.rename(new, path)
                states.append(self._read())
        if self._history:
            index = self._site.state / 'lists.index'
            wait_until(lambda: self.done.is_set() or (
                index.exists() and f'# change {number}.'.encode() in index.read_bytes()),
                       'an index of the lists as they are now')
        end = time.monotonic()
        if self._history:
            self._history[-1][1] = end
        self._history += [[begin, end, state] for state in states[:-1]]
        self._history.append([begin, float('inf'), states[-1]])

    def _read(self):
        """What stands in the files now, by the oracle's own reading."""
        def networks(*files):
            lines = [line.strip() for file in files if file.exists()
                     for line in file.read_text().splitlines()]
            return [(network.version, int(network[0]), int(network[-1]))
                    for network in map(ipaddress.ip_network,
                                       (line for line in lines if line and line[0] != '#'))]
        lists = self._site.lists
        users = lists / 'user.allow.lst'
        return (networks(lists / 'ip_net.deny.lst', lists / 'ip_net.deny.d/lasting.lst'),
                networks(lists / 'ip_net.allow.lst'),
                {line.removeprefix("'") for line in users.read_text().split()} if users.exists() else set())

    def outcomes(self, user, address, sent, answered):
        """All that may rightly have been decided for a login between these two moments."""
        address = ipaddress.ip_address(address)
        return {self._decide(user, address.version, int(address), *state)
                for begin, end, state in self._history if begin <= answered and end >= sent}

    @staticmethod
    def _decide(user, version, number, deny, allow, users):
        def listed(networks):
            return any(kind == version and first <= number <= last for kind, first, last in networks)
        return user in users or listed(allow) or not listed(deny)

    def keep_changing(self):
        for network in itertools.cycle(self._changing):
            if self.done.wait(PAUSE):
                return
            self.change(network)


@dataclasses.dataclass
class Login:
    user: str
    address: str
    right: bool
    sent: float = 0
    answered: float = 0
    let_in: bool = False


def run(sasl_socket, number, logins):
    """One client of Dovecot's auth process, as Postfix is one, with many logins at once."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(60)
        sock.connect(str(sasl_socket))
        file = sock.makefile('rb')
        sock.sendall(f'VERSION\t1\t1\nCPID\t{1000 + number}\n'.encode())
        while file.readline() != b'DONE\n':
            pass
        waiting = {}
        numbered = iter(enumerate(logins, 1))
        while True:
            for key, login in itertools.islice(numbered, AT_ONCE - len(waiting)):
                waiting[str(key)] = login
                login.sent = time.monotonic()
                secret = sasl.encode(next(sasl.plain(login.user, 'secret' if login.right else 'wrong')))
                sock.sendall(f'AUTH\t{key}\tPLAIN\tservice=imap\tsession=s{number}.{key}\tnologin\t'
                             f'rip={login.address}\tresp={secret}\n'.encode())
            if not waiting:
                return
            words = file.readline().decode().rstrip('\n').split('\t')
            login = waiting.pop(words[1])
            login.answered = time.monotonic()
            login.let_in = {'OK': True, 'FAIL': False}[words[0]]


class Load(EachVersion, harness.TestCase):
    server = harness.Dovecot
    EVERYBODY = 'passdb {\n  driver = static\n  args = password=secret\n}\n'

    def test_each_of_ten_thousand_logins_is_decided_as_the_lists_say(self):
        site = harness.Site()
        lists = Lists(site)
        server = self.own(self.server.with_policy(site, self.EVERYBODY,
                                                  auth_policy_server_timeout_msecs='60000'))
        rng = random.Random(11)

        def login(i):
            network = rng.choice(lists.networks)
            inside = network[rng.randrange(min(network.num_addresses, 4096))]
            home = ipaddress.ip_address(0x542e0000 + i)  # 84.46.0.0 and up, which no list has
            return Login('boss' if i % 10 == 0 else f'user{i}',
                         str(inside if rng.random() < 0.6 else home), i % 20 != 7)

        logins = [login(i) for i in range(LOGINS)]
        changes = threading.Thread(target=lists.keep_changing)
        changes.start()
        try:
            harness.together(CLIENTS, lambda i: run(server.sasl_socket, i, logins[i::CLIENTS]))
        finally:
            lists.done.set()
            changes.join()
        self.assertGreater(lists.changes, 10)
        exact = 0
        for one in logins:
            outcomes = lists.outcomes(one.user, one.address, one.sent, one.answered)
            exact += len(outcomes) == 1
            self.assertIn(one.let_in, {one.right and outcome for outcome in outcomes}, one)
        self.assertGreater(exact, 0.7 * LOGINS)
        self.assertGreater(sum(one.let_in for one in logins), 0.3 * LOGINS)
        self.assertGreater(sum(not one.let_in for one in logins), 0.2 * LOGINS)

        # One line for each right password, which says what the client got.
        right = [one for one in logins if one.right]
        wait_until(lambda: server.log().count('mail-audit: ') >= len(right), 'all lines')
        lines = audit_lines(server.log())
        self.assertEqual(sorted((one.user, one.address, not one.let_in) for one in right),
                         sorted((line['user'], line['ip'], line.blocked) for line in lines))
        self.assertNotRegex(server.log(), r' (Error|Warning|Fatal|Panic): ')


if __name__ == '__main__':
    harness.main()
