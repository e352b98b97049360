# SPDX-License-Identifier: Apache-2.0
"""A virtual machine behind a vhost-user port: Debian's kernel and busybox in an emulator of QEMU without KVM, so
that it is the same on every machine. It boots in some ten seconds."""
import gzip
import os
import re
import select
import shutil
import signal
import subprocess
import time

from lab import TOP, Failed, check

KERNEL = os.path.join(TOP, '.deps/guest')
# In the order in which they need one another.
MODULES = ('virtio_ring', 'virtio', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci',
           'failover', 'net_failover', 'virtio_net')
INIT = """#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t devtmpfs none /dev
for m in %s; do insmod /modules/$m.ko; done
for word in $(cat /proc/cmdline); do
	case $word in
	tandem.address=*) ip addr add ${word#*=} dev eth0 ;;
	tandem.mtu=*) ip link set eth0 mtu ${word#*=} ;;
	esac
done
ip link set lo up
ip link set eth0 up
stty -echo
echo guest-is-up
export PS1=
exec setsid cttyhack sh
""" % ' '.join(MODULES)
UP = 'guest-is-up'
# What a guest and its device leave to the other side.
OFFLOADS = ('csum', 'guest_csum', 'gso', *(f'{side}_{what}' for side in ('host', 'guest') for what in ('tso4', 'tso6', 'ecn', 'ufo')))


def libraries(program):
    """Returns the paths of the shared libraries of a program."""
    out = subprocess.run(['ldd', program], stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.findall(r'(/\S+) \(0x', out)


def initramfs(folder, programs=()):
    """Makes the root of a guest, which has busybox and these programs; returns the path of its archive."""
    root, archive = os.path.join(folder, 'root'), os.path.join(folder, 'initramfs')
    for path in {one for program in programs for one in (program, *libraries(program))}:
        os.makedirs(root + os.path.dirname(path), exist_ok=True)
        shutil.copy(path, root + path)
    for name in ('bin', 'proc', 'dev', 'modules', 'tmp'):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    shutil.copy('/bin/busybox', os.path.join(root, 'bin'))
    os.symlink('busybox', os.path.join(root, 'bin/sh'))
    for name in MODULES:
        shutil.copy(os.path.join(KERNEL, f'{name}.ko'), os.path.join(root, 'modules'))
    init = os.path.join(root, 'init')
    with open(init, 'w') as f:
        f.write(INIT)
    os.chmod(init, 0o755)
    files = '\0'.join(os.path.relpath(os.path.join(where, name), root)
                      for where, folders, names in os.walk(root) for name in folders + names)
    packed = subprocess.run(['cpio', '--quiet', '-o0', '-H', 'newc'], input=files.encode(), stdout=subprocess.PIPE,
                            check=True, cwd=root)
    with gzip.open(archive, 'w', compresslevel=1) as f:
        f.write(packed.stdout)
    return archive


class Guest:
    """A guest listens on its vhost-user socket, so its port is a client. It ends with the laboratory."""

    def __init__(self, lab, name, address, mac, mtu=1500, queues=1, offloads=True, programs=(), prefix=()):
        check(os.path.exists(os.path.join(KERNEL, 'vmlinuz')), 'no kernel for guests: run tools/setup --test')
        self.lab, self.folder = lab, os.path.join(lab.dir, name)
        os.mkdir(self.folder)
        self.socket = os.path.join(self.folder, 'vhost')
        more = '' if offloads else ''.join(f',{name}=off' for name in OFFLOADS)
        self.argv = [*prefix, 'qemu-system-x86_64', '-accel', 'tcg', '-nodefaults', '-no-user-config', '-display', 'none',
                     '-smp', queues, '-m', '128', '-object', 'memory-backend-memfd,id=ram,size=128M,share=on',
                     '-numa', 'node,memdev=ram', '-kernel', os.path.join(KERNEL, 'vmlinuz'),
                     '-initrd', initramfs(self.folder, programs), '-serial', 'stdio', '-append',
                     f'console=ttyS0 quiet panic=-1 tandem.address={address} tandem.mtu={mtu}',
                     '-chardev', f'socket,id=vhost,path={self.socket},server=on,wait=off',
                     '-netdev', f'vhost-user,id=net,chardev=vhost,queues={queues}', '-device',
                     # With MSI-X, QEMU 7.2 ends by a segmentation fault when a guest starts its queues without KVM.
                     f'virtio-net-pci,netdev=net,mac={mac},mq={"on" if queues > 1 else "off"},vectors=0{more}']
        self.process, self.output = None, ''
        self.start()

    def start(self):
        """Starts the emulator; the guest boots as soon as its port is connected."""
        self.output = ''
        self.process = subprocess.Popen([*map(str, self.argv)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.lab.processes.append(self.process)

    def read_until(self, pattern, seconds):
        """Returns what the guest prints before the match, and the match."""
        end = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.output)
            if found:
                before, self.output = self.output[:found.start()], self.output[found.end():]
                return before, found
            ready = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]
            if not ready:
                raise Failed(f'the guest does not print {pattern} within {seconds} s, only:\n{self.output[-2000:]}')
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise Failed(f'the emulator ended, exit {self.process.wait()}, after:\n{self.output[-2000:]}')
            self.output += data.decode(errors='replace').replace('\r', '')

    def wait_up(self, seconds=120):
        self.read_until(UP, seconds)

    def write(self, text):
        os.write(self.process.stdin.fileno(), text.encode())

    def run(self, command, ok=True, seconds=60):
        """Returns what a command prints in the guest."""
        self.write(f'{command}; echo "end=$?"\n')
        out, status = self.read_until(r'end=(\d+)\n', seconds)
        check(not ok or status[1] == '0', f'guest: {command}: exit {status[1]}\n{out}')
        return out

    def ping(self, address, size=56, count=5):
        """Returns how many pings are answered."""
        out = self.run(f'ping -c {count} -i 0.2 -W 2 -s {size} {address}', ok=False)
        return int(re.search(r'(\d+) packets received', out)[1])

    def reboot(self):
        self.write('reboot -f\n')
        self.wait_up()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
