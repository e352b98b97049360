/* SPDX-License-Identifier: Apache-2.0 */
/* Sends frames through random tables in a datapath, with a handler that translates its misses, and prints what
 * leaves: a line for each frame. The lines are the same whichever the datapath is; tests/system/test_kernel.py
 * compares them.
 *
 *   test_kernel_paths SIDE SEED SETS [-v]     SIDE: kernel or software; -v: also each translation
 *
 * Table sets, packets and frames depend on the seed alone. No packet may be lost, and each is counted
 * once: the packets of all megaflows are those that the datapath has found megaflows for. */
#include "side.h"

#include "../../../drivers/kernel/express.h"
#include "../../model/xlate/world.h"

#include <base/rcu.h>
#include <flow/parse.h>
#include <flow/text.h>
#include <xlate/translate.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_PACKETS 8 /* of a table set */
#define N_FRAMES 5  /* near each packet */
#define N_FLOWS_MAX 1024
#define N_UPCALLS_MAX 64

_Static_assert(WORLD_PORTS == SIDE_PORTS, "each port of the world is one of the datapath");

/* What translation may use: what both datapaths have. */
#define ACTIONS                                                                                    \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL | 1u << FLOW_ACTION_SET |             \
	 1u << FLOW_ACTION_PUSH_VLAN | 1u << FLOW_ACTION_POP_VLAN | 1u << FLOW_ACTION_DROP |       \
	 1u << FLOW_ACTION_PUSH_MPLS | 1u << FLOW_ACTION_POP_MPLS | 1u << FLOW_ACTION_TRUNC |      \
	 1u << FLOW_ACTION_RECIRC | 1u << FLOW_ACTION_SET_QUEUE)

struct installed {
	struct flow_ufid ufid;
	bool is_put;
	/* Kept until the megaflow is removed: the state of packets that return is part of it. */
	struct xlate_out out;
};

struct run {
	struct world w;
	struct side side;
	uint32_t ports[SIDE_PORTS];
	struct installed flows[N_FLOWS_MAX];
	unsigned int n_flows;
	uint64_t n_frames, n_refused;
	bool verbose;
};

static uint32_t
port_of_model(const struct run *r, uint32_t model)
{
	for (unsigned int i = 0; i < WORLD_PORTS; i++) {
		if (world_ports[i] == model)
			return r->ports[i];
	}
	return 0;
}

static unsigned int
index_of_port(const struct run *r, uint32_t number)
{
	unsigned int i = 0;

	while (i < SIDE_PORTS && r->ports[i] != number)
		i++;
	assert_in_range(i, 0, SIDE_PORTS - 1);
	return i;
}

static void
bytes_print(const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", data[i]);
}

static void
translation_print(const struct flow_match *m, const struct flow_actions *a)
{
	printf("# ");
	flow_match_print_dp(m, NULL, false, stdout);
	printf(" -> ");
	flow_actions_print_dp(a, NULL, stdout);
	printf("\n");
}

static void
translate(struct run *r, const struct flow_key *key, struct flow_match *match,
	  struct xlate_out *out)
{
	struct xlate_in in = {.key = key, .now_ns = 1};

	assert_int_equal(xlate_translate(r->w.x, &in, out), 0);
	match->key = *key;
	match->mask = out->mask;
	flow_match_canonicalize(match);
}

/* The megaflow of another packet may cover this one, which missed before that was added. */
static void
miss(struct run *r, struct dp_upcall *u)
{
	struct installed *f = &r->flows[r->n_flows++];
	struct flow_key key = u->key;
	struct flow_match match;
	struct dp_op ops[2] = {
		{.type = DP_OP_EXECUTE, .packet = u},
		{.type = DP_OP_PUT, .match = &match, .key = &key},
	};

	assert_in_range(r->n_flows, 1, N_FLOWS_MAX);
	translate(r, &key, &match, &f->out);
	if (r->verbose)
		translation_print(&match, &f->out.actions);
	ops[0].actions = ops[1].actions = &f->out.actions;
	ops[1].ufid = f->ufid = flow_ufid_make(&match);
	r->side.dp->class->operate(r->side.dp, ops, 2);
	if (ops[0].error) {
		fflush(stdout);
		translation_print(&match, &f->out.actions);
		fail_msg("execute: %s", strerror(-ops[0].error));
	}
	f->is_put = !ops[1].error;
	r->n_refused += ops[1].error == -EOPNOTSUPP;
	if (ops[1].error && ops[1].error != -EOPNOTSUPP && ops[1].error != -EEXIST)
		fail_msg("put: %s", strerror(-ops[1].error));
}

/* Prints a copy for a controller. */
static void
copy_print(struct run *r, struct dp_upcall *u)
{
	uint8_t data[SIDE_FRAME_BYTES];

	assert_in_range(u->n_bytes, 1, sizeof data);
	dp_upcall_read(u, data);
	printf(" up:");
	bytes_print(data, u->n_bytes < u->max_len ? u->n_bytes : u->max_len);
	r->side.dp->class->release(r->side.dp, u, FLOW_NOT_DROPPED);
}

/* Handles upcalls until there are no more. Packets return from the datapath, and may miss again. */
static void
upcalls_handle(struct run *r)
{
	struct dp_upcall *up[N_UPCALLS_MAX];
	unsigned int n;

	while ((n = r->side.dp->class->recv(r->side.dp, 0, up, N_UPCALLS_MAX))) {
		for (unsigned int i = 0; i < n; i++) {
			if (up[i]->kind == DP_UPCALL_MISS)
				miss(r, up[i]);
			else
				copy_print(r, up[i]);
		}
		r->side.dp->class->barrier(r->side.dp);
	}
}

static void
frame_run(struct run *r, unsigned int port, const uint8_t *data, size_t n)
{
	struct side_sent *sent = calloc(1, sizeof *sent);

	assert_non_null(sent);
	if (r->verbose) {
		printf("# frame at %u ", port);
		bytes_print(data, n);
		printf("\n");
	}
	r->n_frames++;
	r->side.send(port, data, n);
	upcalls_handle(r);
	r->side.take(sent);
	for (unsigned int i = 0; i < sent->n; i++) {
		printf(" %u:", sent->frames[i].port);
		bytes_print(sent->frames[i].data, sent->frames[i].n);
	}
	printf("\n");
	free(sent);
	rcu_quiesce();
}

/* Fills a frame up to the least length that Ethernet has: both datapaths have rules of their own for shorter
 * ones. Returns its length. */
static size_t
pad(uint8_t *data, size_t n)
{
	if (n >= ETH_ZLEN)
		return n;
	memset(data + n, 0, ETH_ZLEN - n);
	return ETH_ZLEN;
}

/* The kernel reads malformed headers in its own way. */
static bool
is_well_formed(const uint8_t *data, size_t n)
{
	struct flow_key key;

	memset(&key, 0, sizeof key);
	return flow_parse(data, n, &key, NULL) == FLOW_PARSE_OK;
}

static void
packet_run(struct run *r, uint64_t seed, unsigned int packet)
{
	uint8_t data[WORLD_FRAME_BYTES];
	struct flow_match match;
	struct xlate_out out;
	struct flow_key key;

	do {
		random_packet(&r->w.r, &key);
		key.in_port = port_of_model(r, key.in_port);
	} while (!key.in_port);
	translate(r, &key, &match, &out);
	for (unsigned int i = 0; i < N_FRAMES; i++) {
		size_t n = world_frame(&r->w, &match, &key, i, N_FRAMES, data);

		n = pad(data, n);
		printf("%" PRIu64 ".%u.%u%s", seed, packet, i,
		       is_well_formed(data, n) ? "" : " malformed");
		frame_run(r, index_of_port(r, key.in_port), data, n);
	}
	xlate_out_free(&out);
}

/* Returns the packets that the megaflows of the set have matched. */
static uint64_t
flows_remove(struct run *r)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < r->n_flows; i++) {
		struct dp_op del = {.type = DP_OP_DEL, .ufid = r->flows[i].ufid};

		if (r->flows[i].is_put) {
			r->side.dp->class->operate(r->side.dp, &del, 1);
			assert_int_equal(del.error, 0);
			n += del.stats.packets;
		}
	}
	for (unsigned int i = 0; i < r->n_flows; i++)
		xlate_out_free(&r->flows[i].out);
	r->n_flows = 0;
	return n;
}

static void
set_run(struct run *r, uint64_t seed)
{
	uint64_t before = r->side.hits();

	r->w.r = (struct rng){seed};
	world_tables(&r->w);
	for (unsigned int i = 0; i < N_PACKETS; i++)
		packet_run(r, seed, i);
	assert_int_equal(flows_remove(r), r->side.hits() - before);
}

static uint64_t first_seed, n_sets;
static struct run run;

static void
test_paths(void **state)
{
	const struct xlate_config config = {
		.seed = 42, .dp_actions = ACTIONS, .dp_mask_complete = kdp_mask_complete};

	(void)state;
	assert_int_equal(run.side.dp->caps.actions & ACTIONS, ACTIONS);
	assert_int_equal(run.side.dp->class->handlers_set(run.side.dp, 1), 0);
	world_make(&run.w, &config, run.ports);
	for (uint64_t i = 0; i < n_sets; i++)
		set_run(&run, first_seed + i);
	world_free(&run.w);
	run.side.stop();
	printf("# %" PRIu64 " frames, %" PRIu64 " megaflows refused\n", run.n_frames,
	       run.n_refused);
	rcu_drain();
	rcu_thread_stop();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_paths)};
	bool is_kernel = argc > 1 && !strcmp(argv[1], "kernel");

	if (argc < 4 || (!is_kernel && strcmp(argv[1], "software"))) {
		fprintf(stderr, "usage: %s kernel|software SEED SETS [-v]\n", argv[0]);
		return 2;
	}
	first_seed = strtoull(argv[2], NULL, 10);
	n_sets = strtoull(argv[3], NULL, 10);
	run.verbose = argc > 4 && !strcmp(argv[4], "-v");
	run.side = is_kernel ? side_kernel(run.ports) : side_software(run.ports);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
