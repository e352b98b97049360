# SPDX-License-Identifier: Apache-2.0
"""tandemd as a process: its configuration file, its options, its start and its end."""
import os
import re
import signal
import subprocess

from lab import Daemon, check, sh, wait_for

EVERYTHING = '''
log:
  level: info
dpdk:
  eal: "--log-level=lib.eal:error"
  pci: false
workers:
  n: 2
  idle-sleep-us: 200
upcall:
  handlers: 2
  revalidators: 2
  flow-limit: 5000
  idle-ms: 5000
  sweep-ms: 100
offload:
  enabled: true
  counter-interval-ms: 20
  counter-settle-ms: 10
  insert-rate: 10000
bridges:
  - name: br0
    ports:
      - {name: p1, dev: "net_null1,no-rx=1", id: 5}
      - {name: p2, dev: "net_null2,no-rx=1", id: 6, tag: 10}
      - {name: p3, dev: "net_null3,no-rx=1", id: 7, trunks: [10, 20]}
      - {name: p4, dev: "net_null6,no-rx=1", id: 8, vlan-mode: native-untagged, tag: 10, trunks: [20]}
      - {name: p5, dev: "net_null5,no-rx=1", id: 9, tag: 10, vlan-mode: native-tagged}
    flows:
      - "table=0,priority=100,tcp,in_port=p1,tp_dst=80,actions=output:6"
      - "table=0,priority=0,actions=goto_table:1"
      - "table=1,priority=0,actions=NORMAL"
  - name: br1
    ports:
      - name: q1
        dev: "net_null4,no-rx=1"
    flows-file: q.flows
'''
SMALL = '''
bridges:
  - name: br0
    ports:
      - {name: p1, dev: "net_null1,no-rx=1", id: 1}
    flows:
      - "actions=drop"
'''


def program(lab):
    return os.path.join(lab.build, 'control/tandemd')


def tandemd(lab, *words, timeout=60):
    return sh(program(lab), *words, ok=False, env=lab.env, timeout=timeout)


def write(lab, text, name='t.yaml'):
    path = os.path.join(lab.dir, name)
    with open(path, 'w') as f:
        f.write(text)
    return path


def rundir(lab, name='own'):
    path = os.path.join(lab.dir, name)
    os.makedirs(path, exist_ok=True)
    return path


def left(directory):
    return [f for f in os.listdir(directory) if f.endswith(('.ctl', '.pid'))]


def rules(d, bridge):
    return [line.strip() for line in d('flow', 'dump', bridge, '--no-stats').splitlines()]


def test_one_file_brings_a_host_up(lab):
    write(lab, '# of br1\npriority=9,arp,actions=FLOOD\n', 'q.flows')
    path = write(lab, EVERYTHING)
    d = Daemon(lab, args=['-c', path])
    check([(p['bridge'], p['name'], p['id'], p['vlan']) for p in d.json('port', 'list')] ==
          [('br0', 'p1', 5, 'trunk'), ('br0', 'p2', 6, 'tag=10'), ('br0', 'p3', 7, 'trunks=10,20'),
           ('br0', 'p4', 8, 'tag=10 vlan-mode=native-untagged trunks=20'),
           ('br0', 'p5', 9, 'tag=10 vlan-mode=native-tagged'), ('br1', 'q1', 1, 'trunk')], d('port', 'list'))
    check(rules(d, 'br0') == ['priority=100,tcp,in_port=5,tp_dst=80 actions=output:6',
                              'priority=0 actions=goto_table:1', 'table=1, priority=0 actions=NORMAL'],
          d('flow', 'dump', 'br0'))
    check(rules(d, 'br1') == ['priority=9,arp actions=FLOOD'], d('flow', 'dump', 'br1'))
    upcall = d.json('upcall', 'show')
    check((upcall['handlers'], upcall['revalidators'], upcall['flow_limit_max']) == (2, 2, 5000), f'{upcall}')
    # The same settings by command give the same configuration.
    other = Daemon(lab)
    other('bridge', 'add', 'br0')
    other('port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1', 'id=5')
    other('port', 'add', 'br0', 'p2', 'dev=net_null2,no-rx=1', 'id=6', 'tag=10')
    other('port', 'add', 'br0', 'p3', 'dev=net_null3,no-rx=1', 'id=7', 'trunks=10,20')
    other('port', 'add', 'br0', 'p4', 'dev=net_null6,no-rx=1', 'id=8', 'tag=10', 'vlan-mode=native-untagged', 'trunks=20')
    other('port', 'add', 'br0', 'p5', 'dev=net_null5,no-rx=1', 'id=9', 'vlan-mode=native-tagged', 'tag=10')
    other.run('flow', 'load', 'br0', '--replace', '-', input=d('flow', 'dump', 'br0', '--no-stats'))
    for words in (['port', 'list', 'br0'], ['flow', 'dump', 'br0', '--no-stats']):
        check(d(*words) == other(*words), f'{d(*words)}\n{other(*words)}')


def changed(old, new):
    check(SMALL.count(old) == 1, old)
    return SMALL.replace(old, new)


def bad_files():
    """Yields (text, words that the error must contain besides the file's name)."""
    yield 'bridge: []\n', ['bridge', 'unknown section', 'bridges']
    yield 'workers: {m: 1}\n', ['workers.m', 'unknown key', 'idle-sleep-us']
    yield 'workers: {n: many}\n', ['workers.n', 'number 1..16']
    yield 'workers: {n: 0}\n', ['workers.n', 'number 1..16']
    yield 'workers: 3\n', ['workers', 'expected']
    yield 'upcall: {handlers: [1]}\n', ['upcall.handlers', 'number']
    yield 'offload: {enabled: perhaps}\n', ['offload.enabled', 'true or false']
    yield 'log: {level: loud}\n', ['loud', 'warn']
    yield 'dpdk: {drivers: x.so}\n', ['dpdk.drivers', 'list']
    yield 'bridges: br0\n', ['bridges', 'list']
    yield '[1, 2]\n', ['sections']
    yield 'bridges: [\n', ['line']
    yield 'workers: {n: 1, n: 2}\n', ['n']
    yield changed('id: 1', 'id: 70000'), ['bridges[0].ports[0].id', 'number 1..']
    yield changed('id: 1', 'tag: 10, trunks: [1]'), ['bridges[0].ports[0]', 'tag']
    yield changed('id: 1', 'colour: red'), ['bridges[0].ports[0].colour', 'trunks']
    yield changed('dev: "net_null1,no-rx=1", ', ''), ['bridges[0].ports[0]', 'dev']
    yield changed('name: p1, ', ''), ['bridges[0].ports[0].name', 'missing']
    yield changed('    flows:', '      - {name: p1, dev: "net_null2"}\n    flows:'), ['bridges[0].ports[1]', 'p1']
    yield changed('    flows:', '      - {name: p2, dev: "net_null2", id: 1}\n    flows:'), ['ports[1]', '1']
    yield SMALL + '  - name: br0\n', ['bridges[1].name', 'br0']
    yield changed('actions=drop"', 'actions=drop"\n      - "actions=fly"'), ['bridges[0].flows', 'line 2', 'fly']
    yield changed('actions=drop', 'in_port=p9,actions=drop'), ['bridges[0].flows', 'p9']
    yield SMALL + '    flows-file: x.flows\n', ['flows-file', 'either']
    yield '''bridges: [{name: br0, flows-file: nosuch.flows}]\n''', ['nosuch.flows', 'No such file']


def test_a_bad_file_changes_nothing(lab):
    directory = rundir(lab)
    for text, says in bad_files():
        path = write(lab, text)
        r = tandemd(lab, '--rundir', directory, '-c', path)
        check(r.returncode == 1, f'exit {r.returncode} for\n{text}{r.stderr}')
        for word in [path, *says]:
            check(word in r.stderr, f'"{word}" is not in the message {r.stderr}for\n{text}')
        check(r.stderr.count('\n') == 1 and r.stderr.startswith('tandemd: '), f'{r.stderr!r}')
        check(not os.listdir(directory), f'left behind: {os.listdir(directory)}')
    r = tandemd(lab, '--rundir', directory, '-c', path + '.none')
    check(r.returncode == 1 and path + '.none' in r.stderr and 'No such file' in r.stderr, f'{r}')


def test_a_device_that_is_not_there_leaves_nothing(lab):
    directory = rundir(lab)
    path = write(lab, changed('net_null1,no-rx=1', 'net_af_packet0,iface=nosuchif'))
    r = tandemd(lab, '--rundir', directory, '-c', path)
    check(r.returncode == 1 and 'nosuchif' in r.stderr.splitlines()[-1], f'{r}')
    check(not left(directory), f'left behind: {left(directory)}')
    Daemon(lab, config=SMALL)


def wrong_options():
    yield ['--frobnicate'], '--help'
    yield ['--workers', '0'], '1..16'
    yield ['--workers', 'x'], "'x'"
    yield ['--rundir'], '--help'
    yield ['stray'], 'stray'


def test_options(lab):
    r = tandemd(lab, '--help')
    check(r.returncode == 0 and not r.stderr and '--rundir DIR' in r.stdout, f'{r}')
    check(tandemd(lab, '-h').stdout == r.stdout, '-h')
    r = tandemd(lab, '--version')
    check(r.returncode == 0 and re.match(r'tandemd \(Tandem\) \d', r.stdout), f'{r}')
    for words, says in wrong_options():
        r = tandemd(lab, *words)
        check(r.returncode == 2 and says in r.stderr and not r.stdout, f'{words}: {r}')
    for words, says in ((['--log-level', 'loud'], 'loud'), (['--log-file', '/nosuch/log'], '/nosuch/log'),
                        (['--rundir', '/nosuch/run'], '/nosuch/run'), (['--eal', '--nosuch-eal'], 'nosuch-eal'),
                        (['--eal', '"open'], 'quote'), (['--rundir', __file__], __file__)):
        directory = rundir(lab)
        r = tandemd(lab, '--rundir', directory, *words)
        check(r.returncode == 1 and says in r.stderr, f'{words}: {r}')
        check(not left(directory), f'{words}: left behind: {left(directory)}')


def test_a_long_rundir_is_refused(lab):
    directory = rundir(lab, 'x' * 120)
    r = tandemd(lab, '--rundir', directory)
    check(r.returncode == 1 and 'too long' in r.stderr, f'{r}')
    check(not left(directory), f'left behind: {left(directory)}')


def pid_in(path):
    with open(path) as f:
        return int(f.read())


def alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def test_daemon_detaches_when_ready(lab):
    directory, path = rundir(lab), write(lab, SMALL)
    own = os.path.join(lab.dir, 'elsewhere.pid')
    log = os.path.join(directory, 'tandemd.log')
    # sh() waits until the pipes are closed, so a daemon that kept them open would hang it.
    r = tandemd(lab, '--rundir', directory, '-c', path, '--daemon', '--pidfile', own)
    check(r.returncode == 0, f'{r}')
    pid = pid_in(os.path.join(directory, 'tandemd.pid'))
    try:
        check(alive(pid) and pid_in(own) == pid, 'pid files')
        check(os.getsid(pid) != os.getsid(0), 'has no session of its own')
        out = sh(os.path.join(lab.build, 'cli/tandem'), '-d', directory, 'port', 'list').stdout
        check('p1' in out, 'not ready when it detached')
        check(os.path.getsize(log) > 0, 'no log')
        again = tandemd(lab, '--rundir', directory, '--daemon')
        check(again.returncode == 1 and str(pid) in again.stderr, f'a second one: {again}')
        check(alive(pid) and pid_in(os.path.join(directory, 'tandemd.pid')) == pid, 'the first one suffered')
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_for('it ends', lambda: not alive(pid))
    check(not left(directory) and not os.path.exists(own), f'left behind: {left(directory)}')


def test_daemon_reports_failure(lab):
    directory = rundir(lab)
    for text in ('workers: {n: 0}\n', changed('net_null1,no-rx=1', 'net_nosuch1')):
        r = tandemd(lab, '--rundir', directory, '-c', write(lab, text), '--daemon')
        check(r.returncode == 1 and 'tandemd: ' in r.stderr, f'{r}')
        check(not left(directory), f'left behind: {left(directory)}')


def test_a_second_daemon_is_refused(lab):
    d = Daemon(lab, config=SMALL)
    r = tandemd(lab, '--rundir', d.rundir)
    check(r.returncode == 1, f'{r}')
    check(str(d.process.pid) in r.stderr and 'tandemd.pid' in r.stderr, r.stderr)
    check('p1' in d('port', 'list'), 'the first one suffered')


def test_a_killed_daemon_leaves_no_lock(lab):
    d = Daemon(lab, config=SMALL)
    d.process.kill()
    d.process.wait()
    check(sorted(left(d.rundir)) == ['tandemd.ctl', 'tandemd.pid'], f'{left(d.rundir)}')
    process = subprocess.Popen([program(lab), '--rundir', d.rundir, '-c', os.path.join(d.rundir, 'tandem.yaml')],
                               env=lab.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lab.processes.append(process)
    wait_for('it starts again', lambda: not d.run('version', ok=False).returncode, 30)
    process.send_signal(signal.SIGTERM)
    check(process.wait(30) == 0 and not left(d.rundir), f'left behind: {left(d.rundir)}')


def test_hup_opens_the_log_again(lab):
    log = os.path.join(lab.dir, 'own.log')
    d = Daemon(lab, args=['--log-file', log])
    os.rename(log, log + '.1')
    d.process.send_signal(signal.SIGHUP)
    wait_for('a new log', lambda: os.path.exists(log) and os.path.getsize(log) > 0)
    d('bridge', 'add', 'after-the-signal')
    with open(log) as new, open(log + '.1') as old:
        check('after-the-signal' in new.read() and 'after-the-signal' not in old.read(), 'which log')


def test_term_and_int_end_it_cleanly(lab):
    for number in (signal.SIGTERM, signal.SIGINT):
        d = Daemon(lab, config=SMALL)
        runtime = f'/run/dpdk/tandem-{d.process.pid}'
        check(os.listdir(runtime) == [], f'EAL wrote {os.listdir(runtime)}')
        d.process.send_signal(number)
        check(d.process.wait(30) == 0, f'exit {d.process.returncode} on {number}')
        check(not left(d.rundir), f'left behind: {left(d.rundir)}')
        check(not os.path.exists(runtime), f'{runtime} is left behind')
        with open(d.log_path) as f:
            check('stopped' in f.read().splitlines()[-1], 'no word of its end')
