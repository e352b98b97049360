/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of packet-ins, by number.
 *
 * Thread safety: see each function. */
#pragma once

#include <xlate/packet_in.h>

struct packet_ins;

/* Returns 0 or -ENOMEM. Thread: control. */
int packet_ins_create(struct packet_ins **out);
void packet_ins_destroy(struct packet_ins *t);

/* Finds or adds a content, and returns its number, or 0 without memory. Copies 'content' with
 * its userdata. Cost: O(bytes); removing old contents is amortised over calls. Thread: any
 * RCU thread. */
uint32_t packet_ins_put(struct packet_ins *t, const struct xlate_packet_in *content);
