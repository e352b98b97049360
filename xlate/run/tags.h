/* SPDX-License-Identifier: Apache-2.0 */
/* VLAN tags of the packet.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Takes the tags of the packet on arrival. */
void tags_init(struct run *run);

/* Consults bits of a tag, or its absence. */
void tags_consult(struct run *run, unsigned int slot, be16 tci_bits, be16 tpid_bits);

/* Returns the bits of the tags that are known, or in the mask already. */
void tags_free_bits(const struct run *run, struct flow_vlan bits[FLOW_VLANS]);

/* Returns true if the slot has a tag. Consults its presence. */
bool tags_present(struct run *run, unsigned int slot);

/* Pushes a tag. Returns false and does nothing if the packet has the maximum of tags. */
bool tags_push(struct run *run, be16 tpid, be16 tci);

/* Pops the outermost tag, if any. */
void tags_pop(struct run *run);

/* Writes bits of the TCI of an existing tag, without the CFI bit. */
void tags_write(struct run *run, unsigned int slot, be16 value, be16 mask);

/* Restores earlier tags. */
void tags_restore(struct run *run, const struct tags *tags);

/* Emits pops, sets and pushes that give the datapath's packet the current tags. */
void tags_commit(struct run *run);
