"""The policy door through a real Dovecot: processor time, requests on a connection that is kept, and
logins that wait beside others that do not."""

import os
import pathlib
import socket
import statistics
import time

import harness
from harness import policy_client, project, sasl
from harness.process import wait_until

import starts
import throughput
from sites import ALLOWED

WAITING = 50        # logins that wait for silent servers
PASSDBS = 'passdb {\n  driver = static\n  args = password=secret\n}\n'
SETTINGS = 'service auth {\n  client_limit = 2000\n}\n'


def dovecot(site, executable=None):
    """One that asks badclients-policy, or this program in its place."""
    return harness.Dovecot.with_policy(site, harness.Dovecot.PASSWORDS, SETTINGS,
                                       **({'executable': executable} if executable else {}))


def in_c():
    return starts.program('policy_at_once')


def _tree(pid):
    """The process and all that come from it."""
    found = [pid]
    for one in found:
        for children in pathlib.Path(f'/proc/{one}/task').glob('*/children'):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                pass  # it has ended
    return found


def _processor_time(pid):
    """Of the process and all that come from it, those that have ended too, in seconds."""
    ticks = 0
    for one in _tree(pid):
        try:
            fields = pathlib.Path(f'/proc/{one}/stat').read_text().rpartition(')')[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf('SC_CLK_TCK')


def processor_time(server, address, rounds, count):
    """Microseconds that one login through Dovecot's auth process takes of all its processes."""
    def once():
        before = _processor_time(server.daemon.pid)
        throughput.sasl(server, address, count)
        return (_processor_time(server.daemon.pid) - before) / count * 1e6
    once()
    return min(once() for _ in range(rounds))


def request(site, address):
    secret = site.settings.get('policy', {}).get('secret_file')
    headers = [f'X-Badclients: {pathlib.Path(secret).read_text().strip()}'] if secret else []
    return policy_client.request(policy_client.login(address, session_id='abc'), headers=headers)


def kept_connection(site, address, count):
    """(median of a request's microseconds, from sending it to its answer; microseconds of processor
    time a request)"""
    client = policy_client.PolicyClient(site)
    try:
        text = request(site, address)

        def ask():
            client.send(text)
            answer = b''
            while not answer.endswith(b'}'):
                more = client.socket.recv(4096)
                if not more:
                    raise RuntimeError(f'it hung up after {answer!r}')
                answer += more
            return answer

        if b'"status":0' not in ask():
            raise RuntimeError('not allowed')
        for _ in range(count // 10):
            ask()
        before, took = _processor_time(client.process.pid), []
        for _ in range(count):
            begin = time.perf_counter()
            ask()
            took.append(time.perf_counter() - begin)
        return (statistics.median(took) * 1e6,
                (_processor_time(client.process.pid) - before) / count * 1e6)
    finally:
        client.stop()


def beside_waiting(sites, silent, count):
    """The median of a quick login's milliseconds while nobody waits, and while WAITING others do."""
    site = sites.make()
    # However long it takes until all of them wait.
    site.configure(dns={'nameserver': f'127.0.0.1:{silent.port}'}, lookup={'deadline': '60s'})
    server = harness.Dovecot.with_policy(site, PASSDBS, SETTINGS,
                                         auth_policy_server_timeout_msecs='90000')
    try:
        with _auth(server, 1) as quick, _auth(server, 2) as slow:
            idle = _median(quick, 1, count)
            for number in range(WAITING):
                _send(slow, number + 1, f'user{number}', f'84.{number}.7.9')
            wait_until(lambda: _helpers(server) >= WAITING, f'{WAITING} logins wait')
            _wait_until_idle(server)  # they start, all at once
            busy = _median(quick, count + 1, count)
            if _helpers(server) < WAITING:
                raise RuntimeError('the others were answered meanwhile')
    finally:
        server.stop()
    return idle * 1000, busy * 1000


def _wait_until_idle(server):
    before, now = -1, 0
    while before != now:
        time.sleep(0.5)
        before, now = now, _processor_time(server.daemon.pid)


def _helpers(server):
    """How many processes of badclients-lookup there are."""
    count = 0
    for pid in _tree(server.daemon.pid):
        try:
            count += pathlib.Path(f'/proc/{pid}/comm').read_text() == 'badclients-look\n'
        except OSError:
            pass
    return count


def _auth(server, number):
    lines = throughput.Lines(socket.AF_UNIX, str(server.sasl_socket))
    lines.send(f'VERSION\t1\t1\nCPID\t{os.getpid() * 10 + number}\n')
    lines.wait_for(b'DONE')
    return lines


def _send(lines, number, user, address):
    response = sasl.encode(next(sasl.plain(user, 'secret')))
    lines.send(f'AUTH\t{number}\tPLAIN\tservice=imap\trip={address}\tresp={response}\n')


def _median(lines, first, count):
    took = []
    for number in range(first, first + count):
        begin = time.monotonic()
        _send(lines, number, 'alice', ALLOWED)
        if not lines.wait_for((b'OK\t', b'FAIL\t')).startswith(b'OK'):
            raise RuntimeError('a quick login was refused')
        took.append(time.monotonic() - begin)
    return statistics.median(took)
