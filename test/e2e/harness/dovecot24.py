"""A private Dovecot 2.4: of this system where that has one, else of the Debian 13 beside it."""

import os

from . import debian13, project
from .dovecot import Dovecot, first_lines, version


class Dovecot24(Dovecot):
    """As Dovecot, which is 2.3; `passdbs` and `settings` in 2.4's syntax."""

    version = '2.4'
    PASSWORDS = '''
passdb passwd-file {
  default_password_scheme = plain
  passwd_file_path = @users@
}
'''

    def _require(self):
        if version() < (2, 4):
            debian13.require()

    @staticmethod
    def command(*command):
        return list(map(str, command)) if version() >= (2, 4) else debian13.inside(*command)

    def _settings(self):
        user, group = project.account()
        outsider = 'dovenull' if os.geteuid() == 0 else user
        no_chroot = '' if os.geteuid() == 0 else 'chroot ='
        listeners = ''.join(f'''
service {name}-login {{
  inet_listener {listener} {{
    port = {port}
  }}
  inet_listener {secure} {{
    port = 0
  }}
  {no_chroot}
}}''' for name, listener, secure, port in (
            ('imap', 'imap', 'imaps', self.ports['imap']),
            ('pop3', 'pop3', 'pop3s', self.ports['pop3']),
            ('submission', 'submission', 'submissions', self.ports['submission']),
            ('managesieve', 'sieve', 'sieves', self.ports['sieve'])))
        return f'''{first_lines((2, 4))}
{self._settings_of_both(user, group, outsider)}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
userdb prefetch {{
}}
{listeners}
service anvil {{
  {no_chroot}
  # No penalty for addresses with failed logins.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
'''
