/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts of connections by zone: the policies that the datapath has and translations name.
 *
 * The datapath keeps them as long as its flows, so a daemon that starts on a datapath with flows finds those of
 * the one before. What is no longer named is removed as soon as no flow has it: the removal is tried
 * at once, then every second, for 64 zones at most.
 *
 * Cost: 100 bytes for each zone with a policy. Finding one costs O(log zones); a new one moves up to 8 bytes for each.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

#include <flow/timeout.h>

struct ctl_zone_timeouts;

/* The policy of a zone. */
struct ctl_zone_policy {
	uint16_t zone;
	struct flow_timeouts t;
};

/* As ctl_zone_timeouts_next() shows it. */
struct ctl_zone_state {
	struct ctl_zone_policy policy; /* 'has' is 0 while it is only being removed */
	uint8_t leaving;	       /* parts that flows still have, a bit each */
	unsigned int retries;	       /* removals of them that the datapath refused */
};

/* Takes "KEY" and "SECONDS" of a command, or of the file. Returns 0, or -EINVAL with 'err'. */
int ctl_timeout_take(struct flow_timeouts *t, const char *key, size_t n_key, const char *seconds,
		     char *err, size_t n_err);

/* Takes a zone. Returns 0, or -EINVAL with 'err'. */
int ctl_zone_take(const char *text, uint16_t *zone, char *err, size_t n_err);

/* Takes the policies of the datapath, or with 'policies' sets these and removes the others. Called before
 * there are bridges. Returns 0, or -errno with 'err': the datapath cannot have one of 'policies'. */
int ctl_zone_timeouts_start(struct ctl_stack *s, const struct ctl_zone_policy *policies,
			    unsigned int n, char *err, size_t n_err);

/* The datapath keeps the policies, if it stays; those that are being removed are tried for a second. */
void ctl_zone_timeouts_stop(struct ctl_stack *s);

/* Returns 0, or -EOPNOTSUPP with 'err': the datapath has no policies. */
int ctl_zone_timeouts_check(const struct ctl_stack *s, char *err, size_t n_err);

/* Replaces the policy of a zone; timeouts that are not given are the datapath's defaults of now. Takes effect
 * with upc_barrier(). Returns 0, or -errno with 'err' and nothing changed. */
int ctl_zone_timeouts_set(struct ctl_stack *s, const struct ctl_zone_policy *p, char *err,
			  size_t n_err);

/* Removes the policy of a zone. Returns 0, or -ENOENT with 'err'. */
int ctl_zone_timeouts_del(struct ctl_stack *s, uint16_t zone, char *err, size_t n_err);

/* Finds the first zone from 'zone' on. Returns false if there is none. */
bool ctl_zone_timeouts_next(const struct ctl_stack *s, unsigned int zone,
			    struct ctl_zone_state *out);

/* Tries removals again. Called every second. Cost: nothing if none waits; else O(zones), and requests for 64
 * zones at most. */
void ctl_zone_timeouts_tick(struct ctl_stack *s);
