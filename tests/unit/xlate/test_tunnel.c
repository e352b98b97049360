/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnel ports: what is sent, which of several receives, what megaflows match, and which changes make them
 * stale. br0: p1, p2 (datapath 11, 12). Tunnels are of the datapath ports 20 and 21. */
#include "lab.h"

#include <xlate/group.h>

#include "support/rng.h"

#include <arpa/inet.h>
#include <endian.h>
#include <limits.h>

#define FLAGS "flags(df|key)"

static struct flow_ip6
ip4(const char *text)
{
	struct flow_ip6 ip = {{[10] = 0xff, 0xff}};

	assert_int_equal(inet_pton(AF_INET, text, ip.b + 12), 1);
	return ip;
}

static struct flow_ip6
ip6(const char *text)
{
	struct flow_ip6 ip;

	assert_int_equal(inet_pton(AF_INET6, text, ip.b), 1);
	return ip;
}

/* A tunnel of which flows state all. */
static struct xlate_tunnel
by_flow(void)
{
	return (struct xlate_tunnel){.remote_flow = true,
				     .local_flow = true,
				     .in_key_flow = true,
				     .out_key_flow = true,
				     .ttl = XLATE_TUNNEL_TTL,
				     .df = true};
}

static struct xlate_tunnel
to(const char *remote, unsigned int key)
{
	return (struct xlate_tunnel){.remote = ip4(remote),
				     .in_key = htobe64(key),
				     .out_key = htobe64(key),
				     .has_out_key = true,
				     .ttl = XLATE_TUNNEL_TTL,
				     .df = true};
}

static int
try_tunnel(struct lab *lab, struct xlate_bridge *br, const char *name, uint16_t number, uint32_t dp,
	   const struct xlate_tunnel *t)
{
	struct xlate_port port = {.name = name, .ofp_port = number, .dp_port = dp, .tunnel = t};

	return xlate_port_add(lab->x, br, &port, NULL, lab->err, sizeof lab->err);
}

static void
add_tunnel(struct lab *lab, const char *name, uint16_t number, uint32_t dp, struct xlate_tunnel t)
{
	if (try_tunnel(lab, lab->br, name, number, dp, &t))
		fail_msg("%s", lab->err);
}

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 2, 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static void
test_flows_state_the_tunnel(void **state)
{
	struct lab *lab = *state;

	add_tunnel(lab, "t", 9, 20, by_flow());
	lab_rules(lab, "actions=set_field:10.0.0.2->tun_dst,set_field:5->tun_id,9", NULL);
	lab_expect(lab, "in_port=1", false,
		   "set(tunnel(tun_id=0x5,dst=10.0.0.2,ttl=64," FLAGS ")),20");
	/* Once for outputs to the same, and as a whole for one to another. */
	lab_rules(lab,
		  "actions=set_field:10.0.0.2->tun_dst,set_field:10.0.0.1->tun_src,9,9,"
		  "set_field:oam->tun_flags,set_field:fd00::1->tun_ipv6_src,"
		  "set_field:fd00::2->tun_ipv6_dst,9,2",
		  NULL);
	lab_expect(lab, "in_port=1", false,
		   "set(tunnel(src=10.0.0.1,dst=10.0.0.2,ttl=64," FLAGS ")),20,20,"
		   "set(tunnel(ipv6_src=fd00::1,ipv6_dst=fd00::2,ttl=64,flags(oam|df|key)))"
		   ",20,12");
	/* A copy's fields are its own. */
	lab_rules(lab, "actions=clone(set_field:10.0.0.2->tun_dst,9),set_field:7->tun_id,9,2",
		  NULL);
	lab_expect(lab, "in_port=1", false, "set(tunnel(dst=10.0.0.2,ttl=64," FLAGS ")),20,12");
	lab_rules(lab, "actions=9", NULL);
	lab_expect(lab, "in_port=1", false, "drop(reason=no-remote)");
	/* The ends of IPv4 and IPv6. */
	lab_rules(lab, "actions=set_field:10.0.0.1->tun_src,set_field:fd00::2->tun_ipv6_dst,9",
		  NULL);
	lab_expect(lab, "in_port=1", false, "drop(reason=no-remote)");
}

static void
test_a_port_states_its_tunnel(void **state)
{
	struct lab *lab = *state;
	struct xlate_tunnel t = to("10.0.0.2", 5), wide = {0};

	t.local = ip4("10.0.0.1");
	t.df = false;
	t.csum = t.tos_inherit = t.ttl_inherit = true;
	t.tos = 0x20;
	add_tunnel(lab, "t", 9, 20, t);
	lab_rules(lab, "actions=set_field:9.9.9.9->tun_dst,set_field:9->tun_id,9", NULL);
	lab_expect(lab, "in_port=1,ip,nw_tos=40,nw_ttl=3", false,
		   "set(tunnel(tun_id=0x5,src=10.0.0.1,dst=10.0.0.2,tos=0x28,ttl=3,"
		   "flags(csum|key))),20");
	lab_expect(lab, "in_port=1,arp", false,
		   "set(tunnel(tun_id=0x5,src=10.0.0.1,dst=10.0.0.2,tos=0x20,ttl=64,"
		   "flags(csum|key))),20");
	/* Congestion that the packet met is not that of the outer network. */
	lab_expect(lab, "in_port=1,ip,nw_ecn=3,nw_ttl=3", false,
		   "set(tunnel(tun_id=0x5,src=10.0.0.1,dst=10.0.0.2,tos=0x2,ttl=3,"
		   "flags(csum|key))),20");
	wide = to("1.1.1.1", 0);
	wide.remote = ip6("fd00::9");
	wide.has_out_key = false;
	add_tunnel(lab, "w", 8, 20, wide);
	lab_rules(lab, "actions=8", NULL);
	lab_expect(lab, "in_port=1", false, "set(tunnel(ipv6_dst=fd00::9,ttl=64,flags(df))),20");
}

/* The key crosses, the ends do not: they are this host's. */
static void
test_from_tunnel_to_tunnel(void **state)
{
	struct lab *lab = *state;
	struct xlate_tunnel out = to("10.0.0.7", 0);
	struct xlate_out result;

	out.out_key_flow = true;
	add_tunnel(lab, "t", 9, 20, by_flow());
	add_tunnel(lab, "u", 8, 21, out);
	lab_rules(lab, "in_port=9,actions=8", NULL);
	lab_expect(lab, "in_port=9,tun_id=6,tun_src=10.0.0.2,tun_dst=10.0.0.1", false,
		   "set(tunnel(tun_id=0x6,dst=10.0.0.7,ttl=64," FLAGS ")),21");
	lab_translate(lab, "in_port=9,tun_id=6,tun_src=10.0.0.2,tun_dst=10.0.0.1", false, &result);
	assert_int_equal(result.mask.tun.id, UINT64_MAX);
	xlate_out_free(&result);
	lab_rules(lab, "in_port=9,actions=IN_PORT", NULL);
	lab_expect(lab, "in_port=9,tun_src=10.0.0.2,tun_dst=10.0.0.1", false,
		   "drop(reason=no-remote)");
}

/* Fields that actions have set are kept where the datapath does not keep them. */
static void
test_fields_outlive_a_recirculation(void **state)
{
	struct lab *lab = *state;
	struct flow_key key;
	struct xlate_out first;

	add_tunnel(lab, "t", 9, 20, by_flow());
	lab_rules(lab, "table=0,ip,actions=set_field:10.0.0.2->tun_dst,ct(table=1)",
		  "table=1,tun_dst=10.0.0.2,actions=set_field:4->tun_id,9", NULL);
	key = lab_key(lab, "in_port=1,ip");
	lab_translate_key(lab, &key, &first);
	key.recirc_id = lab_recirc_of(&first);
	lab_expect_key(lab, &key, "set(tunnel(tun_id=0x4,dst=10.0.0.2,ttl=64," FLAGS ")),20");
	xlate_out_free(&first);
}

/* All ports of a device are down with it, and no others. */
static void
test_ports_are_live_as_their_device(void **state)
{
	static const char first[] = "set(tunnel(tun_id=0x5,dst=10.0.0.2,ttl=64,flags(df|key))),20";
	static const char second[] = "set(tunnel(tun_id=0x7,dst=10.0.0.2,ttl=64,flags(df|key))),21";
	struct lab *lab = *state;

	add_tunnel(lab, "t", 9, 20, to("10.0.0.2", 5));
	add_tunnel(lab, "u", 8, 20, to("10.0.0.2", 6));
	add_tunnel(lab, "v", 7, 21, to("10.0.0.2", 7));
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD,
				   "group_id=1,type=ff,bucket=watch_port:9,output:9,"
				   "bucket=watch_port:8,output:8,bucket=watch_port:7,output:7"),
			 0);
	lab_rules(lab, "actions=group:1", NULL);
	lab_expect(lab, "in_port=1", false, first);
	xlate_port_live_set(lab->x, 20, false);
	lab_expect(lab, "in_port=1", false, second);
	xlate_port_live_set(lab->x, 21, false);
	xlate_port_live_set(lab->x, 20, true);
	lab_expect(lab, "in_port=1", false, first);
}

/* ---- which port receives ---- */

static const char *const remotes[] = {"10.0.0.1", "10.0.0.2"};
static const char *const locals[] = {"10.9.0.1", "10.9.0.2"};
#define N_TUNNELS 12

static struct xlate_tunnel
random_tunnel(struct rng *r)
{
	struct xlate_tunnel t = by_flow();

	t.in_key_flow = rng_below(r, 2);
	t.in_key = t.in_key_flow ? 0 : htobe64(rng_below(r, 3));
	t.remote_flow = rng_below(r, 2);
	if (!t.remote_flow)
		t.remote = ip4(remotes[rng_below(r, 2)]);
	t.local_flow = rng_below(r, 2);
	if (!t.local_flow && rng_below(r, 2))
		t.local = ip4(locals[rng_below(r, 2)]);
	return t;
}

/* A number that is lower for the port that is to be found; UINT_MAX if the port does not fit. */
static unsigned int
rank(const struct xlate_tunnel *t, const struct flow_key *k)
{
	static const struct flow_ip6 any;
	bool is_any = !memcmp(&t->local, &any, sizeof any);

	if ((!t->in_key_flow && t->in_key != k->tun.id) ||
	    (!t->remote_flow && memcmp(&t->remote, &k->tun.src, sizeof any) != 0) ||
	    (!is_any && memcmp(&t->local, &k->tun.dst, sizeof any) != 0))
		return UINT_MAX;
	return 100u * t->in_key_flow + 10u * t->remote_flow +
	       (t->local_flow ? 2 : (unsigned int)is_any);
}

static struct flow_key
random_packet(struct rng *r)
{
	struct flow_key k = {.in_port = 20, .eth_type = htons(0x800)};

	k.tun.id = htobe64(rng_below(r, 4));
	k.tun.src = ip4(remotes[rng_below(r, 2)]);
	k.tun.dst = ip4(locals[rng_below(r, 2)]);
	k.tun.ttl = (uint8_t)rng_below(r, 256);
	return k;
}

/* Each port sends to itself by a rule, so that the actions show which one received. */
static int
receiver_of(struct lab *lab, const struct flow_key *k, struct flow_key *mask)
{
	struct xlate_out out;
	int receiver = -1;

	lab_translate_key(lab, k, &out);
	if (out.actions.a[0].type == FLOW_ACTION_OUTPUT)
		receiver = (int)out.actions.a[0].port - 100;
	else
		assert_int_equal(out.drop, FLOW_DROP_NO_BRIDGE);
	*mask = out.mask;
	xlate_out_free(&out);
	return receiver;
}

static int
best(const struct xlate_tunnel *t, int n, const struct flow_key *k)
{
	unsigned int lowest = UINT_MAX;
	int found = -1;

	for (int i = 0; i < n; i++) {
		if (rank(&t[i], k) < lowest) {
			lowest = rank(&t[i], k);
			found = i;
		}
	}
	return found;
}

static void
compare_packets(struct lab *lab, struct rng *r, const struct xlate_tunnel *t, int n)
{
	struct flow_key packets[40], masks[40];
	int found[40];

	for (int i = 0; i < 40; i++) {
		packets[i] = random_packet(r);
		found[i] = receiver_of(lab, &packets[i], &masks[i]);
		assert_int_equal(found[i], best(t, n, &packets[i]));
		assert_int_equal(masks[i].tun.ttl, 0);
		for (int j = 0; j < i; j++) {
			struct flow_match m = {packets[j], masks[j]};

			flow_match_canonicalize(&m);
			if (flow_match_covers(&m, &packets[i]))
				assert_int_equal(found[i], found[j]);
		}
	}
}

static void
test_the_most_specific_port_receives(void **state)
{
	struct lab *lab = *state;
	struct rng r = {1};

	lab_rules(lab, "priority=0,actions=drop", NULL);
	for (int i = 0; i < N_TUNNELS; i++) {
		char name[16], rule[64];

		snprintf(name, sizeof name, "out%d", i);
		assert_int_equal(lab_port(lab, name, (uint16_t)(200 + i), (uint32_t)(100 + i),
					  XLATE_VLAN_TRUNK, 0),
				 0);
		snprintf(rule, sizeof rule, "in_port=%d,actions=%d", 100 + i, 200 + i);
		lab_mod(lab, XLATE_ADD, rule);
	}
	for (int round = 0; round < 200; round++) {
		struct xlate_tunnel tunnels[N_TUNNELS];
		char names[N_TUNNELS][16];
		int n = 0;

		for (int tries = 0; tries < N_TUNNELS; tries++) {
			tunnels[n] = random_tunnel(&r);
			snprintf(names[n], sizeof names[n], "in%d", n);
			if (!try_tunnel(lab, lab->br, names[n], (uint16_t)(100 + n), 20,
					&tunnels[n]))
				n++;
		}
		compare_packets(lab, &r, tunnels, n);
		while (n--)
			assert_int_equal(
				xlate_port_del(lab->x, names[n], lab->err, sizeof lab->err), 0);
	}
}

static void
test_two_that_receive_the_same(void **state)
{
	struct lab *lab = *state;
	struct xlate_tunnel a = to("10.0.0.1", 5), b = to("10.0.0.1", 5);

	add_tunnel(lab, "a", 9, 20, a);
	assert_int_equal(try_tunnel(lab, lab->br, "b", 8, 20, &b), -EEXIST);
	assert_string_equal(lab->err, "port \"b\": port \"a\" receives the same: another remote, "
				      "local or key is expected");
	assert_int_equal(try_tunnel(lab, lab->br, "b", 8, 21, &b), 0);
	b.in_key = htobe64(6);
	assert_int_equal(try_tunnel(lab, lab->br, "c", 7, 20, &b), 0);
}

/* A port of another bridge may take packets that this one had. */
static void
test_a_new_port_takes_packets_of_others(void **state)
{
	static const char packet[] = "in_port=9,tun_id=5,tun_src=10.0.0.1,tun_dst=10.9.0.1";
	struct xlate_tunnel t = to("10.0.0.1", 5);
	struct lab *lab = *state;
	struct xlate_bridge *br1;
	struct xlate_out before, other;

	assert_int_equal(xlate_bridge_add(lab->x, "br1", lab->err, sizeof lab->err), 0);
	br1 = xlate_bridge_find(lab->x, "br1");
	add_tunnel(lab, "wide", 9, 20, by_flow());
	lab_rules(lab, "in_port=9,actions=1", "in_port=1,actions=2", NULL);
	lab_translate(lab, packet, false, &before);
	assert_int_equal(before.drop, FLOW_NOT_DROPPED);
	assert_int_equal(before.mask.tun.id, 0);
	assert_true(lab_current(lab, &before));
	assert_int_equal(try_tunnel(lab, br1, "one", 1, 20, &t), 0);
	assert_false(lab_current(lab, &before));
	xlate_out_free(&before);
	/* What is left to the first port depends on the ends and key. */
	lab_translate(lab, "in_port=9,tun_id=6,tun_src=10.0.0.1,tun_dst=10.9.0.1", false, &other);
	assert_int_equal(other.drop, FLOW_NOT_DROPPED);
	assert_int_equal(other.mask.tun.id, UINT64_MAX);
	assert_int_equal(other.mask.tun.src.b[15], UINT8_MAX);
	assert_int_equal(other.mask.tun.dst.b[15], 0);
	xlate_out_free(&other);
}

static void
test_packets_are_counted_by_port(void **state)
{
	const struct flow_stats delta = {.packets = 3, .bytes = 300};
	struct lab *lab = *state;
	struct xlate_port_counts c;
	struct xlate_out out;

	add_tunnel(lab, "t", 9, 20, to("10.0.0.1", 5));
	lab_rules(lab, "in_port=9,actions=IN_PORT,1", NULL);
	lab_translate(lab, "in_port=9", false, &out);
	xlate_record_push(lab->x, out.record, &delta);
	assert_int_equal(xlate_port_counts(lab->x, "t", &c), 0);
	assert_int_equal(c.rx_packets, 3);
	assert_int_equal(c.tx_bytes, 300);
	xlate_out_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
		T(flows_state_the_tunnel),	   T(a_port_states_its_tunnel),
		T(from_tunnel_to_tunnel),	   T(fields_outlive_a_recirculation),
		T(ports_are_live_as_their_device), T(the_most_specific_port_receives),
		T(two_that_receive_the_same),	   T(a_new_port_takes_packets_of_others),
		T(packets_are_counted_by_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
