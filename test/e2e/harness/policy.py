"""examples/dovecot-2.3 and examples/dovecot-2.4 as they are printed, for a Dovecot of a test."""

import re

from . import project
from .process import free_port

SECRET = 'the secret of the tests'
EXAMPLE = 'badclients-policy.conf'


def program():
    return project.programs() / 'badclients-policy'


def example(version):
    return (project.ROOT / f'examples/dovecot-{version}' / EXAMPLE).read_text()


def block(site, version, executable=None, port=None, secret=SECRET, **settings):
    """The example, with this site, a free port and the secret in their places.

    `executable`: what runs in place of badclients-policy; `settings`: other values for what stands in
    it. Everything else stays.
    """
    secret_file = site.folder / 'secret'
    secret_file.write_text(f'{SECRET}\n')
    secret_file.chmod(0o600)
    project.give_away(secret_file)
    site.configure(policy={'secret_file': secret_file})
    return made_testable(example(version), executable or f'{program()} --config {site.config}',
                         port or free_port(), secret, **settings)


def made_testable(text, executable, port, secret, **settings):
    user, _ = project.account()
    text, count = re.subn(r'script -p /usr/libexec/badclients/badclients-policy\b',
                          f'script -p {executable}', text)
    if count != 1:
        raise ValueError(f'badclients-policy is started {count} times in:\n{text}')
    text = re.sub(r'\b4001\b', str(port), text)
    text = text.replace('X-Badclients: CHANGE-ME', f'X-Badclients: {secret}')
    text = text.replace('user = dovecot', f'user = {user}')
    for key, value in settings.items():
        text, count = re.subn(rf'(?m)^(\s*)#?({key} =).*$', rf'\1\2 {value}', text)
        if count != 1:
            raise ValueError(f'{key} stands {count} times in the example')
    return text
