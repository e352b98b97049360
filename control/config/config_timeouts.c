/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_timeouts.h"

#include <base/err.h>

#include <errno.h>
#include <stdlib.h>

#define ZONES (UINT16_MAX + 1)
#define EXPECTED "expected {ZONE: {KEY: SECONDS}}, as in {5: {udp_single: 10}}"

static int
timeouts_take(struct flow_timeouts *t, const json_t *values, char *err, size_t n_err)
{
	const char *key;
	json_t *value;
	int rc = 0;

	json_object_foreach ((json_t *)(uintptr_t)values, key, value) {
		char number[32] = "";

		if (json_is_integer(value))
			snprintf(number, sizeof number, "%lld",
				 (long long)json_integer_value(value));
		else if (json_is_string(value))
			snprintf(number, sizeof number, "%.30s", json_string_value(value));
		rc = ctl_timeout_take(t, key, strlen(key), number, err, n_err);
		if (rc)
			break;
	}
	return rc;
}

/* Returns 0, or -EINVAL if the zone was before, under another spelling of its number. */
static int
zone_see(uint8_t seen[ZONES / 8], uint16_t zone, char *err, size_t n_err)
{
	uint8_t bit = (uint8_t)(1u << zone % 8);

	if (seen[zone / 8] & bit) {
		err_print(err, n_err, "zone %u is given twice", zone);
		return -EINVAL;
	}
	seen[zone / 8] |= bit;
	return 0;
}

int
ctl_config_timeouts(struct ctl_config *c, const json_t *zones, char *err, size_t n_err)
{
	uint8_t seen[ZONES / 8] = {0};
	const char *key;
	json_t *values;

	if (!json_is_object(zones)) {
		err_print(err, n_err, "ct-timeouts: " EXPECTED);
		return -EINVAL;
	}
	c->timeouts = calloc(json_object_size(zones) + 1, sizeof *c->timeouts);
	if (!c->timeouts)
		return -ENOMEM;
	json_object_foreach ((json_t *)(uintptr_t)zones, key, values) {
		struct ctl_zone_policy *p = &c->timeouts[c->n_timeouts++];
		char why[512] = EXPECTED;
		int rc = ctl_zone_take(key, &p->zone, why, sizeof why);

		if (!rc)
			rc = zone_see(seen, p->zone, why, sizeof why);
		if (!rc && json_object_size(values))
			rc = timeouts_take(&p->t, values, why, sizeof why);
		else if (!rc)
			rc = -EINVAL;
		if (rc) {
			err_print(err, n_err, "ct-timeouts.%.20s: %s", key, why);
			return rc;
		}
	}
	return 0;
}
