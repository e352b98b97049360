/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the device. */
#pragma once

#include <stdbool.h>

struct nicsim;

/* Loses every rule, keeps indirect counters, and reports RTE_ETH_EVENT_INTR_RESET. */
void nicsim_reset(struct nicsim *sw);

/* The e-switch that decides in place of nicsim's rules fails, or works again; packets go on. Only with one. */
void nicsim_steering_fail(struct nicsim *sw, bool on);

/* As nicsim_reset(); also, no port receives or sends until the application resets it
 * (rte_eth_dev_reset()). */
void nicsim_hang(struct nicsim *sw);

/* A fatal error: every rule is lost, and no packet and no rule is accepted any more. Reports
 * RTE_ETH_EVENT_INTR_RMV, once for each started port. */
void nicsim_die(struct nicsim *sw);
