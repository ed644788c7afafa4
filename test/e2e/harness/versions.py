"""One test for Dovecot 2.3 and 2.4, which ask badclients-policy: what differs between them, and a base."""

from .audit import audit_lines
from .site import Site

TEXT = 'This mail app gives your password away.'

# What each version's passdbs, userdbs and settings are called.
_BLOCKS = {
    '2.3': {
        'users': 'userdb {\n  driver = passwd-file\n  args = @users@\n}\n',
        'master': 'passdb {\n  driver = passwd-file\n  args = scheme=PLAIN @users@\n  master = yes\n}\n',
        'static users': 'userdb {{\n  driver = static\n  args = uid={uid} gid={uid} home={home}/%u\n}}\n',
        'any password': 'passdb {\n  driver = static\n  args = nopassword=y\n}\n',
        'mail': 'mail_location = maildir:{home}/%u\n',
    },
    '2.4': {
        'users': 'userdb passwd-file {\n  passwd_file_path = @users@\n}\n',
        'master': 'passdb masters {\n  driver = passwd-file\n  default_password_scheme = plain\n'
                  '  passwd_file_path = @users@\n  master = yes\n}\n',
        'static users': 'userdb static {{\n  fields {{\n    uid = {uid}\n    gid = {uid}\n'
                        '    home = {home}/%{{user}}\n  }}\n}}\n',
        'any password': 'passdb static {\n  fields {\n    nopassword = y\n  }\n}\n',
        'mail': 'mail_path = {home}/%{{user}}\n',
    },
}


class EachVersion:
    """A test case has `server`, the class of Dovecot, and inherits the tests."""

    server = None

    @classmethod
    def site(cls, **sections):
        """Lists the network of New Outlook, and says TEXT to whom it refuses."""
        site = Site(**sections)
        site.configure(general={'deny_message': TEXT})
        site.list('ip_net.deny', '# New Outlook', '52.96.0.0/14')
        return site

    @classmethod
    def block(cls, name, **values):
        """A block of Dovecot's configuration, in the words of this version."""
        text = _BLOCKS[cls.server.version][name]
        return text.format(**values) if values else text

    def line(self, server, act):
        """The one audit line that comes of act()."""
        line, = audit_lines(server.log_of(act))
        return line
