"""How many instructions a login takes, by valgrind's callgrind: the same each time, whatever else
the machine does, and almost the same on another machine."""

import os
import re
import socket
import subprocess

from . import policy_client, project

# glibc has versions of its string functions for each generation of processors; the oldest ones are
# on every machine.
OLDEST = 'glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-BMI1,-BMI2,-ERMS,-FSRM,' \
         '-SSE4_2,-SSE4_1,-SSSE3,-RTM'


CALLGRIND = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null']


def _account():
    user, group = project.account()
    return {'user': user, 'group': group, 'extra_groups': []} if os.geteuid() == 0 else {}


def instructions(site, address):
    """Of one login at `site` from `address`; with its exit code."""
    command = [*CALLGRIND, project.programs() / 'badclients', '--config', site.config]
    done = subprocess.run(['/bin/sh', '-c', 'exec "$@" 3<&0 4>/dev/null </dev/null', 'sh', *command],
                          input=b'alice\0secret\0\0', capture_output=True, check=False, cwd='/',
                          env={'PATH': '/usr/bin:/bin', 'SERVICE': 'imap', 'TCPREMOTEIP': address,
                               'GLIBC_TUNABLES': OLDEST}, **_account())
    # One a process: the one that decides and the one that answers. What was done before the second
    # began counts for both.
    found = re.findall(rb'Collected : (\d+)', done.stderr)
    if len(found) != 2:
        raise RuntimeError(f'callgrind counted {len(found)} processes, and not the two of a login '
                           f'that is cached: {done.stderr.decode(errors="replace")}')
    return sum(map(int, found)), done.returncode


def of_a_request(site, address, new=False):
    """Of one request of the policy door on a connection that is kept; `new`: each says something that
    none before has said (the app has another name)."""
    few, many = (_of_requests(site, address, count, new) for count in (10, 60))
    return (many - few) // 50


def _of_requests(site, address, count, new):
    program = [project.programs() / 'badclients-policy', '--config', site.config]
    ours, its = socket.socketpair()
    process = subprocess.Popen([*CALLGRIND, *program], stdin=its, stdout=its, stderr=subprocess.PIPE, cwd='/',
                               env={'PATH': '/usr/bin:/bin', 'GLIBC_TUNABLES': OLDEST}, **_account())
    its.close()
    with ours, process:
        for number in range(count):
            app = {'device_id': f'"name" "app {number:02}"'} if new else {}
            ours.sendall(policy_client.request(policy_client.login(address, **app)))
            answer = b''
            while not answer.endswith(b'}'):
                more = ours.recv(4096)
                if not more:
                    raise RuntimeError(f'it hung up after {answer!r}')
                answer += more
        ours.shutdown(socket.SHUT_WR)
        said = process.stderr.read()
    return sum(map(int, re.findall(rb'Collected : (\d+)', said)))
