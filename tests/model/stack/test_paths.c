/* SPDX-License-Identifier: Apache-2.0 */
/* Same treatment: hardware against software.
 *
 * Random tables and packets make megaflows; the rte_flow driver compiles each for nicsim and
 * inserts it. Then packets are sent: the one it was made from, others that agree with it in its
 * mask, others that do not, and damaged ones. Hardware may pass any packet to software. A packet
 * it handles must match the megaflow, and must be sent to the same ports with the same bytes as
 * by the megaflow's actions in software. Hardware's counter must equal the number of packets it
 * handled. */
#include "eswitch.h"

#include "../xlate/world.h"

#include <base/rcu.h>
#include <rteflow/rteflow.h>
#include <support/effort.h>
#include <xlate/translate.h>

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_TABLE_SETS EFFORT(5000)
#define N_FLOWS 45
#define N_PACKETS 6
#define N_LEFT_MAX 16
#define HEADROOM 64

struct personality {
	const char *name, *options;
	unsigned int min_percent; /* least part of the matching packets that hardware handles; 0: it
			      * accepts no rules */
};

/* Counters without delay: this test is not about their age. */
static const struct personality personalities[] = {
	{"plain", "personality=plain", 70},
	{"mlx5", "personality=mlx5,count_ms=0", 30},
	{"e810", "personality=e810", 0},
	/* Counters end with their rules. */
	{"own-counters", "personality=plain,unsupported=indirect", 70},
};

struct model {
	const struct personality *personality;
	struct eswitch e;
	struct world w;
	struct nic *nic;
	uint64_t seed, n_flows, n_refused, n_packets, n_covered, n_hardware;
	uint64_t refused[NIC_N_REASONS][FLOW_N_FIELDS + 1];
};

/* The frames that actions produce in software. */
struct treatment {
	unsigned int n;
	struct frame left[N_LEFT_MAX];
};

static unsigned int
port_index(uint32_t dp_port)
{
	for (unsigned int i = 0; i < ESWITCH_PORTS; i++)
		if (world_ports[i] == dp_port)
			return i;
	fail_msg("output to datapath port %u", dp_port);
	return 0;
}

static void
software_run(const struct flow_actions *actions, const struct frame *frame, struct flow_key key,
	     struct flow_offsets ofs, struct treatment *out)
{
	uint8_t room[HEADROOM + FRAME_BYTES_MAX];
	struct flow_buffer buf = {.data = room + HEADROOM, .n = frame->n, .n_head = HEADROOM};

	memcpy(buf.data, frame->data, frame->n);
	out->n = 0;
	for (unsigned int i = 0; i < actions->n; i++) {
		const struct flow_action *a = &actions->a[i];

		if (a->type == FLOW_ACTION_OUTPUT) {
			struct frame *left = &out->left[out->n++];

			assert_true(out->n <= N_LEFT_MAX);
			left->port = port_index(a->port);
			left->n = buf.n;
			memcpy(left->data, buf.data, buf.n);
		} else if (a->type != FLOW_ACTION_DROP) {
			assert_int_equal(flow_edit(a, &buf, &key, &ofs), 0);
		}
	}
}

static void
explain(struct model *m, const struct flow_match *match, const struct flow_actions *actions,
	const struct frame *frame, const char *what)
{
	fprintf(stderr, "seed %" PRIu64 ": %s\n  megaflow: ", m->seed, what);
	flow_match_print_dp(match, NULL, false, stderr);
	fputs("\n  actions: ", stderr);
	flow_actions_print_dp(actions, NULL, stderr);
	fprintf(stderr, "\n  frame at %u:", frame->port);
	for (size_t i = 0; i < frame->n; i++)
		fprintf(stderr, " %02x", frame->data[i]);
	fputc('\n', stderr);
	fail();
}

static int
frame_order(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return memcmp(x->data, y->data, x->n < y->n ? x->n : y->n);
}

static bool
frames_equal(struct frame *a, unsigned int n_a, struct frame *b, unsigned int n_b)
{
	if (n_a != n_b)
		return false;
	qsort(a, n_a, sizeof *a, frame_order);
	qsort(b, n_b, sizeof *b, frame_order);
	for (unsigned int i = 0; i < n_a; i++)
		if (a[i].port != b[i].port || a[i].n != b[i].n ||
		    memcmp(a[i].data, b[i].data, a[i].n))
			return false;
	return true;
}

/* Sends one frame through hardware and compares. Returns true if hardware handled it. */
static bool
frame_check(struct model *m, const struct flow_match *match, const struct flow_actions *actions,
	    const struct frame *frame)
{
	struct flow_key key = {.in_port = world_ports[frame->port]};
	struct flow_offsets ofs;
	struct frame left[N_LEFT_MAX], up;
	struct treatment software;
	unsigned int n_left;
	bool covered, taken;

	flow_parse(frame->data, frame->n, &key, &ofs);
	covered = flow_match_covers(match, &key);
	taken = eswitch_send(&m->e, frame->port, frame->data, frame->n, left, N_LEFT_MAX, &n_left,
			     &up);
	m->n_packets++;
	m->n_covered += covered;
	m->n_hardware += taken;
	if (!taken) {
		if (up.n != frame->n || memcmp(up.data, frame->data, up.n))
			explain(m, match, actions, frame, "changed on its way to software");
		return false;
	}
	if (!covered)
		explain(m, match, actions, frame, "hardware took what the megaflow does not cover");
	software_run(actions, frame, key, ofs, &software);
	if (!frames_equal(left, n_left, software.left, software.n))
		explain(m, match, actions, frame, "hardware and software differ");
	return true;
}

/* Makes frame 'i' near the flow's own packet. */
static void
frame_near(struct model *m, const struct flow_match *match, const struct flow_key *own,
	   unsigned int i, struct frame *out)
{
	out->n = world_frame(&m->w, match, own, i, N_PACKETS, out->data);
	out->port = port_index(own->in_port);
}

static int
event_await(struct model *m, enum nic_event_type type, struct nic_rule *rule,
	    struct nic_refusal *why)
{
	struct nic_event event;

	m->nic->class->flush(m->nic);
	assert_int_equal(m->nic->class->poll(m->nic, &event, 1), 1);
	assert_int_equal(event.type, type);
	assert_ptr_equal(event.rule, rule);
	if (event.error)
		*why = event.why;
	return event.error;
}

static void
refused(struct model *m, const struct nic_refusal *why)
{
	m->n_refused++;
	m->refused[why->reason][why->field]++;
}

/* A NIC that accepts no rules passes every packet to software unchanged. */
static void
flow_check_software(struct model *m, const struct flow_key *key, const struct flow_match *match,
		    const struct flow_actions *actions)
{
	m->n_flows++;
	m->n_refused++;
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct frame frame;

		frame_near(m, match, key, i, &frame);
		if (frame_check(m, match, actions, &frame))
			explain(m, match, actions, &frame, "hardware took it without a rule");
	}
}

static void
flow_check(struct model *m, const struct flow_key *key, const struct flow_match *match,
	   const struct flow_actions *actions)
{
	const struct nic_class *class = m->nic->class;
	struct nic_counter *counter;
	struct nic_rule *rule;
	struct nic_refusal why;
	struct nic_count count = {0};
	uint64_t n_taken = 0;

	m->n_flows++;
	assert_int_equal(class->counter_new(m->nic, &counter), 0);
	if (class->compile(m->nic, match, actions, rng_below(&m->w.r, 2), counter, &rule, &why)) {
		refused(m, &why);
		class->counter_free(m->nic, counter);
		return;
	}
	assert_int_equal(class->insert(m->nic, rule), 0);
	if (event_await(m, NIC_INSERTED, rule, &why)) {
		refused(m, &why);
		goto done;
	}
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct frame frame;

		frame_near(m, match, key, i, &frame);
		n_taken += frame_check(m, match, actions, &frame);
	}
	assert_int_equal(class->remove(m->nic, rule), 0);
	assert_int_equal(event_await(m, NIC_REMOVED, rule, &why), 0);
	assert_int_equal(class->counters_read(m->nic, &counter, 1, &count), 0);
	if (count.packets != n_taken)
		fail_msg("seed %" PRIu64 ": hardware took %" PRIu64 " and counted %" PRIu64,
			 m->seed, n_taken, count.packets);
done:
	class->rule_free(m->nic, rule);
	class->counter_free(m->nic, counter);
}

static bool
port_of_eswitch(uint32_t dp_port)
{
	for (unsigned int i = 0; i < ESWITCH_PORTS; i++)
		if (world_ports[i] == dp_port)
			return true;
	return false;
}

static void
packet_check(struct model *m)
{
	struct flow_match match;
	struct xlate_in in = {.key = &match.key, .now_ns = 1};
	struct xlate_out out;
	struct flow_key key;

	do
		random_packet(&m->w.r, &match.key);
	while (!port_of_eswitch(match.key.in_port));
	normalise(&match.key);
	key = match.key;
	assert_int_equal(xlate_translate(m->w.x, &in, &out), 0);
	match.mask = out.mask;
	flow_match_canonicalize(&match);
	if (m->nic)
		flow_check(m, &key, &match, &out.actions);
	else
		flow_check_software(m, &key, &match, &out.actions);
	xlate_out_free(&out);
	rcu_quiesce();
}

static void
test_paths_agree(void **state)
{
	struct model *m = *state;

	for (m->seed = 1; m->seed <= N_TABLE_SETS; m->seed++) {
		m->w.r = (struct rng){m->seed};
		world_tables(&m->w);
		for (unsigned int i = 0; i < N_FLOWS; i++)
			packet_check(m);
	}
	printf("%" PRIu64 " megaflows, %" PRIu64 " refused; %" PRIu64 " packets, %" PRIu64
	       " covered, %" PRIu64 " taken by hardware\n",
	       m->n_flows, m->n_refused, m->n_packets, m->n_covered, m->n_hardware);
	for (unsigned int i = 0; i < NIC_N_REASONS; i++)
		for (unsigned int f = 0; f <= FLOW_N_FIELDS; f++)
			if (m->refused[i][f])
				printf("  refused for %s %s: %" PRIu64 "\n", nic_reason_names[i],
				       f < FLOW_N_FIELDS ? flow_fields[f].name : "",
				       m->refused[i][f]);
	/* Without enough packets in hardware the comparison has no value. */
	assert_true(m->n_packets > 10 * N_TABLE_SETS);
	assert_true(m->n_hardware * 100 >= m->n_covered * m->personality->min_percent);
}

static const char *driver_path;
static const struct personality *personality;

static int
setup(void **state)
{
	static struct model m;
	struct nic_refusal why;
	unsigned int n_nics = 0;

	rcu_thread_start();
	m.personality = personality;
	eswitch_start(&m.e, driver_path, personality->options);
	for (unsigned int i = 0; i < ESWITCH_PORTS; i++) {
		int rc = rteflow_class.port_add(&m.nic, n_nics, world_ports[i], m.e.ethdev[i], NULL,
						&m.nic, &why);

		if (!personality->min_percent) {
			assert_int_equal(rc, -EOPNOTSUPP);
			assert_int_equal(why.reason, NIC_REASON_NO_TRANSFER);
			continue;
		}
		assert_int_equal(rc, 0);
		n_nics = 1;
	}
	world_make(&m.w, &(struct xlate_config){.seed = 42}, world_ports);
	*state = &m;
	return 0;
}

static int
teardown(void **state)
{
	struct model *m = *state;

	for (unsigned int i = 0; m->nic && i < ESWITCH_PORTS; i++)
		rteflow_class.port_del(m->nic, world_ports[i]);
	world_free(&m->w);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_paths_agree)};

	for (size_t i = 0; argc == 3 && i < sizeof personalities / sizeof personalities[0]; i++)
		if (!strcmp(personalities[i].name, argv[2]))
			personality = &personalities[i];
	if (!personality)
		return 2;
	driver_path = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
