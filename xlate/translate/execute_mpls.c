/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on MPLS labels. */
#include "translate/execute_mpls.h"

#include "run/commit.h"
#include "run/consult.h"
#include "run/labels.h"
#include "run/run_field.h"
#include "run/trace_lines.h"
#include "translate/execute_controller.h"

#include <arpa/inet.h>
#include <net/ethernet.h>

#define ETH_TYPE_MPLS 0x8847
#define ETH_TYPE_MPLS_MULTICAST 0x8848
#define LSE_BOS 0x100
#define LSE_TTL 0xff
#define TTL_DEFAULT 64
#define LABEL_IP6_EXPLICIT_NULL 2

static bool
is_mpls(be16 eth_type)
{
	return eth_type == htons(ETH_TYPE_MPLS) || eth_type == htons(ETH_TYPE_MPLS_MULTICAST);
}

static uint64_t
take_bits(struct run *run, enum flow_field_id id, uint64_t bits)
{
	const struct flow_field *f = &flow_fields[id];
	struct flow_value mask = flow_value_from_u64(bits), v;

	consult_field(run, f, &mask);
	flow_field_get(f, &run->key, &v);
	return flow_value_u64(&v) & bits;
}

static uint64_t
take(struct run *run, enum flow_field_id id)
{
	return take_bits(run, id, UINT64_MAX >> (64 - flow_fields[id].n_bits));
}

static void
set_ttl(struct run *run, uint64_t ttl)
{
	const struct flow_field *f = &flow_fields[FLOW_FIELD_MPLS_TTL];
	struct flow_value ones, v = flow_value_from_u64(ttl);

	flow_field_ones(f, &ones);
	run_write_field(run, f, &v, &ones);
	trace_field(run, f);
}

/* Sets the TTL of label 'i' in both views, without an action: the datapath has it already. */
static void
ttl_is(struct run *run, unsigned int i, uint8_t ttl)
{
	be32 lse = (run->key.flow.mpls[i] & ~htonl(LSE_TTL)) | htonl(ttl);

	run->key.flow.mpls[i] = run->dp.key.mpls[i] = lse;
	run->written.flow.mpls[i] |= htonl(LSE_TTL);
	run->dp.committed.mpls[i] |= htonl(LSE_TTL);
}

/* Returns a new label. It copies the label below; the first label copies TTL and DSCP of IP. */
static be32
new_entry(struct run *run)
{
	uint32_t label = 0, tc = 0, ttl = TTL_DEFAULT;

	if (run_has_field(run, &flow_fields[FLOW_FIELD_MPLS_LABEL])) {
		label = (uint32_t)take(run, FLOW_FIELD_MPLS_LABEL);
		tc = (uint32_t)take(run, FLOW_FIELD_MPLS_TC);
		ttl = (uint32_t)take(run, FLOW_FIELD_MPLS_TTL);
		return htonl(label << 12 | tc << 9 | ttl);
	}
	if (run_has_field(run, &flow_fields[FLOW_FIELD_NW_TTL])) {
		tc = (uint32_t)take(run, FLOW_FIELD_IP_DSCP) & 7;
		ttl = (uint32_t)take(run, FLOW_FIELD_NW_TTL);
		run->labels.ttl_below = (uint8_t)ttl;
		ttl = ttl ? ttl : TTL_DEFAULT;
	}
	if (run->key.flow.eth_type == htons(ETHERTYPE_IPV6))
		label = LABEL_IP6_EXPLICIT_NULL;
	return htonl(label << 12 | tc << 9 | LSE_BOS | ttl);
}

/* A connection's original direction exists for packets of IP alone. */
static void
fill_l3(struct flow_key *key, uint8_t byte)
{
	memset(flow_key_words_mut(key) + FLOW_WORD_L3, byte,
	       (FLOW_KEY_WORDS - FLOW_WORD_L3) * sizeof(uint64_t));
	flow_key_fill_orig(key, byte);
}

static void
shift_down(be32 *mpls, be32 first)
{
	memmove(mpls + 1, mpls, (FLOW_MPLS_LABELS - 1) * sizeof *mpls);
	mpls[0] = first;
}

static void
shift_up(be32 *mpls, be32 last)
{
	memmove(mpls, mpls + 1, (FLOW_MPLS_LABELS - 1) * sizeof *mpls);
	mpls[FLOW_MPLS_LABELS - 1] = last;
}

static void
emit(struct run *run, enum flow_action_type type, be16 eth_type, be32 lse)
{
	struct flow_action a = {
		.type = (uint8_t)type,
		.mpls = {.eth_type = eth_type, .lse = lse},
	};

	run_emitted(run, flow_actions_add(&run->out->actions, &a));
	run->labels.id = run->dp.labels_id = ++run->next_labels_id;
}

/* Headers below the labels are not visible: they count as absent, and as known. */
static void
hide_l3(struct run *run)
{
	fill_l3(&run->key.flow, 0);
	fill_l3(&run->dp.key, 0);
	fill_l3(&run->written.flow, 0xff);
	fill_l3(&run->dp.committed, 0xff);
}

static void
set_eth_type(struct run *run, be16 eth_type)
{
	run->key.flow.eth_type = run->dp.key.eth_type = eth_type;
	run->written.flow.eth_type = run->dp.committed.eth_type = UINT16_MAX;
}

void
execute_push_mpls(struct run *run, const struct xlate_action *a)
{
	be32 lse;

	if (run->labels.n_pushed >= FLOW_MPLS_LABELS - 1) {
		run_note(run, "more than %d labels cannot be pushed, dropping",
			 FLOW_MPLS_LABELS - 1);
		run->end.why = FLOW_DROP_NO_HEADROOM;
		run->end.stop = true;
		return;
	}
	if (run->key.flow.eth_type == htons(FLOW_ETH_TYPE_NONE)) {
		run_note(run, "push_mpls: the datapath cannot push a label on a frame without an "
			      "EtherType");
		run_fail(run, FLOW_DROP_UNSUPPORTED);
		return;
	}
	lse = new_entry(run);
	commit(run);
	if (run->end.stop)
		return;
	emit(run, FLOW_ACTION_PUSH_MPLS, a->eth_type, lse);
	if (!is_mpls(run->key.flow.eth_type)) {
		memset(run->key.flow.mpls, 0, sizeof run->key.flow.mpls);
		memset(run->dp.key.mpls, 0, sizeof run->dp.key.mpls);
		hide_l3(run);
	}
	shift_down(run->key.flow.mpls, lse);
	shift_down(run->dp.key.mpls, lse);
	shift_down(run->written.flow.mpls, UINT32_MAX);
	shift_down(run->dp.committed.mpls, UINT32_MAX);
	set_eth_type(run, a->eth_type);
	run->labels.n_pushed++;
}

void
execute_pop_mpls(struct run *run, const struct xlate_action *a)
{
	unsigned int o;
	be32 unparsed; /* known bits of a new last label: all, if it was not parsed */

	if (!run_has_field(run, &flow_fields[FLOW_FIELD_MPLS_LABEL])) {
		run_note(run, "the packet has no label");
		return;
	}
	commit(run);
	if (run->end.stop)
		return;
	emit(run, FLOW_ACTION_POP_MPLS, a->eth_type, 0);
	if (run->labels.n_pushed)
		run->labels.n_pushed--;
	else
		run->labels.n_popped++;
	if (!run->labels.n_pushed)
		run->labels.ttl_below = 0;
	o = labels_origin(run, FLOW_MPLS_LABELS - 1);
	unparsed = o < FLOW_MPLS_LABELS ? 0 : UINT32_MAX;
	shift_up(run->key.flow.mpls, unparsed ? 0 : run->in->key->mpls[o]);
	shift_up(run->dp.key.mpls, run->key.flow.mpls[FLOW_MPLS_LABELS - 1]);
	shift_up(run->written.flow.mpls, unparsed);
	shift_up(run->dp.committed.mpls, unparsed);
	set_eth_type(run, a->eth_type);
	if (!is_mpls(a->eth_type))
		hide_l3(run);
	run->labels.opaque = !is_mpls(a->eth_type) || !labels_is_parsed(run, 0);
}

void
execute_dec_mpls_ttl(struct run *run, const struct xlate_action *a)
{
	uint64_t ttl;

	(void)a;
	if (!run_has_field(run, &flow_fields[FLOW_FIELD_MPLS_TTL])) {
		run_note(run, "the packet has no label");
		return;
	}
	ttl = take(run, FLOW_FIELD_MPLS_TTL);
	if (ttl <= 1) {
		run_note(run, "TTL %u expired, dropping", (unsigned int)ttl);
		execute_invalid_ttl(run, NULL);
		return;
	}
	set_ttl(run, ttl - 1);
}

/* Lets the datapath copy a TTL, because the source or the destination is not the
 * outermost label. */
static bool
copied_in_datapath(struct run *run, enum flow_action_type type)
{
	if (!run_dp_can(run, type))
		return false;
	commit(run);
	if (!run->end.stop)
		emit(run, type, 0, 0);
	return !run->end.stop;
}

void
execute_copy_ttl_out(struct run *run, const struct xlate_action *a)
{
	(void)a;
	if (!run_has_field(run, &flow_fields[FLOW_FIELD_MPLS_TTL])) {
		run_note(run, "the packet has no label");
	} else if (!take(run, FLOW_FIELD_MPLS_BOS) && labels_is_parsed(run, 1)) {
		set_ttl(run, take_bits(run, FLOW_FIELD_MPLS_LSE1, LSE_TTL));
	} else if (run->labels.ttl_below) {
		set_ttl(run, run->labels.ttl_below);
	} else if (copied_in_datapath(run, FLOW_ACTION_COPY_TTL_OUT)) {
		ttl_is(run, 0, 0);
		run->labels.opaque = true;
		run_note(run, "the TTL is copied from a header that was not parsed");
	}
}

void
execute_copy_ttl_in(struct run *run, const struct xlate_action *a)
{
	uint8_t ttl;

	(void)a;
	if (!run_has_field(run, &flow_fields[FLOW_FIELD_MPLS_TTL])) {
		run_note(run, "the packet has no label");
	} else if (take(run, FLOW_FIELD_MPLS_BOS)) {
		if (copied_in_datapath(run, FLOW_ACTION_COPY_TTL_IN))
			run->labels.ttl_below = 0;
	} else {
		ttl = (uint8_t)take(run, FLOW_FIELD_MPLS_TTL);
		if (copied_in_datapath(run, FLOW_ACTION_COPY_TTL_IN))
			ttl_is(run, 1, ttl);
	}
}
