# SPDX-License-Identifier: Apache-2.0
"""Frames above 1,500 bytes: forwarded, edited, sent to controllers and dropped like others, on both paths."""
import os
import re
import subprocess

from lab import Daemon, check, nicsim_config, sh, veth_config, wait_for

ALONE = {'test_kernel_interfaces': 'it counts what is lost while a port is set anew'}
MTU = 9000


def guests(lab, names='ab', mtu=MTU):
    return [lab.netns(name, f'10.0.0.{i}/24', mac=f'52:54:00:00:00:0{i}', mtu=mtu) for i, name in enumerate(names, 1)]


def ping(lab, size, count=5, **options):
    """Returns how many pings are answered; none is fragmented."""
    return lab.pinged('a', '10.0.0.2', '-M', 'do', '-s', size, count=count, **options)


def drops(d, port, reason):
    return d.json('port', 'stats', port)[0]['action_drops'].get(reason, 0)


def test_kernel_interfaces(lab):
    """A port has the MTU of its interface, and another when it is set, during traffic."""
    near = guests(lab)
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near))
    check({row['name']: row['mtu'] for row in d.json('port', 'list')} == {'a': MTU, 'b': MTU}, d('port', 'list'))
    for size in (1400, 1472, 1473, 1900, 2020, 2021, 4000, 8900, 8972):
        check(ping(lab, size) == 5, f'ping -s {size}')
    lab.exec('b', 'ip', 'link', 'set', 'eth0', 'mtu', 1500)  # limits answers only; longer frames are still received
    d('port', 'set', 'b', 'mtu=1500')
    check(d.json('port', 'show', 'b')['mtu'] == 1500, d('port', 'show', 'b'))
    with open(f'/sys/class/net/{near[1]}/mtu') as f:
        check(f.read().strip() == '1500', 'the interface has another MTU')
    before = drops(d, 'a', 'oversize')
    check(ping(lab, 8900, late=False) == 0 and ping(lab, 1472) == 5, 'MTU 1500')
    check(drops(d, 'a', 'oversize') - before == 5, str(d.json('port', 'stats', 'a')))
    d('port', 'set', 'b', 'mtu=9000')
    lab.exec('b', 'ip', 'link', 'set', 'eth0', 'mtu', MTU)
    pinging = lab.spawn('a', 'ping', '-M', 'do', '-c', 200, '-i', '0.01', '-W', '1', '-s', 8900, '10.0.0.2')
    for mtu in (8950, 9000, 9100, 9000):
        d('port', 'set', 'a', f'mtu={mtu}')
    out = pinging.communicate(timeout=30)[0]
    n = int(re.search(r'(\d+) received', out).group(1))
    check(n >= 150, out)
    check(ping(lab, 8972) == 5, 'after all')
    lab.remark(f'{n} of 200 answered while the MTU was set four times')
    d('audit')


def test_hardware(lab):
    """The same through nicsim, in hardware and with a driver that delivers segments of 1,000 bytes."""
    near = guests(lab)
    wire = lab.netns('wire', mtu=MTU)
    d = Daemon(lab, nicsim_config(lab, wire, near, options='seg_bytes=1000'), pmd=True)
    for port in ('wire', 'vf0', 'vf1'):
        d('port', 'set', port, f'mtu={MTU}')
    for size in (1400, 1473, 2021, 8972):
        check(ping(lab, size, count=20) == 20, f'ping -s {size}')
    wait_for("counts of hardware", lambda: any(f["hw"]["packets"] > 60 for f in d.json("megaflow", "dump", "type=hw")))
    d('audit')


def test_an_eswitch_forwards_by_its_own_bound(lab):
    """Hardware rules do not check the length of a frame, so software does not bound it either."""
    near = guests(lab)
    wire = lab.netns('wire', mtu=MTU)
    for more in ('', 'offload: {enabled: false}\n'):
        d = Daemon(lab, nicsim_config(lab, wire, near, more=more), pmd=True)
        d('port', 'set', 'vf0', f'mtu={MTU}')
        check(d.json('port', 'show', 'vf1')['mtu'] == 1500, d('port', 'show', 'vf1'))
        check(ping(lab, 8900, count=20) == 20, f'not passed; {more}')

        def by_hardware():
            return sum(f['hw']['packets'] for f in d.json('megaflow', 'dump'))

        if more:
            check(by_hardware() == 0, d('megaflow', 'dump'))
        else:
            wait_for('counts of hardware', lambda: by_hardware() > 10 or not ping(lab, 8900, count=20))
        d('audit')
        d.stop()


def test_edits_and_controllers(lab):
    """Edited frames are complete, packet-ins have the length and bytes of the frame, and packet-outs of any
    length are sent."""
    near = guests(lab)
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near, flows=[
        'in_port=1,udp,tp_dst=2000,actions=mod_nw_dst:10.0.0.9,mod_tp_dst:3000,dec_ttl,mod_vlan_vid:7,output:2',
        'in_port=1,udp,tp_dst=2001,actions=controller']))
    management = f'unix:{d.rundir}/br0.mgmt'
    out = os.path.join(lab.dir, 'monitor')
    with open(out, 'w') as f:
        lab.processes.append(subprocess.Popen(
            ['ovs-ofctl', '-O', 'OpenFlow13', '-m', 'monitor', management, '65535', '--unixctl',
             os.path.join(lab.dir, 'ofctl.ctl')], stdout=f, stderr=f, env=lab.env))
    wait_for('the monitor is served', lambda: any(row['state'] == 'connected' for row in d.json('controller', 'show')))
    dump = os.path.join(lab.dir, 'b.pcap')
    capture = lab.spawn('b', 'tcpdump', '-i', 'eth0', '-Q', 'in', '-U', '-w', dump)
    wait_for('tcpdump listens', lambda: os.path.exists(dump))
    code = ('from scapy.all import *\n'
            'data = bytes(i * 7 % 251 for i in range(8900))\n'
            'for port in (2000, 2001):\n'
            '    sendp(Ether(dst="52:54:00:00:00:02", src="52:54:00:00:00:01") / IP(dst="10.0.0.2", src="10.0.0.1", ttl=64) /'
            ' UDP(sport=1000, dport=port) / data, iface="eth0", verbose=0)\n')
    lab.exec('a', '/usr/bin/python3', '-c', code)
    data = bytes(i * 7 % 251 for i in range(8900))

    def told():
        with open(out) as f:
            return re.search(r'total_len=(\d+).*', f.read())

    wait_for('a packet-in', told)
    check(told().group(1) == str(8900 + 42), told().group(0))
    wait_for('all of its bytes', lambda: hexdump(out).endswith(data[-64:]), 5)
    check(hexdump(out)[42:] == data, 'the packet-in has other bytes')
    packet = 'ff' * 6 + '525400000001' + '88b5' + data.hex()
    sh('ovs-ofctl', '-O', 'OpenFlow13', 'packet-out', management, f'in_port=controller packet={packet} actions=output:2')
    from scapy.all import Ether, IP, UDP, Dot1Q, rdpcap
    wait_for('two frames', lambda: len(frames(rdpcap(dump))) == 2)
    capture.terminate()
    capture.wait()
    got = frames(rdpcap(dump))
    want = bytes(Ether(dst='52:54:00:00:00:02', src='52:54:00:00:00:01') / Dot1Q(vlan=7) /
                 IP(dst='10.0.0.9', src='10.0.0.1', ttl=63) / UDP(sport=1000, dport=3000) / data)
    check(want in got, f'edited: {[(len(g), g[:60].hex()) for g in got]}\nwant {len(want)} {want[:60].hex()}')
    check(bytes.fromhex(packet) in got, 'the packet-out is not what was sent')
    d('audit')


def frames(packets):
    return [bytes(p) for p in packets if len(p) > 8000]


def hexdump(path):
    """Returns the bytes that ovs-ofctl -m prints."""
    with open(path) as f:
        lines = re.findall(r'^[0-9a-f]{8}  ((?:[0-9a-f]{2}[ -]?)+)$', f.read(), re.M)
    return bytes.fromhex(''.join(re.sub('[ -]', '', line) for line in lines))


def test_settings(lab):
    """By file and by command; an invalid MTU is refused with the valid range."""
    near = guests(lab)
    d = Daemon(lab, veth_config(lab, ['a', 'b'], near).replace('id: 1', 'id: 1\n        mtu: 4000\n        n-rxd: 1024'))
    shown = d.json('port', 'show', 'a')
    check(shown['mtu'] == 4000 and shown['rx_descriptors'] == 1024, str(shown))
    for words, said in ((('mtu=9217',), '68..9216'), (('mtu=67',), '68..9216'), (('mtu=big',), '68..9216'), (('n-rxd=64',), 'added with'),
                        (('mtu=1500', 'sideways'), 'sideways')):
        r = d.run('port', 'set', 'a', *words, ok=False)
        check(r.returncode and said in r.stderr, f'{words}: {r.stderr}')
    r = d.run('port', 'set', 'nobody', 'mtu=1500', ok=False)
    check(r.returncode and 'no port' in r.stderr, r.stderr)
    null, kernel = 'dev=net_null3,no-rx=1', 'dev=net_netdev7,iface=lo'
    for device, words, said in ((null, 'mtu=3000', 'packet-buffer-bytes'), (null, 'n-rxq=17', '1..16'), (kernel, 'n-rxq=2', 'without RSS'),
                                (kernel, 'n-rxd=8', '16..32768')):
        r = d.run('port', 'add', 'br0', 'c', device, words, ok=False)
        check(r.returncode and said in r.stderr, f'{device} {words}: {r.stderr}')
    check(d.json('port', 'show', 'a')['mtu'] == 4000, d('port', 'show', 'a'))
    d('audit')
    longer = Daemon(lab, 'workers: {n: 1, packet-buffers: 4096, packet-buffer-bytes: 9300}\nbridges: [{name: br0}]\n')
    longer('port', 'add', 'br0', 'c', 'dev=net_null3,no-rx=1', 'mtu=9216')
    check(longer.json('port', 'show', 'c')['mtu'] == 9216, longer('port', 'show', 'c'))
