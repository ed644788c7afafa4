"""GeoIP databases with any content, written by Debian's libmaxmind-db-writer-perl."""

import json
import subprocess

from . import project


def write_mmdb(name, kind, networks):
    """Writes a database and returns its path.

    write_mmdb('city.mmdb', 'GeoLite2-City', {'139.162.0.0/16': {'city': {'geoname_id': 2925533}}})
    """
    path = project.temporary_folder('mmdb') / name
    subprocess.run(['perl', project.ROOT / 'test' / 'data' / 'write_mmdb.pl', path],
                   input=json.dumps({'type': kind, 'networks': networks}), text=True, check=True,
                   capture_output=True)
    path.chmod(0o644)
    return path
