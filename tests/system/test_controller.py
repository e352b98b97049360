# SPDX-License-Identifier: Apache-2.0
"""Controllers written on os-ken drive tandemd; either side may restart."""
import os
import re
import socket
import subprocess

from lab import TOP, Daemon, check, sh, veth_config, wait_for

APPS = os.path.join(TOP, 'tests/system/apps')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def controller(lab, app, port, *options, tls_port=None):
    """osken-manager with one of the apps; it listens when this returns."""
    out = open(os.path.join(lab.dir, f'{app}.out'), 'a')
    env = dict(lab.env, PYTHONDONTWRITEBYTECODE='1')
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
    # The controller starts again: tandemd comes back by itself.
    app.terminate()
    app.wait()
    wait_for('tandemd sees it go', lambda: not connected(d, target), 20)
    d('flow', 'del', 'br0')
    app = controller(lab, 'learning', port)
    wait_for('tandemd is connected again', lambda: connected(d, target), 30)
    learns(lab, d)
    d('controller', 'del', 'br0', target)
    wait_for('no connection is left', lambda: not d.json('controller', 'show'), 5)


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
        check(d.stop() == 0, 'tandemd did not stop cleanly')


def certificates(lab):
    """An authority, and a certificate of it for each side."""
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


def test_learning_switch_over_tls(lab):
    port, tls_port = free_port(), free_port()
    path = certificates(lab)
    d = hosts(lab, f'openflow: {{private-key: {path("switch.key")}, certificate: {path("switch.pem")}, '
                   f'ca-certificate: {path("ca.pem")}}}\n')
    controller(lab, 'learning', port, '--ofp-ssl-listen-port', str(tls_port), '--ctl-privkey',
               path('controller.key'), '--ctl-cert', path('controller.pem'), '--ca-certs', path('ca.pem'),
               tls_port=tls_port)
    target = f'ssl:127.0.0.1:{tls_port}'
    d('controller', 'set', 'br0', target)
    wait_for('tandemd is connected', lambda: connected(d, target), 20)
    learns(lab, d)
    # ovs-ofctl comes by TLS too; who shows no certificate is refused.
    passive = free_port()
    d('controller', 'set', 'br0', target, f'pssl:{passive}:127.0.0.1')
    r = sh('ovs-ofctl', '-O', 'OpenFlow13', '-p', path('switch.key'), '-c', path('switch.pem'), '-C',
           path('ca.pem'), 'dump-flows', f'ssl:127.0.0.1:{passive}', timeout=20)
    check(re.search('priority=10', r.stdout), r.stdout)
    r = sh('openssl', 's_client', '-connect', f'127.0.0.1:{passive}', '-CAfile', path('ca.pem'), ok=False,
           timeout=20, input='')
    check(connected(d, target), 'a peer without a certificate ended another connection')


def test_standalone(lab):
    nears = [lab.netns(name, address=f'10.0.0.{i}/24') for i, name in enumerate('ab', 1)]
    config = veth_config(lab, ['p1', 'p2'], nears, flows=['priority=1,dl_type=0x88b5,actions=drop'])
    config += f'    fail-mode: standalone\n    controllers: ["tcp:127.0.0.1:{free_port()}"]\n'
    d = Daemon(lab, config + 'openflow: {probe-s: 1}\n')
    check(not pings(lab, 'a', '10.0.0.2'), 'standalone before three probes')
    wait_for('hosts reach one another', lambda: pings(lab, 'a', '10.0.0.2'), 20)
    check('priority=0 actions=NORMAL' in d('flow', 'dump', 'br0'), d('flow', 'dump', 'br0'))
    d('controller', 'del', 'br0')
    wait_for('the flow goes', lambda: 'NORMAL' not in d('flow', 'dump', 'br0'), 5)
