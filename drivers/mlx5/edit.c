/* SPDX-License-Identifier: Apache-2.0 */
#include "edit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

struct mlxdr_edit {
	struct mlxdr_node node; /* in mlxdr_nic.edits */
	struct mlx5dv_dr_action *action;
	unsigned int n_users;
	bool is_push;
	unsigned int n_words;
	uint64_t words[]; /* commands; of a push: the tag */
};

static struct mlxdr_edit *
edit_of(struct mlxdr_node *node)
{
	return caa_container_of(node, struct mlxdr_edit, node);
}

static uint64_t
hash_of(bool is_push, const uint64_t *words, unsigned int n)
{
	uint64_t h = is_push;

	for (unsigned int i = 0; i < n; i++)
		h = mlxdr_hash_add(h, words[i]);
	return h;
}

static uint64_t
modify_bytes(const struct mlxdr_edit *e)
{
	return e->is_push ? 0 : mlxdr_budget_of_rewrite(e->n_words);
}

static struct mlx5dv_dr_action *
create(struct mlxdr_nic *n, struct mlxdr_edit *e)
{
	if (e->is_push)
		return mlx5dv_dr_action_create_push_vlan(n->domain, htonl((uint32_t)e->words[0]));
	return mlx5dv_dr_action_create_modify_header(n->domain, 0, e->n_words * sizeof e->words[0],
						     (__be64 *)e->words);
}

static int
edit_new(struct mlxdr_nic *n, bool is_push, const uint64_t *words, unsigned int n_words,
	 struct mlxdr_edit **out)
{
	struct mlxdr_edit *e = calloc(1, sizeof *e + n_words * sizeof e->words[0]);
	int rc = -ENOSPC;

	if (!e)
		return -ENOMEM;
	e->is_push = is_push;
	e->n_words = n_words;
	memcpy(e->words, words, n_words * sizeof e->words[0]);
	if (!mlxdr_budget_take_modify(&n->budget, modify_bytes(e)))
		goto fail;
	errno = EIO;
	e->action = create(n, e);
	rc = mlxdr_library_error();
	if (!e->action)
		goto fail_budget;
	*out = e;
	return 0;
fail_budget:
	mlxdr_budget_give_modify(&n->budget, modify_bytes(e));
fail:
	free(e);
	return rc;
}

static bool
is_edit(const struct mlxdr_edit *e, bool is_push, const uint64_t *words, unsigned int n_words)
{
	return e->is_push == is_push && e->n_words == n_words &&
	       !memcmp(e->words, words, n_words * sizeof *words);
}

static int
edit_get(struct mlxdr_nic *n, bool is_push, const uint64_t *words, unsigned int n_words,
	 struct mlxdr_edit **out)
{
	uint64_t hash = hash_of(is_push, words, n_words);
	struct mlxdr_node *node = mlxdr_map_first(&n->edits, hash);
	int rc;

	while (node && !is_edit(edit_of(node), is_push, words, n_words))
		node = node->next;
	if (node) {
		*out = edit_of(node);
	} else {
		rc = edit_new(n, is_push, words, n_words, out);
		if (rc)
			return rc;
		mlxdr_map_insert(&n->edits, &(*out)->node, hash);
	}
	(*out)->n_users++;
	return 0;
}

int
mlxdr_edit_rewrite(struct mlxdr_nic *n, const uint64_t *sets, unsigned int n_sets,
		   struct mlxdr_edit **out)
{
	return edit_get(n, false, sets, n_sets, out);
}

int
mlxdr_edit_push(struct mlxdr_nic *n, uint32_t tag, struct mlxdr_edit **out)
{
	uint64_t word = tag;

	return edit_get(n, true, &word, 1, out);
}

void
mlxdr_edit_put(struct mlxdr_nic *n, struct mlxdr_edit *e)
{
	if (--e->n_users)
		return;
	mlxdr_map_remove(&n->edits, &e->node);
	if (!n->stuck)
		mlx5dv_dr_action_destroy(e->action);
	mlxdr_budget_give_modify(&n->budget, modify_bytes(e));
	free(e);
}

struct mlx5dv_dr_action *
mlxdr_edit_action(const struct mlxdr_edit *e)
{
	return e->action;
}
