"""How many instructions a login takes, by valgrind's callgrind: the same each time, whatever else
the machine does, and almost the same on another machine."""

import os
import re
import subprocess

from . import project

# glibc has versions of its string functions for each generation of processors; the oldest ones are
# on every machine.
OLDEST = 'glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-BMI1,-BMI2,-ERMS,-FSRM,' \
         '-SSE4_2,-SSE4_1,-SSSE3,-RTM'


def instructions(site, address):
    """Of one login at `site` from `address`; with its exit code."""
    user, group = project.account()
    account = {'user': user, 'group': group, 'extra_groups': []} if os.geteuid() == 0 else {}
    command = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
               project.programs() / 'badclients', '--config', site.config]
    done = subprocess.run(['/bin/sh', '-c', 'exec "$@" 3<&0 4>/dev/null </dev/null', 'sh', *command],
                          input=b'alice\0secret\0\0', capture_output=True, check=False, cwd='/',
                          env={'PATH': '/usr/bin:/bin', 'SERVICE': 'imap', 'TCPREMOTEIP': address,
                               'GLIBC_TUNABLES': OLDEST}, **account)
    # One a process: the one that decides and the one that answers. What was done before the second
    # began counts for both.
    found = re.findall(rb'Collected : (\d+)', done.stderr)
    if len(found) != 2:
        raise RuntimeError(f'callgrind counted {len(found)} processes, and not the two of a login '
                           f'that is cached: {done.stderr.decode(errors="replace")}')
    return sum(map(int, found)), done.returncode
