/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/adoption.h"

#include <base/clock.h>
#include <base/log.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 3
#define PROGRESS_NS NS_PER_S

struct ctl_adoption {
	struct ctl_adoption_of of;
	struct kdp_walk *walk;
	unsigned int n_tries;
	unsigned int n, n_left;
	/* What Tandem cannot express of the last flow that was left; NULL: see 'rc'. */
	const char *why;
	int rc;
	uint64_t begun_ns, told_ns;
};

int
ctl_adoption_create(const struct ctl_adoption_of *of, struct ctl_adoption **out)
{
	struct ctl_adoption *a = calloc(1, sizeof *a);

	if (!a)
		return -ENOMEM;
	a->of = *of;
	a->begun_ns = a->told_ns = clock_now_ns();
	*out = a;
	return 0;
}

static int
flow_adopt(void *aux, const struct kdp_found *flow)
{
	struct ctl_adoption *a = aux;
	const struct upc_found found = {flow->ufid, flow->match, flow->actions, flow->stats};
	int rc = flow->match ? upc_adopt(a->of.upc, &found) : -EOPNOTSUPP;

	if (rc == -EEXIST) /* by an earlier try */
		return 0;
	if (!rc) {
		a->n++;
		return 0;
	}
	a->n_left++;
	a->rc = rc;
	a->why = flow->refused;
	return 0;
}

static void
end_report(const struct ctl_adoption *a, int rc)
{
	if (rc)
		LOG_ERR(a->of.log, CONTROL, "datapath %s: its flows cannot all be read: %s",
			a->of.name, strerror(-rc));
	if (a->n_left)
		LOG_WARN(
			a->of.log, CONTROL,
			"datapath %s: %u flows of an earlier process are removed; the last for: %s",
			a->of.name, a->n_left, a->why ? a->why : strerror(-a->rc));
	if (a->n)
		LOG_INFO(a->of.log, CONTROL,
			 "datapath %s: %u flows adopted in %.1f ms, with %u ports", a->of.name,
			 a->n, (double)(clock_now_ns() - a->begun_ns) / NS_PER_MS,
			 kdp_ports(a->of.kdp, NULL, 0) - 1);
}

static void
progress_report(struct ctl_adoption *a)
{
	uint64_t now_ns = clock_now_ns();

	if (now_ns - a->told_ns < PROGRESS_NS)
		return;
	a->told_ns = now_ns;
	LOG_INFO(a->of.log, CONTROL, "datapath %s: %u flows adopted so far", a->of.name, a->n);
}

/* A walk that was cut lacks flows, which the first full sweep would remove: it begins anew. */
int
ctl_adoption_step(struct ctl_adoption *a)
{
	int rc = a->walk ? 0 : kdp_walk_create(a->of.kdp, true, &a->walk);

	if (!rc)
		rc = kdp_walk_next(a->walk, flow_adopt, a);
	if (rc > 0) {
		progress_report(a);
		return 1;
	}
	kdp_walk_destroy(a->walk);
	a->walk = NULL;
	if (rc < 0 && rc != -ENODEV && ++a->n_tries < TRIES)
		return 1;
	end_report(a, rc);
	return 0;
}

unsigned int
ctl_adoption_n(const struct ctl_adoption *a)
{
	return a->n;
}

void
ctl_adoption_destroy(struct ctl_adoption *a)
{
	if (!a)
		return;
	kdp_walk_destroy(a->walk);
	free(a);
}
