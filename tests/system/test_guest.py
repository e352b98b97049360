# SPDX-License-Identifier: Apache-2.0
"""A virtual machine on a vhost-user port keeps its network when it reboots, when its emulator ends and starts again, and
when the daemon does."""
import re

from guest import Guest
from lab import Daemon, check, configuration, wait_for

MTU = 9000


def config(near, guest, queues):
    return configuration(['a', 'guest'], [f'net_netdev0,iface={near}',
                                          f'net_vhost0,iface={guest.socket},client=1,queues={queues}'])


def ping(lab, size=56):
    """Returns how many of 5 pings the guest answers; none is fragmented."""
    out = lab.exec('a', 'ping', '-M', 'do', '-c', '5', '-i', '0.2', '-W', '2', '-s', size, '10.0.0.2', ok=False).stdout
    return int(re.search(r'(\d+) received', out)[1])


def check_pings(lab, guest, when):
    for size in (56, MTU - 28):
        check(ping(lab, size) == 5, f'{when}: pings of {size} bytes to the guest')
        check(guest.ping('10.0.0.1', size) == 5, f'{when}: pings of {size} bytes from the guest')


def link(d):
    return d.json('port', 'show', 'guest')['link']


def test_a_guest_reboots_and_is_replaced(lab):
    """Pings pass both ways with frames of 84 and 9,014 bytes, at each time that the guest is up."""
    near = lab.netns('a', '10.0.0.1/24', mac='52:54:00:00:00:01', mtu=MTU)
    guest = Guest(lab, 'guest', '10.0.0.2/24', '52:54:00:00:00:02', mtu=MTU, queues=2)
    d = Daemon(lab, config(near, guest, 2))
    d('port', 'set', 'guest', f'mtu={MTU}')
    guest.wait_up()
    wait_for('the link of the guest', lambda: link(d) == 'up')
    check_pings(lab, guest, 'booted')
    guest.reboot()
    check_pings(lab, guest, 'rebooted')
    guest.kill()
    wait_for('the guest is gone', lambda: link(d) == 'down')
    check(ping(lab) == 0, 'pings are answered without a guest')
    guest.start()
    guest.wait_up()
    check_pings(lab, guest, 'started again')
    d('audit')
    check(d.stop() == 0, 'the daemon ends')
    d = Daemon(lab, config(near, guest, 2))
    wait_for('the link of the guest', lambda: link(d) == 'up')
    d('port', 'set', 'guest', f'mtu={MTU}')
    check_pings(lab, guest, 'the daemon started again')
    d('audit')
