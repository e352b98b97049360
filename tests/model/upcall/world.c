/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct xlate_bridge *
bridge(struct world *w)
{
	struct xlate_bridge *br = xlate_bridge_find(w->x, "br0");

	assert_non_null(br);
	return br;
}

void
world_port_add(struct world *w, uint32_t port)
{
	char name[16], err[FLOW_ERR_BYTES] = "";
	struct xlate_port p = {.name = name, .ofp_port = (uint16_t)port, .dp_port = port};

	snprintf(name, sizeof name, "p%u", port);
	if (xlate_port_add(w->x, bridge(w), &p, NULL, err, sizeof err))
		fail_msg("%s", err);
}

void
world_port_del(struct world *w, uint32_t port)
{
	char name[16], err[FLOW_ERR_BYTES] = "";

	snprintf(name, sizeof name, "p%u", port);
	if (xlate_port_del(w->x, name, err, sizeof err))
		fail_msg("%s", err);
}

void
world_flow(struct world *w, enum xlate_command command, const char *fmt, ...)
{
	char text[512], err[FLOW_ERR_BYTES] = "";
	struct xlate_flow_mod fm;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (xlate_flow_mod_parse(bridge(w), text, command, &fm, err, sizeof err))
		fail_msg("%s: %s", text, err);
	if (xlate_flow_mods_apply(w->x, bridge(w), &fm, 1, NULL, err, sizeof err))
		fail_msg("%s: %s", text, err);
	xlate_flow_mod_free(&fm);
}

static void
start_xlate(struct world *w, const struct world_config *c)
{
	struct xlate_config xc = {
		.seed = c->seed, .learned = c->learned, .learned_aux = c->learned_aux};
	char err[FLOW_ERR_BYTES] = "";

	assert_int_equal(xlate_create(&xc, &w->x), 0);
	assert_int_equal(xlate_bridge_add(w->x, "br0", err, sizeof err), 0);
	for (uint32_t p = 1; p <= c->n_ports; p++) {
		world_port_add(w, p);
		world_flow(w, XLATE_ADD, "table=0,priority=10,in_port=%u,actions=resubmit(,1)", p);
	}
}

static void
start_offload(struct world *w, const struct world_config *c)
{
	const struct nic_class *const classes[] = {&fake_class, NULL};
	struct ofl_config oc = {
		.counter_interval_ns = 5 * NS_PER_MS,
		.back_off_min_ns = 2 * NS_PER_MS,
		.back_off_max_ns = 20 * NS_PER_MS,
	};
	struct nic_refusal why;

	assert_int_equal(ofl_create(&oc, &w->o), 0);
	assert_int_equal(ofl_start(w->o), 0);
	for (uint32_t p = 1; p <= c->n_offloaded; p++)
		assert_int_equal(ofl_port_add(w->o, p, 0, classes, &why), 0);
}

void
world_start(struct world *w, const struct world_config *c)
{
	struct upc_config uc = c->upc;

	memset(w, 0, sizeof *w);
	fake_init(&w->f, c->seed);
	if (c->n_offloaded)
		fake_nic_init(&w->f, &c->nic);
	w->n_ports = c->n_ports;
	start_xlate(w, c);
	start_offload(w, c);
	uc.dp = &w->f.dp;
	uc.xlate = w->x;
	uc.ofl = w->o;
	assert_int_equal(upc_create(&uc, &w->u), 0);
}

void
world_stop(struct world *w)
{
	upc_destroy(w->u);
	for (uint32_t p = 1; p <= w->n_ports; p++)
		ofl_port_del(w->o, p);
	ofl_stop(w->o);
	ofl_destroy(w->o);
	xlate_destroy(w->x);
	if (w->f.nic)
		fake_nic_free(&w->f);
	fake_free(&w->f);
	rcu_sleep();
	rcu_drain();
	rcu_wake();
}

struct rule_sum {
	uint32_t port;
	struct fake_count count;
};

static int
add_rule(const struct xlate_rule_view *rule, void *aux)
{
	struct rule_sum *sum = aux;

	if (rule->table == 0 && rule->priority == 10 &&
	    rule->match->key.in_port.number == sum->port) {
		sum->count.packets += rule->stats.packets;
		sum->count.bytes += rule->stats.bytes;
	}
	return 0;
}

struct fake_count
world_rule_count(struct world *w, uint32_t port)
{
	struct rule_sum sum = {.port = port};

	xlate_rule_each(bridge(w), NULL, add_rule, &sum);
	return sum.count;
}

struct flow_key
world_key(uint32_t port, uint32_t i)
{
	struct flow_key k;

	memset(&k, 0, sizeof k);
	k.in_port = port;
	k.eth_src = (struct flow_mac){{2, 0, 0, 0, (uint8_t)port, (uint8_t)(i % 4)}};
	k.eth_dst = (struct flow_mac){{2, 0, 0, 0, (uint8_t)(1 + i % 3), (uint8_t)(i / 3 % 4)}};
	k.eth_type = htons(0x0800);
	k.nw_src = htonl(0x0a000000 | port << 8 | i % 4);
	k.nw_dst = htonl(0x0a000000 | i % 8);
	k.nw_proto = 17;
	k.nw_ttl = 64;
	k.tp_src = htons((uint16_t)(1000 + i % 16));
	k.tp_dst = htons((uint16_t)(80 + i / 16 % 4));
	return k;
}

static void
nap_ms(unsigned int ms)
{
	struct timespec ts = {.tv_nsec = (long)(ms * NS_PER_MS)};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

/* A controller action, or a slow path, queues another packet for a treated one. So the queues
 * must be empty twice, with all batches in between finished. */
void
world_quiet(struct world *w)
{
	for (int n_empty = 0; n_empty < 2;) {
		n_empty = fake_n_queued(&w->f) ? 0 : n_empty + 1;
		upc_settle(w->u);
		nap_ms(1);
	}
}

static void
check_count(const char *what, uint32_t port, uint64_t seed, struct fake_count want,
	    uint64_t packets, uint64_t bytes)
{
	if (packets != want.packets || bytes != want.bytes)
		fail_msg("seed %llu port %u: %s says %llu packets, %llu bytes; there were %llu, "
			 "%llu",
			 (unsigned long long)seed, port, what, (unsigned long long)packets,
			 (unsigned long long)bytes, (unsigned long long)want.packets,
			 (unsigned long long)want.bytes);
}

void
world_check(struct world *w, uint32_t unruled, uint64_t seed)
{
	for (uint32_t p = 1; p <= w->n_ports; p++) {
		struct fake_count rule = world_rule_count(w, p);
		struct upc_port_totals t;
		struct fake_port f;
		struct fake_count all;

		fake_port_get(&w->f, p, &f);
		upc_port_totals(w->u, p, &t);
		all.packets = f.sent.packets - f.dropped.packets;
		all.bytes = f.sent.bytes - f.dropped.bytes;
		check_count("hardware", p, seed, f.hw, t.hw.packets, t.hw.bytes);
		check_count("software", p, seed, f.sw, t.sw.packets, t.sw.bytes);
		check_count("upcalls", p, seed, f.treated, t.upcalled.packets, t.upcalled.bytes);
		if (p != unruled)
			check_count("the rule", p, seed, all, rule.packets, rule.bytes);
	}
}
