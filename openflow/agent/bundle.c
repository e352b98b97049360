/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles being filled. Members are kept as bytes and decoded again by the commit, since a decoded
 * message takes ten times the memory. */
#include "agent/bundle.h"

#include "agent/barrier.h"
#include "agent/bundle_commit.h"
#include "agent/modify.h"
#include "peers/peer.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

#define FLAGS_KNOWN (OFP_BUNDLE_ATOMIC | OFP_BUNDLE_ORDERED)

static struct agent_bundle *
bundle_find(struct peer *p, uint32_t id)
{
	struct agent_bundle *b;

	TAILQ_FOREACH (b, &p->bundles, link)
		if (b->id == id)
			return b;
	return NULL;
}

static void
bundle_free(struct peer *p, struct agent_bundle *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->members[i].bytes);
	free(b->members);
	p->bridge->agent->n_bundle_bytes -= b->n_bytes;
	TAILQ_REMOVE(&p->bundles, b, link);
	p->n_bundles--;
	free(b);
}

void
bundles_free(struct peer *p)
{
	struct agent_bundle *next;

	for (struct agent_bundle *b = TAILQ_FIRST(&p->bundles); b; b = next) {
		next = TAILQ_NEXT(b, link);
		bundle_free(p, b);
	}
}

static void
expire(struct peer *p, struct agent_bundle *b)
{
	struct agent *a = p->bridge->agent;

	peer_error_set(p, OFP_E_BF_TIMEOUT, "bundle %u: idle for %d s", (unsigned int)b->id,
		       AGENT_BUNDLE_IDLE_S);
	ofp_encode_error(&a->error, p->ctx.version, b->opened_by, sizeof b->opened_by, &a->scratch);
	p->n_errors++;
	peer_answer(p);
	bundle_free(p, b);
}

void
bundles_tick(struct peer *p, uint64_t now_ns)
{
	struct agent_bundle *next;

	for (struct agent_bundle *b = TAILQ_FIRST(&p->bundles); b; b = next) {
		next = TAILQ_NEXT(b, link);
		if (now_ns - b->used_ns >= AGENT_BUNDLE_IDLE_S * NS_PER_S)
			expire(p, b);
	}
}

static int
open_new(struct peer *p, const struct ofp_message *m, struct agent_bundle **out)
{
	const struct ofp_bundle *want = &m->bundle;
	struct agent_bundle *b = bundle_find(p, want->id);

	if (b) {
		bundle_free(p, b);
		return peer_error(p, OFP_E_BF_BAD_ID, "bundle %u is open already; it is discarded",
				  (unsigned int)want->id);
	}
	if (want->flags & ~FLAGS_KNOWN)
		return peer_error(p, OFP_E_BF_BAD_FLAGS,
				  "flags 0x%x; expected bits 1 (atomic), 2 (ordered)", want->flags);
	if (p->n_bundles == AGENT_BUNDLES_MAX)
		return peer_error(p, OFP_E_BF_OUT_OF_BUNDLES,
				  "%d bundles are open, the most of a connection",
				  AGENT_BUNDLES_MAX);
	b = calloc(1, sizeof *b);
	if (!b)
		return -ENOMEM;
	b->id = want->id;
	b->flags = want->flags;
	b->used_ns = clock_now_ns();
	memcpy(b->opened_by, p->now_bytes, sizeof b->opened_by);
	TAILQ_INSERT_TAIL(&p->bundles, b, link);
	p->n_bundles++;
	*out = b;
	return 0;
}

static int
get(struct peer *p, const struct ofp_bundle *m, struct agent_bundle **out)
{
	*out = bundle_find(p, m->id);
	if (!*out)
		return peer_error(p, OFP_E_BF_BAD_ID, "bundle %u does not exist",
				  (unsigned int)m->id);
	if ((*out)->flags != m->flags) {
		bundle_free(p, *out);
		*out = NULL;
		return peer_error(p, OFP_E_BF_BAD_FLAGS,
				  "flags 0x%x differ from those of the bundle; it is discarded",
				  m->flags);
	}
	(*out)->used_ns = clock_now_ns();
	return 0;
}

static int
refuse_closed(struct peer *p, struct agent_bundle *b)
{
	uint32_t id = b->id;

	bundle_free(p, b);
	return peer_error(p, OFP_E_BF_BUNDLE_CLOSED, "bundle %u was closed; it is discarded",
			  (unsigned int)id);
}

static int
grow(struct agent_bundle *b)
{
	size_t n = b->n_alloc ? 2 * b->n_alloc : 16;
	struct agent_member *members;

	if (b->n < b->n_alloc)
		return 0;
	members = realloc(b->members, n * sizeof *members);
	if (!members)
		return -ENOMEM;
	b->members = members;
	b->n_alloc = n;
	return 0;
}

static int
append(struct peer *p, struct agent_bundle *b, struct ofp_bundle *add)
{
	struct agent *a = p->bridge->agent;
	size_t n_bytes = add->n_bytes + sizeof *b->members;
	int rc;

	if (b->n == AGENT_BUNDLE_MEMBERS_MAX ||
	    a->n_bundle_bytes + n_bytes > AGENT_BUNDLES_BYTES_MAX)
		return peer_error(p, OFP_E_BF_MSG_TOO_MANY,
				  "expected at most %d messages, and at most %u MiB in all bundles",
				  AGENT_BUNDLE_MEMBERS_MAX, AGENT_BUNDLES_BYTES_MAX >> 20);
	rc = grow(b);
	if (rc)
		return rc;
	b->members[b->n++] = (struct agent_member){.bytes = add->bytes, .n_bytes = add->n_bytes};
	b->n_bytes += n_bytes;
	a->n_bundle_bytes += n_bytes;
	add->bytes = NULL;
	return 0;
}

int
bundle_add(struct peer *p, struct ofp_message *m)
{
	struct agent_bundle *b = bundle_find(p, m->bundle.id);
	int rc;

	if (b && b->closed)
		return refuse_closed(p, b);
	rc = b ? get(p, &m->bundle, &b) : open_new(p, m, &b);
	return rc ? rc : append(p, b, &m->bundle);
}

static int
control_of(struct peer *p, struct agent_bundle *b, enum ofp_bundle_control control)
{
	int rc = 0;

	if (control == OFP_BUNDLE_CLOSE_REQUEST) {
		if (b->closed)
			return refuse_closed(p, b);
		b->closed = true;
		return 0;
	}
	if (control == OFP_BUNDLE_COMMIT_REQUEST)
		rc = bundle_commit(p, b);
	bundle_free(p, b);
	return rc;
}

static int
control(struct peer *p, const struct ofp_message *m)
{
	struct ofp_bundle want = m->bundle;
	struct agent_bundle *b;
	int rc;

	switch (want.control) {
	case OFP_BUNDLE_OPEN_REQUEST:
		return open_new(p, m, &b);
	case OFP_BUNDLE_DISCARD_REQUEST:
		b = bundle_find(p, want.id);
		want.flags = b ? b->flags : want.flags;
		break;
	case OFP_BUNDLE_CLOSE_REQUEST:
	case OFP_BUNDLE_COMMIT_REQUEST:
		break;
	default:
		return peer_error(p, OFP_E_BF_BAD_TYPE, "control %u is not a request",
				  want.control);
	}
	rc = get(p, &want, &b);
	return rc ? rc : control_of(p, b, want.control);
}

int
bundle_control(struct peer *p, struct ofp_message *m)
{
	struct ofp_message reply = {
		.type = OFP_BUNDLE_CONTROL,
		.xid = m->xid,
		.bundle = {.id = m->bundle.id, .control = m->bundle.control + 1}};
	int rc = control(p, m);

	if (rc)
		return rc;
	if (reply.bundle.control == OFP_BUNDLE_COMMIT_REPLY)
		peer_reply_when_done(p, &reply);
	else
		peer_reply(p, &reply);
	return 0;
}
