/* SPDX-License-Identifier: Apache-2.0 */
/* Level 0, whose rules the kernel inserts: what libmlx5 makes of them, and where packets are sent that begin there. */
#include "support/effort.h"
#include "switch.h"
#include <bits.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define IP_VERSION EMU_FIELD(147, 4)
#define MISC 512
#define ROOT_RULES_MAX 12
#define PACKETS_OF_SWITCH 40

/* Of the first and the second tag. */
static const struct emu_field customer_tag[] = {{144, 1}, {MISC + 96, 1}};
static const struct emu_field service_tag[] = {{145, 1}, {MISC + 98, 1}};

static const uint8_t packet[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};

static void
expect(uint16_t from, enum emu_end end, uint16_t to)
{
	struct emu_verdict v;

	assert_int_equal(emu_walk(EMU_ROOT_TABLE, from, packet, sizeof(packet), &v), 0);
	assert_int_equal(v.end, end);
	if (end == EMU_END_VPORT)
		assert_int_equal(v.copies[0].vport, to);
}

static struct shape
source_shape(bool metadata)
{
	return (struct shape){.n = 1,
			      .fields = {metadata ? F_REG_C_0 : F_SOURCE_PORT},
			      .masks = {metadata ? 0xffff0000 : 0xffff}};
}

static uint64_t
source_value(struct rig *rig, uint32_t port, bool metadata)
{
	struct mlx5dv_port info;

	assert_int_equal(mlx5dv_query_port(rig->context, port, &info), 0);
	return metadata ? info.reg_c0.value : info.vport;
}

/* A rule of level 0 with a counter and one more action. */
static struct mlx5dv_dr_rule *
root_rule(struct mlx5dv_dr_matcher *matcher, const struct shape *shape, uint64_t value,
	  struct mlx5dv_dr_action *counter, struct mlx5dv_dr_action *action)
{
	struct values values = {.value = {value}};
	struct mlx5dv_dr_action *actions[] = {counter, action};
	union rig_match match;

	shape_write(shape, &values, &match);
	return mlx5dv_dr_rule_create(matcher, &match.params, 2, actions);
}

/* Port 2 of the RDMA device, vport 1, is led to a table that sends all to vport 3. */
static void
ports_are_led(bool metadata, unsigned format)
{
	struct rig rig;
	struct shape shape = source_shape(metadata), all = {0};
	union rig_match match;
	uint32_t number;
	uint64_t packets, bytes;

	rig_start(&rig,
		  &(struct emu_config){.format = format, .n_vports = 4, .metadata = metadata});
	struct mlx5dv_dr_table *root = mlx5dv_dr_table_create(rig.domain, 0);
	struct mlx5dv_dr_table *table = mlx5dv_dr_table_create(rig.domain, 1);
	struct mlx5dv_devx_obj *object = rig_counter(&rig, &number);
	struct mlx5dv_dr_action *counter = mlx5dv_dr_action_create_flow_counter(object, 0);
	struct mlx5dv_dr_action *to_table = mlx5dv_dr_action_create_dest_table(table);
	struct mlx5dv_dr_action *drop = mlx5dv_dr_action_create_drop();
	struct mlx5dv_dr_action *vport = mlx5dv_dr_action_create_dest_vport(rig.domain, 3);

	shape_write(&all, NULL, &match);
	struct mlx5dv_dr_matcher *every = mlx5dv_dr_matcher_create(table, 0, 0, &match.params);

	shape_write(&shape, NULL, &match);
	struct mlx5dv_dr_matcher *low =
		mlx5dv_dr_matcher_create(root, 1, shape_criteria(&shape), &match.params);
	struct mlx5dv_dr_matcher *high =
		mlx5dv_dr_matcher_create(root, 0, shape_criteria(&shape), &match.params);

	assert_true(every && low && high && counter && to_table && drop && vport);
	rig_match_init(&match);
	struct mlx5dv_dr_rule *to_vport = mlx5dv_dr_rule_create(every, &match.params, 1, &vport);

	assert_non_null(to_vport);
	expect(1, EMU_END_VPORT, 0);
	uint64_t source = source_value(&rig, 2, metadata);
	struct mlx5dv_dr_rule *lead = root_rule(low, &shape, source, counter, to_table);

	assert_non_null(lead);
	expect(1, EMU_END_VPORT, 3);
	expect(2, EMU_END_VPORT, 0);
	expect(EMU_WIRE, EMU_END_VPORT, 0);
	assert_int_equal(rig_counter_query(object, number, &packets, &bytes), 0);
	assert_int_equal(packets, 1);
	assert_int_equal(bytes, sizeof(packet));
	/* One of a smaller number is compared first, in whatever order they were inserted. */
	struct mlx5dv_dr_rule *stop = root_rule(high, &shape, source, counter, drop);

	assert_non_null(stop);
	expect(1, EMU_END_DROP, 0);
	assert_int_equal(mlx5dv_dr_rule_destroy(stop), 0);
	expect(1, EMU_END_VPORT, 3);
	assert_int_equal(mlx5dv_dr_matcher_destroy(low), EBUSY);
	assert_int_equal(mlx5dv_dr_rule_destroy(lead), 0);
	expect(1, EMU_END_VPORT, 0);
	/* From the wire a table has another entry. */
	lead = root_rule(low, &shape, source_value(&rig, 1, metadata), counter, to_table);
	assert_non_null(lead);
	expect(EMU_WIRE, EMU_END_VPORT, 3);
	assert_int_equal(mlx5dv_dr_rule_destroy(lead), 0);
	assert_int_equal(mlx5dv_dr_rule_destroy(to_vport), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(every), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(low), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(high), 0);
	mlx5dv_dr_action_destroy(vport);
	mlx5dv_dr_action_destroy(drop);
	mlx5dv_dr_action_destroy(to_table);
	mlx5dv_dr_action_destroy(counter);
	assert_int_equal(mlx5dv_dr_table_destroy(table), 0);
	assert_int_equal(mlx5dv_dr_table_destroy(root), 0);
	assert_int_equal(mlx5dv_devx_obj_destroy(object), 0);
	rig_stop(&rig);
}

static void
format_0(void **state)
{
	(void)state;
	ports_are_led(true, 0);
	ports_are_led(false, 0);
}

static void
format_1(void **state)
{
	(void)state;
	ports_are_led(true, 1);
	ports_are_led(false, 1);
}

static int
matcher_error(struct mlx5dv_dr_table *root, uint8_t criteria, struct emu_field field)
{
	union rig_match mask;

	rig_match_init(&mask);
	emu_set(mask.params.match_buf, field, 1);
	errno = 0;
	assert_null(mlx5dv_dr_matcher_create(root, 0, criteria, &mask.params));
	return errno;
}

static void
refusals(void **state)
{
	(void)state;
	struct rig rig;
	struct shape shape = source_shape(false);
	union rig_match match;

	rig_start(&rig, &(struct emu_config){.n_vports = 2});
	struct mlx5dv_dr_table *root = mlx5dv_dr_table_create(rig.domain, 0);
	struct mlx5dv_dr_action *drop = mlx5dv_dr_action_create_drop();
	struct mlx5dv_dr_action *miss = mlx5dv_dr_action_create_default_miss();
	struct mlx5dv_dr_action *vport = mlx5dv_dr_action_create_dest_vport(rig.domain, 1);

	/* The group of outer headers is not enabled; GRE keys are not emulated. */
	assert_int_equal(matcher_error(root, 2, EMU_FIELD(0, 48)), EINVAL);
	assert_int_equal(matcher_error(root, 2, EMU_FIELD(MISC + 160, 24)), EOPNOTSUPP);
	shape_write(&shape, NULL, &match);
	struct mlx5dv_dr_matcher *matcher =
		mlx5dv_dr_matcher_create(root, 0, shape_criteria(&shape), &match.params);
	struct mlx5dv_dr_matcher *last =
		mlx5dv_dr_matcher_create(root, 16, shape_criteria(&shape), &match.params);

	assert_true(matcher && last);
	/* The kernel takes tables and drop alone. */
	assert_null(mlx5dv_dr_rule_create(matcher, &match.params, 1, &vport));
	errno = 0;
	assert_null(mlx5dv_dr_rule_create(matcher, &match.params, 1, &miss));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(mlx5dv_dr_rule_create(last, &match.params, 1, &drop));
	assert_int_equal(errno, ENOMEM);
	/* A value outside of the mask. */
	emu_set(match.params.match_buf, EMU_FIELD(0, 48), 1);
	errno = 0;
	assert_null(mlx5dv_dr_rule_create(matcher, &match.params, 1, &drop));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(mlx5dv_dr_matcher_destroy(matcher), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(last), 0);
	mlx5dv_dr_action_destroy(vport);
	mlx5dv_dr_action_destroy(miss);
	mlx5dv_dr_action_destroy(drop);
	assert_int_equal(mlx5dv_dr_table_destroy(root), 0);
	rig_stop(&rig);
}

/* Random rules of level 0, of one shape, that lead to the first of a switch's tables. */
struct entrance {
	struct mlx5dv_dr_table *root;
	struct mlx5dv_dr_matcher *matcher;
	struct mlx5dv_dr_action *to_table;
	struct shape shape;
	struct values values[ROOT_RULES_MAX];
	struct mlx5dv_dr_rule *rules[ROOT_RULES_MAX];
	unsigned n;
};

/* libmlx5's tables take the version for its mask, and "no customer tag" for no tag; the firmware's do not. */
static void
mask_write(const struct shape *shape, union rig_match *match)
{
	shape_write(shape, NULL, match);
	if (emu_get(match->params.match_buf, IP_VERSION))
		emu_set(match->params.match_buf, IP_VERSION, 0xf);
	for (unsigned i = 0; i < 2; i++)
		if (emu_get(match->params.match_buf, customer_tag[i]))
			emu_set(match->params.match_buf, service_tag[i], 1);
}

/* To the firmware ports are those of one protocol; libmlx5's tables do not tell them apart. */
static bool
has_ports_of(const struct shape *shape, const struct frame *frame)
{
	unsigned at;
	bool tcp = shape_has(shape, F_TCP_SPORT, &at) || shape_has(shape, F_TCP_DPORT, &at);
	bool udp = shape_has(shape, F_UDP_SPORT, &at) || shape_has(shape, F_UDP_DPORT, &at);

	return (!tcp || frame->protocol == IPPROTO_TCP) && (!udp || frame->protocol == IPPROTO_UDP);
}

static void
entrance_make(struct entrance *e, const struct switch_ *sw, struct rng *rng)
{
	union rig_match match;
	struct frame sample;

	memset(e, 0, sizeof(*e));
	e->root = mlx5dv_dr_table_create(sw->rig->domain, 0);
	e->to_table = mlx5dv_dr_action_create_dest_table(sw->tables[0].table);
	shape_random(&e->shape, rng, sw->config->metadata);
	mask_write(&e->shape, &match);
	e->matcher = mlx5dv_dr_matcher_create(e->root, 0, shape_criteria(&e->shape), &match.params);
	assert_non_null(e->matcher);
	for (unsigned i = 0; i < ROOT_RULES_MAX; i++) {
		switch_frame(sw, &sample, rng);
		if (!has_ports_of(&e->shape, &sample) ||
		    !shape_values(&e->shape, &sample, &e->values[e->n]))
			continue;
		shape_write(&e->shape, &e->values[e->n], &match);
		e->rules[e->n] = mlx5dv_dr_rule_create(e->matcher, &match.params, 1, &e->to_table);
		assert_non_null(e->rules[e->n++]);
	}
}

static void
entrance_remove(struct entrance *e)
{
	while (e->n > 0)
		assert_int_equal(mlx5dv_dr_rule_destroy(e->rules[--e->n]), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(e->matcher), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(e->to_table), 0);
	assert_int_equal(mlx5dv_dr_table_destroy(e->root), 0);
}

static bool
is_led(const struct entrance *e, const struct frame *frame)
{
	for (unsigned i = 0; i < e->n; i++)
		if (shape_matches(&e->shape, &e->values[i], frame))
			return true;
	return false;
}

/* Returns whether the packet was led to the table. */
static bool
one_packet(struct switch_ *sw, const struct entrance *e, struct rng *rng)
{
	uint8_t bytes[FRAME_MAX];
	struct emu_verdict got, want;
	struct frame frame;

	switch_frame(sw, &frame, rng);
	bool led = is_led(e, &frame);
	uint16_t vport = frame.vport;
	size_t length = frame_write(&frame, bytes);

	if (led)
		switch_expect(sw, &frame, &want);
	else
		switch_expect_miss(&frame, &want);
	assert_int_equal(emu_walk(EMU_ROOT_TABLE, vport, bytes, length, &got), 0);
	assert_true(switch_agrees(&got, &want));
	return led;
}

static void
random_entrances(void **state)
{
	(void)state;
	const struct emu_config configs[] = {
		{.format = 0, .n_vports = SWITCH_VPORTS},
		{.format = 1, .n_vports = SWITCH_VPORTS, .metadata = true}};
	struct switch_ *sw = calloc(1, sizeof(*sw));
	struct rng rng = {3};
	unsigned led = 0, n_packets = EFFORT(4000);

	assert_non_null(sw);
	for (unsigned c = 0; c < 2; c++) {
		struct entrance e;
		struct rig rig;

		rig_start(&rig, &configs[c]);
		for (unsigned n = 0; n < n_packets; n += PACKETS_OF_SWITCH) {
			switch_make(sw, &rig, &configs[c], &rng, 20);
			entrance_make(&e, sw, &rng);
			for (unsigned i = 0; i < PACKETS_OF_SWITCH; i++)
				led += one_packet(sw, &e, &rng);
			entrance_remove(&e);
			switch_remove(sw);
		}
		rig_stop(&rig);
	}
	print_message("%u packets, %u led to tables\n", 2 * n_packets, led);
	assert_in_range(led, n_packets / 4, 2 * n_packets - n_packets / 4);
	free(sw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_0),
		cmocka_unit_test(format_1),
		cmocka_unit_test(refusals),
		cmocka_unit_test(random_entrances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
