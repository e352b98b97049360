/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_bundle.h"

#include "agent_flow.h"

#include <errno.h>
#include <stdlib.h>

#define FLAGS_KNOWN (OFP_BUNDLE_ATOMIC | OFP_BUNDLE_ORDERED)
#define BUNDLE_BYTES_MAX (256u << 20)

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
add_clear(struct ofp_bundle *add)
{
	ofp_message_free(add->message);
	free(add->message);
	free(add->bytes);
}

static void
bundle_free(struct peer *p, struct agent_bundle *b)
{
	for (size_t i = 0; i < b->n; i++)
		add_clear(&b->adds[i]);
	free(b->adds);
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

static int
open_new(struct peer *p, uint32_t id, uint16_t flags, struct agent_bundle **out)
{
	struct agent_bundle *b;

	if (bundle_find(p, id))
		return peer_refuse(p, OFP_E_BF_BAD_ID, "bundle %u is open already",
				   (unsigned int)id);
	if (flags & ~FLAGS_KNOWN)
		return peer_refuse(p, OFP_E_BF_BAD_FLAGS,
				   "flags 0x%x; accepted: 1 (atomic), 2 (ordered)", flags);
	if (p->n_bundles == AGENT_BUNDLES_MAX)
		return peer_refuse(p, OFP_E_BF_OUT_OF_BUNDLES, "over %d bundles",
				   AGENT_BUNDLES_MAX);
	b = calloc(1, sizeof *b);
	if (!b)
		return -ENOMEM;
	b->id = id;
	b->flags = flags;
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
		return peer_refuse(p, OFP_E_BF_BAD_ID, "there is no bundle %u",
				   (unsigned int)m->id);
	if ((*out)->flags != m->flags) {
		bundle_free(p, *out);
		*out = NULL;
		return peer_refuse(p, OFP_E_BF_BAD_FLAGS,
				   "flags 0x%x are not the bundle's; it is discarded", m->flags);
	}
	return 0;
}

static int
add_grow(struct agent_bundle *b)
{
	size_t n = b->n_alloc ? 2 * b->n_alloc : 16;
	struct ofp_bundle *adds;

	if (b->n < b->n_alloc)
		return 0;
	adds = realloc(b->adds, n * sizeof *adds);
	if (!adds)
		return -ENOMEM;
	b->adds = adds;
	b->n_alloc = n;
	return 0;
}

int
bundle_add(struct peer *p, struct ofp_message *m)
{
	struct ofp_bundle *add = &m->bundle;
	struct agent_bundle *b = bundle_find(p, add->id);
	int rc = b ? get(p, add, &b) : open_new(p, add->id, add->flags, &b);

	if (rc)
		return rc;
	if (b->closed)
		return peer_refuse(p, OFP_E_BF_BUNDLE_CLOSED, "bundle %u is closed",
				   (unsigned int)b->id);
	if (add->message->type != OFP_FLOW_MOD)
		return peer_refuse(p, OFP_E_BF_MSG_UNSUP, "a %s in a bundle; accepted: flow_mod",
				   ofp_type_name(add->message->type));
	if (add->message->xid != m->xid)
		return peer_refuse(p, OFP_E_BF_MSG_BAD_XID, "xid %u in a message of xid %u",
				   (unsigned int)add->message->xid, (unsigned int)m->xid);
	if (b->n == AGENT_BUNDLE_MODS_MAX || b->n_bytes + add->n_bytes > BUNDLE_BYTES_MAX)
		return peer_refuse(p, OFP_E_BF_MSG_TOO_MANY, "over %d messages or %u MiB",
				   AGENT_BUNDLE_MODS_MAX, BUNDLE_BYTES_MAX >> 20);
	rc = add_grow(b);
	if (rc)
		return rc;
	b->n_bytes += add->n_bytes;
	b->adds[b->n++] = *add;
	add->message = NULL;
	add->bytes = NULL;
	return 0;
}

/* Tells of the member that the tables refused, quoting it. */
static void
member_refuse(struct peer *p, const struct ofp_bundle *add, const struct xlate_flow_mod *fm, int rc,
	      const char *why)
{
	struct ctl_agent *a = p->bridge->agent;

	peer_flow_refuse(p, fm, rc, why);
	ofp_encode_error(&a->error, p->ctx.version, add->bytes, add->n_bytes, &a->scratch);
	peer_answer(p);
}

/* Which member it was is in the sentence "change I of N: .."; a bundle of one has no such words. */
static size_t
member_of(const char *why, size_t n)
{
	size_t i = 1;

	if (n > 1 && sscanf(why, "change %zu of ", &i) != 1)
		i = 1;
	return i >= 1 && i <= n ? i - 1 : 0;
}

static int
apply(struct peer *p, struct agent_bundle *b, struct xlate_bridge *br, struct xlate_flow_mod *mods)
{
	char why[FLOW_ERR_BYTES] = "";
	size_t i;
	int rc;

	for (i = 0; i < b->n; i++)
		mods[i] = agent_flow_mod_take(&b->adds[i].message->flow_mod);
	rc = xlate_flow_mods_apply(p->bridge->agent->stack->xlate, br, mods, b->n, NULL, why,
				   sizeof why);
	if (rc) {
		i = member_of(why, b->n);
		member_refuse(p, &b->adds[i], &mods[i], rc, why);
		rc = peer_refuse(p, OFP_E_BF_MSG_FAILED, "%s", why);
	}
	for (i = 0; i < b->n; i++)
		xlate_flow_mod_free(&mods[i]);
	return rc;
}

static int
commit(struct peer *p, struct agent_bundle *b)
{
	struct xlate_bridge *br = agent_xlate(p->bridge);
	struct xlate_flow_mod *mods = calloc(b->n ? b->n : 1, sizeof *mods);
	int rc = mods && br ? 0 : -ENOMEM;

	if (!rc && b->n)
		rc = apply(p, b, br, mods);
	free(mods);
	bundle_free(p, b);
	return rc;
}

static int
control(struct peer *p, const struct ofp_bundle *m)
{
	struct agent_bundle *b;
	int rc;

	if (m->control == OFP_BUNDLE_OPEN_REQUEST)
		return open_new(p, m->id, m->flags, &b);
	rc = m->control == OFP_BUNDLE_CLOSE_REQUEST || m->control == OFP_BUNDLE_COMMIT_REQUEST ||
			     m->control == OFP_BUNDLE_DISCARD_REQUEST
		     ? 0
		     : peer_refuse(p, OFP_E_BF_BAD_TYPE, "control %u is no request", m->control);
	if (!rc)
		rc = get(p, m, &b);
	if (rc)
		return rc;
	if (m->control == OFP_BUNDLE_COMMIT_REQUEST)
		return commit(p, b);
	if (m->control == OFP_BUNDLE_DISCARD_REQUEST) {
		bundle_free(p, b);
		return 0;
	}
	if (b->closed) {
		bundle_free(p, b);
		return peer_refuse(p, OFP_E_BF_BUNDLE_CLOSED, "bundle %u is closed already",
				   (unsigned int)m->id);
	}
	b->closed = true;
	return 0;
}

int
bundle_control(struct peer *p, struct ofp_message *m)
{
	struct ofp_message reply = {.type = OFP_BUNDLE_CONTROL, .xid = m->xid, .bundle = m->bundle};
	int rc = control(p, &m->bundle);

	if (rc)
		return rc;
	reply.bundle.control = m->bundle.control + 1;
	peer_reply(p, &reply);
	return 0;
}
