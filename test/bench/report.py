"""What was measured, as a table in Markdown and as JSON, with the bounds to hold."""

import dataclasses
import os
import pathlib
import platform


@dataclasses.dataclass
class Line:
    """One line of the table. `bound`: "at most" or "at least" so much of `unit`."""
    what: str
    value: float
    unit: str = ''
    digits: int = 0
    against: str = ''            # "1.65 T"
    bound: tuple = ()            # ('at most', 2.0, ' T'), compared with `measured`
    measured: float = None       # where that is not `value`

    def met(self):
        if not self.bound:
            return None
        found = self.value if self.measured is None else self.measured
        kind, limit, _ = self.bound
        return found <= limit if kind == 'at most' else found >= limit

    def cells(self):
        value = f'{self.value:,.{self.digits}f} {self.unit}'.strip()
        bound = ''
        if self.bound:
            kind, limit, unit = self.bound
            bound = f'{kind} {limit:,g}{unit}: {"met" if self.met() else "**not met**"}'
        return self.what, value, self.against, bound


class Report:
    def __init__(self):
        self.parts = []  # (title, [Line])

    def part(self, title):
        lines = []
        self.parts.append((title, lines))
        return lines

    def markdown(self):
        text = [machine(), '']
        for title, lines in self.parts:
            text += [f'| {title} | | | bound |', '|---|--:|--:|---|']
            text += ['| ' + ' | '.join(line.cells()) + ' |' for line in lines] + ['']
        return '\n'.join(text)

    def as_json(self):
        return {'machine': machine(),
                'parts': [{'title': title,
                           'lines': [dict(dataclasses.asdict(line), met=line.met())
                                     for line in lines]}
                          for title, lines in self.parts]}

    def unmet(self):
        return [line.what for _, lines in self.parts for line in lines if line.met() is False]


def machine():
    """One line about where it was measured."""
    return (f'{_field("/proc/cpuinfo", "model name", ":")}, {os.cpu_count()} processors, '
            f'{_field("/etc/os-release", "PRETTY_NAME", "=")}, Linux {platform.release()}')


def _field(file, name, separator):
    for line in pathlib.Path(file).read_text().splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip().strip('"')
    return 'unknown'
