/* SPDX-License-Identifier: Apache-2.0 */
/* What a refusal means for trying again. Thread safety: pure. */
#pragma once

#include <offload/ofl.h>

/* It stays the same however often it is tried, until actions or ports change. */
bool ofl_refusal_is_final(enum nic_reason reason);

/* A port that comes may lift it. */
bool ofl_refusal_by_ports(enum nic_reason reason);

/* Room in the device, for a rule or a counter, may lift it. */
bool ofl_refusal_by_room(enum nic_reason reason);

struct nic_refusal ofl_refusal_make(enum nic_reason reason);
