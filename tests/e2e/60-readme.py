# SPDX-License-Identifier: MIT
"""The README's five steps, as they stand there: each command run, each output compared."""

import json
import os
import re
import subprocess

from harness import ROOT, check, check_equal
from harness.portero import PASSWORD

MARKS = re.compile(r'<!-- five steps.*?-->\n```console\n(.*?)```\n<!-- end of the five steps', re.S)
PANEL, SERVER = '127.0.0.1:8080', '127.0.0.1:5070'
END = '@@ end of a command'
SECOND_EXAMPLE = {
    'proxy': 'sip:sip.bas-ip.com', 'realm': 'sip.bas-ip.com', 'user': '101', 'password': 'WebPass',
    'transport': 'udp', 'user_id': 'user126', 'stun': {'ip': 'stun.l.google.com', 'port': 19302},
    'registration_interval': 30,
}


def steps():
    """[(command, output)] of the README; lines of text between them are left out."""
    with open(os.path.join(ROOT, 'README.md'), encoding='utf-8') as f:
        match = MARKS.search(f.read())
    check(match, 'the README has no five steps')
    found = []
    for line in match[1].splitlines():
        if line.startswith('$ '):
            found.append((line[2:], []))
        elif line and not re.match(r'\d\. ', line):
            found[-1][1].append(line)
    return [(command, '\n'.join(output)) for command, output in found]


def plain(output):
    """What differs from run to run, made the same."""
    output = re.sub(r'\b[0-9a-f]{40}\b', 'TOKEN', output)
    return re.sub(r'\b1\d{9}\b', 'TIME', output)


def test_five_steps(t):
    server = t.kamailio(users={'user126': '123ab6'})
    # The example names somebody's server: nobody may be asked where it is.
    config = t.path('config.ini')
    with open(config, 'w') as f:
        f.write('nameserver = 127.0.0.1:9\n')
    daemon = t.portero(extra=['--config', config])
    pairs = steps()
    check(len(pairs) >= 6, 'too few commands', *pairs)
    script = ''
    for command, _ in pairs:
        command = re.sub(r"PASSWORD='[^']*'", "PASSWORD='%s'" % PASSWORD, command)
        command = command.replace(PANEL, '%s:%d' % daemon.http)
        command = command.replace(SERVER, '127.0.0.1:%d' % server.port)
        command = command.replace('sleep 1;', 'sleep %d;' % t.seconds(1))
        script += '%s\necho "%s"\n' % (command, END)
    done = subprocess.run(['bash', '-c', script], stdin=subprocess.DEVNULL, timeout=t.seconds(30),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    outputs = done.stdout.decode().split(END + '\n')
    check_equal(len(outputs), len(pairs) + 1, 'commands that ran to their end')
    for (command, want), got in zip(pairs, outputs):
        check_equal(plain(got.strip('\n')), plain(want), command)
    server.wait_bindings({'101': 1})


def test_step_2_is_the_pages_second_example(t):
    shown = [output for _, output in steps() if 'WebPass' in output]
    check_equal(len(shown), 1, 'outputs with WebPass')
    check_equal(json.loads(shown[0]), SECOND_EXAMPLE, 'the second example')
