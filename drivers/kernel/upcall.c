/* SPDX-License-Identifier: Apache-2.0 */
#include "upcall.h"

#include <flow/parse.h>

#include <stdlib.h>

/* Leaves room in an attribute, whose length has 16 bits. */
#define PACKET_BYTES_MAX 65000

static struct kdp_upcall *
of(const struct dp_upcall *u)
{
	return (struct kdp_upcall *)(uintptr_t)u;
}

static struct kdp_upcall *
make(const uint8_t *data, size_t n)
{
	struct kdp_upcall *up = malloc(sizeof *up + n);

	_Static_assert(offsetof(struct kdp_upcall, u) == 0, "of() converts");
	if (!up)
		return NULL;
	memcpy(up->data, data, n);
	up->mru = 0;
	up->u = (struct dp_upcall){.kind = DP_UPCALL_MISS,
				   .max_len = UINT16_MAX,
				   .data = up->data,
				   .n_bytes = (uint32_t)n};
	return up;
}

struct dp_upcall *
kdp_upcall_new(const struct kdp_packet *p, uint64_t received_ns)
{
	struct kdp_upcall *up = make(p->data, p->n_bytes);

	if (!up)
		return NULL;
	up->mru = p->mru;
	up->u.key = p->key;
	up->u.received_ns = received_ns;
	if (p->is_action) {
		up->u.kind = DP_UPCALL_ACTION;
		up->u.reason = p->cookie.reason;
		up->u.max_len = p->cookie.max_len;
		up->u.cookie = p->cookie.cookie;
	}
	return &up->u;
}

struct dp_upcall *
kdp_upcall_of_bytes(const uint8_t *data, size_t n, uint32_t in_port)
{
	struct kdp_upcall *up = n <= PACKET_BYTES_MAX ? make(data, n) : NULL;

	if (!up)
		return NULL;
	up->u.key.in_port = in_port;
	flow_parse(data, n, &up->u.key, NULL);
	return &up->u;
}

uint16_t
kdp_upcall_mru(const struct dp_upcall *u)
{
	return of(u)->mru;
}

void
kdp_upcall_free(struct dp_upcall *u)
{
	free(of(u));
}
