/* SPDX-License-Identifier: Apache-2.0 */
/* Removes rules together with the last rule that taught them.
 *
 * Thread safety: control. */
#pragma once

struct change;

/* Removes the rules learned from rules that 'c' removes, where these were the last to teach them
 * (delete_learned). To be called before a commit. */
void learn_delete_taught(struct change *c);
