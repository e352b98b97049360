/* SPDX-License-Identifier: Apache-2.0 */
#include "invoke.h"
#include "options.h"

int
main(int argc, char **argv)
{
	struct cli_options o;

	switch (cli_options_parse(argc, argv, &o, stdout, stderr)) {
	case CLI_OPTIONS_DONE:
		return 0;
	case CLI_OPTIONS_WRONG:
		return 2;
	case CLI_OPTIONS_RUN:
		break;
	}
	return cli_invoke(&o);
}
