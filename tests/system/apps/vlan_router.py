# SPDX-License-Identifier: Apache-2.0
"""A router between two VLANs modelled on Faucet, on os-ken, OpenFlow 1.3: tables for access lists, VLANs,
sources, routes, destinations and floods. Addresses are learned and routed by packet-ins. A packet to an
unresolved host is dropped, and an ARP request is sent. It sends no barriers.

VLAN 100 (10.0.1.0/24) has ports 1 and 2, VLAN 200 (10.0.2.0/24) ports 3 and 4; the router has the last address
but one of each network. ICMP from port 1 goes through meter 1; telnet is dropped."""
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import arp, ethernet, ipv4, packet, vlan
from os_ken.ofproto import ofproto_v1_3

ACL, VLAN, SOURCE, ROUTE, DESTINATION, FLOOD = range(6)
MAC = '0e:00:00:00:00:01'
PORTS = {1: 100, 2: 100, 3: 200, 4: 200}
NETWORKS = {100: '10.0.1.', 200: '10.0.2.'}
ARP, IP, ICMP, TCP = 0x0806, 0x0800, 1, 6


def vlan_of(address):
    return next((v for v, net in NETWORKS.items() if address.startswith(net)), None)


def gateway(number):
    return NETWORKS[number] + '254'


class Router(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.places, self.resolved = {}, {}

    @staticmethod
    def add(dp, table, priority, match, actions=(), goto=None, meter=None):
        p, o = dp.ofproto_parser, dp.ofproto
        instructions = []
        if meter:
            instructions.append(p.OFPInstructionMeter(meter, o.OFPIT_METER))
        if actions:
            instructions.append(p.OFPInstructionActions(o.OFPIT_APPLY_ACTIONS, list(actions)))
        if goto is not None:
            instructions.append(p.OFPInstructionGotoTable(goto))
        dp.send_msg(p.OFPFlowMod(datapath=dp, table_id=table, priority=priority, match=p.OFPMatch(**match),
                                 instructions=instructions))

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        dp = ev.msg.datapath
        p, o = dp.ofproto_parser, dp.ofproto
        tell = [p.OFPActionOutput(o.OFPP_CONTROLLER, o.OFPCML_NO_BUFFER)]
        self.places, self.resolved = {}, {}
        dp.send_msg(p.OFPMeterMod(dp, o.OFPMC_ADD, o.OFPMF_PKTPS, 1, [p.OFPMeterBandDrop(rate=1000)]))
        self.add(dp, ACL, 20, {'eth_type': IP, 'ip_proto': TCP, 'tcp_dst': 23})
        self.add(dp, ACL, 10, {'in_port': 1, 'eth_type': IP, 'ip_proto': ICMP}, goto=VLAN, meter=1)
        self.add(dp, ACL, 0, {}, goto=VLAN)
        for port, number in PORTS.items():
            tag = [p.OFPActionPushVlan(0x8100), p.OFPActionSetField(vlan_vid=0x1000 | number)]
            self.add(dp, VLAN, 10, {'in_port': port, 'vlan_vid': 0}, tag, SOURCE)
        self.add(dp, SOURCE, 0, {}, tell, ROUTE)
        self.add(dp, ROUTE, 0, {}, goto=DESTINATION)
        for number, network in NETWORKS.items():
            self.add(dp, ROUTE, 10, {'eth_type': IP, 'eth_dst': MAC, 'ipv4_dst': (network + '0', '255.255.255.0')}, tell)
            self.add(dp, ROUTE, 30, {'eth_type': ARP, 'arp_tpa': gateway(number)}, tell)
            flood = [p.OFPActionPopVlan(), *(p.OFPActionOutput(port) for port, v in PORTS.items() if v == number)]
            self.add(dp, FLOOD, 10, {'vlan_vid': 0x1000 | number}, flood)
        self.add(dp, DESTINATION, 0, {}, goto=FLOOD)

    def learn(self, dp, port, number, mac):
        p = dp.ofproto_parser
        if self.places.get((number, mac)) == port:
            return
        self.places[number, mac] = port
        self.add(dp, SOURCE, 10, {'in_port': port, 'vlan_vid': 0x1000 | number, 'eth_src': mac}, goto=ROUTE)
        self.add(dp, DESTINATION, 10, {'vlan_vid': 0x1000 | number, 'eth_dst': mac},
                 [p.OFPActionPopVlan(), p.OFPActionOutput(port)])

    def resolve(self, dp, number, address, mac):
        p = dp.ofproto_parser
        if self.resolved.get(address) == mac or vlan_of(address) != number:
            return
        self.resolved[address] = mac
        self.add(dp, ROUTE, 20, {'vlan_vid': (0x1000, 0x1000), 'eth_type': IP, 'eth_dst': MAC, 'ipv4_dst': address},
                 [p.OFPActionSetField(eth_src=MAC), p.OFPActionSetField(eth_dst=mac), p.OFPActionDecNwTtl(),
                  p.OFPActionSetField(vlan_vid=0x1000 | number)], DESTINATION)

    @staticmethod
    def send_arp(dp, number, ports, op, mac, address):
        p, o = dp.ofproto_parser, dp.ofproto
        frame = packet.Packet()
        frame.add_protocol(ethernet.ethernet(mac, MAC, ARP))
        frame.add_protocol(arp.arp(opcode=op, src_mac=MAC, src_ip=gateway(number), dst_mac=mac, dst_ip=address))
        frame.serialize()
        dp.send_msg(p.OFPPacketOut(datapath=dp, buffer_id=o.OFP_NO_BUFFER, in_port=o.OFPP_CONTROLLER,
                                   actions=[p.OFPActionOutput(port) for port in ports], data=frame.data))

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, ev):
        dp, port = ev.msg.datapath, ev.msg.match['in_port']
        frame = packet.Packet(ev.msg.data)
        number, eth = frame.get_protocol(vlan.vlan).vid, frame.get_protocol(ethernet.ethernet)
        question, ip = frame.get_protocol(arp.arp), frame.get_protocol(ipv4.ipv4)
        self.learn(dp, port, number, eth.src)
        if question and question.dst_ip == gateway(number):
            self.resolve(dp, number, question.src_ip, question.src_mac)
            if question.opcode == arp.ARP_REQUEST:
                self.send_arp(dp, number, [port], arp.ARP_REPLY, question.src_mac, question.src_ip)
        elif ip and eth.dst == MAC and ip.dst not in self.resolved and vlan_of(ip.dst):
            there = vlan_of(ip.dst)
            self.send_arp(dp, there, [q for q, v in PORTS.items() if v == there], arp.ARP_REQUEST,
                          'ff:ff:ff:ff:ff:ff', ip.dst)
