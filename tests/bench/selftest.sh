#!/bin/sh
# Tests of the benchmark driver itself, for `make check`: seconds, no server, nothing measured.
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON3:-/usr/bin/python3}
"$python" -c 'import pytest' 2>/dev/null || { echo "python3-pytest is not installed"; exit 77; }
exec env PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p no:cacheprovider "$here"
