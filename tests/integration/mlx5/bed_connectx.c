/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/mlx5/ on the emulated ConnectX as the device below offload, in simulated time. Calls of the driver are counted on their
 * way; faults happen below libmlx5. */
#include "bed_connectx.h"
#include "bulk.h"
#include "mlx5_private.h"
#include "support/effort.h"
#include <base/clock.h>
#include <endian.h>
#include <errno.h>
#include <fault.h>
#include <mlx5/mlx5.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <walk.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define DEVICE "0000:03:00.0"
#define N_VPORTS 4
#define N_OWN 8 /* dev_ids of the ConnectX: 0 is the wire, n vport n */
#define IDS 65536
#define PORTS 16
#define COUNTERS 65536
#define PROBE_BYTES 100
#define NO_PORT UINT32_MAX
#define QUERY_FLOW_COUNTER 0x93b
#define STATUS_LIMIT 0x08 /* ENOMEM */
#define WATCH_MAX_MS 5000

struct bed {
	struct fake_world *fake;
	struct fake_config wants;
	struct nic_devices devices;
	struct nic *nic; /* the ConnectX, or NULL */
	uint16_t dev_ids[PORTS];
	struct nic_counter *counters[COUNTERS];
	unsigned int n_counters, n_rules, n_in, n_read_errors, seed;
	bool faults;
	uint64_t n_calls, n_reads;
	uint32_t in_ports[IDS];
	struct nic_count truth[IDS], truth_port[PORTS], truth_sent[PORTS];
};

static struct bed *bed_now;
static void (*on_start)(void);
static unsigned int format = 1;

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);

/* Driver and engine see the simulated time pass, and the time that they take. */
int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = __real_clock_gettime(clock, ts);
	uint64_t more = clock == CLOCK_MONOTONIC && bed_now ? bed_now->wants.now_ns() : 0;
	uint64_t ns = (uint64_t)ts->tv_nsec + more % NS_PER_S;

	ts->tv_sec += (time_t)(more / NS_PER_S + ns / NS_PER_S);
	ts->tv_nsec = (long)(ns % NS_PER_S);
	return rc;
}

/* Pauses of the engine are simulated too. */
int
__wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
	(void)pause, (void)left;
	return 0;
}

const char *
bed_lacks(enum bed_need need)
{
	static const char *const reasons[BED_N_NEEDS] = {
		[BED_SMALL_TABLE] = "skipped: room is in bytes, and libmlx5 wants 64 MB of them "
				    "(mlx5/nic fills it)",
		[BED_REFUSALS] =
			"skipped: what compile() accepted the device takes; only faults refuse it",
		[BED_KEEPS_RULES] = "skipped: no removal fails: a device that does not remove "
				    "loses all its rules (mlx5/stalls)",
		[BED_HANGS] = "skipped: a queue that stands still is ended after 3 s (mlx5/stalls)",
		[BED_LATENCY] = "skipped: flush() waits for the device, so nothing is in flight",
		[BED_STOPS] = "skipped: rules go through the RDMA device, which stays when an "
			      "ethdev stops",
		[BED_RULE_COUNTER] = "skipped: its counters outlive rules",
		[BED_COSTS] = "skipped: what the engine does for each flow, not the driver",
		[BED_TWICE] = "skipped: the device sends a packet to a port once",
	};

	return reasons[need];
}

uint64_t
bed_stale_ns(uint64_t wanted_ns)
{
	(void)wanted_ns;
	return MLXDR_BULK_STALE_NS;
}

/* Every third has two outputs to one port. */
bool
bed_takes(unsigned int version)
{
	return version % 3 != 1 && version % 64 != FAKE_BAD_VERSION;
}

/* A packet takes 2 us. */
unsigned int
bed_effort(unsigned int n)
{
	return EFFORT(n) / 4;
}

static struct mlxdr_nic *
driver(const struct bed *b)
{
	return mlxdr_nic(b->nic);
}

static int port_add(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
		    struct nic_devices *devices, struct nic **out, struct nic_refusal *why);

static bool
port_del(struct nic *nic, uint32_t port)
{
	bool last = mlxdr_class.port_del(nic, port);

	if (last)
		bed_now->nic = NULL;
	return last;
}

static bool
is_proxy(struct nic *nic, uint16_t dev_id)
{
	return mlxdr_class.is_proxy(nic, dev_id);
}

static void
forget(struct nic *nic)
{
	mlxdr_class.forget(nic);
}

static const struct nic_caps *
caps(struct nic *nic)
{
	return mlxdr_class.caps(nic);
}

static int
compile(struct nic *nic, const struct flow_match *match, const struct flow_actions *actions,
	unsigned int prio, struct nic_counter *counter, struct nic_rule **out,
	struct nic_refusal *why)
{
	int rc = mlxdr_class.compile(nic, match, actions, prio, counter, out, why);

	assert_true(match->key.nw_src < IDS);
	bed_now->in_ports[match->key.nw_src] = match->key.in_port;
	bed_now->n_calls++;
	bed_now->n_rules += !rc;
	return rc;
}

static int
insert(struct nic *nic, struct nic_rule *rule)
{
	bed_now->n_calls++;
	return mlxdr_class.insert(nic, rule);
}

static int
remove_rule(struct nic *nic, struct nic_rule *rule)
{
	bed_now->n_calls++;
	return mlxdr_class.remove(nic, rule);
}

static bool
chance(struct bed *b, unsigned int one_in)
{
	return b->faults && one_in && rand_r(&b->seed) % one_in == 0;
}

/* A command or method of an insertion or a removal fails, now or soon. That of a work request is for lives apart: in 2 of 61
 * libmlx5 crashes (docs/mlx5.md). */
static void
fail_one(struct bed *b)
{
	static const uint16_t commands[] = {0x930, 0x932, 0x939, 0xb00};
	unsigned int after = (unsigned int)rand_r(&b->seed) % 3;

	emu_faults_clear();
	if (rand_r(&b->seed) % 3)
		emu_fail_command(commands[rand_r(&b->seed) % 4], after, STATUS_LIMIT);
	else
		emu_fail_method(UVERBS_OBJECT_DM, UVERBS_METHOD_DM_ALLOC, after, ENOMEM);
}

static void
flush(struct nic *nic)
{
	struct bed *b = bed_now;

	if (b->wants.on_flush)
		b->wants.on_flush(b->fake);
	if (chance(b, b->wants.insert_fails_in))
		fail_one(b);
	mlxdr_class.flush(nic);
}

static unsigned int
poll(struct nic *nic, struct nic_event *out, unsigned int max)
{
	unsigned int n = mlxdr_class.poll(nic, out, max);
	struct bed *b = bed_now;

	for (unsigned int i = 0; i < n; i++) {
		if (out[i].type == NIC_LOST)
			b->n_in = 0;
		else if (out[i].type == NIC_INSERTED)
			b->n_in += !out[i].error;
		else if (out[i].type == NIC_REMOVED)
			b->n_in -= !out[i].error && b->n_in;
	}
	return n;
}

static void
rule_free(struct nic *nic, struct nic_rule *rule)
{
	mlxdr_class.rule_free(nic, rule);
	bed_now->n_rules--;
}

static int
counter_new(struct nic *nic, struct nic_counter **out)
{
	struct bed *b = bed_now;
	int rc = mlxdr_class.counter_new(nic, out);

	assert_true(b->n_counters < COUNTERS);
	if (!rc)
		b->counters[b->n_counters++] = *out;
	return rc;
}

static void
counter_free(struct nic *nic, struct nic_counter *c)
{
	struct bed *b = bed_now;
	unsigned int i = 0;

	while (b->counters[i] != c)
		i++;
	b->counters[i] = b->counters[--b->n_counters];
	mlxdr_class.counter_free(nic, c);
}

static int
counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n, struct nic_count *out)
{
	struct bed *b = bed_now;
	bool fails = b->n_read_errors || chance(b, b->wants.read_fails_in);
	int rc;

	b->n_read_errors -= !!b->n_read_errors;
	b->n_reads += n;
	if (fails) {
		emu_faults_clear();
		mlxdr_bulks_outdate(driver(b));
		emu_fail_command(QUERY_FLOW_COUNTER, 0, STATUS_LIMIT);
	}
	rc = mlxdr_class.counters_read(nic, c, n, out);
	if (fails)
		emu_faults_clear();
	return rc;
}

static const struct nic_class connectx_class = {
	.name = "mlx5",
	.port_add = port_add,
	.port_del = port_del,
	.is_proxy = is_proxy,
	.forget = forget,
	.caps = caps,
	.compile = compile,
	.insert = insert,
	.remove = remove_rule,
	.flush = flush,
	.poll = poll,
	.rule_free = rule_free,
	.counter_new = counter_new,
	.counter_free = counter_free,
	.counters_read = counters_read,
};

/* The ConnectX is for its own driver alone. */
static int
other_port_add(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
	       struct nic_devices *devices, struct nic **out, struct nic_refusal *why)
{
	if (dev_id < N_OWN)
		return nic_refuse(why, NIC_REASON_NO_DEVICE, NULL);
	return fake_class.port_add(nics, n, port, dev_id, devices, out, why);
}

static const struct nic_class probe_class = {.name = "fake", .port_add = other_port_add};

const struct nic_class *const bed_classes[] = {&connectx_class, &probe_class, NULL};

static int
port_add(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
	 struct nic_devices *devices, struct nic **out, struct nic_refusal *why)
{
	int rc = mlxdr_class.port_add(nics, n, port, dev_id, devices, out, why);

	assert_true(port < PORTS);
	if (rc)
		return rc;
	bed_now->dev_ids[port] = dev_id;
	bed_now->nic = *out;
	(*out)->class = &connectx_class;
	return 0;
}

static int
hold(struct nic_devices *devices, uint16_t dev_id)
{
	struct nic_devices *fake = fake_devices(bed_now->fake);

	(void)devices;
	return fake->class->hold(fake, dev_id);
}

static void
release(struct nic_devices *devices, uint16_t dev_id)
{
	struct nic_devices *fake = fake_devices(bed_now->fake);

	(void)devices;
	fake->class->release(fake, dev_id);
}

/* As those of DPDK's driver: 0x1000 + n is VF n, vport n + 1. */
static int
identify(struct nic_devices *devices, uint16_t dev_id, struct nic_identity *out)
{
	(void)devices;
	*out = (struct nic_identity){.switch_port = UINT16_MAX};
	strcpy(out->device, dev_id < N_OWN ? DEVICE : "fake");
	if (dev_id)
		out->switch_port = (uint16_t)(0x1000 + dev_id - 1);
	return 0;
}

static const struct nic_devices_class devices_class = {
	.hold = hold, .release = release, .identify = identify};

void
bed_connectx_configure(unsigned int f, void (*call)(void))
{
	format = f;
	on_start = call;
}

struct bed *
bed_new(const struct fake_config *wants, unsigned int seed)
{
	struct bed *b = calloc(1, sizeof *b);

	assert_non_null(b);
	b->wants = *wants;
	b->seed = seed;
	b->faults = true;
	b->devices.class = &devices_class;
	memset(b->dev_ids, 0xff, sizeof b->dev_ids);
	memset(b->in_ports, 0xff, sizeof b->in_ports);
	assert_int_equal(fake_world_new(wants, seed, &b->fake), 0);
	fake_world_now = b->fake;
	bed_now = b;
	assert_int_equal(emu_start(&(struct emu_config){
				 .format = format, .n_vports = N_VPORTS, .device = DEVICE}),
			 0);
	if (on_start)
		on_start();
	return b;
}

static unsigned int
n_objects(void)
{
	struct emu_counts counts;
	unsigned int n;

	emu_counts(&counts);
	n = counts.contexts;
	for (int kind = 0; kind < EMU_N_KINDS; kind++)
		n += counts.objects[kind];
	return n;
}

unsigned int
bed_alive(struct bed *b)
{
	return b->n_rules + b->n_counters + n_objects() + fake_alive(b->fake);
}

void
bed_free(struct bed *b)
{
	assert_int_equal(bed_alive(b), 0);
	fake_world_free(b->fake);
	emu_stop();
	bed_now = NULL;
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
	return &b->devices;
}

static bool
is_own(const struct bed *b, uint32_t port)
{
	return port < PORTS && b->dev_ids[port] < N_OWN;
}

static uint16_t
vport_of(uint16_t dev_id)
{
	return dev_id ? dev_id : EMU_WIRE;
}

static void
count(struct nic_count *c, size_t bytes)
{
	c->packets++;
	c->bytes += bytes;
}

static void
sent_count(struct bed *b, uint16_t vport, size_t bytes)
{
	for (uint32_t port = 0; port < PORTS; port++)
		if (is_own(b, port) && vport_of(b->dev_ids[port]) == vport)
			count(&b->truth_sent[port], bytes);
}

/* UDP over IPv4, whose source is the flow. The version of the rule is in the source MAC. */
static void
packet_make(uint32_t id, unsigned int bytes, uint8_t *out)
{
	static const uint8_t head[] = {0x02, 0, 0,    0, 0, 2, 0x02, 0, 0, 0, 0,  0,
				       0x08, 0, 0x45, 0, 0, 0, 0,    0, 0, 0, 64, 17};
	uint16_t length = htobe16((uint16_t)(bytes - 14)), udp = htobe16((uint16_t)(bytes - 34));

	memset(out, 0, bytes);
	memcpy(out, head, sizeof head);
	memcpy(out + 16, &length, sizeof length);
	memcpy(out + 26, &id, sizeof id);
	memcpy(out + 38, &udp, sizeof udp);
}

int
bed_packet(struct bed *b, uint32_t port, uint32_t id, unsigned int bytes)
{
	uint8_t packet[EMU_PACKET_MAX];
	struct emu_verdict v;

	if (!is_own(b, port))
		return fake_packet(b->fake, port, id, bytes);
	packet_make(id, bytes, packet);
	assert_int_equal(emu_walk(EMU_ROOT_TABLE, vport_of(b->dev_ids[port]), packet, bytes, &v),
			 0);
	if (v.end == EMU_END_FAULTY)
		fail_msg("port %u, flow %u: %s", port, id, v.why);
	if (v.end == EMU_END_VPORT && !v.copies[0].vport)
		return FAKE_MISS;
	count(&b->truth[id], bytes);
	count(&b->truth_port[port], bytes);
	if (v.end == EMU_END_DROP)
		return 0;
	for (unsigned int i = 0; i < v.n_copies; i++)
		sent_count(b, v.copies[i].vport, v.copies[i].length);
	return v.copies[0].bytes[11];
}

/* Counts since the last reading are lost with the device, which is no part of the cases that reset it: see
 * test_lost_counts_are_told(). */
static void
counters_to_driver(struct bed *b)
{
	struct nic_count out;

	mlxdr_bulks_outdate(driver(b));
	for (unsigned int i = 0; i < b->n_counters; i++)
		mlxdr_class.counters_read(b->nic, &b->counters[i], 1, &out);
}

/* The driver's watchdog is a thread of its own. */
static void
failure_wait(const struct bed *b)
{
	unsigned int ms = 0;

	while (driver(b)->domain && !mlxdr_watch_failure(&driver(b)->device.watch)) {
		assert_true(ms++ < WATCH_MAX_MS);
		usleep(1000);
	}
}

void
bed_connectx_lose(struct bed *b, bool read)
{
	if (!b->nic)
		return;
	if (read)
		counters_to_driver(b);
	emu_reset();
	failure_wait(b);
}

void
bed_reset(struct bed *b)
{
	fake_reset(b->fake);
	bed_connectx_lose(b, true);
}

void
bed_fail(struct bed *b, bool on)
{
	fake_fail(b->fake, on);
	if (!on) {
		emu_revive();
		return;
	}
	counters_to_driver(b);
	emu_raise_fatal();
	failure_wait(b);
}

void
bed_read_errors(struct bed *b, unsigned int n)
{
	b->n_read_errors = n;
	fake_read_errors(b->fake, n);
}

void
bed_faults_set(struct bed *b, bool on)
{
	b->faults = on;
	if (!on)
		emu_faults_clear();
	fake_faults_set(b->fake, on);
}

uint64_t
bed_n_calls(struct bed *b)
{
	return b->n_calls + fake_n_calls(b->fake);
}

uint64_t
bed_n_reads(struct bed *b)
{
	return b->n_reads + fake_n_reads(b->fake);
}

unsigned int
bed_n_in(struct bed *b)
{
	return b->n_in + fake_n_in(b->fake);
}

static struct nic_count
sum(struct nic_count x, struct nic_count y)
{
	return (struct nic_count){x.packets + y.packets, x.bytes + y.bytes};
}

struct nic_count
bed_truth(struct bed *b, uint32_t id)
{
	return sum(b->truth[id], fake_truth(b->fake, id));
}

struct nic_count
bed_truth_port(struct bed *b, uint32_t port)
{
	return sum(b->truth_port[port], fake_truth_port(b->fake, port));
}

struct nic_count
bed_truth_sent(struct bed *b, uint32_t port)
{
	return sum(b->truth_sent[port], fake_truth_sent(b->fake, port));
}

uint64_t
bed_versions(struct bed *b, uint32_t id)
{
	uint32_t port = b->in_ports[id];
	int version = FAKE_MISS;

	if (is_own(b, port))
		version = bed_packet(b, port, id, PROBE_BYTES);
	return (version == FAKE_MISS ? 0 : UINT64_C(1) << version) | fake_versions(b->fake, id);
}

/* There is nothing to stop. */
void
bed_stop(struct bed *b)
{
	fake_device_stop(b->fake, 0);
}

void
bed_vanish(struct bed *b)
{
	fake_vanish(b->fake);
	counters_to_driver(b);
	emu_raise_fatal();
	failure_wait(b);
}
