/* SPDX-License-Identifier: Apache-2.0 */
/* Brings a flow's hardware from what it is towards what is wanted: decides the next step, and puts
 * it on the device's lists; hardware.c carries the lists to the device.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Takes a flow's mailbox and acts on it. */
void ofl_drive_take(struct ofl *o, struct ofl_flow *f);

/* Decides and publishes. To be called after anything about the flow changed. The flow may be dead
 * (in ofl.dead) afterwards. */
void ofl_drive(struct ofl *o, struct ofl_flow *f);

/* False and why: refused without asking a device. Else the device to ask. 'in_port': NULL when the
 * match has no single one. */
bool ofl_drive_admit(const struct ofl *o, const uint32_t *in_port,
		     const struct flow_actions *actions, struct device **dev,
		     struct nic_refusal *why);

/* Frees a slot's rule and empties it. It is in no list. */
void ofl_slot_clear(struct slot *s);
