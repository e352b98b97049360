/* SPDX-License-Identifier: Apache-2.0 */
/* The action ct(..) in dpctl syntax. Thread safety: pure. */
#pragma once

#include "text/text_dp_scan.h"

#include <flow/action.h>

/* "ct", "ct(commit,..)". text_ct_read() parses the text after the word; returns 0 or -EINVAL. */
void text_ct_print(const struct flow_ct *ct, FILE *out);
int text_ct_read(struct dp_scan *s, struct flow_ct *ct);
