/* SPDX-License-Identifier: Apache-2.0 */
/* The RDMA device of an e-switch: found, opened with DevX, its capabilities read, and watched.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "match.h"
#include "watch.h"

#include <infiniband/mlx5dv.h>

struct mlxdr_device {
	struct ibv_context *context;
	char bus[64]; /* the only one to open, by its name on its bus; "": the first */
	struct mlxdr_watch watch;
	/* Capabilities of QUERY_HCA_CAP. */
	unsigned int format;		/* steering_format_version */
	uint8_t flow_counter_bulk;	/* flow_counter_bulk_alloc: bit n for 128 << n counters */
	unsigned int log_steering;	/* log_steering_sw_icm_size */
	unsigned int log_header_modify; /* log_header_modify_sw_icm_size */
	unsigned int log_tables;	/* log_max_ft_num of the FDB */
	unsigned int log_destinations;	/* log_max_destination of the FDB */
};

/* Opens the device 'bus', or the first that libmlx5 supports and that manages an e-switch. Returns 0, or -EOPNOTSUPP
 * and 'why', whose detail tells what was looked for. */
int mlxdr_device_open(struct mlxdr_device *dev, struct nic_refusal *why);
void mlxdr_device_close(struct mlxdr_device *dev);

/* Finds the port of the device that is a vport. Returns 0 or -ENODEV. */
int mlxdr_device_find(const struct mlxdr_device *dev, uint16_t vport, uint32_t *port);

/* Finds the vport of a port of the device, and how its packets are recognised. Returns 0 or -errno. */
int mlxdr_device_port(const struct mlxdr_device *dev, uint32_t port, uint16_t *vport,
		      struct mlxdr_source *source);
