/* SPDX-License-Identifier: Apache-2.0 */
/* The device's calls are synchronous: flush() makes them for the batch and keeps the results for
 * poll().
 *
 * Reset: when the event is reported, the device has already lost everything. The flag that the
 * event sets starts a new generation, and rules of older ones are never used again. Insertions of
 * the old generation that were not yet polled are reported as failed. forget() does the same
 * without calling the device. */
#include "rule.h"

#include "canary.h"
#include "counter.h"
#include "error.h"
#include "guard.h"
#include "port.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>

static int
port_dev_id(const void *aux, uint32_t port, uint16_t *dev_id)
{
	const struct rteflow_port *p = rteflow_port_find(aux, port);

	if (!p)
		return -ENOENT;
	*dev_id = p->dev_id;
	return 0;
}

static int
blueprint_compile(struct rteflow_nic *n, const struct rteflow_port *in,
		  const struct flow_match *match, const struct flow_actions *actions,
		  struct rteflow_blueprint *b, struct nic_refusal *why)
{
	struct rteflow_ports ports = {.dev_id = port_dev_id, .aux = n};
	int rc = rteflow_pattern_compile(&n->dialect, match, in->dev_id,
					 rteflow_program_needs_l4(actions), &b->pattern, why);

	if (!rc)
		rc = rteflow_program_compile(&n->dialect, match, actions, &ports, &b->program, why);
	if (!rc && b->program.dei_zero)
		rteflow_pattern_dei_zero(&b->pattern);
	return rc;
}

int
rteflow_compile(struct nic *nic, const struct flow_match *match, const struct flow_actions *actions,
		unsigned int prio, struct nic_counter *counter, struct nic_rule **out,
		struct nic_refusal *why)
{
	struct rteflow_nic *n = rteflow_nic(nic);
	struct rteflow_port *in = rteflow_port_find(n, match->key.in_port);
	const struct rteflow_pattern *pattern;
	struct nic_rule *rule;
	int rc = -ENOMEM;

	if (!in)
		return nic_refuse(why, NIC_REASON_NO_DEVICE, NULL);
	rule = calloc(1, sizeof *rule);
	if (!rule)
		return rc;
	/* Compilation initialises it. It is large and made for each attempt, so it is not zeroed
	 * here. */
	rule->blueprint = malloc(sizeof *rule->blueprint);
	if (!rule->blueprint)
		goto fail_rule;
	rc = blueprint_compile(n, in, match, actions, rule->blueprint, why);
	if (rc)
		goto fail_blueprint;
	pattern = &rule->blueprint->pattern;
	rule->blueprint->attr = (struct rte_flow_attr){
		.priority = rteflow_guard_priority(&n->dialect, pattern, prio), .transfer = 1};
	rule->guarded = n->dialect.first_tag_only && pattern->untagged;
	rule->port = in;
	rule->proxy_id = in->proxy_id;
	rule->counter = counter;
	*out = rule;
	return 0;

fail_blueprint:
	free(rule->blueprint);
fail_rule:
	free(rule);
	return rc;
}

void
rteflow_rule_free(struct nic *nic, struct nic_rule *rule)
{
	(void)nic;
	free(rule->blueprint);
	free(rule);
}

static int
enqueue(struct rteflow_nic *n, struct nic_rule *rule, bool insert)
{
	if (n->n_batch + n->n_events >= RTEFLOW_QUEUE)
		return -EAGAIN;
	n->batch[n->n_batch++] = (struct rteflow_op){.rule = rule, .insert = insert};
	return 0;
}

int
rteflow_insert(struct nic *nic, struct nic_rule *rule)
{
	return enqueue(rteflow_nic(nic), rule, true);
}

int
rteflow_remove(struct nic *nic, struct nic_rule *rule)
{
	return enqueue(rteflow_nic(nic), rule, false);
}

static int
guard_refused(const struct rte_flow_error *error, int rc, const struct rteflow_blueprint *b,
	      struct nic_refusal *why)
{
	rteflow_error_explain(error, rc, b, why);
	if (why->reason != NIC_REASON_TABLE_FULL && why->reason != NIC_REASON_INSERT_FAILED)
		nic_refuse_field(why, NIC_REASON_FIELD_MASK, FLOW_FIELD_VLAN_TCI,
				 "untagged: the device takes 0x88a8 too");
	return rc;
}

/* Some drivers report lack of memory for a rule that they never accept (mlx5: headers that its
 * parser is not configured for). A table that accepts another rule is not full. */
static int
rule_refused(const struct rteflow_nic *n, struct nic_rule *rule, int rc,
	     const struct rte_flow_error *error, struct nic_refusal *why)
{
	rteflow_error_explain(error, rc, rule->blueprint, why);
	if (rc == -ENOMEM && rteflow_canary_fits(n, rule->port))
		nic_refuse(why, NIC_REASON_INSERT_FAILED, error->message);
	if (rule->guarded)
		rteflow_guard_put(n, rule->port);
	return rc;
}

static int
rule_create(struct rteflow_nic *n, struct nic_rule *rule, struct nic_refusal *why)
{
	struct rteflow_blueprint *b = rule->blueprint;
	struct rte_flow_error error = {0};
	int rc = rteflow_counter_need(n, rule->counter, rule->proxy_id, &error);

	if (rc) {
		nic_refuse(why, NIC_REASON_NO_COUNTER, error.message);
		return rc;
	}
	rc = rule->guarded ? rteflow_guard_get(n, rule->port, &error) : 0;
	if (rc)
		return guard_refused(&error, rc, b, why);
	if (n->dialect.caps.shared_counter)
		b->program.actions[0].conf = rule->counter->handle;
	rule->flow = rte_flow_create(rule->proxy_id, &b->attr, b->pattern.items, b->program.actions,
				     &error);
	rule->generation = n->generation;
	if (!rule->flow)
		return rule_refused(n, rule, rte_errno ? -rte_errno : -EIO, &error, why);
	rteflow_counter_attach(n, rule);
	free(rule->blueprint);
	rule->blueprint = NULL;
	return 0;
}

static int
rule_destroy(struct rteflow_nic *n, struct nic_rule *rule, struct nic_refusal *why)
{
	struct rte_flow_error error = {0};
	int rc;

	if (!rule->flow || rule->generation != n->generation)
		return 0;
	rteflow_counter_last_read(n, rule);
	rc = rte_flow_destroy(rule->proxy_id, rule->flow, &error);
	if (rc && rc != -ENODEV) {
		nic_refuse(why, NIC_REASON_INSERT_FAILED, error.message);
		return rc;
	}
	rule->flow = NULL;
	rteflow_counter_detach(n, rule);
	if (rule->guarded)
		rteflow_guard_put(n, rule->port);
	return 0;
}

static void
rules_lost(struct rteflow_nic *n)
{
	for (unsigned int i = 0; i < n->n_events; i++) {
		struct nic_event *e = &n->events[i];

		if (e->type == NIC_INSERTED && !e->error) {
			e->error = -EIO;
			nic_refuse(&e->why, NIC_REASON_RESET, NULL);
		}
	}
	n->generation++;
}

static bool
proxy_seen_before(const struct rteflow_nic *n, unsigned int i)
{
	for (unsigned int j = 0; j < i; j++) {
		if (n->ports[j]->proxy_id == n->ports[i]->proxy_id)
			return true;
	}
	return false;
}

/* The device lost everything. Flushes the handles that its driver may still keep. */
static void
take_loss(struct rteflow_nic *n)
{
	n->n_unread += rteflow_counters_save(n);
	rules_lost(n);
	for (unsigned int i = 0; i < n->n_ports; i++) {
		struct rte_flow_error error = {0};

		if (!proxy_seen_before(n, i))
			rte_flow_flush(n->ports[i]->proxy_id, &error);
	}
	if (!n->keeps_counters || !n->dialect.caps.shared_counter)
		n->n_unread += rteflow_counters_lost(n);
}

void
rteflow_forget(struct nic *nic)
{
	struct rteflow_nic *n = rteflow_nic(nic);

	rules_lost(n);
	n->n_unread += rteflow_counters_lost(n);
	n->forgotten = true;
}

void
rteflow_flush(struct nic *nic)
{
	struct rteflow_nic *n = rteflow_nic(nic);

	for (unsigned int i = 0; i < n->n_batch; i++) {
		const struct rteflow_op *op = &n->batch[i];
		struct nic_event *e = &n->events[n->n_events++];

		memset(e, 0, sizeof *e);
		e->rule = op->rule;
		e->type = op->insert ? NIC_INSERTED : NIC_REMOVED;
		e->error = op->insert ? rule_create(n, op->rule, &e->why)
				      : rule_destroy(n, op->rule, &e->why);
	}
	n->n_batch = 0;
}

unsigned int
rteflow_poll(struct nic *nic, struct nic_event *out, unsigned int max)
{
	struct rteflow_nic *n = rteflow_nic(nic);
	unsigned int k = 0;

	if (max && atomic_exchange(&n->lost, false)) {
		take_loss(n);
		n->forgotten = true;
	}
	if (max && n->forgotten) {
		n->forgotten = false;
		out[k++] = (struct nic_event){.type = NIC_LOST, .n_unread = n->n_unread};
		n->n_unread = 0;
	}
	if (n->n_events < max - k)
		max = n->n_events + k;
	memcpy(out + k, n->events, (max - k) * sizeof *out);
	n->n_events -= max - k;
	memmove(n->events, n->events + (max - k), n->n_events * sizeof *out);
	return max;
}
