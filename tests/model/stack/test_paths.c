/* SPDX-License-Identifier: Apache-2.0 */
/* Same treatment: hardware against software.
 *
 * Random tables and packets make megaflows; the device's driver compiles each and inserts it. Then packets are sent: the one it was made from, others that agree with it in its
 * mask, others that do not, and damaged ones. Hardware may pass any packet to software. A packet
 * it handles must match the megaflow, and must be sent to the same ports with the same bytes as
 * by the megaflow's actions in software. Hardware's counter must equal the number of packets it
 * handled. */
#include "device.h"

#include "../xlate/world.h"

#include <base/rcu.h>
#include <xlate/translate.h>

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define N_FLOWS 45
#define N_PACKETS 6
#define N_LEFT_MAX 16
#define HEADROOM 64
#define N_COUNTED_MAX 400 /* counters that are read together once they are final */

/* A counter whose rule is gone, and what it should have counted. */
struct counted {
	struct nic_counter *counter;
	uint64_t n_taken;
};

struct model {
	const struct device *device;
	struct eswitch e;
	struct world w;
	struct nic *nic;
	uint64_t seed, n_flows, n_refused, n_packets, n_covered, n_hardware, n_copied;
	uint64_t refused[NIC_N_REASONS][FLOW_N_FIELDS + 1];
	struct counted counted[N_COUNTED_MAX];
	unsigned int n_counted;
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
	m->n_copied += taken && n_left > 1;
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
counted_check(struct model *m)
{
	usleep(m->device->stale_ms * 1000);
	while (m->n_counted) {
		struct counted *c = &m->counted[--m->n_counted];
		struct nic_count count = {0};

		assert_int_equal(m->nic->class->counters_read(m->nic, &c->counter, 1, &count), 0);
		if (count.packets != c->n_taken)
			fail_msg("seed %" PRIu64 ": hardware took %" PRIu64 " and counted %" PRIu64,
				 m->seed, c->n_taken, count.packets);
		m->nic->class->counter_free(m->nic, c->counter);
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
		class->rule_free(m->nic, rule);
		class->counter_free(m->nic, counter);
		return;
	}
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		struct frame frame;

		frame_near(m, match, key, i, &frame);
		n_taken += frame_check(m, match, actions, &frame);
	}
	assert_int_equal(class->remove(m->nic, rule), 0);
	assert_int_equal(event_await(m, NIC_REMOVED, rule, &why), 0);
	class->rule_free(m->nic, rule);
	m->counted[m->n_counted++] = (struct counted){counter, n_taken};
	if (!m->device->stale_ms || m->n_counted == N_COUNTED_MAX)
		counted_check(m);
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

	for (m->seed = 1; m->seed <= m->device->n_table_sets; m->seed++) {
		m->w.r = (struct rng){m->seed};
		world_tables(&m->w);
		for (unsigned int i = 0; i < N_FLOWS; i++)
			packet_check(m);
	}
	if (m->n_counted)
		counted_check(m);
	printf("%" PRIu64 " megaflows, %" PRIu64 " refused; %" PRIu64 " packets, %" PRIu64
	       " covered, %" PRIu64 " taken by hardware, %" PRIu64 " of them to several ports\n",
	       m->n_flows, m->n_refused, m->n_packets, m->n_covered, m->n_hardware, m->n_copied);
	for (unsigned int i = 0; i < NIC_N_REASONS; i++)
		for (unsigned int f = 0; f <= FLOW_N_FIELDS; f++)
			if (m->refused[i][f])
				printf("  refused for %s %s: %" PRIu64 "\n", nic_reason_names[i],
				       f < FLOW_N_FIELDS ? flow_fields[f].name : "",
				       m->refused[i][f]);
	/* Without enough packets in hardware the comparison has no value. */
	assert_true(m->n_packets > 10 * m->device->n_table_sets);
	assert_true(m->n_hardware * 100 >= m->n_covered * m->device->min_percent);
	assert_true(m->n_copied * 100 >= m->n_hardware * m->device->min_copied_percent);
}

static const char *driver_path;
static const struct device *device;

static int
setup(void **state)
{
	static struct model m;
	struct nic_refusal why;
	unsigned int n_nics = 0;

	rcu_thread_start();
	m.device = device;
	device_start(device, &m.e, driver_path);
	for (unsigned int i = 0; i < ESWITCH_PORTS; i++) {
		int rc = device->class->port_add(&m.nic, n_nics, world_ports[i],
						 device_port(&m.e, i), NULL, &m.nic, &why);

		if (!device->min_percent) {
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
		device->class->port_del(m->nic, world_ports[i]);
	device_stop();
	world_free(&m->w);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_paths_agree)};

	device = argc == 3 ? device_find(argv[2]) : NULL;
	if (!device)
		return 2;
	driver_path = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
