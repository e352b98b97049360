/* SPDX-License-Identifier: Apache-2.0 */
/* Tries every move of the lifecycle against a second list of the legal ones. */
#include "lifecycle.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct move {
	enum upc_state from, to;
	enum lifecycle_role role;
};

static const struct move legal[] = {
	{UPC_CREATED, UPC_VISIBLE, LIFECYCLE_HANDLER},
	{UPC_CREATED, UPC_DELETED, LIFECYCLE_HANDLER},
	{UPC_VISIBLE, UPC_OPERATIONAL, LIFECYCLE_HANDLER},
	{UPC_VISIBLE, UPC_EVICTED, LIFECYCLE_HANDLER},
	{UPC_OPERATIONAL, UPC_EVICTING, LIFECYCLE_REVALIDATOR},
	{UPC_CREATED, UPC_VISIBLE, LIFECYCLE_CONTROL},
	{UPC_CREATED, UPC_DELETED, LIFECYCLE_CONTROL},
	{UPC_VISIBLE, UPC_OPERATIONAL, LIFECYCLE_CONTROL},
	{UPC_OPERATIONAL, UPC_EVICTED, LIFECYCLE_CONTROL},
	{UPC_EVICTING, UPC_EVICTED, LIFECYCLE_REVALIDATOR},
	{UPC_EVICTING, UPC_EVICTED, LIFECYCLE_CONTROL},
	{UPC_EVICTED, UPC_DELETED, LIFECYCLE_HANDLER},
	{UPC_EVICTED, UPC_DELETED, LIFECYCLE_REVALIDATOR},
	{UPC_EVICTED, UPC_DELETED, LIFECYCLE_CONTROL},
};

static bool
is_legal(enum upc_state from, enum upc_state to, enum lifecycle_role role)
{
	for (size_t i = 0; i < sizeof legal / sizeof *legal; i++) {
		if (legal[i].from == from && legal[i].to == to && legal[i].role == role)
			return true;
	}
	return false;
}

static void
move_once(enum upc_state from, enum upc_state to, enum lifecycle_role role, struct lifecycle *l)
{
	*l = (struct lifecycle){from, LIFECYCLE_CONTROL, "before.c:1"};
	lifecycle_move_at(l, to, role, "after.c:2");
}

/* Makes the move in a child process; returns its wait status, and its output in 'output'. */
static int
move_in_child(enum upc_state from, enum upc_state to, enum lifecycle_role role, char *output,
	      size_t n_output)
{
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct rlimit none = {0, 0};
		struct lifecycle l;

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		move_once(from, to, role, &l);
		_exit(0);
	}
	close(fds[1]);
	n = read(fds[0], output, n_output - 1);
	output[n > 0 ? n : 0] = 0;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
check_move(enum upc_state from, enum upc_state to, enum lifecycle_role role)
{
	struct lifecycle l;
	char output[512];
	int status;

	assert_int_equal(lifecycle_allows(from, to, role), is_legal(from, to, role));
	if (is_legal(from, to, role)) {
		move_once(from, to, role, &l);
		assert_int_equal(l.state, to);
		assert_int_equal(l.role, role);
		assert_string_equal(l.place, "after.c:2");
		return;
	}
	status = move_in_child(from, to, role, output, sizeof output);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(output, "before.c:1"));
	assert_non_null(strstr(output, "after.c:2"));
	assert_non_null(strstr(output, upc_state_names[from]));
	assert_non_null(strstr(output, upc_state_names[to]));
	assert_non_null(strstr(output, lifecycle_role_names[role]));
}

static void
walk_the_table(void **state)
{
	(void)state;
	for (int from = 0; from < UPC_N_STATES; from++) {
		for (int to = 0; to < UPC_N_STATES; to++) {
			for (int role = 0; role < LIFECYCLE_N_ROLES; role++)
				check_move((enum upc_state)from, (enum upc_state)to,
					   (enum lifecycle_role)role);
		}
	}
}

static void
places_are_recorded(void **state)
{
	struct lifecycle l;

	(void)state;
	lifecycle_init(&l, LIFECYCLE_HANDLER);
	assert_int_equal(l.state, UPC_CREATED);
	lifecycle_move(&l, UPC_VISIBLE, LIFECYCLE_HANDLER);
	assert_non_null(strstr(l.place, "test_lifecycle.c:"));
}

/* Every state can be reached, and every other one leads to DELETED. */
static void
every_state_leads_to_deleted(void **state)
{
	bool ends[UPC_N_STATES] = {[UPC_DELETED] = true};

	(void)state;
	for (int round = 0; round < UPC_N_STATES; round++) {
		for (size_t i = 0; i < sizeof legal / sizeof *legal; i++)
			ends[legal[i].from] |= ends[legal[i].to];
	}
	for (int s = 0; s < UPC_N_STATES; s++)
		assert_true(ends[s]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_the_table),
		cmocka_unit_test(places_are_recorded),
		cmocka_unit_test(every_state_leads_to_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
