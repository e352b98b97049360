# SPDX-License-Identifier: Apache-2.0
"""A learning switch on os-ken, OpenFlow 1.3: table misses are sent to the controller, which learns the port of
each address, sends the packet on and adds a flow."""
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import ethernet, packet
from os_ken.ofproto import ofproto_v1_3


class Learning(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ports = {}

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        dp = ev.msg.datapath
        self.ports[dp.id] = {}
        send = dp.ofproto_parser.OFPActionOutput(dp.ofproto.OFPP_CONTROLLER, dp.ofproto.OFPCML_NO_BUFFER)
        self.add(dp, 0, dp.ofproto_parser.OFPMatch(), [send])

    @staticmethod
    def add(dp, priority, match, actions, idle=0):
        p, o = dp.ofproto_parser, dp.ofproto
        apply = p.OFPInstructionActions(o.OFPIT_APPLY_ACTIONS, actions)
        dp.send_msg(p.OFPFlowMod(datapath=dp, priority=priority, match=match, instructions=[apply],
                                 idle_timeout=idle))

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, ev):
        msg, dp = ev.msg, ev.msg.datapath
        p, o = dp.ofproto_parser, dp.ofproto
        eth = packet.Packet(msg.data).get_protocols(ethernet.ethernet)[0]
        ports = self.ports.setdefault(dp.id, {})
        in_port = msg.match['in_port']
        ports[eth.src] = in_port
        out = ports.get(eth.dst, o.OFPP_FLOOD)
        actions = [p.OFPActionOutput(out)]
        if out != o.OFPP_FLOOD:
            self.add(dp, 10, p.OFPMatch(in_port=in_port, eth_src=eth.src, eth_dst=eth.dst), actions, 30)
        dp.send_msg(p.OFPPacketOut(datapath=dp, buffer_id=o.OFP_NO_BUFFER, in_port=in_port,
                                   actions=actions, data=msg.data))
