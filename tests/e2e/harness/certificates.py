# SPDX-License-Identifier: MIT
"""Certificates for the TLS tests, made by the openssl command when they are needed."""

import os
import subprocess

CONFIG = """
[ca]
default_ca = one
[one]
dir = {dir}
database = {dir}/{name}.index
serial = {dir}/{name}.serial
new_certs_dir = {dir}
certificate = {dir}/{name}.crt
private_key = {dir}/{name}.key
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*arguments):
    done = subprocess.run(('openssl',) + arguments, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError('openssl %s\n%s' % (' '.join(arguments), done.stdout.decode()))


class Certificates:
    """server(...) returns (certificate file, key file); ca is the file to trust."""

    def __init__(self, directory):
        self.dir = directory
        self.counter = 0
        self.ca = self.make_ca('ca')

    def file(self, name):
        return os.path.join(self.dir, name)

    def make_ca(self, name):
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                '-keyout', self.file(name + '.key'), '-out', self.file(name + '.crt'),
                '-subj', '/CN=Test authority ' + name, '-days', '30',
                '-addext', 'basicConstraints=critical,CA:TRUE',
                '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
        with open(self.file(name + '.cnf'), 'w') as f:
            f.write(CONFIG.format(dir=self.dir, name=name))
        with open(self.file(name + '.index'), 'w'):
            pass
        with open(self.file(name + '.serial'), 'w') as f:
            f.write('1000\n')
        return self.file(name + '.crt')

    def server(self, names='IP:127.0.0.1,DNS:sip.portero.test', ca='ca', expired=False):
        """Signed by ca for the names (a subjectAltName)."""
        self.counter += 1
        name = 'server-%d' % self.counter
        if not os.path.exists(self.file(ca + '.crt')):
            self.make_ca(ca)
        openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                '-keyout', self.file(name + '.key'), '-out', self.file(name + '.csr'),
                '-subj', '/CN=' + names.split(',')[0].partition(':')[2],
                '-addext', 'subjectAltName=' + names,
                '-addext', 'basicConstraints=critical,CA:FALSE',
                '-addext', 'extendedKeyUsage=serverAuth')
        days = ('-startdate', '20200101000000Z', '-enddate', '20200201000000Z') if expired else \
            ('-days', '20')
        openssl('ca', '-batch', '-notext', '-config', self.file(ca + '.cnf'),
                '-in', self.file(name + '.csr'), '-out', self.file(name + '.crt'), *days)
        return self.file(name + '.crt'), self.file(name + '.key')

    def self_signed(self, names='IP:127.0.0.1,DNS:sip.portero.test'):
        self.counter += 1
        name = 'self-%d' % self.counter
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                '-keyout', self.file(name + '.key'), '-out', self.file(name + '.crt'),
                '-subj', '/CN=127.0.0.1', '-days', '20', '-addext', 'subjectAltName=' + names)
        return self.file(name + '.crt'), self.file(name + '.key')
