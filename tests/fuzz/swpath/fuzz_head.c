/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a packet. Each form that reads heads reads it as swp_head_read() does, and a head that is
 * read is that of the key. */
#include <support/heads_twin.h>

#include <flow/parse.h>

#include <stdio.h>
#include <stdlib.h>

#define IN_PORT 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

static void
check_key(const uint8_t *data, size_t n)
{
	struct flow_key key = {.in_port = IN_PORT};
	struct swp_head h, of_key;

	if (!swp_head_read(data, n, n, IN_PORT, &h))
		return;
	must(flow_parse(data, n, &key, NULL) == FLOW_PARSE_OK, "a plain packet is well-formed");
	swp_head_of_key(&key, &of_key);
	of_key.w[SWP_HEAD_KIND] = h.w[SWP_HEAD_KIND];
	must(heads_equal(&h, &of_key), "the head is that of the key");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rte_mbuf m = {.nb_segs = 1}, *burst = &m;
	swp_heads_fn *forms[2];
	unsigned int n_forms = heads_forms(forms);
	uint8_t *exact = malloc(n);

	if (!exact || !n || n > UINT16_MAX) {
		free(exact);
		return 0;
	}
	memcpy(exact, data, n);
	check_key(exact, n);
	m.buf_addr = exact;
	m.data_len = (uint16_t)n;
	m.pkt_len = (uint32_t)n;
	for (unsigned int i = 0; i < n_forms; i++) {
		const char *broken = heads_check(forms[i], &burst, 1, IN_PORT);

		must(!broken, broken);
	}
	free(exact);
	return 0;
}
