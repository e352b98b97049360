/* SPDX-License-Identifier: Apache-2.0 */
/* Thread safety: as said at each function. */
#pragma once

#include <xlate/packet_in.h>

struct packet_ins;

/* Thread: control. */
int packet_ins_create(struct packet_ins **out);
void packet_ins_destroy(struct packet_ins *t);

/* The number of a content; 0, which stands for none, without memory. 'content' is copied with its
 * userdata. O(bytes), and amortised over calls what is forgotten. Thread: any RCU thread. */
uint32_t packet_ins_put(struct packet_ins *t, const struct xlate_packet_in *content);
int packet_ins_get(const struct packet_ins *t, uint32_t number, struct xlate_packet_in *out);
