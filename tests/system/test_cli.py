# SPDX-License-Identifier: Apache-2.0
"""The command line and the control socket, as operators and their scripts use them."""
import json
import os
import re
import socket

from lab import Daemon, check, nicsim_config, sh, veth_config, wait_for

DONE, REFUSED, USAGE = 0, 1, 2
RULES = ['table=0,priority=10,ip,actions=resubmit(,1)', 'table=0,priority=0,actions=NORMAL',
         'table=1,priority=7,tcp,tp_dst=80,actions=drop', 'table=1,priority=1,actions=NORMAL']
UFID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'


def null_bridge(lab, n_ports=3):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    for i in range(1, n_ports + 1):
        d('port', 'add', 'br0', f'p{i}', f'dev=net_null{i},no-rx=1', f'id={i}')
    return d


def nic_bridge(lab):
    """Configures a bridge on nicsim with megaflows of a ping."""
    a, b = (lab.netns('a', '10.0.0.1/24', mac='52:54:00:00:00:01'),
            lab.netns('b', '10.0.0.2/24', mac='52:54:00:00:00:02'))
    wire = lab.netns('wire')
    d = Daemon(lab, nicsim_config(lab, wire, [a, b]), pmd=True)
    for rule in RULES:
        d('flow', 'add', 'br0', rule)
    lab.exec('a', 'ping', '-c', '5', '-i', '0.05', '10.0.0.2')
    return d


def tandem(lab, *words, **kw):
    return sh(os.path.join(lab.build, 'cli/tandem'), *words, ok=False, env=lab.env, **kw)


def expect(d, code, *words, says=(), silent=False):
    """Runs a command. Checks its exit code and, if it fails, that one line of error has every text of 'says'."""
    r = d.run(*words, ok=False)
    check(r.returncode == code, f'{words}: exit {r.returncode}, not {code}: {r.stdout}{r.stderr}')
    for text in [says] if isinstance(says, str) else says:
        check(text in r.stderr, f'{words}: "{text}" is not in: {r.stderr}')
    if code == REFUSED:
        check(r.stderr.startswith('tandem: ') and r.stderr.count('\n') == 1,
              f'{words}: no sentence: {r.stderr!r}')
        check(r.stdout == '', f'{words}: refused, yet prints {r.stdout!r}')
    return r


def state(d):
    return (d('bridge', 'list'), d('port', 'list'), d('flow', 'dump', 'br0', '--no-stats'))


def unchanged(d, code, *words, says=()):
    before = state(d)
    expect(d, code, *words, says=says)
    after = state(d)
    check(before == after, f'{words} was refused, yet changed\n{before}\nto\n{after}')


def commands(lab):
    text = tandem(lab, '--help').stdout
    found = re.findall(r'^  ([a-z]+(?: [a-z]+)?)  +\S', text, re.M)
    check(len(found) > 25, f'the help lists only {found}')
    return found


def test_every_command_has_help_with_an_example(lab):
    for words in (['--help'], ['-h'], ['--version']):
        check(tandem(lab, *words).returncode == DONE, f'{words}')
    names = commands(lab)
    for name in names:
        for option in ('--help', '-h'):
            r = tandem(lab, *name.split(), option)
            check(r.returncode == DONE and not r.stderr, f'{name} {option}: {r}')
            check(re.search(f'^usage: tandem .*{name}', r.stdout, re.M), f'no usage:\n{r.stdout}')
            check(re.search(f'^  .*tandem .*{name}', r.stdout, re.M), f'no example:\n{r.stdout}')
    for group in {name.split()[0] for name in names if ' ' in name}:
        r = tandem(lab, group, '--help')
        check(r.returncode == DONE and f'{group} ' in r.stdout, f'{group} --help: {r}')


def test_wrong_usage_is_2_and_suggests_help(lab):
    for words, says in ((['frobnicate'], 'expected one of:'), (['flow', 'frobnicate'], 'flow add'), ([], 'usage:'),
                        (['--frobnicate'], '--help'), (['-d'], '-d'), (['flow'], 'flow add'),
                        (['flow', 'add', 'br0'], 'usage: tandem flow add'),
                        (['bridge', 'add', 'a', 'b'], 'usage: tandem bridge add'),
                        (['watch', '--count'], '--count'), (['watch', '--interval', 'x'], 'x')):
        r = tandem(lab, *words)
        check(r.returncode == USAGE, f'{words}: exit {r.returncode}')
        check(says in r.stderr and not r.stdout, f'{words}: {r}')


def test_no_daemon_is_said_with_the_path(lab):
    for words in (['bridge', 'list'], ['audit'], ['watch', '--count', '1'], ['megaflow', 'dump', '--json']):
        r = tandem(lab, '-d', lab.dir, *words)
        check(r.returncode == REFUSED, f'{words}: exit {r.returncode}')
        check(f'{lab.dir}/tandemd.ctl' in r.stderr and 'not run' in r.stderr, f'{words}: {r.stderr}')


def test_reports_as_text(lab):
    d = nic_bridge(lab)
    for words, says in ((['bridge', 'list'],
                         r'^BRIDGE +PORTS +FLOWS +FAIL-MODE +FRAGMENTS\nbr0 +3 +4 +auto +normal$'),
                        (['port', 'list'], '^br0 +vf0 +2 .* up .* net_nicsim'),
                        (['port', 'stats'], '^PORT +RECEIVED'), (['port', 'stats', 'vf0'], '^vf0 +'),
                        (['flow', 'dump', 'br0'], 'n_packets=.*priority=7,tcp,tp_dst=80 actions=drop'),
                        (['flow', 'dump', 'br0', 'table=1'], 'table=1'),
                        (['megaflow', 'dump'], f'^ufid:{UFID}, .*packets:.*placement:.*actions:'),
                        (['megaflow', 'dump', '-m'], 'state:operational'),
                        (['offload', 'show'], '^PORT +DRIVER'), (['offload', 'stats'], '^inserted +[1-9]'),
                        (['offload', 'reasons'], '^REASON +FLOWS'),
                        (['offload', 'reasons', '-m'], '^PORT +REASON'),
                        (['upcall', 'show'], r'flows +: \(current \d+\)'),
                        (['fdb', 'show', 'br0'], '52:54:00:00:00:01'), (['vlog', 'list'], 'offload'),
                        (['trace', 'br0', 'in_port=2,tcp,tp_dst=80'], '^Datapath actions: drop'),
                        (['trace', 'br0', 'in_port=2,tcp,tp_dst=80'], r'^Offload: yes, on the NIC of vf0 \(net_nicsim'),
                        (['worker', 'show'], r'^WORKER +CORE +NODE +LOAD% +MPPS +CYCLES/PKT +RECEIVE +READ'),
                        (['worker', 'show'], r'^ +0  vf0 +0 +\d+\.\d'),
                        (['top', '--once', '--interval', '0.1'], r'^PORT +WORKER% +HANDLER% '),
                        (['audit'], '^balanced$'), (['version'], '^tandemd'), (['barrier'], '')):
        out = d(*words)
        check(re.search(says, out, re.M), f'{words}: no "{says}" in\n{out}')


FIELDS = {('bridge', 'list'): 'name ports flows',
          ('port', 'list'): 'bridge name id dp_port vlan driver link dev mtu',
          ('port', 'stats'): 'name received hw_packets hw_bytes rx_packets rx_bytes sw_hits upcalls '
                             'tx_packets tx_bytes rx_drops action_drops',
          ('port', 'stats', 'vf0'): 'name received',
          ('flow', 'dump', 'br0'): 'table priority cookie match actions n_packets n_bytes duration_ms',
          ('megaflow', 'dump'): 'ufid match actions packets bytes used_ms placement reason state sw hw',
          ('offload', 'show'): 'port driver offload hardware partial pending software',
          ('offload', 'stats'): 'inserted hardware software', ('offload', 'reasons'): 'port reason flows',
          ('upcall', 'show'): 'flows flow_limit handlers revalidators dump_duration_us counters',
          ('fdb', 'show', 'br0'): 'port vlan mac age', ('version',): 'tandemd dpdk',
          ('trace', 'br0', 'in_port=2,tcp,tp_dst=80'): 'text final_flow megaflow actions offload',
          ('audit',): 'balanced ports', ('vlog', 'list'): 'levels lines_lost',
          ('watch', '--count', '1', '--interval', '0.1'): 'time_ns received hw sw megaflows reasons',
          ('worker', 'show'): 'worker core node load_percent mpps cycles_receive cycles_send queues',
          ('top', '--once', '--interval', '0.1'): 'port cost_percent worker_percent handler_percent packets_per_s '
                                                  'upcalls_per_s megaflows masks drops_per_s'}


def test_reports_as_json(lab):
    d = nic_bridge(lab)
    for words, fields in FIELDS.items():
        value = d.json(*words)
        rows = value if isinstance(value, list) else [value]
        check(rows or words == ('offload', 'reasons'), f'{words}: nothing')
        for row in rows:
            missing = set(fields.split()) - row.keys()
            check(not missing, f'{words}: no {missing} in {row}')
    check(d.json('port', 'list', 'br0') == d.json('port', 'list'), 'ports of the only bridge')
    trace = d.json('trace', 'br0', 'in_port=2,tcp,tp_dst=80')
    check(trace['actions'] == 'drop' and trace['offload']['offloaded'] is True, f'{trace}')
    check(d.json('audit')['balanced'] is True, 'audit')
    by_type = {t: d.json('megaflow', 'dump', f'type={t}') for t in ('hw', 'sw', 'partial', 'all')}
    check(len(by_type['all']) == sum(len(by_type[t]) for t in ('hw', 'sw', 'partial')), f'{by_type}')
    check(by_type['hw'] and all(f['placement'] == 'hardware' for f in by_type['hw']), f'{by_type}')
    why = d.json('offload', 'why', by_type['hw'][0]['ufid'])
    check(why['placement'] == 'hardware' and {'detail', 'attempts', 'advice'} <= why.keys(), f'{why}')
    text = d('offload', 'why', 'ufid:' + why['ufid'])
    check('placement: hardware' in text and why['ufid'] in text, text)


def test_changes_answer_json(lab):
    d = Daemon(lab)
    for words, answer in ((['bridge', 'add', 'br0'], {}),
                          (['port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1'], {'id': 1}),
                          (['flow', 'add', 'br0', 'priority=5,actions=drop'], {'changed': 1}),
                          (['flow', 'mod', 'br0', 'priority=5,actions=normal', '--strict'], {'changed': 1}),
                          (['flow', 'del', 'br0'], {'changed': 2}), (['fdb', 'flush', 'br0'], {}),
                          (['upcall', 'set', 'handlers', '2'], {}), (['vlog', 'set', 'xlate:dbg'], {}),
                          (['barrier'], {}), (['port', 'del', 'p1'], {}), (['bridge', 'del', 'br0'], {})):
        got = d.json(*words)
        check(got == answer, f'{words}: {got}, not {answer}')
    check(d.json('vlog', 'list')['levels']['xlate'] == 'dbg' and d.json('upcall', 'show')['handlers'] == 2, 'set')


def test_ports_and_bridges_refused(lab):
    d = null_bridge(lab, 2)
    d('bridge', 'add', 'br1')
    add = ['port', 'add', 'br0']
    for words, says in ((['bridge', 'add', 'br0'], 'br0'), (['bridge', 'del', 'brX'], 'brX'),
                        (['port', 'add', 'brX', 'q', 'dev=net_null9'], 'brX'),
                        ([*add, 'p1', 'dev=net_null9'], ['p1', 'exists']),
                        ([*add, 'q', 'dev=net_null9,no-rx=1', 'id=2'], '2'),
                        ([*add, 'q', 'dev=net_nosuch0'], 'net_nosuch0'),
                        ([*add, 'q', 'dev=net_af_packet7,iface=nosuchif'], 'nosuchif'),
                        ([*add, 'q', 'dev='], 'dev='), ([*add, 'q', 'id=9'], 'dev=DEVARGS'),
                        ([*add, 'q', 'dev=net_null9', 'id=0'], ['id', '1..']),
                        ([*add, 'q', 'dev=net_null9', 'id=65280'], ['id', '1..']),
                        ([*add, 'q', 'dev=net_null9', 'tag=4096'], ['tag', '1..4095']),
                        ([*add, 'q', 'dev=net_null9', 'tag=x'], ['tag', "'x'"]),
                        ([*add, 'q', 'dev=net_null9', 'trunks=1,4096'], ['trunks', '4096']),
                        ([*add, 'q', 'dev=net_null9', 'trunks=1,,2'], 'trunks'),
                        ([*add, 'q', 'dev=net_null9', 'tag=1', 'trunks=2'], ['tag', 'trunks']),
                        ([*add, 'q', 'dev=net_null9', 'colour=red'], ['colour', 'expected']),
                        ([*add, 'q' * 64, 'dev=net_null9'], '63'), (['port', 'del', 'q'], 'q'),
                        (['port', 'del', 'br1', 'p1'], ['br1', 'p1', 'br0']),
                        (['port', 'del', 'brX', 'p1'], 'brX'), (['port', 'del', 'br0', 'q'], 'q'),
                        (['port', 'list', 'brX'], 'brX'), (['port', 'stats', 'q'], 'q'),
                        (['fdb', 'show', 'brX'], 'brX')):
        unchanged(d, REFUSED, *words, says=says)
    # A refused port left no device behind: its name is free.
    d('port', 'add', 'br0', 'q', 'dev=net_null9,no-rx=1', 'id=9', 'tag=7')
    check([p['vlan'] for p in d.json('port', 'list') if p['name'] == 'q'] == ['tag=7'], 'tag')


def test_ports_go_by_either_form(lab):
    d = null_bridge(lab)
    d('bridge', 'add', 'br1')
    d('port', 'add', 'br1', 'other', 'dev=net_null8,no-rx=1', 'trunks=5,6')
    d('port', 'del', 'p1')
    d('port', 'del', 'br0', 'p2')
    check([p['name'] for p in d.json('port', 'list')] == ['p3', 'other'], 'port del')
    d('port', 'add', 'br0', 'p1', 'dev=net_null1,no-rx=1', 'id=1')
    d('bridge', 'del', 'br0')
    check([p['name'] for p in d.json('port', 'list')] == ['other'], 'bridge del takes its ports')


def test_flows_refused(lab):
    d = null_bridge(lab)
    for rule in RULES:
        d('flow', 'add', 'br0', rule)
    for flow, says in (('tcp,tp_dst=80', 'actions'), ('tcp,tp_dst=99999,actions=drop', '99999'),
                       ('colour=red,actions=drop', 'colour'), ('actions=fly', 'fly'),
                       ('actions=output:99999', '99999'), ('actions=output:nosuch', 'nosuch'),
                       ('table=255,actions=drop', '255'), ('tp_dst=80,actions=drop', 'tp_dst'),
                       ('nw_src=10.0.0.1,actions=drop', 'nw_src'), ('priority=70000,actions=drop', '70000'),
                       ('in_port=nosuch,actions=drop', 'nosuch'), ('actions=goto_table:0', 'goto_table'),
                       ('ip,nw_src=10.0.0.300,actions=drop', '10.0.0.300'),
                       ('actions=set_field:1->nosuch', 'nosuch'),
                       ('dl_vlan=5000,actions=drop', '5000'), ('actions=drop,output:1', 'drop')):
        unchanged(d, REFUSED, 'flow', 'add', 'br0', flow, says=says)
    unchanged(d, REFUSED, 'flow', 'add', 'brX', 'actions=drop', says='brX')
    unchanged(d, REFUSED, 'flow', 'del', 'br0', 'colour=red', says='colour')
    unchanged(d, REFUSED, 'flow', 'mod', 'br0', 'tcp', says='actions')
    unchanged(d, REFUSED, 'flow', 'del', 'br0', '--strikt', says='--strict')
    unchanged(d, REFUSED, 'trace', 'br0', 'in_port=99,ip', says='99')
    unchanged(d, REFUSED, 'trace', 'br0', 'in_port(1),nonsense(1)', says='nonsense')


def dump(d, *words):
    return [line.strip() for line in d('flow', 'dump', 'br0', '--no-stats', *words).splitlines()]


def test_flows_change_strictly_and_loosely(lab):
    d = null_bridge(lab)
    d('flow', 'del', 'br0')
    for i in (1, 2):
        d('flow', 'add', 'br0', f'priority={i},tcp,tp_dst=80,actions=output:{i}')
    d('flow', 'add', 'br0', 'priority=1,tcp,actions=drop')
    d('flow', 'mod', 'br0', 'priority=1,tcp,actions=output:3', '--strict')
    check(sorted(r.split('actions=')[1] for r in dump(d)) == ['output:1', 'output:2', 'output:3'],
          f'mod --strict: {dump(d)}')
    d('flow', 'mod', 'br0', 'tcp,tp_dst=80,actions=in_port')
    check(sum('IN_PORT' in r for r in dump(d)) == 2, f'mod: {dump(d)}')
    d('flow', 'mod', 'br0', 'udp,actions=drop')
    check(len(dump(d)) == 3, 'mod of nothing adds nothing')
    d('flow', 'del', 'br0', 'tcp', '--strict')
    check(len(dump(d)) == 3, 'del --strict has a priority of its own')
    d('flow', 'del', 'br0', 'priority=2,tcp,tp_dst=80', '--strict')
    check(len(dump(d)) == 2 and not dump(d, 'udp'), f'del --strict: {dump(d)}')
    d('flow', 'del', 'br0', 'ip')
    check(not dump(d), f'del: {dump(d)}')


def test_flow_load_is_all_or_nothing(lab):
    d = null_bridge(lab)
    for rule in RULES:
        d('flow', 'add', 'br0', rule)
    path = os.path.join(lab.dir, 'rules.flows')

    def write(*lines):
        with open(path, 'w') as f:
            f.write('\n'.join(lines) + '\n')

    write('# first', 'table=9,actions=drop', '', 'delete table=1', 'actions=fly', 'table=8,actions=drop')
    unchanged(d, REFUSED, 'flow', 'load', 'br0', path, says=[path, 'line 5', 'fly'])
    unchanged(d, REFUSED, 'flow', 'load', 'br0', '--replace', path, says=[path, 'line 5'])
    unchanged(d, REFUSED, 'flow', 'load', 'br0', path + '.none', says=[path + '.none', 'No such file'])
    write('table=9,actions=drop # comment', 'delete table=1', 'modify_strict table=0,priority=0,actions=drop')
    d('flow', 'load', 'br0', path)
    check(len(dump(d, 'table=9')) == 1 and not dump(d, 'table=1'), f'load: {dump(d)}')
    saved = d('flow', 'dump', 'br0', '--no-stats')
    check(any('priority=0' in r and 'drop' in r for r in dump(d)), saved)
    d.run('flow', 'load', 'br0', '-', '--replace', input='table=3,actions=normal\n')
    check(len(dump(d)) == 1, f'--replace: {dump(d)}')
    d.run('flow', 'load', 'br0', '-', '--replace', input=saved)
    check(d('flow', 'dump', 'br0', '--no-stats') == saved, 'a dump loads back')


def test_other_refusals(lab):
    d = null_bridge(lab)
    for words, says in ((['megaflow', 'dump', 'type=maybe'], ['maybe', 'hw']), (['megaflow', 'dump', 'x'], 'x'),
                        (['offload', 'why', 'nonsense'], ['nonsense', 'ufid']),
                        (['offload', 'why', '01234567-89ab-cdef-0123-456789abcdef'], 'no megaflow'),
                        (['offload', 'reasons', 'x'], '-m'), (['upcall', 'set', 'handlers', '0'], 'handlers'),
                        (['upcall', 'set', 'handlers'], 'handlers'), (['upcall', 'set', 'x', '1'], 'expected'),
                        (['upcall', 'set', 'pause', 'resume'], 'pause'),
                        (['ct', 'dump'], 'does not track connections'), (['ct', 'timeout', 'set', '5', 'udp_single=7'], 'has no timeouts of connections'),
                        (['ct', 'timeout', 'show'], 'has no timeouts of connections'),
                        (['ct', 'flush', 'zone=x'], 'zone=0..65535'),
                        (['vlog', 'set', 'nosuch:dbg'], 'nosuch'), (['vlog', 'set', 'xlate:loud'], 'loud')):
        unchanged(d, REFUSED, *words, says=says)
    check(d.json('vlog', 'list')['levels']['xlate'] == 'info', 'a refused level was set')


def test_trace_in_both_syntaxes(lab):
    d = null_bridge(lab)
    for rule in RULES:
        d('flow', 'add', 'br0', rule)
    ofctl = ('in_port=2,tcp,dl_src=52:54:00:00:00:01,dl_dst=52:54:00:00:00:02,nw_src=10.0.0.1,'
             'nw_dst=10.0.0.2,nw_ttl=64,tp_src=1000,tp_dst=%d')
    dpctl = ('in_port(2),eth(src=52:54:00:00:00:01,dst=52:54:00:00:00:02),eth_type(0x0800),'
             'ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6,tos=0,ttl=64,frag=no),tcp(src=1000,dst=%d)')
    for port, actions in ((80, 'drop'), (81, 'p1,p3')):
        texts = [d('trace', 'br0', form % port) for form in (ofctl, dpctl)]
        check(texts[0] == texts[1], f'{texts[0]}\n{texts[1]}')
        tail = texts[0].splitlines()[-4:]
        heads = [line.split(':')[0] for line in tail]
        check(heads == ['Final flow', 'Megaflow', 'Datapath actions', 'Offload'], f'{tail}')
        check(tail[3].startswith('Offload: no, port-not-offloaded; advice: '), f'{tail}')
        check(tail[2] == f'Datapath actions: {actions}', f'{tail}')
        check(f'tp_dst={port}' in tail[1] or port != 80, f'{tail}')


def test_watch_samples(lab):
    d = nic_bridge(lab)
    lines = d('watch', '--count', '2', '--interval', '0.2', '--json').splitlines()
    samples = [json.loads(line) for line in lines]
    check(len(samples) == 2 and samples[0]['time_ns'] < samples[1]['time_ns'], f'{samples}')
    text = d('watch', '--count', '2', '--interval', '0.2')
    check(re.search(r'^ +2 \|', text, re.M) and 'packets: hardware' in text, text)


def test_top_names_the_port_that_costs_most(lab):
    d = null_bridge(lab)
    d('port', 'add', 'br0', 'loud', 'dev=net_null9')  # receives without end
    rows = d.json('top', '--once', '--interval', '0.3')
    check(sorted(r['port'] for r in rows) == ['loud', 'p1', 'p2', 'p3'], f'{rows}')
    check(rows[0]['port'] == 'loud' and rows[0]['worker_percent'] > 5 and rows[0]['packets_per_s'] > 1000, f'{rows}')
    check(all(r['cost_percent'] == 0 for r in rows[1:]), f'{rows}')
    worker = d.json('worker', 'show')[0]
    check([q['port'] for q in worker['queues']] == ['p1', 'p2', 'p3', 'loud'], f'{worker}')
    check(worker['queues'][3]['load_percent'] > 5 and worker['queues'][0]['cycles'] == 0, f'{worker}')
    check(all(worker[f'cycles_{s}'] > 0 for s in 'read lookup execute send'.split()), f'{worker}')


def test_vlog_levels(lab):
    d = null_bridge(lab)
    d('vlog', 'set', 'xlate:dbg', 'offload:off')
    levels = d.json('vlog', 'list')['levels']
    check((levels['xlate'], levels['offload'], levels['upcall']) == ('dbg', 'off', 'info'), f'{levels}')
    d('vlog', 'set', 'warn')
    check(set(d.json('vlog', 'list')['levels'].values()) == {'warn'}, 'ANY')
    d('bridge', 'add', 'quiet')
    with open(d.log_path) as f:
        check('bridge quiet' not in f.read(), 'logged below its level')


def test_ovs_appctl_speaks_to_it(lab):
    d = nic_bridge(lab)

    def says(pattern, *words):
        out = d.appctl(*words).stdout
        check(re.search(pattern, out, re.M), f'{words}: no "{pattern}" in\n{out}')
        return out

    says(r'in_port\(.*eth_type\(0x0800\).*packets:\d+, bytes:\d+, used:.*, actions:', 'dpctl/dump-flows')
    says(f'^ufid:{UFID}, .*offloaded:yes, dp:', 'dpctl/dump-flows', '-m', 'type=offloaded')
    says(r'in_port\(vf0\)', 'dpctl/dump-flows', '--names', 'filter=in_port=vf0')
    says(r'lookups: hit:\d+ missed:\d+ lost:0\n  flows: [1-9]', 'dpctl/show')
    says('^  port 2: vf0 ', 'dpctl/show')
    out = says('^Datapath actions: drop', 'ofproto/trace', 'br0', 'in_port=2,tcp,tp_dst=80')
    check([x.split(':')[0] for x in out.splitlines()[-4:]]
          == ['Final flow', 'Megaflow', 'Datapath actions', 'Offload'], out)
    says(r'flows +: \(current \d+\) \(avg \d+\) \(max \d+\) \(limit \d+\)', 'upcall/show')
    says(r'^ port  VLAN  MAC                Age\n +\d+ +0  52:54', 'fdb/show', 'br0')
    says('flushed', 'fdb/flush', 'br0')
    check(d.appctl('revalidator/wait').stdout == '', 'revalidator/wait')
    d.appctl('revalidator/purge')
    d.appctl('vlog/set', 'xlate:file:dbg')
    d.appctl('vlog/set', 'ANY:ANY:info')
    says('xlate +INFO', 'vlog/list')
    says('^tandemd ', 'version')
    listed = says('^The available commands are:', 'list-commands')
    for method in ('dpctl/dump-flows', 'dpctl/show', 'ofproto/trace', 'upcall/show', 'fdb/show', 'exit',
                   'revalidator/wait', 'vlog/set', 'vlog/list', 'version', 'list-commands'):
        check(f'\n  {method} ' in listed, f'{method} is not in\n{listed}')
    for words in (['nosuch/method'], ['dpctl/show', 'nosuch'], ['fdb/show', 'brX'], ['fdb/show'],
                  ['ofproto/trace', 'br0', 'nonsense']):
        r = d.appctl(*words, ok=False)
        check(r.returncode == 2 and 'server returned an error' in r.stderr, f'{words}: {r}')
    d.appctl('exit')
    check(d.process.wait(30) == 0, 'exit')


def test_a_daemon_waits_for_rules(lab):
    """flow-restore-wait: misses are dropped, and nothing is removed, until the operator ends it."""
    a, b = lab.netns('a', '10.0.0.1/24'), lab.netns('b', '10.0.0.2/24')
    d = Daemon(lab, veth_config(lab, ['p1', 'p2'], [a, b]), args=('--flow-restore-wait',))
    check(d.json('daemon', 'show')['flow_restore_wait'], d('daemon', 'show'))
    d('flow', 'add', 'br0', 'priority=9,actions=normal')
    d('barrier')
    expect(d, REFUSED, 'daemon', 'set', 'x=1', says=('x=1', 'flow-restore-wait=false'))
    expect(d, REFUSED, 'daemon', 'set', 'flow-restore-wait=true', says='--flow-restore-wait')
    expect(d, REFUSED, 'exit', '--keep', says="the kernel's datapath")
    check(d.appctl('revalidator/purge', ok=False).returncode, 'purge')
    check(lab.exec('a', 'ping', '-c1', '-W1', '10.0.0.2', ok=False).returncode, 'it forwards')
    d('daemon', 'set', 'flow-restore-wait=false')
    d('daemon', 'set', 'flow-restore-wait=false')
    lab.exec('a', 'ping', '-c2', '-W5', '10.0.0.2')
    check(not d.json('daemon', 'show')['flow_restore_wait'] and d.stop() == 0, 'it waits')
    d = Daemon(lab, args=('--flow-restore-wait',))
    check(d.stop() == 0, 'it does not stop')


def test_exit_returns_when_it_is_gone(lab):
    d = null_bridge(lab)
    d('exit')
    check(not os.path.exists(os.path.join(d.rundir, 'tandemd.ctl')), 'socket')
    check(not os.path.exists(os.path.join(d.rundir, 'tandemd.pid')), 'pid file')
    check(d.process.wait(10) == 0, 'exit code')


# ---- the socket under abuse ----

def connect(d):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(os.path.join(d.rundir, 'tandemd.ctl'))
    s.settimeout(20)
    return s


def send_all(s, data):
    """Sends as much as possible; the daemon may hang up during it."""
    try:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def receive_all(s):
    out = b''
    try:
        while data := s.recv(65536):
            out += data
    except ConnectionResetError:
        pass
    return out.decode()


def abuses():
    request = b'{"method":"version","params":[],"id":1}'
    yield 'flood', request * 20000
    yield 'garbage', b'\xff\x00garbage' * 1000
    yield 'oversized', b'{"method":"flow/load","params":["br0","' + b'x' * (17 << 20) + b'"],"id":1}'
    yield 'nested', b'{"a":' * 10000
    yield 'no request', b'{"id":1}[1,2,3]'
    yield 'params', b'{"method":"version","params":[{"a":1}],"id":1}'
    yield 'truncated', request[:-5]
    yield 'NUL', b'{"method":"vers\\u0000ion","params":[],"id":1}'
    yield 'arguments', json.dumps({'method': 'version', 'params': ['x'] * 5000, 'id': 1}).encode()
    yield 'long', json.dumps({'method': 'm' * 100000, 'params': [], 'id': 1}).encode()


def test_abuse_of_the_socket_leaves_it_answering_asan(lab):
    d = null_bridge(lab, 1)
    before = state(d)
    for name, data in abuses():
        with connect(d) as s:
            send_all(s, data)
            if name == 'flood':  # a client that does not read; others are still served
                check(d('version').startswith('tandemd'), 'blocked by a client that does not read')
            answer = receive_all(s)
        if name == 'flood':
            check(answer.count('"id":1') + answer.count('"id": 1') == 20000, 'answers of the flood')
        elif name != 'truncated':
            check('"error":"' in answer or '"error": "' in answer or name == 'oversized',
                  f'{name}: {answer[:200]}')
        check(d('version').startswith('tandemd'), f'{name}: no answer after it')
    idle = [connect(d) for _ in range(100)]
    check(d('version').startswith('tandemd'), 'silent clients keep others out')
    for s in idle:
        s.close()
    wait_for('the same answers as before', lambda: state(d) == before)
