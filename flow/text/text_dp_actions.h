/* SPDX-License-Identifier: Apache-2.0 */
/* Constants and functions shared by printing and parsing of datapath actions.
 * Thread safety: pure. */
#pragma once

#include <flow/action.h>

#include <stdio.h>

struct dp_scan;

#define TEXT_TPID_DEFAULT 0x8100

extern const char *const text_upcall_reasons[FLOW_N_UPCALL_REASONS];

/* "ct", "ct(commit,..)". text_ct_read() parses the text after the word; returns 0 or -EINVAL. */
void text_ct_print(const struct flow_ct *ct, FILE *out);
int text_ct_read(struct dp_scan *s, struct flow_ct *ct);
