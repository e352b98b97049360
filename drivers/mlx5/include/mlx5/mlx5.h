/* SPDX-License-Identifier: Apache-2.0 */
/* The steering device over libmlx5: the e-switch of a ConnectX, programmed by direct rules
 * (mlx5dv_dr_*), without rte_flow.
 *
 * A NIC is the FDB of an RDMA device that libmlx5 supports and that manages an e-switch: that of the ethdevs' PCI
 * device, or the first if nic_class.port_add has no 'devices'. It opens that device itself, so it holds no ethdevs.
 *
 * Each source vport has a table of its own, to which a rule of level 0 sends its packets. In it each shape of
 * masks has a matcher for each priority. A packet that no rule matches is sent to the e-switch's manager.
 *
 * Cost: a packet visits an entry for each header that a shape of its port looks at, and none for shapes of
 * other ports. A rule costs 64 bytes of steering memory for each such header, and what is in docs/mlx5.md.
 *
 * Thread safety: as flow/nic.h. */
#pragma once

#include <flow/nic.h>

extern const struct nic_class mlxdr_class;
