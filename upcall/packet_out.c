/* SPDX-License-Identifier: Apache-2.0 */
/* A packet sent by a controller: translated through its own actions, executed once,
 * never installed. */
#include "core.h"

#include <base/clock.h>

#include <stdlib.h>

struct upc_prepared {
	struct dp_upcall *up;
	struct xlate_out out;
	uint64_t now_ns;
};

static void
prepared_free(struct upc_prepared *pp)
{
	xlate_out_free(&pp->out);
	free(pp);
}

int
upc_packet_prepare(struct upc *u, const struct upc_packet *p, struct upc_prepared **out)
{
	struct xlate_in in = {.now_ns = clock_now_ns(),
			      .learn = !p->change,
			      .br = p->br,
			      .ofp_port = p->ofp_port,
			      .actions = p->actions,
			      .pipeline = p->pipeline,
			      .change = p->change};
	struct upc_prepared *pp = malloc(sizeof *pp);
	int rc;

	if (!pp)
		return -ENOMEM;
	pp->now_ns = in.now_ns;
	pp->up = u->dp->class->packet_new(u->dp, p->data, p->n_bytes, p->dp_port);
	if (!pp->up) {
		free(pp);
		return -ENOBUFS;
	}
	in.key = &pp->up->key;
	rc = xlate_translate(u->xlate, &in, &pp->out);
	if (rc) {
		u->dp->class->release(u->dp, pp->up, FLOW_DROP_NO_BUFFER);
		free(pp);
		return rc;
	}
	*out = pp;
	return 0;
}

void
upc_packet_send(struct upc *u, struct upc_prepared *pp)
{
	struct flow_stats stats = {.packets = 1, .bytes = pp->up->n_bytes, .used_ns = pp->now_ns};
	struct dp_op op = {.type = DP_OP_EXECUTE, .actions = &pp->out.actions, .packet = pp->up};

	if (pp->out.record)
		xlate_record_teach(u->xlate, pp->out.record);
	if (flow_actions_only_drop(&pp->out.actions)) {
		u->dp->class->release(u->dp, pp->up, FLOW_NOT_DROPPED);
	} else {
		atomic_fetch_add(&u->n_executes, 1);
		u->dp->class->operate(u->dp, &op, 1);
	}
	if (pp->out.record)
		xlate_record_push(u->xlate, pp->out.record, &stats);
	prepared_free(pp);
}

enum flow_drop
upc_packet_given_up(const struct upc_prepared *pp)
{
	switch (pp->out.drop) {
	case FLOW_DROP_TOO_DEEP:
	case FLOW_DROP_RESUBMITS:
	case FLOW_DROP_STEPS:
	case FLOW_DROP_STACK:
	case FLOW_DROP_TOO_MANY_ACTIONS:
		return pp->out.drop;
	default:
		return FLOW_NOT_DROPPED;
	}
}

unsigned int
upc_packets_waiting(struct upc *u)
{
	return u->dp->class->n_executing(u->dp);
}

void
upc_packet_drop(struct upc *u, struct upc_prepared *pp)
{
	u->dp->class->release(u->dp, pp->up, FLOW_NOT_DROPPED);
	prepared_free(pp);
}
