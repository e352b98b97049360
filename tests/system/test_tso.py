# SPDX-License-Identifier: Apache-2.0
"""Checksums and segments that a kernel leaves to whoever sends its packets on: streams arrive intact with the
default settings of its interfaces, whatever the other side takes."""
import os
import re
import subprocess

from guest import Guest
from lab import Daemon, check, configuration, sh, veth_config, wait_for

SERVER = '''
import hashlib, socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
listener = socket.create_server((sys.argv[1], 5000), family=family)
print('listens', flush=True)
s, _ = listener.accept()
sums = [hashlib.sha256(), hashlib.sha256()]
while data := s.recv(1 << 20):
    sums[0].update(data)
for i in range(int(sys.argv[2])):
    data = (b'%d.' % i) * 4000
    sums[1].update(data)
    s.sendall(data)
s.close()
print(sums[0].hexdigest(), sums[1].hexdigest())
'''
CLIENT = '''
import hashlib, socket, sys
s = socket.create_connection((sys.argv[1], 5000), timeout=20)
sums = [hashlib.sha256(), hashlib.sha256()]
for i in range(int(sys.argv[2])):
    data = (b'%d,' % i) * 5000
    sums[0].update(data)
    s.sendall(data)
s.shutdown(socket.SHUT_WR)
while data := s.recv(1 << 20):
    sums[1].update(data)
print(sums[0].hexdigest(), sums[1].hexdigest())
'''
PIECES = 600


def stream(lab, address='10.0.0.2'):
    """Sends some megabytes from a to b and back; what arrives is what was sent."""
    server = lab.spawn('b', '/usr/bin/python3', '-c', SERVER, address, PIECES)
    check(server.stdout.readline() == 'listens\n', 'no server')
    sent = lab.exec('a', '/usr/bin/python3', '-c', CLIENT, address, PIECES, timeout=60).stdout.split()
    came = server.communicate(timeout=20)[0].split()
    check(sent == came, f'{address}: sent {sent}, came {came}')


def guests(lab, offloads='ab', mtu=1500):
    return [lab.netns(name, f'10.0.0.{i}/24 fd00::{i}/64', mac=f'52:54:00:00:00:0{i}', mtu=mtu, offloads=name in offloads)
            for i, name in enumerate('ab', 1)]


def stats(d, port):
    return d.json('port', 'stats', port)[0]


def frame_bytes(d, port):
    """Returns the mean length of the frames that a port received."""
    s = stats(d, port)
    return s['rx_bytes'] / s['rx_packets']


def clean(d):
    for port in 'ab':
        s = stats(d, port)
        check(not s['action_drops'] and not s['rx_drops'] and not s['dev_errors'], f'{port}: {s}')
    d.run('audit')


def test_the_kernels_defaults(lab):
    """Frames of up to 64 KiB pass whole, by IPv4 and IPv6, with 1,500 and 9,000 bytes."""
    d = Daemon(lab, veth_config(lab, ['a', 'b'], guests(lab)))
    stream(lab)
    check(min(frame_bytes(d, 'a'), frame_bytes(d, 'b')) > 2000, f'{frame_bytes(d, "a"):.0f} bytes a frame')
    stream(lab, 'fd00::2')
    clean(d)
    s = stats(d, 'b')
    check(s['sw_checksums'] == 0 and s['sw_segments'] == 0, str(s))
    lab.remark(f'{frame_bytes(d, "a"):.0f} bytes a frame')


def test_one_side_or_none(lab):
    """Where one of the two kernels, or both, have no such settings, and with two MTUs."""
    for offloads, mtu in (('a', 1500), ('b', 1500), ('ab', 9000), ('', 9000)):
        d = Daemon(lab, veth_config(lab, ['a', 'b'], guests(lab, offloads, mtu)))
        for address in ('10.0.0.2', 'fd00::2'):
            stream(lab, address)
        clean(d)
        d.stop()
        for name in 'ab':
            lab.exec(name, 'ip', 'link', 'del', 'eth0')
            lab.namespaces.remove(f'tdm{os.getpid()}{name}')
            sh('ip', 'netns', 'del', f'tdm{os.getpid()}{name}')


def test_taps(lab):
    """Between two TAPs in namespaces: whole frames, or with tso=false those of a wire; 1,500 and 9,000 bytes."""
    d = Daemon(lab, 'workers: {n: 1, idle-sleep-us: 100}\nbridges: [{name: br0}]\n')
    for settings, mtu in ((('', ''), 1500), (('', 'tso=false'), 1500), (('tso=false', ''), 9000), (('tso=false', 'tso=false'), 9000)):
        for i, (port, setting) in enumerate(zip('ab', settings), 1):
            tap = f'tdt{os.getpid()}{port}'
            d('port', 'add', 'br0', port, f'dev=net_netdev{i},tap={tap}', f'mtu={mtu}', *setting.split())
            lab.netns_of(port, tap, f'10.0.0.{i}/24 fd00::{i}/64', mtu)
        lab.exec('a', 'ping', '-c1', '-W2', '10.0.0.2')
        before = {port: stats(d, port) for port in 'ab'}  # with the kernel's own frames while an interface was added and moved
        for address in ('10.0.0.2', 'fd00::2'):
            stream(lab, address)
        d('audit')
        for port, setting in zip('ab', settings):
            s = stats(d, port)
            drops = {reason for reason, n in s['action_drops'].items() if n != before[port]['action_drops'].get(reason, 0)}
            check(not drops - {'explicit'} and not s['rx_drops'] and s['dev_errors'] == before[port]['dev_errors'],
                  f'{settings} {port}: {s}')
            check((frame_bytes(d, port) > 2000) == (not setting or mtu > 2000), f'{settings} {port}: {s}')
            other = settings['ba'.index(port)]
            check((s['sw_segments'] > 100) == (bool(setting) and not other), f'{settings} {port}: {s}')
            check(s['sw_segments'] <= s['sw_checksums'], f'{settings} {port}: {s}')
        if not any(settings):
            lab.remark(f'{frame_bytes(d, "a"):.0f} bytes a frame')
        for port in 'ab':
            d('port', 'del', port)
    s = sh('ip', '-o', 'link', 'show', 'type', 'tun').stdout
    check(f'tdt{os.getpid()}' not in s, s)


def test_a_device_that_cannot(lab):
    """DPDK's own TAP takes frames of its MTU with complete checksums: software makes them."""
    near, tap = lab.netns('b', '10.199.77.2/24 fd00:7::2/64', offloads=True), f'tdt{os.getpid()}'
    d = Daemon(lab, veth_config(lab, ['b'], [near]))
    d('port', 'add', 'br0', tap, f'dev=net_tap0,iface={tap}')
    for address in ('10.199.77.1/24', 'fd00:7::1/64'):
        sh('ip', 'addr', 'add', address, 'dev', tap, *(['nodad'] if ':' in address else []))
    for address in ('10.199.77.2', 'fd00:7::2'):
        wait_for('an answer', lambda address=address: not sh('ping', '-c1', '-W1', address, ok=False).returncode)
        server = lab.spawn('b', '/usr/bin/python3', '-c', SERVER, address, PIECES)
        check(server.stdout.readline() == 'listens\n', 'no server')
        sent = sh('/usr/bin/python3', '-c', CLIENT, address, PIECES).stdout.split()
        came = server.communicate(timeout=20)[0].split()
        check(sent == came, f'{address}: sent {sent}, came {came}')
    s = stats(d, tap)
    check(s['sw_segments'] > 100 and s['sw_checksums'] >= s['sw_segments'], str(s))
    check(not s['tx_dropped'] and not stats(d, 'b')['action_drops'], f'{s} {stats(d, "b")}')
    d('audit')
    lab.remark(f'{s["sw_segments"]} segments')


def test_edits(lab):
    """Addresses, ports and TTL change while the checksum is not complete."""
    near = guests(lab)
    flows = ['in_port=1,tcp,tp_dst=5001,actions=mod_nw_dst:10.7.0.2,mod_tp_dst:5000,mod_nw_src:10.7.0.1,dec_ttl,output:2',
             'in_port=2,tcp,tp_src=5000,actions=mod_nw_src:10.0.0.2,mod_tp_src:5001,mod_nw_dst:10.0.0.1,dec_ttl,output:1']
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near, flows=flows))
    lab.exec('b', 'ip', 'addr', 'add', '10.7.0.2/24', 'dev', 'eth0')
    lab.exec('a', 'ip', 'neigh', 'add', '10.0.0.2', 'lladdr', '52:54:00:00:00:02', 'dev', 'eth0')
    lab.exec('b', 'ip', 'neigh', 'add', '10.7.0.1', 'lladdr', '52:54:00:00:00:01', 'dev', 'eth0')
    server = lab.spawn('b', '/usr/bin/python3', '-c', SERVER, '10.7.0.2', PIECES)
    check(server.stdout.readline() == 'listens\n', 'no server')
    sent = lab.exec('a', '/usr/bin/python3', '-c', CLIENT.replace('5000)', '5001)', 1), '10.0.0.2', PIECES, timeout=60).stdout.split()
    came = server.communicate(timeout=20)[0].split()
    check(sent == came, f'sent {sent}, came {came}')
    check(frame_bytes(d, 'a') > 2000, f'{frame_bytes(d, "a"):.0f} bytes a frame')


def test_controllers(lab):
    """The checksum of a packet for a controller is complete."""
    d = Daemon(lab, veth_config(lab, ['a', 'b'], guests(lab), flows=[
        'in_port=1,udp,tp_dst=2001,actions=controller', 'in_port=1,udp,tp_dst=2002,actions=output:2,controller', 'priority=0,actions=normal']))
    management, out = f'unix:{d.rundir}/br0.mgmt', os.path.join(lab.dir, 'monitor')
    with open(out, 'w') as f:
        lab.processes.append(subprocess.Popen(
            ['ovs-ofctl', '-O', 'OpenFlow13', '-m', 'monitor', management, '65535', '--unixctl', os.path.join(lab.dir, 'ofctl.ctl')],
            stdout=f, stderr=f, env=lab.env))
    wait_for('the monitor is served', lambda: any(row['state'] == 'connected' for row in d.json('controller', 'show')))
    lab.exec('a', 'ping', '-c1', '-W2', '10.0.0.2')
    code = 'import socket; s = socket.socket(type=socket.SOCK_DGRAM)\nfor i in range(6): s.sendto(b"x" * (99 + i), ("10.0.0.2", 2001 + i % 2))'
    lab.exec('a', '/usr/bin/python3', '-c', code)

    def packets():
        with open(out) as f:
            blocks = re.findall(r'((?:^[0-9a-f]{8}  .*\n)+)', f.read(), re.M)
        return [bytes.fromhex(''.join(re.sub('[ -]', '', re.match(r'\S+  ((?:[0-9a-f]{2}[ -]?)+)', line).group(1))
                                      for line in block.splitlines())) for block in blocks]

    wait_for('six packets', lambda: len(packets()) == 6)
    from scapy.all import Ether, UDP
    for packet in packets():
        whole = Ether(packet)
        came = whole[UDP].chksum
        del whole[UDP].chksum
        check(Ether(bytes(whole))[UDP].chksum == came, f'{packet.hex()}: checksum {came:#x}')


def test_a_guest(lab):
    """A virtual machine sends and takes frames that stand for several."""
    near = lab.netns('a', '10.0.0.1/24', offloads=True)
    guest = Guest(lab, 'guest', '10.0.0.2/24', '52:54:00:00:00:02')
    config = configuration(['a', 'guest'], [f'net_netdev0,iface={near}', f'net_vhost0,iface={guest.socket},client=1'])
    d = Daemon(lab, config)
    check(d.json('port', 'show', 'guest')['segments'] == 'software', d('port', 'show', 'guest'))
    r = d.run('port', 'set', 'guest', 'tso=false', ok=False)
    check(r.returncode and 'add it again' in r.stderr, r.stderr)
    guest.wait_up()
    wait_for('the guest takes segments', lambda: d.json('port', 'show', 'guest')['segments'] == 'device')
    shown = d.json('port', 'show', 'guest')
    check((shown['checksums'], shown['long_frames'], shown['offloads_why']) == ('device', True, '-'), str(shown))
    check(guest.ping('10.0.0.1') == 5, 'no answers')
    receive = ('import hashlib, socket, sys\ns = socket.create_server((sys.argv[1], 5001)); print("listens", flush=True)\n'
               'c, data = s.accept()[0], b""\nwhile more := c.recv(1 << 20): data += more\nprint(hashlib.sha256(data).hexdigest())')
    send = ('import hashlib, os, socket\ndata = os.urandom(3000000)\ns = socket.create_connection(("10.0.0.2", 5000)); s.sendall(data)\n'
            's.close(); print(hashlib.sha256(data).hexdigest())')
    guest.run('head -c 3000000 /dev/urandom > /data')
    want = guest.run('sha256sum /data').split()[0]
    server = lab.spawn('a', '/usr/bin/python3', '-c', receive, '10.0.0.1')
    check(server.stdout.readline() == 'listens\n', 'no server')
    guest.run('nc 10.0.0.1 5001 < /data')
    came = server.communicate(timeout=20)[0].strip()
    check(want == came, f'from the guest: {want}, {came} came')
    guest.run('(nc -l -p 5000 | sha256sum > /sum) & until netstat -lnt | grep -q :5000; do sleep 0.1; done')
    sent = lab.exec('a', '/usr/bin/python3', '-c', send).stdout.strip()
    came = guest.run('until [ -s /sum ]; do sleep 0.1; done; cat /sum').split()[0]
    check(sent == came, f'to the guest: {sent}, {came} came')
    lab.remark(f'{frame_bytes(d, "guest"):.0f} bytes a frame from the guest, {frame_bytes(d, "a"):.0f} to it')
    check(frame_bytes(d, 'guest') > 2000 and frame_bytes(d, 'a') > 2000, f'{stats(d, "guest")} {stats(d, "a")}')
    for port in ('a', 'guest'):
        s = stats(d, port)
        check(not set(s['action_drops']) - {'tx-queue-full'} and not s['sw_segments'] and not s['sw_checksums'], f'{port}: {s}')
    d('audit')


def test_settings(lab):
    """By file and by command; shown with the reason."""
    near = guests(lab)
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near).replace('id: 2', 'id: 2\n        tso: false'))
    a, b = (d.json('port', 'show', name) for name in 'ab')
    check((a['checksums'], a['segments'], a['long_frames'], a['offloads_why']) == ('device', 'device', True, '-'), str(a))
    check((b['checksums'], b['segments'], b['long_frames'], b['offloads_why']) ==
          ('software', 'software', False, 'the port has tso=false'), str(b))
    d('port', 'set', 'a', 'tso=false', 'mtu=1400')
    d('port', 'set', 'b', 'tso=true')
    a, b = (d.json('port', 'show', name) for name in 'ab')
    check((a['checksums'], a['segments'], a['long_frames'], a['mtu']) == ('software', 'software', False, 1400), str(a))
    check((b['checksums'], b['segments'], b['long_frames']) == ('device', 'device', True), str(b))
    d('port', 'set', 'a', 'mtu=1500')
    for words, why in ((['dev=net_null3'], 'a NIC'), (['dev=net_null4', 'tso=true'], 'does neither'), (['dev=net_tap5'], 'in software')):
        d('port', 'add', 'br0', 'c', *words)
        check(why in d.json('port', 'show', 'c')['offloads_why'], d('port', 'show', 'c'))
        d('port', 'del', 'c')
    for words in (['add', 'br0', 'c', 'dev=net_null3', 'tso=perhaps'], ['set', 'a', 'tso=maybe'], ['set', 'z', 'tso=true']):
        r = d.run('port', *words, ok=False)
        check(r.returncode and ('tso' in r.stderr or 'no port' in r.stderr), r.stderr)
    lab.exec('a', 'ping', '-c1', '-W2', '10.0.0.2', ok=False)
    check(not stats(d, 'b')['dev_errors'], str(stats(d, 'b')))
