/* SPDX-License-Identifier: Apache-2.0 */
#include "action/action_looks.h"

static unsigned int
field_looks(const struct flow_field *f)
{
	if (!f || f->prereq < FLOW_PREREQ_MPLS)
		return 0;
	return f->prereq == FLOW_PREREQ_MPLS ? LOOKS_AT_LABEL : LOOKS_BELOW;
}

/* push_mpls takes class and TTL from the IP header. Connection tracking is done by the datapath,
 * which needs a parsed packet. */
unsigned int
action_looks(const struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_GOTO_TABLE:
	case XLATE_ACT_RESUBMIT:
	case XLATE_ACT_DEC_TTL:
	case XLATE_ACT_PUSH_MPLS:
	case XLATE_ACT_LEARN:
	case XLATE_ACT_FIN_TIMEOUT:
	case XLATE_ACT_CT:
		return LOOKS_BELOW;
	case XLATE_ACT_POP_MPLS:
	case XLATE_ACT_DEC_MPLS_TTL:
	case XLATE_ACT_COPY_TTL_OUT:
	case XLATE_ACT_COPY_TTL_IN:
		return LOOKS_AT_LABEL;
	case XLATE_ACT_SET_FIELD:
		return field_looks(a->set.field);
	case XLATE_ACT_MOVE:
		return field_looks(a->move.src.field) | field_looks(a->move.dst.field);
	case XLATE_ACT_STACK_PUSH:
	case XLATE_ACT_STACK_POP:
		return field_looks(a->stack.field);
	case XLATE_ACT_OUTPUT_REG:
		return field_looks(a->output_reg.src.field);
	case XLATE_ACT_MULTIPATH:
		return a->multipath.fields == XLATE_HASH_ETH_SRC ? 0 : LOOKS_BELOW;
	case XLATE_ACT_BUNDLE:
		return a->bundle->fields == XLATE_HASH_ETH_SRC ? 0 : LOOKS_BELOW;
	default:
		return 0;
	}
}
