# SPDX-License-Identifier: Apache-2.0
"""Controllers based on os-ken drive tandemd; either side may restart."""
import json
import os
import re
import signal
import socket
import subprocess

from lab import TOP, Daemon, check, sh, veth_config, wait_for

APPS = os.path.join(TOP, 'tests/system/apps')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def controller(lab, app, port, *options, tls_port=None, **more):
    """Starts osken-manager with one of the apps and 'more' in its environment; returns once it listens."""
    out = open(os.path.join(lab.dir, f'{app}.out'), 'a')
    env = dict(lab.env, PYTHONDONTWRITEBYTECODE='1', **more)
    p = subprocess.Popen(['osken-manager', '--ofp-listen-host', '127.0.0.1', '--ofp-tcp-listen-port',
                          str(port), *options, os.path.join(APPS, app + '.py')],
                         stdout=out, stderr=out, env=env)
    lab.processes.append(p)

    def listens():
        check(p.poll() is None, f'the controller ended: {open(out.name).read()}')
        with socket.socket() as s:
            return s.connect_ex(('127.0.0.1', tls_port or port)) == 0

    wait_for('the controller listens', listens, 30)
    return p


def hosts(lab, config_more=''):
    nears = [lab.netns(name, address=f'10.0.0.{i}/24') for i, name in enumerate('abc', 1)]
    d = Daemon(lab, veth_config(lab, ['p1', 'p2', 'p3'], nears) + config_more)
    d('flow', 'del', 'br0')
    return d


def pings(lab, source, address):
    """The host asks for the address at once: of an earlier request that was dropped it knows nothing."""
    lab.exec(source, 'ip', 'neigh', 'flush', 'all', 'nud', 'all', ok=False)
    return not lab.exec(source, 'ping', '-c', '1', '-W', '1', address, ok=False).returncode


def connected(d, target):
    return any(r['target'] == target and r['state'] == 'connected' for r in d.json('controller', 'show'))


def learns(lab, d):
    for source, address in (('a', '10.0.0.2'), ('b', '10.0.0.3'), ('c', '10.0.0.1')):
        wait_for(f'{source} reaches {address}', lambda s=source, t=address: pings(lab, s, t), 20)
    check('priority=10,in_port=' in d('flow', 'dump', 'br0'), 'the controller added no flow')


def test_learning_switch_over_tcp(lab):
    port = free_port()
    d = hosts(lab)
    target = f'tcp:127.0.0.1:{port}'
    check(not pings(lab, 'a', '10.0.0.2'), 'hosts reach one another without flows')
    d('controller', 'set', 'br0', target)
    app = controller(lab, 'learning', port)
    wait_for('tandemd is connected', lambda: connected(d, target), 20)
    learns(lab, d)
    # The controller is killed and restarted: tandemd reconnects by itself.
    app.kill()
    app.wait()
    wait_for('tandemd sees it go', lambda: not connected(d, target), 20)
    d('flow', 'del', 'br0')
    app = controller(lab, 'learning', port)
    wait_for('tandemd is connected again', lambda: connected(d, target), 30)
    learns(lab, d)
    d('controller', 'del', 'br0', target)
    wait_for('no connection is left', lambda: not d.json('controller', 'show'), 5)


def n_answered(lab, source, address, n=5):
    out = lab.exec(source, 'ping', '-c', n, '-i', '0.2', '-W', '1', address, ok=False).stdout
    return int(re.search(r'(\d+) received', out)[1])


def test_router_without_barriers(lab):
    """Two VLANs, routes by packet-ins, an access list with a meter, and no barrier: changes made for a
    packet-in apply to the packets that follow it. Sweeps that would also find the changes run only once a
    minute."""
    addresses = {'a': '10.0.1.1', 'b': '10.0.1.2', 'c': '10.0.2.1', 'e': '10.0.2.2'}
    nears = [lab.netns(name, address=address + '/24') for name, address in addresses.items()]
    d = Daemon(lab, veth_config(lab, ['p1', 'p2', 'p3', 'p4'], nears, upcall='sweep-ms: 60000'))
    port = free_port()
    controller(lab, 'vlan_router', port)
    d('controller', 'set', 'br0', f'tcp:127.0.0.1:{port}')
    wait_for('the controller has made its tables', lambda: d('flow', 'dump', 'br0', 'table=5').count('\n') == 2, 30)
    for name, address in addresses.items():
        lab.exec(name, 'ip', 'route', 'add', 'default', 'via', re.sub(r'\d+$', '254', address))
    # The first packet to an unresolved host is dropped, as in Faucet.
    for source, target in (('a', 'c'), ('b', 'e'), ('e', 'a'), ('c', 'b')):
        n = n_answered(lab, source, addresses[target])
        check(n >= 4, f'{source} to {target}: {n} of 5 pings are answered')
    for source, target in (('a', 'c'), ('c', 'b'), ('a', 'b'), ('e', 'c')):
        n = n_answered(lab, source, addresses[target])
        check(n == 5, f'{source} to {target}: {n} of 5 pings are answered')
    meter = d.json('meter', 'dump', 'br0', '--stats')[0]
    check(meter['packets'] >= 15, f'ICMP from port 1 goes through the meter: {meter}')
    d('audit')


def test_tandemd_restarts(lab):
    port = free_port()
    controller(lab, 'learning', port)
    nears = [lab.netns(name, address=f'10.0.0.{i}/24') for i, name in enumerate('abc', 1)]
    config = veth_config(lab, ['p1', 'p2', 'p3'], nears, flows=['priority=1,arp,actions=drop'])
    config += f'    controllers: ["tcp:127.0.0.1:{port}"]\n'
    for _ in range(2):
        d = Daemon(lab, config)
        d('flow', 'del', 'br0', 'arp')
        wait_for('tandemd is connected', lambda: connected(d, f'tcp:127.0.0.1:{port}'), 20)
        learns(lab, d)
        d.process.kill()
        d.process.wait()


def certificates(lab):
    """Makes an authority, and a certificate by it for each side."""
    def path(name):
        return os.path.join(lab.dir, name)

    sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=authority',
       '-keyout', path('ca.key'), '-out', path('ca.pem'))
    for who in ('switch', 'controller'):
        sh('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={who}', '-keyout',
           path(f'{who}.key'), '-out', path(f'{who}.csr'))
        sh('openssl', 'x509', '-req', '-in', path(f'{who}.csr'), '-CA', path('ca.pem'), '-CAkey',
           path('ca.key'), '-CAcreateserial', '-days', '2', '-out', path(f'{who}.pem'))
    return path


def tls_config(path):
    return (f'openflow: {{private-key: {path("switch.key")}, certificate: {path("switch.pem")}, '
            f'ca-certificate: {path("ca.pem")}}}\n')


def tls_options(path, port):
    return ('--ofp-ssl-listen-port', str(port), '--ctl-privkey', path('controller.key'), '--ctl-cert',
            path('controller.pem'), '--ca-certs', path('ca.pem'))


def test_learning_switch_over_tls(lab):
    port, tls_port = free_port(), free_port()
    path = certificates(lab)
    d = hosts(lab, tls_config(path))
    app = controller(lab, 'learning', port, *tls_options(path, tls_port), tls_port=tls_port)
    target = f'ssl:127.0.0.1:{tls_port}'
    d('controller', 'set', 'br0', target)
    wait_for('tandemd is connected', lambda: connected(d, target), 20)
    learns(lab, d)
    app.kill()
    app.wait()
    wait_for('tandemd sees it go', lambda: not connected(d, target), 20)
    d('flow', 'del', 'br0')
    controller(lab, 'learning', port, *tls_options(path, tls_port), tls_port=tls_port)
    wait_for('tandemd is connected again', lambda: connected(d, target), 30)
    learns(lab, d)
    # ovs-ofctl connects by TLS, too; a client without a certificate is refused.
    passive = free_port()
    d('controller', 'set', 'br0', target, f'pssl:{passive}:127.0.0.1')
    r = sh('ovs-ofctl', '-O', 'OpenFlow13', '-p', path('switch.key'), '-c', path('switch.pem'), '-C',
           path('ca.pem'), 'dump-flows', f'ssl:127.0.0.1:{passive}', timeout=20)
    check(re.search('priority=10', r.stdout), r.stdout)
    r = sh('openssl', 's_client', '-connect', f'127.0.0.1:{passive}', '-CAfile', path('ca.pem'), ok=False,
           timeout=20, input='')
    check(connected(d, target), 'a peer without a certificate ended another connection')


AUTHORITY = '''[ca]
default_ca = d
[d]
dir = {dir}
database = $dir/index.txt
new_certs_dir = $dir
certificate = $dir/ca.pem
private_key = $dir/ca.key
rand_serial = yes
default_md = sha256
default_days = 2
default_crl_days = 2
unique_subject = no
policy = p
[p]
commonName = supplied
'''


class Authority:
    """Issues and revokes certificates."""

    def __init__(self, lab, name):
        self.dir = os.path.join(lab.dir, name)
        os.mkdir(self.dir)
        for file, text in (('index.txt', ''), ('ca.cnf', AUTHORITY.format(dir=self.dir))):
            with open(self.path(file), 'w') as f:
                f.write(text)
        sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', f'/CN={name}', '-keyout',
           self.path('ca.key'), '-out', self.path('ca.pem'))

    def path(self, name):
        return os.path.join(self.dir, name)

    def run(self, *words):
        sh('openssl', 'ca', '-batch', '-config', self.path('ca.cnf'), *words)

    def certify(self, who, *options):
        sh('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={who}', '-keyout', self.path(f'{who}.key'),
           '-out', self.path(f'{who}.csr'))
        self.run('-notext', '-in', self.path(f'{who}.csr'), '-out', self.path(f'{who}.pem'), *options)

    def revoke(self, who=None):
        if who:
            self.run('-revoke', self.path(f'{who}.pem'))
        self.run('-gencrl', '-out', self.path('crl.pem'))


def test_tls_says_why_and_follows_its_files(lab):
    """The log gives the cause of a connection's end, and a counter counts it. Replaced files apply to the next
    connection, unless they do not match."""
    first, second = Authority(lab, 'first'), Authority(lab, 'second')
    for authority in (first, second):
        for who in ('switch', 'controller', 'other'):
            authority.certify(who)
        authority.revoke()
    first.certify('late', '-startdate', '20200101000000Z', '-enddate', '20200102000000Z')
    files = {'private-key': 'switch.key', 'certificate': 'switch.pem', 'ca-certificate': 'ca.pem',
             'revocation-list': 'crl.pem'}

    def in_use(key):
        return os.path.join(lab.dir, files[key])

    def use(authority, *keys):
        for key in keys or files:
            with open(authority.path(files[key]), 'rb') as f, open(in_use(key) + '.new', 'wb') as to:
                to.write(f.read())
            os.rename(in_use(key) + '.new', in_use(key))

    use(first)
    config = 'openflow: {' + ', '.join(f'{key}: {in_use(key)}' for key in files) + '}\n'
    d, port = Daemon(lab, config), free_port()
    d('bridge', 'add', 'br0')
    d('controller', 'set', 'br0', f'pssl:{port}:127.0.0.1')

    def served(authority, who):
        r = sh('ovs-ofctl', '-O', 'OpenFlow13', '-p', authority.path(f'{who}.key'), '-c', authority.path(f'{who}.pem'), '-C',
               authority.path('ca.pem'), 'dump-flows', f'ssl:127.0.0.1:{port}', timeout=20, ok=False)
        return not r.returncode and 'reply' in r.stdout

    def log():
        with open(os.path.join(d.rundir, 'tandemd.log')) as f:
            return f.read()

    def ended():
        rows = {row['counter']: row['count'] for row in d.json('controller', 'counters', 'br0')}
        return rows['ended-tls']

    def refused(authority, who, why):
        n, n_log = ended(), log().count(why)
        check(not served(authority, who), f'{who} of {authority.dir} is served')
        wait_for(f'"{why}" in the log', lambda: log().count(why) == n_log + 1 and ended() == n + 1, 5)

    check(served(first, 'controller'), 'a good certificate is refused')
    refused(first, 'late', 'TLS: certificate verify failed: certificate has expired')
    refused(second, 'controller', 'TLS: tlsv1 alert unknown ca')  # by ovs-ofctl, which checks our certificate first
    n = ended()
    sh('openssl', 's_client', '-connect', f'127.0.0.1:{port}', ok=False, timeout=20, input='')
    wait_for('peer without a certificate', lambda: 'TLS: peer did not return a certificate' in log() and ended() == n + 1, 5)
    # Refused as soon as the revocation list names it.
    check(served(first, 'other'), 'a good certificate is refused')
    first.revoke('other')
    use(first, 'revocation-list')
    wait_for('the new list', lambda: log().count('the files have changed; the new ones are in use') == 1, 5)
    refused(first, 'other', 'TLS: certificate verify failed: certificate revoked')
    check(served(first, 'controller'), 'a good certificate is refused')
    # A key that does not match its certificate yet, then both of another authority.
    use(second, 'private-key')
    wait_for('the error', lambda: 'the earlier ones stay in use: openflow.private-key' in log(), 5)
    check(served(first, 'controller'), 'the old files are not in use')
    use(second)
    wait_for('the new files', lambda: served(second, 'controller'), 5)
    refused(first, 'controller', 'TLS: tlsv1 alert unknown ca')


class Fabric:
    """An application fabric.py, and its output."""

    def __init__(self, lab, name='fabric', **settings):
        self.lab, self.port = lab, free_port()
        self.out = os.path.join(lab.dir, f'{name}.json')
        self.settings = {f'FABRIC_{key.upper()}': str(value) for key, value in settings.items()}
        self.target = f'tcp:127.0.0.1:{self.port}'
        self.options, self.process, self.seen = (), None, 0

    def start(self, tls_port=None, **settings):
        self.settings |= {f'FABRIC_{key.upper()}': str(value) for key, value in settings.items()}
        self.seen = len(self.said())
        self.process = controller(self.lab, 'fabric', self.port, *self.options, tls_port=tls_port,
                                  FABRIC_OUT=self.out, **self.settings)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def said(self, event=None):
        """Returns the objects since the last start."""
        if not os.path.exists(self.out):
            return []
        with open(self.out) as f:
            whole = [json.loads(line) for line in f if line.endswith('\n')]
        return [o for o in whole[self.seen if event else 0:] if event in (None, o['event'])]

    def ready(self):
        wait_for('the fabric is ready', lambda: self.said('ready'), 30)


def fabric_hosts(lab, config_more=''):
    nears = [lab.netns(name, address=f'10.0.0.{i}/24', mac=f'02:00:00:00:00:0{i}')
             for i, name in enumerate('abc', 1)]
    for name in 'bc':
        for address in ('10.0.0.100', '10.0.0.200'):
            lab.exec(name, 'ip', 'addr', 'add', f'{address}/32', 'dev', 'lo')
    for address in ('10.0.0.100', '10.0.0.200'):
        lab.exec('a', 'ip', 'neigh', 'add', address, 'lladdr', '02:00:00:00:00:02', 'dev', 'eth0')
    config = veth_config(lab, ['p1', 'p2', 'p3'], nears) + config_more
    d = Daemon(lab, config)
    d('flow', 'del', 'br0')
    return d, config


def port_mod(lab, d, port, what):
    sh('ovs-ofctl', '-O', 'OpenFlow14', 'mod-port', f'unix:{d.rundir}/br0.mgmt', port, what, env=lab.env)


def fabric_works(lab, fabric):
    fabric.ready()
    check(not fabric.said('error'), f'errors: {fabric.said("error")}')
    for source, address in (('a', '10.0.0.2'), ('b', '10.0.0.3'), ('c', '10.0.0.1'), ('a', '10.0.0.100'),
                            ('a', '10.0.0.200')):
        wait_for(f'{source} reaches {address}', lambda s=source, t=address: pings(lab, s, t), 20)


def fabric_counts(fabric):
    """Returns the statistics once they include the pings."""
    def counted():
        groups, meters = fabric.said('groups'), fabric.said('meters')
        flows, sums = fabric.said('flows'), fabric.said('aggregate')
        return (groups and meters and flows and sums and groups[-1]['groups']['200'][0] >= 1 and
                sum(groups[-1]['groups']['300'][1:]) == groups[-1]['groups']['300'][0] >= 1 and
                groups[-1]['groups']['1'][0] >= 1 and meters[-1]['meters']['1'] >= 5 and
                flows[-1]['n'] == sums[-1]['n'] == 10 and sums[-1]['packets'] >= 5)

    wait_for('statistics count what was sent', counted, 20)
    kinds = {o['kind'] for o in fabric.said('reply')}
    check(len(kinds) >= (11 if fabric.settings.get('FABRIC_VERSION') != '1.3' else 10), f'replies: {kinds}')


def test_fabric_over_tcp(lab):
    """Groups, a meter, several tables and a bundle; each side is killed and restarted."""
    d, config = fabric_hosts(lab)
    fabric = Fabric(lab, version='1.4')
    d('controller', 'set', 'br0', fabric.target)
    fabric.start()
    fabric_works(lab, fabric)
    fabric_counts(fabric)
    # Fast failover: the port of host b goes down, and c answers.
    port_mod(lab, d, 'p2', 'down')
    wait_for('c answers for b', lambda: pings(lab, 'a', '10.0.0.100'), 20)
    wait_for('the controller hears of the port', lambda: any(o['port'] == 2 for o in fabric.said('port')), 10)
    port_mod(lab, d, 'p2', 'up')
    fabric.kill()
    check(pings(lab, 'a', '10.0.0.1') or pings(lab, 'a', '10.0.0.100'), 'flows went with the controller')
    fabric.start(version='1.3')
    fabric_works(lab, fabric)
    fabric_counts(fabric)
    d.process.kill()
    d.process.wait()
    fabric.seen = len(fabric.said())
    d = Daemon(lab, config)
    d('flow', 'del', 'br0')
    d('controller', 'set', 'br0', fabric.target)
    fabric_works(lab, fabric)


def test_fabric_over_tls(lab):
    """tandemd is killed and restarted, then the controller."""
    path, tls_port = certificates(lab), free_port()
    fabric = Fabric(lab, version='1.4', role='master', generation=1)
    fabric.options = tls_options(path, tls_port)
    d, config = fabric_hosts(lab, tls_config(path))
    fabric.start(tls_port=tls_port)
    for attempt in range(2):
        d('controller', 'set', 'br0', f'ssl:127.0.0.1:{tls_port}')
        fabric_works(lab, fabric)
        if attempt == 0:
            d.process.kill()
            d.process.wait()
            fabric.seen = len(fabric.said())
            d = Daemon(lab, config)
            d('flow', 'del', 'br0')
        elif attempt == 1:
            fabric.kill()
            fabric.start(tls_port=tls_port, generation=2)
            fabric_works(lab, fabric)


def roles(d):
    return sorted(row['role'] for row in d.json('controller', 'show', 'br0'))


def test_two_controllers(lab):
    """One master. A slave may not change anything; it gets port status, and packet-ins once it requests them."""
    d, _ = fabric_hosts(lab)
    master = Fabric(lab, 'master', role='master', generation=5)
    slave = Fabric(lab, 'slave', role='slave', generation=5)
    d('controller', 'set', 'br0', master.target, slave.target)
    master.start()
    fabric_works(lab, master)
    flows = d('flow', 'dump', 'br0', '--no-stats')
    slave.start()
    slave.ready()
    check(roles(d) == ['master', 'slave'], f'roles: {roles(d)}')
    # OFPET_BAD_REQUEST, OFPBRC_IS_SLAVE
    check(slave.said('error') and all((e['type'], e['code']) == (1, 10) for e in slave.said('error')),
          f'the slave was not refused: {slave.said("error")}')
    check(d('flow', 'dump', 'br0', '--no-stats') == flows, 'the slave changed a table')
    packet = ('from scapy.all import *; sendp(Ether(bytes.fromhex("02000000000102000000000288b5" + "00" * 46)),'
              ' iface="eth0", verbose=0)')
    lab.exec('a', '/usr/bin/python3', '-c', packet)
    wait_for('the master hears of the packet', lambda: master.said('packet'), 10)
    check(master.said('packet')[0]['cookie'] == 0xfab, master.said('packet'))
    port_mod(lab, d, 'p3', 'down')
    wait_for('the slave hears of the port', lambda: any(o['port'] == 3 for o in slave.said('port')), 10)
    port_mod(lab, d, 'p3', 'up')
    check(not slave.said('packet'), 'the slave hears of a packet')
    slave.kill()
    slave.start(**{'async': '1'})
    slave.ready()
    lab.exec('a', '/usr/bin/python3', '-c', packet)
    wait_for('the slave hears of the packet that it asked for', lambda: slave.said('packet'), 10)
    # The slave becomes master, the old master a slave; an older generation is refused.
    slave.kill()
    slave.start(role='master', generation=6)
    fabric_works(lab, slave)
    check(roles(d) == ['master', 'slave'], f'roles: {roles(d)}')
    master.kill()
    master.start()
    # OFPET_ROLE_REQUEST_FAILED, OFPRRFC_STALE
    wait_for('an older generation is refused',
             lambda: any((e['type'], e['code']) == (11, 0) for e in master.said('error')), 30)


def test_standalone(lab):
    nears = [lab.netns(name, address=f'10.0.0.{i}/24') for i, name in enumerate('ab', 1)]
    # Flows that a controller leaves behind: a last resort that sends to it, and one that drops.
    flows = ['priority=0,actions=controller', 'priority=1,icmp,actions=drop']
    config = veth_config(lab, ['p1', 'p2'], nears, flows=flows)
    port = free_port()
    config += f'    fail-mode: standalone\n    controllers: ["tcp:127.0.0.1:{port}"]\n'
    d = Daemon(lab, config + 'openflow: {probe-s: 1}\n')
    check(not pings(lab, 'a', '10.0.0.2'), 'standalone before three probes')
    wait_for('hosts reach one another', lambda: pings(lab, 'a', '10.0.0.2'), 20)
    check(d.json('bridge', 'show', 'br0')['standalone'], d('bridge', 'show', 'br0'))
    check('table 0: the bridge is standalone: NORMAL' in d('trace', 'br0', 'in_port=1,icmp'), 'trace')
    # The mode is switched while it is in force: the reply follows once packets are treated by the new one.
    d('bridge', 'set', 'br0', 'fail-mode=secure')
    check(not pings(lab, 'a', '10.0.0.2'), 'standalone in spite of fail mode secure')
    check(len(d.json('flow', 'dump', 'br0')) == 2, d('flow', 'dump', 'br0'))
    check(re.search(r'^br0 +2 +2 +secure +normal$', d('bridge', 'list'), re.M), d('bridge', 'list'))
    d('bridge', 'set', 'br0', 'fragments=drop', 'fail-mode=standalone')
    check(sh('ovs-ofctl', 'get-frags', f'unix:{d.rundir}/br0.mgmt').stdout == 'drop\n', 'fragments')
    check(pings(lab, 'a', '10.0.0.2'), 'not standalone, though no controller has answered for long')
    row = d.json('bridge', 'list')[0]
    check((row['fail_mode'], row['standalone']) == ('standalone', True), str(row))
    check('fail_mode: standalone\nstandalone: yes\nfragments: drop\n' in d('bridge', 'show', 'br0'), d('bridge', 'show', 'br0'))
    for words, says in ((('br0', 'fail-mode=open'), 'expected fail-mode=auto, '),
                        (('br9', 'fail-mode=secure'), 'no bridge br9'), (('br0',), 'missing')):
        r = d.run('bridge', 'set', *words, ok=False)
        check(r.returncode and says in r.stderr, f'{words}: {r.stderr}')
    # A controller connects and disconnects.
    with socket.create_server(('127.0.0.1', port)) as server:
        server.settimeout(20)
        peer, _ = server.accept()
        peer.sendall(bytes([4, 0, 0, 8, 0, 0, 0, 1]))
        wait_for('its flows are in force', lambda: not d.json('bridge', 'show', 'br0')['standalone'], 5)
        wait_for('they forbid', lambda: not pings(lab, 'a', '10.0.0.2'), 5)
        peer.close()
    wait_for('standalone again', lambda: pings(lab, 'a', '10.0.0.2'), 20)
    d('controller', 'del', 'br0')
    check(not d.json('bridge', 'show', 'br0')['standalone'], d('bridge', 'show', 'br0'))
    check(pings(lab, 'a', '10.0.0.2'), 'a bridge without controllers is no switch')
    check(d('flow', 'dump', 'br0').count('actions=') == 1, d('flow', 'dump', 'br0'))
