/* SPDX-License-Identifier: Apache-2.0 */
/* nicsim steered by the emulated ConnectX: an uplink and two VFs, all with rings as backing devices, and an FDB of
 * libmlx5 whose level 0 leads the packets of each to one table.
 *
 * Thread safety: a port is used by one thread. */
#pragma once
#include "rig.h"

#include <rte_ethdev.h>
#include <rte_ring.h>

#define SCENE_PORTS 3 /* 0: the uplink, 1 and 2: VFs, which are vports 1 and 2 */
#define SCENE_FRAME 60
#define SCENE_RING 8192 /* frames that the other end has not taken */

struct scene {
	struct rig rig;
	struct rte_mempool *pool;
	struct rte_ring *in[SCENE_PORTS], *out[SCENE_PORTS]; /* of the wire and the guests */
	uint16_t dev[SCENE_PORTS];			     /* the uplink, and representors */
	struct mlx5dv_dr_table *root, *table;		     /* `table` is of level 1 */
	struct mlx5dv_dr_matcher *source, *first_vf;
	struct mlx5dv_dr_action *to_table;
	struct mlx5dv_dr_rule *led[SCENE_PORTS];
};

/* Starts EAL, once in a process, after loading nicsim. */
void scene_eal_start(const char *driver);

/* Makes the rings and their ethdevs, once in a process. */
void scene_rings_make(struct scene *s);

/* Starts nicsim with arguments for the emulated ConnectX, which exists or not. Returns 0 or -errno. */
int scene_nicsim_start(struct scene *s);
void scene_nicsim_stop(const struct scene *s);

/* Starts both devices and the steering of a format, and stops them. */
void scene_start(struct scene *s, unsigned format);
void scene_stop(struct scene *s);

/* A rule of the table for frames from VF 0 to a MAC address that ends in `number`. Returns NULL with errno. */
struct mlx5dv_dr_rule *scene_rule(const struct scene *s, uint8_t number, size_t n_actions,
				  struct mlx5dv_dr_action *actions[]);

/* `n` frames to a MAC address that ends in `number` arrive at a port. */
void scene_arrive(struct scene *s, unsigned port, uint8_t number, unsigned n);

/* Polls a port's ethdev once, which moves up to 32 frames, and frees what software receives. Returns how many. */
unsigned scene_poll(struct scene *s, unsigned port);

/* Takes the next frame that left by a port. Returns its length; 0: none. */
unsigned scene_leave(struct scene *s, unsigned port, uint8_t *bytes, unsigned n_max);
