"""Reading audit lines back, field by field."""

import json
import re

# key=<anything without <, >> or key=anything without comma and space; the keys are fixed words
_FIELD = re.compile(r'(?P<key>[a-z_]+(?:\[\d+\])?)=(?:<(?P<text>[^<>]*)>|(?P<word>[^, <>]*))(?:, |$)')


def _fields_of_json(text):
    """As the line would have them: texts, a list's values one by one."""
    def shown(value):
        return 'None' if value is None else str(value)
    fields = []
    for key, value in json.loads(text, object_pairs_hook=list):
        values = (value or [None]) if isinstance(value, list) else [value]
        fields += [(key, shown(each)) for each in values]
    return fields


class AuditLine:
    """One `mail-audit:` line. `line['asn']` is a field's value; `line.all('entity')` all values."""

    def __init__(self, line):
        kind, _, rest = line.partition(': ')
        self.kind = kind
        self.text = line
        self.fields = []
        self.json = rest.startswith('{')
        if self.json:
            self.fields = _fields_of_json(rest)
            return
        at = 0
        while at < len(rest):
            match = _FIELD.match(rest, at)
            if not match:
                raise ValueError(f'not an audit line from character {at} of {rest!r}')
            value = match['text'] if match['text'] is not None else match['word']
            self.fields.append((match['key'], value))
            at = match.end()

    def __getitem__(self, key):
        values = self.all(key)
        if len(values) != 1:
            raise KeyError(f'{key}: {len(values)} times in {self.text!r}')
        return values[0]

    def __contains__(self, key):
        return bool(self.all(key))

    def all(self, key):
        return [value for name, value in self.fields if name == key]

    @property
    def blocked(self):
        """Whether the login was refused: a line about another has no such field."""
        values = self.all('blocked')
        if values not in ([], ['True']):
            raise ValueError(f'blocked={values} in {self.text!r}')
        return bool(values)

    def as_the_original_wrote_it(self):
        """Up to the last `entity=`: what came behind is ours."""
        last = self.text.rindex('entity=')
        end = self.text.find(', ', last)
        return self.text[:end] if end >= 0 else self.text

    def __repr__(self):
        return self.text


def audit_lines(text, kind='mail-audit'):
    """All audit lines in a log, whatever the log puts in front of them."""
    found = re.findall(rf'(?:^|[ \x02])({kind}: .*)$', text, re.M)
    return [AuditLine(line) for line in found]
