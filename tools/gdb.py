# SPDX-License-Identifier: Apache-2.0
"""Pretty printers for gdb: UFID, flow key and match, ledger entry, translation record, slot of a rule in hardware.

    gdb -x tools/gdb.py build/plain/tests/model/upcall/test_batch
    (gdb) break offer
    (gdb) run
    (gdb) print *e
    (gdb) print *e->plan.record
"""
import gdb
import gdb.printing


def raw(value):
    """The bytes of an array or struct."""
    n = value.type.sizeof
    return bytes(int(b) & 0xff for b in
                 (value.address.cast(gdb.lookup_type('unsigned char').pointer())[i] for i in range(n)))


def be(value):
    return int.from_bytes(raw(value), 'big')


def mac(value):
    return ':'.join(f'{b:02x}' for b in raw(value['b']))


def ip4(value):
    return '.'.join(str(b) for b in raw(value))


def ip6(value):
    b = raw(value['b'])
    return ':'.join(f'{int.from_bytes(b[i:i + 2], "big"):x}' for i in range(0, 16, 2))


# Member of struct flow_key, how its value is written. Order of the key; parts that are 0 are left out.
KEY = (('in_port', int), ('recirc_id', lambda v: f'{int(v):#x}'), ('skb_mark', lambda v: f'{int(v):#x}'),
       ('dp_hash', lambda v: f'{int(v):#x}'), ('ct_mark', lambda v: f'{int(v):#x}'), ('ct_zone', int),
       ('ct_state', lambda v: f'{int(v):#x}'), ('ct_nw_proto', int), ('ct_label', lambda v: '0x' + raw(v).hex()),
       ('ct_src', ip6), ('ct_dst', ip6), ('ct_tp_src', be), ('ct_tp_dst', be),
       ('eth_dst', mac), ('eth_src', mac), ('eth_type', lambda v: f'{be(v):#06x}'),
       ('nw_src', ip4), ('nw_dst', ip4), ('ipv6_src', ip6), ('ipv6_dst', ip6), ('ipv6_label', lambda v: f'{be(v):#x}'),
       ('nw_proto', int), ('nw_tos', lambda v: f'{int(v):#x}'), ('nw_ttl', int), ('nw_frag', int),
       ('arp_sha', mac), ('arp_tha', mac), ('nd_target', ip6), ('tp_src', be), ('tp_dst', be),
       ('tcp_flags', lambda v: f'{be(v):#x}'))
LISTS = (('vlan', lambda v: f'{be(v["tci"]) & 0xefff:#x}/{be(v["tpid"]):#x}'), ('mpls', lambda v: f'{be(v):#x}'))


def parts(key, mask=None):
    """'member=value' or 'member=value/mask' of what is not 0 in the mask, or in the key if there is none."""
    out = []
    for name, text in KEY:
        shown = key[name] if mask is None else mask[name]
        bits = raw(shown)
        if any(bits):
            value = f'{name}={text(key[name])}'
            out.append(value if mask is None or set(bits) == {255} else f'{value}/{bits.hex()}')
    for name, text in LISTS:
        for i in range(key[name].type.sizeof // key[name][0].type.sizeof):
            if any(raw((key if mask is None else mask)[name][i])):
                out.append(f'{name}[{i}]={text(key[name][i])}')
    if any(raw((key if mask is None else mask)['tun'])):
        out.append('tun=..')
    return ','.join(out) or 'any'


def ufid(value):
    h = f'{int(value["hi"]):016x}{int(value["lo"]):016x}'
    return f'ufid:{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}'


def enum(value):
    return str(value).lower()


def stats(value):
    return f'{int(value["packets"])} packets, {int(value["bytes"])} bytes'


class Printer:
    def __init__(self, value):
        self.value = value


class Ufid(Printer):
    def to_string(self):
        return ufid(self.value)


class Key(Printer):
    def to_string(self):
        return '{' + parts(self.value) + '}'


class Match(Printer):
    def to_string(self):
        return '{' + parts(self.value['key'], self.value['mask']) + '}'


class Entry(Printer):
    """A ledger entry: where it is in its life, what it matches, what was counted by path."""

    def to_string(self):
        e = self.value
        counts = '; '.join(f'{name} {stats(e["parts"][i])}' for i, name in enumerate(('software', 'hardware', 'upcalled')))
        life = e['life']
        return (f'entry {ufid(e["ufid"])} {enum(life["state"])} (by {enum(life["role"])} at {life["place"].string()})\n'
                f'  match {{{parts(e["match"]["key"], e["match"]["mask"])}}}\n'
                f'  {counts}\n  plan {e["plan"]}')


class Record(Printer):
    """What a translation consulted: lookups with table, priority and whether a rule was found; groups; MACs."""

    def to_string(self):
        r = self.value
        rules = [r['rules'][i] for i in range(int(r['n_rules']))]
        lookups = ', '.join(f'table {int(x["table"])} ' +
                            (f'priority {int(x["priority"])}' if int(x['count']) else 'no rule') for x in rules)
        groups = [int(r['groups'][i]['id']) for i in range(int(r['n_groups']))]
        return (f'record of {int(r["n_rules"])} lookups [{lookups}], groups {groups}, {int(r["n_macs"])} MACs, '
                f'tables at version {int(r["tables_version"])}, ports at {int(r["ports_version"])}')


class Slot(Printer):
    """A rule of a megaflow in hardware."""

    def to_string(self):
        s = self.value
        return f'slot {enum(s["state"])} rule {s["rule"]} counter {s["counter"]}'


PRINTERS = {'flow_ufid': Ufid, 'flow_key': Key, 'flow_match': Match, 'entry': Entry, 'xlate_record': Record, 'slot': Slot}


def build():
    printers = gdb.printing.RegexpCollectionPrettyPrinter('tandem')
    for name, printer in PRINTERS.items():
        printers.add_printer(name, f'^{name}$', printer)
    return printers


gdb.printing.register_pretty_printer(gdb.current_objfile(), build(), replace=True)
