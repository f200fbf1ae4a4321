/* SPDX-License-Identifier: MIT */
#include "settings/host.h"
