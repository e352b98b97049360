/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/modify.h"

#include "messages/message.h"
#include "messages/message_flow.h"
#include "peers/peer.h"

#include <xlate/group.h>
#include <xlate/meter.h>

#include <errno.h>

/* The flow mod as xlate takes it; the actions move. */
static struct xlate_flow_mod
flow_mod_take(struct ofp_flow_mod *fm)
{
	struct xlate_flow_mod mod = fm->mod;

	fm->mod.actions = NULL;
	return mod;
}

int
peer_flow_refuse(struct peer *p, const struct xlate_flow_mod *fm, int rc, const char *why)
{
	switch (rc) {
	case -EEXIST:
		return peer_error(p, OFP_E_FM_OVERLAP, "%s", why);
	case -ENOENT:
		return peer_error(p, OFP_E_BA_BAD_OUT_GROUP, "%s", why);
	case -ENXIO:
		return peer_error(p, OFP_E_MM_INVALID_METER, "%s", why);
	case -ENOSPC:
		return peer_error(p, OFP_E_FM_TABLE_FULL, "%s", why);
	case -EFBIG:
		return peer_error(p, OFP_E_BA_TOO_MANY, "%s", why);
	case -ENOMEM:
		return peer_error(p, OFP_E_FM_TABLE_FULL, "out of memory");
	default:
		if (fm->command == XLATE_ADD && fm->table >= XLATE_TABLES)
			return peer_error(p, OFP_E_FM_BAD_TABLE_ID, "%s", why);
		return peer_error(p, ofp_error_of_actions(rc), "%s", why);
	}
}

bool
agent_names_buffer(const struct ofp_flow_mod *fm)
{
	return fm->buffer_id != OFP_NO_BUFFER && fm->mod.command != XLATE_DELETE &&
	       fm->mod.command != XLATE_DELETE_STRICT;
}

int
peer_flow_mod(struct peer *p, struct ofp_flow_mod *fm, struct xlate_bridge *br)
{
	char why[FLOW_ERR_BYTES] = "";
	struct xlate_flow_mod mod = flow_mod_take(fm);
	int rc = xlate_flow_mods_apply(p->bridge->agent->modules.xlate, br, &mod, 1, NULL, why,
				       sizeof why);

	if (rc)
		rc = peer_flow_refuse(p, &mod, rc, why);
	xlate_flow_mod_free(&mod);
	if (!rc && agent_names_buffer(fm))
		return peer_error(p, OFP_E_BR_BUFFER_UNKNOWN,
				  "buffer %u: packets are not buffered; the flow is changed",
				  (unsigned int)fm->buffer_id);
	return rc;
}

int
peer_group_refuse(struct peer *p, const struct xlate_group_mod *gm, int rc, const char *why)
{
	switch (rc) {
	case -EEXIST:
		return peer_error(p,
				  gm->command == XLATE_GROUP_INSERT_BUCKET ? OFP_E_GM_BUCKET_EXISTS
									   : OFP_E_GM_GROUP_EXISTS,
				  "%s", why);
	case -ENOENT:
		return peer_error(p, OFP_E_GM_UNKNOWN_GROUP, "%s", why);
	case -ESRCH:
		return peer_error(p, OFP_E_GM_UNKNOWN_BUCKET, "%s", why);
	case -ELOOP:
		return peer_error(p, OFP_E_GM_LOOP, "%s", why);
	case -EOPNOTSUPP:
		return peer_error(p, OFP_E_GM_WATCH_UNSUPPORTED, "%s", why);
	case -EFBIG:
		return peer_error(p, OFP_E_GM_OUT_OF_BUCKETS, "%s", why);
	case -ENOSPC:
		return peer_error(p, OFP_E_GM_OUT_OF_GROUPS, "%s", why);
	case -ENOMEM:
		return peer_error(p, OFP_E_GM_OUT_OF_GROUPS, "out of memory");
	default:
		return peer_error(p, OFP_E_GM_INVALID_GROUP, "%s", why);
	}
}

int
peer_group_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br)
{
	char why[FLOW_ERR_BYTES] = "";
	int rc = xlate_group_mods_apply(p->bridge->agent->modules.xlate, br, &m->group_mod, 1, NULL,
					why, sizeof why);

	return rc ? peer_group_refuse(p, &m->group_mod, rc, why) : 0;
}

static int
meter_refuse(struct peer *p, int rc, const char *why)
{
	switch (rc) {
	case -EEXIST:
		return peer_error(p, OFP_E_MM_METER_EXISTS, "%s", why);
	case -ENOENT:
		return peer_error(p, OFP_E_MM_UNKNOWN_METER, "%s", why);
	case -EOPNOTSUPP:
		return peer_error(p, OFP_E_MM_BAD_BAND, "%s", why);
	case -ENOSPC:
	case -ENOMEM:
		return peer_error(p, OFP_E_MM_OUT_OF_METERS, "%s", why);
	default:
		return peer_error(p, OFP_E_MM_INVALID_METER, "%s", why);
	}
}

int
peer_meter_mod(struct peer *p, struct ofp_message *m, struct xlate_bridge *br)
{
	char why[FLOW_ERR_BYTES] = "out of memory";
	int rc = xlate_meter_mod_apply(p->bridge->agent->modules.xlate, br, &m->meter_mod, NULL,
				       why, sizeof why);

	return rc ? meter_refuse(p, rc, why) : 0;
}
