/* SPDX-License-Identifier: Apache-2.0 */
/* What the table of commands points to; see command.c for what each does. */
#pragma once

#include "command.h"

int ctl_audit(struct ctl_call *c);
int ctl_barrier(struct ctl_call *c);
int ctl_bridge_add(struct ctl_call *c);
int ctl_bridge_del(struct ctl_call *c);
int ctl_bridge_list(struct ctl_call *c);
int ctl_controller_counters(struct ctl_call *c);
int ctl_controller_del(struct ctl_call *c);
int ctl_controller_set(struct ctl_call *c);
int ctl_controller_show(struct ctl_call *c);
int ctl_dpctl_dump_flows(struct ctl_call *c);
int ctl_dpctl_show(struct ctl_call *c);
int ctl_exit(struct ctl_call *c);
int ctl_fdb_flush(struct ctl_call *c);
int ctl_fdb_show(struct ctl_call *c);
int ctl_flow_add(struct ctl_call *c);
int ctl_flow_del(struct ctl_call *c);
int ctl_flow_dump(struct ctl_call *c);
int ctl_flow_load(struct ctl_call *c);
int ctl_flow_mod(struct ctl_call *c);
int ctl_group_add(struct ctl_call *c);
int ctl_group_del(struct ctl_call *c);
int ctl_group_dump(struct ctl_call *c);
int ctl_group_insert(struct ctl_call *c);
int ctl_group_mod(struct ctl_call *c);
int ctl_group_remove(struct ctl_call *c);
int ctl_list_commands(struct ctl_call *c);
int ctl_megaflow_dump(struct ctl_call *c);
int ctl_meter_add(struct ctl_call *c);
int ctl_meter_del(struct ctl_call *c);
int ctl_meter_dump(struct ctl_call *c);
int ctl_meter_mod(struct ctl_call *c);
int ctl_offload_reasons(struct ctl_call *c);
int ctl_offload_show(struct ctl_call *c);
int ctl_offload_stats(struct ctl_call *c);
int ctl_offload_why(struct ctl_call *c);
int ctl_port_add_run(struct ctl_call *c);
int ctl_port_del(struct ctl_call *c);
int ctl_port_list(struct ctl_call *c);
int ctl_port_set(struct ctl_call *c);
int ctl_port_show(struct ctl_call *c);
int ctl_port_stats(struct ctl_call *c);
int ctl_revalidator_purge(struct ctl_call *c);
int ctl_revalidator_wait(struct ctl_call *c);
int ctl_trace(struct ctl_call *c);
int ctl_upcall_set(struct ctl_call *c);
int ctl_upcall_show(struct ctl_call *c);
int ctl_version(struct ctl_call *c);
int ctl_vlog_list(struct ctl_call *c);
int ctl_vlog_set(struct ctl_call *c);
int ctl_watch_sample(struct ctl_call *c);
int ctl_worker_show(struct ctl_call *c);
