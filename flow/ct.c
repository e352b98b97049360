/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/action.h>

#include <errno.h>

bool
flow_nat_equal(const struct flow_nat *a, const struct flow_nat *b)
{
	return a->flags == b->flags && a->ip_version == b->ip_version &&
	       a->port_min == b->port_min && a->port_max == b->port_max &&
	       !memcmp(&a->ip_min, &b->ip_min, sizeof a->ip_min) &&
	       !memcmp(&a->ip_max, &b->ip_max, sizeof a->ip_max);
}

static bool
any_bit(const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (b[i])
			return true;
	}
	return false;
}

const char *
flow_ct_sets(const struct flow_ct *ct, const struct flow_key *bits)
{
	if (ct->zone & bits->ct_zone)
		return "ct_zone";
	if (ct->mark_mask & bits->ct_mark)
		return "ct_mark";
	for (size_t i = 0; i < sizeof ct->label_mask; i++) {
		if (ct->label_mask[i] & bits->ct_label[i])
			return "ct_label";
	}
	return NULL;
}

static int
add_label(struct flow_actions *acts, const struct flow_ct *ct)
{
	struct flow_action a = {.type = FLOW_ACTION_CT_LABEL};

	if (!any_bit(ct->label_mask, sizeof ct->label_mask))
		return 0;
	memcpy(a.ct_label.mask, ct->label_mask, sizeof a.ct_label.mask);
	for (size_t i = 0; i < sizeof a.ct_label.value; i++)
		a.ct_label.value[i] = ct->label[i] & ct->label_mask[i];
	return flow_actions_add(acts, &a);
}

static int
add_nat(struct flow_actions *acts, const struct flow_ct *ct)
{
	struct flow_action a = {.type = FLOW_ACTION_CT_NAT};

	if (!ct->has_nat)
		return 0;
	a.ct_nat.flags = ct->nat.flags;
	a.ct_nat.ip_version = ct->nat.ip_version;
	a.ct_nat.ip_min = ct->nat.ip_min;
	a.ct_nat.ip_max = ct->nat.ip_max;
	return flow_actions_add(acts, &a);
}

static int
add_timeout(struct flow_actions *acts, const struct flow_ct *ct)
{
	struct flow_action a = {.type = FLOW_ACTION_CT_TIMEOUT};

	if (!*ct->timeout)
		return 0;
	memcpy(a.ct_timeout, ct->timeout, sizeof a.ct_timeout);
	return flow_actions_add(acts, &a);
}

int
flow_actions_add_ct(struct flow_actions *acts, const struct flow_ct *ct)
{
	struct flow_action a = {.type = FLOW_ACTION_CT};
	uint16_t n = acts->n;
	int rc;

	a.ct.commit = ct->commit;
	a.ct.force = ct->force;
	a.ct.helper = ct->helper;
	a.ct.zone = ct->zone;
	a.ct.mark = ct->mark & ct->mark_mask;
	a.ct.mark_mask = ct->mark_mask;
	if (ct->has_nat) {
		a.ct.port_min = ct->nat.port_min;
		a.ct.port_max = ct->nat.port_max;
	}
	rc = flow_actions_add(acts, &a);
	if (!rc)
		rc = add_label(acts, ct);
	if (!rc)
		rc = add_nat(acts, ct);
	if (!rc)
		rc = add_timeout(acts, ct);
	if (rc)
		acts->n = n;
	return rc;
}

uint16_t
flow_actions_ct(const struct flow_actions *acts, uint16_t i, struct flow_ct *out)
{
	const struct flow_action *a = &acts->a[i], *end = acts->a + acts->n;
	uint16_t n = 1;

	*out = (struct flow_ct){
		.commit = a->ct.commit,
		.force = a->ct.force,
		.helper = a->ct.helper,
		.zone = a->ct.zone,
		.mark = a->ct.mark,
		.mark_mask = a->ct.mark_mask,
		.nat = {.port_min = a->ct.port_min, .port_max = a->ct.port_max},
	};
	if (a + n < end && a[n].type == FLOW_ACTION_CT_LABEL) {
		memcpy(out->label, a[n].ct_label.value, sizeof out->label);
		memcpy(out->label_mask, a[n].ct_label.mask, sizeof out->label_mask);
		n++;
	}
	if (a + n < end && a[n].type == FLOW_ACTION_CT_NAT) {
		out->has_nat = true;
		out->nat.flags = a[n].ct_nat.flags;
		out->nat.ip_version = a[n].ct_nat.ip_version;
		out->nat.ip_min = a[n].ct_nat.ip_min;
		out->nat.ip_max = a[n].ct_nat.ip_max;
		n++;
	}
	if (a + n < end && a[n].type == FLOW_ACTION_CT_TIMEOUT) {
		memcpy(out->timeout, a[n].ct_timeout, sizeof out->timeout);
		n++;
	}
	return n;
}
