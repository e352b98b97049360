/* SPDX-License-Identifier: Apache-2.0 */
/* The steering device below offload. A program of cases links one implementation, so that the same cases run on each:
 *
 *     bed_fake.c                              fake_nic.h
 *     tests/integration/mlx5/bed_connectx.c   drivers/mlx5/ and libmlx5 on the emulated ConnectX, for dev_ids 0 to 7;
 *                                             fake_nic.h beside it for the others
 *
 * A case that depends on what one device lacks begins with bed_needs(), and is skipped there with the reason. Functions of
 * fake_nic.h are for such cases alone.
 *
 * Thread safety: the test's thread. */
#pragma once

#include <support/fake_nic.h>

struct bed;

enum bed_need {
	BED_SMALL_TABLE,  /* room for a stated number of rules or counters */
	BED_REFUSALS,	  /* insertion refuses what compile() accepted */
	BED_KEEPS_RULES,  /* removal fails, and the rule stays */
	BED_HANGS,	  /* requests stay in flight */
	BED_LATENCY,	  /* a stated number of them, for a stated time */
	BED_STOPS,	  /* rules go through an ethdev, which its owner stops */
	BED_RULE_COUNTER, /* counters end with their rules */
	BED_COSTS,	  /* a reading takes a stated time; or 100,000 rules in little time */
	BED_TWICE,	  /* a rule may name an output twice */
	BED_N_NEEDS,
};

/* Returns why the device cannot run cases with this need, or NULL. */
const char *bed_lacks(enum bed_need need);

/* Skips the case, and says why, if the device lacks it. */
void bed_needs(enum bed_need need);

/* The drivers to offer ports to, NULL-terminated. */
extern const struct nic_class *const bed_classes[];

/* 'wants': as of fake_nic.h; what is not needed by the case may be ignored. Fails the test if it cannot be made. */
struct bed *bed_new(const struct fake_config *wants, unsigned int seed);

/* Frees the device; asserts that nothing is left in it. */
void bed_free(struct bed *b);

struct fake_world *bed_fake(struct bed *b);
struct nic_devices *bed_devices(struct bed *b);

/* The age of counters that the device reports, when asked for 'wanted_ns'. */
uint64_t bed_stale_ns(uint64_t wanted_ns);

/* Returns how many of 'n' steps of random runs to make. */
unsigned int bed_effort(unsigned int n);

/* Returns true if the device takes rules with these actions of test_steps.c. */
bool bed_takes(unsigned int version);

/* As the functions of fake_nic.h of these names. bed_versions() may send a packet, which it counts as true, and so sees only the
 * rule that wins. */
int bed_packet(struct bed *b, uint32_t port, uint32_t id, unsigned int bytes);
void bed_reset(struct bed *b);
void bed_read_errors(struct bed *b, unsigned int n);
void bed_faults_set(struct bed *b, bool on);
uint64_t bed_n_calls(struct bed *b);
uint64_t bed_n_reads(struct bed *b);
unsigned int bed_n_in(struct bed *b);
unsigned int bed_alive(struct bed *b);
struct nic_count bed_truth(struct bed *b, uint32_t id);
struct nic_count bed_truth_port(struct bed *b, uint32_t port);
struct nic_count bed_truth_sent(struct bed *b, uint32_t port);
uint64_t bed_versions(struct bed *b, uint32_t id);

/* As fake_vanish() and fake_device_stop() of the device that takes rules. */
void bed_vanish(struct bed *b);
void bed_stop(struct bed *b);

/* While on, the device has lost every rule and takes none. */
void bed_fail(struct bed *b, bool on);
