/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/restore.h"

#include "operate/datapath.h"

#include <openflow/operator.h>

int
ctl_restore_end(struct ctl_stack *s)
{
	int rc;

	if (!upc_is_held(s->upc))
		return 0;
	if (s->datapath->adopt)
		s->datapath->adopt(s);
	rc = upc_release(s->upc);
	if (!rc && s->agent)
		agent_proceed(s->agent);
	return rc;
}
