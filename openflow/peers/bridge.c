/* SPDX-License-Identifier: Apache-2.0 */
#include "peers/bridge.h"

#include <base/err.h>

#include <errno.h>
#include <string.h>

struct agent_bridge *
agent_bridge_find(struct agent *a, const char *name)
{
	struct agent_bridge *b;

	TAILQ_FOREACH (b, &a->bridges, link)
		if (!strcmp(b->name, name))
			return b;
	return NULL;
}

int
agent_listen(struct agent_bridge *b, const char *what, loop_accept_cb accept,
	     struct ofp_listener **out, char *err, size_t n_err)
{
	const struct ofp_listener_config config = {.base = b->agent->base,
						   .log = b->agent->log,
						   .accepted = accept,
						   .aux = b,
						   .n_failed = &b->n_accept_failed};
	struct ofp_target target;
	char text[OFP_TARGET_BYTES + 1];
	int n = snprintf(text, sizeof text, "punix:%s/%s.%s", b->agent->config.rundir, b->name,
			 what);
	int rc = n < OFP_TARGET_BYTES ? 0 : -ENAMETOOLONG;

	if (rc)
		err_print(err, n_err, "%s/%s.%s: the path of a socket is too long",
			  b->agent->config.rundir, b->name, what);
	else
		rc = ofp_target_parse(text, &target, err, n_err);
	if (!rc)
		rc = ofp_listener_create(&config, &target, out, err, n_err);
	return rc;
}

unsigned int
agent_port_from(const struct agent_bridge *b, uint64_t number)
{
	unsigned int lo = 0, hi = b->n_ports;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (b->ports[mid].desc.number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct agent_port *
agent_port_find(const struct agent_bridge *b, uint16_t number)
{
	unsigned int i = agent_port_from(b, number);

	return i < b->n_ports && b->ports[i].desc.number == number ? &b->ports[i] : NULL;
}
