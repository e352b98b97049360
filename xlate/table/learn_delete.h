/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that are removed with the last rule that taught them.
 *
 * Thread safety: control. */
#pragma once

struct change;

/* Removes what was learned from rules that went, and is to go with the last of them. Before a commit. */
void change_forget(struct change *c);
