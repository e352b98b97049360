/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_flow.h"

#include "agent_peer.h"
#include "message.h"

#include <xlate/group.h>
#include <xlate/meter.h>

#include <errno.h>

struct xlate_flow_mod
agent_flow_mod_take(struct ofp_flow_mod *fm)
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
		return peer_refuse(p, OFP_E_FM_OVERLAP, "%s", why);
	case -ENOENT:
		return peer_refuse(p, OFP_E_BA_BAD_OUT_GROUP, "%s", why);
	case -ENXIO:
		return peer_refuse(p, OFP_E_MM_INVALID_METER, "%s", why);
	case -ENOSPC:
		return peer_refuse(p, OFP_E_FM_TABLE_FULL, "%s", why);
	case -EFBIG:
		return peer_refuse(p, OFP_E_BA_TOO_MANY, "%s", why);
	case -ENOMEM:
		return peer_refuse(p, OFP_E_FM_TABLE_FULL, "out of memory");
	default:
		if (fm->command == XLATE_ADD && fm->table >= XLATE_TABLES)
			return peer_refuse(p, OFP_E_FM_BAD_TABLE_ID, "%s", why);
		return peer_refuse(p, ofp_error_of_actions(rc), "%s", why);
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
	struct xlate_flow_mod mod = agent_flow_mod_take(fm);
	int rc = xlate_flow_mods_apply(p->bridge->agent->modules.xlate, br, &mod, 1, NULL, why,
				       sizeof why);

	if (rc)
		rc = peer_flow_refuse(p, &mod, rc, why);
	xlate_flow_mod_free(&mod);
	if (!rc && agent_names_buffer(fm))
		return peer_refuse(p, OFP_E_BR_BUFFER_UNKNOWN,
				   "buffer %u: packets are not buffered; the flow is changed",
				   (unsigned int)fm->buffer_id);
	return rc;
}
