/* SPDX-License-Identifier: Apache-2.0 */
/* Recirculation: a packet is parsed again, distinguished by its recirc_id, counted, and bounded. */
#include "rig.h"

#include <arpa/inet.h>

static struct flow_match
match_of(struct rig *r, uint8_t dst, uint32_t recirc_id)
{
	struct flow_match m = rig_match(r, 0, dst);

	m.key.recirc_id = recirc_id;
	m.mask.recirc_id = UINT32_MAX;
	return m;
}

/* Adds a megaflow that sets the destination to 10.0.0.'dst' unless that is 0, recirculates as
 * 'recirc_id', and outputs to port 'to' unless that is 0. */
static void
put(struct rig *r, const struct flow_match *m, uint8_t dst, uint32_t recirc_id, unsigned int to)
{
	const struct flow_action again = {.type = FLOW_ACTION_RECIRC, .recirc_id = recirc_id};
	struct flow_value value = flow_value_from_u64(0x0a000000u + dst), ones;
	struct flow_actions acts;

	flow_actions_init(&acts);
	flow_field_ones(&flow_fields[FLOW_FIELD_NW_DST], &ones);
	if (dst)
		assert_int_equal(flow_actions_add_set(&acts, FLOW_FIELD_NW_DST, &value, &ones), 0);
	if (recirc_id)
		assert_int_equal(flow_actions_add(&acts, &again), 0);
	if (to)
		flow_actions_add_output(&acts, r->ports[to].number);
	assert_int_equal(rig_put(r, m, &acts), 0);
	flow_actions_free(&acts);
}

static bool
received_one(struct rig *r, void *aux)
{
	return r->dp->class->recv(r->dp, 0, aux, 1) == 1;
}

/* The copy has the new address and recirc_id; the packet continues as received. */
static void
test_treated_again(void **state)
{
	struct flow_match first, second;
	struct swp_port_stats s;
	struct dp_upcall *u;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 3, 64);
	first = match_of(&r, 2, 0);
	second = match_of(&r, 3, 7);
	put(&r, &first, 3, 7, 1);
	put(&r, &second, 0, 0, 2);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 1);
	assert_int_equal(rig_sent_drain(&r, 1), 1);
	assert_int_equal(rig_sent_drain(&r, 2), 1);
	s = rig_stats(&r, 0);
	assert_int_equal(s.rx_packets, 1);
	assert_int_equal(s.recirculated, 1);
	assert_int_equal(s.hits, 2);
	/* Without a megaflow for the recirc_id, a handler gets an upcall. */
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	assert_int_equal(rig_del(&r, &second, &(struct flow_stats){0}), 0);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait(&r, received_one, &u);
	assert_int_equal(u->kind, DP_UPCALL_MISS);
	assert_int_equal(u->key.recirc_id, 7);
	assert_int_equal(u->key.nw_dst, htonl(0x0a000003));
	assert_int_equal(u->key.in_port, r.ports[0].number);
	r.dp->class->release(r.dp, u, FLOW_NOT_DROPPED);
	rig_wait_received(&r, 0, 2);
	assert_int_equal(rig_stats(&r, 0).misses, 1);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

/* The last action that uses the packet passes it on without a copy; endless recirculation is
 * dropped. */
static void
test_is_bounded(void **state)
{
	struct flow_match first, again;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 64);
	first = match_of(&r, 2, 0);
	again = match_of(&r, 2, 7);
	put(&r, &first, 0, 7, 0);
	put(&r, &again, 0, 7, 0);
	for (unsigned int i = 0; i < 50; i++)
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 50);
	assert_int_equal(rig_stats(&r, 0).recirculated, 16 * 50);
	assert_int_equal(rig_stats(&r, 0).action_drops[FLOW_DROP_TOO_DEEP], 50);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

/* Two recirculations per pass would make 2 to the 17th copies. */
static void
test_ways_are_bounded(void **state)
{
	const struct flow_action action = {.type = FLOW_ACTION_RECIRC, .recirc_id = 7};
	struct flow_match first, again;
	struct flow_actions acts;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 2, 64);
	first = match_of(&r, 2, 0);
	again = match_of(&r, 2, 7);
	flow_actions_init(&acts);
	assert_int_equal(flow_actions_add(&acts, &action), 0);
	assert_int_equal(flow_actions_add(&acts, &action), 0);
	assert_int_equal(rig_put(&r, &first, &acts), 0);
	assert_int_equal(rig_put(&r, &again, &acts), 0);
	flow_actions_free(&acts);
	for (unsigned int i = 0; i < 3; i++)
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 3);
	assert_int_equal(rig_stats(&r, 0).recirculated, 4096 * 3);
	assert_int_not_equal(rig_stats(&r, 0).action_drops[FLOW_DROP_RESUBMITS], 0);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_treated_again),
		cmocka_unit_test(test_is_bounded),
		cmocka_unit_test(test_ways_are_bounded),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
