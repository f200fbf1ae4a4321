# SPDX-License-Identifier: MIT
"""The documents: the README's five steps, each command run and each output compared; what the others
name is there, and what is there is named."""

import glob
import json
import os
import re
import subprocess

from harness import ROOT, check, check_equal
from harness.portero import PASSWORD

MARKS = re.compile(r'<!-- five steps.*?-->\n```console\n(.*?)```\n<!-- end of the five steps', re.S)
PANEL, SERVER = '127.0.0.1:8080', '127.0.0.1:5070'
END = '@@ end of a command'
REGISTERED = 'for i in $(seq %d); do curl -s $API/sip/status | grep -q \'"OK"\' && break; sleep 0.1; done;'
SECOND_EXAMPLE = {
    'proxy': 'sip:sip.bas-ip.com', 'realm': 'sip.bas-ip.com', 'user': '101', 'password': 'WebPass',
    'transport': 'udp', 'user_id': 'user126', 'stun': {'ip': 'stun.l.google.com', 'port': 19302},
    'registration_interval': 30,
}


def read(name):
    with open(os.path.join(ROOT, name), encoding='utf-8') as f:
        return f.read()


def steps():
    """[(command, output)] of the README; lines of text between them are left out."""
    match = MARKS.search(read('README.md'))
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
        if 'sleep 1;' in command:  # on a busy machine that may be too short
            command = command.replace('sleep 1;', REGISTERED % t.seconds(200))
        script += '%s\necho "%s"\n' % (command, END)
    done = subprocess.run(['bash', '-c', script], stdin=subprocess.DEVNULL, timeout=t.seconds(30),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    outputs = done.stdout.decode().split(END + '\n')
    check_equal(len(outputs), len(pairs) + 1, 'commands that ran to their end')
    for (command, want), got in zip(pairs, outputs):
        check_equal(plain(got.strip('\n')), plain(want), command)
    server.wait_bindings({'101': 1})


def blocks(heading, kind):
    """The code blocks of that kind below a heading of the README, up to the next heading."""
    section = read('README.md').split('\n%s\n' % heading)[1]
    section = re.split(r'\n##+ ', section)[0]
    return re.findall(r'^```%s\n(.*?)^```' % kind, section, re.M | re.S)


def test_other_commands(t):
    """Those behind the five steps, in the shell that these leave behind: none is refused."""
    daemon = t.portero()
    daemon.login()
    (calls,) = blocks('## Calls and the door', 'console')
    log, stream = blocks('## Events', 'sh')
    (syslog,) = blocks('### Sent as syslog lines', 'sh')
    check(stream.startswith('curl -N '), 'not the stream', stream)
    script = 'set -eu\nAPI=http://%s/api/v1 TOKEN=%s\n' % (PANEL, daemon.token)
    script += 'curl() { command curl -s --fail-with-body "$@"; echo; }\n'
    # Somebody's real receiver may be at 514.
    script += re.sub(r'^\$ ', '', calls, flags=re.M) + log + syslog.replace('"port":514', '"port":9')
    # It has no end: looked at for longer and longer, until what it begins with has come.
    script += 'curl() { for s in 1 2 4 8 16; do out=$(timeout $s curl -s "$@" || [ $? = 124 ]); ' \
              'case $out in *device_booted*) break;; esac; done; echo "$out"; }\n' + stream
    done = subprocess.run(['bash', '-c', script.replace(PANEL, '%s:%d' % daemon.http)],
                          stdin=subprocess.DEVNULL, timeout=t.seconds(60), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    output = done.stdout.decode()
    check_equal(done.returncode, 0, output)
    for want in ('"number":"7"', '{"uid":1}', '"access_granted_by_api_call"', '\nevent: device_booted\n'):
        check(want in output, 'no ' + want, output)
    check_equal(daemon.api('GET', '/syslog/settings').json['enabled'], True, 'syslog')
    check_equal(daemon.api('GET', '/forward/items').json['list_items'],
                [{'forward_number': 7, 'forward_entity_list': ['101', 'sip:102@192.0.2.9']}], 'flat 7')


def test_step_2_is_the_pages_second_example(t):
    shown = [output for _, output in steps() if 'WebPass' in output]
    check_equal(len(shown), 1, 'outputs with WebPass')
    check_equal(json.loads(shown[0]), SECOND_EXAMPLE, 'the second example')


def source_files():
    """What is committed; without git, what is there."""
    listed = subprocess.run(['git', '-C', ROOT, 'ls-files', 'src'], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    found = [os.path.join(ROOT, path) for path in listed.split()] or \
        glob.glob(os.path.join(ROOT, 'src', '**', '*'), recursive=True)
    return [os.path.relpath(path, ROOT) for path in found
            if path.endswith(('.c', '.h')) and os.path.exists(path)]


def test_architecture_names_every_source_file(t):
    text = read('ARCHITECTURE.md')
    sources = {path: read(path) for path in source_files()}
    check(len(sources) > 50, 'sources', sources.keys())
    names = set(re.findall(r'([a-z0-9_]+\.[ch])`', text))
    have = {os.path.basename(path) for path in sources}
    check_equal(sorted(names - have), [], 'named, but not there')
    check_equal(sorted(name for name in have if name.endswith('.c') and name not in names), [],
                'there, but not named')
    whole = '\n'.join(sources.values())
    missing = [name for name in re.findall(r'`([a-z]+_[a-z_0-9]+)`', text)
               if not re.search(r'\b%s\b' % name, whole)]
    check_equal(missing, [], 'functions that are named, but not there')


def test_manual_has_every_verb(t):
    verbs = set(re.findall(r'{"(\w+)", run_', read('src/cli/cli.c')))
    check(len(verbs) > 5, 'verbs', verbs)
    manual = read('packaging/man/portero.8')
    synopsis, rest = manual.split('.Sh DESCRIPTION\n')
    shown = set(re.findall(r'\w+', ' '.join(re.findall(r'^\.Cm (.*)$', synopsis, re.M))))
    check_equal(sorted(shown - {'run'}), sorted(verbs), 'in the synopsis')
    check_equal(sorted(set(re.findall(r'^\.It Ic (\w+)', rest, re.M))), sorted(verbs), 'explained')


def test_manual_and_sample_have_every_key(t):
    keys = set(re.findall(r'{"(\w+)", KEY_', read('src/config.c')))
    check(len(keys) > 10, 'keys', keys)
    sample = set(re.findall(r'^#?(\w+) = ', read('packaging/portero.ini'), re.M))
    manual = set(re.findall(r'\w+', ' '.join(re.findall(r'^\.It Cm (.*)$',
                                                       read('packaging/man/portero.8'), re.M))))
    check_equal(sorted(sample), sorted(keys), 'keys in packaging/portero.ini')
    check_equal(sorted(manual), sorted(keys), 'keys in packaging/man/portero.8')


def test_sample_is_read(t):
    """As it stands, and with each commented key switched on."""
    text = read('packaging/portero.ini').replace('0.0.0.0:80', '127.0.0.1:0')
    text = text.replace('0.0.0.0:443', '127.0.0.1:0')
    text = text.replace('0.0.0.0:5060', '127.0.0.1:0').replace('/var/lib/portero', t.new_dir('state'))
    text = re.sub(r'^#sip_ca = .*$', '#', text, flags=re.M)  # there is no such file
    switched_on = re.sub(r'^#(\w+ = )', r'\1', text, flags=re.M)
    check(switched_on.count('\n#') < text.count('\n#') - 10, 'nothing was switched on')
    for name, config in (('as it stands', text), ('all on', switched_on)):
        path = t.path('portero.ini')
        with open(path, 'w') as f:
            f.write(config)
        daemon = t.portero(extra=['--config', path])
        check_equal(daemon.api('GET', '/device/sip/settings').status, 200, name)
        daemon.stop()
