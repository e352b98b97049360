/* SPDX-License-Identifier: Apache-2.0 */
/* Failing and stalling commands, methods and work requests, a fatal device, exhausted steering memory: what the real
 * libmlx5 makes of them. */
#include "rig.h"
#include "support/effort.h"
#include <bits.h>
#include <errno.h>
#include <fault.h>
#include <poll.h>
#include <pthread.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/mlx5_user_ioctl_cmds.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define WAIT_MAX_MS 10000
/* Of steering memory: the library allocates an eighth at a time, and tables of its own for it. */
#define SMALL (64 << 20)
#define STATUS_LIMIT 0x08 /* ENOMEM */
#define SYNDROME_REMOTE_ACCESS 0x13

/* A table with one matcher of destination MACs. */
struct bench {
	struct rig *rig;
	struct mlx5dv_dr_table *table;
	struct mlx5dv_dr_matcher *matcher;
	struct mlx5dv_dr_action *drop;
};

static void
sleep_ms(unsigned ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000},
		  NULL);
}

/* Returns 0 or the errno of the first step that failed. */
static int
bench_make(struct bench *b, struct rig *rig)
{
	union rig_match mask;

	*b = (struct bench){.rig = rig};
	rig_match_init(&mask);
	emu_set(mask.params.match_buf, EMU_FIELD(64, 48), 0xffffffffffff);
	errno = 0;
	b->table = mlx5dv_dr_table_create(rig->domain, 1);
	if (!b->table)
		return errno;
	b->drop = mlx5dv_dr_action_create_drop();
	b->matcher = mlx5dv_dr_matcher_create(b->table, 0, 1, &mask.params);
	return b->matcher ? 0 : errno;
}

static void
bench_remove(struct bench *b)
{
	if (b->matcher)
		assert_int_equal(mlx5dv_dr_matcher_destroy(b->matcher), 0);
	if (b->drop)
		assert_int_equal(mlx5dv_dr_action_destroy(b->drop), 0);
	if (b->table)
		assert_int_equal(mlx5dv_dr_table_destroy(b->table), 0);
}

static struct mlx5dv_dr_rule *
rule_make(struct bench *b, uint64_t dmac)
{
	union rig_match value;

	rig_match_init(&value);
	emu_set(value.params.match_buf, EMU_FIELD(64, 48), dmac);
	return mlx5dv_dr_rule_create(b->matcher, &value.params, 1, &b->drop);
}

/* Makes a domain, a table with a matcher, a counter and a rule, and removes them. Returns the first errno. */
static int
whole(struct ibv_context *context)
{
	struct rig rig = {.context = context};
	struct bench b;
	uint32_t number;

	errno = 0;
	rig.domain = mlx5dv_dr_domain_create(context, MLX5DV_DR_DOMAIN_TYPE_FDB);
	if (!rig.domain)
		return errno ? errno : -1;
	int error = bench_make(&b, &rig);
	struct mlx5dv_devx_obj *counter = error ? NULL : rig_counter(&rig, &number);
	struct mlx5dv_dr_rule *rule = counter ? rule_make(&b, 1) : NULL;

	if (!error && !rule)
		error = errno;
	if (!error)
		error = mlx5dv_dr_domain_sync(rig.domain, MLX5DV_DR_DOMAIN_SYNC_FLAGS_HW);
	if (rule)
		assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
	if (counter)
		assert_int_equal(mlx5dv_devx_obj_destroy(counter), 0);
	bench_remove(&b);
	assert_int_equal(mlx5dv_dr_domain_destroy(rig.domain), 0);
	return error;
}

static unsigned
objects(void)
{
	struct emu_counts counts;
	unsigned n = 0;

	emu_counts(&counts);
	for (int kind = 0; kind < EMU_N_KINDS; kind++)
		n += counts.objects[kind];
	return n;
}

static void
each_command_fails(void **state)
{
	(void)state;
	static const struct {
		uint16_t opcode;
		unsigned after;
	} rows[] = {
		{0x752, 0}, {0x754, 0},	 {0x500, 0}, {0x500, 13}, {0x502, 0},
		{0x503, 5}, {0x504, 13}, {0x930, 0}, {0x939, 0},  {0xb00, 0},
	};

	for (unsigned format = 0; format < 2; format++) {
		assert_int_equal(emu_start(&(struct emu_config){
					 .format = format, .n_vports = 2, .steering_bytes = SMALL}),
				 0);
		struct ibv_context *context = rig_open();

		assert_non_null(context);
		unsigned before = objects();

		assert_int_equal(whole(context), 0);
		for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			emu_fail_command(rows[i].opcode, rows[i].after, STATUS_LIMIT);
			int error = whole(context);

			if (!error || objects() != before)
				fail_msg("command %#x after %u: errno %d, %u objects instead of %u",
					 rows[i].opcode, rows[i].after, error, objects(), before);
			emu_faults_clear();
			assert_int_equal(whole(context), 0);
		}
		assert_int_equal(ibv_close_device(context), 0);
		emu_stop();
	}
}

static void
each_method_fails(void **state)
{
	(void)state;
	static const struct {
		uint16_t object, method;
		unsigned after;
	} rows[] = {
		{UVERBS_OBJECT_DM, UVERBS_METHOD_DM_ALLOC, 0},
		{UVERBS_OBJECT_MR, UVERBS_METHOD_DM_MR_REG, 0},
		{UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_CREATE, 3},
		{UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_PORT, 0},
		{UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, 0},
		{UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, 1},
		{UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, 5},
		{MLX5_IB_OBJECT_DEVX_UMEM, MLX5_IB_METHOD_DEVX_UMEM_REG, 0},
		{MLX5_IB_OBJECT_DEVX_UMEM, MLX5_IB_METHOD_DEVX_UMEM_REG, 9},
	};
	assert_int_equal(emu_start(&(struct emu_config){
				 .format = 1, .n_vports = 2, .steering_bytes = SMALL}),
			 0);
	struct ibv_context *context = rig_open();

	assert_non_null(context);
	unsigned before = objects();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		emu_fail_method(rows[i].object, rows[i].method, rows[i].after, ENOMEM);
		int error = whole(context);

		if (!error || objects() != before)
			fail_msg("row %u: errno %d, %u objects instead of %u", i, error, objects(),
				 before);
		emu_faults_clear();
		assert_int_equal(whole(context), 0);
	}
	assert_int_equal(ibv_close_device(context), 0);
	emu_stop();
}

/* The library sees a bad completion when it looks for one, at a later call. */
static void
a_work_request_fails(void **state)
{
	(void)state;
	struct mlx5dv_dr_rule *rules[64] = {NULL};
	struct rig rig;
	struct bench b;
	unsigned n = 0;

	rig_start(&rig, &(struct emu_config){.n_vports = 2});
	assert_int_equal(bench_make(&b, &rig), 0);
	emu_fail_work(0, SYNDROME_REMOTE_ACCESS);
	while (n < 64 && (rules[n] = rule_make(&b, n + 1)))
		n++;
	print_message("the library refused the rule after %u more\n", n);
	assert_true(n < 64);
	assert_false(emu_settle());
	/* The queue is in error: nothing can be written any more, but objects are freed. */
	while (n > 0)
		mlx5dv_dr_rule_destroy(rules[--n]);
	mlx5dv_dr_matcher_destroy(b.matcher);
	mlx5dv_dr_action_destroy(b.drop);
	mlx5dv_dr_table_destroy(b.table);
	mlx5dv_dr_domain_destroy(rig.domain);
	ibv_close_device(rig.context);
	emu_stop();
}

struct inserter {
	struct bench *b;
	struct mlx5dv_dr_rule *rules[256];
	_Atomic unsigned n;
	_Atomic bool ended;
};

static void *
insert(void *arg)
{
	struct inserter *in = arg;

	for (unsigned i = 0; i < 256 && (in->rules[i] = rule_make(in->b, 100 + i)); i++)
		atomic_store(&in->n, i + 1);
	atomic_store(&in->ended, true);
	return NULL;
}

/* A ring that stands still has the library spin in the calling thread, until it moves. */
static void
work_stalls(void **state)
{
	(void)state;
	static struct inserter in;
	struct rig rig;
	struct bench b;
	pthread_t thread;

	rig_start(&rig, &(struct emu_config){.format = 1, .n_vports = 2});
	assert_int_equal(bench_make(&b, &rig), 0);
	emu_stall_work();
	in.b = &b;
	assert_int_equal(pthread_create(&thread, NULL, insert, &in), 0);
	/* A hundred times what it takes on a device that works. */
	sleep_ms(300);
	unsigned n = atomic_load(&in.n);

	assert_false(atomic_load(&in.ended));
	print_message("%u rules were posted before the library waited\n", n);
	assert_false(emu_settle());
	emu_faults_clear();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(in.n, 256);
	assert_true(emu_settle());
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(mlx5dv_dr_rule_destroy(in.rules[i]), 0);
	bench_remove(&b);
	rig_stop(&rig);
}

static void *
sync_hw(void *arg)
{
	return (void *)(intptr_t)mlx5dv_dr_domain_sync(arg, MLX5DV_DR_DOMAIN_SYNC_FLAGS_HW);
}

static void
a_command_stalls(void **state)
{
	(void)state;
	struct rig rig;
	pthread_t thread;
	void *rc = &rig;

	rig_start(&rig, &(struct emu_config){.n_vports = 2});
	emu_stall_command(0xb00);
	assert_int_equal(pthread_create(&thread, NULL, sync_hw, rig.domain), 0);
	for (unsigned ms = 0; ms < WAIT_MAX_MS && !emu_stalled(); ms++)
		sleep_ms(1);
	assert_true(emu_stalled());
	emu_faults_clear();
	assert_int_equal(pthread_join(thread, &rc), 0);
	assert_null(rc);
	rig_stop(&rig);
}

/* Until the event is read the library knows nothing; then it reports success, so that objects can be freed. */
static void
the_device_fails(void **state)
{
	(void)state;
	struct mlx5dv_dr_rule *rules[200];
	struct ibv_async_event event;
	struct rig rig;
	struct bench b;
	uint32_t number;

	rig_start(&rig, &(struct emu_config){.n_vports = 2});
	assert_int_equal(bench_make(&b, &rig), 0);
	emu_raise_fatal();
	struct pollfd ready = {.fd = rig.context->async_fd, .events = POLLIN};

	assert_int_equal(poll(&ready, 1, WAIT_MAX_MS), 1);
	assert_int_equal(ibv_get_async_event(rig.context, &event), 0);
	assert_int_equal(event.event_type, IBV_EVENT_DEVICE_FATAL);
	ibv_ack_async_event(&event);
	assert_null(rig_counter(&rig, &number));
	assert_int_equal(errno, EIO);
	for (unsigned i = 0; i < 200; i++) {
		rules[i] = rule_make(&b, i + 1);
		assert_non_null(rules[i]);
	}
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(mlx5dv_dr_rule_destroy(rules[i]), 0);
	bench_remove(&b);
	rig_stop(&rig);
}

static void
memory_is_refused(void **state)
{
	(void)state;
	struct mlx5dv_alloc_dm_attr type = {.type = MLX5DV_DM_TYPE_STEERING_SW_ICM};
	struct ibv_alloc_dm_attr half = {.length = 4 << 20}, odd = {.length = 3 << 20};

	assert_int_equal(emu_start(&(struct emu_config){.n_vports = 1, .steering_bytes = 8 << 20}),
			 0);
	struct ibv_context *context = rig_open();

	assert_non_null(context);
	assert_null(mlx5dv_alloc_dm(context, &odd, &type));
	assert_int_equal(errno, EINVAL);
	struct ibv_dm *first = mlx5dv_alloc_dm(context, &half, &type);
	struct ibv_dm *second = mlx5dv_alloc_dm(context, &half, &type);

	assert_non_null(first);
	assert_non_null(second);
	assert_null(mlx5dv_alloc_dm(context, &half, &type));
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(ibv_free_dm(first), 0);
	first = mlx5dv_alloc_dm(context, &half, &type);
	assert_non_null(first);
	assert_int_equal(ibv_free_dm(first), 0);
	assert_int_equal(ibv_free_dm(second), 0);
	assert_int_equal(ibv_close_device(context), 0);
	emu_stop();
}

/* In a process of its own: rdma-core 44 may crash. Exits with 0 if the library returned ENOMEM. */
static void
exhaust(unsigned *n_rules)
{
	static const struct emu_config config = {
		.format = 1, .n_vports = 2, .steering_bytes = 8 << 20};
	struct rig rig = {NULL};
	struct bench b;

	/* cmocka's handler would end the test in the child. */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	if (emu_start(&config))
		_exit(2);
	rig.context = rig_open();
	rig.domain = rig.context ? mlx5dv_dr_domain_create(rig.context, MLX5DV_DR_DOMAIN_TYPE_FDB)
				 : NULL;
	if (!rig.domain || bench_make(&b, &rig))
		_exit(3);
	for (uint64_t i = 1; i < 2000000; i++)
		if (rule_make(&b, i))
			*n_rules = (unsigned)i;
		else
			_exit(errno == ENOMEM ? 0 : 4);
	_exit(5);
}

static void
steering_memory_ends(void **state)
{
	(void)state;
#ifdef EFFORT_IS_SANITIZED
	/* The sanitizer would report the crash of a library that it does not know. */
	skip();
#endif
	int status;
	unsigned *n_rules = mmap(NULL, sizeof(*n_rules), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(n_rules != MAP_FAILED);
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child)
		exhaust(n_rules);
	assert_int_equal(waitpid(child, &status, 0), child);
	print_message("after %u rules the library %s\n", *n_rules,
		      WIFSIGNALED(status) ? "crashed" : "returned ENOMEM");
	assert_true(*n_rules > 1000);
	munmap(n_rules, sizeof(*n_rules));
	/* A signal is what rdma-core 44 ends with; a library that returns the error is as welcome. */
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGABRT
					: !WEXITSTATUS(status));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_refused),	cmocka_unit_test(steering_memory_ends),
		cmocka_unit_test(each_command_fails),	cmocka_unit_test(each_method_fails),
		cmocka_unit_test(a_work_request_fails), cmocka_unit_test(work_stalls),
		cmocka_unit_test(a_command_stalls),	cmocka_unit_test(the_device_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
