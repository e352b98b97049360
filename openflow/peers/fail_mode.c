/* SPDX-License-Identifier: Apache-2.0 */
#include <openflow/fail_mode.h>

const char *const ctl_fail_mode_names[CTL_N_FAIL_MODES] = {
	[CTL_FAIL_AUTO] = "auto",
	[CTL_FAIL_SECURE] = "secure",
	[CTL_FAIL_STANDALONE] = "standalone",
};

bool
ctl_fail_mode_is_switch(enum ctl_fail_mode mode, unsigned int n_controllers)
{
	return !n_controllers && mode != CTL_FAIL_SECURE;
}
