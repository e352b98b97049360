/* SPDX-License-Identifier: Apache-2.0 */
/* The rte_flow API of the device. */
#include "flow_ops.h"

#include "action.h"
#include "log.h"
#include "nicsim.h"
#include "supported.h"
#include "table.h"

#include <rte_cycles.h>
#include <rte_flow.h>

static struct nicsim_port *
port_of(const struct rte_eth_dev *dev)
{
	return dev->data->dev_private;
}

static struct nicsim *
eswitch_of(const struct rte_eth_dev *dev)
{
	return port_of(dev)->sw;
}

static struct rte_flow *
handle_of(const struct nicsim_rule *rule)
{
	return (struct rte_flow *)(uintptr_t)rule->id;
}

static int
attr_check_ingress(const struct rte_flow_attr *attr, struct rte_flow_error *error)
{
	if (!attr->ingress)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_INGRESS, attr,
					  "Only support ingress.");
	if (attr->egress)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_EGRESS, attr,
					  "Not support egress.");
	if (attr->transfer)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_TRANSFER, attr,
					  "Not support transfer.");
	if (attr->priority > 1)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY, attr,
					  "Only support priority 0 and 1.");
	if (attr->group)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_GROUP, attr,
					  "Not support group.");
	return 0;
}

static int
refuse_connectx(struct rte_flow_error *error)
{
	return rte_flow_error_set(
		error, ENOTSUP, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
		"steering=connectx: no rte_flow rules; libmlx5 writes those of the device");
}

static int
attr_check(const struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	   struct rte_flow_error *error)
{
	const struct nicsim_personality *as = eswitch_of(dev)->config.personality;

	if (eswitch_of(dev)->steering)
		return refuse_connectx(error);
	if (as->ingress_only)
		return attr_check_ingress(attr, error);
	if (as->proxy && attr->transfer && port_of(dev)->index)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR, NULL,
					  "transfer rules are taken by the proxy port only");
	if (!attr->transfer)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_TRANSFER, attr,
					  "only transfer rules");
	if (attr->egress)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_EGRESS, attr,
					  "no egress rules");
	if (attr->group >= NICSIM_GROUPS_MAX)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_GROUP, attr,
					  "group out of range: 0..255");
	return 0;
}

static int
rule_compile(const struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	     const struct rte_flow_item items[], const struct rte_flow_action actions[],
	     struct nicsim_rule_spec *out, struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);
	const struct nicsim_personality *as = sw->config.personality;

	memset(out, 0, sizeof *out);
	if (attr_check(dev, attr, error))
		return -rte_errno;
	out->group = attr->group;
	out->priority = attr->priority;
	if (as->ingress_only) {
		out->spec.port = port_of(dev)->index;
		out->mask.port = UINT16_MAX;
	}
	if (as->pattern(sw, items, out, error) ||
	    (as->check_actions && as->check_actions(sw, actions, out, error)) ||
	    nicsim_actions_compile(sw, actions, out, error))
		return -rte_errno;
	return 0;
}

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	      const struct rte_flow_item items[], const struct rte_flow_action actions[],
	      struct rte_flow_error *error)
{
	struct nicsim_rule_spec spec;

	return rule_compile(dev, attr, items, actions, &spec, error);
}

/* Sets the error of a failed insertion. Real drivers report few details. */
static void
refuse_insertion(const struct nicsim *sw, int rc, struct rte_flow_error *error)
{
	if (sw->config.personality->quiet_errors)
		rte_flow_error_set(
			error, rc == -ENOSPC ? ENOMEM : -rc, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
			rc == -ENODEV ? "port not started" : "hardware refuses to create flow");
	else
		rte_flow_error_set(error, -rc, RTE_FLOW_ERROR_TYPE_HANDLE, NULL,
				   rc == -EIO	   ? "injected failure"
				   : rc == -ENOSPC ? "table full"
				   : rc == -EEXIST ? "a rule with this match and priority exists"
						   : "out of memory");
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	    const struct rte_flow_item items[], const struct rte_flow_action actions[],
	    struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);
	struct nicsim_rule_spec spec;
	struct nicsim_rule *rule = NULL;
	int rc;

	if (rule_compile(dev, attr, items, actions, &spec, error))
		return NULL;
	if (spec.cannot_create) {
		atomic_fetch_add_explicit(&sw->n_unfit, 1, memory_order_relaxed);
		rte_flow_error_set(error, spec.cannot_errno, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   spec.cannot_create);
		return NULL;
	}
	if (sw->config.insert_us)
		rte_delay_us_sleep(sw->config.insert_us);
	rte_rwlock_write_lock(&sw->lock);
	if (sw->config.personality->proxy && !dev->data->dev_started)
		rc = -ENODEV;
	else if (nicsim_is_dead(sw) || ++sw->n_insertions == sw->config.fail_nth)
		rc = -EIO;
	else
		rc = nicsim_table_insert(sw, &spec, dev->data->port_id, &rule);
	rte_rwlock_write_unlock(&sw->lock);
	if (rc)
		refuse_insertion(sw, rc, error);
	return rule ? handle_of(rule) : NULL;
}

/* The caller holds the write side of the lock. */
static struct nicsim_rule *
rule_find(struct nicsim *sw, const struct rte_flow *handle)
{
	struct nicsim_rule *rule = nicsim_table_find(sw, handle);

	if (!rule) {
		sw->n_stale++;
		NICSIM_LOG(ERR, "%p is no rule: its handle is stale\n", (const void *)handle);
	}
	return rule;
}

static void
stall(struct nicsim *sw)
{
	bool on;

	do {
		rte_rwlock_read_lock(&sw->lock);
		on = sw->config.stall;
		rte_rwlock_read_unlock(&sw->lock);
		if (on)
			rte_delay_us_sleep(1000);
	} while (on);
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *handle, struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);
	struct nicsim_rule *rule;
	bool kept;

	stall(sw);
	rte_rwlock_write_lock(&sw->lock);
	rule = rule_find(sw, handle);
	kept = rule && sw->config.keep_rules;
	if (rule && !kept)
		nicsim_table_remove(sw, rule);
	rte_rwlock_write_unlock(&sw->lock);
	if (kept)
		return rte_flow_error_set(error, EBUSY, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					  "hardware does not remove the rule");
	if (rule || sw->config.personality->quiet_stale)
		return 0;
	return rte_flow_error_set(error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, handle,
				  "no such rule");
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);

	(void)error;
	rte_rwlock_write_lock(&sw->lock);
	nicsim_table_flush(sw, dev->data->port_id);
	rte_rwlock_write_unlock(&sw->lock);
	return 0;
}

static int
proxy_pick(struct rte_eth_dev *dev, uint16_t *proxy, struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);

	if (!sw->config.personality->proxy) {
		*proxy = dev->data->port_id;
		return 0;
	}
	if (!sw->ports[0].dev)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					  "unable to find a proxy port");
	*proxy = sw->ports[0].dev->data->port_id;
	return 0;
}

/* Returns counts that are refreshed every count_ms, as firmware does. The write lock makes packets
 * and bytes consistent. */
static void
counter_read(struct nicsim *sw, struct nicsim_counter *counter, struct rte_flow_query_count *out)
{
	uint64_t now_ns = rte_get_timer_cycles() * 1000 / (rte_get_timer_hz() / 1000000);

	rte_rwlock_write_lock(&sw->lock);
	if (now_ns - counter->seen_ns >= (uint64_t)sw->config.count_ms * 1000000) {
		counter->seen_packets =
			atomic_load_explicit(&counter->packets, memory_order_relaxed);
		counter->seen_bytes = atomic_load_explicit(&counter->bytes, memory_order_relaxed);
		counter->seen_ns = now_ns;
	}
	out->hits_set = 1;
	out->bytes_set = !sw->config.personality->ingress_only;
	out->hits = counter->seen_packets;
	out->bytes = out->bytes_set ? counter->seen_bytes : 0;
	if (out->reset) {
		atomic_fetch_sub_explicit(&counter->packets, counter->seen_packets,
					  memory_order_relaxed);
		atomic_fetch_sub_explicit(&counter->bytes, counter->seen_bytes,
					  memory_order_relaxed);
		counter->seen_packets = counter->seen_bytes = 0;
	}
	rte_rwlock_write_unlock(&sw->lock);
}

static int
counter_query(struct nicsim *sw, struct nicsim_counter *counter, struct rte_flow_query_count *out,
	      struct rte_flow_error *error)
{
	if (nicsim_is_dead(sw))
		return rte_flow_error_set(error, EIO, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					  "cannot read counters");
	counter_read(sw, counter, out);
	return 0;
}

static int
flow_query(struct rte_eth_dev *dev, struct rte_flow *handle, const struct rte_flow_action *action,
	   void *data, struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);
	struct nicsim_rule *rule;

	rte_rwlock_write_lock(&sw->lock);
	rule = rule_find(sw, handle);
	rte_rwlock_write_unlock(&sw->lock);
	if (action->type != RTE_FLOW_ACTION_TYPE_COUNT || !rule || !rule->counter)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
					  "only count can be queried, of a rule that counts");
	return counter_query(sw, rule->counter, data, error);
}

static struct rte_flow_action_handle *
handle_create(struct rte_eth_dev *dev, const struct rte_flow_indir_action_conf *conf,
	      const struct rte_flow_action *action, struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);
	struct nicsim_counter *counter = NULL;

	if (sw->steering) {
		refuse_connectx(error);
		return NULL;
	}
	if (sw->config.personality->ingress_only) {
		rte_flow_error_set(error, ENOSYS, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   rte_strerror(ENOSYS));
		return NULL;
	}
	if (!conf->transfer || action->type != RTE_FLOW_ACTION_TYPE_COUNT ||
	    nicsim_unsupported(sw, "indirect")) {
		rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
				   "only transfer counters can be indirect");
		return NULL;
	}
	rte_rwlock_write_lock(&sw->lock);
	if (!nicsim_is_dead(sw))
		counter = nicsim_counter_new(sw);
	if (counter)
		counter->indirect = true;
	rte_rwlock_write_unlock(&sw->lock);
	if (!counter && sw->config.personality->quiet_errors)
		rte_flow_error_set(error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, NULL);
	else if (!counter)
		rte_flow_error_set(error, ENOSPC, RTE_FLOW_ERROR_TYPE_HANDLE, NULL,
				   "no counter left");
	return (struct rte_flow_action_handle *)counter;
}

static int
handle_destroy(struct rte_eth_dev *dev, struct rte_flow_action_handle *handle,
	       struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);
	struct nicsim_counter *counter = (struct nicsim_counter *)handle;
	bool used;

	rte_rwlock_write_lock(&sw->lock);
	used = counter->n_rules > 0;
	if (!used) {
		sw->n_counters--;
		free(counter);
	}
	rte_rwlock_write_unlock(&sw->lock);
	return used ? rte_flow_error_set(error, EBUSY, RTE_FLOW_ERROR_TYPE_HANDLE, NULL,
					 "a rule still counts here")
		    : 0;
}

static int
handle_query(struct rte_eth_dev *dev, const struct rte_flow_action_handle *handle, void *data,
	     struct rte_flow_error *error)
{
	return counter_query(eswitch_of(dev), (struct nicsim_counter *)(uintptr_t)handle, data,
			     error);
}

static int
flow_dump(struct rte_eth_dev *dev, struct rte_flow *one, FILE *file, struct rte_flow_error *error)
{
	struct nicsim *sw = eswitch_of(dev);
	const struct nicsim_rule *rule;

	(void)error;
	rte_rwlock_read_lock(&sw->lock);
	LIST_FOREACH(rule, &sw->rules, owned)
	{
		if (one && handle_of(rule) != one)
			continue;
		fprintf(file,
			"rule %" PRIu32 ": %s group %u priority %u actions %u packets %" PRIu64
			"\n",
			rule->id, rule->lost ? "lost" : "live", rule->lost ? 0 : rule->mask->group,
			rule->lost ? 0 : rule->mask->priority, rule->n_ops,
			rule->counter ? atomic_load_explicit(&rule->counter->packets,
							     memory_order_relaxed)
				      : 0);
	}
	rte_rwlock_read_unlock(&sw->lock);
	return 0;
}

const struct rte_flow_ops nicsim_flow_ops = {
	.validate = flow_validate,
	.create = flow_create,
	.destroy = flow_destroy,
	.flush = flow_flush,
	.query = flow_query,
	.dev_dump = flow_dump,
	.action_handle_create = handle_create,
	.action_handle_destroy = handle_destroy,
	.action_handle_query = handle_query,
	.pick_transfer_proxy = proxy_pick,
};
