/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tlv_map.h"

#include "peers/bridge.h"
#include "peers/peer.h"

#include <errno.h>

static enum ofp_error_code
error_of(int rc)
{
	switch (rc) {
	case -EMSGSIZE:
		return OFP_E_TT_BAD_OPT_LEN;
	case -ERANGE:
		return OFP_E_TT_BAD_FIELD_IDX;
	case -EEXIST:
		return OFP_E_TT_ALREADY_MAPPED;
	case -EADDRINUSE:
		return OFP_E_TT_DUP_ENTRY;
	case -ENOSPC:
		return OFP_E_TT_TABLE_FULL;
	case -EBUSY:
		return OFP_E_TT_INVALID_TLV_DEL;
	default:
		return OFP_E_BR_EPERM;
	}
}

int
peer_tlv_map_mod(struct peer *p, const struct xlate_tlv_mod *mod, struct xlate_bridge *br)
{
	char why[FLOW_ERR_BYTES] = "";
	int rc = xlate_tlv_map_change(p->bridge->agent->modules.xlate, br, mod, why, sizeof why);

	return rc ? peer_error(p, error_of(rc), "%s", why) : 0;
}

void
peer_tlv_map_reply(struct peer *p, uint32_t xid, const struct xlate_bridge *br)
{
	struct xlate_tlv tlvs[XLATE_TLVS];
	struct ofp_message reply = {.type = OFP_TLV_TABLE_REPLY, .xid = xid};

	reply.tlvs = (struct xlate_tlv_mod){.n = xlate_tlv_map_read(br, tlvs), .tlvs = tlvs};
	peer_reply(p, &reply);
}
