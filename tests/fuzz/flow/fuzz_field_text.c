/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a field's number in a byte, then text. Accepted text must print to text that is
 * accepted and has the same meaning. */
#include <flow/field.h>

#include <stdlib.h>

#define TEXT_BYTES 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct flow_field *f;
	struct flow_value value, mask, value2, mask2;
	char printed[TEXT_BYTES], err[64], *text;
	FILE *out;

	if (!n)
		return 0;
	f = &flow_fields[data[0] % FLOW_N_FIELDS];
	text = strndup((const char *)data + 1, n - 1);
	if (text && !flow_field_parse(f, text, &value, &mask, err, sizeof err)) {
		out = fmemopen(printed, sizeof printed, "w");
		must(out, "a stream of memory");
		flow_field_print(f, &value, &mask, out);
		fclose(out);
		must(!flow_field_parse(f, printed, &value2, &mask2, err, sizeof err),
		     "printed text is taken");
		must(!memcmp(&value, &value2, sizeof value), "the value is kept");
		must(!memcmp(&mask, &mask2, sizeof mask), "the mask is kept");
	}
	free(text);
	return 0;
}
