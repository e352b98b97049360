/* SPDX-License-Identifier: Apache-2.0 */
/* The words of offload.driver, in a program with libmlx5 and, compiled a second time, in one without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "operate/offload_driver.h"

#include <errno.h>
#include <string.h>

/* Returns the names of the classes. */
static const char *
names(const char *word)
{
	static char text[64];
	const struct nic_class *const *classes;
	char err[200];

	assert_int_equal(ctl_offload_driver(word, &classes, err, sizeof err), 0);
	for (text[0] = 0; *classes; classes++)
		strcat(strcat(text, " "), (*classes)->name);
	return text;
}

static void
expect_refusal(const char *word, const char *text)
{
	const struct nic_class *const *classes;
	char err[200];

	assert_int_equal(ctl_offload_driver(word, &classes, err, sizeof err), -EINVAL);
	assert_null(classes);
	assert_string_equal(err, text);
}

static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(names("rteflow"), " rteflow");
	expect_refusal("tc", "'tc' is unknown; expected auto, rteflow or mlx5");
#ifdef TANDEM_MLX5
	assert_string_equal(names("auto"), " rteflow mlx5");
	assert_string_equal(names("mlx5"), " mlx5");
#else
	assert_string_equal(names("auto"), " rteflow");
	expect_refusal("mlx5", "'mlx5': this program was built without rdma-core (meson option "
			       "mlx5); expected auto or rteflow");
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
