/* SPDX-License-Identifier: Apache-2.0 */
/* A request may consist of several messages (ovs-ofctl's are that long before 1.5). Only the wanted
 * part is kept: a name for each table. */
#include "agent/features_request.h"

#include "agent/table.h"
#include "peers/peer.h"
#include "replies/table_features.h"

#include <xlate/table_config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct agent_features {
	uint32_t xid;
	bool refused; /* the rest of the request is ignored */
	uint8_t command;
	unsigned int n; /* tables */
	bool seen[XLATE_TABLES];
	char name[XLATE_TABLES][XLATE_TABLE_NAME_BYTES];
};

static int
want_table(struct peer *p, struct agent_features *f, const struct xlate_bridge *br,
	   const struct ofp_table_features *want)
{
	struct ofp_table_stats is;

	agent_table_stats(br, want->table, &is);
	if (f->seen[want->table])
		return peer_error(p, OFP_E_TF_DUP_TABLE, "table %u is given twice", want->table);
	if (want->max_entries != is.max_entries)
		return peer_error(p, OFP_E_TF_EPERM,
				  "table %u: max_entries %u cannot be changed from %u", want->table,
				  (unsigned int)want->max_entries, (unsigned int)is.max_entries);
	if (!f->n)
		f->command = want->command;
	f->n++;
	f->seen[want->table] = true;
	memcpy(f->name[want->table], want->name, sizeof f->name[0]);
	return 0;
}

static int
name_set(struct peer *p, struct xlate_bridge *br, uint8_t table, const char *name, char *old)
{
	struct xlate_table_state state;
	char why[FLOW_ERR_BYTES] = "";
	int rc;

	xlate_table_state(br, table, &state);
	memcpy(old, state.config.name, XLATE_TABLE_NAME_BYTES);
	if (!strncmp(old, name, XLATE_TABLE_NAME_BYTES))
		return 0;
	memcpy(state.config.name, name, XLATE_TABLE_NAME_BYTES);
	rc = xlate_table_configure(p->bridge->agent->modules.xlate, br, table, &state.config, NULL,
				   why, sizeof why);
	return rc == -EINVAL ? peer_error(p, OFP_E_TF_EPERM, "table %u: %s", table, why) : rc;
}

/* Sets all names or none. */
static int
names_set(struct peer *p, struct xlate_bridge *br, const struct agent_features *f)
{
	char old[XLATE_TABLES][XLATE_TABLE_NAME_BYTES], unused[XLATE_TABLE_NAME_BYTES];
	int rc = 0, n = 0;

	while (!rc && n < XLATE_TABLES) {
		if (f->seen[n])
			rc = name_set(p, br, (uint8_t)n, f->name[n], old[n]);
		n += !rc;
	}
	while (rc && n--)
		if (f->seen[n])
			name_set(p, br, (uint8_t)n, old[n], unused);
	return rc;
}

static int
apply(struct peer *p, struct xlate_bridge *br, const struct agent_features *f)
{
	if (f->command == OFP_FEATURES_ENABLE || f->command == OFP_FEATURES_DISABLE)
		return peer_error(p, OFP_E_TF_EPERM, "tables cannot be enabled or disabled");
	if (f->n && f->command == OFP_FEATURES_REPLACE && f->n != XLATE_TABLES)
		return peer_error(p, OFP_E_TF_EPERM,
				  "%u tables are given; expected %d, the fixed number of tables",
				  f->n, XLATE_TABLES);
	return names_set(p, br, f);
}

static int
part(struct peer *p, struct agent_features *f, const struct ofp_multipart *mp,
     struct xlate_bridge *br)
{
	struct ofp_cursor c = {mp->body, mp->n_body};
	int rc = 0;

	while (!rc && c.n) {
		struct ofp_table_features want;

		rc = ofp_table_features_pull(&c, p->ctx.version, &want, &p->bridge->agent->error);
		if (!rc)
			rc = want_table(p, f, br, &want);
	}
	return rc || mp->more ? rc : apply(p, br, f);
}

int
peer_features(struct peer *p, uint32_t xid, const struct ofp_multipart *mp, struct xlate_bridge *br)
{
	struct agent_features *f = p->features;
	bool ends = !mp->more;
	int rc;

	if (!f || f->xid != xid) {
		peer_features_free(p);
		if (!mp->n_body && ends)
			return 0;
		if (p->role == OFP_ROLE_SLAVE)
			return peer_error(p, OFP_E_BR_IS_SLAVE, "a slave may not change tables");
		f = p->features = calloc(1, sizeof *f);
		if (!f)
			return -ENOMEM;
		f->xid = xid;
	}
	rc = f->refused ? 1 : part(p, f, mp, br);
	if (rc < 0)
		f->refused = true;
	if (ends)
		peer_features_free(p);
	return rc || ends ? rc : 1;
}

void
peer_features_free(struct peer *p)
{
	free(p->features);
	p->features = NULL;
}
