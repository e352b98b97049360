/* SPDX-License-Identifier: Apache-2.0 */
/* Brings the datapath's view of the packet up to the pipeline's: sets the fields that were written.
 *
 * A written bit needs no match on its old value, since the set gives every packet the new one. A
 * set is left out only if the datapath is known to have the value already: set by an earlier
 * commit, or fixed by the match. The mask only grows, so a bit that it fixes now is fixed in the
 * final megaflow. */
#include "run/commit.h"

#include "run/consult.h"
#include "run/tags.h"

#include <netinet/in.h>

/* Order of emission. Fields sharing storage have different prerequisites. The ND fields are listed
 * twice: before ICMPv6 type and code for packets that already are ND, and after for packets that
 * become ND by those writes. Tags: tags.c. */
static const uint8_t commit_fields[] = {
	FLOW_FIELD_PKT_MARK,  FLOW_FIELD_ETH_SRC,     FLOW_FIELD_ETH_DST,     FLOW_FIELD_MPLS_LABEL,
	FLOW_FIELD_MPLS_TC,   FLOW_FIELD_MPLS_TTL,    FLOW_FIELD_NW_SRC,      FLOW_FIELD_NW_DST,
	FLOW_FIELD_IPV6_SRC,  FLOW_FIELD_IPV6_DST,    FLOW_FIELD_IPV6_LABEL,  FLOW_FIELD_NW_TOS,
	FLOW_FIELD_NW_TTL,    FLOW_FIELD_ARP_OP,      FLOW_FIELD_ARP_SPA,     FLOW_FIELD_ARP_TPA,
	FLOW_FIELD_ARP_SHA,   FLOW_FIELD_ARP_THA,     FLOW_FIELD_ND_TARGET,   FLOW_FIELD_ND_SLL,
	FLOW_FIELD_ND_TLL,    FLOW_FIELD_TCP_SRC,     FLOW_FIELD_TCP_DST,     FLOW_FIELD_UDP_SRC,
	FLOW_FIELD_UDP_DST,   FLOW_FIELD_SCTP_SRC,    FLOW_FIELD_SCTP_DST,    FLOW_FIELD_ICMP_TYPE,
	FLOW_FIELD_ICMP_CODE, FLOW_FIELD_ICMPV6_TYPE, FLOW_FIELD_ICMPV6_CODE, FLOW_FIELD_ND_TARGET,
	FLOW_FIELD_ND_SLL,    FLOW_FIELD_ND_TLL,
};

/* Fields of the tunnel that a packet is sent to, by the family of its far end. */
static const uint8_t tunnel_fields[2][6] = {
	{FLOW_FIELD_TUN_ID, FLOW_FIELD_TUN_SRC, FLOW_FIELD_TUN_DST, FLOW_FIELD_TUN_TOS,
	 FLOW_FIELD_TUN_TTL, FLOW_FIELD_TUN_FLAGS},
	{FLOW_FIELD_TUN_ID, FLOW_FIELD_TUN_IPV6_SRC, FLOW_FIELD_TUN_IPV6_DST, FLOW_FIELD_TUN_TOS,
	 FLOW_FIELD_TUN_TTL, FLOW_FIELD_TUN_FLAGS},
};

/* Returns the bits of 'f' that the datapath's packet must have: those that were written, and those
 * that an earlier commit set and that are the packet's own again (run_restore()). The latter become
 * known by consulting them. */
static void
wanted_bits(struct run *run, const struct flow_field *f, struct flow_value *out)
{
	struct flow_value restored;
	bool any = false;

	flow_field_get(f, &run->written, out);
	flow_field_get(f, &run->dp.committed, &restored);
	for (int i = FLOW_VALUE_BYTES - (f->n_bits + 7) / 8; i < FLOW_VALUE_BYTES; i++) {
		restored.b[i] &= (uint8_t)~out->b[i];
		out->b[i] |= restored.b[i];
		any |= restored.b[i];
	}
	if (any)
		consult_field(run, f, &restored);
}

/* Returns true for fields that NAT may have changed since the last commit. */
static bool
is_translated(const struct flow_field *f)
{
	return f->ofs == offsetof(struct flow_key, nw_src) ||
	       f->ofs == offsetof(struct flow_key, nw_dst) ||
	       f->ofs == offsetof(struct flow_key, ipv6_src) ||
	       f->ofs == offsetof(struct flow_key, ipv6_dst) ||
	       f->ofs == offsetof(struct flow_key, tp_src) ||
	       f->ofs == offsetof(struct flow_key, tp_dst);
}

/* Returns in 'value' the value to set. Returns false if the datapath has it already. A set is
 * needed as a whole or not at all: devices support sets of whole fields more often than of
 * some bits. */
static bool
set_needed(const struct run *run, const struct flow_field *f, struct flow_value *value,
	   const struct flow_value *wanted)
{
	bool moved = run->labels.id && f->prereq == FLOW_PREREQ_MPLS;
	bool uncertain = (run->dp.remarked && f == &flow_fields[FLOW_FIELD_NW_TOS]) ||
			 (run->dp.translated && is_translated(f));
	struct flow_value base, committed, fixed;
	bool needed = false;

	flow_field_get(f, &run->key, value);
	flow_field_get(f, &run->dp.key, &base);
	flow_field_get(f, &run->dp.committed, &committed);
	flow_field_get(f, &run->fixed, &fixed);
	for (int i = FLOW_VALUE_BYTES - (f->n_bits + 7) / 8; i < FLOW_VALUE_BYTES; i++) {
		uint8_t known = uncertain ? 0 : committed.b[i] | (moved ? 0 : fixed.b[i]);
		uint8_t same = (uint8_t) ~(value->b[i] ^ base.b[i]);

		needed |= (wanted->b[i] & ~(known & same)) != 0;
		value->b[i] &= wanted->b[i];
	}
	return needed;
}

static void
commit_field(struct run *run, enum flow_field_id id)
{
	const struct flow_field *f = &flow_fields[id];
	struct flow_value value, wanted, ones;

	if (!flow_prereq_ok(f->prereq, &run->dp.key, NULL))
		return;
	wanted_bits(run, f, &wanted);
	if (!set_needed(run, f, &value, &wanted))
		return;
	run_emitted(run, flow_actions_add_set(&run->out->actions, id, &value, &wanted));
	flow_field_ones(f, &ones);
	flow_field_set_masked(f, &run->dp.key, &value, &wanted);
	flow_field_set_masked(f, &run->dp.committed, &ones, &wanted);
}

/* A queue belongs to the packet on its way; no match can look at it. */
static void
commit_queue(struct run *run)
{
	struct flow_action a = {.type = FLOW_ACTION_SET_QUEUE, .queue = run->queue};

	if (run->queue == run->dp.queue)
		return;
	run_emitted(run, flow_actions_add(&run->out->actions, &a));
	run->dp.queue = run->queue;
}

/* Returns the words of the packet that were written, by the pipeline or by an earlier commit. */
static uint64_t
written_words(const struct run *run)
{
	return flow_key_words_used(&run->written.flow) | flow_key_words_used(&run->dp.committed);
}

/* A field of which nothing was written needs no set. */
static void
commit_headers(struct run *run)
{
	uint64_t words = written_words(run);

	for (size_t i = 0; i < sizeof commit_fields && words; i++) {
		const struct flow_field *f = &flow_fields[commit_fields[i]];
		unsigned int first = f->ofs / 8u, last = (f->ofs + f->n_bytes - 1u) / 8u;

		if (words & ((UINT64_C(2) << last) - (UINT64_C(1) << first)))
			commit_field(run, commit_fields[i]);
	}
}

void
commit(struct run *run)
{
	if (run->labels.id != run->dp.labels_id) {
		run_note(run,
			 "the datapath cannot undo the change of labels of a copy of the packet");
		run_fail(run, FLOW_DROP_UNSUPPORTED);
		return;
	}
	commit_headers(run);
	tags_commit(run);
	commit_queue(run);
}

/* The fields are set together, as a datapath may keep them as one. Those that are 0 need no set,
 * unless an earlier one gave them another value. */
void
commit_tunnel(struct run *run, const struct flow_tunnel *tunnel)
{
	struct flow_key to = {.tun = *tunnel}, before = {.tun = run->dp.tunnel};
	const uint8_t *fields = tunnel_fields[!IN6_IS_ADDR_V4MAPPED(&tunnel->dst)];
	const struct flow_value zero = {0};

	if (!memcmp(tunnel, &run->dp.tunnel, sizeof *tunnel))
		return;
	for (size_t i = 0; i < sizeof tunnel_fields[0]; i++) {
		const struct flow_field *f = &flow_fields[fields[i]];
		struct flow_value value, old, ones;

		flow_field_get(f, &to, &value);
		/* The whole end: the tunnel before may have been one of IPv6. */
		flow_field_get(
			fields[i] == FLOW_FIELD_TUN_SRC ? &flow_fields[FLOW_FIELD_TUN_IPV6_SRC] : f,
			&before, &old);
		flow_field_ones(f, &ones);
		if (memcmp(&value, &zero, sizeof zero) != 0 ||
		    memcmp(&old, &zero, sizeof zero) != 0)
			run_emitted(run, flow_actions_add_set(&run->out->actions, fields[i], &value,
							      &ones));
	}
	if (tunnel->n_opt_bytes != before.tun.n_opt_bytes ||
	    memcmp(tunnel->opts, before.tun.opts, sizeof tunnel->opts) != 0)
		run_emitted(run, flow_actions_add_tun_opts(&run->out->actions, tunnel->opts,
							   tunnel->n_opt_bytes));
	run->dp.tunnel = *tunnel;
}
