/* SPDX-License-Identifier: Apache-2.0 */
/* Structures shared by the files of drivers/mlx5/.
 *
 * Objects of libmlx5 are destroyed in this order, as it refuses to destroy what is used: rules, then edits,
 * counters and matchers, then arrays, then actions and tables, then the domain. */
#pragma once

#include "budget.h"
#include "device.h"
#include "map.h"
#include "program.h"

#include <mlx5/mlx5.h>

#include <errno.h>

#include <base/rcu.h>

#include <urcu/list.h>

#define MLXDR_QUEUE 256 /* operations passed to the driver and not yet polled */

/* A port of the datapath on this NIC. */
struct mlxdr_port {
	uint32_t number;
	uint16_t vport;
	struct mlxdr_source source;
	struct mlx5dv_dr_table *table;	      /* its packets' own */
	struct mlx5dv_dr_action *to_table;    /* used by 'entry' */
	struct mlx5dv_dr_action *destination; /* sends to the port */
	struct mlxdr_matcher *entry_matcher;  /* in the root table */
	struct mlx5dv_dr_rule *entry;	      /* sends its packets to 'table' */
};

/* A rule in the form passed to the device; freed once the device has accepted it. */
struct mlxdr_blueprint {
	struct mlxdr_match match;
	struct mlxdr_program program;
	uint16_t prio;
};

struct nic_rule {
	struct cds_list_head link;   /* in mlxdr_nic.rules while 'rule' is not NULL */
	struct mlx5dv_dr_rule *rule; /* NULL if not in the device */
	struct mlxdr_matcher *matcher;
	/* The rewrite and the pushes; NULL after the last. */
	struct mlxdr_edit *edits[1 + MLXDR_PUSHES_MAX];
	struct mlxdr_array *array; /* NULL: at most one output */
	struct mlxdr_port *port;   /* of in_port; not valid after the port's removal */
	struct nic_counter *counter;
	struct mlxdr_blueprint *blueprint;
};

struct mlxdr_op {
	struct nic_rule *rule;
	bool insert;
};

struct mlxdr_nic {
	struct nic nic;
	struct mlxdr_device device;
	struct nic_caps caps;
	struct mlx5dv_dr_domain *domain; /* NULL: the device failed, and takes no more rules */
	struct mlx5dv_dr_table *root;	 /* sends packets to the table of their source */
	struct mlx5dv_dr_action *pop, *drop;
	struct mlxdr_port **ports;
	unsigned int n_ports;
	struct mlxdr_map matchers, edits, arrays;
	struct cds_list_head idle_arrays; /* of 'arrays', those without users */
	struct mlxdr_budget budget;
	struct cds_list_head rules; /* in the device */
	struct cds_list_head bulks; /* of counters */
	struct cds_list_head counters;
	/* Operations not flushed yet; then their results, not yet polled. */
	struct mlxdr_op batch[MLXDR_QUEUE];
	unsigned int n_batch;
	struct nic_event events[MLXDR_QUEUE];
	unsigned int n_events;
	const char *
		lost; /* why rules were lost, which poll() has to report; NULL: nothing to report */
	unsigned int n_unread; /* counters that could not be read at losses not reported yet */
	bool away;	       /* poll() reported that no rules are taken */
	/* While 'domain' is NULL: when the device is opened again, and how long after that. */
	uint64_t again_ns, pause_ns;
	/* A queue of the domain is in error: the library would wait for it forever if objects were
	 * destroyed, so they are left behind, and the device is opened again. */
	bool stuck;
};

/* Returns -errno of a call of the library that failed. Callers set errno to EIO before: behind a queue in error the
 * library does not set it, and where it then returns errno, 0 would be success. */
static inline int
mlxdr_library_error(void)
{
	return -errno;
}

static inline struct mlxdr_nic *
mlxdr_nic(struct nic *nic)
{
	return (struct mlxdr_nic *)nic;
}
