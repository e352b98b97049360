/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <base/rcu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

void
scene_start(struct scene *s, unsigned int n)
{
	struct kdp_config config = {.name = "fake"};
	struct xlate_config xc = {.seed = 1};
	struct ofl_config oc = {.disabled = true};
	struct upc_config uc = {.held = true, .seed = 1};
	char err[256] = "";

	*s = (struct scene){.flows = calloc(n + 8, sizeof *s->flows)};
	assert_non_null(s->flows);
	for (unsigned int i = 0; i < n; i++)
		s->flows[i] = (struct fake_flow){.id = i + 1, .output = 2, .n_packets = 5};
	fake_reset(FAKE_NONE, 0, 0);
	assert_int_equal(kdp_create(&config, &s->kdp, err, sizeof err), 0);
	fake.flows = s->flows;
	fake.n_flows = n;
	assert_int_equal(xlate_create(&xc, &s->xlate), 0);
	assert_int_equal(ofl_create(&oc, &s->ofl), 0);
	uc.dp = kdp_dp(s->kdp);
	uc.xlate = s->xlate;
	uc.ofl = s->ofl;
	assert_int_equal(upc_create(&uc, &s->upc), 0);
}

static int
flow_adopt(void *aux, const struct kdp_found *f)
{
	const struct upc_found found = {f->ufid, f->match, f->actions, f->stats};
	struct scene *s = aux;

	assert_null(f->refused);
	assert_int_equal(upc_adopt(s->upc, &found), 0);
	return 0;
}

void
scene_adopt(struct scene *s)
{
	struct kdp_walk *w;

	assert_int_equal(kdp_walk_create(s->kdp, false, &w), 0);
	while (kdp_walk_next(w, flow_adopt, s) > 0)
		;
	kdp_walk_destroy(w);
}

void
scene_end(struct scene *s)
{
	fake.fault = FAKE_NONE;
	upc_leave(s->upc);
	ofl_destroy(s->ofl);
	xlate_destroy(s->xlate);
	kdp_destroy(s->kdp, false);
	free(s->flows);
	fake_reset(FAKE_NONE, 0, 0);
}

int
scene_thread_start(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

int
scene_thread_stop(void **state)
{
	(void)state;
	rcu_thread_stop();
	return 0;
}
