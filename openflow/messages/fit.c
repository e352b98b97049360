/* SPDX-License-Identifier: Apache-2.0 */
#include <openflow/fit.h>

#include "actions/action.h"
#include "actions/action_put.h"
#include "actions/instruction.h"
#include "messages/message.h"
#include "messages/message_group.h"
#include "wire/ofp.h"

#include <base/err.h>

#include <errno.h>
#include <stdio.h>

/* Upper bound for any action, without its repeated parts. */
#define ACTION_BYTES 80
/* The worst mask has every other bit set: each set bit is a load of 24 bytes. */
#define SET_BYTES_PER_BIT 12
#define LEARN_SPEC_BYTES 48
#define BUCKET_BYTES 64
#define BUCKET_COUNT_BYTES 16 /* packets and bytes */

/* A learned rule has at most one action for each part of a learn action. */
_Static_assert(XLATE_LEARN_SPECS_MAX *LEARN_SPEC_BYTES <= OFP_FIT_BYTES, "learned rules fit");

static const uint8_t versions[] = {OFP_VERSION_10, OFP_VERSION_13, OFP_VERSION_14, OFP_VERSION_15};

static size_t
bytes_of(const struct xlate_bytes *bytes)
{
	return bytes ? bytes->n : 0;
}

/* Returns an upper bound on the actions' bytes in any version. */
static size_t
most_bytes(const struct xlate_actions *a)
{
	size_t n = 0;

	for (size_t i = 0; a && i < a->n; i++) {
		const struct xlate_action *one = &a->a[i];

		n += ACTION_BYTES;
		switch (one->type) {
		case XLATE_ACT_SET_FIELD:
			n += (size_t)one->set.field->n_bits * SET_BYTES_PER_BIT;
			break;
		case XLATE_ACT_CONTROLLER:
			n += bytes_of(one->controller.userdata);
			break;
		case XLATE_ACT_NOTE:
		case XLATE_ACT_DEC_TTL:
			n += bytes_of(one->bytes);
			break;
		case XLATE_ACT_CLONE:
		case XLATE_ACT_WRITE_ACTIONS:
			n += most_bytes(one->nested);
			break;
		case XLATE_ACT_CT:
			n += most_bytes(one->ct.nested);
			break;
		case XLATE_ACT_LEARN:
			n += one->learn->n * LEARN_SPEC_BYTES;
			break;
		case XLATE_ACT_BUNDLE:
			n += one->bundle->n * sizeof one->bundle->member[0];
			break;
		default:
			break;
		}
	}
	return n;
}

static int
refuse(const char *what, size_t n, const char *where, char *err, size_t n_err)
{
	err_print(err, n_err,
		  "%s: %zu bytes %s; expected at most %d, as one message must be able to show them",
		  what, n, where, OFP_FIT_BYTES);
	return -EFBIG;
}

/* Checks the size of the encoding 'b', and frees it. */
static int
check_written(struct ofp_buffer *b, const char *what, uint8_t version, char *err, size_t n_err)
{
	char where[24];
	size_t n = b->n;
	bool failed = b->failed;

	ofp_buffer_free(b);
	if (failed)
		return -ENOMEM;
	if (n <= OFP_FIT_BYTES)
		return 0;
	snprintf(where, sizeof where, "in OpenFlow 1.%d", version - 1);
	return refuse(what, n, where, err, n_err);
}

int
ofp_rule_fits(const struct xlate_actions *a, char *err, size_t n_err)
{
	int rc = 0;

	if (most_bytes(a) <= OFP_FIT_BYTES)
		return 0;
	for (size_t i = 0; i < sizeof versions && !rc; i++) {
		struct ofp_buffer b = OFP_BUFFER_INIT;

		if (versions[i] == OFP_VERSION_10)
			ofp_actions_put(&b, a, versions[i]);
		else
			ofp_instructions_put(&b, a, versions[i]);
		rc = check_written(&b, "actions", versions[i], err, n_err);
	}
	return rc;
}

static size_t
most_bytes_of_group(const struct xlate_group_config *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_buckets; i++)
		n += BUCKET_BYTES + most_bytes(g->bucket[i].actions);
	return n;
}

int
ofp_group_fits(const struct xlate_group_config *g, char *err, size_t n_err)
{
	size_t n_counts = g->n_buckets * BUCKET_COUNT_BYTES;
	int rc = 0;

	if (most_bytes_of_group(g) <= OFP_FIT_BYTES)
		return 0;
	if (n_counts > OFP_FIT_BYTES)
		return refuse("bucket", n_counts, "of counters", err, n_err);
	for (size_t i = 0; i < sizeof versions && !rc; i++) {
		struct ofp_buffer b = OFP_BUFFER_INIT;

		ofp_put_buckets(&b, g, versions[i]);
		rc = check_written(&b, "bucket", versions[i], err, n_err);
	}
	return rc;
}
