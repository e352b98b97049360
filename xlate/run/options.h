/* SPDX-License-Identifier: Apache-2.0 */
/* Geneve options of a packet. A bridge with an empty TLV map does not look at them. With another, each mapped
 * option is a field, and a megaflow matches how many bytes of options its packets have, and the head of
 * each: these decide what is where.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Puts the options of the packet into the places of the bridge that it arrives at. Malformed ones, and those that
 * the bridge may not ignore, drop it. */
void run_options_arrive(struct run *run);

/* Turns the mask of places into one of the options as they arrived. The bridge is the first one. */
void run_options_finish(struct run *run);

/* Returns the words of the key in which the megaflow's mask does not describe the pipeline's bits. */
uint64_t run_options_moved(const struct run *run);

/* Gives the options of the packet to the tunnel that it is sent to, and consults them: those that it arrived with and
 * that actions have set, by the map of the present bridge and in the order of their fields. */
void run_options_send(struct run *run, struct flow_tunnel *to);
