/* SPDX-License-Identifier: Apache-2.0 */
#include "lives.h"
#include "support/effort.h"
#include <emu.h>
#include <errno.h>
#include <execinfo.h>
#include <fault.h>
#include <ftw.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/mlx5_user_ioctl_cmds.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define STATUS_LIMIT 0x08 /* ENOMEM */
#define SYNDROME_REMOTE_ACCESS 0x13
#define LIFE_MAX_S 10 /* a hundred times what one takes */

void
lives_arm(const struct fault *f)
{
	if (f->kind == COMMAND)
		emu_fail_command(f->opcode, f->after, STATUS_LIMIT);
	else if (f->kind == METHOD)
		emu_fail_method(f->opcode, f->method, f->after, ENOMEM);
	else if (f->kind == WORK)
		emu_fail_work(f->after, SYNDROME_REMOTE_ACCESS);
}

void
lives_of_commands(lives_life *life, unsigned step)
{
	static const uint16_t opcodes[] = {0x100, 0x752, 0x754, 0x500, 0x502, 0x503, 0x504,
					   0x930, 0x932, 0x933, 0x936, 0x939, 0x93b, 0xb00};
	struct emu_counts counts;
	unsigned n_lives = 0, n_seen = 0;

	for (unsigned i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		struct fault f = {COMMAND, .opcode = opcodes[i]};

		do {
			n_seen += life(n_lives++ % 2, &f, &counts) > 0;
			f.after += step;
		} while (counts.refused);
	}
	print_message("%u lives, %u with a failure that the caller saw\n", n_lives, n_seen);
	assert_true(n_seen > n_lives / 2);
}

void
lives_of_methods(lives_life *life)
{
	static const struct fault rows[] = {
		{METHOD, UVERBS_OBJECT_DM, UVERBS_METHOD_DM_ALLOC, 0},
		{METHOD, UVERBS_OBJECT_DM, UVERBS_METHOD_DM_ALLOC, 1},
		{METHOD, UVERBS_OBJECT_DM, UVERBS_METHOD_DM_ALLOC, 2},
		{METHOD, UVERBS_OBJECT_MR, UVERBS_METHOD_DM_MR_REG, 0},
		{METHOD, UVERBS_OBJECT_MR, UVERBS_METHOD_DM_MR_REG, 1},
		{METHOD, UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_CREATE, 3},
		{METHOD, UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_PORT, 0},
		{METHOD, UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_PORT, 4},
		{METHOD, UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, 1},
		{METHOD, UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, 5},
		{METHOD, MLX5_IB_OBJECT_DEVX_UMEM, MLX5_IB_METHOD_DEVX_UMEM_REG, 0},
	};
	struct emu_counts counts;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		life(i % 2, &rows[i], &counts);
}

#define ENDED 64 /* of a life that came to its end, the exit status */

enum outcome { UNSEEN, SEEN, CRASHED, STUCK };

/* Where it waits. */
static void
on_alarm(int signal)
{
	void *frames[32];

	backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
	_exit(128 + signal);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

/* A life in a process of its own, which leaves the device's folder to its parent. */
static enum outcome
life_apart(lives_life *life, unsigned format, const struct fault *f)
{
	struct emu_counts counts;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		/* cmocka has a handler. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGALRM, on_alarm);
		alarm(LIFE_MAX_S);
		_exit(ENDED + (life(format, f, &counts) ? SEEN : UNSEEN));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(nftw(getenv("SYSFS_PATH"), remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGABRT))
		return CRASHED;
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 128 + SIGALRM)
		return STUCK;
	/* An assertion that fails ends in cmocka's status. */
	assert_in_range(WEXITSTATUS(status), ENDED + UNSEEN, ENDED + SEEN);
	return (enum outcome)(WEXITSTATUS(status) - ENDED);
}

void
lives_of_work(lives_life *life, unsigned n_wanted)
{
#ifdef EFFORT_IS_SANITIZED
	skip();
#endif
	unsigned n[STUCK + 1] = {0}, n_lives = 0;
	struct emu_counts counts;

	life(1, &(struct fault){NOTHING}, &counts);
	unsigned n_work = (unsigned)counts.work_requests;

	for (unsigned after = 0; after < n_work; after += 1 + n_work / n_wanted)
		n[life_apart(life, n_lives++ % 2, &(struct fault){WORK, .after = after})]++;
	print_message("%u work requests, %u lives: the caller saw %u failures, libmlx5 crashed in "
		      "%u, %u did not end\n",
		      n_work, n_lives, n[SEEN], n[CRASHED], n[STUCK]);
	assert_true(n[SEEN] > n_lives / 2);
	assert_true(n[CRASHED] <= n_lives / 4);
	assert_int_equal(n[STUCK], 0);
}
