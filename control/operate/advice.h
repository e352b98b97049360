/* SPDX-License-Identifier: Apache-2.0 */
/* Advice for an operator about megaflows that are not in hardware. Thread safety: pure. */
#pragma once

#include <flow/nic.h>

#include <jansson.h>

/* Returns a sentence without its full stop; NULL if there is no advice. */
const char *ctl_advice(enum nic_reason reason);

/* Returns the same as a new JSON string, or JSON null. */
json_t *ctl_advice_json(enum nic_reason reason);
