/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules, inserted by libmlx5, and random packets: what the emulated ConnectX makes of the steering memory
 * against a scan of the rules by priority.
 *
 *   test_mlx5emu_rules [PACKETS [SEED]]     of each format; 5000 and 1 by default */
#include "support/effort.h"
#include "switch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define PACKETS_OF_SWITCH 40

static unsigned n_packets = EFFORT(5000);
static uint64_t seed = 1;

static void
show(const char *name, const uint8_t *bytes, size_t length)
{
	print_message("%s %zu:", name, length);
	for (size_t i = 0; i < length; i++)
		print_message(" %02x", bytes[i]);
	print_message("\n");
}

static void
show_verdict(const char *name, const struct emu_verdict *v)
{
	print_message("%s: end %u, %u counted%s%s\n", name, v->end, v->n_counted,
		      v->why ? ", " : "", v->why ? v->why : "");
	for (unsigned i = 0; i < v->n_copies; i++) {
		print_message("to vport %u, ", v->copies[i].vport);
		show("packet", v->copies[i].bytes, v->copies[i].length);
	}
}

/* Returns whether the packet hit a rule. */
static bool
one_packet(struct switch_ *sw, struct rng *rng)
{
	uint8_t bytes[FRAME_MAX];
	struct emu_verdict got, want;
	struct frame frame;

	switch_frame(sw, &frame, rng);
	uint16_t vport = frame.vport;
	size_t length = frame_write(&frame, bytes);

	assert_int_equal(emu_walk(sw->tables[0].number, vport, bytes, length, &got), 0);
	switch_expect(sw, &frame, &want);
	if (!switch_agrees(&got, &want)) {
		show("packet", bytes, length);
		show_verdict("got", &got);
		show_verdict("want", &want);
		fail_msg("from vport %u", vport);
	}
	return want.n_counted || want.n_copies != 1 || want.copies[0].vport;
}

static void
of_config(const struct emu_config *config)
{
	struct rng rng = {seed};
	struct rig rig;
	struct switch_ *sw = calloc(1, sizeof(*sw));
	unsigned hits = 0, rules = 0;

	assert_non_null(sw);
	rig_start(&rig, config);
	for (unsigned n = 0; n < n_packets; n += PACKETS_OF_SWITCH) {
		switch_make(sw, &rig, config, &rng, 1 + rng_below(&rng, SWITCH_RULES_MAX));
		rules += sw->n_rules;
		for (unsigned i = 0; i < PACKETS_OF_SWITCH; i++) {
			/* Half way, half of the rules are removed. */
			for (unsigned r = 0; r < sw->n_rules && i == PACKETS_OF_SWITCH / 2; r += 2)
				switch_remove_rule(sw, r);
			hits += one_packet(sw, &rng);
		}
		switch_remove(sw);
	}
	print_message("format %u%s: %u packets, %u hit, %u rules\n", config->format,
		      config->metadata ? " with metadata" : "", n_packets, hits, rules);
	assert_true(hits > n_packets / 4);
	rig_stop(&rig);
	free(sw);
}

static void
format_0(void **state)
{
	(void)state;
	of_config(&(struct emu_config){.format = 0, .n_vports = SWITCH_VPORTS, .metadata = true});
}

static void
format_1(void **state)
{
	(void)state;
	of_config(&(struct emu_config){.format = 1, .n_vports = SWITCH_VPORTS});
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(format_0), cmocka_unit_test(format_1)};

	if (argc > 1)
		n_packets = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
