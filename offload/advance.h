/* SPDX-License-Identifier: Apache-2.0 */
/* Brings a flow's hardware state towards the wanted one: decides the next step, and puts the flow's
 * slots in the device's lists; hardware.c passes the lists to the device.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Takes a flow's mailbox and acts on it. */
void ofl_advance_from_inbox(struct ofl *o, struct ofl_flow *f);

/* Decides and publishes. Must be called after any change of the flow. The flow may be dead (in
 * ofl.dead) afterwards. */
void ofl_advance(struct ofl *o, struct ofl_flow *f);

/* Returns true and the device to ask, or false and the reason if the flow is refused without asking
 * one. 'in_port' is NULL if the match has no single one. */
bool ofl_advance_admit(const struct ofl *o, const uint32_t *in_port,
		       const struct flow_actions *actions, struct device **dev,
		       struct nic_refusal *why);

/* Frees a slot's rule and empties the slot, which is in no list. */
void ofl_slot_clear(struct slot *s);
