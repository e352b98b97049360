/* SPDX-License-Identifier: Apache-2.0 */
/* Classifies refusals by how they can be lifted. Thread safety: pure. */
#pragma once

#include <offload/ofl.h>

/* Returns true if retries are useless until actions or ports change. */
bool ofl_refusal_is_final(enum nic_reason reason);

/* Returns true if the addition of a port may lift it. */
bool ofl_refusal_by_ports(enum nic_reason reason);

/* Returns true if room in the device, for a rule or a counter, may lift it. */
bool ofl_refusal_by_room(enum nic_reason reason);

struct nic_refusal ofl_refusal_make(enum nic_reason reason);
