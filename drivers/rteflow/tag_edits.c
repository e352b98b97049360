/* SPDX-License-Identifier: Apache-2.0 */
#include "tag_edits.h"

#include <arpa/inet.h>
#include <string.h>

#define TCI_BITS (FLOW_VLAN_VID | FLOW_VLAN_PCP)

void
rteflow_tag_edits_init(struct rteflow_tag_edits *e, const struct flow_match *m)
{
	memset(e, 0, sizeof *e);
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		e->now[i] = rteflow_tag(m, i);
	e->now[FLOW_VLANS] = RTEFLOW_TAG_ANY;
}

void
rteflow_tag_edits_pop(struct rteflow_tag_edits *e)
{
	for (unsigned int i = 0; i < FLOW_VLANS; i++)
		e->now[i] = e->now[i + 1];
	e->now[FLOW_VLANS] = RTEFLOW_TAG_ANY;
	if (e->n_pushes) {
		e->n_pushes--;
		return;
	}
	e->n_pops++;
	e->tci = e->tci_mask = 0;
}

bool
rteflow_tag_edits_push(struct rteflow_tag_edits *e, be16 tpid, be16 tci)
{
	if (e->n_pushes == RTEFLOW_PUSHES_MAX)
		return false;
	for (unsigned int i = FLOW_VLANS; i > 0; i--)
		e->now[i] = e->now[i - 1];
	e->now[0] = RTEFLOW_TAG_PRESENT;
	e->pushes[e->n_pushes].tpid = tpid;
	e->pushes[e->n_pushes++].tci = tci;
	return true;
}

void
rteflow_tag_edits_set(struct rteflow_tag_edits *e, be16 tci, be16 mask)
{
	be16 *to = e->n_pushes ? &e->pushes[e->n_pushes - 1].tci : &e->tci;

	mask &= htons(TCI_BITS);
	*to = (*to & ~mask) | (tci & mask);
	if (!e->n_pushes)
		e->tci_mask |= mask;
}

bool
rteflow_tag_edits_rewrite(struct rteflow_tag_edits *e, const struct flow_match *m)
{
	be16 known = m->mask.vlan[0].tci | e->tci_mask;

	if (e->changed || e->n_pops || e->n_pushes == RTEFLOW_PUSHES_MAX ||
	    m->mask.vlan[0].tpid != UINT16_MAX || (~known & htons(TCI_BITS)))
		return false;
	memmove(e->pushes + 1, e->pushes, e->n_pushes * sizeof e->pushes[0]);
	e->pushes[0].tpid = m->key.vlan[0].tpid;
	e->pushes[0].tci = (m->key.vlan[0].tci & ~e->tci_mask) | e->tci;
	e->n_pushes++;
	e->n_pops = 1;
	e->tci = e->tci_mask = 0;
	return true;
}

void
rteflow_tag_edits_done(struct rteflow_tag_edits *e)
{
	e->changed |= e->n_pops || e->n_pushes || e->tci_mask;
	e->n_pops = e->n_pushes = 0;
	e->tci = e->tci_mask = 0;
}
