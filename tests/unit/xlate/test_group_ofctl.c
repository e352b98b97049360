/* SPDX-License-Identifier: Apache-2.0 */
/* Tests against ovs-ofctl: a group is printed the same, and groups it refuses are refused.
 * Skipped if it is not installed. */
#include "lab.h"

#include <xlate/group.h>

#define SKIPPED 77
#define TEXT_BYTES 1024

static const char *const accepted[] = {
	"group_id=1,type=all",
	"group_id=0,type=all,bucket=output:1,bucket=actions=output:2,pop_vlan",
	"group_id=4294967040,type=indirect,bucket=group:7",
	"group_id=1 type=indirect bucket=drop",
	"group_id=1,type=indirect,bucket=actions=",
	"group_id=1,type=select,bucket=weight:2,output:1,bucket=output:2",
	"group_id=1,type=select,bucket=weight=0,actions=output:1,bucket=bucket_id:9,weight:7,flood",
	"group_id=1,type=select,bucket=bucket_id:1,1,bucket=bucket_id=0,2",
	"group_id=1,type=select,selection_method=hash,bucket=output:1",
	"group_id=1,type=select,selection_method=dp_hash,bucket=watch_port:3,output:1",
	"group_id=1,type=select,selection_method=hash,selection_method_param=5,fields=ip_dst,"
	"bucket=1",
	"group_id=1,type=select,selection_method=hash,fields(eth_src,eth_dst,ip_src,ip_dst,nw_"
	"proto,"
	"tcp_src,tcp_dst),bucket=1",
	"group_id=1,type=select,selection_method=hash,fields("
	"vlan_vid,ip_dst=255.255.255.0,ipv6_src),bucket=1",
	"group_id=1,type=ff,bucket=watch_port:1,output:1,bucket=watch_group:2,output:2",
	"group_id=1,type=fast_failover,bucket=watch_port:1,watch_group=3,set_field:5->tcp_dst,"
	"normal",
	"group_id=1,type=all,bucket=push_vlan:0x88a8,set_field:4101->vlan_vid,resubmit(,5)",
	"group_id=1,type=all,bucket=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],"
	"set_field:5->reg0",
	"group_id=1,type=all,bucket=dec_ttl,controller",
};

static const char *const refused[] = {
	"group_id=4294967041,type=all",
	"type=all",
	"group_id=1,type=any",
	"group_id=1,type=ff,bucket=output:1",
	"group_id=1,type=all,bucket=weight:2,output:1",
	"group_id=1,type=indirect,bucket=1,bucket=2",
	"group_id=1,type=all,weight:2",
	"group_id=1,type=all,bucket=jump:2",
	"group_id=1,type=all,bucket=weight:x,1",
	"group_id=1,type=select,selection_method_param=7,bucket=1",
	"group_id=1,type=select,fields=ip_src,bucket=1",
};

/* Stores the line that ovs-ofctl prints of the group in 'out'; false if ovs-ofctl refuses it. */
static bool
ofctl(const char *text, char *out)
{
	char command[TEXT_BYTES * 2], line[TEXT_BYTES];
	FILE *p;
	bool found = false;

	snprintf(command, sizeof command, "ovs-ofctl -O OpenFlow15 parse-group '%s' 2>/dev/null",
		 text);
	p = popen(command, "r");
	assert_non_null(p);
	while (fgets(line, sizeof line, p)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, " ADD ", 5) != 0)
			continue;
		snprintf(out, TEXT_BYTES, "%.*s", TEXT_BYTES - 1, line + 5);
		found = true;
	}
	return !pclose(p) && found;
}

static int
ours(struct lab *lab, const char *text, char *out)
{
	struct xlate_group_mod gm;
	FILE *f;
	int rc = xlate_group_mod_parse(lab->br, text, XLATE_GROUP_ADD, &gm, lab->err,
				       sizeof lab->err);

	if (rc)
		return rc;
	f = fmemopen(out, TEXT_BYTES, "w");
	assert_non_null(f);
	xlate_group_print(&gm.config, true, f);
	fclose(f);
	xlate_group_mod_free(&gm);
	return 0;
}

static void
test_printed_as_ofctl_prints(void **state)
{
	char got[TEXT_BYTES], again[TEXT_BYTES], wanted[TEXT_BYTES];
	struct lab lab;

	(void)state;
	lab_open(&lab, 4, 0);
	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
		if (ours(&lab, accepted[i], got))
			fail_msg("%s: %s", accepted[i], lab.err);
		if (!ofctl(accepted[i], wanted))
			fail_msg("ovs-ofctl refuses %s", accepted[i]);
		assert_string_equal(got, wanted);
		if (ours(&lab, got, again))
			fail_msg("%s: %s", got, lab.err);
		assert_string_equal(again, got);
	}
	lab_close(&lab);
}

static void
test_refused_as_ofctl_refuses(void **state)
{
	char text[TEXT_BYTES];
	struct lab lab;

	(void)state;
	lab_open(&lab, 4, 0);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		if (ofctl(refused[i], text))
			fail_msg("ovs-ofctl takes %s", refused[i]);
		if (!ours(&lab, refused[i], text))
			fail_msg("we take %s", refused[i]);
	}
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printed_as_ofctl_prints),
		cmocka_unit_test(test_refused_as_ofctl_refuses),
	};

	if (system("ovs-ofctl --version >/dev/null 2>&1"))
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
