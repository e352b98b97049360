# SPDX-License-Identifier: Apache-2.0
"""Connection tracking in traces, compared with Open vSwitch's: packets sent through it, and each recirculation.
Also the results of the same tables on a datapath without connection tracking."""
import re

from cases import NUMBERS, Oracle
from lab import Daemon, Failed, check
from traces import final_flow, megaflow, narrower, passes, said, with_tags

TCP = 'tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tcp_src=1000,tcp_dst=80'
UDP = 'udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,udp_src=1000,udp_dst=53'
TCP6 = 'tcp6,ipv6_src=fc00::1,ipv6_dst=fc00::2,tcp_src=1000,tcp_dst=80'
PACKETS = [f'in_port={port},{packet}' for port in (1, 2) for packet in (TCP, UDP, TCP6)]
NEXT = [[], ['trk,est'], ['trk,new', 'trk,est,rpl'], ['trk,inv', 'trk,rel,new']]

# Rules without a table are in table 0.
PIPELINES = [
    ['ct(commit),2'],
    ['ct(commit,zone=5),2', 'table=1,2'],
    ['ct'],
    ['ct(table=1)', 'table=1,ct_state=+trk+new,2', 'table=1,ct_state=+trk+est,1,2'],
    ['ct(table=1,zone=7),2', 'table=1,ct_zone=7,ct_state=+new,ct(commit,zone=7),2',
     'table=1,ct_state=-new,in_port'],
    ['load:7->NXM_NX_REG0[],ct(table=1,zone=NXM_NX_REG0[0..15])', 'table=1,reg0=7,ct_zone=7,2'],
    ['ct(table=1,zone=NXM_OF_IN_PORT[])', 'table=1,ct_zone=1,2', 'table=1,ct_zone=2,1'],
    ['ct(commit,table=1,exec(load:5->NXM_NX_CT_MARK[]))', 'table=1,ct_mark=5,2'],
    ['ct(commit,table=1,exec(set_field:0x3/0xf->ct_mark))', 'table=1,ct_mark=0x3/0xf,2'],
    ['ct(commit,table=1,exec(set_field:0x1000000000002->ct_label))',
     'table=1,ct_label=0x2/0xf,2'],
    ['ct(commit,exec(move:NXM_NX_REG1[]->NXM_NX_CT_MARK[])),2'],
    ['load:9->NXM_NX_REG1[],ct(commit,table=3,exec(move:NXM_NX_REG1[]->NXM_NX_CT_MARK[]))',
     'table=3,ct_mark=9,reg1=9,2'],
    ['tcp,ct(commit,table=1,nat(src=1.2.3.4))', 'table=1,tcp,nw_src=1.2.3.4,2'],
    ['tcp,ct(commit,table=1,nat(src=1.2.3.4-1.2.3.9:100-200,random))',
     'table=1,tcp,nw_src=1.2.3.4,tp_src=100,2'],
    ['udp,ct(commit,table=1,nat(dst=9.9.9.9:5353)),2', 'table=1,udp,tp_dst=5353,mod_tp_dst:53,2'],
    ['tcp,ct(commit,table=1,nat(dst=9.9.9.9:80-90,hash))', 'table=1,tcp,nw_dst=9.9.9.9,mod_tp_src:5,2'],
    ['tcp6,ct(commit,table=1,nat(src=fd00::1-fd00::9))', 'table=1,tcp6,ipv6_src=fd00::1,2'],
    ['tcp6,ct(commit,table=1,nat(dst=[fd00::1]:8080,persistent))', 'table=1,tcp6,tp_dst=8080,2'],
    ['ct(nat,table=1)', 'table=1,ct_state=+trk,2'],
    ['tcp,ct(table=1)', 'table=1,ct_state=+new+trk,tcp,ct(commit,table=2,nat(src=7.7.7.7))',
     'table=1,ct_state=+est+trk,tcp,ct(table=2,nat)', 'table=2,tcp,2'],
    ['ct_clear,2'],
    ['ct(table=1)', 'table=1,ct_state=+trk,ct_clear,resubmit(,2)', 'table=2,ct_state=-trk,2'],
    ['ct(table=1),ct(table=2),2', 'table=1,1', 'table=2,2'],
    ['ct(table=1)', 'table=1,ct(table=2,zone=1),ct(table=2,zone=2)', 'table=2,ct_zone=1,1,2',
     'table=2,ct_zone=2,2'],
    ['resubmit(,5),2', 'table=5,ct(table=6)', 'table=6,ct_state=+new,1,in_port'],
    ['mod_dl_dst:00:00:00:00:00:09,ct(table=1)', 'table=1,dl_dst=00:00:00:00:00:09,2'],
    ['tcp,mod_nw_src:10.9.9.9,ct(table=1),mod_nw_src:10.8.8.8,2', 'table=1,tcp,nw_src=10.9.9.9,2'],
    ['load:0x11->OXM_OF_METADATA[0..31],ct(table=1)', 'table=1,metadata=0x11,2'],
    ['push:NXM_OF_IN_PORT[],ct(table=1)', 'table=1,pop:NXM_NX_REG2[0..15],resubmit(,2)',
     'table=2,reg2=1,2', 'table=2,reg2=2,1'],
    ['mod_vlan_vid:7,ct(table=1),strip_vlan,2', 'table=1,dl_vlan=7,strip_vlan,2'],
    ['ct(table=1),write_actions(output:2)', 'table=1,ct_state=+trk'],
    ['ct(commit,force,zone=3),2'],
    ['tcp,ct(commit,alg=ftp,table=1)', 'table=1,2'],
    ['clone(ct(commit,zone=3),2),2'],
    ['ct(table=1)', 'table=1,priority=9,ct_state=+inv,drop', 'table=1,priority=8,ct_state=+rel,2', 'table=1,priority=7,1'],
    ['set_field:5->pkt_mark,ct(table=1)', 'table=1,pkt_mark=5,2'],
    ['set_queue:5,ct(table=1),pop_queue,2', 'table=1,2'],
    ['set_queue:5,2,pop_queue,in_port'],
    ['enqueue:2:9,in_port', 'tcp,set_queue:0x10003,enqueue:2:9,2'],
]


REFUSED = ['tcp,actions=ct(nat(dst=9.9.9.9))', 'tcp,actions=ct(exec(set_field:5->ct_mark))',
           'actions=ct(table=1)', 'tcp,actions=set_field:5->ct_mark', 'tcp,actions=ct(commit,exec(output:2))']


def rules_of(text):
    """Returns the rules of a line above: a match, then actions, which begin at the first word that is no field.
    A rule with ct gets a match on IP and one on IPv6 if it has neither."""
    words = re.split(r',(?![^()]*\))', text)
    field = re.compile(r'(table|priority|tcp6?|udp|in_port|dl_\w+|nw_\w+|ipv6_\w+|tp_\w+|ct_(state|zone|mark|label)'
                       r'|reg\d+|metadata|pkt_mark)(=.*)?$')
    n = 0
    while n < len(words) and field.match(words[n]) and words[n] != 'in_port':
        n += 1
    actions = 'actions=' + ','.join(words[n:])
    matches = [words[:n]]
    if re.search(r'\bct\b', actions) and not {'tcp', 'tcp6', 'udp'} & set(words[:n]):
        matches = [[*words[:n], 'ip'], [*words[:n], 'ipv6']]
    return [','.join([*match, actions]) for match in matches]


def datapath_actions(text):
    """Returns the datapath actions in a common form. Open vSwitch uses a clone in brackets, where Tandem
    recirculates afterwards; and for packets without output it adds a ct_clear."""
    actions = re.search('^Datapath actions: (.*)$', text, re.M).group(1)
    actions = re.sub(r'clone\((.*)\),', r'\1,', actions)
    return 'drop' if actions == 'ct_clear' else actions


def flows(text):
    """Returns the first and the final flow, without the queue, for which Tandem has no field."""
    first = re.search('^Flow: (.*)$', text, re.M).group(1)
    both = [final_flow(f'Final flow: {first}', NUMBERS), final_flow(text, NUMBERS)]
    return [{key: value for key, value in flow.items() if key != 'skb_priority'} for flow in both]


def compare(ours, theirs):
    """Returns the number of passes, and in how many our megaflow is narrower."""
    a, b = passes(ours), passes(theirs)
    check(len(a) == len(b), f'{len(a)} passes, Open vSwitch {len(b)}')
    n_narrower = 0
    for i, ((header, text), (their_header, their_text)) in enumerate(zip(a, b)):
        pairs = [(said(header), said(their_header)),
                 (datapath_actions(text), datapath_actions(their_text)),
                 (flows(text), flows(their_text)),
                 (re.findall(r'Resuming.*', text), re.findall(r'Resuming.*', their_text))]
        for our, their in pairs:
            check(our == their, f'pass {i}: {our}\nOpen vSwitch: {their}')
        ours, theirs = (megaflow(t, NUMBERS) for t in (text, their_text))
        n_narrower += bool(narrower(ours, with_tags(theirs, text.count('dl_vlan='))))
    return len(a), n_narrower


class Comparison:
    def __init__(self, oracle):
        self.oracle, self.n_traces, self.n_passes, self.n_narrower = oracle, 0, 0, 0

    def load(self, rules):
        for switch in (self.oracle.theirs, self.oracle.ours):
            error = switch.load('OpenFlow13', [], rules)
            check(not error, f'{switch.name}: {error}\n{rules}')

    def trace(self, packet, states):
        words = [w for state in states for w in ('--ct-next', state)]
        theirs = self.oracle.theirs.control('ofproto/trace', *words, 'br0', packet, '--names')
        ours = self.oracle.ours.control('ofproto/trace', '--ct', *words, 'br0', packet)
        try:
            n, n_narrower = compare(ours, theirs)
        except Failed as e:
            raise Failed(f'{e}\n--- {packet} {states}\n--- tandem\n{ours}--- Open vSwitch\n{theirs}') from None
        self.n_traces, self.n_passes = self.n_traces + 1, self.n_passes + n
        self.n_narrower += n_narrower

    def pipeline(self, lines):
        rules = [rule for line in lines for rule in rules_of(line)]
        self.load(rules)
        for packet in PACKETS:
            for states in NEXT:
                try:
                    self.trace(packet, states)
                except Failed as e:
                    raise Failed(f'{rules}: {e}') from None


def test_ct_is_traced_alike(lab):
    comparison, failures = Comparison(Oracle(lab)), []
    for lines in PIPELINES:
        try:
            comparison.pipeline(lines)
        except Failed as e:
            failures.append(str(e))
    check(not failures, '\n\n'.join(failures))
    lab.remark(f'{comparison.n_traces} traces of {len(PIPELINES)} pipelines, {comparison.n_passes} passes '
               f'alike; {comparison.n_narrower} megaflows narrower than Open vSwitch\'s')


def test_ct_is_refused_alike(lab):
    oracle = Oracle(lab)
    for rule in REFUSED:
        for switch in (oracle.theirs, oracle.ours):
            check(switch.load('OpenFlow13', [], [rule]), f'{switch.name} takes {rule}')


def test_datapath_without_ct_says_so(lab):
    d = Daemon(lab)
    d('bridge', 'add', 'br0')
    for i in (1, 2):
        d('port', 'add', 'br0', f'p{i}', f'dev=net_null{i},no-rx=1', f'id={i}')
    for rule in ('tcp,actions=2,ct(table=1)', 'udp,actions=ct_clear,2', 'table=1,ct_state=+est,actions=2'):
        d('flow', 'add', 'br0', rule)

    def says(pattern, *words):
        out = d('trace', 'br0', *words)
        check(re.search(pattern, out, re.M), f'{words}: no "{pattern}" in:\n{out}')
        return out

    missing = '^The datapath of this bridge does not execute ct: it drops these packets'
    out = says(r'-> ct: the datapath does not execute it \(--ct traces a datapath that does\)', 'in_port=1,tcp')
    check('Datapath actions: drop(reason=unsupported)' in out and 'recirc(' not in out, out)
    says('^Datapath actions: p2,ct,recirc', 'in_port=1,tcp', '--ct')
    says(missing, 'in_port=1,tcp', '--ct')
    says('^Offload of the first pass: no, port-not-offloaded', 'in_port=1,tcp', '--ct')
    says('^Datapath actions: p2$', 'in_port=1,tcp', '--ct-next', 'trk,est')
    says('^Datapath actions: p2$', '--ct-next=+trk+est', 'in_port=1,tcp')
    check(not re.search(missing, says('^Datapath actions: p2$', 'in_port=1,udp', '--ct'), re.M), 'udp')
    for words, reason in ((['in_port=1,tcp', '--ct-next', 'est'], 'other flags require trk'),
                          (['in_port=1,tcp', '--ct-next', 'trk,new,est'], 'new excludes est and rpl'),
                          (['in_port=1,tcp', '--ct-next', 'trk,inv,est'], 'inv excludes'),
                          (['in_port=1,tcp', '--ct-next', 'nonsense'], 'nonsense'),
                          (['in_port=1,tcp', '--ct-next'], 'FLAGS are missing'),
                          (['in_port=1,tcp', '--next', 'trk'], 'expected --ct'),
                          (['in_port=1,tcp', 'a', '--ct'], 'one argument too many')):
        result = d.run('trace', 'br0', *words, ok=False)
        check(result.returncode and reason in result.stderr, f'{words}: {result.stdout}{result.stderr}')
