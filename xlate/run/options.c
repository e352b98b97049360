/* SPDX-License-Identifier: Apache-2.0 */
#include "run/options.h"

#include "bridge/tlv_match.h"
#include "run/consult.h"
#include "run/megaflow_mask.h"

#define OPTS_WORD (offsetof(struct flow_key, tun.opts) / sizeof(uint64_t))
#define OPTS_WORDS (FLOW_GENEVE_OPT_BYTES / sizeof(uint64_t))

_Static_assert(offsetof(struct flow_key, tun.opts) % sizeof(uint64_t) == 0, "options on a word");

static void
forget(struct flow_tunnel *t)
{
	memset(t->opts, 0, sizeof t->opts);
	t->n_opt_bytes = 0;
}

void
run_options_arrive(struct run *run)
{
	struct flow_tunnel *t = &run->key.flow.tun;

	run->options = NULL;
	if (megaflow_no_tunnel(run->in->key))
		return;
	if (!run->ports->tlvs.n) {
		forget(t);
		return;
	}
	run->options = &run->ports->tlvs;
	if (!tlv_map_place(run->options, &run->in->key->tun, t))
		return;
	run_note(run, "options of the tunnel are malformed, or the TLV map has others");
	run_fail(run, FLOW_DROP_OPTIONS);
}

void
run_options_finish(struct run *run)
{
	struct flow_tunnel placed = run->mask.tun;

	if (megaflow_no_tunnel(run->in->key))
		return;
	forget(&run->mask.tun);
	if (run->options)
		tlv_map_mask(run->options, &run->in->key->tun, &placed, &run->mask.tun);
}

uint64_t
run_options_moved(const struct run *run)
{
	if (!run->options || !run->in->key->tun.n_opt_bytes)
		return 0;
	return ((UINT64_C(1) << OPTS_WORDS) - 1) << OPTS_WORD;
}

void
run_options_send(struct run *run, struct flow_tunnel *to)
{
	const struct tlv_map *map = &run->ports->tlvs;
	const struct flow_tunnel *now = &run->key.flow.tun;
	struct xlate_key bits;

	memset(bits.flow.tun.opts, 0, sizeof bits.flow.tun.opts);
	for (unsigned int i = 0; i < map->n; i++) {
		const struct tlv_entry *e = &map->entries[i];
		struct flow_value ones;

		tlv_head_mask(e->field, &bits.flow.tun);
		if (!tlv_is_present(e->field, now))
			continue;
		flow_field_ones(e->field, &ones);
		flow_field_set(e->field, &bits, &ones);
		tlv_entry_send(e, now, to);
	}
	if (map->n)
		consult(run, &bits, ((UINT64_C(1) << OPTS_WORDS) - 1) << OPTS_WORD);
}
