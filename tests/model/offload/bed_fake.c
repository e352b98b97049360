/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bed.h"

#include <stdlib.h>

struct bed {
	struct fake_world *fake;
};

const struct nic_class *const bed_classes[] = {&fake_class, NULL};

const char *
bed_lacks(enum bed_need need)
{
	(void)need;
	return NULL;
}

struct bed *
bed_new(const struct fake_config *wants, unsigned int seed)
{
	struct bed *b = calloc(1, sizeof *b);

	assert_non_null(b);
	assert_int_equal(fake_world_new(wants, seed, &b->fake), 0);
	fake_world_now = b->fake;
	return b;
}

void
bed_free(struct bed *b)
{
	assert_int_equal(fake_alive(b->fake), 0);
	fake_world_free(b->fake);
	free(b);
}

struct fake_world *
bed_fake(struct bed *b)
{
	return b->fake;
}

struct nic_devices *
bed_devices(struct bed *b)
{
	return fake_devices(b->fake);
}

uint64_t
bed_stale_ns(uint64_t wanted_ns)
{
	return wanted_ns;
}

unsigned int
bed_effort(unsigned int n)
{
	return n;
}

bool
bed_takes(unsigned int version)
{
	return version % 64 != FAKE_BAD_VERSION;
}

int
bed_packet(struct bed *b, uint32_t port, uint32_t id, unsigned int bytes)
{
	return fake_packet(b->fake, port, id, bytes);
}

void
bed_reset(struct bed *b)
{
	fake_reset(b->fake);
}

void
bed_fail(struct bed *b, bool on)
{
	fake_fail(b->fake, on);
}

void
bed_read_errors(struct bed *b, unsigned int n)
{
	fake_read_errors(b->fake, n);
}

void
bed_faults_set(struct bed *b, bool on)
{
	fake_faults_set(b->fake, on);
}

uint64_t
bed_n_calls(struct bed *b)
{
	return fake_n_calls(b->fake);
}

uint64_t
bed_n_reads(struct bed *b)
{
	return fake_n_reads(b->fake);
}

unsigned int
bed_n_in(struct bed *b)
{
	return fake_n_in(b->fake);
}

unsigned int
bed_alive(struct bed *b)
{
	return fake_alive(b->fake);
}

struct nic_count
bed_truth(struct bed *b, uint32_t id)
{
	return fake_truth(b->fake, id);
}

struct nic_count
bed_truth_port(struct bed *b, uint32_t port)
{
	return fake_truth_port(b->fake, port);
}

struct nic_count
bed_truth_sent(struct bed *b, uint32_t port)
{
	return fake_truth_sent(b->fake, port);
}

uint64_t
bed_versions(struct bed *b, uint32_t id)
{
	return fake_versions(b->fake, id);
}

void
bed_vanish(struct bed *b)
{
	fake_vanish(b->fake);
}

void
bed_stop(struct bed *b)
{
	fake_device_stop(b->fake, 0);
}
