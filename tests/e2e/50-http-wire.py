# SPDX-License-Identifier: MIT
"""http_cases.py against a fresh panel: it prints a line a case."""

import os
import subprocess
import sys

from harness import Failure, check, slow
from harness.portero import PASSWORD, die_with_parent


@slow(20)
def test_http_cases(t):
    daemon = t.portero()
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'http_cases.py')
    done = subprocess.run([sys.executable, '-B', script, 'http://%s:%d' % daemon.http, PASSWORD],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=110 if not t.sanitized else 330,
                          preexec_fn=die_with_parent)
    output = done.stdout.decode('utf-8', 'replace')
    lines = output.splitlines()
    bad = [i for i, line in enumerate(lines) if line.startswith('not ok')]
    if bad or done.returncode:
        raise Failure('\n'.join([''] + [line for i in bad for line in lines[i:i + 12]]) or output)
    check(sum(line.startswith('ok ') for line in lines) >= 10, 'hardly any case: ' + output)
