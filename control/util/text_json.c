/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text_json.h"

#include <stdlib.h>

FILE *
ctl_text_begin(struct ctl_text *t)
{
	t->text = NULL;
	t->f = open_memstream(&t->text, &t->n);
	return t->f;
}

json_t *
ctl_text_end(struct ctl_text *t)
{
	json_t *value = fclose(t->f) ? NULL : json_stringn(t->text, t->n);

	free(t->text);
	return value;
}
