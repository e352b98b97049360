/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/name.h"

#include <base/err.h>

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Words of flow texts that are accepted in places of a port name. */
static const char *const reserved_names[] = {
	"in_port", "table", "normal", "flood", "all", "controller", "local", "none", "any", "drop",
};

static bool
name_is_number(const char *name)
{
	char *end;

	strtoul(name, &end, 0);
	return !*end;
}

int
name_check(const char *what, const char *name, char *err, size_t n_err)
{
	size_t n = name ? strlen(name) : 0;

	if (!n || n >= NAME_BYTES) {
		err_print(err, n_err, "%s name \"%.80s\": expected 1 to %d characters", what,
			  name ? name : "", NAME_BYTES - 1);
		return -EINVAL;
	}
	for (size_t i = 0; i < n; i++) {
		if (isalnum((unsigned char)name[i]) || strchr("._@-", name[i]))
			continue;
		err_print(err, n_err,
			  "%s name \"%s\": character %zu is not a letter, a digit or one of ._@-",
			  what, name, i + 1);
		return -EINVAL;
	}
	if (name_is_number(name)) {
		err_print(err, n_err, "%s name \"%s\": a name cannot be a number", what, name);
		return -EINVAL;
	}
	for (size_t i = 0; i < sizeof reserved_names / sizeof *reserved_names; i++) {
		if (strcasecmp(name, reserved_names[i]))
			continue;
		err_print(err, n_err, "%s name \"%s\" is a word of flow syntax; use another", what,
			  name);
		return -EINVAL;
	}
	return 0;
}
