/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include "setfield.h"

#include <errno.h>
#include <linux/openvswitch.h>
#include <stdlib.h>

#define HEADROOM 128 /* for tags and labels */

struct parts {
	struct flow_key key;
	struct flow_offsets ofs;
	struct flow_buffer buf;
	struct flow_actions run;    /* not sent yet; begins with what is in 'sticky' */
	struct flow_actions sticky; /* what each run begins with: priority, tunnel to send to */
	int (*send)(void *aux, const struct kdp_execute *e);
	void *aux;
};

static bool
is_edit(const struct flow_action *a, const struct flow_key *key)
{
	switch (a->type) {
	case FLOW_ACTION_SET:
		return kdp_setfield_header((enum flow_field_id)a->set.field, key) !=
		       OVS_KEY_ATTR_TUNNEL;
	case FLOW_ACTION_PUSH_VLAN:
	case FLOW_ACTION_POP_VLAN:
	case FLOW_ACTION_PUSH_MPLS:
	case FLOW_ACTION_POP_MPLS:
	case FLOW_ACTION_COPY_TTL_OUT:
	case FLOW_ACTION_COPY_TTL_IN:
		return true;
	}
	return false;
}

/* A packet of a later run has no connection, has passed no meter, and is whole. */
static bool
can_divide(const struct flow_actions *actions, const struct flow_key *key)
{
	bool has_state = false, is_cut = false;

	for (uint16_t i = 0; i < actions->n; i++) {
		const struct flow_action *a = &actions->a[i];

		if (is_edit(a, key) && (has_state || is_cut))
			return false;
		has_state |= a->type == FLOW_ACTION_METER || a->type == FLOW_ACTION_CT ||
			     a->type == FLOW_ACTION_CT_CLEAR;
		is_cut |= a->type == FLOW_ACTION_TRUNC;
		if (a->type == FLOW_ACTION_OUTPUT || a->type == FLOW_ACTION_UPCALL ||
		    a->type == FLOW_ACTION_SAMPLE)
			is_cut = false;
	}
	return true;
}

static int
run_send(struct parts *p)
{
	const struct kdp_execute e = {
		.key = &p->key, .data = p->buf.data, .n_bytes = p->buf.n, .actions = &p->run};
	int rc;

	if (p->run.n == p->sticky.n)
		return 0;
	rc = p->send(p->aux, &e);
	return rc ? rc : flow_actions_copy(&p->run, &p->sticky);
}

static int
step(struct parts *p, const struct flow_action *a)
{
	int rc = 0;

	if (is_edit(a, &p->key)) {
		rc = run_send(p);
		return rc ? rc : flow_edit(a, &p->buf, &p->key, &p->ofs);
	}
	if (a->type == FLOW_ACTION_SET || a->type == FLOW_ACTION_TUN_OPTS ||
	    a->type == FLOW_ACTION_SET_QUEUE)
		rc = flow_actions_add(&p->sticky, a);
	return rc ? rc : flow_actions_add(&p->run, a);
}

static int
walk(struct parts *p, const struct flow_actions *actions)
{
	int rc = 0;

	for (uint16_t i = 0; !rc && i < actions->n; i++)
		rc = step(p, &actions->a[i]);
	return rc ? rc : run_send(p);
}

int
kdp_parts_each(const struct dp_upcall *u, const struct flow_actions *actions,
	       int (*send)(void *aux, const struct kdp_execute *e), void *aux)
{
	struct parts p = {.key = u->key, .send = send, .aux = aux};
	uint8_t *bytes;
	int rc;

	if (!can_divide(actions, &u->key))
		return -EOPNOTSUPP;
	bytes = malloc(HEADROOM + u->n_bytes);
	if (!bytes)
		return -ENOMEM;
	dp_upcall_read(u, bytes + HEADROOM);
	p.buf = (struct flow_buffer){bytes + HEADROOM, u->n_bytes, HEADROOM, 0};
	flow_parse(p.buf.data, p.buf.n, &p.key, &p.ofs);
	flow_actions_init(&p.run);
	flow_actions_init(&p.sticky);
	rc = walk(&p, actions);
	flow_actions_free(&p.run);
	flow_actions_free(&p.sticky);
	free(bytes);
	return rc;
}
