/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of the ethdev. */
#pragma once

#include <ethdev_driver.h>

extern const struct eth_dev_ops netdev_port_ops;
