/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include "bits.h"

#include <base/err.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* QUERY_HCA_CAP, with the PRM's names and places. */
#define CMD_OP_QUERY_HCA_CAP 0x100
#define QUERY_HCA_CAP_IN_BYTES 16
#define QUERY_HCA_CAP_OUT_BYTES 4112
#define CAPABILITY_BYTE 16
#define CAP_GENERAL 0x0
#define CAP_ESWITCH_FLOW_TABLE 0x8
#define CAP_DEVICE_MEMORY 0xf
#define CAP_CURRENT 1

#define LOG_SIZE_MAX 40		/* of memory whose addresses fit a steering entry */
#define LOG_TABLES_MAX 24	/* whose numbers fit a command */
#define LOG_DESTINATIONS_MAX 24 /* whose number fits a command */

static int
cap_query(struct ibv_context *context, unsigned int cap, uint8_t out[QUERY_HCA_CAP_OUT_BYTES])
{
	uint8_t in[QUERY_HCA_CAP_IN_BYTES] = {0};

	memset(out, 0, QUERY_HCA_CAP_OUT_BYTES);
	mlxdr_bits_put(in, 0, 16, CMD_OP_QUERY_HCA_CAP);
	mlxdr_bits_put(in, 48, 16, cap << 1 | CAP_CURRENT);
	return mlx5dv_devx_general_cmd(context, in, sizeof in, out, QUERY_HCA_CAP_OUT_BYTES);
}

static unsigned int
log_read(const uint8_t *cap, unsigned int at, unsigned int max)
{
	unsigned int log = (unsigned int)mlxdr_bits_get(cap, at, 8);

	return log < max ? log : max;
}

/* Returns NULL, or what the device lacks. */
static const char *
caps_read(struct mlxdr_device *dev)
{
	uint8_t out[QUERY_HCA_CAP_OUT_BYTES];
	const uint8_t *cap = out + CAPABILITY_BYTE;

	if (cap_query(dev->context, CAP_GENERAL, out))
		return "QUERY_HCA_CAP failed";
	if (!mlxdr_bits_get(cap, 423, 1))
		return "cmd_hca_cap.eswitch_manager is 0";
	dev->flow_counter_bulk = (uint8_t)mlxdr_bits_get(cap, 784, 8);
	dev->format = (unsigned int)mlxdr_bits_get(cap, 1092, 4);
	if (!dev->flow_counter_bulk)
		return "cmd_hca_cap.flow_counter_bulk_alloc is 0";
	if (cap_query(dev->context, CAP_ESWITCH_FLOW_TABLE, out))
		return "QUERY_HCA_CAP of the FDB failed";
	dev->log_tables = log_read(cap, 632, LOG_TABLES_MAX);
	dev->log_destinations = log_read(cap, 664, LOG_DESTINATIONS_MAX);
	if (cap_query(dev->context, CAP_DEVICE_MEMORY, out))
		return "QUERY_HCA_CAP of device memory failed";
	dev->log_header_modify = log_read(cap, 264, LOG_SIZE_MAX);
	dev->log_steering = log_read(cap, 280, LOG_SIZE_MAX);
	return NULL;
}

/* Returns 0, or -EOPNOTSUPP and 'why', with nothing open. */
static int
open_one(struct ibv_device *device, struct mlxdr_device *dev, struct nic_refusal *why)
{
	struct mlx5dv_context_attr attr = {.flags = MLX5DV_CONTEXT_FLAGS_DEVX};
	char text[sizeof why->detail];
	const char *lacks;

	dev->context = mlx5dv_open_device(device, &attr);
	lacks = dev->context ? caps_read(dev) : strerror(errno);
	if (!lacks && !mlxdr_watch_start(&dev->watch, dev->context))
		return 0;
	err_print(text, sizeof text, "%s: %s%s", ibv_get_device_name(device),
		  dev->context ? "" : "DevX: ", lacks ? lacks : "no thread to watch it");
	mlxdr_device_close(dev);
	return nic_refuse(why, NIC_REASON_NO_TRANSFER, text);
}

/* The link in sysfs ends in the device's name on its bus. */
static bool
is_wanted(const struct mlxdr_device *dev, const struct ibv_device *device)
{
	char path[IBV_SYSFS_PATH_MAX + sizeof "/device"], target[PATH_MAX];
	const char *name;
	ssize_t n;

	if (!dev->bus[0])
		return true;
	snprintf(path, sizeof path, "%s/device", device->ibdev_path);
	n = readlink(path, target, sizeof target - 1);
	if (n < 0)
		return false;
	target[n] = 0;
	name = strrchr(target, '/');
	return !strcmp(name ? name + 1 : target, dev->bus);
}

int
mlxdr_device_open(struct mlxdr_device *dev, struct nic_refusal *why)
{
	int n = 0, rc = -EOPNOTSUPP;
	struct ibv_device **list = ibv_get_device_list(&n);
	bool found = false;
	char text[sizeof why->detail];

	for (int i = 0; list && i < n && rc; i++) {
		if (!mlx5dv_is_supported(list[i]) || !is_wanted(dev, list[i]))
			continue;
		found = true;
		rc = open_one(list[i], dev, why);
	}
	if (list)
		ibv_free_device_list(list);
	if (found)
		return rc;
	err_print(text, sizeof text, "no mlx5 device%s%.30s: %d RDMA devices%s",
		  dev->bus[0] ? " at " : "", dev->bus, n,
		  dev->bus[0] ? "" : " (libibverbs), none of mlx5");
	return nic_refuse(why, NIC_REASON_NO_DEVICE, text);
}

void
mlxdr_device_close(struct mlxdr_device *dev)
{
	mlxdr_watch_stop(&dev->watch);
	if (dev->context)
		ibv_close_device(dev->context);
	dev->context = NULL;
}

static uint32_t
n_ports(const struct mlxdr_device *dev)
{
	struct ibv_device_attr_ex attr = {0};
	uint32_t few;

	if (ibv_query_device_ex(dev->context, NULL, &attr))
		return 0;
	few = attr.orig_attr.phys_port_cnt;
	return attr.phys_port_cnt_ex > few ? attr.phys_port_cnt_ex : few;
}

int
mlxdr_device_find(const struct mlxdr_device *dev, uint16_t vport, uint32_t *port)
{
	uint32_t n = dev->context ? n_ports(dev) : 0;
	struct mlxdr_source source;
	uint16_t found;

	for (*port = 1; *port <= n; ++*port) {
		if (!mlxdr_device_port(dev, *port, &found, &source) && found == vport)
			return 0;
	}
	return -ENODEV;
}

int
mlxdr_device_port(const struct mlxdr_device *dev, uint32_t port, uint16_t *vport,
		  struct mlxdr_source *source)
{
	struct mlx5dv_port info = {0};
	int rc = dev->context ? mlx5dv_query_port(dev->context, port, &info) : ENODEV;

	if (rc)
		return -rc;
	if (!(info.flags & MLX5DV_QUERY_PORT_VPORT))
		return -ENODEV;
	*vport = info.vport;
	source->by_metadata = info.flags & MLX5DV_QUERY_PORT_VPORT_REG_C0;
	source->mask = source->by_metadata ? info.reg_c0.mask : UINT16_MAX;
	source->value = source->by_metadata ? info.reg_c0.value : info.vport;
	return 0;
}
