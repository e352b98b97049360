/* SPDX-License-Identifier: Apache-2.0 */
/* VLAN tags of the packet.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

void tags_init(struct run *run);

/* Says that bits of a tag's TCI (or of its absence) decide something. */
void tags_consult(struct run *run, unsigned int slot, be16 tci_bits, be16 tpid_bits);

/* Bits of the tags that are known, or in the mask already. */
void tags_free_bits(const struct run *run, struct flow_vlan bits[FLOW_VLANS]);

/* True when there is a tag in the slot; consulted. */
bool tags_present(struct run *run, unsigned int slot);

/* Pushes a tag. False: the packet has as many as are supported, nothing was done. */
bool tags_push(struct run *run, be16 tpid, be16 tci);

/* Pops the outermost tag, if there is one. */
void tags_pop(struct run *run);

/* Writes bits of the TCI of a tag that is there; the CFI bit is left alone. */
void tags_write(struct run *run, unsigned int slot, be16 value, be16 mask);

/* Goes back to tags of before. */
void tags_restore(struct run *run, const struct tags *tags);
void tags_commit(struct run *run);
