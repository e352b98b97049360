/* SPDX-License-Identifier: Apache-2.0 */
/* A packet that a controller sends: translated by actions of its own, executed once, never installed. */
#include "core.h"

#include <base/clock.h>

static void
execute(struct upc *u, struct dp_upcall *up, struct xlate_out *out, uint64_t now_ns)
{
	struct flow_stats stats = {.packets = 1, .bytes = up->n_bytes, .used_ns = now_ns};
	struct dp_op op = {.type = DP_OP_EXECUTE, .actions = &out->actions, .packet = up};

	if (out->drop == FLOW_N_DROPS) {
		atomic_fetch_add(&u->n_executes, 1);
		u->dp->class->operate(u->dp, &op, 1);
	} else {
		u->dp->class->release(u->dp, up, FLOW_N_DROPS);
	}
	if (out->record)
		xlate_record_push(u->xlate, out->record, &stats);
}

int
upc_packet_out(struct upc *u, const struct upc_packet *p)
{
	struct dp_upcall *up = u->dp->class->packet_new(u->dp, p->data, p->n_bytes, p->dp_port);
	struct xlate_in in = {.now_ns = clock_now_ns(),
			      .learn = true,
			      .br = p->br,
			      .ofp_port = p->ofp_port,
			      .actions = p->actions,
			      .pipeline = p->pipeline};
	struct xlate_out out;
	int rc;

	if (!up)
		return -ENOBUFS;
	in.key = &up->key;
	rc = xlate_translate(u->xlate, &in, &out);
	if (rc) {
		u->dp->class->release(u->dp, up, FLOW_DROP_NO_BUFFER);
		return rc;
	}
	execute(u, up, &out, in.now_ns);
	xlate_out_free(&out);
	return 0;
}
