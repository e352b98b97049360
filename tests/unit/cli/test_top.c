/* SPDX-License-Identifier: Apache-2.0 */
#include <top.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND_NS 1000000000LL
#define TSC_HZ 2000000000LL

/* A port whose counts at time 't' are 't' times what it does in a second. */
static json_t *
port(json_int_t number, const char *name, json_int_t packets, json_int_t cycles, json_int_t upcalls,
     json_int_t handler_ns, json_int_t t)
{
	return json_pack("{sI ss sI sI sI sI sI sI sI sI}", "number", number, "port", name,
			 "packets", t * packets, "cycles", t * cycles, "upcalls", t * upcalls,
			 "handler_ns", t * handler_ns, "megaflows", 7 * number, "masks", number,
			 "drops", 3 * t, "device_drops", 4 * t);
}

/* "quiet" does most packets and costs little; "slow" costs a worker and "storm" a handler. */
static json_t *
sample(json_int_t t)
{
	json_t *ports = json_array();

	json_array_append_new(ports, port(1, "quiet", 9000, TSC_HZ / 100, 0, 0, t));
	json_array_append_new(ports,
			      port(2, "storm", 800, TSC_HZ / 10, 700, SECOND_NS * 9 / 10, t));
	json_array_append_new(ports, port(3, "slow", 100, TSC_HZ / 2, 0, 0, t));
	json_array_append_new(ports, port(4, "idle", 0, 0, 0, 0, t));
	return json_pack("{sI sI si si so}", "time_ns", t * SECOND_NS, "tsc", t * TSC_HZ, "workers",
			 2, "handlers", 1, "ports", ports);
}

static void
row_is(const json_t *rows, size_t i, const char *name, double worker, double handler,
       double packets, double upcalls)
{
	const json_t *row = json_array_get(rows, i);

	assert_string_equal(json_string_value(json_object_get(row, "port")), name);
#define NEAR(key, want)                                                                            \
	assert_float_equal((float)json_number_value(json_object_get(row, key)), (float)(want),     \
			   0.01F)
	NEAR("worker_percent", worker);
	NEAR("handler_percent", handler);
	NEAR("cost_percent", worker + handler);
	NEAR("packets_per_s", packets);
	NEAR("upcalls_per_s", upcalls);
	NEAR("drops_per_s", 7);
#undef NEAR
}

static void
ports_are_in_order_of_their_cost(void **state)
{
	json_t *before = sample(1), *now = sample(3);
	json_t *rows = cli_top_rows(before, now);

	(void)state;
	assert_int_equal(json_array_size(rows), 4);
	row_is(rows, 0, "storm", 10, 90, 800, 700);
	row_is(rows, 1, "slow", 50, 0, 100, 0);
	row_is(rows, 2, "quiet", 1, 0, 9000, 0);
	row_is(rows, 3, "idle", 0, 0, 0, 0);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 1), "masks")), 3);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 1), "megaflows")),
			 21);
	json_decref(rows);
	json_decref(before);
	json_decref(now);
}

/* A port that is new has no rates yet. A number that another port has now began anew. */
static void
new_ports_have_no_rates(void **state)
{
	json_t *before = sample(5), *now = sample(6);
	json_t *rows;

	(void)state;
	json_array_remove(json_object_get(before, "ports"), 2);
	json_object_set_new(json_array_get(json_object_get(now, "ports"), 1), "cycles",
			    json_integer(5));
	rows = cli_top_rows(before, now);
	assert_int_equal(json_array_size(rows), 3);
	row_is(rows, 0, "storm", 0, 90, 800, 700);
	row_is(rows, 1, "quiet", 1, 0, 9000, 0);
	json_decref(rows);
	rows = cli_top_rows(now, now);
	assert_int_equal(json_array_size(rows), 0);
	json_decref(rows);
	json_decref(before);
	json_decref(now);
}

static void
table_has_as_many_rows_as_lines_permit(void **state)
{
	json_t *before = sample(1), *now = sample(2);
	json_t *rows = cli_top_rows(before, now);
	char *text = NULL;
	size_t n;

	(void)state;
	for (unsigned int max = 0; max < 6; max++) {
		FILE *f = open_memstream(&text, &n);
		unsigned int n_lines = 0;

		cli_top_print(rows, now, max, max == 5, f);
		fclose(f);
		for (const char *at = text; *at; at++)
			n_lines += *at == '\n';
		assert_int_equal(n_lines, 2 + (max && max < 4 ? max : 4));
		assert_non_null(strstr(text, "4 ports, 2 workers, 1 handlers"));
		assert_non_null(strstr(text, "storm                    10.0     90.0"));
		assert_int_equal(text[0] == '\033', max == 5);
		free(text);
	}
	json_decref(rows);
	json_decref(before);
	json_decref(now);
}

/* A sample of the kernel's datapath: no workers and no masks, but what handlers refused and lost. */
static json_t *
kernel_sample(json_int_t t)
{
	json_t *ports = json_array();

	for (json_int_t i = 1; i <= 2; i++)
		json_array_append_new(ports,
				      json_pack("{sI ss sI sI sI sI sI sI sI sI}", "number", i,
						"port", i == 1 ? "quiet" : "storm", "packets",
						9000 * t / i, "upcalls", 10 * i * t, "handler_ns",
						i * t * SECOND_NS / 10, "megaflows", 7 * i, "drops",
						3 * t, "device_drops", 4 * t, "refusals", 5 * i * t,
						"overruns", i * t));
	return json_pack("{sI sI si so}", "time_ns", t * SECOND_NS, "lost", 17 * t, "handlers", 2,
			 "ports", ports);
}

static void
the_kernel_has_no_workers(void **state)
{
	json_t *before = kernel_sample(1), *now = kernel_sample(2);
	json_t *rows = cli_top_rows(before, now), *row = json_array_get(rows, 0);
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(json_string_value(json_object_get(row, "port")), "storm");
	assert_null(json_object_get(row, "masks"));
	assert_int_equal((int)json_number_value(json_object_get(row, "refusals_per_s")), 10);
	assert_int_equal((int)json_number_value(json_object_get(row, "overruns_per_s")), 2);
	assert_int_equal((int)json_number_value(json_object_get(row, "drops_per_s")), 7);
	cli_top_print(rows, now, 0, false, f);
	fclose(f);
	assert_non_null(strstr(text, "2 ports, 2 handlers"));
	assert_non_null(strstr(text, "lost 34 upcalls"));
	assert_non_null(strstr(text, "storm                    20.0"));
	assert_null(strstr(text, "WORKER"));
	free(text);
	json_decref(rows);
	json_decref(before);
	json_decref(now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_in_order_of_their_cost),
		cmocka_unit_test(new_ports_have_no_rates),
		cmocka_unit_test(table_has_as_many_rows_as_lines_permit),
		cmocka_unit_test(the_kernel_has_no_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
