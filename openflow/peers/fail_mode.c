/* SPDX-License-Identifier: Apache-2.0 */
#include <openflow/fail_mode.h>

const char *const agent_fail_mode_names[AGENT_N_FAIL_MODES] = {
	[AGENT_FAIL_AUTO] = "auto",
	[AGENT_FAIL_SECURE] = "secure",
	[AGENT_FAIL_STANDALONE] = "standalone",
};

bool
agent_fail_mode_is_switch(enum agent_fail_mode mode, unsigned int n_controllers)
{
	return !n_controllers && mode != AGENT_FAIL_SECURE;
}
