/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <support/compose.h>
#include <xlate/rule.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N_RULES 14

const uint32_t world_ports[WORLD_PORTS] = {11, 12, 20, 21, 30, 40, 41, 42};

void
world_make(struct world *w, const struct xlate_config *config, const uint32_t dp_ports[WORLD_PORTS])
{
	static const struct xlate_port ports[WORLD_PORTS] = {
		{.name = "p1", .ofp_port = 1, .vlan_mode = XLATE_VLAN_TRUNK},
		{.name = "p2", .ofp_port = 2, .vlan_mode = XLATE_VLAN_TRUNK},
		{.name = "a10", .ofp_port = 20, .vlan_mode = XLATE_VLAN_ACCESS, .tag = 10},
		{.name = "b10", .ofp_port = 21, .vlan_mode = XLATE_VLAN_ACCESS, .tag = 10},
		{.name = "a20", .ofp_port = 30, .vlan_mode = XLATE_VLAN_ACCESS, .tag = 20},
		{.name = "t10",
		 .ofp_port = 40,
		 .vlan_mode = XLATE_VLAN_TRUNK,
		 .trunks = {1 | 1 << 10}},
		{.name = "n20", .ofp_port = 41, .vlan_mode = XLATE_VLAN_NATIVE_TAGGED, .tag = 20},
		{.name = "u10",
		 .ofp_port = 42,
		 .vlan_mode = XLATE_VLAN_NATIVE_UNTAGGED,
		 .tag = 10,
		 .trunks = {1 << 20}},
	};
	char err[FLOW_ERR_BYTES];

	assert_int_equal(xlate_create(config, &w->x), 0);
	assert_int_equal(xlate_bridge_add(w->x, "br0", err, sizeof err), 0);
	w->br = xlate_bridge_find(w->x, "br0");
	for (unsigned int i = 0; i < WORLD_PORTS; i++) {
		struct xlate_port port = ports[i];

		port.dp_port = dp_ports[i];
		assert_int_equal(xlate_port_add(w->x, w->br, &port, NULL, err, sizeof err), 0);
	}
}

void
world_free(struct world *w)
{
	xlate_destroy(w->x);
}

/* Returns false if the text is refused, since random rules may name a group that does not exist. */
static bool
mod(struct world *w, enum xlate_command command, const char *text)
{
	char err[FLOW_ERR_BYTES];
	struct xlate_flow_mod fm;
	bool taken;

	if (xlate_flow_mod_parse(w->br, text, command, &fm, err, sizeof err))
		return false;
	taken = !xlate_flow_mods_apply(w->x, w->br, &fm, 1, NULL, err, sizeof err);
	xlate_flow_mod_free(&fm);
	return taken;
}

void
world_tables(struct world *w)
{
	char text[512];

	mod(w, XLATE_DELETE, "");
	for (unsigned int n = 0; n < N_RULES;) {
		random_rule(&w->r, rng_below(&w->r, MODEL_TABLES), n + 1, text, sizeof text);
		n += mod(w, XLATE_ADD, text);
	}
	assert_true(mod(w, XLATE_ADD, "table=0,priority=0,actions=output:1,goto_table:1"));
	assert_true(mod(w, XLATE_ADD, "table=3,priority=0,actions=output:2"));
}

/* Sets the drop-eligible bit of a tag in some frames; keys do not hold it. */
static void
mark_eligible(struct world *w, uint8_t *data, size_t n)
{
	bool tagged = (data[12] == 0x81 && !data[13]) || (data[12] == 0x88 && data[13] == 0xa8);

	if (n > 14 && tagged && !rng_below(&w->r, 4))
		data[14] |= 0x10;
}

static size_t
damage(struct world *w, uint8_t *data, size_t n)
{
	for (unsigned int i = 1 + rng_below(&w->r, 3); i; i--)
		data[rng_below(&w->r, (unsigned int)n)] = (uint8_t)rng_u32(&w->r);
	return rng_below(&w->r, 3) ? n : 14 + rng_below(&w->r, (unsigned int)n - 13);
}

size_t
world_frame(struct world *w, const struct flow_match *match, const struct flow_key *own,
	    unsigned int i, unsigned int n, uint8_t data[WORLD_FRAME_BYTES])
{
	struct flow_key key = *own, other;
	uint64_t *k = flow_key_words_mut(&key);
	const uint64_t *o = flow_key_words(&other), *mask = flow_key_words(&match->mask);
	int length;

	random_packet(&w->r, &other);
	if (i == n - 2 && rng_below(&w->r, 2)) {
		key = other;
	} else if (i && i < n - 1) {
		for (size_t word = 0; word < FLOW_KEY_WORDS; word++)
			k[word] = (k[word] & mask[word]) | (o[word] & ~mask[word]);
	}
	length = packet_compose(&key, rng_below(&w->r, 40), data, WORLD_FRAME_BYTES);
	assert_true(length > 0);
	mark_eligible(w, data, (size_t)length);
	return i == n - 1 ? damage(w, data, (size_t)length) : (size_t)length;
}
