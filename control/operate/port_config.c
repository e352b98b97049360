/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/port_config.h"

#include <base/err.h>
#include <xlate/xlate.h>

#include <errno.h>
#include <string.h>

static const struct {
	const char *set, *clear;
	uint32_t bit;
} words[] = {
	{"down", "up", XLATE_CONFIG_DOWN},
	{"no-stp", "stp", XLATE_CONFIG_NO_STP},
	{"no-receive", "receive", XLATE_CONFIG_NO_RECV},
	{"no-receive-stp", "receive-stp", XLATE_CONFIG_NO_RECV_STP},
	{"no-flood", "flood", XLATE_CONFIG_NO_FLOOD},
	{"no-forward", "forward", XLATE_CONFIG_NO_FWD},
	{"no-packet-in", "packet-in", XLATE_CONFIG_NO_PACKET_IN},
};
#define N_WORDS (sizeof words / sizeof words[0])

static bool
same(const char *a, size_t n, const char *b)
{
	return strlen(b) == n && !strncmp(a, b, n);
}

int
ctl_port_config_word(const char *word, size_t n, uint32_t *config, uint32_t *mask, char *err,
		     size_t n_err)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		bool set = same(word, n, words[i].set);

		if (!set && !same(word, n, words[i].clear))
			continue;
		*mask |= words[i].bit;
		*config = set ? *config | words[i].bit : *config & ~words[i].bit;
		return 0;
	}
	err_print(
		err, n_err,
		"'%.*s' is not a configuration word of a port; expected down, no-stp, no-receive, "
		"no-receive-stp, no-flood, no-forward or no-packet-in, and up, stp, receive, "
		"receive-stp, flood, forward or packet-in to undo them",
		(int)(n < 64 ? n : 64), word);
	return -EINVAL;
}

void
ctl_port_config_print(uint32_t config, FILE *out)
{
	const char *before = "";

	for (size_t i = 0; i < N_WORDS; i++)
		if (config & words[i].bit) {
			fprintf(out, "%s%s", before, words[i].set);
			before = ",";
		}
}
