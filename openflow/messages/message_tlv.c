/* SPDX-License-Identifier: Apache-2.0 */
#include "messages/message_tlv.h"

#include <errno.h>
#include <stdlib.h>

#define HEAD_BYTES 8
#define TLV_BYTES 8
#define REPLY_RESERVED 10

static void
read_tlv(const uint8_t *p, struct xlate_tlv *tlv)
{
	*tlv = (struct xlate_tlv){.class = ofp_get_u16(p),
				  .type = p[2],
				  .n_bytes = p[3],
				  .index = ofp_get_u16(p + 4)};
}

int
ofp_read_tlv_mod(struct ofp_reader *r)
{
	struct xlate_tlv_mod *mod = &r->m->tlvs;
	uint16_t command = ofp_get_u16(ofp_pull(&r->body, HEAD_BYTES));

	if (r->body.n % TLV_BYTES)
		return ofp_refuse(r->err, OFP_E_BR_BAD_LEN,
				  "tlv_table_mod: %zu bytes of options; expected a multiple of %d",
				  r->body.n, TLV_BYTES);
	if (command >= XLATE_N_TLV_COMMANDS)
		return ofp_refuse(r->err, OFP_E_TT_BAD_COMMAND,
				  "tlv_table_mod: command %u; expected 0 (add), 1 (delete) or 2 "
				  "(clear)",
				  command);
	mod->command = command;
	mod->n = r->body.n / TLV_BYTES;
	if (!mod->n)
		return 0;
	mod->tlvs = calloc(mod->n, sizeof *mod->tlvs);
	if (!mod->tlvs)
		return -ENOMEM;
	for (size_t i = 0; i < mod->n; i++)
		read_tlv(ofp_pull(&r->body, TLV_BYTES), &mod->tlvs[i]);
	return 0;
}

static void
put_tlvs(struct ofp_buffer *b, const struct xlate_tlv_mod *mod)
{
	for (size_t i = 0; i < mod->n; i++) {
		const struct xlate_tlv *tlv = &mod->tlvs[i];

		ofp_put_u16(b, tlv->class);
		ofp_put_u8(b, tlv->type);
		ofp_put_u8(b, tlv->n_bytes);
		ofp_put_u16(b, tlv->index);
		ofp_put_zeros(b, 2);
	}
}

void
ofp_put_tlv_mod(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u16(b, m->tlvs.command);
	ofp_put_zeros(b, HEAD_BYTES - 2);
	put_tlvs(b, &m->tlvs);
}

void
ofp_put_tlv_reply(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	(void)version;
	ofp_put_u32(b, XLATE_TLV_DATA_BYTES);
	ofp_put_u16(b, XLATE_TLVS);
	ofp_put_zeros(b, REPLY_RESERVED);
	put_tlvs(b, &m->tlvs);
}
