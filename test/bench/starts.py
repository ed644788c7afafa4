"""How long processes take from start to end: stopwatch.cpp, and what is made of its numbers."""

import dataclasses
import json
import os
import statistics
import subprocess

from harness import project


@dataclasses.dataclass
class Start:
    """A program to be started: its arguments and all of its environment."""
    program: object
    arguments: tuple = ()
    environment: dict = dataclasses.field(default_factory=dict)
    credentials: object = None  # a file for descriptor 3


def login(site, address, credentials):
    """A login as Dovecot's auth process starts it, with its log on standard error."""
    return Start(project.programs() / 'badclients', ('--config', site.config),
                 {'SERVICE': 'imap', 'PROTO': 'TCP', 'TCPREMOTEIP': address, 'LOG_SERVICE': '1'},
                 credentials)


def compare(starts, rounds):
    """Runs each of {name: Start} `rounds` times, taking turns. {name: Times}"""
    cases = ''
    for name, start in starts.items():
        cases += f'case {name}\nrun {start.program}\n'
        cases += ''.join(f'arg {argument}\n' for argument in start.arguments)
        cases += ''.join(f'env {key}={value}\n' for key, value in start.environment.items())
        if start.credentials:
            cases += f'credentials {start.credentials}\n'
    user, group = project.account()
    account = {'user': user, 'group': group, 'extra_groups': []} if os.geteuid() == 0 else {}
    done = subprocess.run([program('stopwatch'), str(rounds)], input=cases, text=True, check=True,
                          stdout=subprocess.PIPE, **account)
    return {name: Times(**found) for name, found in json.loads(done.stdout).items()}


def program(name):
    """One of the programs of this folder, where every user may run it."""
    target = project.programs() / name
    if not target.exists():
        target.write_bytes((project.BUILD / 'test' / 'bench' / name).read_bytes())
        target.chmod(0o755)
    return target


@dataclasses.dataclass
class Times:
    """What the stopwatch saw of one case."""
    exit_code: int
    max_rss_kib: int
    page_faults: int
    nanoseconds: list

    @property
    def microseconds(self):
        """The median."""
        return statistics.median(self.nanoseconds) / 1000
