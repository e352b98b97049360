/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the device in a program that does not know of it: MLX5EMU=format=1,vports=4 with LD_PRELOAD. */
#include "emu.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLE "MLX5EMU"

/* Reads a number of at most `max`. */
static bool
number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	if (!text || !*text)
		return false;
	*value = strtoul(text, &end, 10);
	return !*end && *text != '-' && *value <= max;
}

/* Reads a name, of a folder in sysfs. */
static bool
name(const char *text, char *value)
{
	if (!text || !*text || *text == '.' || strchr(text, '/') || strlen(text) >= EMU_NAME_MAX)
		return false;
	strcpy(value, text);
	return true;
}

static bool
options_read(char *text, struct emu_config *config)
{
	char *const names[] = {(char[]){"format"}, (char[]){"vports"}, (char[]){"metadata"},
			       (char[]){"device"}, NULL};
	unsigned long n;
	char *value;

	while (*text) {
		switch (getsubopt(&text, names, &value)) {
		case 0:
			if (!number(value, 1, &n))
				return false;
			config->format = (unsigned)n;
			break;
		case 1:
			if (!number(value, 255, &n))
				return false;
			config->n_vports = (unsigned)n;
			break;
		case 2:
			if (!number(value, 1, &n))
				return false;
			config->metadata = n;
			break;
		case 3:
			if (!name(value, config->device))
				return false;
			break;
		default:
			return false;
		}
	}
	return true;
}

/* After sysfs.c has chosen a folder. */
__attribute__((constructor(200))) static void
autostart(void)
{
	struct emu_config config = {.n_vports = 4};
	const char *given = getenv(VARIABLE);
	char *text = given ? strdup(given) : NULL;

	if (!given)
		return;
	if (!text || !options_read(text, &config)) {
		fprintf(stderr,
			"mlx5emu: " VARIABLE
			"='%s'; expected format=0|1,vports=0..255,metadata=0|1,device=NAME\n",
			given);
		exit(1);
	}
	free(text);
	int rc = emu_start(&config);

	if (rc) {
		fprintf(stderr, "mlx5emu: cannot start: %s\n", strerror(-rc));
		exit(1);
	}
}
