/* SPDX-License-Identifier: Apache-2.0 */
/* YAML to JSON values, so that configuration has one consumer.
 *
 * One document; plain scalars become null, booleans, integers or strings, quoted ones strings.
 * Refused, with the line: anchors and aliases, tags, keys that come twice, keys that are no
 * scalars, nesting deeper than 16, further documents.
 * Thread safety: pure. */
#pragma once

#include <jansson.h>

/* An empty document gives an empty object. Returns 0 and a new reference, or -EINVAL or -ENOMEM
 * with 'err' ("line 3: ..."). */
int ctl_yaml_parse(const char *text, size_t n, json_t **out, char *err, size_t n_err);
