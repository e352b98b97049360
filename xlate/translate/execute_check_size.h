/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the table in execute.c: check_pkt_larger.
 *
 * The length of a packet is not part of its flow. So the datapath compares it, and looks the packet
 * up again with a recirc_id for each result. Each stands for the pipeline's state with a list that
 * begins by setting the bit, and continues with the rest of the pipeline.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_check_size(struct run *run, const struct xlate_action *a);
