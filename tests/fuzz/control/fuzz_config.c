/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a configuration file. It is accepted as a whole, or refused with an error that names
 * the file. */
#include <config/config.h>

#include <base/rcu.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char err[CTL_CONFIG_ERR_BYTES] = "";
	struct ctl_config *c;
	int error;

	/* The input may name files with flows, which must not be opened. */
	if (memmem(data, n, "flows-file", 10))
		return 0;
	rcu_thread_start();
	error = ctl_config_parse("fuzz.yaml", (const char *)data, n, &c, err, sizeof err);
	if (error && (strncmp(err, "fuzz.yaml: ", 11) != 0 || !err[11]))
		abort();
	if (!error)
		ctl_config_free(c);
	rcu_thread_stop();
	return 0;
}
