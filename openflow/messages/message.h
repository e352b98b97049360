/* SPDX-License-Identifier: Apache-2.0 */
/* One kind of message on the wire: who reads and who writes its body.
 *
 * Thread safety: pure. */
#pragma once

#include "actions/action.h"
#include "fields/match.h"
#include "wire/ofp.h"

struct ofp_reader {
	const struct ofp_context *ctx;
	uint8_t version;
	struct ofp_cursor body; /* behind the header, or an experimenter's header */
	struct ofp_message *m;	/* zeroed; what a reader stores here is freed when it fails */
	struct ofp_error *err;
};

typedef int ofp_read_fn(struct ofp_reader *r);
typedef void ofp_put_fn(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version);

struct ofp_kind {
	enum ofp_type type;
	uint32_t experimenter; /* 0: of the specification */
	uint32_t code;
	uint8_t first, last; /* versions; 'last' 0: every later one */
	uint16_t n_min;	     /* bytes of the body */
	bool longer;
	ofp_read_fn *read; /* NULL: not for a switch */
	ofp_put_fn *put;   /* NULL: an empty body */
};
