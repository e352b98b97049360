/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of readers and writers of one kind of message's body.
 *
 * Thread safety: pure. */
#pragma once

#include "actions/action.h"
#include "fields/match.h"
#include "wire/ofp.h"

struct ofp_reader {
	const struct ofp_context *ctx;
	uint8_t version;
	struct ofp_cursor body; /* follows the header, or an experimenter's header */
	struct ofp_message *m;	/* zeroed; members set by a reader are freed if it fails */
	struct ofp_error *err;
};

typedef int ofp_read_fn(struct ofp_reader *r);
typedef void ofp_put_fn(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version);

struct ofp_kind {
	enum ofp_type type;
	uint32_t experimenter; /* 0: of the specification */
	uint32_t code;
	uint8_t first, last; /* versions; 'last' 0: no end */
	uint16_t n_min;	     /* bytes of the body */
	bool longer;	     /* the body may be longer than 'n_min' */
	ofp_read_fn *read;   /* NULL: a switch does not receive this */
	ofp_put_fn *put;     /* NULL: an empty body */
};
