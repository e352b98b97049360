/* SPDX-License-Identifier: Apache-2.0 */
/* What an UPCALL action passes to its handlers through the kernel (OVS_USERSPACE_ATTR_USERDATA).
 *
 * Thread safety: plain data. */
#pragma once

#include <stdint.h>

#define KDP_COOKIE_MAGIC 0x5444 /* actions of other programs have other user data */

/* Host order. */
struct kdp_cookie {
	uint16_t magic;
	uint8_t reason; /* enum flow_upcall_reason */
	uint8_t pad;
	uint16_t max_len;
	uint16_t pad2;
	uint32_t cookie;
};
