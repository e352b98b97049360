/* SPDX-License-Identifier: Apache-2.0 */
#include "nd.h"

#include "wire.h"

#include <netinet/icmp6.h>

bool
nd_is(uint8_t type, uint8_t code)
{
	return (type == ND_NEIGHBOR_SOLICIT || type == ND_NEIGHBOR_ADVERT) && !code;
}

bool
nd_find(const uint8_t *icmp, size_t n, size_t *ofs)
{
	uint8_t wanted =
		icmp[0] == ND_NEIGHBOR_SOLICIT ? ND_OPT_SOURCE_LINKADDR : ND_OPT_TARGET_LINKADDR;
	size_t at = ND_BYTES;

	*ofs = 0;
	if (n < ND_BYTES)
		return false;
	while (n - at >= ND_OPT_BYTES) {
		size_t n_opt = icmp[at + 1] * (size_t)ND_OPT_BYTES;

		if (!n_opt || n_opt > n - at)
			return false;
		if (icmp[at] == wanted && n_opt == ND_OPT_BYTES) {
			if (*ofs)
				return false;
			*ofs = at + 2;
		}
		at += n_opt;
	}
	return true;
}
