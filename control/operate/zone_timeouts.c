/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/zone_timeouts.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/number.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define REMOVALS_TURN 64
/* Removals that were refused so often are reported, once. */
#define RETRIES_MANY 10
#define STOP_TRIES 50
#define STOP_WAIT_NS (20 * NS_PER_MS)

struct entry {
	struct ctl_zone_policy policy;
	uint8_t parts;	 /* of 'policy', which translations name */
	uint8_t leaving; /* others that exist */
	unsigned int retries;
};

struct ctl_zone_timeouts {
	struct entry **by_zone; /* sorted */
	unsigned int n, n_room;
	unsigned int n_leaving; /* entries with such parts */
	unsigned int next;	/* zone with which the next turn of removals begins */
};

/* ---- words ---- */

/* Appends the names of some timeouts. */
static void
names_print(uint32_t which, char *out, size_t n)
{
	size_t at = strlen(out);

	for (int i = 0; i < FLOW_N_TIMEOUTS && at < n; i++) {
		if (which >> i & 1)
			at += (size_t)snprintf(out + at, n - at, "%s%s",
					       which & ((1u << i) - 1) ? ", " : "",
					       flow_timeout_names[i]);
	}
}

int
ctl_timeout_take(struct flow_timeouts *t, const char *key, size_t n_key, const char *seconds,
		 char *err, size_t n_err)
{
	uint64_t s;
	int i = 0;

	while (i < FLOW_N_TIMEOUTS && (strlen(flow_timeout_names[i]) != n_key ||
				       memcmp(flow_timeout_names[i], key, n_key) != 0))
		i++;
	if (i == FLOW_N_TIMEOUTS) {
		err_print(err, n_err, "'%.*s': unknown timeout; expected ",
			  (int)(n_key < 40 ? n_key : 40), key);
		names_print(UINT32_MAX, err, n_err);
		return -EINVAL;
	}
	if (number_parse(seconds, strlen(seconds), 1, FLOW_TIMEOUT_S_MAX, &s)) {
		err_print(err, n_err, "%s: '%.40s'; expected seconds, 1..%d", flow_timeout_names[i],
			  seconds, FLOW_TIMEOUT_S_MAX);
		return -EINVAL;
	}
	if (t->has >> i & 1) {
		err_print(err, n_err, "%s is given twice", flow_timeout_names[i]);
		return -EINVAL;
	}
	t->has |= 1u << i;
	t->s[i] = (uint32_t)s;
	return 0;
}

int
ctl_zone_take(const char *text, uint16_t *zone, char *err, size_t n_err)
{
	uint64_t n;

	if (number_parse(text, strlen(text), 0, UINT16_MAX, &n)) {
		err_print(err, n_err, "zone: '%.40s'; expected 0..65535", text);
		return -EINVAL;
	}
	*zone = (uint16_t)n;
	return 0;
}

/* ---- entries ---- */

/* Returns the place of the first entry from 'zone' on. */
static unsigned int
place(const struct ctl_zone_timeouts *z, unsigned int zone)
{
	unsigned int low = 0, high = z->n;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (z->by_zone[mid]->policy.zone < zone)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct entry *
find(const struct ctl_zone_timeouts *z, uint16_t zone)
{
	unsigned int i = place(z, zone);

	return i < z->n && z->by_zone[i]->policy.zone == zone ? z->by_zone[i] : NULL;
}

static struct entry *
find_or_add(struct ctl_zone_timeouts *z, uint16_t zone)
{
	unsigned int i = place(z, zone);
	struct entry *e = find(z, zone), **more;

	if (e)
		return e;
	if (z->n == z->n_room) {
		more = realloc(z->by_zone, (2 * z->n_room + 4) * sizeof *more);
		if (!more)
			return NULL;
		z->by_zone = more;
		z->n_room = 2 * z->n_room + 4;
	}
	e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->policy.zone = zone;
	memmove(&z->by_zone[i + 1], &z->by_zone[i], (z->n - i) * sizeof *z->by_zone);
	z->by_zone[i] = e;
	z->n++;
	return e;
}

/* Removes an entry that has nothing. Returns how many it removed. */
static unsigned int
tidy(struct ctl_zone_timeouts *z, struct entry *e)
{
	unsigned int i = place(z, e->policy.zone);

	if (e->parts || e->leaving)
		return 0;
	free(e);
	z->n--;
	memmove(&z->by_zone[i], &z->by_zone[i + 1], (z->n - i) * sizeof *z->by_zone);
	return 1;
}

/* ---- parts ---- */

static void
leaving_set(struct ctl_zone_timeouts *z, struct entry *e, uint8_t leaving)
{
	z->n_leaving += !e->leaving && leaving;
	z->n_leaving -= e->leaving && !leaving;
	e->leaving = leaving;
	e->retries = leaving ? e->retries : 0;
}

/* Tries to remove what no translation names any more. */
static void
removal_try(struct ctl_stack *s, struct entry *e)
{
	uint8_t left = e->leaving;
	int rc = left ? s->dp->class->timeouts_del(s->dp, e->policy.zone, &left) : 0;

	leaving_set(s->timeouts, e, left);
	if (!left)
		return;
	e->retries++;
	if (e->retries == RETRIES_MANY)
		LOG_WARN(s->log, CONTROL,
			 "zone %u: its former timeouts cannot be removed yet: %s; tried every "
			 "second",
			 e->policy.zone, strerror(-rc));
}

/* Gives translations other parts to name: these exist. */
static int
parts_set(struct ctl_stack *s, struct entry *e, uint8_t parts)
{
	uint8_t leaving = (uint8_t)((e->leaving | e->parts) & ~parts);
	int rc = xlate_zone_timeouts_set(s->xlate, e->policy.zone, parts);

	if (rc)
		return rc;
	e->parts = parts;
	leaving_set(s->timeouts, e, leaving);
	removal_try(s, e);
	return 0;
}

/* ---- errors ---- */

int
ctl_zone_timeouts_check(const struct ctl_stack *s, char *err, size_t n_err)
{
	if (s->dp->caps.timeouts)
		return 0;
	err_print(err, n_err, "the datapath %s has no timeouts of connections by zone%s",
		  s->dp_name,
		  s->kernel ? ": the kernel refuses a ct action with a timeout, which needs "
			      "Linux 5.2 and CONFIG_NF_CONNTRACK_TIMEOUT"
			    : "; the kernel's has");
	return -EOPNOTSUPP;
}

/* Returns 0, or -errno with 'err' if the datapath cannot have the policy. */
static int
policy_check(const struct ctl_stack *s, const struct ctl_zone_policy *p, char *err, size_t n_err)
{
	const struct dp_caps *caps = &s->dp->caps;
	uint32_t lacks = p->t.has & ~caps->timeouts;
	int rc = ctl_zone_timeouts_check(s, err, n_err);

	if (rc)
		return rc;
	if (p->zone & caps->absent.ct_zone) {
		err_print(err, n_err,
			  "zone %u: the kernel has zone 0 alone (CONFIG_NF_CONNTRACK_ZONES)",
			  p->zone);
		return -EOPNOTSUPP;
	}
	if (lacks) {
		err_print(err, n_err, "%s: the datapath %s has no such timeout; it has ",
			  flow_timeout_names[__builtin_ctz(lacks)], s->dp_name);
		names_print(caps->timeouts, err, n_err);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int
refused(int rc, uint16_t zone, char *err, size_t n_err)
{
	const char *why = strerror(-rc);

	if (rc == -EPROTONOSUPPORT)
		why = "the kernel lacks timeouts of connections: load the module "
		      "nfnetlink_cttimeout (modprobe nfnetlink_cttimeout)";
	else if (rc == -EEXIST)
		why = "another program has objects with the names of the policy, for other "
		      "protocols";
	err_print(err, n_err, "zone %u: %s", zone, why);
	return rc;
}

/* ---- operations ---- */

struct owned {
	uint16_t zone;
	uint8_t parts;
};

static void
part_own(void *aux, uint16_t zone, enum flow_timeout_part part, const struct flow_timeouts *t)
{
	struct owned *o = aux;

	(void)t;
	if (zone == o->zone)
		o->parts |= (uint8_t)(1u << part);
}

/* Returns those of 'added' that a set may have made before it failed. Objects of another program are left. */
static uint8_t
remains(struct ctl_stack *s, uint16_t zone, uint8_t added, int rc)
{
	struct owned o = {.zone = zone};

	if (rc == -EPROTONOSUPPORT)
		return 0;
	if (rc != -EEXIST)
		return added;
	s->dp->class->timeouts_each(s->dp, part_own, &o);
	return added & o.parts;
}

/* After an error the former policy is set again, as far as possible. */
static int
policy_set(struct ctl_stack *s, struct entry *e, const struct ctl_zone_policy *p)
{
	struct flow_timeouts t = p->t;
	uint8_t added = (uint8_t)(flow_timeouts_parts(&t) & ~e->parts);
	int rc = s->dp->class->timeouts_set(s->dp, p->zone, &t);

	if (!rc)
		rc = parts_set(s, e, flow_timeouts_parts(&t));
	if (!rc) {
		e->policy.t = t;
		return 0;
	}
	t = e->policy.t;
	if (e->parts)
		s->dp->class->timeouts_set(s->dp, p->zone, &t);
	leaving_set(s->timeouts, e, e->leaving | remains(s, p->zone, added, rc));
	return rc;
}

int
ctl_zone_timeouts_set(struct ctl_stack *s, const struct ctl_zone_policy *p, char *err, size_t n_err)
{
	int rc = policy_check(s, p, err, n_err);
	struct entry *e;

	if (rc)
		return rc;
	e = find_or_add(s->timeouts, p->zone);
	if (!e)
		return -ENOMEM;
	rc = policy_set(s, e, p);
	tidy(s->timeouts, e);
	return rc ? refused(rc, p->zone, err, n_err) : 0;
}

int
ctl_zone_timeouts_del(struct ctl_stack *s, uint16_t zone, char *err, size_t n_err)
{
	struct entry *e = find(s->timeouts, zone);
	int rc;

	if (!e || !e->parts) {
		err_print(err, n_err, "zone %u has no timeouts", zone);
		return -ENOENT;
	}
	e->policy.t = (struct flow_timeouts){.has = 0};
	rc = parts_set(s, e, 0);
	tidy(s->timeouts, e);
	return rc;
}

bool
ctl_zone_timeouts_next(const struct ctl_stack *s, unsigned int zone, struct ctl_zone_state *out)
{
	const struct ctl_zone_timeouts *z = s->timeouts;
	unsigned int i = place(z, zone);

	if (i == z->n)
		return false;
	*out = (struct ctl_zone_state){.policy = z->by_zone[i]->policy,
				       .leaving = z->by_zone[i]->leaving,
				       .retries = z->by_zone[i]->retries};
	return true;
}

/* Begins after the zone with which the turn before ended, so that each has its turn. */
void
ctl_zone_timeouts_tick(struct ctl_stack *s)
{
	struct ctl_zone_timeouts *z = s->timeouts;
	unsigned int n = z->n_leaving < REMOVALS_TURN ? z->n_leaving : REMOVALS_TURN, i;

	for (i = place(z, z->next); n && z->n; i++) {
		struct entry *e;

		if (i >= z->n)
			i = 0;
		e = z->by_zone[i];
		z->next = e->policy.zone + 1u;
		if (!e->leaving)
			continue;
		n--;
		removal_try(s, e);
		i -= tidy(z, e);
	}
}

/* ---- start ---- */

struct finding {
	struct ctl_zone_timeouts *z;
	int rc;
};

/* Parts are leaving until a policy has them. */
static void
part_find(void *aux, uint16_t zone, enum flow_timeout_part part, const struct flow_timeouts *t)
{
	struct finding *f = aux;
	struct entry *e = find_or_add(f->z, zone);

	if (!e) {
		f->rc = -ENOMEM;
		return;
	}
	leaving_set(f->z, e, e->leaving | (uint8_t)(1u << part));
	for (int i = 0; i < FLOW_N_TIMEOUTS; i++) {
		if (t->has >> i & 1)
			e->policy.t.s[i] = t->s[i];
	}
	e->policy.t.has |= t->has;
}

/* Removes the policies of zones that have no parts: what exists of them is leaving. */
static void
policies_forget(struct ctl_stack *s)
{
	struct ctl_zone_timeouts *z = s->timeouts;

	for (unsigned int i = 0; i < z->n; i++) {
		if (!z->by_zone[i]->parts)
			z->by_zone[i]->policy.t = (struct flow_timeouts){.has = 0};
	}
}

/* Takes the policies that were found, which may lack parts if their daemon was killed while it made them. One that the
 * datapath refuses is lost, as the daemon would else not start. */
static void
policies_take(struct ctl_stack *s)
{
	struct ctl_zone_timeouts *z = s->timeouts;
	unsigned int n = 0;

	for (unsigned int i = 0; i < z->n; i++) {
		const struct ctl_zone_policy p = z->by_zone[i]->policy;
		int rc = policy_set(s, z->by_zone[i], &p);
		char why[256];

		n += !rc;
		if (rc) {
			refused(rc, p.zone, why, sizeof why);
			LOG_ERR(s->log, CONTROL, "timeouts of an earlier process are removed: %s",
				why);
		}
	}
	if (n)
		LOG_INFO(s->log, CONTROL, "timeouts of %u zones are those of an earlier process",
			 n);
	policies_forget(s);
}

int
ctl_zone_timeouts_start(struct ctl_stack *s, const struct ctl_zone_policy *policies, unsigned int n,
			char *err, size_t n_err)
{
	struct finding f;
	int rc = 0;

	s->timeouts = calloc(1, sizeof *s->timeouts);
	if (!s->timeouts)
		return -ENOMEM;
	f = (struct finding){s->timeouts, 0};
	/* Without the module there are none. */
	if (s->dp->caps.timeouts)
		rc = s->dp->class->timeouts_each(s->dp, part_find, &f);
	if (rc && rc != -EPROTONOSUPPORT)
		LOG_ERR(s->log, CONTROL, "timeouts of an earlier process cannot be read: %s",
			strerror(-rc));
	if (f.rc)
		return f.rc;
	if (policies)
		policies_forget(s);
	else
		policies_take(s);
	for (unsigned int i = 0; policies && i < n; i++) {
		rc = ctl_zone_timeouts_set(s, &policies[i], err, n_err);
		if (rc)
			return rc;
	}
	return 0;
}

/* The next daemon would take what remains of a removed policy for one. The kernel frees flows, which hold parts, after
 * its grace period. */
static void
removals_end(struct ctl_stack *s)
{
	const struct timespec pause = {.tv_nsec = STOP_WAIT_NS};

	for (int i = 0; s->timeouts->n_leaving && i < STOP_TRIES; i++) {
		if (i)
			nanosleep(&pause, NULL);
		ctl_zone_timeouts_tick(s);
	}
}

void
ctl_zone_timeouts_stop(struct ctl_stack *s)
{
	struct ctl_zone_timeouts *z = s->timeouts;

	if (z && s->keep_datapath)
		removals_end(s);
	for (unsigned int i = 0; z && i < z->n; i++)
		free(z->by_zone[i]);
	if (z)
		free(z->by_zone);
	free(z);
	s->timeouts = NULL;
}
