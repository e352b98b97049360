# SPDX-License-Identifier: Apache-2.0
"""What is measured of a started system. Each function returns the figures of one round."""
import sys
import time

from board import quantile
from cases import STORM_PPS, TRAIN
from floods import ATTACKER, PEER, VICTIM, VICTIM_PPS
from lab import Failed

# A system whose megaflows grew by less than 1% in so long holds what it can.
STALL_S = 20
WARM_S = 0.5
TRIES = 5
QUANTILES = {'p50_us': 0.5, 'p90_us': 0.9, 'p99_us': 0.99, 'p999_us': 0.999}


def held(system, steady, flows, missed):
    """Returns whether a system that is steady, or does not get further, holds all megaflows, and reports one that does not."""
    wanted = system.files.input.n_megaflows
    if flows >= wanted if wanted else steady:
        return True
    print(f'{system.title}: holds {flows:,} megaflows, {wanted or "all"} are needed; {missed:,} misses in the last 0.3 s',
          file=sys.stderr)
    return False


def settle(system, progress, ports=None):
    """Sends the case's packets, or those of 'ports', until all pass without a miss for a while, or the system does not get further. Returns
    whether it holds all megaflows."""
    inp = system.files.input
    sent = [inp.traffic[n] for n in ports or inp.traffic]
    n_round = max(t.n_order for t in sent) * len(sent)
    wanted = inp.n_megaflows or system.case.n_flows
    for n in ports or inp.traffic:
        system.boards[n].flood()
    misses, packets = system.n_misses(), system.counted()['rx_packets']
    grown, grown_at = 0, time.monotonic()
    while True:
        system.pause(0.3)
        now, received, flows = system.n_misses(), system.counted()['rx_packets'], system.n_megaflows()
        progress(f'{flows:,} of {wanted:,} megaflows')
        missed, misses = now - misses, now
        if missed:
            packets = received
        steady = not missed and received - packets > 2 * n_round
        if flows > grown * 1.01:
            grown, grown_at = flows, time.monotonic()
        if steady or time.monotonic() > grown_at + STALL_S:
            return held(system, steady, flows, missed)


def sample(system):
    """Reads the clock and the counters at the same moment, nearly."""
    before = system.polling_s()
    counted = system.counted()
    return {**counted, 'busy_s': (before + system.polling_s()) / 2, 'wall_s': time.monotonic()}


def interval(system, seconds):
    """Returns the differences of two samples."""
    a = sample(system)
    system.pause(seconds)
    b = sample(system)
    return {k: b[k] - a[k] for k in a}


def busy_interval(system, seconds):
    """Returns an interval in which packets were sent: other programs may keep the thread off its core for a while."""
    for _ in range(TRIES):
        d = interval(system, seconds)
        if d['tx_packets'] and d['busy_s'] > 0:
            return d
    raise Failed(f'{system.title}: sent nothing in {TRIES} times {seconds} s, of which its polling thread was on its core for '
                 f'{d["busy_s"]:.2f} s at last')


def rate(system, seconds, progress):
    """Packets a second and cycles of the TSC for each packet, both in the time that the polling thread was on its
    core. Packets that were lost do not count."""
    settled = not system.has_flows or settle(system, progress)
    if system.case.fresh_pps and system.has_flows:
        system.boards[1].fresh(system.case.fresh_pps)
        progress('until fresh flows come and go')
        system.pause(system.case.idle_ms / 1000 + 1)
    out = {}
    for variant in system.variants:
        progress(f'{variant} measuring'.strip())
        system.variant_set(variant)
        system.pause(WARM_S)
        d = busy_interval(system, seconds)
        packets = d['tx_packets'] / (system.files.input.copies if system.has_flows else 1)
        out[variant] = {'mpps': packets / d['busy_s'] / 1e6,
                        'cycles': system.boards[1].hz * d['busy_s'] / packets,
                        'forwarded': packets / d['rx_packets'], 'megaflows': system.n_megaflows(), 'settled': settled}
    return out


def setup(system, seconds, progress):
    """Megaflows installed a second, when every packet is a new flow."""
    system.prefer()
    for board in system.senders():
        board.fresh(None)
        board.flood()
    progress('measuring')
    system.pause(WARM_S)
    before, flows = time.monotonic(), system.n_megaflows()
    d = interval(system, seconds)
    after, more = time.monotonic(), system.n_megaflows()
    return {'': {'setups': (more - flows) / (after - before), 'forwarded_pps': d['tx_packets'] / d['wall_s'],
                 'megaflows': more}}


def paced(system, into, out, seconds):
    """Returns latencies, loss and rate of the established flows that board 'into' receives by a schedule and 'out' sends."""
    due, before = into.counters()['due_order'], out.latencies('order')
    polled, begin = system.polling_s(), time.monotonic()
    system.pause(seconds)
    due, after = into.counters()['due_order'] - due, out.latencies('order')
    polled, end = system.polling_s() - polled, time.monotonic()
    latencies = [b - a for a, b in zip(before, after)]
    row = {name: 1e6 * c / into.hz if (c := quantile(latencies, share)) else None for name, share in QUANTILES.items()}
    return {**row, 'rate': sum(latencies) / (end - begin), 'loss': max(0, 1 - sum(latencies) / due), 'on_core': polled / (end - begin)}


def storm(system, seconds, progress):
    """Latency and loss of established flows while new ones come."""
    settled = settle(system, progress)
    into, out = system.boards[1], system.boards[2]
    system.prefer()
    out.read_stamps()
    into.pace(STORM_PPS)
    system.pause(WARM_S)
    into.fresh(system.case.fresh_pps)
    system.pause(WARM_S)
    progress('measuring')
    flows, begin = system.n_megaflows(), time.monotonic()
    row = paced(system, into, out, seconds)
    row['setups'] = (system.n_megaflows() - flows) / (time.monotonic() - begin)
    into.pace(0)
    into.fresh(0)
    return {'': {**row, 'settled': settled}}


def order(system, seconds, progress):
    """Packets of new flows that leave after a later one of their flow."""
    into, out = system.boards[1], system.boards[2]
    settle(system, progress)
    system.prefer()
    out.read_stamps()
    into.pace(0)
    into.train(TRAIN)
    into.fresh(system.case.fresh_pps)
    system.pause(2 * WARM_S)
    progress('measuring')
    before, polled, begin = out.counters(), system.polling_s(), time.monotonic()
    system.pause(seconds)
    now, polled, end = out.counters(), system.polling_s() - polled, time.monotonic()
    into.fresh(0)
    followed, overtaken = (now[k] - before[k] for k in ('followed', 'overtaken'))
    return {'': {'overtaken': overtaken / followed if followed else None, 'by_us': 1e6 * now['overtaken_by'] / into.hz,
                 'flows': followed / (TRAIN - 1) / (end - begin), 'on_core': polled / (end - begin)}}


def attacked(system, seconds):
    """Returns the same of the victim, and the packets a second that the attacker sent meanwhile."""
    attacker = system.boards[ATTACKER]
    sent, begin = attacker.counters()['rx_packets'], time.monotonic()
    row = paced(system, system.boards[VICTIM], system.boards[PEER], seconds)
    return {**row, 'attack': (attacker.counters()['rx_packets'] - sent) / (time.monotonic() - begin)}


def flood(system, seconds, progress):
    """Latency, loss and rate of a victim's established flows, first alone, then beside an attacker at another port of the
    same polling thread, who sends as much as is asked for."""
    settled = settle(system, progress, [n for n in system.files.traffic if n != ATTACKER])
    attacker = system.boards[ATTACKER]
    system.prefer()
    system.boards[PEER].read_stamps()
    for n in system.files.traffic:
        system.boards[n].pace(VICTIM_PPS if n == VICTIM else 0)
    system.pause(WARM_S)
    progress('measuring without the attacker')
    alone = attacked(system, seconds)
    attacker.flood()
    system.pause(2 * WARM_S)
    if system.files.input.traffic[ATTACKER].ends_fresh:
        attacker.fresh(None)
        system.pause(WARM_S)
    progress('measuring')
    flows, begin, misses = system.n_megaflows(), time.monotonic(), system.n_misses()
    row = attacked(system, seconds)
    row['setups'] = (system.n_megaflows() - flows) / (time.monotonic() - begin)
    row['misses'] = (system.n_misses() - misses) / (time.monotonic() - begin)
    attacker.pace(0)
    attacker.fresh(0)
    return {'': {**row, **{f'alone_{k}': alone[k] for k in (*QUANTILES, 'rate', 'loss')}, 'kept': row['rate'] / alone['rate'],
                 **{f'{k[:-3]}_times': row[k] / alone[k] if row[k] else None for k in ('p90_us', 'p99_us')}, 'settled': settled}}


def idle(system, seconds, progress):
    """CPU of the whole process, in percent of one core, without packets."""
    out = {}
    for variant in system.variants:
        system.variant_set(variant)
        system.pause(2 * WARM_S)
        progress(f'{variant} measuring'.strip())
        cpu, begin = system.total_s(), time.monotonic()
        system.pause(max(seconds, 1))
        out[variant] = {'cpu_percent': 100 * (system.total_s() - cpu) / (time.monotonic() - begin)}
    return out


MEASURES = {'rate': rate, 'setup': setup, 'storm': storm, 'order': order, 'flood': flood, 'idle': idle}
