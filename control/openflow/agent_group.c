/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of groups and meters. */
#include "agent_flow.h"
#include "agent_peer.h"

#include <errno.h>

int
peer_group_refuse(struct peer *p, const struct xlate_group_mod *gm, int rc, const char *why)
{
	switch (rc) {
	case -EEXIST:
		return peer_refuse(p,
				   gm->command == XLATE_GROUP_INSERT_BUCKET ? OFP_E_GM_BUCKET_EXISTS
									    : OFP_E_GM_GROUP_EXISTS,
				   "%s", why);
	case -ENOENT:
		return peer_refuse(p, OFP_E_GM_UNKNOWN_GROUP, "%s", why);
	case -ESRCH:
		return peer_refuse(p, OFP_E_GM_UNKNOWN_BUCKET, "%s", why);
	case -ELOOP:
		return peer_refuse(p, OFP_E_GM_LOOP, "%s", why);
	case -EOPNOTSUPP:
		return peer_refuse(p, OFP_E_GM_WATCH_UNSUPPORTED, "%s", why);
	case -EFBIG:
		return peer_refuse(p, OFP_E_GM_OUT_OF_BUCKETS, "%s", why);
	case -ENOSPC:
		return peer_refuse(p, OFP_E_GM_OUT_OF_GROUPS, "%s", why);
	case -ENOMEM:
		return peer_refuse(p, OFP_E_GM_OUT_OF_GROUPS, "out of memory");
	default:
		return peer_refuse(p, OFP_E_GM_INVALID_GROUP, "%s", why);
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
		return peer_refuse(p, OFP_E_MM_METER_EXISTS, "%s", why);
	case -ENOENT:
		return peer_refuse(p, OFP_E_MM_UNKNOWN_METER, "%s", why);
	case -EOPNOTSUPP:
		return peer_refuse(p, OFP_E_MM_BAD_BAND, "%s", why);
	case -ENOSPC:
	case -ENOMEM:
		return peer_refuse(p, OFP_E_MM_OUT_OF_METERS, "%s", why);
	default:
		return peer_refuse(p, OFP_E_MM_INVALID_METER, "%s", why);
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
