/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/table_config.h"

#include <base/err.h>
#include <base/number.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIMIT "flow-limit="
#define VACANCY "vacancy:"
#define NAME "name="

static int
limit_take(const char *text, struct xlate_table_config *config)
{
	uint64_t n = XLATE_TABLE_NO_LIMIT;

	if (strcmp(text, "none") != 0 &&
	    number_parse(text, strlen(text), 1, XLATE_TABLE_NO_LIMIT - 1, &n))
		return -EINVAL;
	config->flow_limit = (uint32_t)n;
	return 0;
}

static int
vacancy_take(const char *text, struct xlate_table_config *config)
{
	const char *comma = strchr(text, ',');
	uint64_t down, up;

	if (!comma || number_parse(text, (size_t)(comma - text), 0, 100, &down) ||
	    number_parse(comma + 1, strlen(comma + 1), down, 100, &up))
		return -EINVAL;
	config->vacancy_events = true;
	config->vacancy_down = (uint8_t)down;
	config->vacancy_up = (uint8_t)up;
	return 0;
}

static int
name_take(const char *text, struct xlate_table_config *config)
{
	if (strlen(text) >= sizeof config->name)
		return -EINVAL;
	memset(config->name, 0, sizeof config->name);
	memcpy(config->name, text, strlen(text));
	return 0;
}

static int
word_take(const char *word, struct xlate_table_config *config)
{
	if (!strncmp(word, LIMIT, strlen(LIMIT)))
		return limit_take(word + strlen(LIMIT), config);
	if (!strncmp(word, VACANCY, strlen(VACANCY)))
		return vacancy_take(word + strlen(VACANCY), config);
	if (!strncmp(word, NAME, strlen(NAME)))
		return name_take(word + strlen(NAME), config);
	if (!strcmp(word, "novacancy"))
		config->vacancy_events = false;
	else if (!strcmp(word, "evict") || !strcmp(word, "noevict"))
		config->evict = word[0] == 'e';
	else
		return -EINVAL;
	return 0;
}

int
ctl_table_config_word(const char *word, struct xlate_table_config *config, char *err, size_t n_err)
{
	if (!word_take(word, config))
		return 0;
	err_print(err, n_err,
		  "'%.80s': expected flow-limit=1.. or none, evict, noevict, vacancy:LOW,HIGH "
		  "(0..100), novacancy or name= up to %d characters",
		  word, XLATE_TABLE_NAME_BYTES - 1);
	return -EINVAL;
}
