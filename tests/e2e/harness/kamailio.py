# SPDX-License-Identifier: MIT
"""A real registrar: Kamailio on loopback ports, with digest and bindings in memory."""

import glob
import os
import re
import shutil
import signal
import subprocess
import time

from . import Failure, check, free_port, wait_for
from .portero import die_with_parent
from .sip import UdpClient

ODD_USER = 'a@b%c>;d e'
USERS = {'101': 'pw-One-4711', '102': 'pw-Two-4711', ODD_USER: 'pw;Odd %41<x>'}

CONFIG = r'''#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=1
tcp_children=2
auto_aliases=no
disable_sctp=yes
dns_try_ipv6=no
use_dns_cache=off
tcp_connection_lifetime=3605
enable_tls=yes
listen=udp:{address}:{port}
listen=tcp:{address}:{port}
listen=tls:{address}:{tls_port}
mpath="{modules}"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "outbound.so"
loadmodule "path.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "ctl.so"
loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "{certificate}")
modparam("tls", "private_key", "{key}")
modparam("tls", "verify_certificate", 0)
modparam("tls", "require_certificate", 0)
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "timer_interval", 1)
modparam("registrar", "outbound_mode", 1)
modparam("registrar", "min_expires", 5)
modparam("registrar", "max_expires", {max_expires})
modparam("ctl", "binrpc", "unix:{control}")
modparam("auth", "algorithm", "{algorithm}")
modparam("auth", "nonce_expire", 300)

request_route {{
    if (is_method("OPTIONS")) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (!is_method("REGISTER")) {{
        route(CALLS);
        exit;
    }}
    xlog("L_NOTICE", "REGISTER call=$ci cseq=$cs from=$fu contact=$ct auth=$au via=$pr\n");
    if (!is_present_hf("Authorization")) {{
        www_challenge("$td", "0");
        exit;
    }}
    $var(password) = "";
{table}
    if ($var(password) == "" || !pv_www_authenticate("$td", "$var(password)", "0")) {{
        www_challenge("$td", "0");
        exit;
    }}
    xlog("L_NOTICE", "ACCEPTED call=$ci cseq=$cs\n");
    save("location"{save_flags});
}}

# Calls between those who are registered; an INVITE of theirs needs their password (407).
route[CALLS] {{
    if (!mf_process_maxfwd_header("10")) {{
        sl_send_reply("483", "Too Many Hops");
        exit;
    }}
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (has_totag()) {{
        if (loose_route() || is_method("ACK")) {{
            t_relay();
        }} else {{
            sl_send_reply("404", "Not here");
        }}
        exit;
    }}
    if (!is_method("INVITE")) {{
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }}
    xlog("L_NOTICE", "INVITE call=$ci from=$fu to=$ru auth=$au\n");
    if (!is_present_hf("Proxy-Authorization")) {{
        proxy_challenge("$fd", "0");
        exit;
    }}
    $var(password) = "";
{table}
    if ($var(password) == "" || !pv_proxy_authenticate("$fd", "$var(password)", "0")) {{
        proxy_challenge("$fd", "0");
        exit;
    }}
    consume_credentials();
    record_route();
    if (!lookup("location")) {{
        sl_send_reply("404", "Not Found");
        exit;
    }}
    t_relay();
}}

onreply_route {{
    xlog("L_NOTICE", "REPLY $rs call=$ci\n");
}}
'''


class Kamailio:
    """certificate: (file, key file); made by this server itself if None."""

    def __init__(self, test, algorithm='MD5', certificate=None, users=None, max_expires=3600,
                 address='127.0.0.1', keeps_one=False):
        check(shutil.which('kamailio'), 'kamailio is not installed (tools/packages test)')
        self.test = test
        self.address = address
        self.dir = test.new_dir('kamailio')
        self.port, self.tls_port = free_port(), free_port()
        self.users = users or USERS
        self.ca = None
        if certificate is None:
            authority = test.certificates()
            certificate, self.ca = authority.server(), authority.ca
        self.algorithm = algorithm
        self.certificate = certificate
        self.max_expires = max_expires
        self.keeps_one = keeps_one   # a new Contact replaces all others of its account
        self.control = os.path.join(self.dir, 'control')
        self.log_path = os.path.join(self.dir, 'log')
        self.process = None
        self.write_config()

    def port_of(self, transport):
        return self.tls_port if transport == 'tls' else self.port

    def write_config(self):
        modules = glob.glob('/usr/lib/*/kamailio/modules') + ['/usr/lib/kamailio/modules']
        table = ''.join('    if ($aU == "%s") $var(password) = "%s";\n' % pair
                        for pair in self.users.items())
        with open(os.path.join(self.dir, 'kamailio.cfg'), 'w') as f:
            f.write(CONFIG.format(
                address=self.address, port=self.port, tls_port=self.tls_port, modules=modules[0], table=table,
                certificate=self.certificate[0], key=self.certificate[1],
                max_expires=self.max_expires, control=self.control,
                save_flags=', "0x04"' if self.keeps_one else '', algorithm=self.algorithm))

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(
                ['kamailio', '-f', os.path.join(self.dir, 'kamailio.cfg'), '-DD', '-E',
                 '-m', '64', '-M', '8', '-Y', self.dir, '-w', self.dir,
                 '-P', os.path.join(self.dir, 'pid')],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        client = UdpClient((self.address, self.port))
        try:
            wait_for(lambda: self.answers(client), 30, lambda: 'kamailio up\n' + self.log_tail(),
                     pause_s=0.01)
        finally:
            client.close()
        wait_for(lambda: self.rpc('core.version', may_fail=True), 20, 'kamailio control socket')

    def answers(self, client):
        if self.process.poll() is not None:
            raise Failure('kamailio ended with %d\n%s' % (self.process.returncode,
                                                          self.log_tail()))
        answer = client.ask('OPTIONS', timeout_s=0.2)
        return answer and answer.status == 200

    def stop(self):
        """Gone, with all its connections, when this returns."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process = None
        if os.path.exists(self.control):
            os.unlink(self.control)

    def restart(self):
        """On the same ports; all bindings, nonces and connections are lost."""
        self.stop()
        self.start()

    def finish(self, passed):
        if self.process:
            self.stop()

    # -- what a test asks

    def account(self, transport='udp', user='101', **changes):
        """Settings of the panel for this server."""
        port = self.tls_port if transport == 'tls' else self.port
        account = {
            'proxy': 'sip:%s:%d' % (self.address, port), 'realm': 'sip.portero.test', 'user': user,
            'password': self.users.get(user, 'no-such-user'), 'transport': transport,
            'user_id': '', 'stun': {'ip': '127.0.0.1', 'port': 3478},
            'registration_interval': 60,
        }
        account.update(changes)
        return account

    def rpc(self, *words, may_fail=False):
        done = subprocess.run(['kamcmd', '-s', 'unix:' + self.control,
                               '-R', os.path.join(self.dir, 'reply-%d' % time.monotonic_ns())]
                              + list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, timeout=20)
        if done.returncode or b'error' in done.stdout[:6]:
            if may_fail:
                return None
            raise Failure('kamcmd %s: %s' % (words, done.stdout.decode()))
        return done.stdout.decode()

    def bindings(self):
        """{user: [contact, ...]} of all that is registered now."""
        found, user = {}, None
        for line in self.rpc('ul.dump').splitlines():
            line = line.strip()
            if line.startswith('AoR: '):
                user = line[5:].strip()
                found[user] = []
            elif line.startswith('Address: '):
                found[user].append(line[9:].strip())
        return {user: contacts for user, contacts in found.items() if contacts}

    def wait_bindings(self, want, within_s=3):
        """want: {user: number}; all users must match."""
        def fits():
            have = {user: len(contacts) for user, contacts in self.bindings().items()}
            return have == want
        wait_for(fits, self.test.seconds(within_s),
                 lambda: 'bindings %r, but %r\n%s' % (want, self.bindings(), self.log_tail()))

    def asks(self, uri, within_s=2.5):
        """Send an OPTIONS there, from the port where REGISTERs come in. Returns the status code
        of the answer, or None."""
        call_id = '%d@kamailio' % time.monotonic_ns()
        self.rpc('tm.t_uac_start', 'OPTIONS', uri, '.', '.',
                 'From: <sip:pbx@pbx.test>;tag=1\r\nTo: <%s>\r\nCall-ID: %s\r\n'
                 'CSeq: 1 OPTIONS\r\nContent-Type: text/plain\r\n' % (uri, call_id), 'x')
        deadline = time.monotonic() + self.test.seconds(within_s)
        while time.monotonic() < deadline:
            match = re.search(r'REPLY ([2-6]\d\d) call=%s' % re.escape(call_id), self.log())
            if match:
                return int(match[1])
            time.sleep(0.02)
        return None

    def log(self):
        with open(self.log_path, 'rb') as f:
            return f.read().decode('utf-8', 'replace')

    def registers(self):
        """(Call-ID, CSeq) of each REGISTER that came, in order. One that was sent again, because this
        machine was slow to answer, counts once."""
        return list(dict.fromkeys(
            (m[1], int(m[2])) for m in re.finditer(r'REGISTER call=(\S+) cseq=(\d+) ', self.log())))

    def log_tail(self, lines=15):
        return 'the end of kamailio\'s log:\n  | ' + '\n  | '.join(
            self.log().splitlines()[-lines:])
