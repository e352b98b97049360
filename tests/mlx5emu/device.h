/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the emulated device, and its lock, which every member needs unless stated. */
#pragma once
#include "emu.h"
#include "object.h"
#include <pthread.h>
#include <stdatomic.h>

#define EMU_CONTEXTS_MAX 16
#define EMU_COUNTERS_MAX (1U << 18)
#define EMU_FAULTS_MAX 16
#define EMU_DMS_MAX 256
#define EMU_QPS_MAX 64
#define EMU_ANSWERS_MAX 16
#define EMU_TABLE_LEVELS 64

/* Addresses of the device's memory. A steering entry has room for 40 bits. */
#define EMU_SINK_BASE 0x0f00000000ULL
#define EMU_TABLE_BASE 0x1000000000ULL /* of tables whose entries the firmware writes */
#define EMU_STEERING_BASE 0x2000000000ULL
#define EMU_MODIFY_BASE 0x3000000000ULL
#define EMU_PATTERN_BASE 0x3800000000ULL
#define EMU_STEERING_LOG_SIZE 30
#define EMU_MODIFY_LOG_SIZE 22
#define EMU_PATTERN_LOG_SIZE 20

struct emu_context {
	int fd;	      /* of the device file; -1: free */
	int event_fd; /* written by the device; the other end is the async fd. -1: none */
	bool failed;  /* only destroys any more, and its rules match nothing */
};

/* A file for answers of asynchronous queries. */
struct emu_answers {
	int file;      /* that the process reads; -1: free */
	int answer_fd; /* its other end */
	int fd;	       /* of the context */
};

struct emu_query;

struct emu_counter {
	uint64_t packets, bytes;
	bool allocated;
};

enum emu_fault_kind { EMU_FAIL_COMMAND, EMU_FAIL_METHOD, EMU_FAIL_WORK, EMU_STALL_COMMAND };

struct emu_fault {
	enum emu_fault_kind kind;
	uint32_t which; /* opcode, or object and method */
	unsigned after;
	int result;
	bool armed;
};

struct emu_device {
	pthread_mutex_t lock;
	/* Bursts of packets are its readers, execution of work requests its writer; taken before 'lock'. */
	pthread_rwlock_t bursts;
	struct emu_config config;
	struct emu_context contexts[EMU_CONTEXTS_MAX];
	struct emu_objects objects;
	struct emu_object *dms[EMU_DMS_MAX];
	struct emu_object *qps[EMU_QPS_MAX];
	struct emu_object *root; /* flows of the FDB's root table, in the order of matching */
	struct emu_answers answers[EMU_ANSWERS_MAX];
	struct emu_query *queries;    /* that wait, the first to run first */
	struct emu_counter *counters; /* EMU_COUNTERS_MAX of them */
	uint32_t counter_next;
	uint32_t newest_table;
	struct emu_counts counts;
	struct emu_fault faults[EMU_FAULTS_MAX];
	bool fatal; /* contexts that are opened fail too */
	bool work_stalled, command_waits;
	pthread_cond_t released;
	pthread_t thread;
	_Atomic bool stopping; /* read without the lock */
};

/* Returns the device with its lock held, or NULL, without a lock, if none was started. */
struct emu_device *emu_lock(void);
void emu_unlock(struct emu_device *dev);

/* The same, with no burst of packets on its way. A thread that has a burst itself gets the lock without waiting,
 * and may not execute work requests: `*quiet` is false. */
struct emu_device *emu_lock_quiet(bool *quiet);
void emu_unlock_quiet(struct emu_device *dev, bool quiet);

/* Executes the work requests whose doorbells were rung. Takes the lock. */
void emu_doorbells(void);

struct emu_context *emu_context_find(struct emu_device *dev, int fd);

/* Whether the context failed, with the device or before a reset of it. */
bool emu_context_failed(struct emu_device *dev, int fd);
