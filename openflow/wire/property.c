/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/property.h"

int
ofp_property_pull(struct ofp_cursor *c, struct ofp_property *out, struct ofp_error *err)
{
	size_t n = c->n < 4 ? 0 : ofp_get_u16(c->p + 2);
	size_t room = c->n, padded = (n + 7) / 8 * 8;
	const uint8_t *p = n < 4 || n > c->n ? NULL : ofp_pull(c, padded < c->n ? padded : c->n);

	if (!p)
		return ofp_refuse(err, OFP_E_BP_BAD_LEN,
				  "property: length is %zu, but %zu bytes are left", n, room);
	out->type = ofp_get_u16(p);
	out->p = p + 4;
	out->n = n - 4;
	return 0;
}

int
ofp_property_refuse(const struct ofp_property *p, const char *what, struct ofp_error *err)
{
	return ofp_refuse(err, p->type == 0xffff ? OFP_E_BP_BAD_EXPERIMENTER : OFP_E_BP_BAD_TYPE,
			  "%s: property %u of %zu bytes is not accepted", what, p->type, p->n);
}
