/* SPDX-License-Identifier: Apache-2.0 */
#include <base/clock.h>
#include <flow/text.h>

#include <inttypes.h>

/* Letters of dpctl/dump-flows, in its order. */
static const struct {
	uint16_t bit;
	const char *text;
} tcp_letters[] = {
	{0x002, "S"}, {0x001, "F"},	{0x008, "P"},	  {0x004, "R"},
	{0x020, "U"}, {0x010, "."},	{0x040, "E"},	  {0x080, "C"},
	{0x100, "N"}, {0x200, "[200]"}, {0x400, "[400]"}, {0x800, "[800]"},
};

void
flow_stats_print(const struct flow_stats *s, uint64_t now_ns, FILE *out)
{
	uint64_t age_ms = now_ns > s->used_ns ? (now_ns - s->used_ns) / NS_PER_MS : 0;

	fprintf(out, "packets:%" PRIu64 ", bytes:%" PRIu64 ", used:", s->packets, s->bytes);
	if (s->used_ns)
		fprintf(out, "%" PRIu64 ".%03" PRIu64 "s", age_ms / 1000, age_ms % 1000);
	else
		fputs("never", out);
	if (!s->tcp_flags)
		return;
	fputs(", flags:", out);
	for (size_t i = 0; i < sizeof tcp_letters / sizeof *tcp_letters; i++) {
		if (s->tcp_flags & tcp_letters[i].bit)
			fputs(tcp_letters[i].text, out);
	}
}
