# SPDX-License-Identifier: Apache-2.0
"""Three hosts and two services behind them, on os-ken, OpenFlow 1.3 or 1.4: groups of three types, a meter,
three tables filled by one bundle, every kind of statistics, roles and asynchronous configuration.

Hosts 1..3 are behind ports 1..3, 10.0.0.I with MAC 02:00:00:00:00:0I. A service is an address that hosts 2
and 3 both answer: 10.0.0.100 by fast failover, 10.0.0.200 by select.

Environment: FABRIC_VERSION (1.3 or 1.4), FABRIC_ROLE, FABRIC_GENERATION, FABRIC_ASYNC
(a slave asks for packet-ins). Events are written to the file FABRIC_OUT, a JSON object per line."""
import json
import os

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, HANDSHAKE_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib import hub
from os_ken.ofproto import ofproto_v1_3, ofproto_v1_4

VERSION = {'1.3': ofproto_v1_3, '1.4': ofproto_v1_4}[os.environ.get('FABRIC_VERSION', '1.4')]
ROLE = os.environ.get('FABRIC_ROLE', 'equal')
GENERATION = int(os.environ.get('FABRIC_GENERATION', '0'))
EVERYBODY, FAILOVER, SHARED, FIRST = 100, 200, 300, 1
BUNDLE = 7


def mac(host):
    return f'02:00:00:00:00:0{host}'


class Fabric(app_manager.OSKenApp):
    OFP_VERSIONS = [VERSION.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.out = open(os.environ['FABRIC_OUT'], 'a', buffering=1)
        self.datapath = None
        hub.spawn(self.ask)

    def say(self, event, **what):
        print(json.dumps({'event': event, **what}), file=self.out)

    # ---- set-up ----

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        dp = self.datapath = ev.msg.datapath
        o, p = dp.ofproto, dp.ofproto_parser
        role = {'equal': o.OFPCR_ROLE_EQUAL, 'master': o.OFPCR_ROLE_MASTER,
                'slave': o.OFPCR_ROLE_SLAVE}[ROLE]
        dp.send_msg(p.OFPRoleRequest(dp, role, GENERATION))
        if os.environ.get('FABRIC_ASYNC'):
            self.ask_for_packets(dp)
        self.meter(dp)
        self.groups(dp)
        self.tables(dp)
        dp.send_msg(p.OFPBarrierRequest(dp))

    @staticmethod
    def ask_for_packets(dp):
        o, p = dp.ofproto, dp.ofproto_parser
        if VERSION is ofproto_v1_3:
            dp.send_msg(p.OFPSetAsync(dp, 7, 7, 7, 7, 0, 0))
        else:
            dp.send_msg(p.OFPSetAsync(dp, [p.OFPAsyncConfigPropReasons(o.OFPACPT_PACKET_IN_SLAVE, 8, 0x3f)]))

    @staticmethod
    def meter(dp):
        o, p = dp.ofproto, dp.ofproto_parser
        for command in (o.OFPMC_DELETE, o.OFPMC_ADD):
            bands = [] if command == o.OFPMC_DELETE else [p.OFPMeterBandDrop(rate=1000, burst_size=100)]
            dp.send_msg(p.OFPMeterMod(dp, command, o.OFPMF_PKTPS | o.OFPMF_BURST, 1, bands))

    @staticmethod
    def groups(dp):
        o, p = dp.ofproto, dp.ofproto_parser

        def bucket(port, watch=None, weight=0, address=None):
            actions = [p.OFPActionSetField(eth_dst=address)] if address else []
            return p.OFPBucket(weight, o.OFPP_ANY if watch is None else watch, o.OFPG_ANY,
                               [*actions, p.OFPActionOutput(port)])

        dp.send_msg(p.OFPGroupMod(dp, o.OFPGC_DELETE, o.OFPGT_ALL, o.OFPG_ALL, []))
        for kind, number, buckets in (
                (o.OFPGT_ALL, EVERYBODY, [bucket(port) for port in (1, 2, 3)]),
                (o.OFPGT_FF, FAILOVER, [bucket(port, port, 0, mac(port)) for port in (2, 3)]),
                (o.OFPGT_SELECT, SHARED, [bucket(port, None, 1, mac(port)) for port in (2, 3)]),
                (o.OFPGT_INDIRECT, FIRST, [bucket(1)])):
            dp.send_msg(p.OFPGroupMod(dp, o.OFPGC_ADD, kind, number, buckets))

    def flow(self, dp, table, priority, instructions, **match):
        p = dp.ofproto_parser
        return p.OFPFlowMod(datapath=dp, table_id=table, priority=priority, match=p.OFPMatch(**match),
                            instructions=instructions, cookie=0xfab)

    def tables(self, dp):
        """Sets up all tables in one bundle: table 0 applies the meter, table 1 routes, table 2 sends."""
        o, p = dp.ofproto, dp.ofproto_parser

        def group(number):
            return [p.OFPInstructionActions(o.OFPIT_APPLY_ACTIONS, [p.OFPActionGroup(number)])]

        def way(port):
            return [p.OFPInstructionWriteMetadata(port, 0xff), p.OFPInstructionGotoTable(2)]

        def send(port):
            return [p.OFPInstructionActions(o.OFPIT_WRITE_ACTIONS, [p.OFPActionOutput(port)])]

        to_controller = p.OFPActionOutput(o.OFPP_CONTROLLER, o.OFPCML_NO_BUFFER)
        mods = [p.OFPFlowMod(datapath=dp, table_id=o.OFPTT_ALL, command=o.OFPFC_DELETE, out_port=o.OFPP_ANY,
                             out_group=o.OFPG_ANY),
                self.flow(dp, 0, 10, group(EVERYBODY), eth_type=0x806),
                self.flow(dp, 0, 10, [p.OFPInstructionMeter(1), p.OFPInstructionGotoTable(1)],
                          eth_type=0x800),
                self.flow(dp, 0, 5, [p.OFPInstructionActions(o.OFPIT_APPLY_ACTIONS, [to_controller])],
                          eth_type=0x88b5),
                self.flow(dp, 1, 10, group(FIRST), eth_type=0x800, ipv4_dst='10.0.0.1'),
                self.flow(dp, 1, 10, way(2), eth_type=0x800, ipv4_dst='10.0.0.2'),
                self.flow(dp, 1, 10, way(3), eth_type=0x800, ipv4_dst='10.0.0.3'),
                self.flow(dp, 1, 10, group(FAILOVER), eth_type=0x800, ipv4_dst='10.0.0.100'),
                self.flow(dp, 1, 10, group(SHARED), eth_type=0x800, ipv4_dst='10.0.0.200'),
                self.flow(dp, 2, 1, send(2), metadata=(2, 0xff)),
                self.flow(dp, 2, 1, send(3), metadata=(3, 0xff))]
        if VERSION is ofproto_v1_3:
            control, add, kinds = p.ONFBundleCtrlMsg, p.ONFBundleAddMsg, 'ONF_BCT_%s_REQUEST'
            flags = o.ONF_BF_ATOMIC | o.ONF_BF_ORDERED
        else:
            control, add, kinds = p.OFPBundleCtrlMsg, p.OFPBundleAddMsg, 'OFPBCT_%s_REQUEST'
            flags = o.OFPBF_ATOMIC | o.OFPBF_ORDERED
        dp.send_msg(control(dp, BUNDLE, getattr(o, kinds % 'OPEN'), flags, []))
        for mod in mods:
            dp.send_msg(add(dp, BUNDLE, flags, mod, []))
        for kind in ('CLOSE', 'COMMIT'):
            dp.send_msg(control(dp, BUNDLE, getattr(o, kinds % kind), flags, []))

    # ---- received messages ----

    @set_ev_cls(ofp_event.EventOFPBarrierReply, MAIN_DISPATCHER)
    def barrier(self, ev):
        self.say('ready', pid=os.getpid())

    @set_ev_cls(ofp_event.EventOFPErrorMsg, [HANDSHAKE_DISPATCHER, CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def error(self, ev):
        self.say('error', type=ev.msg.type, code=ev.msg.code)

    @set_ev_cls(ofp_event.EventOFPRoleReply, [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def role(self, ev):
        self.say('role', role=ev.msg.role, generation=ev.msg.generation_id)

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet(self, ev):
        self.say('packet', table=ev.msg.table_id, cookie=ev.msg.cookie, in_port=ev.msg.match['in_port'])

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)
    def port(self, ev):
        self.say('port', port=ev.msg.desc.port_no, state=ev.msg.desc.state)

    # ---- statistics ----

    def ask(self):
        while True:
            dp = self.datapath
            if dp and dp.is_active and dp.state == MAIN_DISPATCHER:
                self.requests(dp)
            hub.sleep(0.5)

    @staticmethod
    def requests(dp):
        o, p = dp.ofproto, dp.ofproto_parser
        for request in (
                p.OFPDescStatsRequest(dp, 0), p.OFPFlowStatsRequest(dp), p.OFPAggregateStatsRequest(
                    dp, 0, o.OFPTT_ALL, o.OFPP_ANY, o.OFPG_ANY, 0, 0, p.OFPMatch()),
                p.OFPTableStatsRequest(dp, 0), p.OFPPortStatsRequest(dp, 0, o.OFPP_ANY),
                p.OFPQueueStatsRequest(dp, 0, o.OFPP_ANY, o.OFPQ_ALL), p.OFPGroupStatsRequest(
                    dp, 0, o.OFPG_ALL), p.OFPGroupDescStatsRequest(dp, 0),
                p.OFPGroupFeaturesStatsRequest(dp, 0), p.OFPMeterStatsRequest(dp, 0, o.OFPM_ALL),
                p.OFPMeterConfigStatsRequest(dp, 0, o.OFPM_ALL), p.OFPMeterFeaturesStatsRequest(dp, 0),
                p.OFPPortDescStatsRequest(dp, 0), p.OFPGetAsyncRequest(dp)):
            dp.send_msg(request)
        if VERSION is ofproto_v1_4:
            dp.send_msg(p.OFPTableDescStatsRequest(dp, 0))

    @set_ev_cls(ofp_event.EventOFPFlowStatsReply, MAIN_DISPATCHER)
    def flows(self, ev):
        self.say('flows', n=len(ev.msg.body), packets=sum(f.packet_count for f in ev.msg.body))

    @set_ev_cls(ofp_event.EventOFPAggregateStatsReply, MAIN_DISPATCHER)
    def aggregate(self, ev):
        self.say('aggregate', n=ev.msg.body.flow_count, packets=ev.msg.body.packet_count)

    @set_ev_cls(ofp_event.EventOFPGroupStatsReply, MAIN_DISPATCHER)
    def group_stats(self, ev):
        self.say('groups', groups={g.group_id: [g.packet_count, *(b.packet_count for b in g.bucket_stats)]
                                   for g in ev.msg.body})

    @set_ev_cls(ofp_event.EventOFPMeterStatsReply, MAIN_DISPATCHER)
    def meter_stats(self, ev):
        self.say('meters', meters={m.meter_id: m.packet_in_count for m in ev.msg.body})

    @set_ev_cls([getattr(ofp_event, f'EventOFP{name}Reply') for name in (
        'DescStats', 'TableStats', 'PortStats', 'QueueStats', 'GroupDescStats', 'GroupFeaturesStats',
        'MeterConfigStats', 'MeterFeaturesStats', 'PortDescStats', 'TableDescStats', 'GetAsync')],
                MAIN_DISPATCHER)
    def other(self, ev):
        body = getattr(ev.msg, 'body', None)
        self.say('reply', kind=type(ev.msg).__name__, n=len(body) if isinstance(body, list) else 1)
