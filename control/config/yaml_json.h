/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion of YAML to JSON values, so that the reader of the configuration handles one form.
 *
 * Accepts one document. Plain scalars become null, booleans, integers or strings; quoted ones
 * become strings. Refused, with the number of the line: anchors, aliases, tags, duplicate keys,
 * keys that are not scalars, nesting deeper than 16, further documents.
 * Thread safety: pure. */
#pragma once

#include <jansson.h>

/* Converts 'n' bytes. An empty document becomes an empty object. Returns 0 and a new reference, or
 * -EINVAL or -ENOMEM with 'err' ("line 3: ..."). */
int ctl_yaml_parse(const char *text, size_t n, json_t **out, char *err, size_t n_err);
