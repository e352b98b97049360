/* SPDX-License-Identifier: Apache-2.0 */
#include "bulk.h"
#include "counter.h"
#include "fdb.h"
#include "port.h"
#include "rule.h"

#include <base/err.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
field_add(uint64_t bits[2], enum flow_field_id id)
{
	bits[id / 64] |= UINT64_C(1) << (id % 64);
}

/* What match.c and program.c have parameters and commands for. */
static void
caps_fill(struct nic_caps *caps)
{
	static const uint8_t fields[] = {
		FLOW_FIELD_IN_PORT,	   FLOW_FIELD_ETH_SRC,	 FLOW_FIELD_ETH_DST,
		FLOW_FIELD_ETH_TYPE,	   FLOW_FIELD_VLAN_TPID, FLOW_FIELD_VLAN_TCI,
		FLOW_FIELD_VLAN_VID,	   FLOW_FIELD_VLAN_PCP,	 FLOW_FIELD_INNER_VLAN_TPID,
		FLOW_FIELD_INNER_VLAN_TCI, FLOW_FIELD_NW_SRC,	 FLOW_FIELD_NW_DST,
		FLOW_FIELD_IPV6_SRC,	   FLOW_FIELD_IPV6_DST,	 FLOW_FIELD_IPV6_LABEL,
		FLOW_FIELD_NW_PROTO,	   FLOW_FIELD_NW_TOS,	 FLOW_FIELD_IP_DSCP,
		FLOW_FIELD_NW_ECN,	   FLOW_FIELD_NW_TTL,	 FLOW_FIELD_NW_FRAG,
		FLOW_FIELD_TCP_SRC,	   FLOW_FIELD_TCP_DST,	 FLOW_FIELD_TCP_FLAGS,
		FLOW_FIELD_UDP_SRC,	   FLOW_FIELD_UDP_DST};
	static const uint8_t sets[] = {FLOW_FIELD_ETH_SRC,  FLOW_FIELD_ETH_DST, FLOW_FIELD_VLAN_VID,
				       FLOW_FIELD_NW_SRC,   FLOW_FIELD_NW_DST,	FLOW_FIELD_IPV6_SRC,
				       FLOW_FIELD_IPV6_DST, FLOW_FIELD_IP_DSCP, FLOW_FIELD_NW_TTL,
				       FLOW_FIELD_TCP_SRC,  FLOW_FIELD_TCP_DST, FLOW_FIELD_UDP_SRC,
				       FLOW_FIELD_UDP_DST};

	caps->transfer = caps->shared_counter = true;
	caps->counter_stale_ns = MLXDR_BULK_STALE_NS;
	caps->actions = 1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_SET |
			1u << FLOW_ACTION_PUSH_VLAN | 1u << FLOW_ACTION_POP_VLAN |
			1u << FLOW_ACTION_DROP;
	for (size_t i = 0; i < sizeof fields; i++)
		field_add(caps->fields, fields[i]);
	for (size_t i = 0; i < sizeof sets; i++)
		field_add(caps->set_fields, sets[i]);
}

static void
nic_free(struct mlxdr_nic *n)
{
	mlxdr_bulks_free(n);
	mlxdr_watch_begin(&n->device.watch);
	mlxdr_fdb_close(n);
	mlxdr_device_close(&n->device);
	mlxdr_map_free(&n->matchers);
	mlxdr_map_free(&n->edits);
	mlxdr_map_free(&n->arrays);
	free(n->ports);
	free(n);
}

static int
nic_new(const char *bus, struct mlxdr_nic **out, struct nic_refusal *why)
{
	struct mlxdr_nic *n = calloc(1, sizeof *n);
	int rc;

	if (!n)
		return -ENOMEM;
	n->nic.class = &mlxdr_class;
	mlxdr_map_init(&n->matchers);
	mlxdr_map_init(&n->edits);
	mlxdr_map_init(&n->arrays);
	CDS_INIT_LIST_HEAD(&n->idle_arrays);
	CDS_INIT_LIST_HEAD(&n->rules);
	CDS_INIT_LIST_HEAD(&n->bulks);
	CDS_INIT_LIST_HEAD(&n->counters);
	caps_fill(&n->caps);
	snprintf(n->device.bus, sizeof n->device.bus, "%s", bus);
	rc = mlxdr_device_open(&n->device, why);
	if (rc)
		goto fail;
	mlxdr_budget_init(&n->budget, n->device.log_steering, n->device.log_header_modify,
			  n->device.log_tables);
	if (mlxdr_fdb_open(n)) {
		rc = -EOPNOTSUPP;
		nic_refuse(why, NIC_REASON_NO_TRANSFER, "no FDB domain of direct rules");
		goto fail;
	}
	*out = n;
	return 0;
fail:
	nic_free(n);
	return rc;
}

static struct mlxdr_nic *
nic_find(struct nic **nics, unsigned int n_nics, const char *bus)
{
	for (unsigned int i = 0; i < n_nics; i++) {
		if (!strcmp(mlxdr_nic(nics[i])->device.bus, bus))
			return mlxdr_nic(nics[i]);
	}
	return NULL;
}

/* Finds the port of the RDMA device. 'id' is NULL if 'dev_id' is it. */
static int
rdma_port(const struct mlxdr_nic *n, const struct nic_identity *id, uint16_t dev_id, uint32_t *port)
{
	uint16_t vport;

	*port = dev_id;
	if (!id)
		return 0;
	return mlxdr_port_vport(id->switch_port, &vport)
		       ? -ENODEV
		       : mlxdr_device_find(&n->device, vport, port);
}

static int
port_join(struct mlxdr_nic *n, uint32_t number, const struct nic_identity *id, uint16_t dev_id,
	  struct nic_refusal *why)
{
	char text[sizeof why->detail];
	uint32_t port;
	int rc = rdma_port(n, id, dev_id, &port);

	if (rc) {
		err_print(text, sizeof text, "no port of %.20s is switch port %#x", n->device.bus,
			  id->switch_port);
		return nic_refuse(why, NIC_REASON_NO_DEVICE, text);
	}
	rc = mlxdr_port_add(n, number, port);
	if (!rc)
		return 0;
	err_print(text, sizeof text, "RDMA port %u: %s", port, strerror(-rc));
	return nic_refuse(why, NIC_REASON_NO_DEVICE, text);
}

static int
port_add(struct nic **nics, unsigned int n_nics, uint32_t number, uint16_t dev_id,
	 struct nic_devices *devices, struct nic **out, struct nic_refusal *why)
{
	struct nic_identity id = {0};
	struct mlxdr_nic *n;
	bool made;
	int rc = 0;

	if (devices && devices->class->identify(devices, dev_id, &id))
		return nic_refuse(why, NIC_REASON_NO_DEVICE, "the device was removed");
	n = nic_find(nics, n_nics, id.device);
	made = !n;
	if (made)
		rc = nic_new(id.device, &n, why);
	if (rc)
		return rc;
	rc = port_join(n, number, devices ? &id : NULL, dev_id, why);
	if (!rc)
		*out = &n->nic;
	else if (made)
		nic_free(n);
	else if (n->stuck)
		mlxdr_lose(n, true);
	return rc;
}

static bool
port_del(struct nic *nic, uint32_t number)
{
	struct mlxdr_nic *n = mlxdr_nic(nic);

	mlxdr_port_del(n, number);
	if (n->n_ports)
		return false;
	nic_free(n);
	return true;
}

/* Rules go through the RDMA device, which stays when an ethdev is stopped. */
static bool
is_proxy(struct nic *nic, uint16_t dev_id)
{
	(void)nic, (void)dev_id;
	return false;
}

static const struct nic_caps *
caps(struct nic *nic)
{
	return &mlxdr_nic(nic)->caps;
}

const struct nic_class mlxdr_class = {
	.name = "mlx5",
	.port_add = port_add,
	.port_del = port_del,
	.is_proxy = is_proxy,
	.forget = mlxdr_forget,
	.caps = caps,
	.compile = mlxdr_compile,
	.insert = mlxdr_insert,
	.remove = mlxdr_remove,
	.flush = mlxdr_flush,
	.poll = mlxdr_poll,
	.rule_free = mlxdr_rule_free,
	.counter_new = mlxdr_counter_new,
	.counter_free = mlxdr_counter_free,
	.counters_read = mlxdr_counters_read,
};
