/* SPDX-License-Identifier: Apache-2.0 */
/* The steering device over the public rte_flow API: any ethdev whose driver accepts transfer rules.
 *
 * A NIC is the set of ethdevs of one switch domain (rte_eth_dev_info.switch_info.domain_id). Its
 * capabilities are probed by rte_flow_validate() when its first port is added. dev_id of
 * nic_class.port_add is an ethdev port id.
 *
 * Thread safety: as flow/nic.h. */
#pragma once

#include <flow/nic.h>

extern const struct nic_class rteflow_class;
