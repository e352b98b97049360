/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of actions survive the way to the kernel's attributes and back, but for the order of sets of one
 * header and for drops; what the kernel lacks is refused by name. */
#include "actions_get.h"
#include "actions_put.h"

#include <kernel/kdp.h>

#include "support/effort.h"
#include "support/random_match.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/openvswitch.h>
#include <net/ethernet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_LISTS EFFORT(20000)
#define ROOM KDP_ACTIONS_BYTES(FLOW_ACTIONS_MAX)

static int
round_trip(const struct flow_actions *acts, const struct flow_key *shape, struct flow_actions *out,
	   const char **refused)
{
	struct kdp_writer w = {nlmsg_alloc_size(ROOM), false};
	struct nlattr *nest;
	int rc;

	nlmsg_put(w.msg, 0, 0, 0, 0, 0);
	rc = kdp_actions_put(&w, 1, acts, shape, 77, refused);
	assert_false(w.is_full);
	if (!rc) {
		nest = nlmsg_find_attr(nlmsg_hdr(w.msg), 0, 1);
		assert_true((size_t)nla_len(nest) <= KDP_ACTIONS_BYTES(acts->n));
		rc = kdp_actions_get(nest, out, refused);
		assert_true(rc || !*refused);
	}
	nlmsg_free(w.msg);
	return rc;
}

static const uint8_t settable[] = {
	FLOW_FIELD_PKT_MARK, FLOW_FIELD_ETH_SRC,    FLOW_FIELD_ETH_DST, FLOW_FIELD_MPLS_LABEL,
	FLOW_FIELD_MPLS_TTL, FLOW_FIELD_NW_SRC,	    FLOW_FIELD_NW_DST,	FLOW_FIELD_IPV6_SRC,
	FLOW_FIELD_IPV6_DST, FLOW_FIELD_IPV6_LABEL, FLOW_FIELD_NW_TOS,	FLOW_FIELD_NW_TTL,
	FLOW_FIELD_TCP_SRC,  FLOW_FIELD_TCP_DST,    FLOW_FIELD_UDP_SRC, FLOW_FIELD_UDP_DST,
	FLOW_FIELD_SCTP_SRC, FLOW_FIELD_SCTP_DST,
};

static void
set_add(struct rng *r, const struct flow_key *shape, struct flow_actions *acts)
{
	uint8_t id = settable[rng_below(r, sizeof settable)];
	struct flow_value value, mask;

	if (!flow_prereq_ok((enum flow_prereq)flow_fields[id].prereq, shape, NULL))
		return;
	flow_field_ones(&flow_fields[id], &mask);
	for (int i = 0; i < FLOW_VALUE_BYTES; i++) {
		value.b[i] = (uint8_t)rng_u32(r) & mask.b[i];
		if (!rng_below(r, 4))
			mask.b[i] &= (uint8_t)rng_u32(r);
	}
	flow_actions_add_set(acts, (enum flow_field_id)id, &value, &mask);
}

static void
tunnel_add(struct rng *r, struct flow_actions *acts)
{
	static const uint8_t fields[] = {FLOW_FIELD_TUN_ID, FLOW_FIELD_TUN_SRC, FLOW_FIELD_TUN_DST,
					 FLOW_FIELD_TUN_TTL};
	struct flow_value value = {{0}}, mask;

	for (size_t i = 0; i < sizeof fields; i++) {
		flow_field_ones(&flow_fields[fields[i]], &mask);
		value = flow_value_from_u64(1 + (rng_u64(r) & 0x7f));
		flow_actions_add_set(acts, (enum flow_field_id)fields[i], &value, &mask);
	}
}

static void
ct_add(struct rng *r, struct flow_actions *acts)
{
	struct flow_ct ct = {.commit = rng_below(r, 2), .zone = (uint16_t)rng_u32(r)};

	ct.force = ct.commit && rng_below(r, 2);
	if (ct.commit && rng_below(r, 2)) {
		ct.mark_mask = rng_u32(r);
		ct.mark = rng_u32(r) & ct.mark_mask;
		ct.label_mask[3] = 0xf0;
		ct.label[3] = 0x50;
		ct.helper = rng_below(r, 2) ? FLOW_CT_TFTP : FLOW_CT_FTP;
		memset(ct.timeout, 'n', rng_below(r, sizeof ct.timeout));
	}
	if (rng_below(r, 2)) {
		ct.has_nat = true;
		ct.nat.flags = ct.commit ? (uint8_t)(1 + rng_below(r, 31)) : 0;
		if (ct.commit) {
			ct.nat.ip_version = rng_below(r, 2) ? 4 : 6;
			ct.nat.ip_min.b[0] = ct.nat.ip_max.b[0] = 10;
			ct.nat.ip_max.b[3] = 9;
			ct.nat.port_min = 1000;
			ct.nat.port_max = 2000;
		}
	}
	flow_actions_add_ct(acts, &ct);
}

static void
other_add(struct rng *r, struct flow_actions *acts)
{
	static const uint8_t types[] = {
		FLOW_ACTION_OUTPUT,    FLOW_ACTION_UPCALL,   FLOW_ACTION_PUSH_VLAN,
		FLOW_ACTION_POP_VLAN,  FLOW_ACTION_METER,    FLOW_ACTION_TRUNC,
		FLOW_ACTION_SAMPLE,    FLOW_ACTION_CT_CLEAR, FLOW_ACTION_RECIRC,
		FLOW_ACTION_SET_QUEUE, FLOW_ACTION_CHECK_LEN};
	struct flow_action a = {.type = types[rng_below(r, sizeof types)]};

	switch (a.type) {
	case FLOW_ACTION_UPCALL:
	case FLOW_ACTION_SAMPLE:
		a.upcall.reason = (uint8_t)rng_below(r, FLOW_N_UPCALL_REASONS);
		a.upcall.max_len = (uint16_t)rng_u32(r);
		a.upcall.cookie = rng_u32(r);
		a.upcall.probability = a.type == FLOW_ACTION_SAMPLE ? rng_u32(r) : 0;
		a.upcall.meter = rng_below(r, 3);
		break;
	case FLOW_ACTION_PUSH_VLAN:
		a.vlan.tpid = htons(rng_below(r, 2) ? 0x8100 : 0x88a8);
		a.vlan.tci = htons((uint16_t)rng_u32(r) & ~FLOW_VLAN_CFI);
		break;
	case FLOW_ACTION_CHECK_LEN:
		a.check_len.n_bytes = (uint16_t)rng_u32(r);
		a.check_len.longer = 1 + rng_below(r, 9);
		a.check_len.others = 11;
		break;
	case FLOW_ACTION_POP_VLAN:
	case FLOW_ACTION_CT_CLEAR:
		break;
	default:
		a.port = 14 + rng_below(r, 60000); /* the same place for all of them */
	}
	flow_actions_add(acts, &a);
}

static void
list_make(struct rng *r, const struct flow_key *shape, struct flow_actions *acts)
{
	uint32_t n = rng_below(r, 12);

	flow_actions_init(acts);
	while (n--) {
		uint32_t kind = rng_below(r, 8);

		if (kind < 3)
			set_add(r, shape, acts);
		else if (kind == 3)
			ct_add(r, acts);
		else if (kind == 4)
			tunnel_add(r, acts);
		else
			other_add(r, acts);
	}
	if (!rng_below(r, 4))
		flow_actions_add_drop(acts, FLOW_DROP_METER);
}

/* What a run of sets does to a key of zeros: values and bits. */
static uint16_t
sets_apply(const struct flow_actions *acts, uint16_t i, struct flow_match *out)
{
	memset(out, 0, sizeof *out);
	for (; i < acts->n && acts->a[i].type == FLOW_ACTION_SET; i++) {
		const struct flow_field *f = &flow_fields[acts->a[i].set.field];
		struct flow_value v, m;

		flow_value_widen(acts->a[i].set.value, &v);
		flow_value_widen(acts->a[i].set.mask, &m);
		flow_field_set_masked(f, &out->key, &v, &m);
		flow_field_set_masked(f, &out->mask, &m, &m);
	}
	return i;
}

/* Tunnels are set as a whole, so 'b' has more of their fields. Sets of no bits are not in it. */
static void
check_same(const struct flow_actions *a, const struct flow_actions *b)
{
	uint16_t i = 0, j = 0;

	while (i < a->n && a->a[i].type != FLOW_ACTION_DROP) {
		struct flow_match x, y;

		if (a->a[i].type != FLOW_ACTION_SET) {
			struct flow_actions one = {&a->a[i++], 1, 0}, other = {&b->a[j++], 1, 0};

			assert_true(j <= b->n);
			assert_true(flow_actions_equal(&one, &other));
			continue;
		}
		i = sets_apply(a, i, &x);
		j = sets_apply(b, j, &y);
		x.key.tun.flags |= FLOW_TUNNEL_KEYED & y.key.tun.flags;
		if (x.mask.tun.dst.b[15]) {
			assert_int_equal(x.key.tun.id, y.key.tun.id);
			assert_memory_equal(x.key.tun.dst.b + 12, y.key.tun.dst.b + 12, 4);
			assert_memory_equal(x.key.tun.src.b + 12, y.key.tun.src.b + 12, 4);
			assert_int_equal(x.key.tun.ttl, y.key.tun.ttl);
		}
		x.key.tun = y.key.tun;
		x.mask.tun = y.mask.tun;
		assert_memory_equal(&x, &y, sizeof x);
	}
	assert_int_equal(j, b->n);
}

/* Labels behind tags that the list may push, and IP headers of no known protocol, are not set by the kernel. */
static bool
may_be_refused(const char *refused, const struct flow_key *shape)
{
	return !strncmp(refused, "mpls_", 5) || !shape->nw_proto;
}

/* Returns whether a flow of the kernel, of which 'back' was read, has the actions of a megaflow. */
static bool
has_actions(const struct flow_actions *back, const struct flow_key *shape,
	    const struct flow_actions *acts)
{
	struct flow_match m = {.key = *shape};
	const struct kdp_found found = {.match = &m, .actions = back};

	memset(&m.mask, 0xff, sizeof m.mask);
	return kdp_found_acts(&found, &m, acts);
}

/* A megaflow has the actions of its flow, in which a tunnel has all fields, and not one more. */
static void
check_found(const struct flow_actions *back, const struct flow_key *shape,
	    struct flow_actions *acts)
{
	bool drops = acts->n && acts->a[acts->n - 1].type == FLOW_ACTION_DROP;

	assert_true(has_actions(back, shape, acts));
	acts->n -= drops;
	assert_int_equal(flow_actions_add_output(acts, 65535), 0);
	assert_false(has_actions(back, shape, acts));
}

static void
test_lists_return(void **state)
{
	unsigned int n_refused = 0;
	struct rng r = {99};

	(void)state;
	for (int i = 0; i < N_LISTS; i++) {
		struct flow_actions acts, back, again;
		const char *refused = NULL;
		struct flow_key shape;

		random_key(&r, 0, &shape);
		list_make(&r, &shape, &acts);
		flow_actions_init(&back);
		flow_actions_init(&again);
		if (round_trip(&acts, &shape, &back, &refused)) {
			assert_true(may_be_refused(refused, &shape));
			n_refused++;
		} else {
			check_same(&acts, &back);
			assert_int_equal(round_trip(&back, &shape, &again, &refused), 0);
			assert_true(flow_actions_equal(&back, &again));
			check_found(&back, &shape, &acts);
		}
		flow_actions_free(&acts);
		flow_actions_free(&back);
		flow_actions_free(&again);
	}
	assert_in_range(n_refused, 1, N_LISTS / 8);
}

static void
check_list_refused(const struct flow_action *a, uint16_t n, const struct flow_key *shape,
		   const char *name)
{
	struct flow_actions acts = {(struct flow_action *)(uintptr_t)a, n, 0}, back;
	const char *refused = NULL;

	flow_actions_init(&back);
	assert_int_equal(round_trip(&acts, shape, &back, &refused), -EOPNOTSUPP);
	assert_string_equal(refused, name);
	flow_actions_free(&back);
}

static void
check_refused(const struct flow_action *a, uint16_t eth_type, const char *name)
{
	struct flow_key shape;

	memset(&shape, 0, sizeof shape);
	shape.eth_type = htons(eth_type);
	shape.nw_proto = IPPROTO_UDP;
	check_list_refused(a, 1, &shape, name);
}

static void
end_add(struct flow_actions *acts, enum flow_field_id id, const uint8_t *bytes, size_t n)
{
	struct flow_value value = {{0}}, mask;

	memcpy(value.b + FLOW_VALUE_BYTES - n, bytes, n);
	flow_field_ones(&flow_fields[id], &mask);
	assert_int_equal(flow_actions_add_set(acts, id, &value, &mask), 0);
}

/* A source of 0 is none, also where one of the other family was before. */
static void
test_a_tunnel_after_one_of_the_other_family(void **state)
{
	static const uint8_t ip4[4] = {10, 0, 0, 1}, none[4], ip6[16] = {0xfd, [15] = 2};
	struct flow_actions acts, back;
	const char *refused = NULL;
	struct flow_key shape, last;

	(void)state;
	memset(&shape, 0, sizeof shape);
	memset(&last, 0, sizeof last);
	flow_actions_init(&acts);
	flow_actions_init(&back);
	end_add(&acts, FLOW_FIELD_TUN_SRC, ip4, sizeof ip4);
	end_add(&acts, FLOW_FIELD_TUN_DST, ip4, sizeof ip4);
	flow_actions_add_output(&acts, 1);
	end_add(&acts, FLOW_FIELD_TUN_SRC, none, sizeof none);
	end_add(&acts, FLOW_FIELD_TUN_IPV6_DST, ip6, sizeof ip6);
	flow_actions_add_output(&acts, 1);
	assert_int_equal(round_trip(&acts, &shape, &back, &refused), 0);
	for (int i = 0; i < back.n; i++) {
		const struct flow_field *f = &flow_fields[back.a[i].set.field];
		struct flow_value v;

		if (back.a[i].type == FLOW_ACTION_SET) {
			flow_value_widen(back.a[i].set.value, &v);
			flow_field_set(f, &last, &v);
		}
	}
	assert_memory_equal(&last.tun.dst, ip6, sizeof ip6);
	for (size_t i = 0; i < sizeof last.tun.src.b; i++)
		assert_int_equal(last.tun.src.b[i], 0);
	flow_actions_free(&acts);
	flow_actions_free(&back);
}

/* Writes what the kernel gives back of connections with one address and port, another TTL, and a tunnel. */
static struct nl_msg *
kernel_actions(void)
{
	static const uint8_t far[4] = {10, 0, 0, 1};
	const struct ovs_key_ipv4 ip[2] = {{.ipv4_ttl = 63}, {.ipv4_ttl = UINT8_MAX}};
	struct kdp_writer w = {nlmsg_alloc_size(ROOM), false};
	struct nlattr *acts, *outer, *inner;

	nlmsg_put(w.msg, 0, 0, 0, 0, 0);
	acts = kdp_nest(&w, 1);
	outer = kdp_nest(&w, OVS_ACTION_ATTR_CT);
	kdp_put_flag(&w, OVS_CT_ATTR_COMMIT);
	inner = kdp_nest(&w, OVS_CT_ATTR_NAT);
	kdp_put_flag(&w, OVS_NAT_ATTR_SRC);
	kdp_put(&w, OVS_NAT_ATTR_IP_MIN, far, sizeof far);
	kdp_put_u16(&w, OVS_NAT_ATTR_PROTO_MIN, 7);
	kdp_nest_end(&w, inner);
	kdp_nest_end(&w, outer);
	outer = kdp_nest(&w, OVS_ACTION_ATTR_SET_MASKED);
	kdp_put(&w, OVS_KEY_ATTR_IPV4, ip, sizeof ip);
	kdp_nest_end(&w, outer);
	outer = kdp_nest(&w, OVS_ACTION_ATTR_SET);
	inner = kdp_nest(&w, OVS_KEY_ATTR_TUNNEL);
	kdp_put(&w, OVS_TUNNEL_KEY_ATTR_IPV4_DST, far, sizeof far);
	kdp_put_u8(&w, OVS_TUNNEL_KEY_ATTR_TTL, 64);
	kdp_nest_end(&w, inner);
	kdp_nest_end(&w, outer);
	kdp_put_u32(&w, OVS_ACTION_ATTR_OUTPUT, 1);
	kdp_nest_end(&w, acts);
	assert_false(w.is_full);
	return w.msg;
}

/* The kernel gives back a whole tunnel, no drop, and no maximum of NAT that is the minimum. The protocol of the packets
 * is not matched. */
static void
test_a_flow_has_the_actions_of_its_megaflow(void **state)
{
	static const uint8_t far[4] = {10, 0, 0, 1}, ttl = 64, dec = 63;
	const struct flow_ct ct = {
		.commit = true,
		.has_nat = true,
		.nat = {FLOW_NAT_SRC, 4, 7, 7, {{10, 0, 0, 1}}, {{10, 0, 0, 1}}}};
	struct flow_match m = {.key.eth_type = htons(ETHERTYPE_IP), .mask.eth_type = UINT16_MAX};
	struct nl_msg *msg = kernel_actions();
	struct flow_actions acts, back;
	const struct kdp_found found = {.match = &m, .actions = &back};
	const char *refused = NULL;

	(void)state;
	flow_actions_init(&acts);
	flow_actions_init(&back);
	assert_int_equal(kdp_actions_get(nlmsg_find_attr(nlmsg_hdr(msg), 0, 1), &back, &refused),
			 0);
	flow_actions_add_ct(&acts, &ct);
	end_add(&acts, FLOW_FIELD_NW_TTL, &dec, 1);
	end_add(&acts, FLOW_FIELD_TUN_DST, far, sizeof far);
	end_add(&acts, FLOW_FIELD_TUN_TTL, &ttl, 1);
	flow_actions_add_output(&acts, 1);
	flow_actions_add_drop(&acts, FLOW_DROP_METER);
	assert_false(flow_actions_equal(&acts, &back));
	assert_true(kdp_found_acts(&found, &m, &acts));
	acts.n--;
	assert_true(kdp_found_acts(&found, &m, &acts));
	acts.n--;
	assert_false(kdp_found_acts(&found, &m, &acts));
	flow_actions_free(&acts);
	flow_actions_free(&back);
	nlmsg_free(msg);
}

/* A megaflow that matches a tunnel without options has the match of its flow, of which the kernel tells nothing of them,
 * and not that of another tunnel. */
static void
test_a_match_of_no_options(void **state)
{
	static const uint8_t here[4] = {10, 1, 0, 1};
	struct flow_match ours = {.key.tun.dst = flow_ip6_of_v4(here)}, theirs;
	const struct kdp_found found = {.match = &theirs};

	(void)state;
	memset(&ours.mask.tun.dst, 0xff, sizeof ours.mask.tun.dst);
	theirs = ours;
	ours.mask.tun.n_opt_bytes = UINT8_MAX;
	assert_true(kdp_found_matches(&found, &ours));
	ours.key.tun.n_opt_bytes = 8;
	assert_false(kdp_found_matches(&found, &ours));
	ours.key.tun.n_opt_bytes = 0;
	ours.key.tun.dst.b[15] = 2;
	assert_false(kdp_found_matches(&found, &ours));
}

/* Options of any number of bytes are set with the tunnel, and others after it. */
static void
test_options_of_a_tunnel(void **state)
{
	static const uint8_t ip4[4] = {10, 0, 0, 1};
	uint8_t opts[FLOW_GENEVE_OPT_BYTES];
	struct flow_key shape;

	(void)state;
	memset(&shape, 0, sizeof shape);
	for (uint8_t i = 0; i < sizeof opts; i++)
		opts[i] = (uint8_t)(i + 1);
	for (uint8_t n = 4; n <= sizeof opts; n = (uint8_t)(n + 4)) {
		struct flow_actions acts, back;
		const char *refused = NULL;
		struct flow_tunnel got = {.n_opt_bytes = 0};
		unsigned int n_outputs = 0;

		flow_actions_init(&acts);
		flow_actions_init(&back);
		end_add(&acts, FLOW_FIELD_TUN_DST, ip4, sizeof ip4);
		assert_int_equal(flow_actions_add_tun_opts(&acts, opts, n), 0);
		flow_actions_add_output(&acts, 1);
		assert_int_equal(flow_actions_add_tun_opts(&acts, opts, 4), 0);
		flow_actions_add_output(&acts, 1);
		assert_int_equal(round_trip(&acts, &shape, &back, &refused), 0);
		for (uint16_t i = 0; i < back.n; i++) {
			if (back.a[i].type == FLOW_ACTION_TUN_OPTS)
				flow_tun_opts_apply(&back.a[i], &got);
			if (back.a[i].type != FLOW_ACTION_OUTPUT)
				continue;
			assert_int_equal(got.n_opt_bytes, n_outputs ? 4 : n);
			assert_memory_equal(got.opts, opts, got.n_opt_bytes);
			n_outputs++;
		}
		assert_int_equal(n_outputs, 2);
		flow_actions_free(&acts);
		flow_actions_free(&back);
	}
}

static void
test_refusals_name_the_action(void **state)
{
	struct flow_action a = {.type = FLOW_ACTION_COPY_TTL_OUT};

	(void)state;
	check_refused(&a, 0x8847, flow_action_names[FLOW_ACTION_COPY_TTL_OUT]);
	a = (struct flow_action){.type = FLOW_ACTION_SET, .set = {.field = FLOW_FIELD_ARP_SPA}};
	check_refused(&a, ETHERTYPE_ARP, "arp_spa");
	a.set.field = FLOW_FIELD_VLAN_VID;
	check_refused(&a, ETHERTYPE_IP, "dl_vlan");
	a.set.field = FLOW_FIELD_NW_SRC;
	check_refused(&a, ETHERTYPE_IPV6, "nw_src");
	a.set.field = FLOW_FIELD_TUN_ID;
	check_refused(&a, ETHERTYPE_IP, "tun_dst");
	a.type = FLOW_N_ACTIONS;
	check_refused(&a, 0, "unknown");
}

/* The kernel refuses these with EINVAL, or drops the packets. */
static void
test_labels_behind_tags(void **state)
{
	struct flow_key ip, mpls;
	struct flow_action set = {.type = FLOW_ACTION_SET, .set.field = FLOW_FIELD_MPLS_TTL};
	struct flow_action push = {.type = FLOW_ACTION_PUSH_MPLS, .mpls.eth_type = htons(0x8847)};
	struct flow_action pop = {.type = FLOW_ACTION_POP_MPLS, .mpls.eth_type = htons(0x8847)};
	struct flow_action tag = {.type = FLOW_ACTION_PUSH_VLAN, .vlan.tpid = htons(0x8100)};

	(void)state;
	memset(&ip, 0, sizeof ip);
	ip.eth_type = htons(ETHERTYPE_IP);
	mpls = ip;
	mpls.eth_type = htons(0x8847);
	check_list_refused((struct flow_action[]){tag, push}, 2, &ip, "push_mpls");
	check_list_refused((struct flow_action[]){pop, set}, 2, &mpls, "mpls_ttl");
	check_list_refused((struct flow_action[]){pop, pop}, 2, &mpls, "pop_mpls");
	check_list_refused((struct flow_action[]){tag, tag, set}, 3, &mpls, "mpls_ttl");
	mpls.vlan[0].tci = htons(FLOW_VLAN_CFI);
	check_list_refused(&pop, 1, &mpls, "pop_mpls");
	check_list_refused((struct flow_action[]){tag, set}, 2, &mpls, "mpls_ttl");
	ip.eth_type = htons(0x88b5);
	check_list_refused(&push, 1, &ip, "push_mpls");
}

static void
test_long_lists(void **state)
{
	struct flow_actions acts, back;
	const char *refused = NULL;
	struct flow_key shape;
	int n;

	(void)state;
	memset(&shape, 0, sizeof shape);
	flow_actions_init(&acts);
	flow_actions_init(&back);
	for (n = 0; n < KDP_ACTIONS_BYTES_MAX / 8 - 1; n++)
		assert_int_equal(flow_actions_add_output(&acts, 5), 0);
	assert_int_equal(round_trip(&acts, &shape, &back, &refused), 0);
	assert_int_equal(back.n, n);
	flow_actions_add_output(&acts, 5);
	assert_int_equal(round_trip(&acts, &shape, &back, &refused), -E2BIG);
	flow_actions_free(&acts);
	flow_actions_free(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_return),
		cmocka_unit_test(test_a_tunnel_after_one_of_the_other_family),
		cmocka_unit_test(test_a_flow_has_the_actions_of_its_megaflow),
		cmocka_unit_test(test_a_match_of_no_options),
		cmocka_unit_test(test_options_of_a_tunnel),
		cmocka_unit_test(test_refusals_name_the_action),
		cmocka_unit_test(test_labels_behind_tags),
		cmocka_unit_test(test_long_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
