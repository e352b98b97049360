/* SPDX-License-Identifier: Apache-2.0 */
/* What writing and reading of datapath actions share. Constant data. */
#pragma once

#include <flow/action.h>

#include <stdio.h>

struct dp_scan;

#define TEXT_TPID_DEFAULT 0x8100

extern const char *const text_upcall_reasons[FLOW_N_UPCALL_REASONS];

/* "ct", "ct(commit,..)". Reading: after the word; 0 or -EINVAL. */
void text_ct_print(const struct flow_ct *ct, FILE *out);
int text_ct_read(struct dp_scan *s, struct flow_ct *ct);
