/* SPDX-License-Identifier: Apache-2.0 */
/* Executors that have files of their own: rows of the table in execute.c.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run.h"

typedef void execute_fn(struct run *run, const struct xlate_action *a);

/* execute_stack.c */
execute_fn execute_push, execute_pop, execute_output_reg;

/* execute_clone.c */
execute_fn execute_clone;

/* execute_controller.c */
execute_fn execute_controller, execute_sample;

/* Tells the controllers with these IDs (NULL: with ID 0) that a packet's time is over, and ends its
 * list of actions. */
void execute_invalid_ttl(struct run *run, const struct xlate_bytes *ids);

/* execute_queue.c */
execute_fn execute_set_queue, execute_pop_queue, execute_enqueue;

/* execute_ct.c */
execute_fn execute_ct, execute_ct_clear, execute_check_size;

/* execute_link.c */
execute_fn execute_multipath, execute_bundle;

/* learn.c */
execute_fn execute_learn, execute_fin_timeout;

/* labels.c */
execute_fn execute_push_mpls, execute_pop_mpls, execute_dec_mpls_ttl, execute_copy_ttl_out,
	execute_copy_ttl_in;
