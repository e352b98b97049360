/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator can do about a megaflow that is not in hardware. Thread safety: pure. */
#pragma once

#include <flow/nic.h>

#include <jansson.h>

/* A sentence without its full stop; NULL when there is nothing to do. */
const char *ctl_advice(enum nic_reason reason);

/* The same, or null. */
json_t *ctl_advice_json(enum nic_reason reason);
