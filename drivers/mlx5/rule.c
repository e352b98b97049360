/* SPDX-License-Identifier: Apache-2.0 */
/* flush() makes the library's calls for the batch, waits until the device has written what they posted, and keeps
 * the results for poll().
 *
 * Loss: a queue of the device in error, or a device that failed, writes nothing any more. Then packets are led past
 * the tables, all rules are dropped, counters are read a last time, and the domain is made again; if that fails, poll()
 * tries it again later. A rule that is in no device is one whose 'rule' is NULL, so later removals of lost rules
 * succeed. */
#include "rule.h"

#include "array.h"
#include "counter.h"
#include "edit.h"
#include "fdb.h"
#include "matcher.h"
#include "port.h"
#include "queue.h"
#include "reset.h"

#include <errno.h>
#include <stdlib.h>

#define TAG_BYTES 4
#define ACTIONS_MAX (1 + FLOW_VLANS + 1 + MLXDR_PUSHES_MAX + 1)

static bool
has_port(const void *aux, uint32_t port)
{
	return mlxdr_port_find(aux, port);
}

static int
blueprint_compile(struct mlxdr_nic *n, const struct mlxdr_port *in, const struct flow_match *match,
		  const struct flow_actions *actions, struct mlxdr_blueprint *b,
		  struct nic_refusal *why)
{
	struct mlxdr_ports ports = {.has = has_port, .aux = n};
	struct mlxdr_place place = {.format = n->device.format,
				    .from_wire = in->vport == MLXDR_VPORT_WIRE,
				    .max_destinations = 1u << n->device.log_destinations};
	int rc = mlxdr_program_compile(&place, match, actions, &ports, &b->program, why);

	return rc ? rc : mlxdr_match_compile(match, &in->source, b->program.whole, &b->match, why);
}

int
mlxdr_compile(struct nic *nic, const struct flow_match *match, const struct flow_actions *actions,
	      unsigned int prio, struct nic_counter *counter, struct nic_rule **out,
	      struct nic_refusal *why)
{
	struct mlxdr_nic *n = mlxdr_nic(nic);
	struct mlxdr_port *in = mlxdr_port_find(n, match->key.in_port);
	struct nic_rule *rule;
	int rc = -ENOMEM;

	if (!in)
		return nic_refuse(why, NIC_REASON_NO_DEVICE, NULL);
	if (!n->domain)
		return nic_refuse(why, NIC_REASON_DEVICE_DOWN, "the device failed");
	rule = calloc(1, sizeof *rule);
	if (!rule)
		return rc;
	/* Compilation initialises it. */
	rule->blueprint = malloc(sizeof *rule->blueprint);
	if (!rule->blueprint)
		goto fail_rule;
	rc = blueprint_compile(n, in, match, actions, rule->blueprint, why);
	if (rc)
		goto fail_blueprint;
	rule->blueprint->prio = (uint16_t)prio;
	rule->port = in;
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
mlxdr_rule_free(struct nic *nic, struct nic_rule *rule)
{
	(void)nic;
	free(rule->blueprint);
	free(rule);
}

static int
enqueue(struct mlxdr_nic *n, struct nic_rule *rule, bool insert)
{
	if (n->n_batch + n->n_events >= MLXDR_QUEUE)
		return -EAGAIN;
	n->batch[n->n_batch++] = (struct mlxdr_op){.rule = rule, .insert = insert};
	return 0;
}

int
mlxdr_insert(struct nic *nic, struct nic_rule *rule)
{
	return enqueue(mlxdr_nic(nic), rule, true);
}

int
mlxdr_remove(struct nic *nic, struct nic_rule *rule)
{
	return enqueue(mlxdr_nic(nic), rule, false);
}

/* What rules share but for matchers. */
static void
parts_put(struct mlxdr_nic *n, struct nic_rule *rule)
{
	if (rule->array)
		mlxdr_array_put(n, rule->array);
	rule->array = NULL;
	for (size_t i = 0; i < sizeof rule->edits / sizeof rule->edits[0]; i++) {
		if (rule->edits[i])
			mlxdr_edit_put(n, rule->edits[i]);
		rule->edits[i] = NULL;
	}
}

static int
edits_get(struct mlxdr_nic *n, struct nic_rule *rule)
{
	const struct mlxdr_program *p = &rule->blueprint->program;
	unsigned int k = 0;
	int rc = 0;

	if (p->n_sets)
		rc = mlxdr_edit_rewrite(n, p->sets, p->n_sets, &rule->edits[k++]);
	for (unsigned int i = 0; i < p->n_pushes && !rc; i++)
		rc = mlxdr_edit_push(n, p->pushes[i], &rule->edits[k++]);
	return rc;
}

static int
array_get(struct mlxdr_nic *n, struct nic_rule *rule)
{
	const struct mlxdr_program *p = &rule->blueprint->program;
	struct mlxdr_port *ports[MLXDR_OUTPUTS_MAX];

	for (unsigned int i = 0; i < p->n_ports; i++)
		ports[i] = mlxdr_port_find(n, p->ports[i]);
	return p->n_ports > 1 ? mlxdr_array_get(n, ports, p->n_ports, &rule->array) : 0;
}

static struct mlx5dv_dr_action *
destination(const struct mlxdr_nic *n, const struct nic_rule *rule)
{
	const struct mlxdr_program *p = &rule->blueprint->program;

	if (rule->array)
		return mlxdr_array_action(rule->array);
	return p->n_ports ? mlxdr_port_find(n, p->ports[0])->destination : n->drop;
}

/* Lists the actions in the order of the device. Returns their number. */
static unsigned int
actions_list(const struct mlxdr_nic *n, const struct nic_rule *rule,
	     struct mlx5dv_dr_action *counter, struct mlx5dv_dr_action *out[ACTIONS_MAX])
{
	const struct mlxdr_program *p = &rule->blueprint->program;
	unsigned int k = 0;

	out[k++] = counter;
	for (unsigned int i = 0; i < p->n_pops; i++)
		out[k++] = n->pop;
	for (unsigned int i = 0; i < p->n_pushes + !!p->n_sets; i++)
		out[k++] = mlxdr_edit_action(rule->edits[i]);
	out[k++] = destination(n, rule);
	return k;
}

/* Returns true if the port's table takes a rule that drops packets of no sender. */
static bool
canary_fits(struct mlxdr_nic *n, const struct mlxdr_port *port)
{
	struct mlxdr_matcher *matcher;
	struct mlx5dv_dr_rule *rule;
	struct mlxdr_match match;
	bool fits;

	mlxdr_match_source(&port->source, &match);
	match.parts[match.n++] = (struct mlxdr_part){MLXDR_SMAC_47_16, UINT32_MAX, 0};
	match.parts[match.n++] = (struct mlxdr_part){MLXDR_SMAC_15_0, UINT16_MAX, 0};
	if (mlxdr_matcher_get(n, port->table, &match, 1, &matcher))
		return false;
	rule = mlxdr_matcher_insert(matcher, &match, &n->drop, 1);
	fits = rule;
	if (rule)
		mlx5dv_dr_rule_destroy(rule);
	mlxdr_matcher_put(n, matcher);
	return fits;
}

static const char *
loss_text(const struct mlxdr_nic *n)
{
	static const char *const texts[] = {
		[MLXDR_WORKS] = "steering queue in error",
		[MLXDR_FATAL] = "IBV_EVENT_DEVICE_FATAL",
		[MLXDR_STALLED] = "a call of libmlx5 stood still",
	};

	return texts[mlxdr_watch_failure(&n->device.watch)];
}

static void
explain(struct mlxdr_nic *n, const struct nic_rule *rule, int rc, struct nic_refusal *why)
{
	/* All rules are about to be lost, and this one with them. */
	if (n->stuck || mlxdr_watch_failure(&n->device.watch))
		nic_refuse(why, NIC_REASON_RESET, loss_text(n));
	else if (rc == -ENOSPC)
		nic_refuse(why, NIC_REASON_TABLE_FULL, n->budget.lacks);
	else if (rc == -ENOMEM)
		nic_refuse(why,
			   canary_fits(n, rule->port) ? NIC_REASON_INSERT_FAILED
						      : NIC_REASON_TABLE_FULL,
			   strerror(-rc));
	else if (rc == -EEXIST || rc == -EOPNOTSUPP || rc == -EINVAL)
		nic_refuse(why, NIC_REASON_RULE, strerror(-rc));
	else
		nic_refuse(why, NIC_REASON_INSERT_FAILED, strerror(-rc));
}

/* Makes the rule with a matcher, edits and an array that it has. Returns 0 or -errno. */
static int
rule_post(struct mlxdr_nic *n, struct nic_rule *rule, struct mlx5dv_dr_action *counter)
{
	uint64_t bytes = mlxdr_budget_of_rule(mlxdr_matcher_n_entries(rule->matcher));
	struct mlx5dv_dr_action *actions[ACTIONS_MAX];
	unsigned int n_actions = actions_list(n, rule, counter, actions);

	if (!mlxdr_budget_take_steering(&n->budget, bytes))
		return -ENOSPC;
	rule->rule =
		mlxdr_matcher_insert(rule->matcher, &rule->blueprint->match, actions, n_actions);
	if (rule->rule)
		return 0;
	mlxdr_budget_give_steering(&n->budget, bytes);
	return mlxdr_library_error();
}

/* With entries of format 1 the library counts packets from the wire after their pops, and others before. */
static unsigned int
popped_before_count(const struct mlxdr_nic *n, const struct nic_rule *rule)
{
	if (!n->device.format || rule->port->vport != MLXDR_VPORT_WIRE)
		return 0;
	return rule->blueprint->program.n_pops * TAG_BYTES;
}

static int
rule_create(struct mlxdr_nic *n, struct nic_rule *rule, struct nic_refusal *why)
{
	const struct mlxdr_blueprint *b = rule->blueprint;
	struct mlx5dv_dr_action *counter;
	int rc;

	if (!n->domain) {
		nic_refuse(why, NIC_REASON_DEVICE_DOWN, "the device failed");
		return -EIO;
	}
	rc = mlxdr_counter_need(n, rule->counter, popped_before_count(n, rule), &counter);
	if (rc) {
		nic_refuse(why, NIC_REASON_NO_COUNTER, strerror(-rc));
		return rc;
	}
	rc = mlxdr_matcher_get(n, rule->port->table, &b->match, b->prio, &rule->matcher);
	if (rc)
		goto fail;
	rc = edits_get(n, rule);
	if (!rc)
		rc = array_get(n, rule);
	if (!rc)
		rc = rule_post(n, rule, counter);
	if (rc)
		goto fail_matcher;
	cds_list_add(&rule->link, &n->rules);
	free(rule->blueprint);
	rule->blueprint = NULL;
	return 0;
fail_matcher:
	/* Before anything is destroyed. */
	mlxdr_queue_is_written(n);
	parts_put(n, rule);
	mlxdr_matcher_put(n, rule->matcher);
	rule->matcher = NULL;
fail:
	mlxdr_queue_is_written(n);
	explain(n, rule, rc, why);
	return rc;
}

/* Forgets the library's rule, which no longer exists. */
static void
rule_end(struct mlxdr_nic *n, struct nic_rule *rule)
{
	rule->rule = NULL;
	cds_list_del(&rule->link);
	mlxdr_budget_give_steering(&n->budget,
				   mlxdr_budget_of_rule(mlxdr_matcher_n_entries(rule->matcher)));
	parts_put(n, rule);
	mlxdr_matcher_put(n, rule->matcher);
	rule->matcher = NULL;
}

static int
rule_destroy(struct mlxdr_nic *n, struct nic_rule *rule, struct nic_refusal *why)
{
	int rc = rule->rule ? mlx5dv_dr_rule_destroy(rule->rule) : 0;

	if (rc) {
		nic_refuse(why, NIC_REASON_INSERT_FAILED, strerror(rc));
		return -rc;
	}
	if (rule->rule)
		rule_end(n, rule);
	return 0;
}

/* Drops all rules, whatever the device answers, and fails insertions that were not polled. */
static void
rules_lost(struct mlxdr_nic *n)
{
	struct nic_rule *rule, *next;

	for (unsigned int i = 0; i < n->n_events; i++) {
		struct nic_event *e = &n->events[i];

		if (e->type == NIC_INSERTED && !e->error) {
			e->error = -EIO;
			nic_refuse(&e->why, NIC_REASON_RESET, n->lost);
		} else if (e->type == NIC_REMOVED) {
			e->error = 0;
		}
	}
	cds_list_for_each_entry_safe (rule, next, &n->rules, link) {
		if (!n->stuck)
			mlx5dv_dr_rule_destroy(rule->rule);
		rule_end(n, rule);
	}
}

void
mlxdr_lose(struct mlxdr_nic *n, bool read)
{
	n->lost = loss_text(n);
	mlxdr_fdb_ports_shut(n);
	rules_lost(n);
	mlxdr_reset(n, read);
}

void
mlxdr_forget(struct nic *nic)
{
	mlxdr_lose(mlxdr_nic(nic), false);
}

/* Packets that passed an entry before it was removed leave it. */
static bool
is_left(struct mlxdr_nic *n)
{
	return !n->domain || !mlx5dv_dr_domain_sync(n->domain, MLX5DV_DR_DOMAIN_SYNC_FLAGS_HW);
}

static void
flush_one(struct mlxdr_nic *n, const struct mlxdr_op *op)
{
	struct nic_event *e = &n->events[n->n_events++];

	memset(e, 0, sizeof *e);
	e->rule = op->rule;
	e->type = op->insert ? NIC_INSERTED : NIC_REMOVED;
	e->error =
		op->insert ? rule_create(n, op->rule, &e->why) : rule_destroy(n, op->rule, &e->why);
}

/* The library posts writes and returns: the batch is waited for at its end, or where the library fails. */
void
mlxdr_flush(struct nic *nic)
{
	struct mlxdr_nic *n = mlxdr_nic(nic);
	bool removed = false;

	if (!n->n_batch)
		return;
	for (unsigned int i = 0; i < n->n_batch; i++) {
		mlxdr_watch_begin(&n->device.watch);
		flush_one(n, &n->batch[i]);
		removed |= !n->batch[i].insert;
		if (n->domain && (n->stuck || mlxdr_watch_failure(&n->device.watch)))
			mlxdr_lose(n, true);
	}
	n->n_batch = 0;
	removed |= mlxdr_arrays_are_idle(n);
	if (!mlxdr_queue_is_written(n) || (removed && !is_left(n)))
		mlxdr_lose(n, true);
	mlxdr_arrays_sweep(n);
	mlxdr_watch_end(&n->device.watch);
}

/* Reports what became of the device as a whole. Returns false if there is nothing to report. */
static bool
device_event(struct mlxdr_nic *n, struct nic_event *out)
{
	if (n->domain && mlxdr_watch_failure(&n->device.watch))
		mlxdr_lose(n, false);
	if (n->lost) {
		n->away = !n->domain;
		*out = (struct nic_event){
			.type = NIC_LOST, .error = n->away ? -EIO : 0, .n_unread = n->n_unread};
		nic_refuse(&out->why, NIC_REASON_RESET, n->lost);
		n->lost = NULL;
		n->n_unread = 0;
		return true;
	}
	if (!n->away || (!n->domain && !mlxdr_reset_again(n)))
		return false;
	n->away = false;
	*out = (struct nic_event){.type = NIC_BACK};
	return true;
}

unsigned int
mlxdr_poll(struct nic *nic, struct nic_event *out, unsigned int max)
{
	struct mlxdr_nic *n = mlxdr_nic(nic);
	unsigned int k = 0;

	if (max && device_event(n, out))
		k++;
	if (n->n_events < max - k)
		max = n->n_events + k;
	memcpy(out + k, n->events, (max - k) * sizeof *out);
	n->n_events -= max - k;
	memmove(n->events, n->events + (max - k), n->n_events * sizeof *out);
	return max;
}
