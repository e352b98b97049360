/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of messages: it stays within the bytes; decoded messages can be encoded in their
 * version; and decoding the result and encoding it again yields the same. The first byte gives
 * the state that the connection negotiated. The header's length is corrected, so that mutations
 * pass it. */
#include <messages/codec.h>
#include <wire/ofp.h>
#include <wire/wire.h>

#include <errno.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static const uint8_t versions[] = {0, OFP_VERSION_10, OFP_VERSION_13, OFP_VERSION_14,
				   OFP_VERSION_15};

static bool
is_spoken(uint8_t version)
{
	return version < 32 && OFP_VERSIONS & 1u << version;
}

/* Encodes and decodes. A message of nearly 64 KiB may exceed it: an action that names no table
 * is encoded longer. */
static void
round_trip(const struct ofp_context *ctx, const struct ofp_message *m)
{
	struct ofp_buffer first = OFP_BUFFER_INIT, second = OFP_BUFFER_INIT;
	struct ofp_message back;
	struct ofp_error err;
	int rc = ofp_encode(m, m->version, &first);

	must(!rc || rc == -EMSGSIZE);
	if (!rc) {
		must(ofp_get_u16(first.data + 2) == first.n);
		must(!ofp_decode(ctx, first.data, first.n, &back, &err));
		must(back.type == m->type && back.xid == m->xid);
		must(!ofp_encode(&back, m->version, &second));
		must(first.n == second.n && !memcmp(first.data, second.data, first.n));
		ofp_message_free(&back);
	}
	ofp_buffer_free(&first);
	ofp_buffer_free(&second);
}

static void
check_error(const struct ofp_error *e, uint8_t version, const uint8_t *bytes, size_t n)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;

	must(e->code > OFP_E_NONE && e->code < OFP_N_ERRORS);
	must(memchr(e->text, 0, sizeof e->text) != NULL);
	ofp_encode_error(e, version, bytes, n, &b);
	must(!b.failed && ofp_get_u16(b.data + 2) == b.n);
	ofp_buffer_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ofp_context ctx = {0};
	struct ofp_message m;
	struct ofp_error err = {0};
	uint8_t *bytes;
	int rc;

	if (n < 1 || n > UINT16_MAX)
		return 0;
	ctx.version = versions[(data[0] & 0x7f) % sizeof versions];
	ctx.flow_mod_table_id = data[0] & 0x80;
	bytes = malloc(n > 1 ? n - 1 : 1);
	must(bytes != NULL);
	memcpy(bytes, data + 1, n - 1);
	n--;
	if (n >= OFP_HEADER_BYTES) {
		bytes[2] = (uint8_t)(n >> 8);
		bytes[3] = (uint8_t)n;
	}
	rc = ofp_decode(&ctx, bytes, n, &m, &err);
	if (rc == -EINVAL)
		check_error(&err, is_spoken(ctx.version) ? ctx.version : OFP_VERSION_13, bytes, n);
	if (!rc) {
		if (is_spoken(m.version) && m.type != OFP_ERROR)
			round_trip(&ctx, &m);
		ofp_message_free(&m);
	}
	free(bytes);
	return 0;
}
